// SPDX-License-Identifier: Apache-2.0

package v4

import "github.com/dtn-tools/tcpcl/wire"

// Keepalive is KEEPALIVE (RFC 9174 5.1.1), the type octet alone:
//
//	+------+
//	| 0x04 |
//	+------+
type Keepalive struct{}

// Parse reads the message at the start of b.
func (*Keepalive) Parse(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, wire.ErrShort(1)
	}
	return 1, nil
}

// Append appends the message to dst.
func (*Keepalive) Append(dst []byte) []byte { return append(dst, byte(TypeKeepalive)) }

// Len returns the number of octets that Append appends.
func (*Keepalive) Len() int { return 1 }
