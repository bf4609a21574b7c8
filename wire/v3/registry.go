// SPDX-License-Identifier: Apache-2.0

package v3

import "fmt"

// What the names of code points without a name of their own say. There is no private range.
const (
	reserved   = "reserved"
	unassigned = "unassigned"
)

// MessageType is the high nibble of the first octet of each message (RFC 7242 5.1).
type MessageType uint8

const (
	TypeDataSegment  MessageType = 0x1
	TypeAckSegment   MessageType = 0x2
	TypeRefuseBundle MessageType = 0x3
	TypeKeepalive    MessageType = 0x4
	TypeShutdown     MessageType = 0x5
	TypeLength       MessageType = 0x6
)

var messageTypes = [...]string{reserved, "DATA_SEGMENT", "ACK_SEGMENT", "REFUSE_BUNDLE", "KEEPALIVE", "SHUTDOWN", "LENGTH"}

// Assigned reports whether the RFC defines a message of this type.
func (t MessageType) Assigned() bool { return TypeDataSegment <= t && t <= TypeLength }

// Name returns the RFC's name of the type; "reserved" or "unassigned" where it has none.
func (t MessageType) Name() string {
	if int(t) < len(messageTypes) {
		return messageTypes[t]
	}
	return unassigned
}

// String returns the RFC's name of the type, or as "UNKNOWN(0x7)" one that has none.
func (t MessageType) String() string {
	if !t.Assigned() {
		return fmt.Sprintf("UNKNOWN(0x%x)", uint8(t))
	}
	return t.Name()
}

// RefuseReason is why a bundle was refused (RFC 7242 8.4), a number of four bits.
type RefuseReason uint8

const (
	RefuseUnknown    RefuseReason = 0x0
	RefuseCompleted  RefuseReason = 0x1 // the receiver has the complete bundle
	RefuseExhausted  RefuseReason = 0x2
	RefuseRetransmit RefuseReason = 0x3 // the bundle must be sent again from its start

	refuseReserved RefuseReason = 0x8 // first of a range
)

var refuseReasons = [...]string{"Unknown", "Completed", "Exhausted", "Retransmit"}

// String returns the RFC's name of the reason; "unassigned" or "reserved" where it has none.
func (r RefuseReason) String() string {
	switch {
	case int(r) < len(refuseReasons):
		return refuseReasons[r]
	case r >= refuseReserved:
		return reserved
	default:
		return unassigned
	}
}

// ShutdownReason is why a session was ended (RFC 7242 8.5). The codes of version 4 mean other things.
type ShutdownReason uint8

const (
	ShutdownIdleTimeout     ShutdownReason = 0x00
	ShutdownVersionMismatch ShutdownReason = 0x01
	ShutdownBusy            ShutdownReason = 0x02
)

var shutdownReasons = [...]string{"Idle timeout", "Version mismatch", "Busy"}

// String returns the RFC's name of the reason; "unassigned" where it has none.
func (r ShutdownReason) String() string {
	if int(r) < len(shutdownReasons) {
		return shutdownReasons[r]
	}
	return unassigned
}
