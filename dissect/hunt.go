// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"sort"

	"github.com/dtn-tools/tcpcl/session"
)

// hunt is the search for a message boundary in a stream whose place is lost: behind a gap that held a message header, in a
// capture that begins in mid-session, behind a message of unknown length. A boundary is an offset from which a chain of credible
// messages follows, each beginning where the one before it ends. How sure that is, is counted in bits: random octets look
// like that with probability 2^-bits.
type hunt struct {
	buf    []byte // from the earliest offset that may still be a boundary
	base   uint64 // stream offset of buf[0]
	from   uint64 // stream offset from which on nothing could be decoded
	pieces []piece
	judged int // offsets of buf before this one are no boundary, but for those in open
	open   []opening
	end    int    // in a last search: what it is worth that a chain ends with buf
	bits   int    // how sure the last boundary found was; reset when told
	total  int    // octets searched since the start of the stream
	oldest uint64 // no piece is of an earlier frame
}

// opening is an offset that may be a boundary, and the length of buf with which more can be told.
type opening struct{ offset, want int }

// piece is where a run of octets of one frame begins.
type piece struct {
	offset uint64
	at     session.Mark
}

const (
	// maxHunt bounds the octets kept for one search. A segment longer than this hides the next header from the search, unless its own
	// header is credible by itself.
	maxHunt = 1 << 20
	// maxBlind bounds the octets searched in a connection of which nothing says that it is TCPCL.
	maxBlind = 256 << 10
)

func (h *hunt) restart(offset uint64) {
	h.buf, h.pieces = h.buf[:0], h.pieces[:0]
	h.open, h.judged = h.open[:0], 0
	h.base, h.from = offset, offset
}

func (h *hunt) add(s *stream, d []byte, at session.Mark) {
	if len(h.pieces) == 0 || at.Frame < h.oldest {
		h.oldest = at.Frame
	}
	h.pieces = append(h.pieces, piece{h.base + uint64(len(h.buf)), at})
	h.buf = append(h.buf, d...)
	h.total += len(d)
	s.c.w.hunting(int64(len(d)))
}

// drop forgets the first n octets of the buffer.
func (h *hunt) drop(s *stream, n int) {
	if n == 0 {
		return
	}
	s.c.w.hunting(-int64(n))
	h.buf = append(h.buf[:0], h.buf[n:]...)
	h.base += uint64(n)
	h.judged -= n
	open := h.open[:0]
	for _, o := range h.open {
		if o.offset >= n {
			open = append(open, opening{o.offset - n, o.want - n})
		}
	}
	h.open = open
	i := 0
	for i+1 < len(h.pieces) && h.pieces[i+1].offset <= h.base {
		i++
	}
	h.pieces = append(h.pieces[:0], h.pieces[i:]...)
	h.oldest = h.pieces[0].at.Frame
	for _, p := range h.pieces {
		h.oldest = min(h.oldest, p.at.Frame)
	}
}

// pieceAt is where in the buffer the piece with the octet at an offset of it begins and ends.
func (h *hunt) pieceAt(at int) (begin, end int) {
	i := sort.Search(len(h.pieces), func(i int) bool { return h.pieces[i].offset > h.base+uint64(at) })
	end = len(h.buf)
	if i < len(h.pieces) {
		end = int(h.pieces[i].offset - h.base)
	}
	return int(int64(h.pieces[i-1].offset - h.base)), end
}

// frameAt is the frame of the octet at a stream offset in the buffer.
func (h *hunt) frameAt(offset uint64) uint64 {
	i := len(h.pieces) - 1
	for i > 0 && h.pieces[i].offset > offset {
		i--
	}
	return h.pieces[i].at.Frame
}

// flush gives all octets up as undecoded.
func (h *hunt) flush(s *stream) {
	s.c.w.hunting(-int64(len(h.buf)))
	end := h.base + uint64(len(h.buf))
	at := s.c.last
	s.tellUndecoded(h.from, end-h.from, at)
	*h = hunt{base: end, from: end, end: h.end, bits: h.bits, total: h.total}
}

// search looks for a boundary in what the hunt holds, and decodes on from there if it finds one. final says that nothing
// more will be added.
func (s *stream) search(final bool) {
	h := &s.hunt
	if r := s.find(final); r.found {
		s.resume(r)
		return
	}
	keep := h.judged
	if len(h.open) > 0 {
		keep = h.open[0].offset
	}
	w := s.c.w
	switch {
	case s.c.sess == nil && s.c.hint == noHint && h.total > maxBlind:
		h.flush(s)
		s.disown()
		return
	case w.hunted > w.maxHunted:
		keep = len(h.buf)
	case len(h.buf)-keep > maxHunt:
		keep = len(h.buf) - maxHunt/2
	}
	if final && s.c.sess == nil && w.hunted <= w.maxHunted {
		h.judged, h.open = 0, h.open[:0] // to be judged again where the other direction turns out to be TCPCL
		return
	}
	// Moving what is kept costs; it pays when much can be forgotten.
	if keep > len(h.buf)/2 {
		h.drop(s, keep)
	}
}

// resume takes decoding up again at a boundary found in the hunt.
func (s *stream) resume(r found) {
	h := &s.hunt
	buf, pieces, base := h.buf, h.pieces, h.base
	s.c.w.hunting(-int64(len(buf)))
	s.version = r.version
	at := base + uint64(r.offset)
	next := s.c.w.next
	s.c.w.next = h.frameAt(at)
	s.c.recognise()
	if s.c.sess.Version == 0 {
		s.c.sess.Version = r.version
	}
	s.reconsider()
	s.tellUndecoded(h.from, at-h.from, s.c.last)
	s.c.w.next = next
	*h = hunt{bits: r.bits, total: h.total, end: h.end}
	s.state = headers
	if r.contact {
		s.state = contact
	}
	s.pos = at
	for i, p := range pieces {
		end := base + uint64(len(buf))
		if i+1 < len(pieces) {
			end = pieces[i+1].offset
		}
		if end <= at {
			continue
		}
		first := max(p.offset, at)
		s.data(buf[first-base:end-base], p.at)
	}
	h.end = 0
}
