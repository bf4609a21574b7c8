// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Message is one message that a capture's peers sent.
type Message struct {
	Src, Dst   netip.AddrPort
	Kind       string // the RFC's name in lower case, e.g. "xfer_segment"; v3: "data_segment"
	TransferID uint64 // v4: of XFER_SEGMENT, XFER_ACK, XFER_REFUSE
	Length     uint64 // of a segment's data, or acknowledged
}

// queue queues a message on side d of f; m needs no addresses.
func (g *generator) queue(f *flow, d int, m Message, parts ...[]byte) {
	s := &f.sides[d]
	start := s.queued
	if s.tls != nil {
		s.plain = s.plain[:0]
		for _, p := range parts {
			s.plain = append(s.plain, p...)
		}
		if _, err := s.tls.Write(s.plain); err != nil {
			g.err = err
		}
	} else {
		for _, p := range parts {
			s.buf = append(s.buf, p...)
			s.queued += int64(len(p))
		}
	}
	s.pend = append(s.pend, pending{start: start, end: s.queued, kind: m.Kind})
	g.observe(f, d, m)
}

func (g *generator) observe(f *flow, d int, m Message) {
	if g.o.OnMessage != nil {
		m.Src, m.Dst = f.sides[d].addrPort(), f.sides[1-d].addrPort()
		g.o.OnMessage(m)
	}
}

// open sets up the TCP connection and the TCPCL session (RFC 9174 4.2, 4.6; RFC 7242 4.1).
func (g *generator) open(f *flow) {
	g.handshake(f)
	for d := range f.sides {
		if g.o.V3 {
			eid := nodeID(f, d)
			g.queue(f, d, Message{Kind: "contact_header"}, []byte("dtn!\x03\x03"), u16(keepaliveSeconds), sdnv(uint64(len(eid))), []byte(eid))
		} else {
			flags := byte(0)
			if g.p.tls {
				flags = 1 // CAN_TLS
			}
			g.queue(f, d, Message{Kind: "contact_header"}, []byte("dtn!\x04"), []byte{flags})
		}
		g.flush(f, d, true)
	}
	if g.p.tls {
		if err := g.secure(f); err != nil {
			g.err = err
		}
	}
	if g.o.V3 {
		return
	}
	segmentMRU, transferMRU := uint64(1<<20), uint64(1<<32)
	if g.p.oneSegment {
		segmentMRU, transferMRU = 1<<63, 1<<63
	}
	for d := range f.sides {
		eid := nodeID(f, d)
		g.queue(f, d, Message{Kind: "sess_init"}, []byte{7}, u16(keepaliveSeconds), u64(segmentMRU), u64(transferMRU),
			u16(len(eid)), []byte(eid), u32(0))
		g.flush(f, d, true)
	}
}

const keepaliveSeconds = 30

func nodeID(f *flow, d int) string {
	if d == 1 {
		return fmt.Sprintf("ipn:%d.0", 1000+f.n)
	}
	return fmt.Sprintf("dtn://node%d-%d/", f.n, d)
}

// end ends the session (RFC 9174 6.1; RFC 7242 6.1) and closes the connection.
func (g *generator) end(f *flow) {
	kind, ask, reply := "sess_term", []byte{5, 0, 1}, []byte{5, 1, 1}
	if g.o.V3 {
		kind, ask, reply = "shutdown", []byte{0x52, 0x00}, []byte{0x50}
	}
	g.queue(f, 0, Message{Kind: kind}, ask)
	g.flush(f, 0, true)
	g.queue(f, 1, Message{Kind: kind}, reply)
	g.flush(f, 1, true)
	g.hangUp(f)
}

func (g *generator) keepalive(f *flow, d int) {
	octet := byte(0x04)
	if g.o.V3 {
		octet = 0x40
	}
	g.queue(f, d, Message{Kind: "keepalive"}, []byte{octet})
	g.flush(f, d, true)
}

const segmentEnd, segmentStart = 1, 2 // flags of XFER_SEGMENT and DATA_SEGMENT

// segment queues the next segment of side d and the other side's answer to it. It tells whether the transfer is over.
func (g *generator) segment(f *flow, d int) (done bool) {
	s := &f.sides[d]
	if s.bundle == nil {
		s.bundle = g.newBundle(f, d, g.p.bundle(g.rand))
		s.off, s.bundleStart = 0, s.queued
		s.hash = sha256.Sum256(s.bundle)
		g.truth.TransfersStarted++
	}
	n := min(g.p.seg(g.rand), len(s.bundle)-s.off)
	var flags byte
	if s.off == 0 {
		flags |= segmentStart
	}
	last := s.off+n == len(s.bundle)
	if last {
		flags |= segmentEnd
	}
	g.queue(f, d, g.segmentMessage(s, uint64(n)), g.segmentHeader(s.id, flags, uint64(n), uint64(len(s.bundle))), s.bundle[s.off:s.off+n])
	s.off += n
	refused := !last && g.p.refuse > 0 && g.rand.Float64() < g.p.refuse
	if refused {
		g.refuse(f, 1-d, s.id)
	} else {
		g.ack(f, 1-d, s.id, flags, uint64(s.off))
	}
	if last {
		g.complete(f, s, Bundle{SHA256: s.hash, Length: int64(len(s.bundle))})
	}
	if last || refused {
		s.bundle = nil
		s.id++
		return true
	}
	return false
}

func (g *generator) complete(f *flow, s *side, b Bundle) {
	s.pend = append(s.pend, pending{start: s.bundleStart, end: s.queued, bundle: &b})
	g.truth.Bundles++
	g.truth.BundleBytes += b.Length
	f.quota -= b.Length
}

func (g *generator) segmentMessage(s *side, n uint64) Message {
	if g.o.V3 {
		return Message{Kind: "data_segment", Length: n}
	}
	return Message{Kind: "xfer_segment", TransferID: s.id, Length: n}
}

// segmentHeader is the header of a segment with n octets of data (RFC 9174 5.2.2; RFC 7242 5.2).
func (g *generator) segmentHeader(id uint64, flags byte, n, total uint64) []byte {
	if g.o.V3 {
		return append([]byte{0x10 | flags}, sdnv(n)...)
	}
	h := append([]byte{1, flags}, u64(id)...)
	if flags&segmentStart != 0 {
		if flags&segmentEnd != 0 {
			h = append(h, 0, 0, 0, 0)
		} else { // a critical Transfer Length extension (RFC 9174 5.2.5.1)
			h = append(h, 0, 0, 0, 13, 1, 0, 1, 0, 8)
			h = append(h, u64(total)...)
		}
	}
	return append(h, u64(n)...)
}

func (g *generator) ack(f *flow, d int, id uint64, flags byte, acked uint64) {
	if g.o.V3 {
		g.queue(f, d, Message{Kind: "ack_segment", Length: acked}, []byte{0x20}, sdnv(acked))
		return
	}
	g.queue(f, d, Message{Kind: "xfer_ack", TransferID: id, Length: acked}, []byte{2, flags}, u64(id), u64(acked))
}

func (g *generator) refuse(f *flow, d int, id uint64) {
	if g.o.V3 {
		g.queue(f, d, Message{Kind: "refuse_bundle"}, []byte{0x32})
		return
	}
	g.queue(f, d, Message{Kind: "xfer_refuse", TransferID: id}, []byte{3, 2}, u64(id))
}

func u16(v int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func u32(v int) []byte    { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

// sdnv encodes a self-delimiting numeric value (RFC 6256).
func sdnv(v uint64) []byte {
	b := []byte{byte(v & 0x7f)}
	for v >>= 7; v > 0; v >>= 7 {
		b = append([]byte{byte(v&0x7f) | 0x80}, b...)
	}
	return b
}
