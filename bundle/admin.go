// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"errors"
	"fmt"
	"time"
)

// ErrNoRecord says that a bundle has no administrative record to decode.
var ErrNoRecord = errors.New("the bundle has no administrative record, or only a part of one")

// AdminRecord is an administrative record (RFC 9171 6.1, RFC 5050 6.1): the payload of a bundle with FlagAdmin. Type says which of the
// parts counts. Octets are views of what the bundle keeps.
type AdminRecord struct {
	Type    RecordType
	Flags   uint8 // BPv6: the low nibble of the first octet; 1 for a record about a fragment
	Version uint8 // of the bundle
	Cut     bool  // it is longer than MaxBlockData octets and only its beginning is here

	Status       StatusReport
	Custody      CustodySignal
	Encapsulated Encapsulated

	// Content are the octets behind the type, and ContentSpan is where they are.
	Content     []byte
	ContentSpan Span
}

// Name returns the name of the record's type.
func (a *AdminRecord) Name() string { return a.Type.Name(a.Version) }

// Assertion is a statement of a status report.
type Assertion struct {
	Asserted bool
	HasTime  bool
	Time     uint64 // DTN time: milliseconds in BPv7, seconds in BPv6
	Nanos    uint64 // BPv6: nanoseconds besides
	Span     Span   // of the array in BPv7, of the time in BPv6
}

// Subject is the bundle that a record is about.
type Subject struct {
	Source         EID
	Created        Timestamp
	IsFragment     bool
	FragmentOffset uint64
	FragmentLength uint64

	SourceSpan, CreatedSpan, FragmentSpan Span
}

// StatusReport is a bundle status report (RFC 9171 6.1.1, RFC 5050 6.1.1).
type StatusReport struct {
	Received        Assertion
	CustodyAccepted Assertion // BPv6
	Forwarded       Assertion
	Delivered       Assertion
	Deleted         Assertion
	More            int // BPv7: assertions behind these, which have no meaning yet
	Reason          ReportReason
	ReasonSpan      Span
	Subject         Subject
}

// CustodySignal is a custody signal of BPv6 (RFC 5050 6.1.2) or, with Fills, an aggregate one (CCSDS 734.2-B, and BIBE's in BPv7).
type CustodySignal struct {
	Succeeded bool
	Reason    CustodyReason
	Time      uint64 // DTN seconds
	Nanos     uint64
	Subject   Subject
	Fills     []Fill
}

// Fill is a run of custody IDs.
type Fill struct{ First, Count uint64 }

// Encapsulated is a bundle in a bundle (draft-ietf-dtn-bibect).
type Encapsulated struct {
	TransmissionID uint64 // 0 if custody is not asked for
	RetransmitTime uint64 // DTN time
	Span           Span   // of the inner bundle in the outer one
	Octets         []byte // the inner bundle, or the first part of it
}

// TimeOf returns the time of an assertion in a version of the protocol; ok is false if there is none.
func (a Assertion) TimeOf(version uint8) (t time.Time, ok bool) {
	switch {
	case !a.HasTime:
		return t, false
	case version == 6:
		t, ok = TimeFromSeconds(a.Time)
		return t.Add(time.Duration(min(a.Nanos, 999_999_999))), ok
	}
	return TimeFromMillis(a.Time)
}

// AdminRecord decodes the administrative record of a bundle. On an error a has what was read before.
func (b *Bundle) AdminRecord() (a AdminRecord, err error) {
	k := b.Payload()
	switch {
	case !b.IsAdmin() || b.IsFragment() || k == nil || b.record == nil:
		return a, ErrNoRecord
	case k.Encrypted:
		return a, ErrEncrypted
	}
	a.Version = b.Version
	a.Cut = uint64(len(b.record)) < k.DataLength
	c := cursor{b: b.record, base: k.DataSpan.Offset}
	if b.Version == 6 {
		a.decode6(&c, k)
	} else {
		a.decode7(&c, k)
	}
	if c.fault != faultNone || !a.Cut && c.i < len(c.b) {
		if err := k.finish(&c); err != nil && !(a.Cut && c.fault == faultShort) {
			return a, fmt.Errorf("the administrative record: %w", err)
		}
	}
	return a, nil
}

// setContent notes what is behind the type.
func (a *AdminRecord) setContent(c *cursor, k *Block) {
	if c.fault == faultNone {
		a.Content = c.b[c.i:len(c.b):len(c.b)]
		a.ContentSpan = Span{k.DataSpan.Offset + uint64(c.i), k.DataSpan.Length - uint64(c.i)}
	}
}
