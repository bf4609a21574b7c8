// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// journal is a Handler that keeps what it is told.
type journal struct {
	plain [2][]byte
	marks [2][]Mark // of each call of Plaintext
	log   [2][]string
	lost  [2][]Missing
	of    [2][]Event
}

func (j *journal) Plaintext(side int, d []byte, at Mark) {
	j.plain[side] = append(j.plain[side], d...)
	j.marks[side] = append(j.marks[side], at)
	j.log[side] = append(j.log[side], fmt.Sprintf("plaintext %x %v", d, at))
}

func (j *journal) Missing(side int, m Missing) {
	j.lost[side] = append(j.lost[side], m)
	j.log[side] = append(j.log[side], fmt.Sprintf("%+v", m))
}

func (j *journal) Event(side int, e Event, at Mark) {
	j.of[side] = append(j.of[side], e)
	text := fmt.Sprintf("%T%+v", e, e)
	if m, ok := e.(*Certificates); ok { // it has pointers inside
		text = fmt.Sprintf("certificates %v", m.Encrypted)
		for i := range m.Chain {
			text += fmt.Sprintf(" %q %x", m.Chain[i].Subject, m.Chain[i].DER)
		}
	}
	j.log[side] = append(j.log[side], fmt.Sprint(text, at))
}

// all finds the events of a type.
func all[T Event](j *journal, side int) (out []T) {
	for _, e := range j.of[side] {
		if e, ok := e.(T); ok {
			out = append(out, e)
		}
	}
	return out
}

// one finds the only event of a type.
func one[T Event](t *testing.T, j *journal, side int) T {
	t.Helper()
	out := all[T](j, side)
	if len(out) != 1 {
		t.Fatalf("%d events %T, want 1: %q", len(out), *new(T), j.log[side])
	}
	return out[0]
}

// flight is what one side sent at once.
type flight struct {
	side int
	b    []byte
}

// decrypt feeds flights to a new Conn. Each octet's mark is its place in its side's stream, so that every split has the same.
func decrypt(keys *KeyLog, flights []flight) *journal {
	j := &journal{}
	c := NewConn(j, keys)
	for i, f := range flights {
		c.Data(f.side, f.b, Mark{Frame: uint64(i + 1)})
	}
	c.Close()
	return j
}

// wantClean fails where something could not be decrypted.
func wantClean(t *testing.T, j *journal) {
	t.Helper()
	for side := range j.of {
		if len(j.lost[side]) > 0 {
			t.Errorf("side %d: missing %+v", side, j.lost[side])
		}
		for _, e := range j.of[side] {
			switch e.(type) {
			case *DecryptFailed, *MissingKeys, *Malformed, *Unsupported:
				t.Errorf("side %d: %T%+v", side, e, e)
			}
		}
	}
}

func wantPlain(t *testing.T, j *journal, side int, want []byte) {
	t.Helper()
	if !bytes.Equal(j.plain[side], want) {
		t.Errorf("side %d: %d octets of plaintext, want %d: %.80q, want %.80q", side, len(j.plain[side]), len(want), j.plain[side], want)
	}
}

// octetwise cuts flights into single octets. They keep the mark of their flight.
func decryptOctetwise(keys *KeyLog, flights []flight) *journal {
	j := &journal{}
	c := NewConn(j, keys)
	for i, f := range flights {
		for k := range f.b {
			c.Data(f.side, f.b[k:k+1], Mark{Frame: uint64(i + 1)})
		}
	}
	c.Close()
	return j
}

// wantSame fails where two journals differ.
func wantSame(t *testing.T, got, want *journal) {
	t.Helper()
	for side := range want.log {
		if slices.Equal(got.log[side], want.log[side]) {
			continue
		}
		for i := range want.log[side] {
			if i >= len(got.log[side]) || got.log[side][i] != want.log[side][i] {
				g := "nothing"
				if i < len(got.log[side]) {
					g = got.log[side][i]
				}
				t.Fatalf("side %d, entry %d:\n%.300s\nwant\n%.300s", side, i, g, want.log[side][i])
			}
		}
		t.Fatalf("side %d: %d entries, want %d; the next is %.300s", side, len(got.log[side]), len(want.log[side]), got.log[side][len(want.log[side])])
	}
}
