// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"strings"
)

// CSV rows are those of RFC 4180 without the line end, which the caller adds, as with AppendJSON. A value that is not there
// is an empty cell; lists are joined by "|". No cell holds a line end or another control character.

func csvNeedsQuotes(s string) bool {
	return strings.IndexByte(s, ',') >= 0 || !isPlain(s) && strings.ContainsAny(s, "\"\r\n")
}

// csvText appends a cell of the project's own words: quoted where it has to be.
func csvText(dst []byte, s string) []byte {
	if !csvNeedsQuotes(s) {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = csvDoubled(dst, s)
	return append(dst, '"')
}

// csvDoubled appends s with its quotation marks doubled.
func csvDoubled(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return dst
}

// csvCaptured appends a cell of text that came from the wire. A spreadsheet takes a cell that begins with = + - or @ for a
// formula, and so would run what a peer sent: such a cell gets a ' before it, and so does one that begins with ', so that
// taking it off is unambiguous. Control and bidirectional formatting characters and \ are escaped as in JSON.
func csvCaptured[T text](dst []byte, s T) []byte {
	if len(s) == 0 {
		return dst
	}
	dst = append(dst, '"')
	switch s[0] {
	case '=', '+', '-', '@', '\'':
		dst = append(dst, '\'')
	}
	start := len(dst)
	dst = appendEscaped(dst, s)
	for i := start; i < len(dst); i++ {
		// JSON has escaped the quotation mark as \"; CSV doubles it.
		if dst[i] == '\\' {
			if i++; dst[i] == '"' {
				dst[i-1] = '"'
			}
		}
	}
	return append(dst, '"')
}

// csvList appends the strings of a list joined by "|". They are names of ours, in quotes together if one has to be.
func csvList(dst []byte, list []string) []byte {
	quote := slices.ContainsFunc(list, csvNeedsQuotes)
	if quote {
		dst = append(dst, '"')
	}
	for i, s := range list {
		if i > 0 {
			dst = append(dst, '|')
		}
		dst = csvDoubled(dst, s)
	}
	if quote {
		dst = append(dst, '"')
	}
	return dst
}

// csvUint appends a number where it is there.
func csvUint(dst []byte, there bool, v uint64) []byte {
	if there {
		dst = appendUint(dst, v)
	}
	return dst
}

// csvCode appends two cells, code and name.
func csvCode(dst []byte, there bool, c Code) []byte {
	if there {
		dst = appendUint(dst, uint64(c.Code))
	}
	dst = append(dst, ',')
	if there {
		dst = csvText(dst, c.Name)
	}
	return dst
}

// csvTime appends a time where it is known.
func csvTime(dst []byte, ns int64) []byte {
	if ns != 0 {
		dst = AppendTime(dst, ns)
	}
	return dst
}
