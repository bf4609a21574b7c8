// SPDX-License-Identifier: Apache-2.0

package v3

import (
	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/sdnv"
)

// Shutdown is SHUTDOWN (RFC 7242 6.1), after which its sender sends no more data. The flags say which of the fields are
// there. (The RFC's figure draws the delay as two octets, "for convenience"; its text makes it an SDNV.)
//
//	+-----+-------+-------------+--------------------+
//	| 0x5 | flags |   reason    | reconnection delay |
//	| 4 b |  4 b  | U8, if any  |    SDNV, if any    |
//	+-----+-------+-------------+--------------------+
type Shutdown struct {
	Flags  ShutdownFlags
	Reason ShutdownReason // with ShutdownHasReason, else 0
	Delay  uint64         // seconds to wait before reconnecting, 0: never do; with ShutdownHasDelay, else 0
}

// HasReason reports whether the message has a reason.
func (s *Shutdown) HasReason() bool { return s.Flags&ShutdownHasReason != 0 }

// HasDelay reports whether the message has a reconnection delay.
func (s *Shutdown) HasDelay() bool { return s.Flags&ShutdownHasDelay != 0 }

// Parse reads the message at the start of b.
func (s *Shutdown) Parse(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, wire.ErrShort(1)
	}
	*s = Shutdown{Flags: ShutdownFlags(b[0] & lowNibble)}
	n = 1
	if s.HasReason() {
		if len(b) == n {
			return 0, wire.ErrShort(1)
		}
		s.Reason = ShutdownReason(b[n])
		n++
	}
	if s.HasDelay() {
		if s.Delay, n, err = parseSDNV(b, n); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// Append appends the message to dst.
func (s *Shutdown) Append(dst []byte) []byte {
	dst = append(dst, header(TypeShutdown, uint8(s.Flags)))
	if s.HasReason() {
		dst = append(dst, byte(s.Reason))
	}
	if s.HasDelay() {
		dst = sdnv.Append(dst, s.Delay)
	}
	return dst
}

// Len returns the number of octets that Append appends.
func (s *Shutdown) Len() int {
	n := 1
	if s.HasReason() {
		n++
	}
	if s.HasDelay() {
		n += sdnv.Len(s.Delay)
	}
	return n
}
