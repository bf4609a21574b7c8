// SPDX-License-Identifier: Apache-2.0

// Package bundletree lists the fields of bundles under Wireshark's names: what -T fields and the tree show.
package bundletree

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"github.com/dtn-tools/tcpcl/bundle"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

// Append appends the fields of b to list. Their octets are those of b.
func Append(list []record.Field, b *bundle.Bundle) []record.Field {
	t := tree{list: list}
	switch b.Version {
	case 6:
		t.bundle6(b)
	case 7:
		t.bundle7(b)
	}
	return t.list
}

// tree is the list under construction. name may be "" everywhere: Wireshark has no such field.
type tree struct {
	list  []record.Field
	depth uint8
}

func (t *tree) add(name, label string, kind record.FieldKind, at bundle.Span) *record.Field {
	t.list = append(t.list, record.Field{Depth: t.depth, Name: name, Label: label, Kind: kind, Offset: at.Offset, Length: at.Length})
	return &t.list[len(t.list)-1]
}

// group adds a field and calls inside for those that it is made of.
func (t *tree) group(name, label, text string, at bundle.Span, inside func()) {
	t.add(name, label, record.FieldGroup, at).Text = text
	t.depth++
	inside()
	t.depth--
}

func (t *tree) uint(name, label string, v uint64, at bundle.Span) *record.Field {
	f := t.add(name, label, record.FieldUint, at)
	f.Number = v
	return f
}

func (t *tree) hex(name, label string, v uint64, digits uint8, at bundle.Span) *record.Field {
	f := t.uint(name, label, v, at)
	f.Digits = digits
	return f
}

func (t *tree) text(name, label, text string, at bundle.Span) {
	t.add(name, label, record.FieldText, at).Text = text
}

func (t *tree) octets(name, label string, b []byte, at bundle.Span) {
	t.add(name, label, record.FieldOctets, at).Octets = b
}

func (t *tree) bool(name, label string, v bool) {
	f := t.add(name, label, record.FieldBool, none)
	if v {
		f.Number = 1
	}
}

// flags adds a field of flags, and each of them.
func (t *tree) flags(name, label string, v uint64, digits uint8, at bundle.Span, flags []flag) {
	t.hex(name, label, v, digits, at)
	t.depth++
	for _, f := range flags {
		t.bool(f.name, f.label, v&f.bit != 0)
	}
	t.depth--
}

// flag is one bit of a field of flags.
type flag struct {
	bit         uint64
	name, label string
}

// none is the place of what was worked out, or whose place is not known.
var none bundle.Span

// timeLayout is how tshark 4.0 prints absolute times.
const timeLayout = "Jan _2, 2006 15:04:05.000000000 MST"

func timeText(t time.Time) string { return t.UTC().Format(timeLayout) }

// seconds adds a duration, if nanoseconds can say it.
func (t *tree) seconds(name, label string, ms uint64) {
	if ms <= math.MaxInt64/1_000_000 {
		t.add(name, label, record.FieldDuration, none).Number = ms * 1e6
	}
}

// named is a name, or "Unknown" where it says that there is none.
func named(text string) string {
	if text == "unassigned" || text == "private" || text == "reserved" {
		return "Unknown"
	}
	return text
}

// demux is what stands behind the node name of a dtn EID.
func demux(ssp []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(ssp, []byte("//"))
	if !ok {
		return "", false
	}
	_, d, ok := bytes.Cut(rest, []byte("/"))
	return string(d), ok
}

func octetsText(n uint64) string {
	if n == 1 {
		return "1 octet"
	}
	return strconv.FormatUint(n, 10) + " octets"
}
