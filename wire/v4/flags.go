// SPDX-License-Identifier: Apache-2.0

package v4

import "github.com/dtn-tools/tcpcl/wire"

// The bits that the RFC does not assign are sent as 0 and ignored on receipt, everywhere. The names of a
// value of flags are made once and shared, so that callers must not change them.

// ContactFlags are the flags of the contact header (RFC 9174 4.2).
type ContactFlags uint8

// ContactCanTLS says that the sender has TLS enabled.
const ContactCanTLS ContactFlags = 0x01

var contactFlagNames = wire.FlagNames{Assigned: []wire.FlagBit{{Bit: uint8(ContactCanTLS), Name: "CAN_TLS"}}}

// Names lists the bits that are set, unassigned ones as "0x40".
func (f ContactFlags) Names() []string { return contactFlagNames.Of(uint8(f)) }

// SegmentFlags are the flags of XFER_SEGMENT and, copied, of XFER_ACK (RFC 9174 5.2.2, 5.2.3).
type SegmentFlags uint8

const (
	SegmentEnd   SegmentFlags = 0x01 // the last segment of its transfer
	SegmentStart SegmentFlags = 0x02 // the first segment of its transfer; an extension list is there
)

var segmentFlagNames = wire.FlagNames{Assigned: []wire.FlagBit{
	{Bit: uint8(SegmentStart), Name: "START"},
	{Bit: uint8(SegmentEnd), Name: "END"},
}}

// Names lists the bits that are set, START before END, unassigned ones as "0x40".
func (f SegmentFlags) Names() []string { return segmentFlagNames.Of(uint8(f)) }

// ItemFlags are the flags of an extension item (RFC 9174 4.8, 5.2.5).
type ItemFlags uint8

// ItemCritical says that a receiver which does not know the item's type must refuse the session or the transfer.
const ItemCritical ItemFlags = 0x01

var itemFlagNames = wire.FlagNames{Assigned: []wire.FlagBit{{Bit: uint8(ItemCritical), Name: "CRITICAL"}}}

// Names lists the bits that are set, unassigned ones as "0x40".
func (f ItemFlags) Names() []string { return itemFlagNames.Of(uint8(f)) }

// TermFlags are the flags of SESS_TERM (RFC 9174 6.1).
type TermFlags uint8

// TermReply says that the message answers the other side's SESS_TERM.
const TermReply TermFlags = 0x01

var termFlagNames = wire.FlagNames{Assigned: []wire.FlagBit{{Bit: uint8(TermReply), Name: "REPLY"}}}

// Names lists the bits that are set, unassigned ones as "0x40".
func (f TermFlags) Names() []string { return termFlagNames.Of(uint8(f)) }
