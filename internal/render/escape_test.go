// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscapeShowsWhatATerminalWouldObey(t *testing.T) {
	for in, want := range map[string]string{
		"dtn://node/é/節":      "dtn://node/é/節",
		"a\x1b[2Jb":           `a\x1b[2Jb`,
		"\r\n\t\x00\x7f":      `\x0d\x0a\x09\x00\x7f`,
		"\u009b31m":           `\xc2\x9b31m`,
		"user\u202etxt":       `user\xe2\x80\xaetxt`,
		"\u2066x\u2069":       `\xe2\x81\xa6x\xe2\x81\xa9`,
		"zero\u200bwidth":     `zero\xe2\x80\x8bwidth`,
		"\ufeffbom":           `\xef\xbb\xbfbom`,
		"\xff\xc3":            `\xff\xc3`,
		"\xed\xa0\x80":        `\xed\xa0\x80`,
		`back\slash`:          `back\\slash`,
		"\U000e0041tag":       `\xf3\xa0\x81\x81tag`,
		"replacement \ufffd.": "replacement \ufffd.",
	} {
		if got := string(AppendEscaped(nil, in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
		if got := string(AppendEscaped([]byte("x"), []byte(in))); got != "x"+want {
			t.Errorf("%q as octets: %s", in, got)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", "dtn://node-b/", "ipn:1.0", "\x1b]0;title\a", "\u202e\u009b\xff\\x1b", "\xf0\x9f\x9b\xb0"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out := string(AppendEscaped(nil, in))
		if !utf8.ValidString(out) {
			t.Fatalf("%q: not UTF-8: %q", in, out)
		}
		for _, r := range out {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
				t.Fatalf("%q: %q got through", in, r)
			}
		}
		if back := unescape(out); back != string(in) {
			t.Fatalf("%q: %q means %q", in, out, back)
		}
	})
}

// unescape is the inverse of AppendEscaped.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			b.WriteByte(s[i])
		case s[i+1] == '\\':
			b.WriteByte('\\')
			i++
		default:
			b.WriteByte(byte(strings.IndexByte(hexDigits, s[i+2])<<4 | strings.IndexByte(hexDigits, s[i+3])))
			i += 3
		}
	}
	return b.String()
}
