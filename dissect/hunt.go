// SPDX-License-Identifier: Apache-2.0

package dissect

import "github.com/dtn-tools/tcpcl/session"

// hunt is the search for a message boundary in a stream whose place is lost: behind a gap that held a message header, in a
// capture that begins in mid-session, behind a message of unknown length. A boundary is an offset from which a chain of credible
// messages follows, each beginning where the one before it ends. How sure that is, is counted in bits: random octets look
// like that with probability 2^-bits.
type hunt struct {
	buf    []byte // from the earliest offset that may still be a boundary
	base   uint64 // stream offset of buf[0]
	from   uint64 // stream offset from which on nothing could be decoded
	pieces []piece
	enough int  // length of buf at which searching again can tell more
	whole  bool // the stream ends with buf
	bits   int  // how sure the last boundary found was; reset when told
	total  int  // octets searched since the start of the stream
}

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
	h.base, h.from, h.enough = offset, offset, 0
}

func (h *hunt) add(s *stream, d []byte, at session.Mark) {
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
	h.enough -= n
	i := 0
	for i+1 < len(h.pieces) && h.pieces[i+1].offset <= h.base {
		i++
	}
	h.pieces = append(h.pieces[:0], h.pieces[i:]...)
}

// flush gives all octets up as undecoded.
func (h *hunt) flush(s *stream) {
	s.c.w.hunting(-int64(len(h.buf)))
	end := h.base + uint64(len(h.buf))
	at := s.c.last
	s.tellUndecoded(h.from, end-h.from, at)
	h.buf, h.pieces = nil, nil
	h.base, h.from = end, end
}

// search looks for a boundary in what the hunt holds, and decodes on from there if it finds one. final says that nothing
// more will be added.
func (s *stream) search(final bool) {
	h := &s.hunt
	if len(h.buf) < h.enough && !final || len(h.buf) == 0 {
		return
	}
	r := s.find(h.buf, final, final && h.whole)
	if r.found {
		s.resume(r)
		return
	}
	blind := s.c.sess == nil && s.c.hint == noHint
	switch {
	case blind && h.total > maxBlind:
		h.flush(s)
		s.disown()
		return
	case len(h.buf)-r.keep > maxHunt || s.c.w.hunted > s.c.w.maxHunted:
		r.keep = len(h.buf) - min(len(h.buf), maxHunt/2)
		if s.c.w.hunted > s.c.w.maxHunted {
			r.keep = len(h.buf)
		}
		r.enough = 0
	}
	// Candidates are judged again with each search: searching only after the buffer has grown by a share keeps the work in
	// proportion to the octets.
	h.enough = max(r.enough, len(h.buf)+(len(h.buf)-r.keep)/8)
	h.drop(s, r.keep)
}

// resume takes decoding up again at a boundary found in the hunt.
func (s *stream) resume(r found) {
	h := &s.hunt
	buf, pieces, base := h.buf, h.pieces, h.base
	s.c.w.hunting(-int64(len(buf)))
	s.version = r.version
	s.c.recognise()
	if s.c.sess.Version == 0 {
		s.c.sess.Version = r.version
	}
	s.reconsider()
	at := base + uint64(r.offset)
	s.tellUndecoded(h.from, at-h.from, s.c.last)
	*h = hunt{bits: r.bits, total: h.total, whole: h.whole}
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
	h.whole = false
}
