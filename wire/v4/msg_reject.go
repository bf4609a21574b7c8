// SPDX-License-Identifier: Apache-2.0

package v4

import "github.com/dtn-tools/tcpcl/wire"

const msgRejectLen = 3

// MsgReject is MSG_REJECT (RFC 9174 5.1.2), which answers a message that could not be processed:
//
//	+------+--------+-------------------------+
//	| 0x06 | reason | rejected message's type |
//	+------+--------+-------------------------+
type MsgReject struct {
	Reason       RejectReason
	RejectedType MessageType
}

// Parse reads the message at the start of b.
func (r *MsgReject) Parse(b []byte) (n int, err error) {
	if len(b) < msgRejectLen {
		return 0, wire.ErrShort(msgRejectLen - len(b))
	}
	r.Reason, r.RejectedType = RejectReason(b[1]), MessageType(b[2])
	return msgRejectLen, nil
}

// Append appends the message to dst.
func (r *MsgReject) Append(dst []byte) []byte {
	return append(dst, byte(TypeMsgReject), byte(r.Reason), byte(r.RejectedType))
}

// Len returns the number of octets that Append appends.
func (r *MsgReject) Len() int { return msgRejectLen }
