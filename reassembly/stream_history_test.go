// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"math/rand"
	"testing"

	"pgregory.net/rapid"
)

func TestOctetSumIsTheInternetChecksum(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	d := make([]byte, 70000)
	rng.Read(d)
	for _, n := range []int{0, 1, 2, 3, 4, 5, 15, 16, 17, 20, 31, 33, 1447, 1448, 69999, 70000} {
		var want uint32
		for i, o := range d[:n] {
			want += uint32(o) << (8 * (^i & 1))
			want = want>>16 + want&0xffff
		}
		if got := octetSum(d[:n]); got != uint16(want%0xffff) {
			t.Errorf("%d octets: %#x, want %#x", n, got, want)
		}
	}
}

func TestPayloadSumFollowsFromTheHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Segment{
			Src:     tcpEndpoint(rapid.Byte().Draw(t, "src"), 1),
			Dst:     tcpEndpoint(rapid.Byte().Draw(t, "dst"), 2),
			Seq:     rapid.Uint32().Draw(t, "seq"),
			Payload: rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "payload"),
		}
		if rapid.Bool().Draw(t, "v6") {
			s.Src.Hi, s.Dst.Hi = rapid.Uint64Min(1).Draw(t, "srcHi"), rapid.Uint64Min(1).Draw(t, "dstHi")
		}
		tcpHeader(s)
		// Options with a sum of zero, as the checksum is there already.
		for range rapid.IntRange(0, 5).Draw(t, "options") {
			o := rapid.Uint16().Draw(t, "option")
			s.Header = binary.BigEndian.AppendUint32(s.Header, uint32(o)<<16|uint32(^o))
		}
		words := len(s.Header)/4 - 5
		s.Header[12] += byte(words << 4)
		// The data offset and the length in the pseudo-header have grown.
		s.Checksum = ^foldSum(uint64(^s.Checksum) + uint64(words)<<12 + uint64(words)*4)
		binary.BigEndian.PutUint16(s.Header[16:], s.Checksum)
		var r run
		r.takeSegment(s)
		got, ok := r.payload(pseudoSum(s.Src, s.Dst))
		if ok && got != octetSum(s.Payload) {
			t.Fatalf("%#x, want %#x", got, octetSum(s.Payload))
		}
		back, _ := r.payload(pseudoSum(s.Dst, s.Src))
		if ok && back != got {
			t.Fatal("not the same for both directions")
		}
	})
}

func TestPayloadSumDoesNotTrustChecksumsOfOffloadAndCutHeaders(t *testing.T) {
	s := &Segment{Src: tcpEndpoint(1, 1), Dst: tcpEndpoint(2, 2), Payload: []byte("hello")}
	tcpHeader(s)
	pseudo := pseudoSum(s.Src, s.Dst)
	trusted := func(s *Segment) bool {
		var r run
		r.takeSegment(s)
		_, ok := r.payload(pseudo)
		return ok
	}
	if !trusted(s) {
		t.Fatal("a good checksum is not trusted")
	}
	for name, c := range map[string]uint16{
		"the pseudo-header's": foldSum(uint64(pseudo) + 25),
		"without length":      pseudo,
		"zero":                0,
	} {
		bad := *s
		bad.Checksum = c
		binary.BigEndian.PutUint16(bad.Header[16:], c)
		if trusted(&bad) {
			t.Errorf("%s checksum is trusted", name)
		}
	}
	tcpHeader(s)
	s.Header[12] = 6 << 4
	if trusted(s) {
		t.Error("a cut header is trusted")
	}
	s.Header = s.Header[:10]
	if trusted(s) {
		t.Error("a cut header is trusted")
	}
}

func TestHistoryForgetsTheOldest(t *testing.T) {
	var st stream
	for i := range uint32(1000) {
		*st.remember() = run{seq: i * 10, length: 10, sum: 1, known: true}
		for back := range i + 1 {
			if sum, ok := st.sum((i-back)*10, 10); ok != (back < maxRuns) && i >= maxRuns || !ok && back < minRuns || ok && sum != 1 {
				t.Fatalf("after %d, %d back: %v", i+1, back, ok)
			}
		}
	}
	if sum, ok := st.sum(9360, 640); !ok || sum != 64 {
		t.Errorf("all together: %d, %v", sum, ok)
	}
	if _, ok := st.sum(9360, 641); ok {
		t.Error("more than there is")
	}
	if _, ok := st.sum(9360, 635); ok {
		t.Error("a part of a segment")
	}
}
