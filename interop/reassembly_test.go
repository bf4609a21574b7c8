// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"slices"
	"strconv"
	"strings"
)

// transfer is a complete transfer as tcpcl-dump's messages make it up.
type transfer struct {
	flow
	frames []string // of the segments, as tshark counts
	data   string   // hexadecimal
}

// transfers puts the segments of the pairs together.
func (c *comparison) transfers() []transfer {
	var complete []transfer
	open := map[string]*transfer{}
	for _, p := range c.pairs {
		m := p.ours
		if !m.isSegment() {
			continue
		}
		key := m.stream + " " + m.srcport + " " + m.first("tcpcl.v4.xfer_id") + m.first("tcpcl.xfer_id")
		if m.starts() {
			open[key] = &transfer{flow: m.flow}
		}
		if t := open[key]; t != nil {
			t.frames = append(t.frames, p.tshark.frame)
			t.data += m.first("tcpcl.v4.xfer_segment.data") + m.first("tcpcl.data")
			if m.ends() {
				complete = append(complete, *t)
				delete(open, key)
			}
		}
	}
	return complete
}

// compareReassembly compares what tshark tells of whole transfers, for which tcpcl-dump has no fields but an own view, with its
// messages.
func (c *comparison) compareReassembly(theirs []reassembly) {
	ours := c.transfers()
	for _, r := range theirs {
		i := slices.IndexFunc(ours, func(t transfer) bool {
			return t.flow == r.flow && slices.Contains(t.frames, r.frame) && r.is(t)
		})
		if name := c.lost[r.flow]; i < 0 && name != "" {
			c.applied[name]++
			continue
		}
		if i < 0 {
			c.failed("frame %s, from port %s of stream %s: tshark puts together a transfer of %s octets that ours does not", r.frame,
				r.srcport, r.stream, strings.Join(r.fields["tcpcl.xfer.reassembled.length"], ","))
			continue
		}
		ours = slices.Delete(ours, i, i+1)
		for _, values := range r.fields {
			c.compared += len(values)
		}
	}
}

// is reports whether all that tshark tells is so.
func (r reassembly) is(t transfer) bool {
	for field, values := range r.fields {
		var want []string
		switch field {
		case "tcpcl.xfer.fragments":
			want = []string{"1"} // there are some
		case "tcpcl.xfer.fragment":
			want = t.frames
		case "tcpcl.xfer.fragment.count":
			want = []string{strconv.Itoa(len(t.frames))}
		case "tcpcl.xfer.reassembled.length":
			want = []string{strconv.Itoa(len(t.data) / 2)}
		case "tcpcl.xfer.reassembled.data":
			want = []string{t.data}
		}
		if !slices.Equal(values, want) {
			return false
		}
	}
	return true
}
