// SPDX-License-Identifier: Apache-2.0

package record

import "testing"

func benchmarkAppend(b *testing.B, encode func(dst []byte) []byte) {
	dst := encode(nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		dst = encode(dst[:0])
	}
}

func BenchmarkJSONOfAnXferSegment(b *testing.B) { benchmarkAppend(b, middleSegment().AppendJSON) }
func BenchmarkJSONOfAnXferAck(b *testing.B)     { benchmarkAppend(b, xferAck().AppendJSON) }
func BenchmarkJSONOfASession(b *testing.B)      { benchmarkAppend(b, terminatedSession().AppendJSON) }
func BenchmarkCSVOfAnXferSegment(b *testing.B)  { benchmarkAppend(b, middleSegment().AppendCSV) }

func BenchmarkTime(b *testing.B) {
	benchmarkAppend(b, func(dst []byte) []byte { return AppendTime(dst, 1795348455504972000) })
}

func TestEncodersAllocateNothingWhereThereIsRoom(t *testing.T) {
	dst := make([]byte, 0, 1<<16)
	for _, r := range samples() {
		if n := testing.AllocsPerRun(100, func() { dst = r.AppendJSON(dst[:0]) }); n != 0 {
			t.Errorf("%T.AppendJSON: %v allocations for %s", r, n, dst)
		}
		if n := testing.AllocsPerRun(100, func() { dst = r.AppendCSV(dst[:0]) }); n != 0 {
			t.Errorf("%T.AppendCSV: %v allocations for %s", r, n, dst)
		}
	}
}
