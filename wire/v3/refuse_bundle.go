// SPDX-License-Identifier: Apache-2.0

package v3

import "github.com/dtn-tools/tcpcl/wire"

// RefuseBundle is REFUSE_BUNDLE (RFC 7242 5.4), by which a receiver turns down the oldest bundle that it has not fully
// acknowledged or refused yet:
//
//	+-----+--------+
//	| 0x3 | reason |
//	| 4 b |  4 b   |
//	+-----+--------+
type RefuseBundle struct {
	Reason RefuseReason
}

// Parse reads the message at the start of b.
func (r *RefuseBundle) Parse(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, wire.ErrShort(1)
	}
	r.Reason = RefuseReason(b[0] & lowNibble)
	return 1, nil
}

// Append appends the message to dst.
func (r *RefuseBundle) Append(dst []byte) []byte {
	return append(dst, header(TypeRefuseBundle, uint8(r.Reason)))
}

// Len returns the number of octets that Append appends.
func (r *RefuseBundle) Len() int { return 1 }
