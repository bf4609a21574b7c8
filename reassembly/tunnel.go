// SPDX-License-Identifier: Apache-2.0

package reassembly

import "encoding/binary"

// Types of the ERSPAN encapsulations of mirrored Ethernet frames in the GRE protocol field
// (draft-foschiano-erspan-03).
const (
	greERSPAN2 = 0x88be // type II, and type I without a header of its own
	greERSPAN3 = 0x22eb
)

// UDP ports of tunnels.
const (
	portGTPU     = 2152
	portVXLAN    = 4789
	portGENEVE   = 6081
	portVXLANOld = 8472 // of Linux, from before 4789 was assigned
)

// gre reads a GRE header (RFC 2784 2.1, RFC 2890 2). The routing field of RFC 1701 is not followed: it is long gone.
func (w *descent) gre() step {
	if len(w.b) < 4 {
		return w.short(4)
	}
	flags, t := binary.BigEndian.Uint16(w.b), binary.BigEndian.Uint16(w.b[2:])
	switch flags & 7 { // version
	case 0:
	case 1:
		return w.gre1(flags, t)
	default:
		return stepOther
	}
	if flags&0x4000 != 0 {
		return stepOther
	}
	n := 4
	for _, present := range [...]uint16{0x8000, 0x2000, 0x1000} { // checksum, key, sequence number
		if flags&present != 0 {
			n += 4
		}
	}
	if len(w.b) < n {
		return w.short(n)
	}
	w.skip(n)
	switch t {
	case greERSPAN2:
		if flags&0x1000 == 0 { // type I
			return stepEthernet
		}
		return w.erspan(8)
	case greERSPAN3:
		return w.erspan(12)
	}
	return w.etherType(t)
}

// gre1 reads the enhanced GRE header of PPTP (RFC 2637 4.1).
func (w *descent) gre1(flags, t uint16) step {
	if t != etherTypePPP || flags&0x1000 == 0 { // without a sequence number it is an acknowledgement only
		return stepOther
	}
	n := 12
	if flags&0x0080 != 0 { // acknowledgement number
		n += 4
	}
	if len(w.b) < n {
		return w.short(n)
	}
	payload := int(binary.BigEndian.Uint16(w.b[4:]))
	w.skip(n)
	if !w.limit(payload) {
		return stepMalformed
	}
	return stepPPP
}

// erspan passes an ERSPAN header of n octets, and the platform subheader that type III may have.
func (w *descent) erspan(n int) step {
	if len(w.b) < n {
		return w.short(n)
	}
	if n == 12 && w.b[11]&1 != 0 {
		n += 8
		if len(w.b) < n {
			return w.short(n)
		}
	}
	w.skip(n)
	return stepEthernet
}

// udp reads a UDP header (RFC 768) and what follows it where the destination port is a tunnel's. The source port is no
// hint: tunnels choose it to spread their flows.
func (w *descent) udp() step {
	if len(w.b) < 8 {
		return w.short(8)
	}
	port := binary.BigEndian.Uint16(w.b[2:])
	switch port {
	case portVXLAN, portVXLANOld, portGENEVE, portGTPU:
	default:
		return stepOther
	}
	if n := int(binary.BigEndian.Uint16(w.b[4:])); n != 0 && (n < 8 || !w.limit(n)) {
		return stepMalformed
	}
	w.skip(8)
	switch port {
	case portGENEVE:
		return w.geneve()
	case portGTPU:
		return w.gtpU()
	}
	return w.vxlan()
}

// vxlan reads the header of RFC 7348 5.
func (w *descent) vxlan() step {
	if len(w.b) < 8 {
		return w.short(8)
	}
	if w.b[0]&0x08 == 0 { // a valid network identifier
		return stepOther
	}
	w.skip(8)
	return stepEthernet
}

// geneve reads the header of RFC 8926 3.4.
func (w *descent) geneve() step {
	if len(w.b) < 8 {
		return w.short(8)
	}
	n := 8 + int(w.b[0]&0x3f)*4
	if w.b[0]>>6 != 0 { // version
		return stepOther
	}
	if len(w.b) < n {
		return w.short(n)
	}
	t := binary.BigEndian.Uint16(w.b[2:])
	w.skip(n)
	return w.etherType(t)
}

// gtpU reads the header of a GTP-U G-PDU (3GPP TS 29.281 5.1) and passes its extension headers.
func (w *descent) gtpU() step {
	if len(w.b) < 8 {
		return w.short(8)
	}
	flags := w.b[0]
	if flags>>4 != 3 || w.b[1] != 0xff { // version 1, GTP and not GTP'; G-PDU
		return stepOther
	}
	n := int(binary.BigEndian.Uint16(w.b[2:]))
	w.skip(8)
	if !w.limit(n) {
		return stepMalformed
	}
	if flags&7 == 0 { // extension header, sequence number, N-PDU number: any brings in the field of all
		return stepIP
	}
	if len(w.b) < 4 {
		return w.short(4)
	}
	next := w.b[3]
	w.skip(4)
	for extensions := 0; flags&4 != 0 && next != 0; extensions++ {
		if extensions == maxLayers {
			return stepOther
		}
		if len(w.b) == 0 {
			return w.short(1)
		}
		n := int(w.b[0]) * 4
		if n == 0 {
			return stepMalformed
		}
		if len(w.b) < n {
			return w.short(n)
		}
		next = w.b[n-1]
		w.skip(n)
	}
	return stepIP
}
