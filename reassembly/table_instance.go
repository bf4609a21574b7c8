// SPDX-License-Identifier: Apache-2.0

package reassembly

// Which connection between two endpoints a segment belongs to. Endpoints are used again, and a capture may lack any packet
// and show them out of order, so the initial sequence numbers tell the instances apart, and the range of numbers seen where
// those are not known.

// entry is the Table's part of a Conn.
type entry struct {
	touched    int64 // time of the last packet, to touchGrain
	halves     [2]half
	hash       uint64
	prev, next *Conn // in Table.open or Table.ended
	former     *former
	ended      bool // RST, or FIN on both sides
	reset      bool
	plain      bool // Straight finds both directions, unless something else has taken the place of one
}

// half is what the Table knows of one side's sequence numbers.
type half struct {
	isn     uint32 // of the SYN
	low     uint32 // the lowest number seen
	high    uint32 // behind the highest number seen
	fin     uint32 // of the FIN
	syn     bool   // isn is from a SYN
	acked   bool   // isn is from the other side's SYN+ACK
	seen    bool   // low and high have a meaning
	finned  bool
	watched bool  // every segment needs judge
	packets uint8 // seen, up to lateSYNPackets
}

// former is what is kept of the connection that was replaced, to know its late segments.
type former struct {
	halves [2]half
	until  int64
}

const (
	lateSYNPackets = 64      // a SYN may be overtaken by so many packets of its side
	lateSYNOctets  = 1 << 20 // ... and such a distance
	window         = 4 << 20 // how far apart the numbers of one side are that are seen together
	farJump        = 1 << 24 // what no connection skips after its end
)

// see notes the numbers of a segment without SYN, FIN and RST.
func (h *half) see(s *Segment) {
	end := s.Seq + uint32(len(s.Payload)+s.Missing)
	if end-h.high-1 < reach { // forward, and not by more than that
		h.high = end
	}
}

// seeFirst is see for the first packets, which also tell the lowest number.
func (h *half) seeFirst(s *Segment) {
	n := uint32(len(s.Payload) + s.Missing)
	if s.Flags&SYN != 0 {
		n++
	}
	if s.Flags&FIN != 0 {
		n++
	}
	if !h.seen {
		h.seen, h.low, h.high = true, s.Seq, s.Seq+n
	}
	if d := int32(s.Seq - h.low); d < 0 && d >= -reach {
		h.low = s.Seq
	}
	if d := int32(s.Seq + n - h.high); d > 0 && d <= reach {
		h.high = s.Seq + n
	}
	if h.packets < lateSYNPackets {
		h.packets++
	}
}

// foreign says whether a SYN with this initial sequence number begins another connection.
func (h *half) foreign(isn uint32, ended bool) bool {
	switch {
	case h.syn:
		return isn != h.isn
	case h.acked:
		return h.isn-isn > openReach // what a SYN carried may have been acknowledged with it (RFC 7413)
	case h.seen:
		d := int32(h.low - (isn + 1))
		return d < -1 || d > lateSYNOctets || h.packets >= lateSYNPackets
	}
	return ended
}

// beyond says whether octets at seq cannot be this side's after the connection has ended.
func (h *half) beyond(seq uint32) bool {
	if h.finned && int32(seq-h.fin) > 0 {
		return true
	}
	d := int32(seq - h.high)
	return h.seen && (d > farJump || d < -farJump)
}

// near says whether seq is plausible for this side.
func (h *half) near(seq uint32) bool {
	switch {
	case h.syn || h.acked:
		return seq-h.isn <= h.high-h.isn+window
	case h.seen:
		return seq-(h.low-window) <= h.high-h.low+2*window
	}
	return false
}

// judge takes a segment that may change what is known of c, the connection between its endpoints so far. It returns the
// connection that it belongs to, nil for one that is no more.
func (t *Table) judge(c *Conn, side Side, s *Segment) (*Conn, Side) {
	e := &c.entry
	if e.former != nil && e.stale(side, s, t.clock) {
		t.stale++
		return nil, side
	}
	h := &e.halves[side]
	another := false
	switch {
	case s.Flags&RST != 0:
	case s.Flags&SYN != 0:
		another = h.foreign(s.Seq, e.ended && s.Flags&ACK == 0)
	case e.ended && len(s.Payload)+s.Missing > 1: // one octet may be a keepalive probe
		another = h.beyond(s.Seq)
	}
	if another {
		t.release(c)
		c, side = t.add(e.hash, s, c), SideA
		t.last = c
		e = &c.entry
		h = &e.halves[side]
	}
	if s.Flags&RST != 0 {
		e.reset = true
	} else {
		h.seeFirst(s)
		if s.Flags&SYN != 0 {
			h.isn, h.syn = s.Seq, true
			if o := &e.halves[side.Other()]; s.Flags&ACK != 0 && !o.syn {
				o.isn, o.acked = s.Ack-1, true
			}
		}
		if s.Flags&FIN != 0 && !h.finned {
			h.finned, h.fin = true, s.Seq+uint32(len(s.Payload)+s.Missing)
		}
	}
	if !e.ended && (e.reset || e.halves[SideA].finned && e.halves[SideB].finned) {
		t.end(c)
	}
	for i := range e.halves {
		e.halves[i].watched = e.ended || e.former != nil || !e.halves[i].settled()
	}
	return c, side
}

// settled says whether a segment without flags can teach nothing about the lowest number any more.
func (h *half) settled() bool { return h.syn || h.packets >= lateSYNPackets }

// succeed makes c remember what it replaced.
func (c *Conn) succeed(old *Conn, until int64) {
	f := &former{halves: old.entry.halves, until: until}
	if old.ends[SideA] != c.ends[SideA] {
		f.halves[SideA], f.halves[SideB] = f.halves[SideB], f.halves[SideA]
	}
	c.entry.former = f
}

// stale says whether s is a late segment of the connection that this one replaced.
func (e *entry) stale(side Side, s *Segment, clock int64) bool {
	if clock >= e.former.until {
		e.former = nil
		return false
	}
	old, h := &e.former.halves[side], &e.halves[side]
	if s.Flags&SYN != 0 {
		return old.syn && old.isn == s.Seq
	}
	return !h.near(s.Seq) && old.seen && old.high-s.Seq <= window
}
