// SPDX-License-Identifier: Apache-2.0

package record

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// text is what strings come as: Go strings of ours, or octets as they were on the wire.
type text interface{ ~string | ~[]byte }

const hexDigits = "0123456789abcdef"

// appendUint appends v in decimal.
func appendUint(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, '0'+byte(v))
	}
	if v >= 1e8 {
		high := v / 1e8
		dst = appendUint(dst, high)
		return binary.LittleEndian.AppendUint64(dst, digits8(v-high*1e8)|zeros8)
	}
	d := digits8(v)
	leading := bits.TrailingZeros64(d) / 8
	dst = binary.LittleEndian.AppendUint64(dst, (d|zeros8)>>(8*leading&63))
	return dst[:len(dst)-leading]
}

// zeros8 is "00000000" as digits8 has its digits: OR it in to make them ASCII.
const zeros8 = 0x3030303030303030

// digits8 gives the eight decimal digits of v < 1e8, an octet each, the first one in the lowest octet: halves are divided
// side by side in one word, first into two numbers of four digits, then four of two, then eight of one.
func digits8(v uint64) uint64 {
	high := v / 10_000
	w := high | (v-10_000*high)<<32
	high = w * 10_486 >> 20 & 0x0000_007f_0000_007f // w / 100
	w = high | (w-100*high)<<16
	high = w * 103 >> 10 & 0x000f_000f_000f_000f // w / 10
	return high | (w-10*high)<<8
}

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// appendHex appends octets as lower-case hex, without quotes.
func appendHex[T text](dst []byte, octets T) []byte {
	dst = slices.Grow(dst, 2*len(octets))
	for i := range len(octets) {
		dst = append(dst, hexDigits[octets[i]>>4], hexDigits[octets[i]&15])
	}
	return dst
}

// AppendString appends s as a JSON string. Octets that are not UTF-8 become U+FFFD, one for each octet. What would steer a
// terminal (control characters, bidirectional formatting, line and paragraph separators) is escaped, so that the output
// can be shown as it is and still means the same.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = appendText(dst, s)
	return append(dst, '"')
}

// appendText is AppendString without the quotes.
func appendText(dst []byte, s string) []byte {
	if isPlain(s) {
		return append(dst, s...)
	}
	return appendEscaped(dst, s)
}

// isPlain says whether s is printable ASCII without quotation mark and backslash: nearly every string there is.
func isPlain(s string) bool {
	if len(s) >= 8 {
		for i := 8; i < len(s); i += 8 {
			if !isPlain8(s[i-8 : i]) {
				return false
			}
		}
		return isPlain8(s[len(s)-8:]) // some of them once more, rather than one by one
	}
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// isPlain8 is isPlain of eight octets at once: a borrow into an octet's top bit tells that it was too small or zero.
func isPlain8(s string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	quote, backslash, del := w^ones*'"', w^ones*'\\', w^ones*0x7f
	return (w|(w-ones*0x20)|(quote-ones)|(backslash-ones)|(del-ones))&high == 0
}

// appendEscaped appends s with JSON's escapes, without quotes around it.
func appendEscaped[T text](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20 && c < 0x7f:
			dst = append(dst, c)
		case c < utf8.RuneSelf:
			dst = appendEscape(dst, rune(c))
		default:
			r, n := decodeRune(s, i)
			if steersTerminal(r) {
				dst = appendEscape(dst, r)
			} else {
				dst = utf8.AppendRune(dst, r) // utf8.RuneError is U+FFFD
			}
			i += n
			continue
		}
		i++
	}
	return dst
}

// decodeRune is utf8.DecodeRune at s[i:] for both kinds of text; so short a conversion does not allocate.
func decodeRune[T text](s T, i int) (rune, int) {
	return utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
}

func validUTF8[T text](s T) bool {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := decodeRune(s, i)
		if r == utf8.RuneError && n == 1 {
			return false
		}
		i += n
	}
	return true
}

// appendEscape appends the JSON escape of a character of the basic plane.
func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '\t':
		return append(dst, `\t`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// steersTerminal says of a character beyond ASCII whether it changes how others are shown: C1 controls (0x9b starts an
// escape sequence), Unicode's Bidi_Control property, line and paragraph separator.
func steersTerminal(r rune) bool {
	return r < 0xa0 || r == 0x61c || r >= 0x200e && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// appendStrings appends a JSON list of strings.
func appendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, s)
	}
	return append(dst, ']')
}

func appendCode(dst []byte, c Code) []byte {
	dst = append(dst, `{"code":`...)
	dst = appendUint(dst, uint64(c.Code))
	dst = append(dst, `,"name":"`...)
	dst = appendText(dst, c.Name)
	return append(dst, `"}`...)
}
