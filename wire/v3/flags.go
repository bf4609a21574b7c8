// SPDX-License-Identifier: Apache-2.0

package v3

import "github.com/dtn-tools/tcpcl/wire"

// The bits that the RFC does not assign are sent as 0, everywhere. The names of a value of flags are made once and shared, so
// that callers must not change them.

// ContactFlags are the flags of the contact header (RFC 7242 4.1), the only ones of eight bits.
type ContactFlags uint8

const (
	ContactAck           ContactFlags = 0x01 // acknowledge the segments of bundles
	ContactFragmentation ContactFlags = 0x02 // reactive fragmentation
	ContactRefusal       ContactFlags = 0x04 // bundles may be refused; only together with ContactAck
	ContactLength        ContactFlags = 0x08 // send LENGTH messages
)

var contactFlagNames = wire.FlagNames{Assigned: []wire.FlagBit{
	{Bit: uint8(ContactAck), Name: "ACK"},
	{Bit: uint8(ContactFragmentation), Name: "FRAGMENTATION"},
	{Bit: uint8(ContactRefusal), Name: "REFUSAL"},
	{Bit: uint8(ContactLength), Name: "LENGTH"},
}}

// Names lists the bits that are set, unassigned ones as "0x40".
func (f ContactFlags) Names() []string { return contactFlagNames.Of(uint8(f)) }

// SegmentFlags are the flags of DATA_SEGMENT (RFC 7242 5.2).
type SegmentFlags uint8

const (
	SegmentEnd   SegmentFlags = 0x01 // the last segment of its bundle
	SegmentStart SegmentFlags = 0x02 // the first segment of its bundle
)

var segmentFlagNames = wire.FlagNames{Assigned: []wire.FlagBit{
	{Bit: uint8(SegmentStart), Name: "START"},
	{Bit: uint8(SegmentEnd), Name: "END"},
}}

// Names lists the bits that are set, START before END, unassigned ones as "0x08".
func (f SegmentFlags) Names() []string { return segmentFlagNames.Of(uint8(f)) }

// ShutdownFlags are the flags of SHUTDOWN (RFC 7242 6.1).
type ShutdownFlags uint8

const (
	ShutdownHasDelay  ShutdownFlags = 0x01
	ShutdownHasReason ShutdownFlags = 0x02
)

var shutdownFlagNames = wire.FlagNames{Assigned: []wire.FlagBit{
	{Bit: uint8(ShutdownHasReason), Name: "REASON"},
	{Bit: uint8(ShutdownHasDelay), Name: "DELAY"},
}}

// Names lists the bits that are set, REASON before DELAY, unassigned ones as "0x08".
func (f ShutdownFlags) Names() []string { return shutdownFlagNames.Of(uint8(f)) }

// ReservedFlags are the low bits of the header octet of messages for which the RFC defines no flag.
type ReservedFlags uint8

var reservedFlagNames wire.FlagNames

// Names lists the bits that are set as "0x08".
func (f ReservedFlags) Names() []string { return reservedFlagNames.Of(uint8(f)) }
