// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"bytes"
	"slices"
	"time"
)

const (
	maxDatagram = 65535 // octets behind the IP header that the fragments of one datagram can reach

	// Memory that is counted for a datagram and a fragment besides the octets of its own.
	datagramOverhead = 256
	fragmentOverhead = 96

	// maxFinished is how many datagrams are remembered behind their completion. Copies of packets come close behind one
	// another ("any" device, mirror ports), so a few are enough.
	maxFinished = 64
)

// fragmentIPv6 is the protocol in the key of IPv6 fragments, which is no part of it there (RFC 8200 4.5).
const fragmentIPv6 = 0x100

// fragmentKey is what the fragments of one datagram have in common (RFC 791 2.3, RFC 8200 4.5).
type fragmentKey struct {
	srcHi, srcLo, dstHi, dstLo uint64
	id                         uint32
	protocol                   uint16
}

// fragment is one fragment as its headers have it.
type fragment struct {
	key      fragmentKey
	protocol uint8 // of the datagram's content; counts in the first fragment
	from     int   // offset of b in octets
	more     bool  // fragments with a higher offset exist
	b        []byte
	wire     int // octets that b had on the wire
}

func (f *fragment) to() int { return f.from + f.wire }

// valid tells whether the offset and length of f are possible: only the last fragment may have a length that is no
// multiple of 8 octets, and none is empty.
func (f *fragment) valid() bool {
	return f.wire > 0 && f.to() <= maxDatagram && (!f.more || f.wire%8 == 0)
}

// fragmentPiece is a run of octets of a datagram. Its octets are fewer than its extent where the snap length cut the
// fragment.
type fragmentPiece struct {
	from, to int
	b        []byte
}

// datagram is an IP datagram in pieces, which are in order and do not overlap.
type datagram struct {
	key          fragmentKey
	older, newer *datagram
	since        int64 // time of the first fragment that came
	pieces       []fragmentPiece
	covered      int // octets in the extents of pieces
	total        int // octets of the datagram; -1 until the last fragment came
	memory       int
	protocol     uint8
	finished     bool
}

// fragmentTable puts datagrams together. Octets that came first win, for IPv4 and for IPv6: hosts have to discard an
// IPv6 datagram whose fragments overlap (RFC 5722), but an observer who did so would hide from its user what happened
// on the wire. It counts the conflict instead.
type fragmentTable struct {
	datagrams  map[fragmentKey]*datagram
	open       datagramList
	finished   datagramList // datagrams whose late copies of fragments are recognised
	memory     int          // of open and finished
	maxMemory  int
	maxOpen    int
	timeout    int64
	statistics *DecodeStats
}

func (t *fragmentTable) init(o DecoderOptions, statistics *DecodeStats) {
	t.datagrams = make(map[fragmentKey]*datagram)
	t.maxMemory, t.maxOpen, t.timeout = o.MaxFragmentOctets, o.MaxDatagrams, int64(o.FragmentTimeout)
	if t.maxMemory <= 0 {
		t.maxMemory = 16 << 20
	}
	if t.maxOpen <= 0 {
		t.maxOpen = 4096
	}
	if t.timeout <= 0 {
		t.timeout = int64(30 * time.Second)
	}
	t.statistics = statistics
}

// add takes a copy of f into its datagram and returns that if it is complete now. now is capture time.
func (t *fragmentTable) add(f *fragment, now int64) *datagram {
	for t.open.oldest != nil && t.stale(t.open.oldest, now) {
		t.giveUp(t.open.oldest)
	}
	g := t.datagrams[f.key]
	if g != nil {
		switch {
		case !g.finished && t.stale(g, now):
			t.giveUp(g)
			g = nil
		case g.finished && !t.stale(g, now) && g.repeated(f):
			return nil
		case g.finished: // the identification is in use again
			t.forget(g)
			g = nil
		}
	}
	if g == nil {
		g = &datagram{key: f.key, since: now, total: -1, memory: datagramOverhead}
		t.datagrams[f.key] = g
		t.open.push(g)
		t.memory += g.memory
	}
	memory := g.memory
	if g.insert(f) {
		t.statistics.FragmentConflicts++
	}
	t.memory += g.memory - memory
	if g.covered == g.total {
		t.finish(g)
		return g
	}
	for t.memory > t.maxMemory && t.finished.n > 0 {
		t.forget(t.finished.oldest)
	}
	for t.memory > t.maxMemory || t.open.n > t.maxOpen {
		t.giveUp(t.open.oldest)
	}
	return nil
}

// stale tells whether g is too old. The time of packets may go back; a long way back is another capture.
func (t *fragmentTable) stale(g *datagram, now int64) bool {
	age := now - g.since
	return age > t.timeout || age < -t.timeout
}

func (t *fragmentTable) finish(g *datagram) {
	t.open.remove(g)
	g.finished = true
	t.finished.push(g)
	if t.finished.n > maxFinished {
		t.forget(t.finished.oldest)
	}
}

func (t *fragmentTable) forget(g *datagram) {
	t.finished.remove(g)
	t.memory -= g.memory
	delete(t.datagrams, g.key)
}

func (t *fragmentTable) giveUp(g *datagram) {
	t.statistics.FragmentsIncomplete++
	t.open.remove(g)
	t.memory -= g.memory
	delete(t.datagrams, g.key)
}

func (t *fragmentTable) flush() {
	for t.open.oldest != nil {
		t.giveUp(t.open.oldest)
	}
	for t.finished.oldest != nil {
		t.forget(t.finished.oldest)
	}
}

// assemble returns the content of a completed datagram, valid until the next call, and its length on the wire. The
// content ends where the snap length cut a fragment for the first time.
func (t *fragmentTable) assemble(g *datagram) (b []byte, wire int) {
	n := 0
	for _, piece := range g.pieces {
		n += len(piece.b)
	}
	b = make([]byte, 0, n)
	for _, piece := range g.pieces {
		b = append(b, piece.b...)
		if len(piece.b) < piece.to-piece.from {
			break
		}
	}
	return b, g.total
}

// overlapping is the range of pieces that have octets in [from, to).
func (g *datagram) overlapping(from, to int) (first, end int) {
	first, _ = slices.BinarySearchFunc(g.pieces, from, func(p fragmentPiece, from int) int { return p.to - from - 1 })
	end = first
	for end < len(g.pieces) && g.pieces[end].from < to {
		end++
	}
	return first, end
}

// differs tells whether octets that f and p both have are different.
func (p *fragmentPiece) differs(f *fragment) bool {
	from := max(p.from, f.from)
	to := min(p.from+len(p.b), f.from+len(f.b))
	return from < to && !bytes.Equal(p.b[from-p.from:to-p.from], f.b[from-f.from:to-f.from])
}

// contradicts tells whether f cannot belong to a datagram of the length that earlier fragments tell.
func (g *datagram) contradicts(f *fragment) bool {
	if g.total >= 0 {
		return f.to() > g.total || f.more == (f.to() == g.total)
	}
	return !f.more && len(g.pieces) > 0 && g.pieces[len(g.pieces)-1].to > f.to()
}

// repeated tells whether f is a copy of something in the finished datagram g.
func (g *datagram) repeated(f *fragment) bool {
	if g.contradicts(f) {
		return false
	}
	first, end := g.overlapping(f.from, f.to())
	for i := range g.pieces[first:end] {
		if g.pieces[first+i].differs(f) {
			return false
		}
	}
	return true
}

// insert takes what f has and no earlier fragment had. It returns true when f contradicts an earlier one. A fragment
// that contradicts the length is passed over as a whole.
func (g *datagram) insert(f *fragment) (conflict bool) {
	if g.contradicts(f) {
		return true
	}
	if !f.more {
		g.total = f.to()
	}
	if f.from == 0 && (len(g.pieces) == 0 || g.pieces[0].from > 0) {
		g.protocol = f.protocol
	}
	first, end := g.overlapping(f.from, f.to())
	var fresh []fragmentPiece // what of f no piece covers
	var one [1]fragmentPiece
	fresh = one[:0]
	from := f.from
	for i := first; i < end; i++ {
		p := &g.pieces[i]
		conflict = conflict || p.differs(f)
		if from < p.from {
			fresh = append(fresh, f.piece(from, p.from))
		}
		from = p.to
	}
	if from < f.to() {
		fresh = append(fresh, f.piece(from, f.to()))
	}
	for _, p := range fresh {
		p.b = bytes.Clone(p.b)
		i, _ := slices.BinarySearchFunc(g.pieces, p.from, func(p fragmentPiece, from int) int { return p.from - from })
		g.pieces = slices.Insert(g.pieces, i, p)
		g.covered += p.to - p.from
		g.memory += fragmentOverhead + len(p.b)
	}
	return conflict
}

// piece is the part of f from one offset to another in the datagram, borrowed.
func (f *fragment) piece(from, to int) fragmentPiece {
	n := len(f.b)
	return fragmentPiece{from, to, f.b[min(from-f.from, n):min(to-f.from, n)]}
}

// datagramList is a list of datagrams from the oldest to the newest.
type datagramList struct {
	oldest, newest *datagram
	n              int
}

func (l *datagramList) push(g *datagram) {
	g.older, g.newer = l.newest, nil
	if l.newest != nil {
		l.newest.newer = g
	} else {
		l.oldest = g
	}
	l.newest = g
	l.n++
}

func (l *datagramList) remove(g *datagram) {
	if g.older != nil {
		g.older.newer = g.newer
	} else {
		l.oldest = g.newer
	}
	if g.newer != nil {
		g.newer.older = g.older
	} else {
		l.newest = g.older
	}
	l.n--
}
