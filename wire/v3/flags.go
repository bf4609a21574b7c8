// SPDX-License-Identifier: Apache-2.0

package v3

import "github.com/dtn-tools/tcpcl/wire"

// The bits that the RFC does not assign are sent as 0, everywhere. Names of flags come from tables: they cost no allocation
// and are shared, so that callers must not change them.

// ContactFlags are the flags of the contact header (RFC 7242 4.1), the only ones of eight bits.
type ContactFlags uint8

const (
	ContactAck           ContactFlags = 0x01 // acknowledge the segments of bundles
	ContactFragmentation ContactFlags = 0x02 // reactive fragmentation
	ContactRefusal       ContactFlags = 0x04 // bundles may be refused; only together with ContactAck
	ContactLength        ContactFlags = 0x08 // send LENGTH messages
)

var contactFlagNames = wire.NewFlagNames(
	wire.FlagBit{Bit: uint8(ContactAck), Name: "ACK"}, wire.FlagBit{Bit: uint8(ContactFragmentation), Name: "FRAGMENTATION"},
	wire.FlagBit{Bit: uint8(ContactRefusal), Name: "REFUSAL"}, wire.FlagBit{Bit: uint8(ContactLength), Name: "LENGTH"})

// Names lists the bits that are set, unassigned ones as "0x40".
func (f ContactFlags) Names() []string { return contactFlagNames[f] }

// SegmentFlags are the flags of DATA_SEGMENT (RFC 7242 5.2).
type SegmentFlags uint8

const (
	SegmentEnd   SegmentFlags = 0x01 // the last segment of its bundle
	SegmentStart SegmentFlags = 0x02 // the first segment of its bundle
)

var segmentFlagNames = wire.NewFlagNames(
	wire.FlagBit{Bit: uint8(SegmentStart), Name: "START"}, wire.FlagBit{Bit: uint8(SegmentEnd), Name: "END"})

// Names lists the bits that are set, START before END, unassigned ones as "0x08".
func (f SegmentFlags) Names() []string { return segmentFlagNames[f] }

// ShutdownFlags are the flags of SHUTDOWN (RFC 7242 6.1).
type ShutdownFlags uint8

const (
	ShutdownHasDelay  ShutdownFlags = 0x01
	ShutdownHasReason ShutdownFlags = 0x02
)

var shutdownFlagNames = wire.NewFlagNames(
	wire.FlagBit{Bit: uint8(ShutdownHasReason), Name: "REASON"}, wire.FlagBit{Bit: uint8(ShutdownHasDelay), Name: "DELAY"})

// Names lists the bits that are set, REASON before DELAY, unassigned ones as "0x08".
func (f ShutdownFlags) Names() []string { return shutdownFlagNames[f] }

// ReservedFlags are the low bits of the header octet of messages for which the RFC defines no flag.
type ReservedFlags uint8

var reservedFlagNames = wire.NewFlagNames()

// Names lists the bits that are set as "0x08".
func (f ReservedFlags) Names() []string { return reservedFlagNames[f] }
