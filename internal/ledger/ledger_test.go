// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// said is a Ledger whose lines say what it knows.
func said() (*Ledger, *bytes.Buffer) {
	var b bytes.Buffer
	return New(&b, func(dst, text []byte, l *record.Links, subject bool) []byte {
		dst = fmt.Appendf(dst, "%s: ", text)
		if s := l.SeenBefore; s != nil {
			dst = fmt.Appendf(dst, "before s%d x%d %v frame %d %s", s.Session, s.TransferID, s.Implied, s.Frame, s.File)
		}
		if subject {
			dst = append(dst, "subject "...)
			if s := l.SubjectSeen; s != nil {
				dst = fmt.Appendf(dst, "s%d x%d frame %d %s", s.Session, s.TransferID, s.Frame, s.File)
			}
		}
		return append(dst, '\n')
	}), &b
}

// made is a whole bundle of TCPCLv4.
func made(session int, transfer, frame, sequence uint64) *record.Bundle {
	return &record.Bundle{Transfer: &record.Transfer{Session: session, Version: 4, TransferID: transfer, Serial: int(transfer), EndFrame: frame},
		ProtocolVersion: 7, Form: record.BundleWhole, Source: "ipn:1.1", DTNTime: 1000, Sequence: sequence,
		Blocks: []record.Block{{Primary: true, CRC: record.CRCValid}, {Type: 1}}, PayloadLength: 10}
}

// list writes a line for each and gives all of them.
func list(t *testing.T, bundles ...*record.Bundle) []string {
	t.Helper()
	l, out := said()
	s := l.Scribe()
	file := l.File("x.bundle")
	for i, b := range bundles {
		if _, err := l.Write(s.Append(nil, Seen|Line, b, file, func(dst []byte) []byte { return fmt.Append(dst, i) }, nil)); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestABundleThatWasSeenBeforeIsRecognised(t *testing.T) {
	change := func(f func(*record.Bundle)) *record.Bundle {
		b := made(9, 9, 99, 1)
		f(b)
		return b
	}
	v3 := made(4, 0, 12, 2)
	v3.Transfer.Version, v3.Transfer.ImpliedTransferID, v3.Transfer.Serial = 3, 5, 5
	got := list(t, made(1, 1, 10, 1), made(2, 1, 11, 1), v3, made(5, 1, 13, 2),
		change(func(b *record.Bundle) { b.Source = "ipn:1.2" }),
		change(func(b *record.Bundle) { b.DTNTime++ }),
		change(func(b *record.Bundle) { b.ProtocolVersion = 6 }),
		change(func(b *record.Bundle) { b.IsFragment = true }),
		change(func(b *record.Bundle) { b.IsFragment, b.FragmentOffset = true, 1 }),
		change(func(b *record.Bundle) { b.IsFragment, b.PayloadLength = true, 9 }),
		change(func(b *record.Bundle) { b.IsFragment = true }),
		change(func(b *record.Bundle) { b.Form = record.BundleTruncated }),
		change(func(b *record.Bundle) { b.Form, b.Blocks = record.BundleTruncated, nil }),
		change(func(b *record.Bundle) { b.Blocks[0].CRC = record.CRCInvalid }),
		change(func(b *record.Bundle) { b.Source = "dtn:none" }),
		change(func(b *record.Bundle) { b.Source = "dtn:none" }),
		change(func(b *record.Bundle) { b.ProtocolVersion = 0 }))
	want := []string{"0: ", "1: before s1 x1 false frame 10 ", "2: ", "3: before s4 x5 true frame 12 ", "4: ", "5: ", "6: ", "7: ", "8: ", "9: ",
		"10: ", "11: before s1 x1 false frame 10 ", "12: ", "13: ", "14: ", "15: ", "16:"}
	// The sender, session, transfer and frame of number 10 are those of number 7: it is the same one.
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAReportIsLinkedToItsBundle(t *testing.T) {
	file := made(0, 0, 0, 3)
	file.Transfer = nil
	report := func(sequence uint64, source string) *record.Bundle {
		b := made(3, 1, 30, 100+sequence)
		b.Subject = &record.Subject{Source: source, DTNTime: 1000, Sequence: sequence}
		return b
	}
	got := list(t, made(1, 1, 10, 1), file, report(1, "ipn:1.1"), report(2, "ipn:1.1"), report(3, "ipn:1.1"), report(1, "ipn:1.2"), report(1, "ipn:0.0"))
	want := []string{"0: ", "1: ", "2: subject s1 x1 frame 10 ", "3: subject ", "4: subject s0 x0 frame 0 x.bundle", "5: subject ", "6: subject"}
	// report(1, "ipn:1.2") is the same bundle as the first report, and at the same place.
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestALineMayBeWrittenLater(t *testing.T) {
	l, out := said()
	s := l.Scribe()
	first, again := made(1, 1, 10, 1), made(2, 1, 11, 1)
	entries := s.Append(nil, Seen, first, 0, nil, nil)
	entries = s.Append(entries, Seen, again, 0, nil, nil)
	for _, b := range []*record.Bundle{again, first} {
		entries = s.Append(entries, Line, b, 0, func(dst []byte) []byte { return fmt.Append(dst, b.Transfer.Session) }, nil)
	}
	if n, err := l.Write(entries); err != nil || n != len(entries) || out.String() != "2: before s1 x1 false frame 10 \n1: \n" {
		t.Errorf("%d, %v, %q", n, err, out)
	}
}

func TestTheOldestIsForgotten(t *testing.T) {
	l, out := said()
	l.limit = 3
	s := l.Scribe()
	see := func(sequence uint64) string {
		out.Reset()
		if _, err := l.Write(s.Append(nil, Seen|Line, made(1, 100+sequence, 1, sequence), 0, nil, nil)); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		if _, err := l.Write(s.Append(nil, Line, made(2, 1, 2, sequence), 0, nil, nil)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for i := range uint64(10) {
		if got := see(i); !strings.Contains(got, fmt.Sprint("x", 100+i)) {
			t.Errorf("%d: %q", i, got)
		}
		if l.index.used > 3 || len(l.first) > 3 {
			t.Fatalf("%d are remembered", l.index.used)
		}
	}
	for i, want := range map[uint64]bool{6: false, 7: true, 8: true, 9: true} {
		out.Reset()
		if _, err := l.Write(s.Append(nil, Line, made(2, 1, 2, i), 0, nil, nil)); err != nil || strings.Contains(out.String(), "before") != want {
			t.Errorf("%d: %v, %q", i, err, out)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

func TestWhatTheWriterSaysIsPassedOn(t *testing.T) {
	l := New(failing{}, func(dst, text []byte, _ *record.Links, _ bool) []byte { return append(dst, 'x') })
	s := l.Scribe()
	if _, err := l.Write(s.Append(nil, Seen, made(1, 1, 1, 1), 0, nil, nil)); err != nil {
		t.Errorf("nothing was written, and yet: %v", err)
	}
	entry := s.Append(nil, Line, made(1, 1, 1, 1), 0, nil, nil)
	if _, err := l.Write(entry); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	for n := range len(entry) - 1 {
		if _, err := l.Write(entry[:n+1]); err == nil {
			t.Errorf("%d octets are taken for an entry", n+1)
		}
	}
}

func TestEntriesAllocateNothing(t *testing.T) {
	l := New(&bytes.Buffer{}, func(dst, text []byte, _ *record.Links, _ bool) []byte { return dst })
	s := l.Scribe()
	b := made(1, 1, 1, 1)
	var entry []byte
	if n := testing.AllocsPerRun(100, func() {
		entry = s.Append(entry[:0], Seen|Line, b, 0, func(dst []byte) []byte { return b.AppendJSONOpen(dst) }, nil)
		if _, err := l.Write(entry); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
