// SPDX-License-Identifier: Apache-2.0

package reassembly

// When a stream stops waiting. What a stream delivers must not depend on the order in which a capture shows the packets, so
// an acknowledgment of octets that did not come is proof that they were sent, but not that the capture lost them: they may
// come a few packets later. Only after ReorderSlack further packets of the stream, or when much was buffered since, they are
// given up.

// settle delivers what can be delivered of a side and gives up what was waited for long enough. now is capture time.
func (c *Conn) settle(side Side, now int64) {
	st := &c.streams[side]
	if st.ended || c.dropped || c.closed {
		return
	}
	if !st.started {
		if st.buf == nil || !c.heldEnough(st.buf, now) {
			return
		}
		c.begin(side)
	}
	c.drain(side)
	for !c.dropped && st.provable() > st.pos {
		b := c.wait(side)
		if b.proof <= st.pos {
			b.proof, b.proofPos = st.provable(), unknown
		}
		if b.proofPos != st.pos { // what is still coming in is not lost
			b.proofPos, b.proofPackets, b.proofAll, b.proofStored, b.proofTime = st.pos, st.packets, c.packets, b.stored, now
		}
		if !c.provenEnough(st, b, now) {
			break
		}
		c.giveUp(side, min(b.proof, st.front()), GapLost)
		c.drain(side)
	}
	for !c.dropped && !st.buf.empty() && (st.buf.octets > c.a.o.StreamLimit || len(st.buf.pieces()) > maxPieces) {
		c.giveUpFront(side)
		c.drain(side)
	}
	if c.dropped {
		return
	}
	switch {
	case st.pos == st.fin:
		c.end(side, EndFin, st.counts.finFrame, st.finTime)
	case st.fin != unknown:
		c.wait(side)
	case !st.buf.empty() || st.provable() > st.pos:
	case c.resetFrame != 0 && c.resetBy == side && st.pos == c.resetPos:
		c.end(side, EndReset, c.resetFrame, c.resetTime)
	default:
		c.freeBuffer(side)
	}
}

// heldEnough says whether the look-out for the start of a stream without SYN is over.
func (c *Conn) heldEnough(b *buffer, now int64) bool {
	o := &c.a.o
	return b.held >= o.HoldPackets || b.octets >= holdOctets || c.packets-b.heldPackets >= uint64(o.ReorderSlack)*proofOthers ||
		(o.HoldTimeout > 0 && now-b.heldTime >= int64(o.HoldTimeout))
}

// provenEnough says whether octets that the peer acknowledged were waited for long enough.
func (c *Conn) provenEnough(st *stream, b *buffer, now int64) bool {
	o := &c.a.o
	slack := uint64(o.ReorderSlack)
	if b.stored-b.proofStored < cheapOctets {
		slack *= cheapSlack
	}
	return uint64(st.packets-b.proofPackets) >= slack || c.packets-b.proofAll >= slack*proofOthers || b.stored-b.proofStored > proofOctets ||
		(o.LossTimeout > 0 && now-b.proofTime >= int64(o.LossTimeout))
}

// drain delivers the pieces that are next.
func (c *Conn) drain(side Side) {
	st := &c.streams[side]
	for !c.dropped && st.front() == st.pos {
		c.drainOne(side)
	}
}

// giveUpFront gives up the hole before the first piece.
func (c *Conn) giveUpFront(side Side) {
	st := &c.streams[side]
	c.giveUp(side, min(st.front(), st.provable()), GapLost)
	if !c.dropped {
		c.giveUp(side, st.front(), GapUnseen)
	}
}

// giveUp reports the octets from pos up to a position as a Gap, if there are any.
func (c *Conn) giveUp(side Side, to uint64, cause GapCause) {
	g := Gap{Cause: cause, Frame: c.frame, Time: c.time}
	g.Next, g.NextTime = c.next(side)
	c.gap(side, to, g)
}

func (c *Conn) gap(side Side, to uint64, g Gap) {
	st := &c.streams[side]
	if to <= st.pos || c.dropped {
		return
	}
	g.Offset, g.Length = st.pos-st.base, to-st.pos
	st.next += uint32(g.Length)
	st.pos = to
	st.counts.missed += g.Length
	c.r.Gap(side, g)
}

// end ends a side's stream.
func (c *Conn) end(side Side, cause EndCause, frame uint64, time int64) {
	st := &c.streams[side]
	if c.dropped {
		return
	}
	c.discard(side, unknown)
	st.ended, st.flowing = true, false
	c.freeBuffer(side)
	c.r.End(side, End{Cause: cause, Offset: st.pos - st.base, Frame: frame, Time: time})
}

// wait makes sure that a side has a buffer.
func (c *Conn) wait(side Side) *buffer {
	st := &c.streams[side]
	if st.buf == nil {
		st.buf = c.a.pool.buffer()
		c.charge(st.buf, bufferCost)
		if c.busy++; c.busy == 1 {
			c.a.waiting.push(c)
		}
	}
	return st.buf
}

// freeBuffer gives a side's buffer back, with anything in it.
func (c *Conn) freeBuffer(side Side) {
	st := &c.streams[side]
	b := st.buf
	if b == nil {
		return
	}
	for !b.empty() {
		p := b.pop()
		c.charge(b, -pieceCost-cap(p.data))
		c.a.pool.put(p.data)
	}
	c.charge(b, -bufferCost)
	st.buf = nil
	c.a.pool.putBuffer(b)
	if c.busy--; c.busy == 0 {
		c.a.waiting.remove(c)
	}
}
