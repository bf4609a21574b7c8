// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"math"
	"math/bits"
)

// timeUnit turns the timestamps of a pcapng interface into nanoseconds since 1970: ts * mul / div / 2^shift + seconds.
// What is finer than a nanosecond is rounded down, what int64 cannot hold becomes its nearest value.
type timeUnit struct {
	mul, div uint64
	shift    uint
	seconds  int64 // if_tsoffset

	// Timestamps below direct need no 128-bit arithmetic: ts*mul + offset.
	direct uint64
	offset int64
}

// newTimeUnit reads if_tsresol (10^-n, or 2^-n with the high bit set) and if_tsoffset.
func newTimeUnit(resolution uint8, seconds int64) timeUnit {
	u := timeUnit{mul: 1e9, div: 1, seconds: seconds}
	n := uint(resolution & 0x7f)
	switch {
	case resolution&0x80 != 0:
		u.shift = n
	case n <= 9:
		u.mul = pow10(9 - n)
	case n <= 9+19:
		u.mul, u.div = 1, pow10(n-9)
	default:
		u.mul = 0 // 2^64 of so small units are less than a nanosecond
	}
	const (
		half   = math.MaxInt64 / 2
		second = 1_000_000_000
	)
	if u.mul > 0 && u.div == 1 && u.shift == 0 && seconds <= half/second && seconds >= -half/second {
		u.direct = half / u.mul
		u.offset = seconds * second
	}
	return u
}

func pow10(n uint) uint64 {
	p := uint64(1)
	for ; n > 0; n-- {
		p *= 10
	}
	return p
}

func (u *timeUnit) nanoseconds(ts uint64) int64 {
	if ts < u.direct {
		return int64(ts*u.mul) + u.offset
	}
	return u.wide(ts)
}

// wide computes in 128 bits: the product has at most 94 bits, the offset 93 and a sign.
func (u *timeUnit) wide(ts uint64) int64 {
	hi, lo := bits.Mul64(ts, u.mul)
	if u.div > 1 {
		lo /= u.div // mul is 1, so hi is 0
	}
	if u.shift >= 64 {
		hi, lo = 0, hi>>(u.shift-64)
	} else {
		hi, lo = hi>>u.shift, lo>>u.shift|hi<<(64-u.shift)
	}
	var carry uint64
	if u.seconds >= 0 {
		offHi, offLo := bits.Mul64(uint64(u.seconds), 1e9)
		lo, carry = bits.Add64(lo, offLo, 0)
		hi, _ = bits.Add64(hi, offHi, carry)
	} else {
		offHi, offLo := bits.Mul64(-uint64(u.seconds), 1e9)
		lo, carry = bits.Sub64(lo, offLo, 0)
		hi, _ = bits.Sub64(hi, offHi, carry)
	}
	switch {
	case hi == 0 && lo <= math.MaxInt64, hi == math.MaxUint64 && lo > math.MaxInt64:
		return int64(lo)
	case int64(hi) < 0:
		return math.MinInt64
	default:
		return math.MaxInt64
	}
}
