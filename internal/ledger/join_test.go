// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// joining is a Ledger that says which units became whole.
func joining(j Joining) (*Ledger, *bytes.Buffer) {
	var b bytes.Buffer
	l := New(&b, func(dst, _ []byte, _ *record.Links, _ bool) []byte { return dst })
	j.Line = func(dst, text []byte, u *record.ADU) []byte {
		dst = fmt.Appendf(dst, "%s:", text)
		for _, p := range u.Parts {
			dst = fmt.Appendf(dst, " %d+%d of s%d skip %d %s", p.Offset, p.Length, p.Seen.Session, p.Skip, p.File)
		}
		for _, c := range u.Conflicts {
			dst = fmt.Appendf(dst, " conflict %d+%d", c.Offset, c.Length)
		}
		return append(dst, '\n')
	}
	l.Join(j)
	return l, &b
}

// fragment is a part of ten octets of a unit.
func fragment(session int, sequence, offset, length uint64) *record.Bundle {
	b := made(session, offset, 1, sequence)
	b.Transfer.State = record.Complete
	b.IsFragment, b.FragmentOffset, b.PayloadLength, b.TotalADULength, b.PayloadOffset, b.File = true, offset, length, 10, 77, fmt.Sprint("f", session)
	return b
}

func add(t *testing.T, l *Ledger, bundles ...*record.Bundle) {
	t.Helper()
	s := l.Scribe()
	var entries []byte
	for _, b := range bundles {
		entries = s.Append(entries, Seen|Line, b, 0, func(dst []byte) []byte { return append(dst, "line"...) },
			func(dst []byte) []byte { return fmt.Append(dst, b.Sequence) })
	}
	if _, err := l.Write(entries); err != nil {
		t.Fatal(err)
	}
}

func TestFragmentsMakeAUnitInAnyOrder(t *testing.T) {
	l, out := joining(Joining{})
	add(t, l, fragment(1, 1, 6, 4), fragment(2, 2, 0, 5), fragment(3, 1, 0, 3), fragment(4, 1, 2, 5), fragment(5, 1, 0, 10), fragment(6, 2, 5, 5))
	want := "1: 0+3 of s3 skip 0 f3 3+3 of s4 skip 1 f4 6+4 of s1 skip 0 f1\n2: 0+5 of s2 skip 0 f2 5+5 of s6 skip 0 f6\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out, want)
	}
}

func TestWhatCannotBeAPartIsLeftOut(t *testing.T) {
	l, out := joining(Joining{})
	for _, change := range []func(*record.Bundle){
		func(b *record.Bundle) { b.CRC = record.CRCInvalid },
		func(b *record.Bundle) { b.Form = record.BundleTruncated },
		func(b *record.Bundle) { b.Transfer.State = record.Refused },
		func(b *record.Bundle) { b.Problems = []record.Problem{{ID: "BPv7-01"}, {ID: chunked}} },
		func(b *record.Bundle) { b.Source = "dtn:none" },
		func(b *record.Bundle) { b.TotalADULength = 5 },
		func(b *record.Bundle) { b.IsFragment = false },
	} {
		b := fragment(1, 1, 0, 10)
		change(b)
		add(t, l, b)
	}
	if out.Len() > 0 || l.units.parts != 0 {
		t.Errorf("%d parts, %s", l.units.parts, out)
	}
}

func TestOverlapsAreCompared(t *testing.T) {
	var asked []string
	l, out := joining(Joining{Same: func(earlier, later record.ADUPart) bool {
		asked = append(asked, fmt.Sprintf("%s@%d %s@%d %d+%d", earlier.File, earlier.Payload+earlier.Skip, later.File, later.Payload+later.Skip, later.Offset, later.Length))
		return later.File != "f3"
	}, Whole: func(u *record.ADU) error {
		u.Parts[0].File = "named"
		return nil
	}})
	add(t, l, fragment(1, 1, 2, 4), fragment(2, 1, 0, 3), fragment(3, 1, 4, 6))
	if want := []string{"f1@77 f2@79 2+1", "f1@79 f3@77 4+2"}; strings.Join(asked, ",") != strings.Join(want, ",") {
		t.Errorf("%q, want %q", asked, want)
	}
	if want := "1: 0+2 of s2 skip 0 named 2+4 of s1 skip 0 f1 6+4 of s3 skip 2 f3 conflict 4+2\n"; out.String() != want {
		t.Errorf("got  %swant %s", out, want)
	}
}

func TestWhatIsKeptOfFragmentsIsBounded(t *testing.T) {
	l, _ := joining(Joining{})
	l.units.limit = 10
	for i := range uint64(3 * MaxUnits) {
		add(t, l, fragment(1, i, 0, 2), fragment(1, i, 0, 2), fragment(1, i, 4, 2))
		if u := l.units; u.parts > 10 || len(u.known) > 6 || len(u.order) != len(u.known) {
			t.Fatalf("%d parts of %d units, %d in order", u.parts, len(u.known), len(u.order))
		}
	}
	l, out := joining(Joining{})
	for i := range uint64(3 * MaxUnits) { // those that are whole are kept too, so that they are not told again
		add(t, l, fragment(1, i, 0, 10))
	}
	if u := l.units; u.parts != 0 || len(u.known) > MaxUnits || len(u.order) > MaxUnits || strings.Count(out.String(), "\n") != 3*MaxUnits {
		t.Errorf("%d parts of %d units, %d lines", u.parts, len(u.known), strings.Count(out.String(), "\n"))
	}
}
