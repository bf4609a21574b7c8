// SPDX-License-Identifier: Apache-2.0

package v3

import "github.com/dtn-tools/tcpcl/wire"

// Keepalive is KEEPALIVE (RFC 7242 5.6), the header octet alone:
//
//	+-----+-------+
//	| 0x4 | flags |
//	| 4 b |  4 b  |
//	+-----+-------+
type Keepalive struct {
	Flags ReservedFlags
}

// Parse reads the message at the start of b.
func (k *Keepalive) Parse(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, wire.ErrShort(1)
	}
	k.Flags = ReservedFlags(b[0] & lowNibble)
	return 1, nil
}

// Append appends the message to dst.
func (k *Keepalive) Append(dst []byte) []byte {
	return append(dst, header(TypeKeepalive, uint8(k.Flags)))
}

// Len returns the number of octets that Append appends.
func (k *Keepalive) Len() int { return 1 }
