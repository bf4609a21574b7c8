// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import "github.com/dtn-tools/tcpcl/reassembly"

// EtherType values.
const (
	etherTypeIPv4           = 0x0800
	etherTypeARP            = 0x0806
	etherTypeRARP           = 0x8035
	etherTypeVLAN           = 0x8100
	etherTypeIPv6           = 0x86dd
	etherTypeMPLS           = 0x8847
	etherTypePPPoEDiscovery = 0x8863
	etherTypePPPoE          = 0x8864
	etherTypeQinQ           = 0x88a8
	etherTypeQinQOld        = 0x9100

	longestFrame = 1500 // what is not more is a length, not an EtherType
)

// linkKind is how a link header says what it carries.
type linkKind uint8

const (
	unknownLink linkKind = iota
	ethernetLink
	cookedLink  // Linux "any" device
	cooked2Link // the same, version 2
	nullLink    // address family, in the octet order of whoever captured
	loopLink    // address family
	rawLink     // IP version
	ipv4Link
	ipv6Link
	pppLink
	pppHDLCLink
	pppoeLink
	ciscoLink
	bareLink   // there is none, and the kernel says what is in the packet
	taggedLink // as bareLink, and there was a VLAN tag
)

// headers is where the headers of a packet are.
type headers struct {
	kind    linkKind
	link    uint32 // offset of the link header
	typeAt  uint32 // offset of what says what the link header is followed by
	payload uint32 // offset of that
	labels  int    // MPLS labels before the network header
}

var ethernet = headersOf(reassembly.LinkEthernet)

// headersOf tells where headers are in the packets of a link type.
func headersOf(link reassembly.LinkType) headers {
	switch link {
	case reassembly.LinkEthernet:
		return headers{kind: ethernetLink, typeAt: 12, payload: 14}
	case reassembly.LinkSLL:
		return headers{kind: cookedLink, typeAt: 14, payload: 16}
	case reassembly.LinkSLL2:
		return headers{kind: cooked2Link, typeAt: 0, payload: 20}
	case reassembly.LinkNull:
		return headers{kind: nullLink, payload: 4}
	case reassembly.LinkLoop:
		return headers{kind: loopLink, payload: 4}
	case reassembly.LinkRaw, reassembly.LinkRaw12, reassembly.LinkRaw14:
		return headers{kind: rawLink}
	case reassembly.LinkIPv4:
		return headers{kind: ipv4Link}
	case reassembly.LinkIPv6:
		return headers{kind: ipv6Link}
	case reassembly.LinkPPP:
		return headers{kind: pppLink, typeAt: 2, payload: 4}
	case reassembly.LinkPPPHDLC:
		return headers{kind: pppHDLCLink, typeAt: 2, payload: 4}
	case reassembly.LinkPPPoE:
		return headers{kind: pppoeLink, typeAt: 6, payload: 8}
	case reassembly.LinkCHDLC:
		return headers{kind: ciscoLink, typeAt: 2, payload: 4}
	}
	return headers{kind: unknownLink}
}

// network is the offset of the network header.
func (h *headers) network() uint32 { return h.payload + 4*uint32(h.labels) }
