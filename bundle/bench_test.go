// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"testing"
)

func eid(tb testing.TB, text string) EID {
	tb.Helper()
	e, ok := ParseEID(text)
	if !ok {
		tb.Fatalf("%q is no endpoint ID", text)
	}
	return e
}

// sample7 is a bundle with a payload of some octets, and CRC-32C on both its blocks.
func sample7(tb testing.TB, source string, payload int) []byte {
	tb.Helper()
	w := Builder7{Outline: Outline{Destination: eid(tb, "dtn://node-b/sink"), Source: eid(tb, source), ReportTo: eid(tb, source),
		Created: Timestamp{848663895974, 3}, Lifetime: 86400000}, CRC: CRC32C, PayloadCRC: CRC32C,
		Payload: bytes.Repeat([]byte{'x'}, payload)}
	octets, err := w.Append(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return octets
}

func TestASmallBundleIsReadWithoutAllocation(t *testing.T) {
	kept := map[string][]byte{"1 KB, dtn": sample7(t, "dtn://node-a/app", 1000), "1 KB, ipn": sample7(t, "ipn:5.1", 1000),
		"five blocks": unhex(t, fiveBlocks), "BPv6": unhex(t, cbhe6), "report": unhex(t, report7)}
	for name, octets := range kept {
		var r Reader
		for _, size := range []int{len(octets), 100, 1} {
			allocs := testing.AllocsPerRun(50, func() {
				r.Reset()
				for rest := octets; len(rest) > 0; {
					n := min(size, len(rest))
					r.Write(rest[:n])
					rest = rest[n:]
				}
				if r.Close().State != Complete {
					t.Fatal(name)
				}
			})
			if allocs != 0 {
				t.Errorf("%s in pieces of %d: %v allocations", name, size, allocs)
			}
		}
	}
}

func benchmark(b *testing.B, octets []byte, size int) {
	var r Reader
	b.SetBytes(int64(len(octets)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		for rest := octets; len(rest) > 0; {
			n := min(size, len(rest))
			r.Write(rest[:n])
			rest = rest[n:]
		}
		if r.Close().State != Complete {
			b.Fatal("not complete")
		}
	}
}

func BenchmarkBundle1KB(b *testing.B)       { benchmark(b, sample7(b, "dtn://node-a/app", 1000), 1<<20) }
func BenchmarkBundle1KBipn(b *testing.B)    { benchmark(b, sample7(b, "ipn:1.1", 1000), 1<<20) }
func BenchmarkBundle1KBPieces(b *testing.B) { benchmark(b, sample7(b, "dtn://node-a/app", 1000), 100) }
func BenchmarkBundle1MB(b *testing.B)       { benchmark(b, sample7(b, "ipn:1.1", 1<<20), 1448) }
func BenchmarkFiveBlocks(b *testing.B)      { benchmark(b, unhex(b, fiveBlocks), 1<<20) }
func BenchmarkBundle6(b *testing.B)         { benchmark(b, unhex(b, cbhe6), 1<<20) }
func BenchmarkCRC32COfAKilobyte(b *testing.B) {
	octets := sample7(b, "ipn:1.1", 1000)
	var s crcSum
	for b.Loop() {
		s.begin(CRC32C)
		s.update(octets)
	}
}
