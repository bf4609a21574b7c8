// SPDX-License-Identifier: Apache-2.0

package reassembly

import "time"

// AssemblerOptions are the limits of an Assembler. The zero value of a field stands for its default.
type AssemblerOptions struct {
	// Budget is the number of octets that the connections together may buffer, bookkeeping included. Over it the
	// connection that has waited longest gives its oldest hole up. Default 64 MiB.
	Budget int
	// StreamLimit is the number of octets that one side of one connection may buffer. Default 4 MiB.
	StreamLimit int
	// ReorderSlack is the number of further packets with payload of the same side for which a hole is kept open after the peer has
	// acknowledged the octets in it: what a capture puts out of order by less than that is put back in order. (Packets of
	// the other side count a sixteenth: a stream that says little may be shuffled by a few of its own packets only, and yet be
	// late by many of the other's.) It is kept open longer where little is buffered behind it. Default 256.
	ReorderSlack int
	// HoldPackets is the number of data packets of one side, none of them a SYN, that are looked at to find the lowest
	// sequence number before its stream is taken to begin there. Default 64.
	HoldPackets int
	// LossTimeout gives up an acknowledged hole when so much capture time has passed since the acknowledgment, whatever
	// ReorderSlack says. Meant for live captures; 0: never.
	LossTimeout time.Duration
	// HoldTimeout ends the look-out of HoldPackets when so much capture time has passed. Meant for live captures; 0: never.
	HoldTimeout time.Duration
}

const (
	defaultBudget       = 64 << 20
	defaultStreamLimit  = 4 << 20
	defaultReorderSlack = 256
	defaultHoldPackets  = 64
)

const (
	holdOctets  = 1 << 20   // buffered octets that end the look-out for the start of a stream
	proofOctets = 1 << 20   // octets buffered since the proof of a loss that end the wait for it
	cheapOctets = 256 << 10 // with less than that buffered since the proof, waiting costs little: it lasts cheapSlack times as long
	cheapSlack  = 8
	proofOthers = 16   // what a packet with payload counts, in packets of any kind
	maxPieces   = 8192 // in one buffer: inserting moves half of them
)

// Assembler is what the connections of one worker share: limits, the memory budget and the pool of buffers. It and the
// stream part of its connections belong to one goroutine.
type Assembler struct {
	o       AssemblerOptions
	used    int      // octets buffered, with bookkeeping
	waiting waitList // connections that buffer or wait for something, the longest waiting first
	pool    bufferPool
}

// NewAssembler makes an Assembler.
func NewAssembler(o AssemblerOptions) *Assembler {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&o.Budget, defaultBudget)
	def(&o.StreamLimit, defaultStreamLimit)
	def(&o.ReorderSlack, defaultReorderSlack)
	def(&o.HoldPackets, defaultHoldPackets)
	return &Assembler{o: o}
}

// Buffered is the number of octets held back at the moment, bookkeeping included.
func (a *Assembler) Buffered() int { return a.used }

// Waiting says whether any connection holds something back, or waits for something.
func (a *Assembler) Waiting() bool { return a.waiting.head != nil }

// Oldest is the frame that bounds what the connection holds back: no Data or Gap still to come, and no End by FIN, is of an
// earlier one, except for Gaps and Ends that come out of a later Push or of Close with the frame of the last packet, which is
// not earlier either. Where nothing is held back or waited for, ok is false.
func (c *Conn) Oldest() (frame uint64, ok bool) {
	if c.busy == 0 {
		return 0, false
	}
	frame = c.frame
	for side := range c.streams {
		st := &c.streams[side]
		if st.buf == nil {
			continue
		}
		if !st.buf.empty() {
			frame = min(frame, st.buf.pieces()[0].oldest)
		}
		if st.fin != unknown {
			frame = min(frame, st.counts.finFrame)
		}
	}
	return frame, true
}

// next is the packet from which a stream goes on behind its first hole.
func (c *Conn) next(side Side) (frame uint64, time int64) {
	st := &c.streams[side]
	switch {
	case !st.buf.empty():
		p := &st.buf.pieces()[0]
		return p.frame, p.time
	case st.buf != nil && st.fin != unknown:
		return st.counts.finFrame, st.finTime
	}
	return c.frame, c.time
}

// Tick applies LossTimeout and HoldTimeout at capture time now (nanoseconds since 1970) to connections that no packet
// reaches. Live captures call it from time to time; a Push does the same for its own connection.
func (a *Assembler) Tick(now int64) {
	for c := a.waiting.head; c != nil; {
		next := c.waitNext
		c.settle(SideA, now)
		c.settle(SideB, now)
		c = next
	}
}

// relieve gives up holes, the longest standing first, until the budget holds again.
func (a *Assembler) relieve() {
	for a.used > a.o.Budget && a.waiting.head != nil {
		a.waiting.head.relieve()
	}
}

// waitList is an intrusive list of connections.
type waitList struct{ head, tail *Conn }

func (l *waitList) push(c *Conn) {
	c.waitPrev, c.waitNext = l.tail, nil
	if l.tail == nil {
		l.head = c
	} else {
		l.tail.waitNext = c
	}
	l.tail = c
}

func (l *waitList) remove(c *Conn) {
	if c.waitPrev == nil {
		l.head = c.waitNext
	} else {
		c.waitPrev.waitNext = c.waitNext
	}
	if c.waitNext == nil {
		l.tail = c.waitPrev
	} else {
		c.waitNext.waitPrev = c.waitPrev
	}
	c.waitPrev, c.waitNext = nil, nil
}
