// SPDX-License-Identifier: Apache-2.0

package bundle

import "testing"

func TestCRCsOfTheCheckString(t *testing.T) {
	for kind, want := range map[CRCType]uint32{CRC16: 0x906e, CRC32C: 0xe3069283} {
		for split := range 10 {
			var s crcSum
			s.begin(kind)
			s.update([]byte("123456789")[:split])
			s.update([]byte("123456789")[split:])
			if s.value() != want {
				t.Errorf("%v: %#x, want %#x", kind, s.value(), want)
			}
		}
	}
}

func TestZerosAreAsZerosThatAreRead(t *testing.T) {
	for kind := CRC16; kind <= CRC32C; kind++ {
		var a, b crcSum
		for n := range 300 {
			text := make([]byte, n)
			for i := range text {
				text[i] = byte(i*n + 7)
			}
			a.begin(kind)
			b.begin(kind)
			a.update(text)
			b.update(text)
			a.zeros(kind.Len())
			b.update(make([]byte, kind.Len()))
			if a != b {
				t.Fatalf("%v: %+v, want %+v", kind, a, b)
			}
		}
	}
}
