// SPDX-License-Identifier: Apache-2.0

package v3

import (
	"bytes"
	"encoding/binary"

	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/sdnv"
)

// Version is the version octet of this codec's contact header.
const Version = 3

const (
	contactEIDLength = 8 // offset
	contactMinLen    = contactEIDLength + 1
)

// ContactHeader is the first thing each side sends (RFC 7242 4.1):
//
//	+------+------+------+------+---------+-------+-----------+------------+-----------+
//	| 0x64 | 0x74 | 0x6E | 0x21 | version | flags | keepalive | EID length | local EID |
//	|      |      |      |      |         |       |    U16    |  SDNV = N  | N octets  |
//	+------+------+------+------+---------+-------+-----------+------------+-----------+
type ContactHeader struct {
	Version   uint8 // as parsed; Append always writes the version that this layout belongs to
	Flags     ContactFlags
	Keepalive uint16 // seconds; 0 turns keepalives off
	EID       []byte // as on the wire, not necessarily a URI. A view
}

// Parse reads the contact header at the start of b. EID points into b. A wrong octet in the magic is a *wire.Error of kind
// [wire.BadMagic]; another version than 3 is one of kind [wire.BadVersion] whose Value is the version, and h.Version is
// then set. (RFC 7242 4.2 would have a node read higher versions as its own; since version 4 looks otherwise, that is no
// longer safe.)
//
// The EID's length can be any 64-bit number: who collects octets because of wire.ErrShort needs a limit of its own.
func (h *ContactHeader) Parse(b []byte) (n int, err error) {
	h.Version, err = wire.PeekContact(b)
	switch {
	case err != nil:
		return 0, err
	case h.Version != Version:
		return 0, &wire.Error{Kind: wire.BadVersion, Offset: len(wire.Magic), Value: uint64(h.Version)}
	case len(b) < contactMinLen:
		return 0, wire.ErrShort(contactMinLen - len(b))
	}
	h.Flags = ContactFlags(b[5])
	h.Keepalive = binary.BigEndian.Uint16(b[6:])
	length, start, err := parseSDNV(b, contactEIDLength)
	if err != nil {
		return 0, err
	}
	if there := uint64(len(b) - start); length > there {
		return 0, wire.ShortBy(length - there)
	}
	n = start + int(length)
	h.EID = b[start:n:n]
	return n, nil
}

// Append appends the header to dst.
func (h *ContactHeader) Append(dst []byte) []byte {
	dst = append(append(dst, wire.Magic...), Version, byte(h.Flags))
	dst = binary.BigEndian.AppendUint16(dst, h.Keepalive)
	dst = sdnv.Append(dst, uint64(len(h.EID)))
	return append(dst, h.EID...)
}

// Len returns the number of octets that Append appends.
func (h *ContactHeader) Len() int {
	return contactEIDLength + sdnv.Len(uint64(len(h.EID))) + len(h.EID)
}

// Clone returns a copy that shares no octets with what was parsed.
func (h *ContactHeader) Clone() ContactHeader {
	c := *h
	c.EID = bytes.Clone(h.EID)
	return c
}
