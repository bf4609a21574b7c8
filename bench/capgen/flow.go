// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"io"
	"net/netip"
	"slices"
)

// hole is a range of stream offsets that the capture lost.
type hole struct{ start, end int64 }

// side is one end of a flow: what it sends.
type side struct {
	mac     [6]byte
	ip      [4]byte
	port    uint16
	ipID    uint16
	seq     uint32
	sent    int64  // stream octets in packets
	queued  int64  // stream octets queued
	buf     []byte // queued but not in packets
	last    []byte // payload of the packet before, for overlapping retransmissions
	holes   []hole
	pend    []pending
	unacked int       // TCP segments that the peer has not acknowledged
	tls     io.Writer // encrypts what is queued; nil: there is no TLS
	plain   []byte    // a message on its way there

	// the transfer that is being sent
	id          uint64
	bundle      []byte
	off         int
	bundleStart int64
	hash        [32]byte
}

func (s *side) addrPort() netip.AddrPort { return netip.AddrPortFrom(netip.AddrFrom4(s.ip), s.port) }

// flow is one TCP connection with one TCPCL session. Side 0 is active.
type flow struct {
	n       int
	sides   [2]side
	quota   int64 // octets of bundles still to send
	bidir   bool
	lossy   bool
	skip    int // packets at the start that the capture does not hold
	packets int
}

func (g *generator) newFlow(i int, quota int64) *flow {
	f := &flow{n: i, quota: quota, bidir: g.p.bidirEvery > 0 && i%g.p.bidirEvery == g.p.bidirEvery-1}
	for d := range f.sides {
		s := &f.sides[d]
		s.mac = [6]byte{2, 0, byte(d), 0, byte(i >> 8), byte(i)}
		s.ip = [4]byte{10, byte(1 + d), byte(i >> 6), byte(1 + i%64)}
		s.port = uint16(g.o.Port)
		s.seq = g.rand.Uint32()
		s.ipID = uint16(g.rand.Uint32())
	}
	// The step is coprime to the range: with the addresses, 14 million flows pass before one comes again.
	f.sides[0].port = uint16(32768 + (i*7919)%28000)
	if g.p.lossyFlows > 0 {
		f.lossy = g.rand.Float64() < g.p.lossyFlows
	}
	if g.p.midstream > 0 && g.rand.Float64() < g.p.midstream {
		f.skip = 1 + g.rand.Intn(40)
	}
	return f
}

// handshake sends SYN, SYN-ACK, ACK.
func (g *generator) handshake(f *flow) {
	g.send(f, 0, flagSYN, nil)
	g.send(f, 1, flagSYN|flagACK, nil)
	g.send(f, 0, flagACK, nil)
}

// hangUp sends both FINs.
func (g *generator) hangUp(f *flow) {
	g.send(f, 0, flagFIN|flagACK, nil)
	g.send(f, 1, flagFIN|flagACK, nil)
	g.send(f, 0, flagACK, nil)
}

// flush turns what side d has queued into TCP segments: full ones, and with push the rest.
func (g *generator) flush(f *flow, d int, push bool) {
	s := &f.sides[d]
	b := s.buf
	for len(b) >= g.o.MSS || (push && len(b) > 0) {
		n := min(len(b), g.o.MSS)
		flags := byte(flagACK)
		if n == len(b) {
			flags |= flagPSH
		}
		g.send(f, d, flags, b[:n])
		b = b[n:]
		f.sides[1-d].unacked = 0
		s.unacked++
		if s.unacked >= g.o.AckEvery {
			g.send(f, 1-d, flagACK, nil)
			s.unacked = 0
		}
	}
	s.buf = append(s.buf[:0], b...)
}

// send sends one TCP segment and settles what it completes.
func (g *generator) send(f *flow, d int, flags byte, payload []byte) {
	s := &f.sides[d]
	seq := s.seq
	frame := g.frame(f, d, seq, flags, payload)
	off := s.sent
	s.seq += uint32(len(payload))
	s.sent += int64(len(payload))
	if flags&(flagSYN|flagFIN) != 0 {
		s.seq++
	}
	f.packets++
	lost := g.capture(f, d, seq, frame, payload)
	if len(payload) == 0 {
		return
	}
	g.truth.PacketsWithData++
	g.truth.StreamBytes += int64(len(payload))
	s.last = append(s.last[:0], payload...)
	if lost {
		if n := len(s.holes); n > 0 && s.holes[n-1].end == off {
			s.holes[n-1].end = s.sent
		} else {
			s.holes = append(s.holes, hole{off, s.sent})
		}
	}
	for len(s.pend) > 0 && s.pend[0].end <= s.sent {
		g.settle(s, s.pend[0])
		s.pend = s.pend[1:]
	}
}

// capture writes a sent frame as the profile's capture has it: at once, later, twice or, when it returns true, never.
func (g *generator) capture(f *flow, d int, seq uint32, frame, payload []byte) (lost bool) {
	data := len(payload) > 0
	switch {
	case f.packets <= f.skip:
		g.impaired["midstream_skipped"]++
		return true
	case data && f.lossy && g.rand.Float64() < g.p.loss:
		g.impaired["lost"]++
		return true
	case data && g.p.reorder > 0 && g.rand.Float64() < g.p.reorder:
		g.hold(frame, 1+g.rand.Intn(4))
		g.impaired["reordered"]++
	case data && g.p.retrans > 0 && g.rand.Float64() < g.p.retrans:
		g.retransmit(f, d, seq, frame, payload)
	default:
		g.writeFrame(frame)
	}
	return false
}

// retransmit writes a frame that the sender sent twice.
func (g *generator) retransmit(f *flow, d int, seq uint32, frame, payload []byte) {
	after := 8 + g.rand.Intn(33)
	switch g.rand.Intn(3) {
	case 0: // an exact duplicate later
		g.writeFrame(frame)
		g.hold(frame, after)
		g.impaired["retrans_dup"]++
	case 1: // the capture missed the original
		g.hold(frame, after)
		g.impaired["retrans_late"]++
	case 2: // other segment boundaries, overlapping the segment before
		g.writeFrame(frame)
		last := f.sides[d].last
		k := min(300, len(last))
		again := append(slices.Clone(last[len(last)-k:]), payload[:(len(payload)+1)/2]...)
		if len(again) > g.o.MSS {
			again = again[:g.o.MSS]
		}
		g.hold(g.frame(f, d, seq-uint32(k), flagACK|flagPSH, again), after)
		g.impaired["retrans_overlap"]++
	}
}
