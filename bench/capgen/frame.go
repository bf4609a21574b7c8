// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"encoding/binary"
	"slices"
)

const (
	flagFIN, flagSYN, flagPSH, flagACK = 1, 2, 8, 16

	ethernetLen = 14
	ipv4Len     = 20
	tcpLen      = 32 // with the timestamp option

	firstSecond = 1_750_000_000 // the time of the first packet, seconds since 1970
)

// A heldFrame is written later than it was sent: reordered or retransmitted.
type heldFrame struct {
	at    int64 // packets written before it
	frame []byte
}

// writeFileHeader writes the header of a pcap file: little-endian, microseconds, Ethernet.
func (g *generator) writeFileHeader() {
	h := make([]byte, 24)
	le := binary.LittleEndian
	le.PutUint32(h[0:], 0xa1b2c3d4)
	le.PutUint16(h[4:], 2)
	le.PutUint16(h[6:], 4)
	le.PutUint32(h[16:], 262144)
	le.PutUint32(h[20:], 1)
	g.w.Write(h)
	g.written = int64(len(h))
}

// writeFrame writes a packet record, and then the held frames whose turn has come. Write errors stay in g.w until the end.
func (g *generator) writeFrame(frame []byte) {
	g.clock += 3 + uint64(g.rand.Intn(10))
	le := binary.LittleEndian
	h := g.record[:]
	le.PutUint32(h[0:], uint32(firstSecond+g.clock/1e6))
	le.PutUint32(h[4:], uint32(g.clock%1e6))
	le.PutUint32(h[8:], uint32(len(frame)))
	le.PutUint32(h[12:], uint32(len(frame)))
	g.w.Write(h)
	g.w.Write(frame)
	g.written += int64(len(h) + len(frame))
	g.packets++
	for i, held := range g.held {
		if held.at <= g.packets {
			g.held = slices.Delete(g.held, i, i+1)
			g.writeFrame(held.frame)
			return
		}
	}
}

// hold keeps a frame back until so many more packets are written.
func (g *generator) hold(frame []byte, packets int) {
	g.held = append(g.held, heldFrame{g.packets + int64(packets), slices.Clone(frame)})
}

// frame builds an Ethernet/IPv4/TCP frame of flow f from side d.
func (g *generator) frame(f *flow, d int, seq uint32, flags byte, payload []byte) []byte {
	s, peer := &f.sides[d], &f.sides[1-d]
	be := binary.BigEndian
	b := make([]byte, ethernetLen+ipv4Len+tcpLen+len(payload))
	copy(b[0:6], peer.mac[:])
	copy(b[6:12], s.mac[:])
	be.PutUint16(b[12:], 0x0800)

	ip := b[ethernetLen : ethernetLen+ipv4Len]
	ip[0] = 0x45
	be.PutUint16(ip[2:], uint16(len(b)-ethernetLen))
	be.PutUint16(ip[4:], s.ipID)
	s.ipID++
	ip[6] = 0x40 // do not fragment
	ip[8], ip[9] = 64, 6
	copy(ip[12:16], s.ip[:])
	copy(ip[16:20], peer.ip[:])
	be.PutUint16(ip[10:], foldSum(addSum(ip, 0)))

	t := b[ethernetLen+ipv4Len:]
	be.PutUint16(t[0:], s.port)
	be.PutUint16(t[2:], peer.port)
	be.PutUint32(t[4:], seq)
	if flags&flagACK != 0 {
		be.PutUint32(t[8:], peer.seq)
	}
	t[12] = tcpLen / 4 << 4
	t[13] = flags
	be.PutUint16(t[14:], 0xffff)
	if flags&flagSYN != 0 {
		copy(t[20:], []byte{2, 4, 1460 >> 8, 1460 & 0xff, 3, 3, 7, 1, 1, 1, 1, 1}) // MSS, window scale, NOPs
	} else {
		copy(t[20:], []byte{1, 1, 8, 10})
		be.PutUint32(t[24:], uint32(g.clock/1000))
		be.PutUint32(t[28:], uint32(g.clock/1000))
	}
	copy(t[tcpLen:], payload)
	pseudo := addSum(ip[12:20], 6+uint64(len(t)))
	be.PutUint16(t[16:], foldSum(addSum(t, pseudo)))
	return b
}

// addSum adds the octets to an Internet checksum that has not been folded.
func addSum(b []byte, s uint64) uint64 {
	for len(b) >= 8 {
		v := binary.BigEndian.Uint64(b)
		s += v>>32 + v&0xffffffff
		b = b[8:]
	}
	for len(b) >= 2 {
		s += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

func foldSum(s uint64) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}
