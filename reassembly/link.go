// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"math/bits"
)

// EtherType values (IEEE registry).
const (
	etherTypeIPv4     = 0x0800
	etherTypeEthernet = 0x6558 // transparent Ethernet bridging, in GRE and GENEVE
	etherTypeVLAN     = 0x8100 // IEEE 802.1Q
	etherTypeIPv6     = 0x86dd
	etherTypePPP      = 0x880b
	etherTypeMPLS     = 0x8847
	etherTypeMPLSUp   = 0x8848 // upstream-assigned label (RFC 5332)
	etherTypePPPoE    = 0x8864 // session stage
	etherTypeQinQ     = 0x88a8 // IEEE 802.1ad
	etherTypeQinQOld  = 0x9100 // QinQ in front of 802.1ad, as 0x9200 is
	etherTypeQinQOld2 = 0x9200
)

// plainLink returns the length of the link header of the usual kinds of packets, and the EtherType of what follows it.
// The length is 0 where it takes more to find out.
func plainLink(p *Packet) (n int, etherType uint16) {
	b := p.Data
	if len(b) < 20 {
		return 0, 0
	}
	switch p.Link {
	case LinkEthernet:
		if etherType = binary.BigEndian.Uint16(b[12:]); etherType == etherTypeVLAN {
			return 18, binary.BigEndian.Uint16(b[16:])
		}
		return 14, etherType
	case LinkNull, LinkLoop:
		if family := binary.BigEndian.Uint32(b); family == 2 || family == 2<<24 {
			return 4, etherTypeIPv4
		}
	case LinkSLL:
		return 16, binary.BigEndian.Uint16(b[14:])
	case LinkSLL2:
		return 20, binary.BigEndian.Uint16(b)
	}
	return 0, 0
}

// link reads what comes in front of the network packet, or of the Ethernet or PPP frame, in packets of link type t.
func (w *descent) link(t LinkType) step {
	switch t {
	case LinkEthernet:
		return stepEthernet
	case LinkRaw, LinkRaw14:
		return stepIP
	case LinkRaw12:
		// A value that means LOOP on OpenBSD: no address family has a 4 or a 6 in its highest four bits.
		if len(w.b) > 0 && w.b[0]>>4 != 4 && w.b[0]>>4 != 6 {
			return w.loop()
		}
		return stepIP
	case LinkIPv4:
		return stepIPv4
	case LinkIPv6:
		return stepIPv6
	case LinkNull, LinkLoop:
		return w.loop()
	case LinkPPP, LinkPPPHDLC:
		return w.pppHDLC()
	case LinkPPPoE:
		return stepPPPoE
	case LinkCHDLC:
		return w.ciscoHDLC()
	case LinkSLL:
		return w.cooked(16, 14)
	case LinkSLL2:
		return w.cooked(20, 0)
	}
	return stepUnsupported
}

// loop reads the address family of LINKTYPE_NULL and LINKTYPE_LOOP. The first has it in the octet order of the machine
// that captured, which the file does not tell; no family in use is above 16 bits, so it tells itself.
func (w *descent) loop() step {
	if len(w.b) < 4 {
		return w.short(4)
	}
	family := binary.BigEndian.Uint32(w.b)
	if family > 0xffff {
		family = bits.ReverseBytes32(family)
	}
	w.skip(4)
	switch family {
	case 2: // AF_INET everywhere
		return stepIPv4
	case 10, 23, 24, 28, 30: // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS
		return stepIPv6
	}
	return stepOther
}

// cooked reads a Linux "any device" header of n octets, with the EtherType at offset protocol.
func (w *descent) cooked(n, protocol int) step {
	if len(w.b) < n {
		return w.short(n)
	}
	t := binary.BigEndian.Uint16(w.b[protocol:])
	w.skip(n)
	return w.etherType(t)
}

func (w *descent) ethernet() step {
	if len(w.b) < 14 {
		return w.short(14)
	}
	t := binary.BigEndian.Uint16(w.b[12:])
	w.skip(14)
	return w.etherType(t)
}

// etherType tells what follows an EtherType, or the length that IEEE 802.3 has in its place.
func (w *descent) etherType(t uint16) step {
	switch t {
	case etherTypeIPv4:
		return stepIPv4
	case etherTypeIPv6:
		return stepIPv6
	case etherTypeVLAN, etherTypeQinQ, etherTypeQinQOld, etherTypeQinQOld2:
		return stepVLAN
	case etherTypeMPLS, etherTypeMPLSUp:
		return stepMPLS
	case etherTypePPPoE:
		return stepPPPoE
	case etherTypePPP:
		return stepPPP
	case etherTypeEthernet:
		return stepEthernet
	}
	if t <= 1500 {
		return w.snap()
	}
	return stepOther
}

// snap reads the LLC header of IEEE 802.2 with the SNAP extension that carries an EtherType (RFC 1042); other LLC
// traffic is not IP.
func (w *descent) snap() step {
	const header = "\xaa\xaa\x03\x00\x00\x00" // both SAPs, unnumbered information, organisation 0
	captured := min(len(w.b), len(header))
	if string(w.b[:captured]) != header[:captured] {
		return stepOther
	}
	if len(w.b) < 8 {
		return w.short(8)
	}
	t := binary.BigEndian.Uint16(w.b[6:])
	if t <= 1500 {
		return stepOther // a length would lead to LLC again
	}
	w.skip(8)
	return w.etherType(t)
}

func (w *descent) vlan() step {
	if len(w.b) < 4 {
		return w.short(4)
	}
	t := binary.BigEndian.Uint16(w.b[2:])
	w.skip(4)
	return w.etherType(t)
}

// mpls reads one label stack entry (RFC 3032 2.1). Nothing says what follows the bottom of the stack but the first
// four bits: an IP version, or 0 for the control word in front of an Ethernet frame (RFC 4385 3, RFC 4448 4.6).
func (w *descent) mpls() step {
	if len(w.b) < 4 {
		return w.short(4)
	}
	bottom := w.b[2]&1 != 0
	w.skip(4)
	if !bottom {
		return stepMPLS
	}
	if len(w.b) == 0 {
		return w.short(1)
	}
	if w.b[0]>>4 != 0 {
		return stepIP
	}
	if len(w.b) < 4 {
		return w.short(4)
	}
	w.skip(4)
	return stepEthernet
}

// pppoe reads the header of a PPPoE session (RFC 2516 4).
func (w *descent) pppoe() step {
	if len(w.b) < 6 {
		return w.short(6)
	}
	if w.b[0] != 0x11 || w.b[1] != 0 { // version 1, type 1; code 0 is session data
		return stepOther
	}
	n := int(binary.BigEndian.Uint16(w.b[4:]))
	w.skip(6)
	if !w.limit(n) {
		return stepMalformed
	}
	return stepPPP
}

// pppHDLC tells PPP in HDLC-like framing (RFC 1662), with or without address and control, from Cisco's HDLC.
func (w *descent) pppHDLC() step {
	if len(w.b) > 0 && (w.b[0] == 0x0f || w.b[0] == 0x8f) && (len(w.b) == 1 || w.b[1] == 0) {
		return w.ciscoHDLC()
	}
	return stepPPP
}

// ciscoHDLC reads address, control and EtherType.
func (w *descent) ciscoHDLC() step {
	if len(w.b) < 4 {
		return w.short(4)
	}
	t := binary.BigEndian.Uint16(w.b[2:])
	w.skip(4)
	return w.etherType(t)
}

// ppp reads the protocol field, in one octet where it is compressed (RFC 1661 6.5): only its last octet is odd.
func (w *descent) ppp() step {
	if len(w.b) >= 2 && w.b[0] == 0xff && w.b[1] == 0x03 {
		w.skip(2)
	}
	var protocol uint16
	switch {
	case len(w.b) >= 1 && w.b[0]&1 != 0 && w.b[0] != 0xff: // the address may be cut from its control
		protocol = uint16(w.b[0])
		w.skip(1)
	case len(w.b) >= 2:
		protocol = binary.BigEndian.Uint16(w.b)
		w.skip(2)
	default:
		return w.short(2)
	}
	switch protocol {
	case 0x0021:
		return stepIPv4
	case 0x0057:
		return stepIPv6
	case 0x0281, 0x0283: // unicast, multicast
		return stepMPLS
	}
	return stepOther
}
