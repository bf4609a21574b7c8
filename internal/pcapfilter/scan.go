// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dtn-tools/tcpcl/internal/syntax"
)

// token is a word or a sign of a filter.
type token struct {
	kind       tokenKind
	start, end int
	text       string // of signs and keywords in their usual form
	number     uint32
	proto      *protocol
	close      int // of "(": the index of the token that closes it
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenSign
	tokenKeyword
	tokenProtocol
	tokenNumber
	tokenIPv4 // two to four numbers with dots
	tokenIPv6
	tokenMAC
	tokenName
)

// signs of two characters come before their beginnings.
var signs = []string{"&&", "||", ">=", "<=", "!=", "==", "<<", ">>", "+", "-", "*", "/", "%", ":", "[", "]", "!", "<", ">", "(", ")", "&", "|", "^", "="}

// sameAs gives signs the text of the keywords, or the signs, that mean the same.
var sameAs = map[string]string{"&&": "and", "||": "or", "!": "not", "==": "=", "length": "len"}

// scan cuts a filter into tokens. The last one is tokenEnd.
func scan(text string) ([]token, *syntax.Error) {
	var tokens []token
	var open []int
	for at := 0; ; {
		for at < len(text) && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
			at++
		}
		if at == len(text) {
			break
		}
		t, err := scanToken(text, at)
		if err != nil {
			return nil, err
		}
		switch {
		case t.is("("):
			open = append(open, len(tokens))
		case t.is(")") && len(open) == 0:
			return nil, t.errorf("nothing is open that this could close")
		case t.is(")"):
			tokens[open[len(open)-1]].close = len(tokens)
			open = open[:len(open)-1]
		}
		tokens = append(tokens, t)
		at = t.end
	}
	if n := len(open); n > 0 {
		return nil, tokens[open[n-1]].errorf("this is not closed")
	}
	return append(tokens, token{start: len(text), end: len(text)}), nil
}

// scanToken reads the longest token there is.
func scanToken(text string, at int) (token, *syntax.Error) {
	rest := text[at:]
	t := token{start: at}
	word := wordLength(rest)
	address := max(ipv6Length(rest), macLength(rest))
	switch {
	case address > 0 && address >= word:
		t.end = at + address
		t.text = rest[:address]
		t.kind = tokenIPv6
		if macLength(rest) == address {
			t.kind = tokenMAC
		}
		return t, nil
	case word > 0:
		t.end = at + word
		return t, t.word(rest[:word])
	case rest[0] == '\\':
		n := strings.IndexAny(rest, " !()\n\t")
		if n < 0 {
			n = len(rest)
		}
		t.end = at + n
		if n == 1 {
			return t, t.errorf("a name has to follow")
		}
		t.kind, t.text = tokenName, rest[1:n]
		return t, nil
	}
	for _, sign := range signs {
		if strings.HasPrefix(rest, sign) {
			t.kind, t.end = tokenSign, at+len(sign)
			t.text = usual(sign)
			return t, nil
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	t.end = at + n
	return t, t.errorf("%q has no meaning here", rest[:n])
}

func usual(text string) string {
	if other, ok := sameAs[text]; ok {
		return other
	}
	return text
}

// wordLength is how much of the text is a word: letters, digits, and -_. inside.
func wordLength(text string) int {
	n, end := 0, 0
	for ; n < len(text); n++ {
		c := text[n]
		if isAlphanumeric(c) || c == '.' && n > 0 {
			end = n + 1
		} else if n == 0 || c != '-' && c != '_' {
			break
		}
	}
	return end
}

func isAlphanumeric(c byte) bool { return c >= '0' && c <= '9' || isLetter(c) }
func isLetter(c byte) bool       { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isHex(c byte) bool          { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// longestIPv6 is the length of the longest text for an IPv6 address.
const longestIPv6 = len("1111:2222:3333:4444:5555:6666:123.123.123.123")

// ipv6Length is how much of the text is an IPv6 address.
func ipv6Length(text string) int {
	n, colons := 0, 0
	for n < len(text) && n < longestIPv6 && (isHex(text[n]) || text[n] == ':' || text[n] == '.') {
		if text[n] == ':' {
			colons++
		}
		n++
	}
	for ; n > 1 && colons > 1; n-- {
		if a, err := netip.ParseAddr(text[:n]); err == nil && a.Is6() {
			return n
		}
	}
	return 0
}

// macLength is how much of the text is an Ethernet address: six numbers of one or two digits with : or - or . between, three of four digits
// with dots, or twelve digits.
func macLength(text string) int {
	for _, separator := range []string{":", "-", "."} {
		if n := groupsLength(text, 6, 1, 2, separator); n > 0 {
			return n
		}
	}
	if n := groupsLength(text, 3, 4, 4, "."); n > 0 {
		return n
	}
	return groupsLength(text, 1, 12, 12, "")
}

// groupsLength is how much of the text is groups of least to most hexadecimal digits with a separator between.
func groupsLength(text string, groups, least, most int, separator string) int {
	n := 0
	for i := range groups {
		if i > 0 {
			if !strings.HasPrefix(text[n:], separator) {
				return 0
			}
			n += len(separator)
		}
		digits := 0
		for digits < most && n < len(text) && isHex(text[n]) {
			digits++
			n++
		}
		if digits < least {
			return 0
		}
	}
	return n
}

// word tells what a word is.
func (t *token) word(text string) *syntax.Error {
	t.text = text
	switch {
	case isNumber(text):
		n, err := strconv.ParseUint(octal(text), 0, 32)
		if err != nil {
			return t.errorf("no number of 32 bits, in decimal, in octal with a leading 0, or in hexadecimal with a leading 0x")
		}
		t.kind, t.number = tokenNumber, uint32(n)
		return nil
	case isDotted(text):
		t.kind = tokenIPv4
		return nil
	}
	if n, ok := constants[text]; ok {
		t.kind, t.number = tokenNumber, n
	} else if t.proto = protocols[text]; t.proto != nil {
		t.kind = tokenProtocol
	} else if keywords[text] {
		t.kind, t.text = tokenKeyword, usual(text)
	} else if foreign[text] {
		return t.errorf("%q is not supported", text)
	} else {
		t.kind = tokenName
	}
	return nil
}

// octal writes a number with a leading 0 in the way that cannot be mistaken.
func octal(text string) string {
	if len(text) > 1 && text[0] == '0' && text[1]|0x20 != 'x' {
		return "0o" + text[1:]
	}
	return text
}

func isNumber(text string) bool {
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		return strings.IndexFunc(text[2:], func(r rune) bool { return !isHex(byte(r)) }) < 0
	}
	return strings.Trim(text, "0123456789") == ""
}

// isDotted says whether a word is two to four numbers with dots between.
func isDotted(text string) bool {
	n := 0
	for part := range strings.SplitSeq(text, ".") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return false
		}
		n++
	}
	return n >= 2 && n <= 4
}

func (t *token) is(text string) bool {
	return (t.kind == tokenSign || t.kind == tokenKeyword) && t.text == text
}

// errorf makes an error about a token.
func (t *token) errorf(format string, a ...any) *syntax.Error {
	return &syntax.Error{Of: what, At: t.start, End: t.end, What: fmt.Sprintf(format, a...)}
}
