// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"maps"
	"slices"
	"strings"
)

// pair is one message as both programs show it.
type pair struct{ tshark, ours *message }

// comparison compares what both say of one capture.
type comparison struct {
	capture  capture
	types    map[string]string // of tshark's fields
	pairs    []pair
	compared int             // values
	applied  map[string]int  // exceptions by name: how often
	lost     map[flow]string // directions of which tshark has only the beginning, and the exception that says why
	failed   func(format string, args ...any)
}

func newComparison(c capture, types map[string]string, failed func(format string, args ...any)) *comparison {
	return &comparison{capture: c, types: types, applied: map[string]int{}, lost: map[flow]string{}, failed: failed}
}

// compareLists pairs the messages of each direction in order and compares all their values.
func (c *comparison) compareLists(tshark, ours []*message) {
	theirs, own := byFlow(tshark), byFlow(ours)
	for _, f := range flows(theirs, own) {
		c.pairUp(theirs[f], own[f])
	}
	for _, p := range c.pairs {
		c.compareMessage(p)
	}
}

func (c *comparison) pairUp(theirs, ours []*message) {
	for _, m := range ours {
		if len(theirs) > 0 && theirs[0].identity() == m.identity() {
			c.pairs = append(c.pairs, pair{theirs[0], m})
			theirs = theirs[1:]
			continue
		}
		d := difference{comparison: c, pair: pair{ours: m}} // a whole message
		switch e := findException(d); {
		case e == nil && len(theirs) > 0:
			c.failed("ours has %v\nwhere tshark has %v", m, theirs[0])
			return
		case e == nil:
			c.failed("ours has %v\nwhere tshark has nothing more", m)
			return
		default:
			c.applied[e.name]++
			if e.restLost {
				c.lost[m.flow] = e.name
				return
			}
		}
	}
	for _, m := range theirs {
		c.failed("tshark has %v\nwhere ours has nothing more", m)
	}
}

// compareMessage compares every value that tshark shows of a message, and its frame.
func (c *comparison) compareMessage(p pair) {
	c.compareField(p, "frame.number", []string{p.tshark.frame}, []string{p.ours.frame})
	for _, field := range slices.Sorted(maps.Keys(p.tshark.fields)) {
		c.compareField(p, field, p.tshark.fields[field], p.ours.fields[field])
	}
}

func (c *comparison) compareField(p pair, field string, theirs, ours []string) {
	c.compared += len(theirs)
	if slices.Equal(theirs, ours) {
		return
	}
	d := difference{comparison: c, pair: p, field: field, theirs: theirs, ours: ours}
	if e := findException(d); e != nil {
		c.applied[e.name] += len(theirs)
		return
	}
	c.failed("%v\n  %s: tshark %s, ours %s (frame %s)", p.tshark, field, shorten(theirs), shorten(ours), p.ours.frame)
}

func shorten(values []string) string {
	const longest = 80
	text := strings.Join(values, ",")
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	return "[" + text + "]"
}
