// SPDX-License-Identifier: Apache-2.0

// Package ledger remembers the bundles of a run, in the order in which they are listed: it tells of each where the same one was
// seen before, and of a status report where the bundle was seen that it speaks of.
//
// Several workers list bundles at a time, and only what they write together is in order. So a worker writes entries, with the
// text of its line in each, and the Ledger behind them is the writer that makes lines of them. What it remembers is bounded.
package ledger

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"io"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// MaxBundles is how many different bundles are remembered. The one that was first seen longest ago is forgotten for a new one.
const MaxBundles = 1 << 16

// Kind says what an entry is for.
type Kind uint8

const (
	Seen Kind = 1 << iota // the bundle is remembered
	Line                  // a line is written about it
	Part                  // it is a fragment, and joined with others; Scribe.Append sees to that
)

// Ledger is an io.Writer of entries.
type Ledger struct {
	out    io.Writer
	line   func(dst, text []byte, l *record.Links, subject bool) []byte
	seeds  [2]maphash.Seed
	files  []string
	index  index      // of first
	first  []sighting // a ring, once it is full
	oldest int
	limit  int
	buf    []byte
	links  record.Links // of the line being written
	units  *units       // nil: fragments are not joined
}

// key stands for the identity of a bundle; the zero key for none.
type key [16]byte

// sighting is where a bundle was first seen.
type sighting struct {
	key      key
	session  uint64
	transfer uint64
	serial   uint64
	frame    uint64
	file     uint32 // index in Ledger.files, where session is 0
	from     record.From
	implied  bool
}

// New makes a Ledger that writes its lines to out. line appends one of them: text is what the entry has, and subject says whether
// its bundle speaks of another.
func New(out io.Writer, line func(dst, text []byte, l *record.Links, subject bool) []byte) *Ledger {
	return &Ledger{out: out, line: line, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, limit: MaxBundles}
}

// File makes a file known and returns its number for Scribe.Append.
func (l *Ledger) File(name string) uint32 {
	l.files = append(l.files, name)
	return uint32(len(l.files) - 1)
}

// The form of an entry: its kind, flags, the sender, the length of what follows this, two keys, the place, the length of the text; then
// what it has of a fragment, and the text.
const (
	entryLen = 80

	hasSubject = 1
	isImplied  = 2
)

var errEntry = errors.New("ledger: an entry is cut short")

// Write takes whole entries.
func (l *Ledger) Write(b []byte) (int, error) {
	l.buf = l.buf[:0]
	for rest := b; len(rest) > 0; {
		if len(rest) < entryLen {
			return 0, errEntry
		}
		end := entryLen + int(binary.LittleEndian.Uint32(rest[4:]))
		if end > len(rest) {
			return 0, errEntry
		}
		if err := l.entry(rest[:entryLen], rest[entryLen:end]); err != nil {
			return 0, err
		}
		rest = rest[end:]
	}
	if len(l.buf) > 0 {
		if _, err := l.out.Write(l.buf); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

func (l *Ledger) entry(e, rest []byte) error {
	kind, flags := Kind(e[0]), e[1]
	here := sighting{from: record.From(e[2]), implied: flags&isImplied != 0, session: binary.LittleEndian.Uint64(e[40:]),
		transfer: binary.LittleEndian.Uint64(e[48:]), serial: binary.LittleEndian.Uint64(e[56:]),
		frame: binary.LittleEndian.Uint64(e[64:]), file: binary.LittleEndian.Uint32(e[72:])}
	var part []byte
	if kind&Part != 0 {
		part, rest = rest[:partLen], rest[partLen:]
	}
	n := binary.LittleEndian.Uint32(e[76:])
	text, rest := rest[:n], rest[n:]
	var subject key
	copy(here.key[:], e[8:])
	copy(subject[:], e[24:])
	first := l.find(here.key)
	if first == nil && kind&Seen != 0 {
		l.remember(&here)
	}
	if kind&Line != 0 {
		l.links = record.Links{}
		if first != nil && *first != here {
			l.links.SeenBefore = l.public(first)
		}
		l.links.SubjectSeen = l.public(l.find(subject))
		l.buf = l.line(l.buf, text, &l.links, flags&hasSubject != 0)
	}
	if part == nil || l.units == nil {
		return nil
	}
	n = binary.LittleEndian.Uint32(part[partLen-8:])
	u := l.part(part, &here, string(rest[n:]))
	if u == nil {
		return nil
	}
	if l.units.Whole != nil {
		if err := l.units.Whole(u); err != nil {
			return err
		}
	}
	l.buf = l.units.Line(l.buf, rest[:n], u)
	return nil
}

// find gives where a bundle was first seen, nil where it was not.
func (l *Ledger) find(k key) *sighting {
	if k == (key{}) {
		return nil
	}
	if i := l.index.find(&k, l.first); i >= 0 {
		return &l.first[i]
	}
	return nil
}

// remember notes where a bundle was first seen.
func (l *Ledger) remember(s *sighting) {
	if s.key == (key{}) {
		return
	}
	if n := len(l.first); n < l.limit {
		if n == cap(l.first) {
			l.first = append(make([]sighting, 0, min(max(2*n, 64), l.limit)), l.first...)
		}
		l.first = append(l.first, *s)
		l.index.add(n, l.first)
		return
	}
	l.index.remove(l.oldest, l.first)
	l.first[l.oldest] = *s
	l.index.add(l.oldest, l.first)
	l.oldest = (l.oldest + 1) % l.limit
}

func (l *Ledger) public(s *sighting) *record.Sighting {
	switch {
	case s == nil:
		return nil
	case s.session == 0:
		return &record.Sighting{File: l.files[s.file]}
	}
	return &record.Sighting{Session: int(s.session), From: s.from, TransferID: s.transfer, Implied: s.implied, Frame: s.frame}
}
