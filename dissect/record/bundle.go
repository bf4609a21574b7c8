// SPDX-License-Identifier: Apache-2.0

package record

import "slices"

// Bundle is what a bundle says of itself (RFC 9171, RFC 5050), and where it came from. Only the primary block and the list of
// blocks are here; a view that wants more asks for Fields.
type Bundle struct {
	Transfer *Transfer // that carried it; nil where it was read from a file of its own
	File     string    // the file it was read from, or written to; "" where there is none

	ProtocolVersion uint8  // 6 or 7; 0: it is no bundle, and only Length, SHA256 and Problems mean something
	Form            string // one of the forms of bundles
	Source          string
	Destination     string
	ReportTo        string
	Custodian       string // BPv6 only
	CreationTime    int64  // ns since the epoch
	HasCreationTime bool   // the maker had a clock, and the time is one of this calendar
	Sequence        uint64
	Lifetime        uint64 // milliseconds
	Flags           uint64
	FlagNames       []string
	IsFragment      bool
	FragmentOffset  uint64 // octets
	TotalADULength  uint64 // octets
	Blocks          []Block
	CRC             string // one of the CRC states: that of all blocks together
	PayloadLength   uint64 // octets
	Length          uint64 // octets
	SHA256          []byte // of the octets, where asked for
	Problems        []Problem
	Admin           string // what an administrative record says, in a few words; "" where there is none

	Fields []Field // where asked for: everything, in the order of the octets
}

// Clone returns a copy that shares nothing with b but its strings and Transfer.
func (b *Bundle) Clone() *Bundle {
	c := *b
	c.Blocks, c.Problems, c.Fields = slices.Clone(b.Blocks), slices.Clone(b.Problems), slices.Clone(b.Fields)
	c.SHA256 = slices.Clone(b.SHA256)
	return &c
}

// Forms of bundles.
const (
	BundleWhole     = "whole"
	BundleTruncated = "truncated" // the octets end before the bundle does
	BundleMalformed = "malformed" // the octets contradict the Bundle Protocol, and nothing behind them could be read
)

// CRC states.
const (
	CRCValid     = "valid"
	CRCInvalid   = "invalid"
	CRCNone      = "none"      // there is none
	CRCUnchecked = "unchecked" // of an unknown kind, or the block is not there as a whole
)

// Block is a block of a bundle.
type Block struct {
	Primary   bool   // it is the primary block: Number is 0 and Type means nothing
	Number    uint64 // in BPv6, which has none, the place in the bundle
	Type      uint64
	Name      string
	FlagNames []string
	CRC       string
	Length    uint64 // octets of the block-type-specific data; of a primary block, octets of the whole
}

// Problem is something wrong with a bundle. ID is that of the check, as "BPv7-14".
type Problem struct {
	ID     string
	Offset uint64 // in the bundle
	Text   string
}

// Field is a field of a bundle, for views that show all of it.
type Field struct {
	Depth          int    // 0: a block; 1: a field of it; and so on
	Name           string // tshark's name of the field, as "bpv7.primary.lifetime"; "" where it has none
	Label          string // for people
	Value          string // for people; "" where Label says it all
	Raw            string // as tshark's -T fields writes it
	Offset, Length uint64 // in the bundle
}
