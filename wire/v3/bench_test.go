// SPDX-License-Identifier: Apache-2.0

package v3

import "testing"

var hotPaths = map[string]string{
	"DATA_SEGMENT 21":    "1315",
	"DATA_SEGMENT 65536": "12848000",
	"ACK_SEGMENT 65536":  "20848000",
}

func TestMessagesAllocateNothing(t *testing.T) {
	buf := make([]byte, 0, 100)
	for _, v := range vectors {
		octets := unhex(t, v.octets)
		var m Message
		if n := testing.AllocsPerRun(100, func() {
			for cut := range len(octets) + 1 {
				_, _ = m.Parse(octets[:cut])
			}
		}); n != 0 {
			t.Errorf("%s: Parse of it and its prefixes: %v allocations", v.name, n)
		}
		if n := testing.AllocsPerRun(100, func() { buf = v.want.Append(buf[:0]) }); n != 0 {
			t.Errorf("%s: Append: %v allocations", v.name, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { _ = SegmentFlags(0x0f).Names() }); n != 0 {
		t.Errorf("flag names: %v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	for name, octets := range hotPaths {
		b.Run(name, func(b *testing.B) {
			in := unhex(b, octets)
			var m Message
			for b.Loop() {
				if _, err := m.Parse(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	for name, octets := range hotPaths {
		b.Run(name, func(b *testing.B) {
			var m Message
			if _, err := m.Parse(unhex(b, octets)); err != nil {
				b.Fatal(err)
			}
			msg, buf := m.in(), make([]byte, 0, 100)
			for b.Loop() {
				buf = msg.Append(buf[:0])
			}
		})
	}
}
