// SPDX-License-Identifier: Apache-2.0

package v4

import "github.com/dtn-tools/tcpcl/wire"

const sessTermLen = 3

// SessTerm is SESS_TERM (RFC 9174 6.1), after which its sender starts no new transfer:
//
//	+------+-------+--------+
//	| 0x05 | flags | reason |
//	+------+-------+--------+
type SessTerm struct {
	Flags  TermFlags
	Reason TermReason
}

// Parse reads the message at the start of b.
func (t *SessTerm) Parse(b []byte) (n int, err error) {
	if len(b) < sessTermLen {
		return 0, wire.ErrShort(sessTermLen - len(b))
	}
	t.Flags, t.Reason = TermFlags(b[1]), TermReason(b[2])
	return sessTermLen, nil
}

// Append appends the message to dst.
func (t *SessTerm) Append(dst []byte) []byte {
	return append(dst, byte(TypeSessTerm), byte(t.Flags), byte(t.Reason))
}

// Len returns the number of octets that Append appends.
func (t *SessTerm) Len() int { return sessTermLen }
