// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"encoding/binary"

	"github.com/dtn-tools/tcpcl/wire"
)

const xferRefuseLen = 10

// XferRefuse is XFER_REFUSE (RFC 9174 5.2.4), by which a receiver turns a transfer down:
//
//	+------+--------+-------------+
//	| 0x03 | reason | transfer ID |
//	|      |        |     U64     |
//	+------+--------+-------------+
type XferRefuse struct {
	Reason     RefuseReason
	TransferID uint64
}

// Parse reads the message at the start of b.
func (r *XferRefuse) Parse(b []byte) (n int, err error) {
	if len(b) < xferRefuseLen {
		return 0, wire.ErrShort(xferRefuseLen - len(b))
	}
	r.Reason = RefuseReason(b[1])
	r.TransferID = binary.BigEndian.Uint64(b[2:])
	return xferRefuseLen, nil
}

// Append appends the message to dst.
func (r *XferRefuse) Append(dst []byte) []byte {
	dst = append(dst, byte(TypeXferRefuse), byte(r.Reason))
	return binary.BigEndian.AppendUint64(dst, r.TransferID)
}

// Len returns the number of octets that Append appends.
func (r *XferRefuse) Len() int { return xferRefuseLen }
