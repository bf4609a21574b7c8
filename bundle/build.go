// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"errors"
	"fmt"
	"math"
)

// NewBlock is a block to be written.
type NewBlock struct {
	Type   BlockType
	Number uint64 // BPv7; 0 lets the builder choose
	Flags  BlockFlags
	CRC    CRCType // BPv7
	Data   []byte
}

// Outline is what the primary blocks of both versions say. Times are as the version has them.
type Outline struct {
	Flags          BundleFlags
	Destination    EID
	Source         EID
	ReportTo       EID
	Created        Timestamp
	Lifetime       uint64 // milliseconds in BPv7, seconds in BPv6
	FragmentOffset uint64 // with FlagFragment
	TotalLength    uint64 // with FlagFragment
}

// Why a bundle cannot be built.
var (
	ErrEID       = errors.New("an endpoint ID cannot be written in this version")
	ErrFlags     = errors.New("the flags contradict the bundle protocol")
	ErrFragment  = errors.New("the fragment lies outside its application data unit")
	ErrNumber    = errors.New("a block number is used twice, or is not allowed")
	ErrBlockType = errors.New("a block of this type cannot be an extension block of this version")
	ErrCRC       = errors.New("a CRC type is not one of the bundle protocol, or is missing")
	ErrClock     = errors.New("a bundle without a creation time needs exactly one bundle age block")
)

// check judges what both versions ask of an outline; payload is the length of the payload in octets.
func (o *Outline) check(known, reports BundleFlags, payload int) error {
	f := o.Flags
	switch {
	case f&^known != 0:
		return fmt.Errorf("%w: %#x is not assigned", ErrFlags, uint64(f&^known))
	case f&FlagFragment != 0 && f&FlagNoFragment != 0:
		return fmt.Errorf("%w: a fragment that must not be fragmented", ErrFlags)
	case f&FlagAdmin != 0 && f&reports != 0:
		return fmt.Errorf("%w: an administrative record asks for status reports", ErrFlags)
	case o.Source.IsNull() && (f&FlagNoFragment == 0 || f&reports != 0):
		return fmt.Errorf("%w: a bundle without a source must not be fragmented and asks for no reports", ErrFlags)
	case f&FlagFragment != 0:
		if n := uint64(payload); o.TotalLength == 0 || o.FragmentOffset > o.TotalLength || n > o.TotalLength-o.FragmentOffset {
			return ErrFragment
		}
	}
	return nil
}

// appendHead appends the head of a CBOR item in its shortest form.
func appendHead(dst []byte, major uint8, v uint64) []byte {
	m := major << 5
	switch {
	case v < 24:
		return append(dst, m|byte(v))
	case v <= math.MaxUint8:
		return append(dst, m|24, byte(v))
	case v <= math.MaxUint16:
		return append(dst, m|25, byte(v>>8), byte(v))
	case v <= math.MaxUint32:
		return append(dst, m|26, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return append(dst, m|27, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func appendUint(dst []byte, v uint64) []byte { return appendHead(dst, cborUint, v) }

func appendBytes(dst []byte, b []byte) []byte {
	return append(appendHead(dst, cborBytes, uint64(len(b))), b...)
}

// AppendCBOR appends the form of e in BPv7 (RFC 9171 4.2.5.1) to dst. An ipn EID of the default allocator takes two numbers, others
// three (RFC 9758 6.1), unless Elements says which. ok is false, and nothing is appended, for EIDs that have no such form.
func (e *EID) AppendCBOR(dst []byte) (b []byte, ok bool) {
	switch e.Form {
	case EIDDTN:
		dst = append(dst, 0x82, byte(SchemeDTN))
		if e.IsNull() {
			return append(dst, 0), true
		}
		return append(appendHead(dst, cborText, uint64(len(e.SSP))), e.SSP...), true
	case EIDIPN:
		dst = append(dst, 0x82, byte(SchemeIPN))
		if e.Elements == 3 || e.Elements != 2 && e.Allocator() != 0 {
			dst = appendUint(append(dst, 0x83), uint64(e.Allocator()))
			return appendUint(appendUint(dst, e.Node&math.MaxUint32), e.Service), true
		}
		return appendUint(appendUint(append(dst, 0x82), e.Node), e.Service), true
	case EIDRaw:
		return append(appendUint(append(dst, 0x82), e.Scheme), e.SSP...), true
	}
	return dst, false
}
