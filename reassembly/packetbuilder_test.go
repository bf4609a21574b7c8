// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
)

// packetBuilder writes the headers of packets from the inside out: each method puts its header in front of what is
// inside. Lengths are right, checksums are 0.
type packetBuilder struct{}

var build packetBuilder

// Addresses and TCP fields of every segment that packetBuilder.tcp writes.
var (
	builtSrc4 = netip.MustParseAddr("192.0.2.17")
	builtDst4 = netip.MustParseAddr("198.51.100.5")
	builtSrc6 = netip.MustParseAddr("2001:db8::17")
	builtDst6 = netip.MustParseAddr("2001:db8:1::5")
)

const (
	builtSrcPort = 49152
	builtDstPort = 4556
	builtSeq     = 0xfffffff0
	builtAck     = 0x01020304
)

func octets(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch v := part.(type) {
		case int:
			b = append(b, byte(v))
		case uint16:
			b = binary.BigEndian.AppendUint16(b, v)
		case uint32:
			b = binary.BigEndian.AppendUint32(b, v)
		case string:
			b = append(b, v...)
		case []byte:
			b = append(b, v...)
		case netip.Addr:
			b = append(b, v.AsSlice()...)
		default:
			panic("octets: type")
		}
	}
	return b
}

func (packetBuilder) tcp(options, payload []byte) []byte {
	return octets(uint16(builtSrcPort), uint16(builtDstPort), uint32(builtSeq), uint32(builtAck), (20+len(options))/4<<4|1, ACK|8,
		uint16(501), uint16(0xbeef), uint16(0), options, payload)
}

func (packetBuilder) udp(port int, inside []byte) []byte {
	return octets(uint16(50000), uint16(port), uint16(8+len(inside)), uint16(0), inside)
}

func (packetBuilder) ipv4Options(protocol int, offset uint16, options, inside []byte) []byte {
	header := 20 + len(options)
	return octets(0x40|header/4, 0, uint16(header+len(inside)), uint16(0x1234), offset, 64, protocol, uint16(0),
		builtSrc4, builtDst4, options, inside)
}

func (p packetBuilder) ipv4(protocol int, inside []byte) []byte {
	return p.ipv4Options(protocol, 0x4000, nil, inside)
}

// outer4 is an IPv4 header with other addresses than the segment's.
func (packetBuilder) outer4(protocol int, inside []byte) []byte {
	return octets(0x45, 0, uint16(20+len(inside)), uint16(1), uint16(0), 64, protocol, uint16(0),
		10, 0, 0, 1, 10, 0, 0, 2, inside)
}

func (packetBuilder) ipv6(next int, inside []byte) []byte {
	return octets(uint32(0x60012345), uint16(len(inside)), next, 64, builtSrc6, builtDst6, inside)
}

func (packetBuilder) outer6(next int, inside []byte) []byte {
	return octets(uint32(0x60000000), uint16(len(inside)), next, 64, netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2"), inside)
}

// extension is an IPv6 extension header with 8*units octets.
func (packetBuilder) extension(next, units int, inside []byte) []byte {
	return octets(next, units-1, make([]byte, units*8-2), inside)
}

func (packetBuilder) ethernet(etherType uint16, inside []byte) []byte {
	return octets("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", etherType, inside)
}

func (packetBuilder) vlan(etherType uint16, inside []byte) []byte {
	return octets(uint16(0x2064), etherType, inside)
}

func (packetBuilder) snap(etherType uint16, inside []byte) []byte {
	return octets(uint16(8+len(inside)), "\xaa\xaa\x03\x00\x00\x00", etherType, inside)
}

func (packetBuilder) mpls(bottom int, inside []byte) []byte {
	return octets(0, 0x10, 0x10|bottom, 64, inside)
}

// pppoe has a PPP frame inside.
func (packetBuilder) pppoe(inside []byte) []byte {
	return octets(0x11, 0, uint16(7), uint16(len(inside)), inside)
}

func (packetBuilder) gre(flags, protocol uint16, fields int, inside []byte) []byte {
	return octets(flags, protocol, make([]byte, fields), inside)
}

func (packetBuilder) vxlan(inside []byte) []byte {
	return octets(uint32(0x08000000), uint32(0x00002a00), inside)
}

func (packetBuilder) geneve(protocol uint16, options int, inside []byte) []byte {
	return octets(options, 0, protocol, uint32(0x00002a00), make([]byte, options*4), inside)
}

func (packetBuilder) gtpU(flags int, inside []byte) []byte {
	return octets(flags, 0xff, uint16(len(inside)), uint32(99), inside)
}

// encapsulation is one way to carry a segment. What is between its link header and TCP is written by build; v6 is true
// where the innermost IP header is of IPv6.
type encapsulation struct {
	name  string
	link  LinkType
	v6    bool
	build func(tcp []byte) []byte
}

// encapsulations are all that are supported, plus what mixes them.
func encapsulations() []encapsulation {
	b := build
	ip4 := func(t []byte) []byte { return b.ipv4(6, t) }
	ip6 := func(t []byte) []byte { return b.ipv6(6, t) }
	ether4 := func(t []byte) []byte { return b.ethernet(0x0800, ip4(t)) }
	ppp4 := func(t []byte) []byte { return octets(uint16(0x0021), ip4(t)) }
	outer := func(protocol int, inside func([]byte) []byte) func([]byte) []byte {
		return func(t []byte) []byte { return b.ethernet(0x0800, b.outer4(protocol, inside(t))) }
	}
	prefix := func(front string, inside func([]byte) []byte) func([]byte) []byte {
		return func(t []byte) []byte { return octets(front, inside(t)) }
	}
	tagged := func(etherType uint16, inside func([]byte) []byte) func([]byte) []byte {
		return func(t []byte) []byte { return b.ethernet(etherType, inside(t)) }
	}
	sll := "\x00\x00\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"
	sll2 := "\x00\x00\x00\x00\x00\x05\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"
	return []encapsulation{
		{"Ethernet IPv4", LinkEthernet, false, ether4},
		{"Ethernet IPv4 padded", LinkEthernet, false, func(t []byte) []byte { return octets(ether4(t), "padding") }},
		{"Ethernet IPv4 options", LinkEthernet, false, func(t []byte) []byte {
			return b.ethernet(0x0800, b.ipv4Options(6, 0, []byte("\x94\x04\x00\x00\x01\x01\x01\x00"), t))
		}},
		{"Ethernet IPv4 no length", LinkEthernet, false, func(t []byte) []byte {
			p := ether4(t)
			p[16], p[17] = 0, 0
			return p
		}},
		{"Ethernet IPv6", LinkEthernet, true, func(t []byte) []byte { return b.ethernet(0x86dd, ip6(t)) }},
		{"Ethernet IPv6 padded", LinkEthernet, true, func(t []byte) []byte { return octets(b.ethernet(0x86dd, ip6(t)), "padding") }},
		{"Ethernet IPv6 no length", LinkEthernet, true, func(t []byte) []byte {
			p := b.ethernet(0x86dd, ip6(t))
			p[18], p[19] = 0, 0
			return p
		}},
		{"Ethernet IPv6 extensions", LinkEthernet, true, func(t []byte) []byte {
			t = octets(6, 4, make([]byte, 22), t) // authentication
			return b.ethernet(0x86dd, b.ipv6(0, b.extension(43, 1, b.extension(60, 3, b.extension(135, 2, b.extension(51, 1, t))))))
		}},
		{"Ethernet IPv6 atomic fragment", LinkEthernet, true, func(t []byte) []byte {
			return b.ethernet(0x86dd, b.ipv6(44, octets(6, 0, uint16(6), uint32(7), t)))
		}},
		{"Ethernet IPv4 authentication", LinkEthernet, false, func(t []byte) []byte {
			return b.ethernet(0x0800, b.ipv4(51, octets(6, 1, make([]byte, 10), t)))
		}},
		{"Ethernet LLC SNAP", LinkEthernet, false, func(t []byte) []byte {
			return octets("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", b.snap(0x0800, ip4(t)))
		}},
		{"VLAN", LinkEthernet, false, tagged(0x8100, func(t []byte) []byte { return b.vlan(0x0800, ip4(t)) })},
		{"VLAN LLC SNAP", LinkEthernet, false, tagged(0x8100, func(t []byte) []byte { return octets(uint16(9), b.snap(0x0800, ip4(t))) })},
		{"QinQ IPv6", LinkEthernet, true, tagged(0x88a8, func(t []byte) []byte { return b.vlan(0x8100, b.vlan(0x86dd, ip6(t))) })},
		{"old QinQ", LinkEthernet, false, tagged(0x9100, func(t []byte) []byte { return b.vlan(0x9200, b.vlan(0x0800, ip4(t))) })},
		{"MPLS IPv4", LinkEthernet, false, tagged(0x8847, func(t []byte) []byte { return b.mpls(0, b.mpls(1, ip4(t))) })},
		{"MPLS IPv6", LinkEthernet, true, tagged(0x8848, func(t []byte) []byte { return b.mpls(1, ip6(t)) })},
		{"MPLS control word Ethernet", LinkEthernet, false, tagged(0x8847, func(t []byte) []byte {
			return b.mpls(1, octets(uint32(0), ether4(t)))
		})},
		{"PPPoE", LinkEthernet, false, tagged(0x8864, func(t []byte) []byte { return octets(b.pppoe(ppp4(t)), "pad") })},
		{"PPPoE IPv6 in VLAN", LinkEthernet, true, tagged(0x8100, func(t []byte) []byte {
			return b.vlan(0x8864, b.pppoe(octets(uint16(0x0057), ip6(t))))
		})},
		{"PPPoE MPLS", LinkEthernet, false, tagged(0x8864, func(t []byte) []byte {
			return b.pppoe(octets(uint16(0x0281), b.mpls(1, ip4(t))))
		})},
		{"IPv4 in IPv4", LinkEthernet, false, outer(4, ip4)},
		{"IPv6 in IPv4", LinkEthernet, true, outer(41, ip6)},
		{"IPv4 in IPv6", LinkEthernet, false, tagged(0x86dd, func(t []byte) []byte { return b.outer6(4, ip4(t)) })},
		{"IPv6 in IPv6", LinkEthernet, true, tagged(0x86dd, func(t []byte) []byte { return b.outer6(60, b.extension(41, 1, ip6(t))) })},
		{"GRE IPv4", LinkEthernet, false, outer(47, func(t []byte) []byte { return b.gre(0, 0x0800, 0, ip4(t)) })},
		{"GRE IPv6 with key", LinkEthernet, true, outer(47, func(t []byte) []byte { return b.gre(0x2000, 0x86dd, 4, ip6(t)) })},
		{"GRE Ethernet with all fields", LinkEthernet, false, outer(47, func(t []byte) []byte { return b.gre(0xb000, 0x6558, 12, ether4(t)) })},
		{"GRE PPP", LinkEthernet, false, outer(47, func(t []byte) []byte {
			ppp := octets("\xff\x03\x21", ip4(t))
			return b.gre(0x3081, 0x880b, 0, octets(uint16(len(ppp)), uint16(1), uint32(2), uint32(3), ppp))
		})},
		{"ERSPAN I", LinkEthernet, false, outer(47, func(t []byte) []byte { return b.gre(0, 0x88be, 0, ether4(t)) })},
		{"ERSPAN II", LinkEthernet, false, outer(47, func(t []byte) []byte {
			return b.gre(0x1000, 0x88be, 4, octets("\x10\x01\x00\x01\x00\x00\x00\x02", ether4(t)))
		})},
		{"ERSPAN III", LinkEthernet, false, outer(47, func(t []byte) []byte {
			return b.gre(0x1000, 0x22eb, 4, octets("\x20\x01", make([]byte, 10), ether4(t)))
		})},
		{"ERSPAN III with subheader", LinkEthernet, false, outer(47, func(t []byte) []byte {
			return b.gre(0x1000, 0x22eb, 4, octets("\x20\x01", make([]byte, 9), 1, make([]byte, 8), ether4(t)))
		})},
		{"VXLAN", LinkEthernet, false, outer(17, func(t []byte) []byte { return b.udp(4789, b.vxlan(ether4(t))) })},
		{"VXLAN old port", LinkEthernet, false, outer(17, func(t []byte) []byte { return b.udp(8472, b.vxlan(ether4(t))) })},
		{"GENEVE Ethernet", LinkEthernet, false, outer(17, func(t []byte) []byte { return b.udp(6081, b.geneve(0x6558, 2, ether4(t))) })},
		{"GENEVE IPv6", LinkEthernet, true, outer(17, func(t []byte) []byte { return b.udp(6081, b.geneve(0x86dd, 0, ip6(t))) })},
		{"GTP-U", LinkEthernet, false, outer(17, func(t []byte) []byte { return b.udp(2152, b.gtpU(0x30, ip4(t))) })},
		{"GTP-U sequence number", LinkEthernet, false, outer(17, func(t []byte) []byte {
			return b.udp(2152, b.gtpU(0x32, octets(uint16(1), 0, 0, ip4(t))))
		})},
		{"GTP-U extensions IPv6", LinkEthernet, true, outer(17, func(t []byte) []byte {
			return b.udp(2152, b.gtpU(0x36, octets(uint16(1), 0, 0x85, 1, 0, 0, 0x40, 2, 0, 0, 0, 0, 0, 0, 0, ip6(t))))
		})},
		{"NULL little-endian", LinkNull, false, prefix("\x02\x00\x00\x00", ip4)},
		{"NULL big-endian", LinkNull, false, prefix("\x00\x00\x00\x02", ip4)},
		{"NULL IPv6 macOS", LinkNull, true, prefix("\x1e\x00\x00\x00", ip6)},
		{"LOOP", LinkLoop, false, prefix("\x00\x00\x00\x02", ip4)},
		{"LOOP IPv6 OpenBSD", LinkLoop, true, prefix("\x00\x00\x00\x18", ip6)},
		{"LOOP IPv6 FreeBSD", LinkLoop, true, prefix("\x00\x00\x00\x1c", ip6)},
		{"LOOP IPv6 Linux", LinkLoop, true, prefix("\x00\x00\x00\x0a", ip6)},
		{"LOOP IPv6 Windows", LinkLoop, true, prefix("\x00\x00\x00\x17", ip6)},
		{"RAW", LinkRaw, false, ip4},
		{"RAW IPv6", LinkRaw, true, ip6},
		{"RAW 12", LinkRaw12, false, ip4},
		{"RAW 12 that is LOOP", LinkRaw12, true, prefix("\x00\x00\x00\x18", ip6)},
		{"RAW 14", LinkRaw14, true, ip6},
		{"IPV4", LinkIPv4, false, ip4},
		{"IPV6", LinkIPv6, true, ip6},
		{"PPP", LinkPPP, false, ppp4},
		{"PPP framed", LinkPPP, false, prefix("\xff\x03", ppp4)},
		{"PPP compressed protocol", LinkPPP, true, prefix("\x57", ip6)},
		{"PPP_HDLC", LinkPPPHDLC, false, prefix("\xff\x03", ppp4)},
		{"PPP_HDLC unframed", LinkPPPHDLC, false, ppp4},
		{"PPP_HDLC Cisco", LinkPPPHDLC, true, prefix("\x0f\x00\x86\xdd", ip6)},
		{"PPP_HDLC Cisco multicast", LinkPPPHDLC, false, prefix("\x8f\x00\x08\x00", ip4)},
		{"PPP_ETHER", LinkPPPoE, false, func(t []byte) []byte { return b.pppoe(ppp4(t)) }},
		{"C_HDLC", LinkCHDLC, false, prefix("\x0f\x00\x08\x00", ip4)},
		{"LINUX_SLL", LinkSLL, false, prefix(sll+"\x08\x00", ip4)},
		{"LINUX_SLL VLAN", LinkSLL, true, prefix(sll+"\x81\x00\x00\x01\x86\xdd", ip6)},
		{"LINUX_SLL2", LinkSLL2, true, prefix("\x86\xdd"+sll2, ip6)},
		{"sixteen headers", LinkEthernet, false, func(t []byte) []byte {
			p := b.vlan(0x0800, ip4(t))
			for range 12 {
				p = b.vlan(0x8100, p)
			}
			return b.ethernet(0x8100, p)
		}},
	}
}

// segmentIs checks s against what build.tcp(options, payload) wrote, of which missing octets at the end are not there.
func segmentIs(t *testing.T, s *Segment, v6 bool, options, payload []byte, missing int) {
	t.Helper()
	src, dst := builtSrc4, builtDst4
	if v6 {
		src, dst = builtSrc6, builtDst6
	}
	if got, want := s.Src.AddrPort(), netip.AddrPortFrom(src, builtSrcPort); got != want {
		t.Errorf("source %v, want %v", got, want)
	}
	if got, want := s.Dst.AddrPort(), netip.AddrPortFrom(dst, builtDstPort); got != want {
		t.Errorf("destination %v, want %v", got, want)
	}
	if s.Seq != builtSeq || s.Ack != builtAck || s.Flags != ACK|8 || s.Window != 501 || s.Checksum != 0xbeef {
		t.Errorf("sequence number %x, acknowledgement %x, flags %x, window %d, checksum %x", s.Seq, s.Ack, s.Flags, s.Window, s.Checksum)
	}
	all := build.tcp(options, payload)
	have := all[:max(len(all)-missing, 0)]
	header := 20 + len(options)
	if want := have[:min(header, len(have))]; !slices.Equal(s.Header, want) {
		t.Errorf("header %x, want %x", s.Header, want)
	}
	if want := have[min(header, len(have)):]; !slices.Equal(s.Payload, want) {
		t.Errorf("payload %x, want %x", s.Payload, want)
	}
	if s.Missing != min(missing, len(payload)) {
		t.Errorf("%d octets missing, want %d", s.Missing, min(missing, len(payload)))
	}
}
