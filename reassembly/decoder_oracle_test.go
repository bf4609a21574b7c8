// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/ip4defrag"
	"github.com/google/gopacket/layers"
)

// oracleDecoders are gopacket's decoders by link type, where it has one.
var oracleDecoders = map[LinkType]gopacket.Decoder{
	LinkNull:     layers.LinkTypeNull,
	LinkLoop:     layers.LinkTypeLoop,
	LinkEthernet: layers.LinkTypeEthernet,
	LinkRaw:      layers.LinkTypeRaw,
	LinkIPv4:     layers.LayerTypeIPv4,
	LinkIPv6:     layers.LayerTypeIPv6,
	LinkPPP:      layers.LinkTypePPP,
	LinkSLL:      layers.LinkTypeLinuxSLL,
}

// oracleSegment is the innermost TCP segment of a packet as gopacket sees it.
func oracleSegment(data []byte, link LinkType) (s Segment, found bool) {
	decoder := oracleDecoders[link]
	if decoder == nil {
		return s, false
	}
	address := func(ip []byte) Endpoint {
		a, _ := netip.AddrFromSlice(ip)
		b := a.As16()
		return Endpoint{Hi: binary.BigEndian.Uint64(b[:8]), Lo: binary.BigEndian.Uint64(b[8:])}
	}
	for _, layer := range gopacket.NewPacket(data, decoder, gopacket.NoCopy).Layers() {
		switch l := layer.(type) {
		case *layers.IPv4:
			s.Src, s.Dst = address(l.SrcIP.To4()), address(l.DstIP.To4())
		case *layers.IPv6:
			s.Src, s.Dst = address(l.SrcIP), address(l.DstIP)
		case *layers.TCP:
			found = true
			s.Src.Port, s.Dst.Port = uint16(l.SrcPort), uint16(l.DstPort)
			s.Seq, s.Ack, s.Window, s.Checksum = l.Seq, l.Ack, l.Window, l.Checksum
			s.Flags = l.Contents[13]
			s.Header, s.Payload = l.Contents, l.Payload
		}
	}
	return s, found
}

// oracleCannot are encapsulations that gopacket does not know, or not in this form.
var oracleCannot = []string{
	"Ethernet IPv6 no length", "Ethernet IPv6 extensions", "Ethernet IPv6 atomic fragment", "VLAN LLC SNAP", "old QinQ",
	"MPLS control word Ethernet", "ERSPAN I", "ERSPAN III",
	"ERSPAN III with subheader", "VXLAN old port", "LOOP IPv6 Windows", "RAW 12",
	"RAW 12 that is LOOP", "RAW 14", "PPP_HDLC", "PPP_HDLC unframed", "PPP_HDLC Cisco",
	"PPP_HDLC Cisco multicast", "PPP_ETHER", "C_HDLC", "LINUX_SLL2",
}

func TestEncapsulationsAgreeWithGopacket(t *testing.T) {
	for _, e := range encapsulations() {
		data := e.build(build.tcp(someOptions, somePayload))
		want, known := oracleSegment(data, e.link)
		if known == slices.Contains(oracleCannot, e.name) {
			t.Errorf("%s: gopacket finds a segment: %v", e.name, known)
		}
		if !known {
			continue
		}
		var s Segment
		if !NewDecoder(DecoderOptions{}).Decode(&Packet{Data: data, Length: len(data), Link: e.link}, &s) || !sameSegment(&s, &want) {
			t.Errorf("%s: %+v, want %+v", e.name, s, want)
		}
	}
}

// oraclePacket writes a random packet with gopacket's serializers.
func oraclePacket(t *testing.T, r *rand.Rand) []byte {
	octets := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	ethernet := func() *layers.Ethernet { return &layers.Ethernet{SrcMAC: octets(6), DstMAC: octets(6)} }
	start := ethernet()
	stack := []gopacket.SerializableLayer{start}
	etherType := &start.EthernetType // of what comes next
	for tunnels, done := 0, false; !done; {
		switch r.IntN(5) {
		case 0:
			vlan := &layers.Dot1Q{VLANIdentifier: uint16(r.IntN(4096))}
			*etherType = []layers.EthernetType{layers.EthernetTypeDot1Q, layers.EthernetTypeQinQ}[r.IntN(2)]
			etherType = &vlan.Type
			stack = append(stack, vlan)
			if len(stack) < 6 {
				continue
			}
		case 1:
			if etherType == &start.EthernetType {
				*etherType = layers.EthernetTypeMPLSUnicast
				etherType = new(layers.EthernetType)
				stack = append(stack, &layers.MPLS{Label: uint32(r.IntN(1 << 20)), StackBottom: true, TTL: 9})
			}
		}
		var protocol *layers.IPProtocol
		if r.IntN(2) == 0 {
			ip := &layers.IPv4{Version: 4, SrcIP: octets(4), DstIP: octets(4), Id: uint16(r.Uint32()), TTL: 64}
			for range r.IntN(3) {
				ip.Options = append(ip.Options, layers.IPv4Option{OptionType: 0x94, OptionLength: 4, OptionData: octets(2)})
			}
			*etherType, protocol = layers.EthernetTypeIPv4, &ip.Protocol
			stack = append(stack, ip)
		} else {
			ip := &layers.IPv6{Version: 6, SrcIP: octets(16), DstIP: octets(16), HopLimit: 64}
			*etherType, protocol = layers.EthernetTypeIPv6, &ip.NextHeader
			stack = append(stack, ip)
			if r.IntN(3) == 0 {
				extension := &layers.IPv6Destination{}
				extension.Options = []*layers.IPv6DestinationOption{{OptionType: 0x1e, OptionLength: 4, ActualLength: 6, OptionData: octets(4)}}
				*protocol, protocol = layers.IPProtocolIPv6Destination, &extension.NextHeader
				stack = append(stack, extension)
			}
		}
		kind := r.IntN(7)
		if tunnels == 2 {
			kind += 2
		}
		tunnels++
		switch kind {
		case 0:
			gre := &layers.GRE{KeyPresent: r.IntN(2) == 0, SeqPresent: r.IntN(2) == 0, ChecksumPresent: r.IntN(2) == 0}
			*protocol, etherType = layers.IPProtocolGRE, &gre.Protocol
			stack = append(stack, gre)
			if r.IntN(2) == 0 {
				inner := ethernet()
				*etherType, etherType = layers.EthernetTypeTransparentEthernetBridging, &inner.EthernetType
				stack = append(stack, inner)
			}
		case 1:
			inner := ethernet()
			*protocol, etherType = layers.IPProtocolUDP, &inner.EthernetType
			stack = append(stack, &layers.UDP{SrcPort: 50000, DstPort: 4789}, &layers.VXLAN{ValidIDFlag: true, VNI: 7}, inner)
		case 2:
			*protocol, done = layers.IPProtocolUDP, true
			stack = append(stack, &layers.UDP{SrcPort: 50000, DstPort: layers.UDPPort(40000 + r.IntN(9999))})
		default:
			tcp := &layers.TCP{SrcPort: layers.TCPPort(r.Uint32()), DstPort: layers.TCPPort(r.Uint32()), Seq: r.Uint32(), Ack: r.Uint32(),
				Window: uint16(r.Uint32()), ACK: r.IntN(4) > 0, SYN: r.IntN(4) == 0, FIN: r.IntN(4) == 0, RST: r.IntN(4) == 0, NS: r.IntN(4) == 0}
			for range r.IntN(3) {
				tcp.Options = append(tcp.Options, layers.TCPOption{OptionType: 8, OptionLength: 10, OptionData: octets(8)})
			}
			*protocol, done = layers.IPProtocolTCP, true
			stack = append(stack, tcp)
		}
	}
	stack = append(stack, gopacket.Payload(octets(r.IntN(200))))
	buffer := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true}, stack...); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func TestGeneratedPacketsAgreeWithGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(9174, 7242))
	d := NewDecoder(DecoderOptions{})
	segments := 0
	const packets = 5000
	for range packets {
		data := oraclePacket(t, r)
		want, isTCP := oracleSegment(data, LinkEthernet)
		var s Segment
		found := d.Decode(&Packet{Data: data, Length: len(data), Link: LinkEthernet}, &s)
		if found != isTCP || found && !sameSegment(&s, &want) {
			t.Fatalf("packet %x: %v %+v, want %v %+v", data, found, s, isTCP, want)
		}
		if found {
			segments++
		}
	}
	if segments < packets/2 || segments == packets {
		t.Errorf("%d segments in %d packets", segments, packets)
	}
}

func TestGeneratedFragmentsAgreeWithGopacketsDefragmenter(t *testing.T) {
	r := rand.New(rand.NewPCG(791, 0))
	for round := range 300 {
		payload := make([]byte, 44+8*r.IntN(400)) // the oracle takes no fragment below 8 octets
		for i := range payload {
			payload[i] = byte(r.Uint32())
		}
		content := build.tcp(nil, payload)
		cuts := []int{}
		for at := 8 * (1 + r.IntN(30)); at < len(content); at += 8 * (1 + r.IntN(60)) {
			cuts = append(cuts, at)
		}
		packets := build.fragmentsOf(false, uint16(round), 6, content, cuts...)
		r.Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
		oracle, d := ip4defrag.NewIPv4Defragmenter(), NewDecoder(DecoderOptions{})
		for i, data := range packets {
			ip := gopacket.NewPacket(data, layers.LayerTypeIPv4, gopacket.NoCopy).Layer(layers.LayerTypeIPv4).(*layers.IPv4)
			whole, err := oracle.DefragIPv4WithTimestamp(ip, time.Unix(1, 0))
			if err != nil {
				t.Fatal(err)
			}
			var s Segment
			found := d.Decode(&Packet{Data: data, Length: len(data), Link: LinkIPv4}, &s)
			if found != (whole != nil) || found && !bytes.Equal(slices.Concat(s.Header, s.Payload), whole.Payload) {
				t.Fatalf("round %d, fragment %d of %d: %v %+v, want %+v", round, i, len(packets), found, s, whole)
			}
		}
	}
}

// captured reads a little-endian classic pcap file with microseconds.
func captured(t *testing.T, path string, f func(p *Packet)) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if len(file) < 24 || le.Uint32(file) != 0xa1b2c3d4 {
		t.Fatalf("%s is no such file", path)
	}
	p := Packet{Link: LinkType(le.Uint32(file[20:]))}
	for rest := file[24:]; len(rest) > 0; {
		captured := int(le.Uint32(rest[8:]))
		p.Frame++
		p.Time = int64(le.Uint32(rest))*1e9 + int64(le.Uint32(rest[4:]))*1e3
		p.Length = int(le.Uint32(rest[12:]))
		p.Data = rest[16 : 16+captured]
		rest = rest[16+captured:]
		f(&p)
	}
}

func capturesForDecoder(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/captures/*.pcap")
	if err != nil || len(files) < 16 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	return files
}

func TestCapturesGiveTheSegmentsThatTsharkSees(t *testing.T) {
	file, err := os.ReadFile("testdata/captures/segments.tsv")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(file)), "\n")[1:]
	for _, path := range capturesForDecoder(t) {
		d := NewDecoder(DecoderOptions{})
		var got []string
		var s Segment
		captured(t, path, func(p *Packet) {
			if d.Decode(p, &s) {
				got = append(got, fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d\t0x%04x\t%d",
					s.Seq, s.Ack, s.Src.Port, s.Dst.Port, s.Header[12]>>4*4, len(s.Payload)+s.Missing, s.Flags, s.Window))
			}
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", path, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		d.Flush()
		stats := d.Stats()
		if stats.NotIP+stats.NotTCP+stats.Malformed+stats.FragmentConflicts+stats.FragmentsIncomplete > 0 {
			t.Errorf("%s: %+v", path, stats)
		}
		if cut := strings.Contains(path, "snap"); cut != (stats.PayloadCut > 0) {
			t.Errorf("%s: %d segments cut", path, stats.PayloadCut)
		}
	}
}

func TestCapturesAgreeWithGopacket(t *testing.T) {
	compared := 0
	for _, path := range capturesForDecoder(t) {
		d := NewDecoder(DecoderOptions{})
		var s Segment
		captured(t, path, func(p *Packet) {
			found := d.Decode(p, &s)
			want, known := oracleSegment(p.Data, p.Link)
			if !known || d.Stats().Fragments > 0 {
				return
			}
			compared++
			want.Missing, want.Frame, want.Time = p.Length-len(p.Data), p.Frame, p.Time
			if !found || !sameSegment(&s, &want) {
				t.Errorf("%s, frame %d: %v %+v, want %+v", path, p.Frame, found, s, want)
			}
		})
	}
	if compared < 200 {
		t.Errorf("%d segments compared", compared)
	}
}
