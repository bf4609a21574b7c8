// SPDX-License-Identifier: Apache-2.0

package render

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// AppendEscaped appends captured text in a form that cannot steer a terminal: control characters (C0, DEL, C1), characters
// that change the direction of text or are invisible, and octets that are not UTF-8 become \xNN, octet by octet; a
// backslash becomes \\ so that the original can be told. The result is valid UTF-8 on one line.
func AppendEscaped[T ~string | ~[]byte](dst []byte, text T) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			switch {
			case c == '\\':
				dst = append(dst, '\\', '\\')
			case c < 0x20 || c == 0x7f:
				dst = appendOctetEscape(dst, c)
			default:
				dst = append(dst, c)
			}
			i++
			continue
		}
		r, n := decodeRune(text, i)
		hide := r == utf8.RuneError && n == 1 || deceives(r)
		for end := i + n; i < end; i++ {
			if hide {
				dst = appendOctetEscape(dst, text[i])
			} else {
				dst = append(dst, text[i])
			}
		}
	}
	return dst
}

// decodeRune copies at most one character's octets, so that strings and slices are decoded alike without allocation.
func decodeRune[T ~string | ~[]byte](text T, i int) (rune, int) {
	var octets [utf8.UTFMax]byte
	n := copy(octets[:], text[i:min(len(text), i+utf8.UTFMax)])
	return utf8.DecodeRune(octets[:n])
}

// deceives reports whether a terminal would obey the character instead of showing it.
func deceives(r rune) bool {
	switch {
	case r < 0xa0, // C1 controls; all of C0 is dealt with before
		r == 0xad,                   // soft hyphen
		r == 0x61c,                  // Arabic letter mark
		r >= 0x200b && r <= 0x200f,  // zero width, direction marks
		r >= 0x2028 && r <= 0x202e,  // line and paragraph separators, bidirectional embeddings and overrides
		r >= 0x2060 && r <= 0x206f,  // invisible operators, bidirectional isolates
		r == 0xfeff,                 // byte order mark
		r >= 0xfff9 && r <= 0xfffb,  // interlinear annotations
		r >= 0xe0000 && r < 0xe1000: // tags
		return true
	}
	return false
}

func appendOctetEscape(dst []byte, c byte) []byte {
	return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}
