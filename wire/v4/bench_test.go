// SPDX-License-Identifier: Apache-2.0

package v4

import "testing"

var hotPaths = map[string]string{
	"XFER_SEGMENT START": "01 02 0000000000000001 0000000d 01 0001 0008 0000000000000077 000000000000003c",
	"XFER_SEGMENT":       "01 00 0000000000000001 000000000000003c",
	"XFER_ACK":           "02 00 0000000000000001 000000000000003c",
}

func TestTheCommonPathsAllocateNothing(t *testing.T) {
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
	list := ExtensionList(unhex(t, "01000a00020506 01 0001 0008 0000000000000019"))
	if n := testing.AllocsPerRun(100, func() {
		for items := list.Items(); items.Next(); {
			_ = items.Item()
		}
		_, _ = TransferLength(list)
		_ = SegmentFlags(0x43).Names()
	}); n != 0 {
		t.Errorf("items: %v allocations", n)
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
