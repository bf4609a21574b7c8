// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"encoding/binary"

	"github.com/dtn-tools/tcpcl/wire"
)

// XferAckLen is the length of an XFER_ACK, and the least that a segment's header takes.
const XferAckLen = 18

// XferAck is XFER_ACK (RFC 9174 5.2.3), which answers one XFER_SEGMENT:
//
//	+------+-------+-------------+---------------------+
//	| 0x02 | flags | transfer ID | acknowledged length |
//	|      |       |     U64     |         U64         |
//	+------+-------+-------------+---------------------+
type XferAck struct {
	Flags      SegmentFlags // those of the segment, unknown bits included
	TransferID uint64
	AckLength  uint64 // octets of the transfer received so far
}

// Parse reads the message at the start of b.
func (a *XferAck) Parse(b []byte) (n int, err error) {
	if len(b) < XferAckLen {
		return 0, wire.ErrShort(XferAckLen - len(b))
	}
	a.Flags = SegmentFlags(b[1])
	a.TransferID = binary.BigEndian.Uint64(b[2:])
	a.AckLength = binary.BigEndian.Uint64(b[10:])
	return XferAckLen, nil
}

// Append appends the message to dst.
func (a *XferAck) Append(dst []byte) []byte {
	dst = append(dst, byte(TypeXferAck), byte(a.Flags))
	dst = binary.BigEndian.AppendUint64(dst, a.TransferID)
	return binary.BigEndian.AppendUint64(dst, a.AckLength)
}

// Len returns the number of octets that Append appends.
func (a *XferAck) Len() int { return XferAckLen }
