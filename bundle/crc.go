// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// CRCType is how a block of BPv7 is protected against errors (RFC 9171 4.2.1).
type CRCType uint64

const (
	CRCNone CRCType = 0
	CRC16   CRCType = 1 // X-25, 2 octets
	CRC32C  CRCType = 2 // Castagnoli, 4 octets
)

var crcTypes = [...]string{CRCNone: "none", CRC16: "CRC-16/X-25", CRC32C: "CRC-32C"}

// String returns the name of the algorithm, or as "0x3" a type that the RFC does not assign.
func (t CRCType) String() string {
	if t < CRCType(len(crcTypes)) {
		return crcTypes[t]
	}
	return fmt.Sprintf("%#x", uint64(t))
}

// Len returns the number of octets of a value, 0 for types that the RFC does not assign.
func (t CRCType) Len() int {
	switch t {
	case CRC16:
		return 2
	case CRC32C:
		return 4
	default:
		return 0
	}
}

// CRCState says whether a block arrived as it was sent.
type CRCState uint8

const (
	CRCAbsent    CRCState = iota // the block has none
	CRCValid                     // the value is that of the octets
	CRCInvalid                   // it is not
	CRCUnchecked                 // the type is unknown, the value has a wrong length, or the block did not arrive whole
)

var crcStates = [...]string{CRCAbsent: "none", CRCValid: "valid", CRCInvalid: "invalid", CRCUnchecked: "unchecked"}

func (s CRCState) String() string {
	if int(s) < len(crcStates) {
		return crcStates[s]
	}
	return fmt.Sprintf("%#x", uint8(s))
}

// CRC is the CRC of a block: Value is what it carries, Computed what its octets give, where State is CRCValid or CRCInvalid.
type CRC struct {
	Type            CRCType
	Value, Computed uint32
	State           CRCState
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// crc16Tables are those of "slicing by 8" for the reflected polynomial 0x8408.
var crc16Tables = func() (t [8][256]uint16) {
	for i := range t[0] {
		v := uint16(i)
		for range 8 {
			v = v>>1 ^ v&1*0x8408
		}
		t[0][i] = v
	}
	for k := 1; k < len(t); k++ {
		for i, v := range t[k-1] {
			t[k][i] = v>>8 ^ t[0][uint8(v)]
		}
	}
	return t
}()

// crcSum is a CRC that is computed piece by piece; the value for types without an algorithm is 0.
type crcSum struct {
	kind CRCType
	sum  uint32
}

func (c *crcSum) begin(t CRCType) {
	c.kind, c.sum = t, 0
	if t == CRC16 {
		c.sum = 0xffff
	}
}

func (c *crcSum) update(b []byte) {
	switch c.kind {
	case CRC32C:
		c.sum = crc32.Update(c.sum, castagnoli, b)
	case CRC16:
		c.sum = uint32(updateCRC16(uint16(c.sum), b))
	}
}

// zeros adds the octets of zeros as which the value itself counts (RFC 9171 4.3.1, 4.3.2). n is their number.
func (c *crcSum) zeros(n int) {
	switch {
	case c.kind == CRC32C && n == 4:
		v, t := ^c.sum, &crc32Zeros
		c.sum = ^(t[0][uint8(v)] ^ t[1][uint8(v>>8)] ^ t[2][uint8(v>>16)] ^ t[3][v>>24])
	case c.kind == CRC16 && n == 2:
		v, t := uint16(c.sum), &crc16Tables
		c.sum = uint32(t[1][uint8(v)] ^ t[0][v>>8])
	}
}

// crc32Zeros gives the change that four zeros make, from each octet of the value before them.
var crc32Zeros = func() (t [4][256]uint32) {
	for k := range t {
		for i := range t[k] {
			v := uint32(i) << (8 * k)
			for range 4 {
				v = v>>8 ^ castagnoli[uint8(v)]
			}
			t[k][i] = v
		}
	}
	return t
}()

func (c *crcSum) value() uint32 {
	if c.kind == CRC16 {
		return c.sum ^ 0xffff
	}
	return c.sum
}

func updateCRC16(v uint16, b []byte) uint16 {
	t := &crc16Tables
	for len(b) >= 8 {
		v ^= binary.LittleEndian.Uint16(b)
		v = t[7][uint8(v)] ^ t[6][v>>8] ^ t[5][b[2]] ^ t[4][b[3]] ^ t[3][b[4]] ^ t[2][b[5]] ^ t[1][b[6]] ^ t[0][b[7]]
		b = b[8:]
	}
	for _, octet := range b {
		v = v>>8 ^ t[0][uint8(v)^octet]
	}
	return v
}
