// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"bytes"
	"maps"
	"net/netip"
	"testing"
)

var (
	someOptions = []byte("\x01\x01\x08\x0aTSvaTSec")
	somePayload = []byte("dtn!\x04\x00 and more")
)

// oneCounted checks that of all that is counted besides packets exactly the named count is 1.
func oneCounted(t *testing.T, stats DecodeStats, name string) {
	t.Helper()
	counts := map[string]uint64{
		"NotIP": stats.NotIP, "NotTCP": stats.NotTCP, "Truncated": stats.Truncated, "Malformed": stats.Malformed,
		"NestingTooDeep": stats.NestingTooDeep, "PayloadCut": stats.PayloadCut,
	}
	for link, n := range stats.UnsupportedLink {
		counts["UnsupportedLink "+string(rune('0'+link%10))] += n
	}
	maps.DeleteFunc(counts, func(_ string, n uint64) bool { return n == 0 })
	want := map[string]uint64{}
	if name != "" {
		want[name] = 1
	}
	if !maps.Equal(counts, want) {
		t.Errorf("counted %v, want %v", counts, want)
	}
}

func TestEveryEncapsulationGivesTheSameSegment(t *testing.T) {
	for _, e := range encapsulations() {
		t.Run(e.name, func(t *testing.T) {
			payload := somePayload
			if e.name == "Ethernet IPv4 no length" || e.name == "Ethernet IPv6 no length" {
				payload = bytes.Repeat(somePayload, 5000) // what a network card is given to cut up
			}
			data := e.build(build.tcp(someOptions, payload))
			d := NewDecoder(DecoderOptions{})
			var s Segment
			if !d.Decode(&Packet{Data: data, Length: len(data), Frame: 9, Time: 77, Link: e.link}, &s) {
				t.Fatalf("no segment: %+v", d.Stats())
			}
			segmentIs(t, &s, e.v6, someOptions, payload, 0)
			if s.Frame != 9 || s.Time != 77 {
				t.Errorf("frame %d, time %d", s.Frame, s.Time)
			}
			oneCounted(t, d.Stats(), "")
			if !d.Decode(&Packet{Data: data, Link: e.link}, &s) {
				t.Fatalf("no segment without a length on the wire: %+v", d.Stats())
			}
			segmentIs(t, &s, e.v6, someOptions, payload, 0)
		})
	}
}

// The straight way for plain packets must see nothing in another way than the general one.
func TestPlainPacketsAreDecodedAsAllOthers(t *testing.T) {
	for _, e := range encapsulations() {
		whole := e.build(build.tcp(someOptions, somePayload))
		for n := range len(whole) + 1 {
			for _, length := range []int{n, len(whole), 0} {
				p := &Packet{Data: whole[:n], Length: length, Link: e.link}
				fast, general := NewDecoder(DecoderOptions{}), NewDecoder(DecoderOptions{})
				var a, b Segment
				found := fast.Decode(p, &a)
				general.stats.Packets++
				if found != general.descend(p, &b) || found && !sameSegment(&a, &b) {
					t.Fatalf("%s cut to %d of %d octets: %v %+v, in general %+v", e.name, n, length, found, a, b)
				}
				if found, general := fast.Stats(), general.Stats(); !sameStats(found, general) {
					t.Fatalf("%s cut to %d of %d octets: %+v, in general %+v", e.name, n, length, found, general)
				}
			}
		}
	}
}

func sameSegment(a, b *Segment) bool {
	return a.Src == b.Src && a.Dst == b.Dst && a.Seq == b.Seq && a.Ack == b.Ack && a.Flags == b.Flags && a.Window == b.Window &&
		a.Checksum == b.Checksum && bytes.Equal(a.Header, b.Header) && bytes.Equal(a.Payload, b.Payload) &&
		a.Missing == b.Missing && a.Frame == b.Frame && a.Time == b.Time
}

func sameStats(a, b DecodeStats) bool {
	links := maps.Equal(a.UnsupportedLink, b.UnsupportedLink)
	return links && a.Packets == b.Packets && a.NotIP == b.NotIP && a.NotTCP == b.NotTCP && a.Truncated == b.Truncated &&
		a.Malformed == b.Malformed && a.NestingTooDeep == b.NestingTooDeep && a.PayloadCut == b.PayloadCut &&
		a.Fragments == b.Fragments && a.FragmentsIncomplete == b.FragmentsIncomplete && a.FragmentConflicts == b.FragmentConflicts
}

func TestSnapLengthAtEveryOctet(t *testing.T) {
	for _, e := range encapsulations() {
		t.Run(e.name, func(t *testing.T) {
			tcp := build.tcp(someOptions, somePayload)
			whole := e.build(tcp)
			at := bytes.Index(whole, tcp)
			for n := range whole {
				d := NewDecoder(DecoderOptions{})
				var s Segment
				found := d.Decode(&Packet{Data: whole[:n:n], Length: len(whole), Link: e.link}, &s)
				missing := max(at+len(tcp)-n, 0) // what follows TCP is padding
				switch {
				case n < at+20 && found:
					t.Fatalf("%d octets, but the TCP header ends after %d: %+v", n, at+20, s)
				case n < at+20:
					oneCounted(t, d.Stats(), "Truncated")
				case !found:
					t.Fatalf("%d octets, no segment: %+v", n, d.Stats())
				default:
					segmentIs(t, &s, e.v6, someOptions, somePayload, missing)
					oneCounted(t, d.Stats(), map[bool]string{true: "PayloadCut"}[missing > 0])
				}
				if t.Failed() {
					t.Fatalf("at %d octets", n)
				}
			}
		})
	}
}

// A packet whose length on the wire is that of the octets captured, but that says it is longer, lies.
func TestPacketsThatEndBeforeTheirHeadersSay(t *testing.T) {
	for _, e := range encapsulations() {
		tcp := build.tcp(someOptions, somePayload)
		whole := e.build(tcp)
		at := bytes.Index(whole, tcp)
		withoutLength := e.name == "Ethernet IPv4 no length" || e.name == "Ethernet IPv6 no length"
		for n := range at + len(tcp) {
			d := NewDecoder(DecoderOptions{})
			var s Segment
			found := d.Decode(&Packet{Data: whole[:n], Length: n, Link: e.link}, &s)
			if want := withoutLength && n >= at+20+len(someOptions); found != want {
				t.Errorf("%s ends after %d octets: segment %v, want %v", e.name, n, found, want)
			}
			if !found && d.Stats().Malformed != 1 {
				t.Errorf("%s ends after %d octets: %+v", e.name, n, d.Stats())
			}
		}
	}
}

func TestPacketsWithoutASegmentAreCountedByReason(t *testing.T) {
	b := build
	tcp := b.tcp(nil, somePayload)
	ether4 := func(change func(ip []byte)) []byte {
		p := b.ethernet(0x0800, b.ipv4(6, bytes.Clone(tcp)))
		change(p[14:])
		return p
	}
	outer := func(protocol int, inside []byte) []byte { return b.ethernet(0x0800, b.outer4(protocol, inside)) }
	gtp := func(flags int, inside ...any) []byte { return outer(17, b.udp(2152, b.gtpU(flags, octets(inside...)))) }
	deep := b.vlan(0x0800, b.ipv4(6, tcp))
	for range 13 {
		deep = b.vlan(0x8100, deep)
	}
	tunnels := b.ipv4(6, tcp)
	for range 100 {
		tunnels = b.outer4(4, tunnels)
	}
	for _, test := range []struct {
		name string
		link LinkType
		data []byte
		want string
	}{
		{"nothing", LinkEthernet, nil, "Malformed"},
		{"ARP", LinkEthernet, b.ethernet(0x0806, make([]byte, 28)), "NotIP"},
		{"LLC without SNAP", LinkEthernet, b.ethernet(38, octets("\x42\x42\x03", make([]byte, 43))), "NotIP"},
		{"SNAP of another organisation", LinkEthernet, b.ethernet(38, octets("\xaa\xaa\x03\x00\x00\x0c\x20\x00", make([]byte, 40))), "NotIP"},
		{"SNAP in SNAP", LinkEthernet, b.ethernet(38, octets("\xaa\xaa\x03\x00\x00\x00", b.snap(0x0800, b.ipv4(6, tcp)))), "NotIP"},
		{"802.3 without LLC", LinkEthernet, b.ethernet(0, nil), "Malformed"},
		{"PPPoE discovery", LinkEthernet, b.ethernet(0x8863, make([]byte, 46)), "NotIP"},
		{"PPPoE session of another code", LinkPPPoE, octets(0x11, 9, uint16(0), uint16(2), "\x00\x21"), "NotIP"},
		{"PPPoE longer than packet", LinkPPPoE, octets(0x11, 0, uint16(0), uint16(99), uint16(0x21), b.ipv4(6, tcp)), "Malformed"},
		{"PPP link control", LinkPPP, octets(0xff, 3, 0xc0, 0x21, "echo"), "NotIP"},
		{"PPP without protocol", LinkPPP, octets(0xff, 3), "Malformed"},
		{"Cisco keepalive", LinkCHDLC, octets(0x8f, 0, 0x80, 0x35, make([]byte, 14)), "NotIP"},
		{"NULL of another family", LinkNull, octets(uint32(16), b.ipv4(6, tcp)), "NotIP"},
		{"RAW of another version", LinkRaw, octets(0x50, tcp), "NotIP"},
		{"RAW 12 neither IP nor LOOP", LinkRaw12, octets(0x50, 0, 0, 2, tcp), "NotIP"},
		{"unsupported link", 147, b.ipv4(6, tcp), "UnsupportedLink 7"},
		{"UDP", LinkEthernet, outer(17, b.udp(4556, tcp)), "NotTCP"},
		{"ICMP", LinkEthernet, outer(1, make([]byte, 8)), "NotTCP"},
		{"IPv6 no next header", LinkIPv6, b.ipv6(59, nil), "NotTCP"},
		{"IPv6 ESP", LinkIPv6, b.ipv6(0, b.extension(50, 1, tcp)), "NotTCP"},
		{"IPv4 with an IPv6 extension", LinkIPv4, b.ipv4(60, b.extension(6, 1, tcp)), "NotTCP"},
		{"IPv4 with an IPv6 fragment", LinkIPv4, b.ipv4(44, octets(6, 0, uint16(1), uint32(1), tcp)), "NotTCP"},
		{"IPv4 in IPv6 with an IPv6 extension", LinkIPv6, b.outer6(4, b.ipv4(60, b.extension(6, 1, tcp))), "NotTCP"},
		{"GRE of an unknown protocol", LinkEthernet, outer(47, b.gre(0, 0x1234, 0, tcp)), "NotTCP"},
		{"GRE with routing", LinkEthernet, outer(47, b.gre(0x4000, 0x0800, 8, b.ipv4(6, tcp))), "NotTCP"},
		{"GRE version 2", LinkEthernet, outer(47, b.gre(2, 0x0800, 0, b.ipv4(6, tcp))), "NotTCP"},
		{"PPTP acknowledgement", LinkEthernet, outer(47, b.gre(0x2081, 0x880b, 0, octets(uint16(0), uint16(1), uint32(3)))), "NotTCP"},
		{"PPTP longer than packet", LinkEthernet, outer(47, b.gre(0x3001, 0x880b, 0, octets(uint16(9), uint16(1), uint32(3), 0x21))), "Malformed"},
		{"VXLAN without identifier", LinkEthernet, outer(17, b.udp(4789, octets(uint32(0), uint32(0), b.ethernet(0x0800, b.ipv4(6, tcp))))), "NotTCP"},
		{"GENEVE version 1", LinkEthernet, outer(17, b.udp(6081, octets(0x40, 0, uint16(0x0800), uint32(0), b.ipv4(6, tcp)))), "NotTCP"},
		{"GENEVE options longer than packet", LinkEthernet, outer(17, b.udp(6081, octets(0x3f, 0, uint16(0x0800), uint32(0), tcp))), "Malformed"},
		{"GTP-U echo", LinkEthernet, outer(17, b.udp(2152, octets(0x32, 1, uint16(4), uint32(0), uint32(0)))), "NotTCP"},
		{"GTP prime", LinkEthernet, gtp(0x20, b.ipv4(6, tcp)), "NotTCP"},
		{"GTP-U extension of no length", LinkEthernet, gtp(0x34, uint16(0), 0, 0x85, 0, make([]byte, 40)), "Malformed"},
		{"GTP-U extension beyond packet", LinkEthernet, gtp(0x34, uint16(0), 0, 0x85, 3, make([]byte, 8)), "Malformed"},
		{"GTP-U extension not there", LinkEthernet, gtp(0x34, uint16(0), 0, 0x85), "Malformed"},
		{"GTP-U extensions without end", LinkEthernet, gtp(0x34, uint16(0), 0, 1, bytes.Repeat([]byte{1, 0, 0, 1}, 17), b.ipv4(6, tcp)), "NotTCP"},
		{"UDP length below header", LinkEthernet, outer(17, octets(uint16(1), uint16(4789), uint16(7), uint16(0), b.vxlan(nil))), "Malformed"},
		{"UDP longer than packet", LinkEthernet, outer(17, octets(uint16(1), uint16(4789), uint16(99), uint16(0), b.vxlan(nil))), "Malformed"},
		{"IPv4 header below 20", LinkEthernet, ether4(func(ip []byte) { ip[0] = 0x44 }), "Malformed"},
		{"IPv4 header beyond total", LinkEthernet, octets(ether4(func(ip []byte) { ip[0], ip[3] = 0x4f, 59 })), "Malformed"},
		{"IPv4 of version 6", LinkEthernet, ether4(func(ip []byte) { ip[0] = 0x65 }), "Malformed"},
		{"IPv4 total below header", LinkEthernet, ether4(func(ip []byte) { ip[3] = 19 }), "Malformed"},
		{"IPv4 total below TCP header", LinkEthernet, ether4(func(ip []byte) { ip[3] = 39 }), "Malformed"},
		{"IPv4 total beyond packet", LinkEthernet, ether4(func(ip []byte) { ip[3]++ }), "Malformed"},
		{"IPv4 beyond its tunnel", LinkEthernet, func() []byte {
			p := outer(4, b.ipv4(6, tcp))
			p[17]-- // of the outer one
			return p
		}(), "Malformed"},
		{"IPv6 of version 4", LinkEthernet, b.ethernet(0x86dd, octets(0x40, b.ipv6(6, tcp)[1:])), "Malformed"},
		{"IPv6 payload beyond packet", LinkIPv6, octets(uint32(0x60000000), uint16(99), 6, 64, builtSrc6, builtDst6, tcp), "Malformed"},
		{"IPv6 extension beyond packet", LinkIPv6, b.ipv6(60, octets(6, 200, tcp)), "Malformed"},
		{"IPv6 fragment beyond packet", LinkIPv6, b.ipv6(44, octets(6, 0, uint16(8))), "Malformed"},
		{"authentication beyond packet", LinkIPv6, b.ipv6(51, octets(6, 200, tcp)), "Malformed"},
		{"TCP data offset below 5", LinkEthernet, ether4(func(ip []byte) { ip[32] = 0x40 }), "Malformed"},
		{"TCP data offset beyond packet", LinkEthernet, ether4(func(ip []byte) { ip[32] = 0xf0 }), "Malformed"},
		{"IPv6 TCP data offset below 5", LinkEthernet, b.ethernet(0x86dd, b.ipv6(6, append(append(bytes.Clone(tcp[:12]), 0x40), tcp[13:]...))), "Malformed"},
		{"fragment beyond 65535", LinkIPv4, b.ipv4Options(6, 0x1fff, nil, tcp[:8]), "Malformed"},
		{"fragment of odd length", LinkIPv4, b.ipv4Options(6, 0x2000, nil, tcp[:21]), "Malformed"},
		{"fragment of no length", LinkIPv4, b.ipv4Options(6, 0x2000, nil, nil), "Malformed"},
		{"last fragment of no length", LinkIPv4, b.ipv4Options(6, 1, nil, nil), "Malformed"},
		{"fragment of ICMP", LinkIPv4, b.ipv4Options(1, 0x2000, nil, tcp[:16]), "NotTCP"},
		{"seventeen headers", LinkEthernet, b.ethernet(0x8100, deep), "NestingTooDeep"},
		{"a hundred tunnels", LinkRaw, tunnels, "NestingTooDeep"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := NewDecoder(DecoderOptions{})
			var s Segment
			if d.Decode(&Packet{Data: test.data, Length: len(test.data), Link: test.link}, &s) {
				t.Errorf("segment %+v", s)
			}
			oneCounted(t, d.Stats(), test.want)
			if n := d.Stats().Packets; n != 1 {
				t.Errorf("%d packets", n)
			}
		})
	}
}

// Every octet of every packet is damaged in turn: no panic, and no segment with octets from outside the packet.
func TestDamageAtEveryOctet(t *testing.T) {
	for _, e := range encapsulations() {
		whole := e.build(build.tcp(someOptions, somePayload))
		d := NewDecoder(DecoderOptions{})
		for i := range whole {
			for _, flip := range []byte{0x01, 0x0f, 0x10, 0x80, 0xff} {
				data := bytes.Clone(whole)
				data[i] ^= flip
				var s Segment
				if d.Decode(&Packet{Data: data, Length: len(data), Link: e.link}, &s) {
					if n := len(s.Header) + len(s.Payload); s.Missing != 0 || len(s.Header) < 20 || n > len(data) {
						t.Fatalf("%s, octet %d damaged: header %d, payload %d, missing %d", e.name, i, len(s.Header), len(s.Payload), s.Missing)
					}
				}
			}
		}
	}
}

func TestUnsupportedLinkTypesAreCountedEach(t *testing.T) {
	d := NewDecoder(DecoderOptions{})
	var s Segment
	for _, link := range []LinkType{147, 195, 147} {
		d.Decode(&Packet{Data: []byte{0x45}, Length: 1, Link: link}, &s)
	}
	stats := d.Stats()
	if want := map[LinkType]uint64{147: 2, 195: 1}; !maps.Equal(stats.UnsupportedLink, want) {
		t.Errorf("%v, want %v", stats.UnsupportedLink, want)
	}
	d.Decode(&Packet{Link: 195}, &s)
	if stats.UnsupportedLink[195] != 1 {
		t.Error("counts that were handed out change")
	}
}

func TestEndpointsReadAsPeopleWriteThem(t *testing.T) {
	for _, test := range []struct {
		e    Endpoint
		want string
		is4  bool
	}{
		{Endpoint{0, 0xffff<<32 | 0x7f000001, 4556}, "127.0.0.1:4556", true},
		{Endpoint{0, 1, 4556}, "[::1]:4556", false},
		{Endpoint{0x20010db8 << 32, 0xffff<<32 | 0x7f000001, 1}, "[2001:db8::ffff:7f00:1]:1", false},
	} {
		if got := test.e.String(); got != test.want || test.e.Is4() != test.is4 {
			t.Errorf("%s (IPv4: %v), want %s", got, test.e.Is4(), test.want)
		}
		if got, want := test.e.AddrPort(), netip.MustParseAddrPort(test.want); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	var s Segment
	for _, e := range encapsulations() {
		data := e.build(build.tcp(someOptions, somePayload))
		d := NewDecoder(DecoderOptions{})
		for _, p := range []*Packet{
			{Data: data, Length: len(data), Link: e.link},
			{Data: data[:len(data)/2], Length: len(data), Link: e.link},
			{Data: data[:len(data)/2], Length: len(data) / 2, Link: e.link},
		} {
			if n := testing.AllocsPerRun(100, func() { d.Decode(p, &s) }); n != 0 {
				t.Errorf("%s: %v allocations", e.name, n)
			}
		}
	}
}

func benchmarkDecode(b *testing.B, data []byte, want bool) {
	d := NewDecoder(DecoderOptions{})
	p := &Packet{Data: data, Length: len(data), Link: LinkEthernet}
	var s Segment
	b.ReportAllocs()
	for b.Loop() {
		if d.Decode(p, &s) != want {
			b.Fatalf("%+v", d.Stats())
		}
	}
}

func BenchmarkDecodeEthernetIPv4TCP(b *testing.B) {
	benchmarkDecode(b, build.ethernet(0x0800, build.ipv4(6, build.tcp(someOptions, somePayload))), true)
}

func BenchmarkDecodeEthernetIPv6TCP(b *testing.B) {
	benchmarkDecode(b, build.ethernet(0x86dd, build.ipv6(6, build.tcp(someOptions, somePayload))), true)
}

func BenchmarkDecodeVLAN(b *testing.B) {
	benchmarkDecode(b, build.ethernet(0x8100, build.vlan(0x0800, build.ipv4(6, build.tcp(someOptions, somePayload)))), true)
}

func BenchmarkDecodeVXLAN(b *testing.B) {
	inside := build.ethernet(0x0800, build.ipv4(6, build.tcp(someOptions, somePayload)))
	benchmarkDecode(b, build.ethernet(0x0800, build.outer4(17, build.udp(4789, build.vxlan(inside)))), true)
}

func BenchmarkDecodeNotTCP(b *testing.B) {
	benchmarkDecode(b, build.ethernet(0x0800, build.outer4(17, build.udp(4556, somePayload))), false)
}
