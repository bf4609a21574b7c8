// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

const dumpColumns = 16 // octets on a line of a hex dump

// Hex adds to what another encoder shows of a message a hex dump of its octets in Wireshark's layout, as far as the record
// holds them, and says how many it does not.
type Hex struct {
	Encoder // shows the message and the gaps: a Text or a Tree
}

// AppendMessage appends what the other encoder shows, the dump and an empty line.
func (h Hex) AppendMessage(dst []byte, m *record.Message) []byte {
	dst = h.Encoder.AppendMessage(dst, m)
	if n := len(dst); n >= 2 && dst[n-2] == '\n' {
		dst = dst[:n-1] // a tree's empty line comes after the dump
	}
	dst = appendHexDump(dst, m.Octets, 0)
	seen := m.Length
	if m.CutShort {
		seen = m.Captured
	}
	return append(appendMore(dst, rest(seen, uint64(len(m.Octets)))), '\n')
}

// AppendBundle appends a dump of a bundle that came in several segments: its first octets, and how many more there are.
func (h Hex) AppendBundle(dst, octets []byte, length uint64) []byte {
	dst = append(strconv.AppendUint(append(dst, "Bundle, "...), length, 10), " octets:\n"...)
	dst = appendHexDump(dst, octets, 0)
	return append(appendMore(dst, rest(length, uint64(len(octets)))), '\n')
}

// appendMore says how many octets are not shown, if any.
func appendMore(dst []byte, more uint64) []byte {
	if more == 0 {
		return dst
	}
	return append(strconv.AppendUint(append(dst, "      and "...), more, 10), " more octets not shown\n"...)
}

// appendHexDump appends lines of an offset, sixteen octets and their ASCII characters.
func appendHexDump(dst, octets []byte, offset uint64) []byte {
	for len(octets) > 0 {
		n := min(dumpColumns, len(octets))
		dst = appendDumpLine(dst, octets[:n], offset)
		octets, offset = octets[n:], offset+uint64(n)
	}
	return dst
}

func appendDumpLine(dst, octets []byte, offset uint64) []byte {
	dst = appendHexDigits(dst, offset, 4)
	dst = append(dst, "  "...)
	column := len(dst)
	for _, c := range octets {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15], ' ')
	}
	dst = padTo(dst, column, 3*dumpColumns+2)
	for _, c := range octets {
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		dst = append(dst, c)
	}
	return append(dst, '\n')
}
