// SPDX-License-Identifier: Apache-2.0

// Package filtertest holds what capture filters are tested with: expressions, and packets of every link type.
package filtertest

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// Group is packets that one classic pcap can hold. Frame is the number of a packet in its group, from 1.
type Group struct {
	Name      string
	Link      reassembly.LinkType
	BigEndian bool // LINKTYPE_NULL has the address family in the octet order of the file
	Packets   []reassembly.Packet
}

// add puts a copy of the octets into the group.
func (g *Group) add(data []byte, length int) {
	n := uint64(len(g.Packets)) + 1
	g.Packets = append(g.Packets, reassembly.Packet{Data: slices.Clone(data), Length: max(length, len(data)), Frame: n, Time: int64(n) * 1e9, Link: g.Link})
}

// Handmade makes packets of every link type, with each protocol that filters know, whole and cut at every length that matters.
func Handmade() []*Group {
	c := collection{}
	for _, packet := range networkPackets() {
		for _, l := range linkHeaders {
			header := l.before(packet)
			if header == nil {
				continue
			}
			data := append(slices.Clone(header), packet...)
			g := c.group(l.link, data)
			g.add(data, 0)
			for cut := range min(len(data), len(header)+70) {
				g.add(data[:cut], len(data))
			}
		}
	}
	return c.groups()
}

// Captured sorts packets of captures, and puts some of them behind the headers of other link types.
func Captured(packets []reassembly.Packet) []*Group {
	c := collection{}
	for i := range packets {
		p := &packets[i]
		c.group(p.Link, p.Data).add(p.Data, p.Length)
		if i%7 > 0 || p.Link != reassembly.LinkEthernet {
			continue
		}
		if t := binary.BigEndian.Uint16(p.Data[12:]); t != 0x0800 && t != 0x86dd {
			continue
		}
		for _, l := range linkHeaders {
			if header := l.before(p.Data[14:]); header != nil {
				data := append(slices.Clone(header), p.Data[14:]...)
				c.group(l.link, data).add(data, p.Length-14+len(header))
			}
		}
	}
	return c.groups()
}

// collection is groups by name.
type collection map[string]*Group

func (c collection) group(link reassembly.LinkType, data []byte) *Group {
	big := link == reassembly.LinkNull && len(data) > 0 && data[0] == 0
	name := fmt.Sprintf("link-%d", link)
	if big {
		name += "-be"
	}
	g := c[name]
	if g == nil {
		g = &Group{Name: name, Link: link, BigEndian: big}
		c[name] = g
	}
	return g
}

// groups lists them in the order of their names.
func (c collection) groups() []*Group {
	return slices.SortedFunc(maps.Values(c), func(a, b *Group) int { return cmp.Compare(a.Name, b.Name) })
}

type linkHeader struct {
	link            reassembly.LinkType
	ipv4, ipv6, arp []byte
}

// before is the header before a packet; nil: there is none.
func (h *linkHeader) before(packet []byte) []byte {
	switch packet[0] >> 4 {
	case 4:
		return h.ipv4
	case 6:
		return h.ipv6
	}
	return h.arp
}

// linkHeaders are the headers before IPv4, IPv6 and ARP; nil where there is none.
var linkHeaders = []linkHeader{
	{reassembly.LinkEthernet, ether("\x08\x00"), ether("\x86\xdd"), ether("\x08\x06")},
	{reassembly.LinkEthernet, ether("\x81\x00\x00\x07\x08\x00"), ether("\x88\xa8\x00\x07\x86\xdd"), ether("\x91\x00\x40\x07\x08\x06")},
	{reassembly.LinkEthernet, ether("\x81\x00\x00\x07\x81\x00\x00\x63\x08\x00"), ether("\x88\xa8\x0f\xff\x81\x00\x00\x63\x86\xdd"), nil},
	{reassembly.LinkEthernet, ether("\x88\x47\x00\x06\x41\x40"), ether("\x88\x47\x00\x06\x40\x40\x00\x06\x51\x40"), nil},
	{reassembly.LinkEthernet, ether("\x88\x64\x11\x00\x00\x09\x00\x20\x00\x21"), ether("\x88\x64\x11\x00\x00\x09\x00\x20\x00\x57"), nil},
	{reassembly.LinkEthernet, []byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x08\x00"), []byte("\x33\x33\x00\x00\x00\x01\x02\x00\x00\x00\x00\x01\x86\xdd"), []byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x80\x35")},
	{reassembly.LinkEthernet, ether("\x00\x40\x06\x06\x03"), ether("\x00\x26\xfe\xfe\x03\x83"), ether("\x00\x40\x42\x42\x03")},
	{reassembly.LinkSLL, []byte("\x00\x04\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x08\x00"), []byte("\x00\x00\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x86\xdd"), []byte("\x00\x01\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x08\x06")},
	{reassembly.LinkSLL, []byte("\x00\x04\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x00\x04\xfe\xfe\x03"), nil, []byte("\x00\x00\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x00\x04\x42\x42\x03")},
	{reassembly.LinkSLL2, []byte("\x08\x00\x00\x00\x00\x00\x00\x02\x00\x01\x04\x06\x02\x00\x00\x00\x00\x01\x00\x00"), []byte("\x86\xdd\x00\x00\x00\x00\x00\x02\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"), []byte("\x08\x06\x00\x00\x00\x00\x00\x02\x00\x01\x01\x06\x02\x00\x00\x00\x00\x01\x00\x00")},
	{reassembly.LinkNull, []byte{2, 0, 0, 0}, []byte{24, 0, 0, 0}, []byte{9, 0, 0, 0}},
	{reassembly.LinkNull, []byte{0, 0, 0, 2}, []byte{0, 0, 0, 28}, []byte{0, 0, 0, 9}},
	{reassembly.LinkLoop, []byte{0, 0, 0, 2}, []byte{0, 0, 0, 30}, []byte{0, 0, 0, 9}},
	{reassembly.LinkRaw, []byte{}, []byte{}, nil},
	{reassembly.LinkIPv4, []byte{}, []byte{}, nil},
	{reassembly.LinkIPv6, []byte{}, []byte{}, nil},
	{reassembly.LinkPPP, []byte("\xff\x03\x00\x21"), []byte("\xff\x03\x00\x57"), nil},
	{reassembly.LinkPPP, []byte("\xff\x03\x02\x81\x00\x06\x41\x40"), []byte("\xff\x03\x02\x81\x00\x06\x40\x40\x00\x06\x51\x40"), nil},
	{reassembly.LinkPPPHDLC, []byte("\xff\x03\x00\x21"), []byte("\xff\x03\x00\x57"), nil},
	{reassembly.LinkPPPoE, []byte("\x11\x00\x00\x09\x00\x20\x00\x21"), []byte("\x11\x00\x00\x09\x00\x20\x00\x57"), nil},
	{reassembly.LinkCHDLC, []byte("\x0f\x00\x08\x00"), []byte("\x0f\x00\x86\xdd"), nil},
	{reassembly.LinkCHDLC, []byte("\x0f\x00\x88\x47\x00\x06\x41\x40"), []byte("\x0f\x00\x88\x47\x00\x06\x40\x40\x00\x06\x51\x40"), nil},
}

// ether is an Ethernet header with the addresses of two machines.
func ether(rest string) []byte {
	return []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01" + rest)
}

// networkPackets are packets from the network header on: each protocol that filters know, options, fragments, addresses for many.
func networkPackets() [][]byte {
	v4 := func(protocol byte, options, fragment int, dst string, rest string) []byte {
		b := make([]byte, 20+options)
		b[0] = 0x45 + byte(options/4)
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)+len(rest)))
		binary.BigEndian.PutUint16(b[6:], uint16(fragment))
		b[8], b[9] = 64, protocol
		copy(b[12:], "\x0a\x01\x02\x03"+dst)
		return append(b, rest...)
	}
	v6 := func(next byte, dst string, rest string) []byte {
		b := make([]byte, 40)
		b[0], b[6], b[7] = 0x60, next, 64
		binary.BigEndian.PutUint16(b[4:], uint16(len(rest)))
		copy(b[8:], "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05"+dst)
		return append(b, rest...)
	}
	const (
		here4, many4 = "\x0a\x00\x00\x09", "\xe0\x00\x00\x01"
		here6, many6 = "\xfe\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09", "\xff\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"

		tcp  = "\x11\xcc\x00\x50\x00\x00\x00\x01\x00\x00\x00\x02\x50\x18\x00\xff\x00\x00\x00\x00dtn!\x04\x00"
		syn  = "\x00\x50\x11\xcc\x00\x00\x00\x01\x00\x00\x00\x02\x60\x02\x00\xff\x00\x00\x00\x00\x02\x04\x05\xb4"
		udp  = "\x00\x35\x00\x35\x00\x0c\x00\x00dns!"
		sctp = "\x11\xcc\x11\xcd\x00\x00\x00\x00\x00\x00\x00\x00"
		echo = "\x08\x00\x00\x00\x00\x01\x00\x01ping"
		note = "\x87\x00\x00\x00\x00\x00\x00\x00"
		rest = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	)
	return [][]byte{
		v4(6, 0, 0, here4, tcp), v4(6, 12, 0, here4, tcp), v4(6, 0, 0x4000, here4, syn), v4(6, 0, 0x2000, here4, tcp), v4(6, 0, 0x0010, here4, tcp),
		v4(17, 0, 0, many4, udp), v4(17, 4, 0, here4, udp), v4(132, 0, 0, here4, sctp), v4(1, 0, 0, here4, echo), v4(1, 0, 0, here4, "\x03\x01"+rest),
		v4(2, 4, 0, many4, rest), v4(9, 0, 0, here4, rest), v4(50, 0, 0, here4, rest), v4(51, 0, 0, here4, rest), v4(103, 0, 0, many4, rest), v4(112, 0, 0, many4, rest),
		v6(6, here6, tcp), v6(6, here6, syn), v6(17, many6, udp), v6(132, here6, sctp), v6(58, many6, note), v6(58, here6, "\x80\x00"+rest),
		v6(44, here6, "\x06\x00\x00\x01\x00\x00\x00\x07"+tcp), v6(44, here6, "\x3a\x00\x00\x08\x00\x00\x00\x07"+rest), v6(0, here6, "\x06\x00\x01\x04\x00\x00\x00\x00"+tcp),
		[]byte("\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x01\x0a\x01\x02\x03\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x09"),
		[]byte("\x00\x01\x08\x00\x06\x04\x00\x02\x02\x00\x00\x00\x00\x01\x7f\x00\x00\x01\x02\x00\x00\x00\x00\x02\x0a\x01\x02\x03"),
	}
}

// WritePcap writes the packets of a group as a classic pcap.
func (g *Group) WritePcap(w io.Writer) error {
	var order binary.AppendByteOrder = binary.LittleEndian
	if g.BigEndian {
		order = binary.BigEndian
	}
	b := order.AppendUint32(nil, 0xa1b2c3d4)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = order.AppendUint32(order.AppendUint32(b, 0), 0)
	b = order.AppendUint32(order.AppendUint32(b, 1<<18), uint32(g.Link))
	for i := range g.Packets {
		p := &g.Packets[i]
		b = order.AppendUint32(order.AppendUint32(b, uint32(p.Frame)), 0)
		b = order.AppendUint32(order.AppendUint32(b, uint32(len(p.Data))), uint32(p.Length))
		b = append(b, p.Data...)
	}
	_, err := w.Write(b)
	return err
}
