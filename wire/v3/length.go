// SPDX-License-Identifier: Apache-2.0

package v3

import "github.com/dtn-tools/tcpcl/wire/sdnv"

// Length is LENGTH (RFC 7242 5.5), which tells the octets of the bundle that comes next:
//
//	+-----+-------+--------------+
//	| 0x6 | flags | total length |
//	| 4 b |  4 b  |     SDNV     |
//	+-----+-------+--------------+
type Length struct {
	Flags       ReservedFlags
	TotalLength uint64 // octets
}

// Parse reads the message at the start of b.
func (l *Length) Parse(b []byte) (n int, err error) {
	low, v, n, err := parseNumber(b)
	l.Flags, l.TotalLength = ReservedFlags(low), v
	return n, err
}

// Append appends the message to dst.
func (l *Length) Append(dst []byte) []byte {
	return sdnv.Append(append(dst, header(TypeLength, uint8(l.Flags))), l.TotalLength)
}

// Len returns the number of octets that Append appends.
func (l *Length) Len() int { return 1 + sdnv.Len(l.TotalLength) }
