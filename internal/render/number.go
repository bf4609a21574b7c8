// SPDX-License-Identifier: Apache-2.0

package render

import (
	"math"
	"math/bits"
	"strconv"
)

const spaces = "                                                                "

// rightAlign moves what was appended since at to the right end of a column.
func rightAlign(dst []byte, at, columns int) []byte {
	missing := columns - (len(dst) - at)
	if missing <= 0 {
		return dst
	}
	dst = append(dst, spaces[:missing]...)
	copy(dst[at+missing:], dst[at:len(dst)-missing])
	copy(dst[at:at+missing], spaces)
	return dst
}

// padTo fills up with blanks what has been appended since at.
func padTo(dst []byte, at, columns int) []byte {
	if missing := columns - (len(dst) - at); missing > 0 {
		dst = append(dst, spaces[:missing]...)
	}
	return dst
}

func appendUintColumn(dst []byte, n uint64, columns int) []byte {
	at := len(dst)
	return rightAlign(strconv.AppendUint(dst, n, 10), at, columns)
}

// appendHex writes 0x and at least so many digits.
func appendHex(dst []byte, n uint64, digits int) []byte {
	return appendHexDigits(append(dst, '0', 'x'), n, digits)
}

// appendHexDigits writes a number in hexadecimal with at least so many digits.
func appendHexDigits(dst []byte, n uint64, digits int) []byte {
	digits = max(digits, (bits.Len64(n)+3)/4)
	for i := digits - 1; i >= 0; i-- {
		dst = append(dst, hexDigits[n>>(4*i)&15])
	}
	return dst
}

func appendHexOctets(dst, octets []byte) []byte {
	for _, c := range octets {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// appendLimit writes a size that a peer announced as its limit; the largest of all means that there is none.
func appendLimit(dst []byte, n uint64) []byte {
	if n == math.MaxUint64 {
		return append(dst, "unlimited"...)
	}
	return strconv.AppendUint(dst, n, 10)
}

// appendSize writes a number of octets in decimal units with one decimal: 999 B, 10.2 kB, 1.0 MB.
func appendSize(dst []byte, n uint64) []byte {
	if n < 1000 {
		return append(strconv.AppendUint(dst, n, 10), " B"...)
	}
	size := float64(n)
	for _, unit := range [...]string{" kB", " MB", " GB", " TB", " PB", " EB"} {
		size /= 1000
		if size < 999.95 || unit == " EB" {
			return append(strconv.AppendFloat(dst, size, 'f', 1, 64), unit...)
		}
	}
	return dst
}

// appendPercent writes how much of whole part is, cut to full percents: 100 only when nothing is missing.
func appendPercent(dst []byte, part, whole uint64) []byte {
	percent := uint64(100)
	if part < whole {
		high, low := bits.Mul64(part, 100)
		percent, _ = bits.Div64(high, low, whole)
	} else if part > whole {
		return append(dst, ">100 %"...)
	}
	return append(strconv.AppendUint(dst, percent, 10), " %"...)
}

// appendShortDuration writes a duration of ns nanoseconds in the unit that keeps it short: 0.179ms, 12.3s.
func appendShortDuration(dst []byte, ns int64) []byte {
	if ns < 0 {
		dst = append(dst, '-')
		ns = max(-ns, 0)
	}
	switch {
	case ns < 1e9:
		dst = strconv.AppendInt(dst, ns/1e6, 10)
		return append(appendFraction(dst, uint64(ns%1e6/1e3), 3), "ms"...)
	default:
		dst = strconv.AppendInt(dst, ns/1e9, 10)
		return append(appendFraction(dst, uint64(ns%1e9/1e6), 3), 's')
	}
}
