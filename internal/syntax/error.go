// SPDX-License-Identifier: Apache-2.0

// Package syntax tells people what is wrong with a text that they wrote, and where.
package syntax

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is a mistake in a text.
type Error struct {
	Of   string // what the text is: "capture filter"
	Text string
	At   int // octets of Text in front of the mistake
	End  int // octets of Text up to its end; no more than At: only the place is known
	What string
}

// Error says what is wrong, and shows the place under the text.
func (e *Error) Error() string {
	text := strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, e.Text)
	before := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, e.Text[:e.At])
	wrong := utf8.RuneCountInString(e.Text[e.At:max(e.At, e.End)])
	return fmt.Sprintf("%s: %s\n  %s\n  %s%s", e.Of, e.What, text, before, strings.Repeat("^", max(1, wrong)))
}
