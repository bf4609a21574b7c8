// SPDX-License-Identifier: Apache-2.0

// Package layer makes TCPCL a layer of gopacket, for programs that are built on it:
//
//	layer.RegisterPort(4556)
//	packet := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.DecodeOptions{DecodeStreamsAsDatagrams: true})
//	if l, ok := packet.Layer(layer.LayerTypeTCPCL).(*layer.TCPCL); ok { ... }
//
// A layer sees one TCP segment and nothing before it. It decodes the messages that begin with the segment; a message that began
// in an earlier one, or in its middle, is beyond it. Where that matters, use package dissect, or hand Decode the octets of a
// reassembled stream.
package layer

import (
	"errors"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/v3"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

// LayerTypeTCPCL is the layer type, registered with gopacket under the protocol's TCP port as its number.
var LayerTypeTCPCL = gopacket.RegisterLayerType(4556, gopacket.LayerTypeMetadata{Name: "TCPCL", Decoder: gopacket.DecodeFunc(decode)})

// RegisterPort makes gopacket decode the payload of TCP segments from and to a port as TCPCL. It changes a table of gopacket's
// that is not guarded: call it before packets are decoded.
func RegisterPort(port uint16) { layers.RegisterTCPPortLayerType(layers.TCPPort(port), LayerTypeTCPCL) }

// TCPCL is the messages that begin with a segment.
type TCPCL struct {
	layers.BaseLayer // Contents: the messages; Payload: what follows the last whole message header
	Messages         []Message
	Truncated        bool // the last message goes on in later segments
}

// Message is one message. One of the pointers, as Version and Type say, is not nil; slices in the structs point into the
// packet's octets.
type Message struct {
	Version uint8
	Type    string // the RFC's name, "CONTACT_HEADER" for a contact header
	V3      *v3.Message
	V4      *v4.Message
	Contact *Contact
	Data    []byte // of a segment, as far as it is in this packet
	Length  uint64 // data octets that the segment announces
}

// Contact is a contact header of either version.
type Contact struct {
	V3 *v3.ContactHeader
	V4 *v4.ContactHeader
}

// LayerType implements gopacket.Layer.
func (t *TCPCL) LayerType() gopacket.LayerType { return LayerTypeTCPCL }

// CanDecode implements gopacket.DecodingLayer.
func (t *TCPCL) CanDecode() gopacket.LayerClass { return LayerTypeTCPCL }

// NextLayerType implements gopacket.DecodingLayer.
func (t *TCPCL) NextLayerType() gopacket.LayerType { return gopacket.LayerTypePayload }

// DecodeFromBytes implements gopacket.DecodingLayer. The error is for octets that are no TCPCL message at all; messages
// before them are kept.
func (t *TCPCL) DecodeFromBytes(data []byte, df gopacket.DecodeFeedback) error {
	*t = TCPCL{Messages: t.Messages[:0]}
	rest := data
	for len(rest) > 0 {
		m, n, err := Decode(rest)
		if err != nil {
			t.BaseLayer = layers.BaseLayer{Contents: data[:len(data)-len(rest)], Payload: rest}
			if errors.As(err, new(wire.ErrShort)) {
				t.Truncated = true
				df.SetTruncated()
				return nil
			}
			if len(t.Messages) > 0 {
				return nil
			}
			return err
		}
		t.Messages = append(t.Messages, m)
		rest = rest[n:]
		if m.Length > uint64(len(m.Data)) {
			t.Truncated = true
			df.SetTruncated()
		}
	}
	t.Contents = data
	return nil
}

// Decode decodes the message at the start of b, with as much of a segment's data as there is, and returns how many octets
// that were. The version is told by the first octet: the types of version 4 are all less than those of version 3.
func Decode(b []byte) (m Message, n int, err error) {
	if len(b) == 0 {
		return m, 0, wire.ErrShort(1)
	}
	switch {
	case b[0] == wire.Magic[0]:
		return contact(b)
	case b[0] < 0x10:
		m.Version, m.V4 = 4, new(v4.Message)
		if n, err = m.V4.Parse(b); err != nil {
			return m, 0, err
		}
		m.Type = m.V4.Type.String()
		if m.V4.Type == v4.TypeXferSegment {
			m.Length = m.V4.XferSegment.DataLength
		}
	default:
		m.Version, m.V3 = 3, new(v3.Message)
		if n, err = m.V3.Parse(b); err != nil {
			return m, 0, err
		}
		m.Type = m.V3.Type.String()
		if m.V3.Type == v3.TypeDataSegment {
			m.Length = m.V3.DataSegment.DataLength
		}
	}
	m.Data = b[n:][:min(m.Length, uint64(len(b)-n))]
	return m, n + len(m.Data), nil
}

func contact(b []byte) (m Message, n int, err error) {
	version, err := wire.PeekContact(b)
	if err != nil {
		return m, 0, err
	}
	m = Message{Version: version, Type: "CONTACT_HEADER", Contact: new(Contact)}
	if version == 3 {
		m.Contact.V3 = new(v3.ContactHeader)
		n, err = m.Contact.V3.Parse(b)
		return m, n, err
	}
	m.Contact.V4 = new(v4.ContactHeader)
	n, err = m.Contact.V4.Parse(b)
	return m, n, err
}

func decode(data []byte, p gopacket.PacketBuilder) error {
	t := &TCPCL{}
	if err := t.DecodeFromBytes(data, p); err != nil {
		return err
	}
	p.AddLayer(t)
	p.SetApplicationLayer(t)
	return nil
}

// Payload implements gopacket.ApplicationLayer.
func (t *TCPCL) Payload() []byte { return t.BaseLayer.Payload }
