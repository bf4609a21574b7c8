// SPDX-License-Identifier: Apache-2.0

package v3

import "github.com/dtn-tools/tcpcl/wire/sdnv"

// DataSegment is the header of DATA_SEGMENT (RFC 7242 5.2), DataLength octets of data of a bundle. The data are not part
// of it: they may be more than any memory holds.
//
//	+-----+-------+--------+------+
//	| 0x1 | flags | length | data |
//	| 4 b |  4 b  |  SDNV  |      |
//	+-----+-------+--------+------+
type DataSegment struct {
	Flags      SegmentFlags
	DataLength uint64 // octets; the peer's word
}

// Parse reads the header at the start of b and returns its length.
func (s *DataSegment) Parse(b []byte) (n int, err error) {
	low, v, n, err := parseNumber(b)
	s.Flags, s.DataLength = SegmentFlags(low), v
	return n, err
}

// Append appends the header to dst; the caller appends, or sends after it, the data.
func (s *DataSegment) Append(dst []byte) []byte {
	return sdnv.Append(append(dst, header(TypeDataSegment, uint8(s.Flags))), s.DataLength)
}

// Len returns the number of octets that Append appends.
func (s *DataSegment) Len() int { return 1 + sdnv.Len(s.DataLength) }
