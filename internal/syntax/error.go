// SPDX-License-Identifier: Apache-2.0

// Package syntax tells people what is wrong with a text that they wrote, and where.
package syntax

import (
	"fmt"
	"strings"
)

// Error is a mistake in a text.
type Error struct {
	Of   string // what the text is: "capture filter"
	Text string
	At   int // octets of Text in front of the mistake
	What string
}

// Error says what is wrong, and shows the place under the text.
func (e *Error) Error() string {
	before := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, e.Text[:e.At])
	return fmt.Sprintf("%s: %s\n  %s\n  %s^", e.Of, e.What, e.Text, before)
}
