// SPDX-License-Identifier: Apache-2.0

// Package v4 is the codec of TCPCL version 4 (RFC 9174): the contact header, the seven messages and their extension items.
//
// Each message is a struct with the same three verbs. Parse fills it from the start of a slice whose first octet is the
// message's type octet, which the caller has looked at and Parse does not judge again; it returns the number of octets
// used. Append writes it, type octet included, to the end of a slice; Len says how many octets that will be. Where Parse
// succeeded, Append gives back exactly the octets it used, reserved flag bits and unassigned codes included; the one
// exception is the deviation that [Message].ListAlways asks for.
//
// The error of Parse is [wire.ErrShort] for every strict prefix of a message, with a number of octets that never reaches
// beyond the message's end, and nil or a [*wire.Error] otherwise. After an error the struct's content is unspecified and n
// is 0. Parse allocates nothing but errors.
//
// Slices in the structs are views of the octets parsed: they are valid as long as those are. Clone copies them.
//
// Append writes what the struct says and does not judge it. One rule covers what the layout has no room for: it is left
// out whole, never cut, so that the result is always one well-formed message. That goes for extension items of a segment
// without START, for a node ID of more than [MaxNodeIDLen] octets, for an extension list of more than [MaxExtensionsLen]
// and for a single item whose value is longer than [MaxItemLen].
package v4

import "github.com/dtn-tools/tcpcl/wire"

// Message is a view of one message of a stream, made to be reused from message to message. Type says which of the
// structs is meant; the others keep what they held. KEEPALIVE has no fields and so no struct here.
type Message struct {
	// ListAlways makes Parse expect the extension list, with its length, in every XFER_SEGMENT and not only in those with
	// START, as dtn7-go 0.9 writes it. It is set by the caller.
	ListAlways bool

	Type        MessageType
	XferSegment XferSegment
	XferAck     XferAck
	XferRefuse  XferRefuse
	SessTerm    SessTerm
	MsgReject   MsgReject
	SessInit    SessInit
}

// Parse reads the message at the start of b (RFC 9174 4.5) and returns the number n of octets it took. Of an XFER_SEGMENT
// that is the header: XferSegment.DataLength octets of data follow.
//
// A type that the RFC does not assign is a *wire.Error of kind [wire.UnknownType]; such a message has no known length, so
// that nothing after it in the stream can be decoded.
func (m *Message) Parse(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, wire.ErrShort(1)
	}
	m.Type = MessageType(b[0])
	switch m.Type {
	case TypeXferSegment:
		if !m.ListAlways && m.XferSegment.parseWithoutList(b) {
			return xferSegmentLen, nil
		}
		return m.XferSegment.parseWithList(b)
	case TypeXferAck:
		return m.XferAck.Parse(b)
	default:
		return m.parseLessCommon(b)
	}
}

func (m *Message) parseLessCommon(b []byte) (n int, err error) {
	switch m.Type {
	case TypeXferRefuse:
		return m.XferRefuse.Parse(b)
	case TypeKeepalive:
		return (&Keepalive{}).Parse(b)
	case TypeSessTerm:
		return m.SessTerm.Parse(b)
	case TypeMsgReject:
		return m.MsgReject.Parse(b)
	case TypeSessInit:
		return m.SessInit.Parse(b)
	default:
		return 0, &wire.Error{Kind: wire.UnknownType, Value: uint64(b[0])}
	}
}
