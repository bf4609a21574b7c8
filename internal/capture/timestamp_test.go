// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestTimeUnitExamples(t *testing.T) {
	for _, c := range []struct {
		resolution uint8
		seconds    int64
		ts         uint64
		want       int64
	}{
		{6, 0, 1700000000_123456, 1700000000_123456000},
		{9, 0, 1700000000_123456789, 1700000000_123456789},
		{0, 0, 1700000000, 1700000000_000000000},
		{3, 1000, 1, 1000_001000000},
		{3, -1000, 1, -999_999000000},
		{12, 0, 1_999, 1},                 // rounded down
		{12, -1, 1_999, -1e9 + 1},         // the offset is whole nanoseconds
		{28, 0, math.MaxUint64, 1},        // 1.8e-9 s
		{29, 0, math.MaxUint64, 0},        //
		{127, 7, math.MaxUint64, 7e9},     //
		{0x80, 0, 5, 5e9},                 // whole seconds
		{0x80 | 10, 0, 1536, 1_500000000}, // 1/1024 s
		{0x80 | 32, 0, 1<<32 + 1<<31, 1_500000000},
		{0x80 | 63, 0, 1 << 62, 500000000},
		{0x80 | 64, 0, 1 << 63, 500000000},
		{0x80 | 127, 0, math.MaxUint64, 0},
		{6, 0, math.MaxUint64, math.MaxInt64},
		{6, math.MaxInt64, 0, math.MaxInt64},
		{6, math.MinInt64, math.MaxUint64, math.MinInt64},
	} {
		u := newTimeUnit(c.resolution, c.seconds)
		if got := u.nanoseconds(c.ts); got != c.want {
			t.Errorf("resolution %#02x, offset %d, timestamp %d: %d, want %d", c.resolution, c.seconds, c.ts, got, c.want)
		}
	}
}

// exactNanoseconds is timeUnit.nanoseconds with numbers of any size.
func exactNanoseconds(resolution uint8, seconds int64, ts uint64) int64 {
	base, n := int64(10), int64(resolution)
	if resolution&0x80 != 0 {
		base, n = 2, int64(resolution&0x7f)
	}
	v := new(big.Int).Mul(new(big.Int).SetUint64(ts), big.NewInt(1e9))
	v.Div(v, new(big.Int).Exp(big.NewInt(base), big.NewInt(n), nil))
	v.Add(v, new(big.Int).Mul(big.NewInt(seconds), big.NewInt(1e9)))
	switch {
	case v.IsInt64():
		return v.Int64()
	case v.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

func TestTimeUnitEqualsExactArithmeticAtEveryResolution(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for resolution := range 256 {
		for i := range 200 {
			ts := r.Uint64() >> r.IntN(64)
			seconds := int64(r.Uint64()) >> r.IntN(64)
			if i%2 == 0 {
				seconds = 0
			}
			u := newTimeUnit(uint8(resolution), seconds)
			if got, want := u.nanoseconds(ts), exactNanoseconds(uint8(resolution), seconds, ts); got != want {
				t.Fatalf("resolution %#02x, offset %d, timestamp %d: %d, want %d", resolution, seconds, ts, got, want)
			}
		}
	}
}
