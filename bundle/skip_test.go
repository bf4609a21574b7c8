// SPDX-License-Identifier: Apache-2.0

package bundle

import "testing"

// withGap reads a bundle of which n octets from an offset on are missed.
func withGap(octets []byte, at, n, size int) *Bundle {
	var r Reader
	for rest := octets[:at]; len(rest) > 0; rest = rest[min(size, len(rest)):] {
		r.Write(rest[:min(size, len(rest))])
	}
	r.Skip(uint64(n))
	for rest := octets[at+n:]; len(rest) > 0; rest = rest[min(size, len(rest)):] {
		r.Write(rest[:min(size, len(rest))])
	}
	return r.Close()
}

func TestAGapInAPayloadIsPassedOver(t *testing.T) {
	octets := sample7(t, "ipn:1.1", 1000)
	p := read(octets).Payload()
	from := int(p.DataSpan.Offset)
	for _, gap := range [][2]int{{from, 1}, {from, 1000}, {from + 300, 200}, {from + 999, 1}} {
		b := withGap(octets, gap[0], gap[1], 70)
		if b.State != Complete || b.Missed != uint64(gap[1]) || b.Length != uint64(len(octets)) || b.CRC.State != CRCValid || b.FindingCount != 0 {
			t.Errorf("%v: %v %+v, %d missed, %+v", gap, b.State, b.Stop, b.Missed, b.Findings)
		}
		if k := b.Payload(); k == nil || k.CRC.State != CRCUnchecked || k.DataSpan != p.DataSpan || k.Span != p.Span {
			t.Errorf("%v: %+v", gap, k)
		}
	}
}

func TestAGapElsewhereEndsTheReading(t *testing.T) {
	octets := unhex(t, fiveBlocks)
	for at := range len(octets) {
		for n := 1; n < 4 && at+n <= len(octets); n++ {
			b := withGap(octets, at, n, 200)
			if b.State == Incomplete || b.State == Complete && b.FindingCount > 0 || b.Length+b.Behind != uint64(len(octets)) || b.Missed != uint64(n) {
				t.Fatalf("%d octets at %d: %v %+v, %+v", n, at, b.State, b.Stop, b.Findings)
			}
			if diff := differ(b, withGap(octets, at, n, 1)); diff != "" {
				t.Fatalf("%d octets at %d:\n%s", n, at, diff)
			}
			if b.State == Truncated && b.Stop.Offset != uint64(at) {
				t.Fatalf("%d octets at %d: %+v", n, at, b.Stop)
			}
		}
	}
}
