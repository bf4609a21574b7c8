// SPDX-License-Identifier: Apache-2.0

// Package sdnv reads and writes Self-Delimiting Numeric Values (RFC 6256), the integers of TCPCLv3 and BPv6:
//
//	+---+-------------+   +---+-------------+
//	| 1 | seven bits  |...| 0 | seven bits  |   most significant group first; the top bit is 0 only in the last octet
//	+---+-------------+   +---+-------------+
package sdnv

import (
	"math"
	"math/bits"

	"github.com/dtn-tools/tcpcl/wire"
)

// MaxLen is the number of octets that the longest minimal encoding takes, that of 2^64-1.
const MaxLen = 10

// paddedLen is the number of octets after which an SDNV must have ended. Leading 0x80 octets carry no bits and are legal
// in any number, so that only a limit of our own keeps a peer from sending them for ever.
const paddedLen = 16

// Parse reads the value at the start of b and returns it with the number n of octets it took. Leading zero groups are
// accepted; the encoding was not minimal exactly if n > [Len](v).
//
// The error is wire.ErrShort(1) where b ends before the value does, and a *wire.Error of kind [wire.SDNVOverflow] at
// offset 0 for values over 2^64-1 (RFC 5050 4.1 lets them be invalid) and encodings of more than 16 octets. It is told as
// soon as it is certain, which can be before the last octet.
func Parse(b []byte) (v uint64, n int, err error) {
	for i, octet := range b {
		v = v<<7 | uint64(octet&0x7f)
		if octet < 0x80 {
			return v, i + 1, nil
		}
		if v > math.MaxUint64>>7 || i+1 == paddedLen {
			return 0, 0, &wire.Error{Kind: wire.SDNVOverflow}
		}
	}
	return 0, 0, wire.ErrShort(1)
}

// Append appends the minimal encoding of v to dst.
func Append(dst []byte, v uint64) []byte {
	for shift := 7 * (Len(v) - 1); shift > 0; shift -= 7 {
		dst = append(dst, byte(v>>shift)|0x80)
	}
	return append(dst, byte(v)&0x7f)
}

// Len returns how many octets the minimal encoding of v takes, 1 to [MaxLen].
func Len(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }
