// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"bytes"
	"math"
)

// stream is what one side sends. Positions count its octets in 64 bits from an arbitrary origin that leaves room below, so
// that octets can be kept before it is known where the stream begins.
type stream struct {
	next    uint32 // the sequence number of the octet at pos
	packets uint32 // with payload, that were not simply in order; it wraps
	pseudo  uint16 // pseudoSum of the connection
	known   bool   // next and pos have a meaning
	started bool   // it is known where the stream begins
	flowing bool   // started, not dropped, and no FIN was seen
	ended   bool
	turn    uint8   // the oldest of seen, where the next one goes
	pos     uint64  // where the next octet to deliver stands
	base    uint64  // the position of offset 0, once started
	seen    []run   // of what was delivered last: a ring whose length is a power of two, not all used at first
	acked   uint64  // the peer acknowledged everything below
	fin     uint64  // the position of the FIN; unknown: none was seen
	buf     *buffer // nil where nothing is waited for
	counts  counts
	finTime int64
}

// counts are Stats without Octets, which follow from the stream's position.
type counts struct {
	missed, retransmitted, conflicting, stray, outOfOrder uint64
	conflictFrame, finFrame, resetFrame                   uint64
}

const (
	origin  = 1 << 32
	unknown = math.MaxUint64
	reach   = 1 << 30 // a sequence number farther from the expected one has nothing to do with the stream

	// openReach is how far a SYN may lie before data that overtook it.
	openReach = 64 << 10
)

// front is the position of the first piece, unknown if nothing is buffered.
func (st *stream) front() uint64 {
	if st.buf.empty() {
		return unknown
	}
	return st.buf.pieces()[0].pos
}

// top is the position behind the highest octet seen.
func (st *stream) top() uint64 {
	if st.buf.empty() {
		return st.pos
	}
	ps := st.buf.pieces()
	return max(st.pos, ps[len(ps)-1].end())
}

// lowestFin is the lowest position that a FIN can have: a FIN before octets that were seen is a lie.
func (st *stream) lowestFin() uint64 {
	switch {
	case st.started:
		return st.top()
	case st.buf.empty():
		return 0
	}
	ps := st.buf.pieces()
	return ps[len(ps)-1].end()
}

// acknowledge notes the peer's acknowledgment number.
func (st *stream) acknowledge(ack uint32) {
	if d := int32(ack - st.next); st.known && (d > 0 || !st.started) && d <= reach && d >= -reach {
		st.acked = max(st.acked, st.pos+uint64(int64(d)))
	}
}

// provable is the position up to which the stream's octets are known to have reached the peer, less than pos if that says
// nothing new.
func (st *stream) provable() uint64 {
	switch {
	case st.acked <= st.pos:
		return 0
	case st.fin != unknown:
		return min(st.acked, st.fin)
	case st.acked > st.top():
		return st.acked - 1 // the last number may be that of a FIN that was not captured
	}
	return st.acked
}

// start begins a side's stream with the octet at sequence number seq, which a SYN told.
func (c *Conn) start(side Side, seq uint32) {
	st := &c.streams[side]
	d := int32(seq - st.next)
	if st.started {
		// A SYN with data (RFC 7413) that comes after the acknowledgment of them. Nothing was delivered yet.
		if st.pos == st.base && !st.ended && st.buf == nil && d < 0 && d >= -openReach {
			st.pos -= uint64(-int64(d))
			st.base, st.next = st.pos, seq
		}
		return
	}
	if !st.known || d > reach || d < -reach {
		c.discard(side, unknown)
		st.pos, st.acked, st.fin = origin, 0, unknown
		d = 0
		c.know(st)
	}
	st.pos += uint64(int64(d))
	st.next, st.base = seq, st.pos
	c.discard(side, st.pos)
	if st.fin < st.pos {
		st.fin = unknown
	}
	st.started, st.flowing = true, st.fin == unknown
}

// begin begins a side's stream without a SYN, at the lowest octet that was seen.
func (c *Conn) begin(side Side) {
	st := &c.streams[side]
	lowest := min(st.front(), st.fin)
	st.next += uint32(lowest - st.pos)
	st.pos, st.base = lowest, lowest
	st.started, st.flowing = true, st.fin == unknown
	g := Gap{Cause: GapMidStream, Frame: c.frame, Time: c.time}
	g.Next, g.NextTime = c.next(side)
	c.r.Gap(side, g)
}

func (c *Conn) know(st *stream) {
	st.known = true
	st.pseudo = pseudoSum(c.ends[0], c.ends[1])
}

// segment takes the octets and the FIN of a segment.
func (c *Conn) segment(side Side, s *Segment) {
	st := &c.streams[side]
	seq, d, missing := s.Seq, s.Payload, s.Missing
	if s.Flags&SYN != 0 {
		seq++
	}
	if !st.known {
		st.next, st.pos, st.base = seq, origin, origin
		c.know(st)
	}
	n := uint64(len(d)) + uint64(max(missing, 0))
	if n == 0 && s.Flags&FIN == 0 {
		return
	}
	diff := int32(seq - st.next)
	if diff > reach || diff < -reach || n > reach {
		st.counts.stray += n
		return
	}
	pos := st.pos + uint64(int64(diff))
	if n == 1 && s.Flags&(SYN|FIN) == 0 && st.started && (pos+1 == st.pos || pos+1 == st.top()) {
		return // a keepalive probe, whose octet is anything (RFC 9293 3.8.4)
	}
	if s.Flags&FIN != 0 && st.fin == unknown && !st.ended && pos+n >= st.lowestFin() {
		st.fin, st.counts.finFrame, st.finTime = pos+n, s.Frame, s.Time
		st.flowing = false
	}
	limit := st.fin
	if st.ended {
		limit = st.pos
	}
	if pos+n > limit {
		cut := min(n, pos+n-limit)
		st.counts.stray += cut
		n -= cut
		d = d[:min(uint64(len(d)), n)]
		missing = int(n) - len(d)
	}
	if st.started && pos < st.pos {
		old := min(n, st.pos-pos)
		c.repeated(st, s, pos, old)
		pos += old
		n -= old
		d = d[min(uint64(len(d)), old):]
		missing = int(n) - len(d)
	}
	if n == 0 {
		return
	}
	if !st.started {
		b := c.wait(side)
		if b.held == 0 {
			b.heldPackets, b.heldTime = c.packets, s.Time
		}
		b.held++
	}
	c.place(side, s, pos, d, missing)
}

// repeated counts the first n octets of a segment, which stand before what was delivered.
func (c *Conn) repeated(st *stream, s *Segment, pos, n uint64) {
	if pos < st.base {
		before := min(n, st.base-pos)
		st.counts.stray += before
		st.counts.retransmitted += n - before
		return
	}
	if n <= uint64(len(s.Payload)) && c.differs(st, s, pos, n) {
		st.conflict(s.Frame, n)
		return
	}
	st.counts.retransmitted += n
}

// differs says whether the first n octets of s are known to be other ones than those that were delivered at pos.
func (c *Conn) differs(st *stream, s *Segment, pos, n uint64) bool {
	was, ok := st.sum(st.next-uint32(st.pos-pos), uint32(n))
	if !ok {
		return false
	}
	// A segment whose own checksum is wrong proves nothing: then those of the capture are not to be relied on.
	if s.Missing == 0 {
		var r run
		r.takeSegment(s)
		if own, ok := r.payload(st.pseudo); ok && own != octetSum(s.Payload) {
			return false
		}
	}
	return was != octetSum(s.Payload[:n])
}

func (st *stream) conflict(frame, n uint64) {
	st.counts.conflicting += n
	if st.counts.conflictFrame == 0 {
		st.counts.conflictFrame = frame
	}
}

// place delivers or keeps the octets at pos, of which none was delivered yet, except those that came before.
func (c *Conn) place(side Side, s *Segment, pos uint64, d []byte, missing int) {
	st := &c.streams[side]
	whole := len(d) == len(s.Payload) && s.Missing == 0
	for len(d) > 0 && !c.dropped {
		n := uint64(len(d))
		if !st.buf.empty() {
			i := st.buf.search(pos)
			if ps := st.buf.pieces(); i < len(ps) {
				p := &ps[i]
				switch {
				case p.pos > pos:
					n = min(n, p.pos-pos)
				case p.data == nil:
					c.charge(st.buf, pieceCost*st.buf.carve(i, pos, min(n, p.end()-pos)))
					continue
				default:
					n = min(n, p.end()-pos)
					compare(st, p.data[pos-p.pos:][:n], d[:n], s.Frame)
					pos, d = pos+n, d[n:]
					continue
				}
			}
		}
		seq, next := st.next+uint32(pos-st.pos), st.started && pos == st.pos
		var r *run
		if next {
			r = st.remember()
		} else {
			r = &c.keep(side, s, pos, d[:n], 0).run
		}
		if whole && n == uint64(len(s.Payload)) {
			r.takeSegment(s)
		} else {
			*r = summed(seq, d[:n])
		}
		if next {
			c.emit(side, d[:n], s.Frame, s.Time)
		}
		pos, d = pos+n, d[n:]
	}
	for rest := uint64(max(missing, 0)); rest > 0 && !c.dropped; {
		n, free := rest, true
		if !st.buf.empty() {
			i := st.buf.search(pos)
			if ps := st.buf.pieces(); i < len(ps) {
				if free = ps[i].pos > pos; free {
					n = min(n, ps[i].pos-pos)
				} else {
					n = min(n, ps[i].end()-pos)
				}
			}
		}
		switch {
		case free && st.started && pos == st.pos:
			c.gap(side, pos+n, Gap{Cause: GapTruncated, Frame: c.frame, Time: c.time, Next: c.frame, NextTime: c.time})
		case free:
			c.keep(side, s, pos, nil, uint32(n)).run = run{}
		default:
			st.counts.retransmitted += n
		}
		pos, rest = pos+n, rest-n
	}
}

// compare counts octets that came again while the first ones are still buffered.
func compare(st *stream, was, is []byte, frame uint64) {
	st.counts.retransmitted += uint64(len(is))
	if bytes.Equal(was, is) {
		return
	}
	var n uint64
	for i := range is {
		if was[i] != is[i] {
			n++
		}
	}
	st.counts.retransmitted -= n
	st.conflict(frame, n)
}

// keep buffers octets of s, which it copies, or notes so many that are missing. The run of the piece that it returns is for the caller to fill.
func (c *Conn) keep(side Side, s *Segment, pos uint64, d []byte, missing uint32) *piece {
	st := &c.streams[side]
	b := c.wait(side)
	i := b.search(pos)
	p := b.insert(i, s.Frame)
	p.pos, p.time, p.data, p.length = pos, s.Time, nil, missing
	cost := pieceCost
	if d != nil {
		p.data, p.length = c.a.pool.copyOf(d), uint32(len(d))
		cost += cap(p.data)
		if st.started {
			st.counts.outOfOrder += uint64(len(d))
		}
	}
	c.charge(b, cost)
	b.stored += uint64(p.length)
	return p
}

func (c *Conn) charge(b *buffer, cost int) {
	b.octets += cost
	c.a.used += cost
}

// emit delivers the octets that are next, which are remembered already.
func (c *Conn) emit(side Side, d []byte, frame uint64, time int64) {
	st := &c.streams[side]
	offset := st.pos - st.base
	st.pos += uint64(len(d))
	st.next += uint32(len(d))
	c.r.Data(side, Chunk{Offset: offset, Data: d, Frame: frame, Time: time})
}

// drainOne delivers the first piece if it is next.
func (c *Conn) drainOne(side Side) {
	st := &c.streams[side]
	if st.front() != st.pos {
		return
	}
	p := st.buf.pop()
	if p.data == nil {
		c.charge(st.buf, -pieceCost)
		c.gap(side, p.end(), Gap{Cause: GapTruncated, Frame: c.frame, Time: c.time, Next: p.frame, NextTime: p.time})
		return
	}
	c.charge(st.buf, -pieceCost-cap(p.data))
	*st.remember() = p.run
	c.emit(side, p.data, p.frame, p.time)
	c.a.pool.put(p.data)
}

// discard throws away what is buffered below pos.
func (c *Conn) discard(side Side, pos uint64) {
	st := &c.streams[side]
	for st.front() < pos {
		p := &st.buf.pieces()[0]
		n := min(uint64(p.length), pos-p.pos)
		st.counts.stray += n
		if n < uint64(p.length) {
			p.pos += n
			p.length -= uint32(n)
			if p.data != nil {
				p.data = p.data[:copy(p.data, p.data[n:])]
				p.run = summed(p.run.seq+uint32(n), p.data)
			}
			return
		}
		old := st.buf.pop()
		c.charge(st.buf, -pieceCost-cap(old.data))
		c.a.pool.put(old.data)
	}
}
