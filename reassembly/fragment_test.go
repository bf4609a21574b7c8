// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"
)

// fragmentOf is one fragment as a RAW packet: content[from:to], with more fragments to come or not.
func (packetBuilder) fragmentOf(v6 bool, id uint16, protocol int, content []byte, from, to int, more bool) []byte {
	offset := uint16(from)
	if v6 {
		if more {
			offset |= 1
		}
		return build.ipv6(60, build.extension(44, 1, octets(protocol, 0, offset, uint32(id), content[from:to])))
	}
	offset >>= 3
	if more {
		offset |= 0x2000
	}
	p := build.ipv4Options(protocol, offset, nil, content[from:to])
	p[4], p[5] = byte(id>>8), byte(id)
	return p
}

// fragmentsOf cuts content before each octet of cuts.
func (packetBuilder) fragmentsOf(v6 bool, id uint16, protocol int, content []byte, cuts ...int) [][]byte {
	var packets [][]byte
	from := 0
	for _, to := range append(cuts, len(content)) {
		packets = append(packets, build.fragmentOf(v6, id, protocol, content, from, to, to < len(content)))
		from = to
	}
	return packets
}

var fragmentedPayload = bytes.Repeat([]byte("0123456789abcdef~"), 7)

// eachPermutation calls f with every order of 0..n-1.
func eachPermutation(n int, f func(order []int)) {
	order := make([]int, 0, n)
	var extend func()
	extend = func() {
		if len(order) == n {
			f(order)
			return
		}
		for i := range n {
			if !slices.Contains(order, i) {
				order = append(order, i)
				extend()
				order = order[:len(order)-1]
			}
		}
	}
	extend()
}

func ipVersions(t *testing.T, test func(t *testing.T, v6 bool)) {
	for _, v6 := range []bool{false, true} {
		t.Run(fmt.Sprintf("IPv6 %v", v6), func(t *testing.T) { test(t, v6) })
	}
}

// decodeAll decodes packets that are a millisecond apart, and returns the numbers (from 0) of those that gave a segment.
func decodeAll(d *Decoder, s *Segment, packets ...[]byte) []int {
	var found []int
	for i, data := range packets {
		if d.Decode(&Packet{Data: data, Length: len(data), Frame: uint64(i), Time: int64(i) * int64(time.Millisecond), Link: LinkRaw}, s) {
			found = append(found, i)
		}
	}
	return found
}

func TestFragmentsInEveryOrderGiveTheSegmentWithTheLastOfThem(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		content := build.tcp(someOptions, fragmentedPayload)
		// The first fragment is shorter than the TCP header.
		packets := build.fragmentsOf(v6, 9, 6, content, 16, 48, 104, 136)
		eachPermutation(len(packets), func(order []int) {
			var inOrder [][]byte
			for _, i := range order {
				inOrder = append(inOrder, packets[i])
			}
			d := NewDecoder(DecoderOptions{})
			var s Segment
			if found := decodeAll(d, &s, inOrder...); !slices.Equal(found, []int{4}) {
				t.Fatalf("order %v: segments with packets %v", order, found)
			}
			segmentIs(t, &s, v6, someOptions, fragmentedPayload, 0)
			if s.Frame != 4 || s.Time != int64(4*time.Millisecond) {
				t.Errorf("frame %d, time %d", s.Frame, s.Time)
			}
			oneCounted(t, d.Stats(), "")
			d.Flush()
			if stats := d.Stats(); stats.Fragments != 5 || stats.FragmentConflicts != 0 || stats.FragmentsIncomplete != 0 {
				t.Errorf("order %v: %+v", order, stats)
			}
		})
	})
}

// The "any" device and mirror ports give every packet twice.
func TestCopiesOfFragmentsAreSilent(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		p := build.fragmentsOf(v6, 9, 6, build.tcp(someOptions, fragmentedPayload), 48, 104)
		for name, packets := range map[string][][]byte{
			"each twice":          {p[0], p[0], p[1], p[1], p[2], p[2]},
			"all twice":           {p[0], p[1], p[2], p[0], p[1], p[2]},
			"all twice backwards": {p[2], p[1], p[0], p[2], p[1], p[0]},
			"one late":            {p[0], p[2], p[0], p[2], p[1], p[0]},
		} {
			d := NewDecoder(DecoderOptions{})
			var s Segment
			if found := decodeAll(d, &s, packets...); len(found) != 1 {
				t.Errorf("%s: segments with packets %v", name, found)
			}
			d.Flush()
			if stats := d.Stats(); stats.FragmentConflicts != 0 || stats.FragmentsIncomplete != 0 {
				t.Errorf("%s: %+v", name, stats)
			}
		}
	})
}

func TestIdentificationInUseAgainIsANewDatagram(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		other := bytes.ToUpper(fragmentedPayload)
		p := build.fragmentsOf(v6, 9, 6, build.tcp(someOptions, fragmentedPayload), 48, 104)
		q := build.fragmentsOf(v6, 9, 6, build.tcp(someOptions, other), 48, 104)
		longer := build.fragmentsOf(v6, 9, 6, build.tcp(someOptions, append(bytes.Clone(fragmentedPayload), "more"...)), 48, 104)
		d := NewDecoder(DecoderOptions{})
		var s Segment
		if found := decodeAll(d, &s, p[0], p[1], p[2], q[1], q[0], q[2]); !slices.Equal(found, []int{2, 5}) {
			t.Fatalf("segments with packets %v", found)
		}
		segmentIs(t, &s, v6, someOptions, other, 0)
		if found := decodeAll(d, &s, p[0], p[1], p[2], longer[2], longer[0], longer[1]); !slices.Equal(found, []int{2, 5}) {
			t.Fatalf("segments with packets %v", found)
		}
		if stats := d.Stats(); stats.FragmentConflicts != 0 {
			t.Errorf("%+v", stats)
		}
		// A fragment that differs from a finished one in nothing but that there are more to come.
		content := build.tcp(nil, make([]byte, 100))
		p = build.fragmentsOf(v6, 10, 6, content, 64)
		more := build.fragmentsOf(v6, 10, 6, append(bytes.Clone(content), content[:40]...), 64, 120)
		if found := decodeAll(d, &s, p[0], p[1], more[1], more[0], more[2]); !slices.Equal(found, []int{1, 4}) {
			t.Errorf("segments with packets %v", found)
		}
	})
}

func TestOctetsOfOverlappingFragmentsThatCameFirstWin(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		content := build.tcp(nil, fragmentedPayload)
		end := len(content)
		liar := bytes.Repeat([]byte{'X'}, end)
		type part struct {
			from, to int
			of       []byte
		}
		for _, test := range []struct {
			name      string
			parts     []part // in order of arrival
			conflicts uint64
			want      map[int]int // octets that are 'X': from, to
		}{
			{"agreeing overlap", []part{{0, 64, content}, {32, 96, content}, {64, end, content}}, 0, nil},
			{"agreeing, covering", []part{{32, 64, content}, {96, 104, content}, {0, 112, content}, {112, end, content}}, 0, nil},
			{"end of the first", []part{{0, 64, content}, {48, 96, liar}, {96, end, content}}, 1, map[int]int{64: 96}},
			{"start of the second", []part{{48, 96, content}, {0, 64, content}, {96, end, content}}, 0, nil},
			{"covered whole", []part{{0, 96, content}, {32, 64, liar}, {96, end, content}}, 1, nil},
			{"covering all", []part{{40, 64, content}, {80, 96, content}, {32, 104, liar}, {0, 32, content}, {104, end, content}}, 1,
				map[int]int{32: 40, 64: 80, 96: 104}},
			{"the liar in the first of two", []part{{40, 64, liar}, {80, 96, content}, {0, 104, content}, {104, end, content}}, 1, map[int]int{40: 64}},
			{"the liar first", []part{{40, 64, liar}, {0, 112, content}, {112, end, content}}, 1, map[int]int{40: 64}},
			{"the same place twice", []part{{0, 64, content}, {0, 64, liar}, {64, end, content}}, 1, nil},
			{"beyond the end", []part{{0, 64, content}, {96, end, content}, {96, end + 8, append(bytes.Clone(liar), "8 octets"...)}, {64, 96, content}}, 1, nil},
			{"end in front of what came", []part{{0, 64, content}, {96, 104, content}, {64, 80, liar[:80]}, {64, end, content}}, 1, nil},
			{"another end", []part{{96, end, content}, {64, 80, liar[:80]}, {0, 96, content}}, 1, nil},
		} {
			t.Run(test.name, func(t *testing.T) {
				var packets [][]byte
				for _, p := range test.parts {
					packets = append(packets, build.fragmentOf(v6, 9, 6, p.of, p.from, p.to, p.to != len(p.of)))
				}
				d := NewDecoder(DecoderOptions{})
				var s Segment
				if found := decodeAll(d, &s, packets...); !slices.Equal(found, []int{len(packets) - 1}) {
					t.Fatalf("segments with packets %v", found)
				}
				want := bytes.Clone(content)
				for from, to := range test.want {
					copy(want[from:to], liar)
				}
				if !bytes.Equal(append(bytes.Clone(s.Header), s.Payload...), want) {
					t.Errorf("payload %q, want %q", s.Payload, want[20:])
				}
				d.Flush()
				if stats := d.Stats(); stats.FragmentConflicts != test.conflicts || stats.FragmentsIncomplete != 0 {
					t.Errorf("%d conflicts, %d incomplete, want %d, 0", stats.FragmentConflicts, stats.FragmentsIncomplete, test.conflicts)
				}
			})
		}
	})
}

func TestInterleavedDatagramsAreKeptApart(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		const n = 50
		d := NewDecoder(DecoderOptions{})
		var s Segment
		payload := func(id int) []byte { return bytes.Repeat([]byte{byte(id)}, 100) }
		for round := range 3 {
			for id := range n {
				p := build.fragmentsOf(v6, uint16(id), 6, build.tcp(nil, payload(id)), 32, 64)
				if found := decodeAll(d, &s, p[2-round]); (len(found) == 1) != (round == 2) {
					t.Fatalf("round %d, datagram %d: %v", round, id, found)
				} else if round == 2 {
					segmentIs(t, &s, v6, nil, payload(id), 0)
				}
			}
		}
	})
}

// What tells datagrams apart: one fragment each of two that differ in one thing must not become a segment.
func TestFragmentsOfDifferentDatagramsAreNotPutTogether(t *testing.T) {
	content := build.tcp(nil, fragmentedPayload)
	for _, test := range []struct {
		name  string
		v6    bool
		alter func(p []byte)
	}{
		{"IPv4 identification", false, func(p []byte) { p[4] ^= 1 }},
		{"IPv4 protocol", false, func(p []byte) { p[9] = 17 }},
		{"IPv4 source", false, func(p []byte) { p[15] ^= 1 }},
		{"IPv4 destination", false, func(p []byte) { p[19] ^= 1 }},
		{"IPv6 identification", true, func(p []byte) { p[52] ^= 1 }},
		{"IPv6 source", true, func(p []byte) { p[8] ^= 1 }},
		{"IPv6 source end", true, func(p []byte) { p[23] ^= 1 }},
		{"IPv6 destination", true, func(p []byte) { p[24] ^= 1 }},
		{"IPv6 destination end", true, func(p []byte) { p[39] ^= 1 }},
	} {
		p := build.fragmentsOf(test.v6, 9, 6, content, 64)
		test.alter(p[1])
		d := NewDecoder(DecoderOptions{})
		var s Segment
		if found := decodeAll(d, &s, p...); len(found) > 0 {
			t.Errorf("%s: segment %+v", test.name, s)
		}
		if d.Flush(); d.Stats().FragmentsIncomplete != 2 {
			t.Errorf("%s: %+v", test.name, d.Stats())
		}
	}
	// The next header of other fragments than the first does not count (RFC 8200 4.5).
	p := build.fragmentsOf(true, 9, 6, content, 64)
	p[1][48] = 17
	var s Segment
	for i := range p {
		if found := decodeAll(NewDecoder(DecoderOptions{}), &s, p[i], p[1-i]); len(found) != 1 {
			t.Error("IPv6 next header of the last fragment counted")
		}
	}
}

func TestTimeoutIsOfCaptureTime(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		p := build.fragmentsOf(v6, 9, 6, build.tcp(nil, fragmentedPayload), 64)
		for _, test := range []struct {
			first, second time.Duration
			found         bool
		}{
			{0, 30 * time.Second, true},
			{0, 30*time.Second + 1, false},
			{time.Hour, time.Hour - 30*time.Second, true},
			{time.Hour, time.Hour - 30*time.Second - 1, false},
		} {
			d := NewDecoder(DecoderOptions{})
			var s Segment
			d.Decode(&Packet{Data: p[0], Length: len(p[0]), Link: LinkRaw, Time: int64(test.first)}, &s)
			found := d.Decode(&Packet{Data: p[1], Length: len(p[1]), Link: LinkRaw, Time: int64(test.second)}, &s)
			d.Flush()
			incomplete := map[bool]uint64{false: 2}[test.found]
			if found != test.found || d.Stats().FragmentsIncomplete != incomplete {
				t.Errorf("%v, then %v: segment %v, %d incomplete", test.first, test.second, found, d.Stats().FragmentsIncomplete)
			}
		}
	})
}

func TestTimeThatGoesBackDoesNotHideOldDatagrams(t *testing.T) {
	d := NewDecoder(DecoderOptions{})
	var s Segment
	for _, step := range []struct {
		id         uint16
		at         time.Duration
		incomplete uint64 // then
	}{
		{1, 20 * time.Second, 0},
		{2, 0, 0},
		{2, 40 * time.Second, 1}, // 1 is the oldest in the order of arrival, but not too old yet
		{3, 60 * time.Second, 2},
	} {
		p := build.fragmentOf(false, step.id, 6, make([]byte, 128), 0, 64, true)
		d.Decode(&Packet{Data: p, Length: len(p), Link: LinkRaw, Time: int64(step.at)}, &s)
		if n := d.Stats().FragmentsIncomplete; n != step.incomplete {
			t.Errorf("after %v: %d given up, want %d", step.at, n, step.incomplete)
		}
	}
}

func TestTheOldestDatagramsGiveWay(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		datagrams := make([][][]byte, 20)
		for id := range datagrams {
			datagrams[id] = build.fragmentsOf(v6, uint16(id), 6, build.tcp(nil, make([]byte, 8000)), 4000)
		}
		for name, test := range map[string]struct {
			o    DecoderOptions
			kept int
		}{
			"number": {DecoderOptions{MaxDatagrams: 5}, 5},
			"memory": {DecoderOptions{MaxFragmentOctets: 5 * (4000 + fragmentOverhead + datagramOverhead)}, 5},
			"none":   {DecoderOptions{}, 20},
		} {
			d := NewDecoder(test.o)
			var s Segment
			for _, p := range datagrams {
				decodeAll(d, &s, p[0])
			}
			if got, want := d.Stats().FragmentsIncomplete, uint64(20-test.kept); got != want {
				t.Errorf("%s: %d given up, want %d", name, got, want)
			}
			for id := range test.kept { // the newest first: their memory is free for the next
				p := datagrams[len(datagrams)-1-id]
				if found := decodeAll(d, &s, p[1]); name != "memory" && len(found) != 1 {
					t.Errorf("%s: datagram %d is lost", name, len(datagrams)-1-id)
				}
			}
			if found := decodeAll(d, &s, datagrams[0][1]); name != "none" && len(found) != 0 {
				t.Errorf("%s: datagram 0 is kept", name)
			}
			d.Flush()
			if n := d.fragments.memory; n != 0 || len(d.fragments.datagrams) != 0 {
				t.Errorf("%s: %d octets, %d datagrams kept behind Flush", name, n, len(d.fragments.datagrams))
			}
		}
	})
}

func TestFragmentMemoryStaysWithinItsLimit(t *testing.T) {
	o := DecoderOptions{MaxFragmentOctets: 100_000}
	d := NewDecoder(o)
	var s Segment
	content := build.tcp(nil, make([]byte, 60_000))
	for id := range 300 {
		cuts := []int{8 * (id + 1), 8*(id+1) + 8, 50_000}
		for i, p := range build.fragmentsOf(id%2 == 0, uint16(id), 6, content, cuts...) {
			if i < 3 || id%3 == 0 { // two thirds stay incomplete
				decodeAll(d, &s, p)
			}
			if n := d.fragments.memory; n < 0 || n > o.MaxFragmentOctets {
				t.Fatalf("%d octets kept", n)
			}
		}
	}
}

func TestFinishedDatagramsAreForgottenInTime(t *testing.T) {
	d := NewDecoder(DecoderOptions{})
	var s Segment
	for id := range 10 * maxFinished {
		decodeAll(d, &s, build.fragmentsOf(false, uint16(id), 6, build.tcp(nil, fragmentedPayload), 64)...)
	}
	if n := len(d.fragments.datagrams); n != maxFinished {
		t.Errorf("%d datagrams kept", n)
	}
}

// The snap length cuts fragments too: the payload ends at the first octet that was not captured.
func TestFragmentsCutBySnapLength(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		content := build.tcp(nil, fragmentedPayload)
		packets := build.fragmentsOf(v6, 9, 6, content, 48, 96)
		for cut, packet := range packets {
			end := []int{48, 96, len(content)}[cut]
			for lost := 1; lost <= 40; lost++ {
				d := NewDecoder(DecoderOptions{})
				var s Segment
				found := false
				for i, data := range packets {
					p := Packet{Data: data, Length: len(data), Link: LinkRaw}
					if i == cut {
						p.Data = packet[:len(packet)-lost]
					}
					found = d.Decode(&p, &s)
				}
				if want := end-lost >= 20; found != want {
					t.Fatalf("fragment %d without its last %d octets: segment %v", cut, lost, found)
				}
				if !found {
					oneCounted(t, d.Stats(), "Truncated")
					continue
				}
				segmentIs(t, &s, v6, nil, fragmentedPayload, len(content)-(end-lost))
				oneCounted(t, d.Stats(), "PayloadCut")
			}
		}
	})
}

func TestFragmentsInTunnelsAndTunnelsInFragments(t *testing.T) {
	tcp := build.tcp(someOptions, fragmentedPayload)
	// Two inner fragments, each of them in a GRE packet that is in fragments itself.
	var packets [][]byte
	for i, inner := range build.fragmentsOf(true, 9, 6, tcp, 64) {
		packets = append(packets, build.fragmentsOf(false, uint16(100+i), 47, build.gre(0, 0x86dd, 0, inner), 24, 80)...)
	}
	eachPermutation(len(packets), func(order []int) {
		var inOrder [][]byte
		for _, i := range order {
			inOrder = append(inOrder, packets[i])
		}
		d := NewDecoder(DecoderOptions{})
		var s Segment
		if found := decodeAll(d, &s, inOrder...); !slices.Equal(found, []int{len(packets) - 1}) {
			t.Fatalf("order %v: segments with packets %v", order, found)
		}
		segmentIs(t, &s, true, someOptions, fragmentedPayload, 0)
	})
	// VXLAN, whose UDP header is in the first fragment only.
	inside := build.udp(4789, build.vxlan(build.ethernet(0x0800, build.ipv4(6, tcp))))
	d := NewDecoder(DecoderOptions{})
	var s Segment
	if found := decodeAll(d, &s, build.fragmentsOf(true, 5, 17, inside, 8, 120)...); len(found) != 1 {
		t.Fatalf("VXLAN: %+v", d.Stats())
	}
	segmentIs(t, &s, false, someOptions, fragmentedPayload, 0)
}

func TestDatagramOfTheGreatestLength(t *testing.T) {
	ipVersions(t, func(t *testing.T, v6 bool) {
		payload := bytes.Repeat([]byte{7}, maxDatagram-20)
		content := build.tcp(nil, payload)
		d := NewDecoder(DecoderOptions{})
		var s Segment
		if found := decodeAll(d, &s, build.fragmentsOf(v6, 1, 6, content, 1480, 2960, 65528)...); len(found) != 1 {
			t.Fatalf("%+v", d.Stats())
		}
		segmentIs(t, &s, v6, nil, payload, 0)
		var small [][]byte
		for from := 0; from < len(content); from += 8 {
			to := min(from+8, len(content))
			small = append(small, build.fragmentOf(v6, 2, 6, content, from, to, to < len(content)))
		}
		slices.Reverse(small)
		if found := decodeAll(d, &s, small...); len(found) != 1 {
			t.Fatalf("in fragments of 8 octets: %+v", d.Stats())
		}
		segmentIs(t, &s, v6, nil, payload, 0)
	})
}

func BenchmarkDecodeFragments(b *testing.B) {
	packets := build.fragmentsOf(false, 9, 6, build.tcp(nil, make([]byte, 4000)), 1480, 2960)
	d := NewDecoder(DecoderOptions{})
	var s Segment
	b.ReportAllocs()
	for n := uint16(0); b.Loop(); n++ {
		for _, p := range packets {
			p[4], p[5] = byte(n>>8), byte(n)
		}
		if len(decodeAll(d, &s, packets...)) != 1 {
			b.Fatalf("%+v", d.Stats())
		}
	}
}
