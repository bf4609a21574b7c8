// SPDX-License-Identifier: Apache-2.0

// Package bundle reads the bundles of both versions of the Bundle Protocol, BPv6 (RFC 5050) and BPv7 (RFC 9171), with the place
// of every field in the octets, and writes them.
//
// A [Reader] takes a bundle in pieces, as TCP brings them, and holds none of its payload: what it keeps of a bundle of any size
// is bounded by the Max constants. Everything that can be decoded is in its [Bundle] at any time, and what is wrong with the
// bundle is a [Finding] there, never an error. Offsets and lengths are in octets; offsets count from the bundle's first.
//
// Block contents are decoded when asked for, by methods of [Block] and [Bundle]. [Opener] verifies and decrypts BPSec
// blocks (RFC 9172, 9173) with the user's keys. [Joiner] puts fragments together. [Builder7] and [Builder6] write bundles.
package bundle

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// What a Reader keeps of a bundle at most. More is counted and passed over.
const (
	MaxBlockData = 64 << 10  // octets of the data of a block that is not the payload; of an administrative record
	MaxKept      = 256 << 10 // octets of all these together
	MaxBlocks    = 1024      // blocks that are listed
	MaxFindings  = 256       // findings that are listed
)

// Span is where something lies in the bundle. The zero value is nowhere.
type Span struct{ Offset, Length uint64 }

// End returns the offset behind the span.
func (s Span) End() uint64 { return s.Offset + s.Length }

// State says how far a bundle has come.
type State uint8

const (
	Incomplete State = iota // its end has not been there yet
	Complete                // its end was there; octets behind it are a finding
	Truncated               // the octets ended before it did
	Malformed               // it cannot be followed beyond Bundle.Stop
)

var states = [...]string{"incomplete", "complete", "truncated", "malformed"}

func (s State) String() string {
	if int(s) < len(states) {
		return states[s]
	}
	return fmt.Sprintf("%#x", uint8(s))
}

// Finding says what is wrong with a bundle, or odd. ID is that of a Check, as "BPv7-14".
type Finding struct {
	ID     string
	Offset uint64
	Text   string
}

// Timestamp is when a bundle was made: DTN time, which is milliseconds in BPv7 and seconds in BPv6, since 2000-01-01T00:00:00Z,
// and a number that tells bundles of one time apart.
type Timestamp struct{ Time, Sequence uint64 }

// Bundle is a view of a bundle. It is valid until its Reader's next Reset, and changes with each Write; Clone keeps it.
type Bundle struct {
	Version uint8 // 6 or 7; 0 for octets that are no bundle
	State   State
	Length  uint64 // octets of the bundle so far, without those behind its end
	Behind  uint64 // octets behind its end
	Missed  uint64 // octets of Length that were skipped because they were not there
	Stop    Stop   // why it is Malformed or Truncated, and where

	Flags          BundleFlags
	CRC            CRC // of the primary block
	Destination    EID
	Source         EID
	ReportTo       EID
	Custodian      EID // BPv6
	Created        Timestamp
	Lifetime       uint64 // milliseconds in BPv7, seconds in BPv6
	FragmentOffset uint64 // octets, in a fragment
	TotalLength    uint64 // octets of the application data unit, in a fragment

	// Blocks are those behind the primary block, in their order. BlockCount counts also those over MaxBlocks.
	Blocks     []Block
	BlockCount uint64

	// Findings are what is wrong. FindingCount counts also those over MaxFindings.
	Findings     []Finding
	FindingCount uint64

	primary primaryEnds
	dict    Span   // BPv6: the dictionary
	record  []byte // the administrative record, or the first MaxBlockData octets of it
}

// Stop tells why reading ended early, and at which octet.
type Stop struct {
	Offset uint64
	Reason string
}

// IsFragment reports whether the payload is a part of an application data unit.
func (b *Bundle) IsFragment() bool { return b.Flags&FlagFragment != 0 }

// IsAdmin reports whether the payload is an administrative record.
func (b *Bundle) IsAdmin() bool { return b.Flags&FlagAdmin != 0 }

// Payload returns the payload block, or nil. It is the first one where there are several.
func (b *Bundle) Payload() *Block {
	for i := range b.Blocks {
		if b.Blocks[i].Type == BlockPayload {
			return &b.Blocks[i]
		}
	}
	return nil
}

// CreationTime returns when the bundle was made; ok is false where its maker had no clock, and for times beyond all calendars.
func (b *Bundle) CreationTime() (t time.Time, ok bool) {
	if b.Version == 6 {
		return TimeFromSeconds(b.Created.Time)
	}
	return TimeFromMillis(b.Created.Time)
}

// LifetimeDuration returns how long the bundle is of use; ok is false where that does not fit a time.Duration.
func (b *Bundle) LifetimeDuration() (d time.Duration, ok bool) {
	unit := time.Millisecond
	if b.Version == 6 {
		unit = time.Second
	}
	if b.Lifetime > uint64((1<<63-1)/unit) {
		return 0, false
	}
	return time.Duration(b.Lifetime) * unit, true
}

// Clone returns a copy that shares nothing with the Reader.
func (b *Bundle) Clone() *Bundle {
	c := *b
	c.Destination, c.Source, c.ReportTo, c.Custodian = b.Destination.Clone(), b.Source.Clone(), b.ReportTo.Clone(), b.Custodian.Clone()
	c.Blocks, c.Findings, c.record = slices.Clone(b.Blocks), slices.Clone(b.Findings), bytes.Clone(b.record)
	for i := range c.Blocks {
		k := &c.Blocks[i]
		k.Data, k.EIDs = bytes.Clone(k.Data), slices.Clone(k.EIDs)
		for j := range k.EIDs {
			k.EIDs[j] = k.EIDs[j].Clone()
		}
	}
	return &c
}

// find notes what is wrong.
func (b *Bundle) find(id string, offset uint64, text string) {
	b.FindingCount++
	if len(b.Findings) < MaxFindings {
		b.Findings = append(b.Findings, Finding{ID: id, Offset: offset, Text: text})
	}
}
