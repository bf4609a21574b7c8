// SPDX-License-Identifier: Apache-2.0

package sdnv

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/dtn-tools/tcpcl/wire"
)

// known holds values with their minimal encodings, from RFC 6256 and from HDTN's tests.
var known = []struct {
	value  uint64
	octets string
}{
	{0, "\x00"},
	{1, "\x01"},
	{127, "\x7f"},
	{128, "\x81\x00"},
	{0xabc, "\x95\x3c"},
	{0x1234, "\xa4\x34"},
	{0x4234, "\x81\x84\x34"},
	{16383, "\xff\x7f"},
	{16384, "\x81\x80\x00"},
	{math.MaxUint32, "\x8f\xff\xff\xff\x7f"},
	{math.MaxInt64, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"},
	{math.MaxUint64, "\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7f"},
}

func isOverflow(err error) bool {
	var e *wire.Error
	return errors.As(err, &e) && *e == wire.Error{Kind: wire.SDNVOverflow}
}

// checkValue asserts that v is encoded, measured and decoded alike, and short for every strict prefix.
func checkValue(t *testing.T, v uint64) []byte {
	t.Helper()
	enc := Append([]byte("before"), v)[len("before"):]
	if len(enc) != Len(v) {
		t.Errorf("%d: %d octets, Len %d", v, len(enc), Len(v))
	}
	for _, tail := range []string{"", "\xff"} {
		if got, n, err := Parse(append(bytes.Clone(enc), tail...)); got != v || n != len(enc) || err != nil {
			t.Errorf("%d as %x: got %d, %d, %v", v, enc, got, n, err)
		}
	}
	for cut := range enc {
		if _, n, err := Parse(enc[:cut]); err != wire.ErrShort(1) || n != 0 {
			t.Errorf("%d cut to %x: %d, %v", v, enc[:cut], n, err)
		}
	}
	return enc
}

func TestKnownEncodings(t *testing.T) {
	for _, k := range known {
		if enc := checkValue(t, k.value); string(enc) != k.octets {
			t.Errorf("%d: got %x, want %x", k.value, enc, k.octets)
		}
	}
}

func TestEveryLengthBoundary(t *testing.T) {
	for groups := 1; groups <= 9; groups++ {
		for d := -4; d <= 4; d++ {
			v := uint64(1)<<(7*groups) + uint64(d)
			want := groups
			if d >= 0 {
				want++
			}
			if enc := checkValue(t, v); len(enc) != want {
				t.Errorf("%d: %d octets, want %d", v, len(enc), want)
			}
		}
	}
	for d := range uint64(5) {
		checkValue(t, math.MaxUint64-d)
	}
}

func TestPaddingIsAcceptedUpToSixteenOctets(t *testing.T) {
	for _, k := range known {
		for pad := 1; ; pad++ {
			padded := append(bytes.Repeat([]byte{0x80}, pad), k.octets...)
			v, n, err := Parse(padded)
			if len(padded) > 16 {
				if !isOverflow(err) {
					t.Errorf("%x: got %d, %d, %v", padded, v, n, err)
				}
				break
			}
			if v != k.value || n != len(padded) || err != nil || n <= Len(v) {
				t.Errorf("%x: got %d, %d, %v", padded, v, n, err)
			}
		}
	}
}

func TestOverflowIsToldBeforeTheLastOctet(t *testing.T) {
	for _, c := range []struct {
		octets  []byte
		certain int // octets after which it is certain
	}{
		{[]byte("\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00"), 9},
		{[]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), 9},
		{bytes.Repeat([]byte{0xff}, 16), 9},
		{[]byte("\x80\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), 11},
		{bytes.Repeat([]byte{0x80}, 17), 16},
	} {
		for n := range len(c.octets) + 1 {
			_, _, err := Parse(c.octets[:n])
			if n < c.certain && err != wire.ErrShort(1) || n >= c.certain && !isOverflow(err) {
				t.Errorf("%x: %v", c.octets[:n], err)
			}
		}
	}
}

// slowParse is Parse with unlimited numbers.
func slowParse(b []byte) (v *big.Int, n int) {
	v = new(big.Int)
	for i, octet := range b {
		v.Add(v.Lsh(v, 7), big.NewInt(int64(octet&0x7f)))
		if octet&0x80 == 0 {
			return v, i + 1
		}
	}
	return v, 0
}

func FuzzSDNV(f *testing.F) {
	for _, k := range known {
		f.Add([]byte(k.octets))
		f.Add([]byte("\x80\x80\x80" + k.octets))
	}
	f.Add(bytes.Repeat([]byte{0x80}, 20))
	f.Add([]byte("\x82\xff\xff\xff\xff\xff\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, n, err := Parse(b)
		want, wantN := slowParse(b)
		var short wire.ErrShort
		switch {
		case err == nil:
			if n != wantN || n > 16 || !want.IsUint64() || want.Uint64() != v {
				t.Fatalf("%x: got %d in %d octets, want %d in %d", b, v, n, want, wantN)
			}
			if enc := Append(nil, v); len(enc) != Len(v) || len(enc) > n || n == len(enc) && !bytes.Equal(enc, b[:n]) {
				t.Fatalf("%x: encoded again as %x, Len %d", b[:n], enc, Len(v))
			}
		case errors.As(err, &short):
			if short != 1 || wantN != 0 || len(b) >= 16 {
				t.Fatalf("%x: %v", b, err)
			}
		case !isOverflow(err) || want.IsUint64() && wantN != 0 && wantN <= 16:
			t.Fatalf("%x: %v", b, err)
		}
	})
}

func TestParseAndAppendAllocateNothing(t *testing.T) {
	buf := make([]byte, 0, MaxLen)
	for _, k := range known {
		b := []byte(k.octets)
		if n := testing.AllocsPerRun(100, func() {
			v, _, _ := Parse(b)
			_, _, _ = Parse(b[:len(b)-1])
			buf = Append(buf[:0], v)
		}); n != 0 {
			t.Errorf("%x: %v allocations", b, n)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for name, octets := range map[string]string{"1": "\x05", "3": "\x84\x80\x00", "10": known[len(known)-1].octets} {
		b.Run(name, func(b *testing.B) {
			in := []byte(octets)
			for b.Loop() {
				if _, _, err := Parse(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
