// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strings"

	"github.com/fatih/color"
)

// Meaning is what a colour stands for. Colour never says anything that the text does not say too.
type Meaning uint8

const (
	Plain   Meaning = iota
	Active          // what the opener of the connection sent
	Passive         // what the other side sent
	Muted           // what may be overlooked
	Good            // it went as it should
	Warning         // worth a look: missed octets, quirks, refusals
	Error           // something broke
	meanings
)

// Theme holds the escape sequences of each meaning. A nil *Theme is a theme without colours. It is immutable and may be
// shared between goroutines.
type Theme struct {
	on, off [meanings]string
}

// NewTheme makes the standard theme, or without colour the nil one.
func NewTheme(colour bool) *Theme {
	if !colour {
		return nil
	}
	t := new(Theme)
	for meaning, attributes := range [meanings][]color.Attribute{
		Active:  {color.FgCyan},
		Passive: {color.FgMagenta},
		Muted:   {color.FgHiBlack},
		Good:    {color.FgGreen},
		Warning: {color.FgYellow},
		Error:   {color.FgRed, color.Bold},
	} {
		if len(attributes) == 0 {
			continue
		}
		c := color.New(attributes...)
		c.EnableColor() // whoever made the theme has decided; the package-wide switch has no say
		t.on[meaning], t.off[meaning], _ = strings.Cut(c.Sprint("|"), "|")
	}
	return t
}

func (t *Theme) start(dst []byte, m Meaning) []byte {
	if t == nil {
		return dst
	}
	return append(dst, t.on[m]...)
}

func (t *Theme) end(dst []byte, m Meaning) []byte {
	if t == nil {
		return dst
	}
	return append(dst, t.off[m]...)
}

// paint appends text that is ours (never captured text) in the colour of its meaning.
func (t *Theme) paint(dst []byte, m Meaning, text string) []byte {
	dst = t.start(dst, m)
	dst = append(dst, text...)
	return t.end(dst, m)
}
