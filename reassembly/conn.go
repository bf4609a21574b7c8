// SPDX-License-Identifier: Apache-2.0

package reassembly

import "sync/atomic"

// Conn is one TCP connection of a capture. A Table finds it; an Assembler's goroutine puts its streams in order. The two
// may be different goroutines: Number, Endpoint, User and Ignore belong to both, Attach to the OnOpen hook, the rest to the
// Assembler's.
type Conn struct {
	// The fields are in the order of cache lines of 64 octets: what a packet takes lies together in few of them. What the
	// Table's goroutine writes and what the Assembler's writes are kept apart by what neither writes once packets flow, so
	// that they share none.
	ends    [2]Endpoint
	number  uint64
	ignored atomic.Bool

	entry entry

	r Receiver
	// User is for the OnOpen hook to set; nothing here reads it, and nobody may change it afterwards.
	User any
	a    *Assembler

	frame              uint64 // of the last packet
	time               int64
	busy               uint8 // streams with a buffer
	dropped            bool  // no Data, Gap or End any more
	closed             bool
	evicted            bool // set by the Table, before it releases the connection
	resetBy            Side
	opener             Side
	openerKnown        bool
	openerSYN          bool  // opener is from a SYN without ACK
	waitPrev, waitNext *Conn // in Assembler.waiting
	packets            uint64
	resetFrame         uint64 // of the first RST; 0: none
	streams            [2]stream
	resetTime          int64
	resetPos           uint64 // where that RST ends its sender's stream; unknown: not certain
}

// Number counts the connections of a capture from 1 in the order of their first packets.
func (c *Conn) Number() uint64 { return c.number }

// Endpoint is the address of a side.
func (c *Conn) Endpoint(side Side) Endpoint { return c.ends[side&1] }

// Opener is the side that opened the connection, known once a SYN was pushed: the first to send one without ACK.
func (c *Conn) Opener() (side Side, known bool) { return c.opener, c.openerKnown }

// Evicted says, in Closed, whether the connection was given up while it may go on: it was idle for long, or there were too many.
func (c *Conn) Evicted() bool { return c.evicted }

// Stats are a side's counts so far.
func (c *Conn) Stats(side Side) Stats {
	st := &c.streams[side&1]
	n := &st.counts
	return Stats{
		Octets:        st.pos - st.base - n.missed,
		Missed:        n.missed,
		Retransmitted: n.retransmitted,
		Conflicting:   n.conflicting,
		Stray:         n.stray,
		OutOfOrder:    n.outOfOrder,
		ConflictFrame: n.conflictFrame,
		FinFrame:      n.finFrame,
		ResetFrame:    n.resetFrame,
	}
}

// Attach names the Assembler that is to put the streams in order and the Receiver of what comes out. It must be called
// before the first Push.
func (c *Conn) Attach(a *Assembler, r Receiver) { c.a, c.r = a, r }

// Ignore makes the Table pass the connection's segments over from now on and gives its buffers back. Only Closed follows.
// It may be called in the OnOpen hook or in the Assembler's goroutine.
func (c *Conn) Ignore() {
	c.ignored.Store(true)
	c.drop()
}

func (c *Conn) drop() {
	c.dropped = true
	c.streams[SideA].flowing, c.streams[SideB].flowing = false, false
	c.freeBuffer(SideA)
	c.freeBuffer(SideB)
}

// Push takes the next captured segment that side sent. s is borrowed until the call returns.
func (c *Conn) Push(side Side, s *Segment) {
	side &= 1
	st, peer := &c.streams[side], &c.streams[side^1]
	// The common case: in order, nothing else pending on either side. No octet is copied or looked at.
	if s.Seq != st.next || !st.flowing || c.busy != 0 || s.Flags&(SYN|FIN|RST) != 0 || s.Missing != 0 ||
		(int32(s.Ack-peer.next) > 0 && s.Flags&ACK != 0 && peer.known && !peer.ended) {
		c.push(side, s)
		return
	}
	c.frame, c.time = s.Frame, s.Time
	n := len(s.Payload)
	if n == 0 {
		return
	}
	st.remember().takeSegment(s)
	offset := st.pos - st.base
	st.pos += uint64(n)
	st.next += uint32(n)
	c.r.Data(side, Chunk{Offset: offset, Data: s.Payload, Frame: s.Frame, Time: s.Time})
}

// push is Push for all that is not in order.
func (c *Conn) push(side Side, s *Segment) {
	if c.closed {
		return
	}
	c.frame, c.time = s.Frame, s.Time
	if c.dropped {
		return
	}
	c.packets++
	if len(s.Payload) > 0 || s.Missing > 0 {
		c.streams[side].packets++
	}
	switch {
	case s.Flags&RST != 0: // its payload, if any, is a message to people
		c.reset(side, s)
	default:
		if s.Flags&SYN != 0 {
			c.synchronize(side, s)
		}
		if s.Flags&ACK != 0 {
			c.streams[side.Other()].acknowledge(s.Ack)
		}
		c.segment(side, s)
	}
	c.settle(side.Other(), c.time)
	c.settle(side, c.time)
	c.a.relieve()
}

// synchronize takes what a SYN tells: who opened the connection and where the streams begin.
func (c *Conn) synchronize(side Side, s *Segment) {
	plain := s.Flags&ACK == 0
	if !c.openerKnown || (plain && !c.openerSYN) {
		c.opener, c.openerKnown, c.openerSYN = side, true, plain
		if !plain {
			c.opener = side.Other()
		}
	}
	c.start(side, s.Seq+1)
	if !plain {
		c.start(side.Other(), s.Ack)
	}
}

// reset takes a RST. It only marks the end: a capture may show octets later that were sent before.
func (c *Conn) reset(side Side, s *Segment) {
	st := &c.streams[side]
	d := int32(s.Seq - st.next)
	if st.known && (d < -1 || d > reach) {
		return
	}
	if st.counts.resetFrame == 0 {
		st.counts.resetFrame = s.Frame
	}
	if c.resetFrame != 0 {
		return
	}
	c.resetFrame, c.resetTime, c.resetBy, c.resetPos = s.Frame, s.Time, side, unknown
	// With ACK it comes from a live socket and bears the number behind its last octet. Without, it answers a segment and
	// bears a number copied from there (RFC 9293 3.10.7.1).
	if s.Flags&ACK != 0 && st.started && d >= 0 {
		c.resetPos = st.pos + uint64(d)
	}
}

// Close ends the connection: what is buffered is delivered in the order of the frames, with Gaps for the holes, then each
// side's End, then Closed. A second Close does nothing.
func (c *Conn) Close() {
	if c.closed {
		return
	}
	c.closed = true
	if !c.dropped {
		c.finish()
	}
	c.drop()
	if c.r != nil {
		c.r.Closed(c.frame, c.time)
	}
}

func (c *Conn) finish() {
	for side := range c.streams {
		if st := &c.streams[side]; !c.dropped && !st.started && (!st.buf.empty() || st.fin != unknown) {
			c.begin(Side(side))
		}
	}
	for !c.dropped {
		side := c.older()
		st := &c.streams[side]
		if st.buf.empty() {
			break
		}
		c.giveUpFront(side)
		c.drainOne(side)
	}
	for side := range c.streams {
		st := &c.streams[side]
		if st.ended || c.dropped {
			continue
		}
		if st.started {
			c.giveUp(Side(side), st.provable(), GapLost)
		}
		if st.fin != unknown {
			c.giveUp(Side(side), st.fin, GapUnseen)
		}
		switch {
		case st.pos == st.fin:
			c.end(Side(side), EndFin, st.counts.finFrame, st.finTime)
		case c.resetFrame != 0:
			c.end(Side(side), EndReset, c.resetFrame, c.resetTime)
		default:
			c.end(Side(side), EndReleased, c.frame, c.time)
		}
	}
}

// older is the side whose first buffered piece came first, SideA where nothing is buffered.
func (c *Conn) older() Side {
	a, b := c.streams[SideA].buf, c.streams[SideB].buf
	if b.empty() || (!a.empty() && a.pieces()[0].frame <= b.pieces()[0].frame) {
		return SideA
	}
	return SideB
}

// relieve gives up the hole that has stood longest, for the memory behind it.
func (c *Conn) relieve() {
	side := c.older()
	if c.streams[side].buf == nil {
		side = side.Other()
	}
	st := &c.streams[side]
	switch {
	case !st.started:
		c.begin(side)
	case !st.buf.empty():
		c.giveUp(side, st.front(), GapMemory)
	case st.fin != unknown:
		c.giveUp(side, st.fin, GapMemory)
	default:
		c.giveUp(side, st.provable(), GapLost)
	}
	c.settle(side, c.time)
}
