// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"math/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// tcpTraffic describes a random connection and what its capture does to it.
type tcpTraffic struct {
	seed     int64
	octets   [2]int
	max      int // octets in a segment
	syn, fin bool
	reset    bool // instead of FIN
	displace int  // no packet is captured more than so many places late or early
	repeat   float64
	conflict bool // repetitions have other octets
	drop     float64
	snap     float64
}

// tcpPacket is a captured packet and the octets [from, to) of its side's stream that it held on the wire.
type tcpPacket struct {
	side     Side
	from, to int
	seg      Segment
}

// tcpCapture is what came of a tcpTraffic.
type tcpCapture struct {
	stream  [2][]byte
	packets []*tcpPacket
	acked   [2]int // of each stream, by a captured packet of the other side
	proven  [2]int // ... that was captured after its own SYN or octets, so that the number says something
}

const tcpRepeatDelay = 6

func (tt *tcpTraffic) capture() *tcpCapture {
	rng := rand.New(rand.NewSource(tt.seed))
	tc := &tcpCapture{}
	var isn [2]uint32
	for side := range tc.stream {
		tc.stream[side] = make([]byte, tt.octets[side])
		rng.Read(tc.stream[side])
		isn[side] = rng.Uint32()
		if rng.Intn(2) == 0 { // wrap
			isn[side] = -uint32(rng.Intn(tt.octets[side] + 2))
		}
	}
	ends := [2]Endpoint{tcpEndpoint(1, 4000), tcpEndpoint(2, 4556)}
	var sent [2]int
	finished := [2]int{}
	packet := func(side Side, flags uint8, from, to int) *tcpPacket {
		p := &tcpPacket{side: side, from: from, to: to}
		p.seg = Segment{Src: ends[side], Dst: ends[side.Other()], Flags: flags,
			Seq: isn[side] + 1 + uint32(from), Payload: tc.stream[side][from:to]}
		if flags&ACK != 0 {
			o := side.Other()
			p.seg.Ack = isn[o] + 1 + uint32(sent[o]+finished[o])
		}
		return p
	}
	var wire []*tcpPacket
	type delayed struct {
		at int
		p  *tcpPacket
	}
	var late []delayed
	send := func(p *tcpPacket) {
		wire = append(wire, p)
		if p.to > p.from && rng.Float64() < tt.repeat {
			from := max(0, p.from-rng.Intn(tt.max+1))
			to := min(sent[p.side], p.to+rng.Intn(tt.max+1))
			r := packet(p.side, ACK, from, to)
			if tt.conflict {
				r.seg.Payload = slices.Clone(r.seg.Payload)
				for i := range r.seg.Payload {
					r.seg.Payload[i] += byte(rng.Intn(3))
				}
			}
			late = append(late, delayed{len(wire) + rng.Intn(tcpRepeatDelay), r})
		}
		late = slices.DeleteFunc(late, func(d delayed) bool {
			if d.at > len(wire) {
				return false
			}
			wire = append(wire, d.p)
			return true
		})
	}
	if tt.syn {
		p := packet(SideA, SYN, 0, 0)
		p.seg.Seq--
		send(p)
		p = packet(SideB, SYN|ACK, 0, 0)
		p.seg.Seq--
		send(p)
	}
	for sent[0] < tt.octets[0] || sent[1] < tt.octets[1] {
		side := Side(rng.Intn(2))
		n := min(tt.octets[side]-sent[side], 1+rng.Intn(tt.max))
		if rng.Intn(4) == 0 {
			n = 0
		}
		from := sent[side]
		sent[side] += n
		send(packet(side, ACK, from, from+n))
	}
	for side := range Side(2) {
		if tt.fin && !tt.reset {
			send(packet(side, ACK|FIN, sent[side], sent[side]))
			finished[side] = 1
		}
	}
	send(packet(SideA, ACK, sent[0], sent[0]))
	send(packet(SideB, ACK, sent[1], sent[1]))
	if tt.reset {
		flags := uint8(RST)
		if rng.Intn(2) == 0 {
			flags |= ACK
		}
		side := Side(rng.Intn(2))
		send(packet(side, flags, sent[side], sent[side]))
	}
	for _, l := range late {
		wire = append(wire, l.p)
	}

	var order []delayed
	for i, p := range wire {
		if p.to > p.from && rng.Float64() < tt.drop {
			continue
		}
		if n := p.to - p.from; n > 0 && rng.Float64() < tt.snap {
			cut := 1 + rng.Intn(n)
			p.seg.Payload, p.seg.Missing = p.seg.Payload[:n-cut], cut
		}
		order = append(order, delayed{i + rng.Intn(tt.displace+1), p})
	}
	slices.SortStableFunc(order, func(a, b delayed) int { return a.at - b.at })
	// A RST before a SYN is of another connection.
	if i := slices.IndexFunc(order, func(d delayed) bool { return d.p.seg.Flags&RST != 0 }); i >= 0 {
		for j := i + 1; j < len(order); j++ {
			if order[j].p.seg.Flags&SYN != 0 {
				order[i], order[j] = order[j], order[i]
				i = j
			}
		}
	}
	var heard [2]bool
	for i, o := range order {
		heard[o.p.side] = heard[o.p.side] || o.p.seg.Flags&SYN != 0 || o.p.to > o.p.from
		o.p.seg.Frame = uint64(i + 1)
		o.p.seg.Time = int64(i)
		tcpHeader(&o.p.seg)
		tc.packets = append(tc.packets, o.p)
		if other := o.p.side.Other(); o.p.seg.Flags&(ACK|RST) == ACK {
			n := int(o.p.seg.Ack - isn[other] - 1)
			tc.acked[other] = max(tc.acked[other], n)
			if heard[other] {
				tc.proven[other] = max(tc.proven[other], n)
			}
		}
	}
	return tc
}

// tcpRecord keeps what a Receiver is told and checks its promises.
type tcpRecord struct {
	fail   func(format string, args ...any)
	pos    [2]uint64
	octets [2][]byte   // 0 in gaps
	frame  [2][]uint64 // of each octet; 0 in gaps
	gaps   [2][]Gap
	end    [2]*End
	closed int
}

func (r *tcpRecord) live(side Side, what string) {
	if r.closed > 0 || r.end[side] != nil {
		r.fail("%v after the end of side %v", what, side)
	}
}

func (r *tcpRecord) Data(side Side, c Chunk) {
	r.live(side, "Data")
	if c.Offset != r.pos[side] || len(c.Data) == 0 {
		r.fail("side %v: %d octets at %d, want them at %d", side, len(c.Data), c.Offset, r.pos[side])
	}
	r.pos[side] += uint64(len(c.Data))
	r.octets[side] = append(r.octets[side], c.Data...)
	for range c.Data {
		r.frame[side] = append(r.frame[side], c.Frame)
	}
}

func (r *tcpRecord) Gap(side Side, g Gap) {
	r.live(side, "Gap")
	if g.Offset != r.pos[side] || (g.Length == 0) != (g.Cause == GapMidStream) {
		r.fail("side %v: gap %+v at %d", side, g, r.pos[side])
	}
	r.pos[side] += g.Length
	if g.Length < 1<<20 { // what a fuzzer makes up may be long
		r.octets[side] = append(r.octets[side], make([]byte, g.Length)...)
		r.frame[side] = append(r.frame[side], make([]uint64, g.Length)...)
	}
	r.gaps[side] = append(r.gaps[side], g)
}

func (r *tcpRecord) End(side Side, e End) {
	r.live(side, "End")
	if e.Offset != r.pos[side] {
		r.fail("side %v: ends at %d, want %d", side, e.Offset, r.pos[side])
	}
	r.end[side] = &e
}

func (r *tcpRecord) Closed(uint64, int64) {
	if r.closed++; r.closed > 1 || r.end[0] == nil || r.end[1] == nil {
		r.fail("Closed %d times, ends %v", r.closed, r.end)
	}
}

func tcpPlay(t *rapid.T, tc *tcpCapture, slack int) (*tcpRecord, *Conn) {
	r := &tcpRecord{fail: t.Fatalf}
	var conn *Conn
	a := NewAssembler(AssemblerOptions{ReorderSlack: slack})
	table := NewTable(TableOptions{
		OnOpen: func(c *Conn) {
			if conn != nil {
				t.Fatalf("a second connection")
			}
			conn = c
			c.Attach(a, r)
		},
		OnRelease: (*Conn).Close,
	})
	for _, p := range tc.packets {
		push(table, &p.seg)
	}
	table.Flush()
	if a.Buffered() != 0 || r.closed != 1 {
		t.Fatalf("%d octets stay buffered, closed %d times", a.Buffered(), r.closed)
	}
	if conn != nil && conn.Endpoint(SideA) != tcpEndpoint(1, 4000) { // B's packet was captured first
		slices.Reverse(r.octets[:])
		slices.Reverse(r.frame[:])
		slices.Reverse(r.gaps[:])
		slices.Reverse(r.end[:])
		slices.Reverse(conn.streams[:])
	}
	return r, conn
}

func drawTCPTraffic(t *rapid.T) *tcpTraffic {
	tt := &tcpTraffic{
		seed:   rapid.Int64().Draw(t, "seed"),
		octets: [2]int{rapid.IntRange(0, 3000).Draw(t, "octetsA"), rapid.IntRange(0, 3000).Draw(t, "octetsB")},
		max:    rapid.SampledFrom([]int{1, 3, 40, 500}).Draw(t, "max"),
		syn:    rapid.Bool().Draw(t, "syn"),
		fin:    rapid.Bool().Draw(t, "fin"),
		reset:  rapid.Bool().Draw(t, "reset"),
		repeat: rapid.SampledFrom([]float64{0, 0.05, 0.5}).Draw(t, "repeat"),
	}
	if tt.max == 1 {
		tt.octets[0] /= 4
		tt.octets[1] /= 4
	}
	if tt.syn {
		tt.displace = rapid.IntRange(0, 40).Draw(t, "displace")
	} else {
		tt.displace = rapid.IntRange(0, defaultHoldPackets-1).Draw(t, "displace")
	}
	return tt
}

// slack is enough for the traffic's disorder: the proof of an octet may be captured this long before the octet.
func (tt *tcpTraffic) slack() int { return 2*tt.displace + 4*tcpRepeatDelay + 4 }

func (tt *tcpTraffic) wantEnd() EndCause {
	switch {
	case tt.reset:
		return EndReset
	case tt.fin:
		return EndFin
	}
	return EndReleased
}

// first says for each octet of a stream which packet brought it first and with which value.
func (tc *tcpCapture) first(side Side) (octets []byte, frames []uint64) {
	octets, frames = make([]byte, len(tc.stream[side])), make([]uint64, len(tc.stream[side]))
	for _, p := range tc.packets {
		for i, o := range p.seg.Payload {
			if p.side == side && frames[p.from+i] == 0 {
				octets[p.from+i], frames[p.from+i] = o, p.seg.Frame
			}
		}
	}
	return octets, frames
}

func TestEveryLossFreeCaptureOfAConnectionGivesTheSameOctets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tt := drawTCPTraffic(t)
		tt.conflict = rapid.Bool().Draw(t, "conflict")
		tc := tt.capture()
		r, conn := tcpPlay(t, tc, tt.slack())
		for side := range Side(2) {
			octets, frames := tc.first(side)
			if !tt.conflict && !slices.Equal(octets, tc.stream[side]) {
				t.Fatalf("the test is wrong")
			}
			if !slices.Equal(r.octets[side], octets) {
				t.Fatalf("side %v: other octets", side)
			}
			if !slices.Equal(r.frame[side], frames) {
				t.Fatalf("side %v: other frames:\n%d\n%d", side, r.frame[side], frames)
			}
			midStream := !tt.syn && (len(octets) > 0 || tt.wantEnd() == EndFin)
			if got := len(r.gaps[side]); got > 1 || (got == 1) != midStream {
				t.Fatalf("side %v: gaps %v", side, r.gaps[side])
			}
			if got := r.end[side].Cause; got != tt.wantEnd() {
				t.Fatalf("side %v: end %v, want %v", side, got, tt.wantEnd())
			}
			if s := conn.Stats(side); s.Octets != uint64(len(octets)) || s.Missed+s.Stray != 0 || (!tt.conflict && s.Conflicting != 0) {
				t.Fatalf("side %v: %+v", side, s)
			}
		}
	})
}

func TestWhatALossyCaptureHasIsDeliveredAndTheRestIsGaps(t *testing.T) {
	var lost, unseen, truncated int
	rapid.Check(t, func(t *rapid.T) {
		tt := drawTCPTraffic(t)
		tt.drop = rapid.SampledFrom([]float64{0, 0.02, 0.2, 0.8}).Draw(t, "drop")
		tt.snap = rapid.SampledFrom([]float64{0, 0, 0.1, 1}).Draw(t, "snap")
		if !tt.syn && tt.displace+tcpRepeatDelay >= defaultHoldPackets {
			tt.displace = defaultHoldPackets - tcpRepeatDelay - 2
		}
		tt.fin = tt.fin && tt.drop < 0.8 // else the first FIN seen by a side without SYN may be its only packet
		tc := tt.capture()
		r, conn := tcpPlay(t, tc, tt.slack())
		for side := range Side(2) {
			_, frames := tc.first(side)
			base, total := 0, len(frames)
			if !tt.syn {
				// The stream begins with the lowest octet that was on the wire of a captured packet.
				base = total
				for _, p := range tc.packets {
					if p.side == side && p.to > p.from {
						base = min(base, p.from)
					}
				}
			}
			got := len(r.octets[side])
			switch want := total - base; {
			case base == total: // nothing seen
			case tt.fin && !tt.reset && got != want:
				t.Fatalf("side %v: %d octets and gaps, want %d", side, got, want)
			case got < want-1 && tc.proven[side] >= total: // the last one might have been a FIN
				t.Fatalf("side %v: %d octets and gaps, %d were acknowledged", side, got, want)
			case got > want:
				t.Fatalf("side %v: %d octets and gaps of %d", side, got, want)
			}
			var octets int
			for i := range got {
				frame := r.frame[side][i]
				if frame != 0 && r.octets[side][i] != tc.stream[side][base+i] {
					t.Fatalf("side %v: octet %d is wrong", side, i)
				}
				if tt.snap == 0 && frame != frames[base+i] {
					t.Fatalf("side %v: octet %d is from frame %d, want %d", side, i, frame, frames[base+i])
				}
				if frame != 0 {
					octets++
				}
			}
			for _, g := range r.gaps[side] {
				last := base + int(g.Offset+g.Length)
				switch g.Cause {
				case GapLost:
					lost++
					if last > tc.acked[side] {
						t.Fatalf("side %v: %+v, but only %d were acknowledged", side, g, tc.acked[side])
					}
				case GapUnseen:
					unseen++
				case GapTruncated:
					truncated++
				}
			}
			if s := conn.Stats(side); int(s.Octets) != octets || int(s.Missed) != got-octets {
				t.Fatalf("side %v: %d octets and %d missed: %+v", side, octets, got-octets, s)
			}
		}
	})
	if lost == 0 || truncated == 0 {
		t.Errorf("gaps: %d lost, %d unseen, %d truncated: the test tests nothing", lost, unseen, truncated)
	}
}
