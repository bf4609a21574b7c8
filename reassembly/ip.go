// SPDX-License-Identifier: Apache-2.0

package reassembly

import "encoding/binary"

// IP protocol numbers, which are IPv6 next header values as well.
const (
	protocolHopByHop       = 0
	protocolIPv4           = 4
	protocolTCP            = 6
	protocolUDP            = 17
	protocolIPv6           = 41
	protocolRouting        = 43
	protocolFragment       = 44
	protocolGRE            = 47
	protocolAuthentication = 51
	protocolDestination    = 60
	protocolMobility       = 135
)

// plainIPv6 is the straight way of Decode for IPv6 without extension headers, behind a link header of n octets.
func (d *Decoder) plainIPv6(p *Packet, n int, s *Segment) bool {
	b := p.Data[n:]
	if len(b) < 60 {
		return false
	}
	h := (*[60]byte)(b)
	total := 40 + int(binary.BigEndian.Uint16(h[4:]))
	end := min(total, len(b))
	payload := 40 + int(h[52]>>4)*4
	if h[0]>>4 != 6 || h[6] != protocolTCP || n+total > p.Length || payload < 60 || payload > end {
		return false
	}
	setIPv6(s, h[:])
	fillTCP(s, h[40:])
	s.Header, s.Payload = b[40:payload:payload], b[payload:end]
	s.Frame, s.Time = p.Frame, p.Time
	if s.Missing = total - end; s.Missing > 0 {
		d.stats.PayloadCut++
	}
	return true
}

// setIPv6 takes the addresses from an IPv6 header.
func setIPv6(s *Segment, h []byte) {
	_ = h[39]
	s.Src.Hi, s.Src.Lo = binary.BigEndian.Uint64(h[8:]), binary.BigEndian.Uint64(h[16:])
	s.Dst.Hi, s.Dst.Lo = binary.BigEndian.Uint64(h[24:]), binary.BigEndian.Uint64(h[32:])
}

// ipByVersion tells IPv4 and IPv6 apart where nothing else does.
func (w *descent) ipByVersion() step {
	if len(w.b) == 0 {
		return w.short(1)
	}
	switch w.b[0] >> 4 {
	case 4:
		return w.ipv4()
	case 6:
		return w.ipv6()
	}
	return stepOther
}

// ipv4 reads the header of RFC 791 3.1.
func (w *descent) ipv4() step {
	if len(w.b) < 20 {
		return w.short(20)
	}
	h := w.b[:20:20]
	header := int(h[0]&15) * 4
	total := int(binary.BigEndian.Uint16(h[2:]))
	if total == 0 {
		total = w.wire // segmentation is left to the network card, which fills the length in
	}
	if h[0]>>4 != 4 || header < 20 || total < header || !w.limit(total) {
		return stepMalformed
	}
	if len(w.b) < header {
		return stepTruncated
	}
	w.ip, w.v6 = true, false
	w.s.Src.Hi, w.s.Src.Lo = 0, mapped|uint64(binary.BigEndian.Uint32(h[12:]))
	w.s.Dst.Hi, w.s.Dst.Lo = 0, mapped|uint64(binary.BigEndian.Uint32(h[16:]))
	w.skip(header)

	protocol := h[9]
	offset := binary.BigEndian.Uint16(h[6:])
	if offset&0x3fff == 0 {
		return w.protocol(protocol)
	}
	if w.protocol(protocol) == stepOther {
		w.d.stats.Fragments++
		return stepOther // not worth the memory
	}
	return w.fragment(fragment{
		key:      w.fragmentKey(uint16(protocol), uint32(binary.BigEndian.Uint16(h[4:]))),
		protocol: protocol,
		from:     int(offset&0x1fff) * 8,
		more:     offset&0x2000 != 0,
	})
}

// ipv6 reads the header of RFC 8200 3.
func (w *descent) ipv6() step {
	if len(w.b) < 40 {
		return w.short(40)
	}
	h := w.b[:40:40]
	if h[0]>>4 != 6 {
		return stepMalformed
	}
	n := int(binary.BigEndian.Uint16(h[4:]))
	w.ip, w.v6 = true, true
	setIPv6(w.s, h)
	w.skip(40)
	// Length 0 is a jumbogram (RFC 2675) or left to the network card to fill in.
	if n != 0 && !w.limit(n) {
		return stepMalformed
	}
	return w.protocol(h[6])
}

// protocol tells what follows an IP header or an IPv6 extension header.
func (w *descent) protocol(number uint8) step {
	switch number {
	case protocolTCP:
		return stepTCP
	case protocolUDP:
		return stepUDP
	case protocolIPv4:
		return stepIPv4
	case protocolIPv6:
		return stepIPv6
	case protocolGRE:
		return stepGRE
	case protocolAuthentication:
		return stepAuthentication
	case protocolHopByHop, protocolRouting, protocolDestination, protocolMobility:
		if w.v6 {
			return stepIPv6Extension
		}
	case protocolFragment:
		if w.v6 {
			return stepIPv6Fragment
		}
	}
	return stepOther
}

// ipv6Extension passes an extension header of the common form (RFC 6564 4).
func (w *descent) ipv6Extension() step {
	if len(w.b) < 8 {
		return w.short(8)
	}
	return w.pass((int(w.b[1]) + 1) * 8)
}

// authentication passes the Authentication Header (RFC 4302 2), which leaves what follows in clear.
func (w *descent) authentication() step {
	if len(w.b) < 8 {
		return w.short(8)
	}
	return w.pass((int(w.b[1]) + 2) * 4)
}

// pass goes behind a header of n octets that begins with a next header field.
func (w *descent) pass(n int) step {
	if len(w.b) < n {
		return w.short(n)
	}
	next := w.b[0]
	w.skip(n)
	return w.protocol(next)
}

// ipv6Fragment reads the Fragment header (RFC 8200 4.5).
func (w *descent) ipv6Fragment() step {
	if len(w.b) < 8 {
		return w.short(8)
	}
	h := w.b[:8:8]
	offset := binary.BigEndian.Uint16(h[2:])
	w.skip(8)
	if offset&^6 == 0 {
		return w.protocol(h[0]) // an atomic fragment has nothing to do with others of its identification (RFC 6946)
	}
	return w.fragment(fragment{
		key:      w.fragmentKey(fragmentIPv6, binary.BigEndian.Uint32(h[4:])),
		protocol: h[0],
		from:     int(offset &^ 7),
		more:     offset&1 != 0,
	})
}

// fragmentKey is the key of the datagram that a fragment with the addresses at hand belongs to.
func (w *descent) fragmentKey(protocol uint16, id uint32) fragmentKey {
	src, dst := &w.s.Src, &w.s.Dst
	return fragmentKey{src.Hi, src.Lo, dst.Hi, dst.Lo, id, protocol}
}

// fragment hands over the rest of the octets as f's, and goes on with the datagram where f completes it.
func (w *descent) fragment(f fragment) step {
	w.d.stats.Fragments++
	f.b, f.wire = w.b, w.wire
	if !f.valid() {
		return stepMalformed
	}
	whole := w.d.fragments.add(&f, w.p.Time)
	if whole == nil {
		return stepHeld
	}
	w.b, w.wire = w.d.fragments.assemble(whole)
	return w.protocol(whole.protocol)
}
