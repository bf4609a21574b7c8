// SPDX-License-Identifier: Apache-2.0

// Package wire holds what the codecs of both TCPCL versions share: the two ways in which parsing octets can fail.
//
// The codecs themselves are wire/v3 (RFC 7242) and wire/v4 (RFC 9174). They are pure: octets in, messages out, and back.
// They do no I/O, know no clock and keep no state. Every parser returns how many octets it used, so that a caller walks a
// stream message by message without framing of its own.
package wire

import (
	"fmt"
	"math"
)

// ErrShort says that the octets given are the beginning of something valid that is not complete. Its value is the number
// of octets still missing, at least: with that many more the parser gets further, though perhaps not to the end.
type ErrShort int

func (e ErrShort) Error() string { return fmt.Sprintf("short by at least %d octets", int(e)) }

// ShortBy is the ErrShort for a number of missing octets that came out of a length field and need not fit an int. The
// number is the peer's word: never reserve memory by it.
func ShortBy(missing uint64) ErrShort { return ErrShort(min(missing, math.MaxInt)) }

// Kind says what is wrong with octets that can never become a message, however many follow.
type Kind uint8

const (
	BadMagic     Kind = iota + 1 // a contact header does not begin with "dtn!"
	BadVersion                   // a contact header of a version this codec does not speak
	UnknownType                  // a message type that the RFC does not assign
	BadLength                    // a length that contradicts what surrounds it
	SDNVOverflow                 // an SDNV over 2^64-1, or one that does not end
)

var kinds = [...]string{BadMagic: "bad magic", BadVersion: "unsupported version", UnknownType: "unknown message type",
	BadLength: "inconsistent length", SDNVOverflow: "SDNV too large"}

func (k Kind) String() string {
	if int(k) < len(kinds) && kinds[k] != "" {
		return kinds[k]
	}
	return fmt.Sprintf("Kind(%#02x)", uint8(k))
}

// Error tells what cannot be parsed and where: Offset counts octets from the start of what was given to the parser.
type Error struct {
	Kind   Kind
	Offset int
	Value  uint64 // the offending value where there is one: version, type octet, length
}

func (e *Error) Error() string {
	return fmt.Sprintf("%v (%#02x) at octet %d", e.Kind, e.Value, e.Offset)
}
