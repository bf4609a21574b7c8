// SPDX-License-Identifier: Apache-2.0

package v4

import "github.com/dtn-tools/tcpcl/wire"

// Version is the version octet of this codec's contact header.
const Version = 4

const contactHeaderLen = 6

// ContactHeader is the first thing each side sends (RFC 9174 4.2), never inside TLS:
//
//	+------+------+------+------+---------+-------+
//	| 0x64 | 0x74 | 0x6E | 0x21 | version | flags |
//	+------+------+------+------+---------+-------+
type ContactHeader struct {
	Version uint8 // as parsed; Append always writes the version that this layout belongs to
	Flags   ContactFlags
}

// Parse reads the contact header at the start of b. A wrong octet in the magic is a *wire.Error of kind
// [wire.BadMagic]; another version than 4 is one of kind [wire.BadVersion] whose Value is the version, and h.Version is
// then set: only the first five octets mean the same in all versions.
func (h *ContactHeader) Parse(b []byte) (n int, err error) {
	h.Version, err = wire.PeekContact(b)
	switch {
	case err != nil:
		return 0, err
	case h.Version != Version:
		return 0, &wire.Error{Kind: wire.BadVersion, Offset: len(wire.Magic), Value: uint64(h.Version)}
	case len(b) < contactHeaderLen:
		return 0, wire.ErrShort(contactHeaderLen - len(b))
	}
	h.Flags = ContactFlags(b[5])
	return contactHeaderLen, nil
}

// Append appends the header to dst.
func (h *ContactHeader) Append(dst []byte) []byte {
	return append(append(dst, wire.Magic...), Version, byte(h.Flags))
}

// Len returns the number of octets that Append appends.
func (h *ContactHeader) Len() int { return contactHeaderLen }
