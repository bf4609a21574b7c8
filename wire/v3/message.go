// SPDX-License-Identifier: Apache-2.0

// Package v3 is the codec of TCPCL version 3 (RFC 7242): the contact header and the six messages.
//
// Each message is a struct with the same three verbs. Parse fills it from the start of a slice whose first octet is the
// message's header octet, of which the caller has looked at the type and Parse does not judge it again; it returns the
// number of octets used. Append writes it, header octet included, to the end of a slice; Len says how many octets that will
// be. Append writes SDNVs minimally: where Parse used n octets and n == Len(), it gives back exactly those, reserved flag
// bits and unassigned codes included; where n > Len(), an SDNV was padded.
//
// The error of Parse is [wire.ErrShort] for every strict prefix of a message, with a number of octets that never reaches
// beyond the message's end, and nil or a [*wire.Error] otherwise. After an error the struct's content is unspecified and n
// is 0. Parse allocates nothing but errors.
//
// Slices in the structs are views of the octets parsed: they are valid as long as those are. Clone copies them.
//
// Append writes what the struct says and does not judge it. One rule covers what the layout has no room for: it is left
// out whole, so that the result is always one well-formed message. That goes for the reason and the delay of a SHUTDOWN
// whose flags do not announce them, and for the bits beyond the low four of a flags or reason field.
package v3

import "github.com/dtn-tools/tcpcl/wire"

// Message is a view of one message of a stream, made to be reused from message to message. Type says which of the
// structs is meant; the others keep what they held.
type Message struct {
	Type         MessageType
	DataSegment  DataSegment
	AckSegment   AckSegment
	RefuseBundle RefuseBundle
	Keepalive    Keepalive
	Shutdown     Shutdown
	Length       Length
}

// Parse reads the message at the start of b and returns the number n of octets it took. Of a DATA_SEGMENT that is the
// header: DataSegment.DataLength octets of data follow. The header octet holds the type and four bits more (RFC 7242 5.1):
//
//	 7 6 5 4 3 2 1 0
//	+-------+-------+
//	| type  | flags |
//	+-------+-------+
//
// A type that the RFC does not assign is a *wire.Error of kind [wire.UnknownType] whose Value is the header octet; such a
// message has no known length, so that nothing after it in the stream can be decoded.
func (m *Message) Parse(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, wire.ErrShort(1)
	}
	m.Type = MessageType(b[0] >> 4)
	switch m.Type {
	case TypeDataSegment:
		return m.DataSegment.Parse(b)
	case TypeAckSegment:
		return m.AckSegment.Parse(b)
	default:
		return m.parseLessCommon(b)
	}
}

func (m *Message) parseLessCommon(b []byte) (n int, err error) {
	switch m.Type {
	case TypeRefuseBundle:
		return m.RefuseBundle.Parse(b)
	case TypeKeepalive:
		return m.Keepalive.Parse(b)
	case TypeShutdown:
		return m.Shutdown.Parse(b)
	case TypeLength:
		return m.Length.Parse(b)
	default:
		return 0, &wire.Error{Kind: wire.UnknownType, Value: uint64(b[0])}
	}
}
