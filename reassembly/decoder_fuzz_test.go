// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"testing"
)

// fuzzPackets writes packets as FuzzDecode reads them: the link type, then for each packet its length (U16), the octets
// that the snap length cut (U8), and what was captured.
func fuzzPackets(link LinkType, packets ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(link))
	for _, p := range packets {
		b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
		b = append(append(b, 0), p...)
	}
	return b
}

// FuzzDecode checks for any packets that each is counted as what it is, that segments are what the packets hold, and
// that the straight way for plain packets and the general one agree.
func FuzzDecode(f *testing.F) {
	for _, e := range encapsulations() {
		f.Add(fuzzPackets(e.link, e.build(build.tcp(someOptions, somePayload))))
	}
	for _, v6 := range []bool{false, true} {
		p := build.fragmentsOf(v6, 9, 6, build.tcp(someOptions, fragmentedPayload), 48, 104)
		f.Add(fuzzPackets(LinkRaw, p...))
		f.Add(fuzzPackets(LinkRaw, p[1], build.fragmentOf(v6, 9, 6, make([]byte, 160), 24, 64, true), p[2], p[0], p[2]))
	}
	o := DecoderOptions{MaxFragmentOctets: 2000, MaxDatagrams: 4}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 2 {
			return
		}
		p := Packet{Link: LinkType(binary.BigEndian.Uint16(data))}
		data = data[2:]
		d, general := NewDecoder(o), NewDecoder(o)
		var segments, waiting uint64
		for len(data) >= 3 {
			n := min(int(binary.BigEndian.Uint16(data)), len(data)-3)
			p.Data, p.Length = data[3:3+n:3+n], n+int(data[2])
			p.Frame++
			p.Time += int64(data[2]) << 26 // up to 17 s
			data = data[3+n:]

			before := d.Stats()
			var s, in Segment
			found := d.Decode(&p, &s)
			general.stats.Packets++
			if general.descend(&p, &in) != found || found && !sameSegment(&s, &in) {
				t.Fatalf("%v %+v, in general %+v", found, s, in)
			}
			after := d.Stats()
			if found {
				segments++
				if len(s.Header) < 20 || s.Missing < 0 || s.Frame != p.Frame || s.Time != p.Time {
					t.Fatalf("%+v", s)
				}
				if whole := int(s.Header[12]>>4) * 4; len(s.Header) > whole || len(s.Header) < whole && len(s.Payload) > 0 {
					t.Fatalf("header %x, payload %x", s.Header, s.Payload)
				}
				if after.Fragments == before.Fragments && len(s.Header)+len(s.Payload)+s.Missing > p.Length {
					t.Fatalf("%d octets on the wire, %+v", p.Length, s)
				}
			} else if counted(after) == counted(before) {
				waiting++
				if after.Fragments == before.Fragments {
					t.Fatalf("not counted: %x", p.Data)
				}
			}
			if m := d.fragments.memory; m < 0 || m > o.MaxFragmentOctets || d.fragments.open.n > o.MaxDatagrams {
				t.Fatalf("%d octets of %d datagrams are kept", m, d.fragments.open.n)
			}
		}
		stats := d.Stats()
		if !sameStats(stats, general.Stats()) {
			t.Fatalf("%+v, in general %+v", stats, general.Stats())
		}
		if counted(stats)+segments+waiting != stats.Packets {
			t.Fatalf("%d segments, %d waiting, %+v", segments, waiting, stats)
		}
		d.Flush()
		if len(d.fragments.datagrams) != 0 || d.fragments.memory != 0 {
			t.Fatal("datagrams are kept behind Flush")
		}
	})
}

// counted is the number of packets that are given a reason for holding no segment.
func counted(stats DecodeStats) uint64 {
	n := stats.NotIP + stats.NotTCP + stats.Truncated + stats.Malformed + stats.NestingTooDeep
	for _, packets := range stats.UnsupportedLink {
		n += packets
	}
	return n
}
