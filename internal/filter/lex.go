// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"strings"

	"github.com/dtn-tools/tcpcl/internal/syntax"
)

// kind says what a token is.
type kind uint8

const (
	end     kind = iota
	word         // a name or an unquoted value
	quoted       // a string; text is what it means
	symbol       // an operator, a bracket, a comma
	slicing      // what is between square brackets
)

type token struct {
	kind kind
	text string
	at   int
}

// symbols are the operators and brackets, longer ones before their beginnings.
var symbols = []string{"===", "!==", "==", "!=", "~=", "<=", ">=", "&&", "||", "..", "<", ">", "!", "~", "&", "+", "-", "*", "/", "%", "(", ")", "{", "}", ","}

func mistake(text string, at int, what string) error {
	return &syntax.Error{Of: "display filter", Text: text, At: at, What: what}
}

// lex cuts a text into tokens; the last one is the end.
func lex(text string) ([]token, error) {
	var tokens []token
	for i := 0; ; {
		for i < len(text) && strings.IndexByte(" \t\r\n", text[i]) >= 0 {
			i++
		}
		if i == len(text) {
			return append(tokens, token{end, "", i}), nil
		}
		rest, at := text[i:], i
		switch {
		case rest[0] == '"' || strings.HasPrefix(rest, `r"`) || strings.HasPrefix(rest, `R"`):
			value, n, err := unquote(text, i)
			if err != nil {
				return nil, err
			}
			tokens, i = append(tokens, token{quoted, value, at}), i+n
		case rest[0] == '\'':
			n := strings.IndexByte(rest[1:], '\'')
			if n < 0 {
				return nil, mistake(text, at, "the ' that ends the character is missing")
			}
			tokens, i = append(tokens, token{word, rest[:n+2], at}), i+n+2
		case rest[0] == '[':
			n := strings.IndexByte(rest, ']')
			if n < 0 {
				return nil, mistake(text, at, "a ] is missing")
			}
			tokens, i = append(tokens, token{slicing, rest[1:n], at}), i+n+1
		case isWord(rest[0]) && !strings.HasPrefix(rest, ".."):
			n := wordLength(rest)
			tokens, i = append(tokens, token{word, rest[:n], at}), i+n
		default:
			s := ""
			for _, s = range symbols {
				if strings.HasPrefix(rest, s) {
					break
				}
				s = ""
			}
			if s == "" {
				return nil, mistake(text, at, "this character means nothing here")
			}
			tokens, i = append(tokens, token{symbol, s, at}), i+len(s)
		}
	}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == ':'
}

// wordLength is how long the word is that a text begins with: a name, a number, an address with the length of its mask. Two dots are no
// part of it; a hyphen is one between letters.
func wordLength(s string) int {
	n := 0
	for n < len(s) {
		c := s[n]
		switch {
		case strings.HasPrefix(s[n:], ".."):
			return n
		case isWord(c):
		case c == '/' && n+1 < len(s) && s[n+1] >= '0' && s[n+1] <= '9' && strings.Count(s[:n], ".") >= 3 || c == '/' && strings.Contains(s[:n], ":"):
		case c == '-' && n > 0 && n+1 < len(s) && isLetter(s[n-1]) && isLetter(s[n+1]):
		default:
			return n
		}
		n++
	}
	return n
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// unquote reads the string that begins at i, and returns how long it is in the text.
func unquote(text string, i int) (value string, n int, err error) {
	raw := text[i] != '"'
	at := i
	if raw {
		i++
	}
	i++
	var b strings.Builder
	for i < len(text) {
		c := text[i]
		i++
		switch {
		case c == '"':
			return b.String(), i - at, nil
		case c == '\\' && raw && i < len(text) && text[i] == '"':
			b.WriteString(`\"`)
			i++
		case c == '\\' && !raw:
			v, used, ok := unescape(text[i:])
			if !ok {
				return "", 0, mistake(text, i-1, `this escape means nothing; there are \\ \" \' \n \r \t \xHH \NNN`)
			}
			b.WriteByte(v)
			i += used
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, mistake(text, at, `the " that ends the string is missing`)
}

// unescape reads what follows a backslash.
func unescape(s string) (c byte, n int, ok bool) {
	if s == "" {
		return 0, 0, false
	}
	if i := strings.IndexByte(`\"'nrtabfv0`, s[0]); i >= 0 && (s[0] != '0' || len(s) < 3 || s[1] < '0' || s[1] > '7') {
		return "\\\"'\n\r\t\a\b\f\v\x00"[i], 1, true
	}
	digits, base := s[:min(3, len(s))], 8
	if s[0] == 'x' {
		digits, base, n = s[1:min(3, len(s))], 16, 1
	}
	v := 0
	for _, d := range []byte(digits) {
		x := strings.IndexByte("0123456789abcdef", d|0x20)
		if d < 'A' {
			x = strings.IndexByte("0123456789", d)
		}
		if x < 0 || x >= base {
			break
		}
		v = v*base + x
		n++
		ok = true
	}
	return byte(v), n, ok && v < 256
}
