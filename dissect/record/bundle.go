// SPDX-License-Identifier: Apache-2.0

package record

import "slices"

// Bundle is what a bundle says of itself (RFC 9171, RFC 5050), and where it came from. Only the primary block and the list of
// blocks are here.
type Bundle struct {
	Transfer *Transfer // that carried it; nil where it was read from a file of its own
	File     string    // the file it was read from, or written to; "" where there is none

	ProtocolVersion uint8  // 6 or 7; 0: it is no bundle, and only Length, SHA256 and Problems mean something
	Form            string // one of the forms of bundles
	Source          string // "" as the others where the octets end before it
	Destination     string
	ReportTo        string
	Custodian       string // BPv6 only
	Cut             bool   // the octets end in the primary block before its lifetime: creation time, sequence and lifetime are not known
	CreationTime    int64  // ns since the epoch
	HasCreationTime bool   // the maker had a clock, and the time is one of this calendar
	DTNTime         uint64 // the same as it is in the bundle: milliseconds in BPv7, seconds in BPv6
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
	PayloadOffset   uint64 // of the payload in the bundle
	Length          uint64 // octets
	SHA256          []byte // of the octets, where asked for
	Problems        []Problem
	Security        []SecurityOperation
	Admin           string // what an administrative record says, in a few words; "" where there is none
	Subject         *Subject
	Links           Links
	Fields          []Field // all fields, where asked for
}

// Subject is the bundle that a status report or a custody signal speaks of.
type Subject struct {
	Source          string
	CreationTime    int64 // as in Bundle
	HasCreationTime bool
	DTNTime         uint64
	Sequence        uint64
	IsFragment      bool
	FragmentOffset  uint64 // octets
	FragmentLength  uint64 // octets
}

// Links are what only those who know the bundles before this one can tell.
type Links struct {
	SeenBefore  *Sighting // where the same bundle was seen first; nil: it was not, as far as is known
	SubjectSeen *Sighting // where the subject was seen first; nil: it was not, as far as is known
}

// Sighting is where a bundle was seen: in a transfer of a session, or (Session 0) in a file of its own.
type Sighting struct {
	Session    int
	From       From
	TransferID uint64 // in TCPCLv3 the implied one
	Implied    bool
	Frame      uint64
	File       string
}

// Clone returns a copy that shares nothing with b but its strings, Transfer and Links.
func (b *Bundle) Clone() *Bundle {
	c := *b
	if b.Subject != nil {
		subject := *b.Subject
		c.Subject = &subject
	}
	c.Blocks, c.Problems = slices.Clone(b.Blocks), slices.Clone(b.Problems)
	c.SHA256, c.Security = slices.Clone(b.SHA256), slices.Clone(b.Security)
	c.Fields = slices.Clone(b.Fields)
	for i := range c.Fields {
		c.Fields[i].Octets = slices.Clone(c.Fields[i].Octets)
	}
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
