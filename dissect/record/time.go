// SPDX-License-Identifier: Apache-2.0

package record

import (
	"encoding/binary"
	"slices"
)

const (
	second     = 1_000_000_000 // nanoseconds
	day        = 86_400        // seconds
	daysBefore = 719_468       // from 0000-03-01 to 1970-01-01
	cycle      = 146_097       // days of 400 years, after which the calendar repeats
	timeLength = len("2006-01-02T15:04:05.000000000Z")
)

// AppendTime appends a time, given in nanoseconds since the epoch, as RFC 3339 in UTC with nine decimals, without quotes:
// 2026-11-22T10:00:00.123456789Z.
func AppendTime(dst []byte, ns int64) []byte {
	u, base := uint64(ns), uint32(daysBefore)
	if ns < 0 { // count from 1570 instead: unsigned division rounds the right way
		u += cycle * day * second
		base -= cycle
	}
	s := u / second
	fraction := uint32(u - s*second)
	days := uint32(s / day)
	clock := uint32(s) - days*day
	y, m, d := civil(base + days)
	date := digits8(uint64(y*10_000+m*100+d)) | zeros8
	hms := digits8(uint64(clock/3600*10_000+clock/60%60*100+clock%60)) | zeros8

	start := len(dst)
	dst = slices.Grow(dst, timeLength)[:start+timeLength]
	b := (*[timeLength]byte)(dst[start:])
	binary.LittleEndian.PutUint64(b[0:], date&0xffff_ffff|'-'<<32|date<<8&0x00ff_ff00_0000_0000|'-'<<56)
	binary.LittleEndian.PutUint64(b[8:], date>>48|'T'<<16|hms<<8&0xff_ff00_0000|':'<<40|hms<<16&0xffff_0000_0000_0000)
	binary.LittleEndian.PutUint32(b[16:], uint32(':'|hms>>40&0xff_ff00|'.'<<24))
	put9(b[20:], fraction)
	b[29] = 'Z'
	return dst
}

// civil turns days since 0000-03-01 into a date of the Gregorian calendar, up to the year 32767. After C. Neri and
// L. Schneider, "Euclidean affine functions and their application to calendar algorithms" (2023): the year begins in March,
// and divisions become multiplications.
func civil(days uint32) (year, month, day uint32) {
	q := 4*days + 3
	century := q / cycle
	q = q%cycle | 3
	p := 2_939_745 * uint64(q)
	yearOfCentury := uint32(p >> 32)
	dayOfYear := uint32(p) / 2_939_745 / 4
	q = 2141*dayOfYear + 197_913
	year, month, day = 100*century+yearOfCentury, q>>16, q&0xffff/2141+1
	if dayOfYear >= 306 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// put9 writes the nine digits of v < 1e9.
func put9(b []byte, v uint32) {
	first := v / 1e8
	b[0] = '0' + byte(first)
	binary.LittleEndian.PutUint64(b[1:], digits8(uint64(v-first*1e8))|zeros8)
}

// AppendSeconds appends a duration, given in nanoseconds, as decimal seconds with as many of nine decimals as it needs.
func AppendSeconds(dst []byte, ns int64) []byte {
	v := uint64(ns)
	if ns < 0 {
		dst = append(dst, '-')
		v = -v
	}
	dst = appendUint(dst, v/second)
	fraction := uint32(v % second)
	if fraction == 0 {
		return dst
	}
	start := len(dst)
	dst = append(dst, ".000000000"...)
	put9(dst[start+1:], fraction)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}
