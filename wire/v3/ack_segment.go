// SPDX-License-Identifier: Apache-2.0

package v3

import "github.com/dtn-tools/tcpcl/wire/sdnv"

// AckSegment is ACK_SEGMENT (RFC 7242 5.3), which answers a DATA_SEGMENT where both sides asked for that:
//
//	+-----+-------+---------------------+
//	| 0x2 | flags | acknowledged length |
//	| 4 b |  4 b  |        SDNV         |
//	+-----+-------+---------------------+
type AckSegment struct {
	Flags     ReservedFlags
	AckLength uint64 // octets of the bundle received so far
}

// Parse reads the message at the start of b.
func (a *AckSegment) Parse(b []byte) (n int, err error) {
	low, v, n, err := parseNumber(b)
	a.Flags, a.AckLength = ReservedFlags(low), v
	return n, err
}

// Append appends the message to dst.
func (a *AckSegment) Append(dst []byte) []byte {
	return sdnv.Append(append(dst, header(TypeAckSegment, uint8(a.Flags))), a.AckLength)
}

// Len returns the number of octets that Append appends.
func (a *AckSegment) Len() int { return 1 + sdnv.Len(a.AckLength) }
