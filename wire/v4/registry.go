// SPDX-License-Identifier: Apache-2.0

package v4

import "fmt"

// What the names of code points without a name of their own say.
const (
	reserved   = "reserved"
	unassigned = "unassigned"
	private    = "private"
)

const (
	privateCode uint8  = 0xF0   // first of the private and experimental range of the one-octet registries
	privateItem uint16 = 0x8000 // and of those of extension types
)

// codeName looks code up in the names of a registry, which begin at code 0.
func codeName(names []string, code uint8) string {
	switch {
	case int(code) < len(names):
		return names[code]
	case code >= privateCode:
		return private
	default:
		return unassigned
	}
}

// MessageType is the first octet of each message (RFC 9174 8.5).
type MessageType uint8

const (
	TypeXferSegment MessageType = 0x01
	TypeXferAck     MessageType = 0x02
	TypeXferRefuse  MessageType = 0x03
	TypeKeepalive   MessageType = 0x04
	TypeSessTerm    MessageType = 0x05
	TypeMsgReject   MessageType = 0x06
	TypeSessInit    MessageType = 0x07
)

var messageTypes = [...]string{reserved, "XFER_SEGMENT", "XFER_ACK", "XFER_REFUSE", "KEEPALIVE", "SESS_TERM", "MSG_REJECT",
	"SESS_INIT"}

// Assigned reports whether the RFC defines a message of this type.
func (t MessageType) Assigned() bool { return TypeXferSegment <= t && t <= TypeSessInit }

// Name returns the RFC's name of the type; "reserved", "unassigned" or "private" where it has none.
func (t MessageType) Name() string { return codeName(messageTypes[:], uint8(t)) }

// String returns the RFC's name of the type, or as "UNKNOWN(0x5a)" one that has none.
func (t MessageType) String() string {
	if !t.Assigned() {
		return fmt.Sprintf("UNKNOWN(0x%02x)", uint8(t))
	}
	return t.Name()
}

// RefuseReason is why a transfer was refused (RFC 9174 8.6).
type RefuseReason uint8

const (
	RefuseUnknown            RefuseReason = 0x00
	RefuseCompleted          RefuseReason = 0x01
	RefuseNoResources        RefuseReason = 0x02
	RefuseRetransmit         RefuseReason = 0x03
	RefuseNotAcceptable      RefuseReason = 0x04
	RefuseExtensionFailure   RefuseReason = 0x05
	RefuseSessionTerminating RefuseReason = 0x06
)

var refuseReasons = [...]string{"Unknown", "Completed", "No Resources", "Retransmit", "Not Acceptable", "Extension Failure",
	"Session Terminating"}

// String returns the RFC's name of the reason; "unassigned" or "private" where it has none.
func (r RefuseReason) String() string { return codeName(refuseReasons[:], uint8(r)) }

// TermReason is why a session was ended (RFC 9174 8.7).
type TermReason uint8

const (
	TermUnknown            TermReason = 0x00
	TermIdleTimeout        TermReason = 0x01
	TermVersionMismatch    TermReason = 0x02
	TermBusy               TermReason = 0x03
	TermContactFailure     TermReason = 0x04
	TermResourceExhaustion TermReason = 0x05
)

var termReasons = [...]string{"Unknown", "Idle timeout", "Version mismatch", "Busy", "Contact Failure", "Resource Exhaustion"}

// String returns the RFC's name of the reason; "unassigned" or "private" where it has none.
func (r TermReason) String() string { return codeName(termReasons[:], uint8(r)) }

// RejectReason is why a message was rejected (RFC 9174 8.8). 0x00 is reserved.
type RejectReason uint8

const (
	RejectTypeUnknown RejectReason = 0x01
	RejectUnsupported RejectReason = 0x02
	RejectUnexpected  RejectReason = 0x03
)

var rejectReasons = [...]string{reserved, "Message Type Unknown", "Message Unsupported", "Message Unexpected"}

// String returns the RFC's name of the reason; "reserved", "unassigned" or "private" where it has none.
func (r RejectReason) String() string { return codeName(rejectReasons[:], uint8(r)) }

// SessionItemName names a session extension type (RFC 9174 8.3), of which none is assigned: "reserved", "unassigned" or
// "private".
func SessionItemName(itemType uint16) string { return itemName(itemType) }

// TransferItemName names a transfer extension type (RFC 9174 8.4): "Transfer Length", "reserved", "unassigned" or
// "private".
func TransferItemName(itemType uint16) string {
	if itemType == ItemTransferLength {
		return "Transfer Length"
	}
	return itemName(itemType)
}

func itemName(itemType uint16) string {
	switch {
	case itemType == 0:
		return reserved
	case itemType >= privateItem:
		return private
	default:
		return unassigned
	}
}
