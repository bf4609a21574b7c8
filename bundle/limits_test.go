// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"runtime"
	"testing"
)

// A length is the sender's word: nothing is reserved by it.
func TestHugeLengthsReserveNothing(t *testing.T) {
	const head = "9f 88 07 06 00 8202820101 8202820201 820100 82 1864 01 18c8"
	for name, text := range map[string]string{
		"payload":            head + "85 01 01 00 00 5bffffffffffffffff",
		"block":              head + "85 18c8 02 00 00 5bffffffffffffff00",
		"array of the block": head + "9bffffffffffffffff 01 01 00 00 41 00",
		"bundle":             "9bffffffffffffffff" + head[2:] + "85 01 01 00 00 41 00",
		"endpoint ID":        "9f 88 07 04 00 82017bffffffffffffffff",
		"unknown scheme":     "9f 88 07 04 00 82099bffffffffffffffff",
		"CRC":                "9f 89 07 04 02 8202820101 8202820201 820100 82186401 18c8 5bffffffffffffffff",
		"skipped":            head + "bbfffffffffffffff0",
		"dictionary":         "06 10 ffffffffffffffff7f 0000 0000 0000 0000 01 01 01 81ffffffffffffffff7f",
		"BPv6 payload":       "06 12 0c 0101 0202 0000 0000 01 01 01 00 01 08 81ffffffffffffffff7f",
		"EID references":     "06 12 0c 0101 0202 0000 0000 01 01 01 00 05 40 81ffffffffffffffff7f",
	} {
		octets := unhex(t, text)
		junk := make([]byte, 1<<16)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var r Reader
		r.Write(octets)
		for range 100 {
			r.Write(junk)
		}
		b := r.Close()
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
			t.Errorf("%s: %d octets allocated", name, n)
		}
		if b.State == Incomplete || b.Length+b.Behind != uint64(len(octets)+100*len(junk)) {
			t.Errorf("%s: %v, %d octets", name, b.State, b.Length)
		}
	}
}

func TestBlocksAndFindingsOverTheLimitAreCounted(t *testing.T) {
	octets := unhex(t, "9f 88 07 04 00 8202820101 8202820201 820100 82 1864 01 18c8")
	const blocks = 3 * MaxBlocks
	for range blocks {
		octets = append(octets, unhex(t, "86 18c8 02 00 01 41 00 42 0000")...)
	}
	octets = append(octets, unhex(t, "85 01 01 00 00 41 78 ff")...)
	for _, b := range []*Bundle{read(octets), inPieces(octets, 0, 5)} {
		if b.State != Complete || len(b.Blocks) != MaxBlocks || b.BlockCount != blocks+1 || len(b.Findings) != MaxFindings ||
			b.FindingCount <= MaxFindings {
			t.Errorf("%v, %d of %d blocks, %d of %d findings", b.State, len(b.Blocks), b.BlockCount, len(b.Findings), b.FindingCount)
		}
	}
}

// A reader of a bundle that goes on for ever must not grow with it.
func TestWhatIsKeptOfABundleIsBounded(t *testing.T) {
	block := append(unhex(t, "85 18c8 02 00 00 59 ffff"), make([]byte, 0xffff)...)
	var r Reader
	r.Write(unhex(t, "9f 88 07 04 00 8202820101 8202820201 820100 82 1864 01 18c8"))
	for range 200 {
		r.Write(block)
	}
	if r.kept > MaxKept || cap(r.arena) > 4*MaxKept {
		t.Errorf("%d octets kept, room for %d", r.kept, cap(r.arena))
	}
}

func TestAReaderIsReusedAfterAnyEnd(t *testing.T) {
	var r Reader
	for _, v := range vectors {
		octets := unhex(t, v)
		for _, cut := range []int{0, 1, 5, len(octets) / 2, len(octets) - 1} {
			r.Reset()
			r.Write(octets[:cut])
			if cut%2 == 0 {
				r.Close()
			}
			r.Reset()
			r.Write(octets)
			if diff := differ(read(octets), r.Close()); diff != "" {
				t.Fatalf("after %d octets of it:\n%s", cut, diff)
			}
		}
	}
}

func TestAClonedBundleOutlivesTheReader(t *testing.T) {
	var r Reader
	for _, v := range append(vectors, report7) {
		octets := unhex(t, v)
		r.Reset()
		r.Write(octets)
		kept := r.Close().Clone()
		for i := range 3 {
			r.Reset()
			r.Write(unhex(t, vectors[i]))
			r.Close()
		}
		if diff := differ(read(octets), kept); diff != "" {
			t.Fatal(diff)
		}
	}
}

// The record is that of the first payload block, also if that is empty: its places are told by that block's.
func TestTheRecordOfASecondPayloadIsNotTaken(t *testing.T) {
	octets := unhex(t, "06 12 0c 0101 0202 0000 0000 01 01 01 00 01 00 00 01 08 03 300000")
	for _, b := range []*Bundle{read(octets), inPieces(octets, 0, 1)} {
		if a, err := b.AdminRecord(); err == nil || a.Type != 0 || a.ContentSpan != (Span{}) {
			t.Errorf("%+v, %v", a, err)
		}
	}
}
