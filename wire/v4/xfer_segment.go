// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"encoding/binary"

	"github.com/dtn-tools/tcpcl/wire"
)

const (
	xferSegmentList = 10 // offset of the list length with START, of the data length without
	xferSegmentLen  = 18 // header without an extension list
)

// XferSegment is the header of XFER_SEGMENT (RFC 9174 5.2.2), DataLength octets of data of a transfer. The data are not
// part of it: they may be more than any memory holds. The extension list is there only with START:
//
//	+------+-------+-------------+------------+--------+-------------+------+
//	| 0x01 | flags | transfer ID | ext length | items  | data length | data |
//	|      |       |     U64     |  U32 = E   | E oct. |     U64     |      |
//	+------+-------+-------------+------------+--------+-------------+------+
//	                             |<-- with START -->|
type XferSegment struct {
	Flags      SegmentFlags
	TransferID uint64
	Extensions ExtensionList // a view; nil without START
	DataLength uint64        // octets; the peer's word
}

// Parse reads the header at the start of b and returns its length. Extensions points into b.
func (s *XferSegment) Parse(b []byte) (n int, err error) {
	if s.parseWithoutList(b) {
		return xferSegmentLen, nil
	}
	if len(b) >= xferSegmentLen+listLengthLen && binary.BigEndian.Uint32(b[xferSegmentList:]) == 0 {
		// An empty list: most transfers of one segment are such.
		s.Flags = SegmentFlags(b[1])
		s.TransferID = binary.BigEndian.Uint64(b[2:])
		s.Extensions = ExtensionList(b[xferSegmentList+listLengthLen : xferSegmentList+listLengthLen : xferSegmentList+listLengthLen])
		s.DataLength = binary.BigEndian.Uint64(b[xferSegmentList+listLengthLen:])
		return xferSegmentLen + listLengthLen, nil
	}
	return s.parseWithList(b)
}

// parseWithoutList reads a header that is complete and has no list, and refuses all others. Most segments of a long transfer
// are such: it is apart to be inlined.
func (s *XferSegment) parseWithoutList(b []byte) bool {
	if len(b) < xferSegmentLen || SegmentFlags(b[1])&SegmentStart != 0 {
		return false
	}
	s.Flags = SegmentFlags(b[1])
	s.TransferID = binary.BigEndian.Uint64(b[2:])
	s.Extensions = nil
	s.DataLength = binary.BigEndian.Uint64(b[xferSegmentList:])
	return true
}

// SingleSegmentLen is the length of the header of a segment that is a transfer of its own, without extension items.
const SingleSegmentLen = xferSegmentLen + listLengthLen

// ParseSingle reads the header at the start of b if it is a complete one of a segment that is a transfer of its own, START and
// END, without extension items. It returns what XferSegment holds otherwise, by value.
func ParseSingle(b []byte) (transferID, dataLength uint64, ok bool) {
	if len(b) < SingleSegmentLen || b[0] != byte(TypeXferSegment) || SegmentFlags(b[1]) != SegmentStart|SegmentEnd ||
		binary.BigEndian.Uint32(b[xferSegmentList:]) != 0 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(b[2:]), binary.BigEndian.Uint64(b[xferSegmentList+listLengthLen:]), true
}

// parseWithList reads a header that has a list if it is complete.
func (s *XferSegment) parseWithList(b []byte) (n int, err error) {
	if len(b) < xferSegmentLen {
		return 0, wire.ErrShort(xferSegmentLen - len(b))
	}
	s.Flags = SegmentFlags(b[1])
	s.TransferID = binary.BigEndian.Uint64(b[2:])
	s.Extensions, n, err = parseExtensions(b, xferSegmentList, 8)
	if err != nil {
		return 0, err
	}
	s.DataLength = binary.BigEndian.Uint64(b[n:])
	return n + 8, nil
}

// Append appends the header to dst; the caller appends, or sends after it, the data.
func (s *XferSegment) Append(dst []byte) []byte {
	dst = append(dst, byte(TypeXferSegment), byte(s.Flags))
	dst = binary.BigEndian.AppendUint64(dst, s.TransferID)
	if s.Flags&SegmentStart != 0 {
		dst = appendExtensions(dst, s.Extensions)
	}
	return binary.BigEndian.AppendUint64(dst, s.DataLength)
}

// Len returns the number of octets that Append appends.
func (s *XferSegment) Len() int {
	if s.Flags&SegmentStart == 0 {
		return xferSegmentLen
	}
	return xferSegmentLen + listLengthLen + len(s.Extensions.encodable())
}

// Clone returns a copy that shares no octets with what was parsed.
func (s *XferSegment) Clone() XferSegment {
	c := *s
	c.Extensions = s.Extensions.Clone()
	return c
}
