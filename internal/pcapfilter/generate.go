// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import "github.com/dtn-tools/tcpcl/internal/syntax"

// generator makes conditions for packets of one kind. What it knows of their headers changes with the tags that are met on the way.
type generator struct {
	headers
	vlans     int  // tags met
	tagBeside bool // the outermost VLAN tag is not in the packet
	err       *syntax.Error
}

func newGenerator(h headers) *generator { return &generator{headers: h} }

// impossible is a condition that packets of this kind cannot meet, and that on none has a meaning if it has none on Ethernet.
func (g *generator) impossible(t *token, format string, a ...any) condition {
	if g.err == nil {
		g.err = t.errorf(format, a...)
	}
	return constant(false)
}

// at loads octets from a place.
func at(load uint16, place uint32) []Instruction {
	return []Instruction{{Op: load, K: place}}
}

func equal(load uint16, place, value uint32) condition {
	return &test{at(load, place), jumpEqual, value}
}

// masked compares some bits.
func masked(load uint16, place, value, mask uint32) condition {
	t := &test{at(load, place), jumpEqual, value}
	if mask != ^uint32(0) {
		t.load = append(t.load, Instruction{Op: arithmetic + opAnd, K: mask})
	}
	return t
}

// carries tests whether the link header is followed by a protocol, an EtherType or up to longestFrame an LLC SAP.
func (g *generator) carries(etherType uint32, t *token) condition {
	if g.labels > 0 {
		return g.labelled(etherType, t)
	}
	switch g.kind {
	case ethernetLink:
		if etherType <= longestFrame {
			return all(not(&test{at(loadHalf, g.typeAt), jumpGreater, longestFrame}), g.sap(etherType))
		}
	case cookedLink:
		if etherType <= longestFrame {
			return all(equal(loadHalf, g.typeAt, llcProtocol), g.sap(etherType))
		}
	case ciscoLink:
		if etherType == sapOSI {
			etherType = sapOSI<<8 | sapOSI
		}
	case nullLink, loopLink:
		return g.family(etherType)
	case rawLink:
		switch etherType {
		case etherTypeIPv4:
			return masked(loadByte, g.link, 0x40, 0xf0)
		case etherTypeIPv6:
			return masked(loadByte, g.link, 0x60, 0xf0)
		}
		return constant(false)
	case ipv4Link:
		return constant(etherType == etherTypeIPv4)
	case ipv6Link:
		return constant(etherType == etherTypeIPv6)
	case pppLink, pppHDLCLink, pppoeLink:
		if number, ok := pppNumbers[etherType]; ok {
			etherType = number
		}
	case bareLink:
		if etherType <= longestFrame {
			return all(equal(loadWord, besideProtocol, llcProtocol), g.sap(etherType))
		}
		return equal(loadWord, besideProtocol, etherType)
	}
	return equal(loadHalf, g.typeAt, etherType)
}

// llcProtocol is what Linux has in the place of an EtherType where there is an LLC header (ETH_P_802_2).
const llcProtocol = 4

// LLC SAPs that stand in both places of the header.
const (
	sapIP      = 0x06
	sapNetBEUI = 0xf0
	sapOSI     = 0xfe
)

// sap tests the SAPs of an LLC header.
func (g *generator) sap(number uint32) condition {
	switch number {
	case sapIP, sapNetBEUI, sapOSI:
		return equal(loadHalf, g.payload, number<<8|number)
	}
	return equal(loadByte, g.payload, number)
}

// pppNumbers are PPP's numbers of what has an EtherType or a SAP.
var pppNumbers = map[uint32]uint32{etherTypeIPv4: 0x21, etherTypeIPv6: 0x57, 0x6003: 0x27, 0x0600: 0x25, sapOSI: 0x23, 0x42: 0x31}

// family tests the address family of packets that have one. In which octet order LINKTYPE_NULL has it the packet does not say; the
// numbers of IPv6 are those of NetBSD and OpenBSD, FreeBSD, and macOS.
func (g *generator) family(etherType uint32) condition {
	var numbers []uint32
	switch etherType {
	case etherTypeIPv4:
		numbers = []uint32{2}
	case etherTypeIPv6:
		numbers = []uint32{24, 28, 30}
	}
	var c []condition
	for _, n := range numbers {
		c = append(c, equal(loadWord, g.link, n))
		if g.kind == nullLink {
			c = append(c, equal(loadWord, g.link, n<<24))
		}
	}
	return either(c...)
}

// labelled tests what follows MPLS labels: nothing says it but the first bits.
func (g *generator) labelled(etherType uint32, t *token) condition {
	var version uint32
	switch etherType {
	case etherTypeIPv4:
		version = 0x40
	case etherTypeIPv6:
		version = 0x60
	default:
		return g.impossible(t, "behind mpls only ip, ip6 and what they carry can be told")
	}
	return all(masked(loadByte, g.network()-2, 1, 1), masked(loadByte, g.network(), version, 0xf0))
}
