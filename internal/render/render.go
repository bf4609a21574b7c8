// SPDX-License-Identifier: Apache-2.0

// Package render shows records to people and scripts: one line a message (Text), a tree of its fields (Tree), a hex dump
// (Hex), chosen fields under tshark's names (Fields), a session as a conversation (Follow), and tables of sessions,
// transfers and statistics (Table).
//
// The encoders append to a slice and keep nothing of a record. An encoder belongs to one goroutine: make one for each
// worker. Captured text is escaped before it is shown (AppendEscaped), whatever the encoder.
package render

import "github.com/dtn-tools/tcpcl/dissect/record"

// Encoder shows messages, gaps and what TLS said, one after the other. What it appends ends with a line feed, or is nothing.
type Encoder interface {
	AppendMessage(dst []byte, m *record.Message) []byte
	AppendGap(dst []byte, g *record.Gap) []byte
	AppendTLS(dst []byte, r *record.TLS) []byte
}

// The RFCs' message types as records name them.
const (
	contactHeader = "CONTACT_HEADER"
	keepalive     = "KEEPALIVE"
	unknown       = "UNKNOWN"

	sessInit    = "SESS_INIT"
	xferSegment = "XFER_SEGMENT"
	xferAck     = "XFER_ACK"
	xferRefuse  = "XFER_REFUSE"
	sessTerm    = "SESS_TERM"
	msgReject   = "MSG_REJECT"

	dataSegment   = "DATA_SEGMENT"
	ackSegment    = "ACK_SEGMENT"
	refuseBundle  = "REFUSE_BUNDLE"
	shutdown      = "SHUTDOWN"
	lengthMessage = "LENGTH"
)

const (
	flagEnd   = 0x01 // RFC 9174 5.2.2, RFC 7242 5.2
	flagStart = 0x02

	extensionTransferLength = 1 // RFC 9174 5.2.5.1
)

func has(m *record.Message, f record.Fields) bool { return m.Has&f == f }

func isSegment(m *record.Message) bool { return m.Type == xferSegment || m.Type == dataSegment }

func isAck(m *record.Message) bool { return m.Type == xferAck || m.Type == ackSegment }

func isRefusal(m *record.Message) bool { return m.Type == xferRefuse || m.Type == refuseBundle }

// relatedSegment is the frame of the segment that an ack or a refusal answers, 0 where none is known. In an ack AckedFrame means
// nothing without HasAckLatency: the record may still hold an earlier ack's.
func relatedSegment(m *record.Message) uint64 {
	if isRefusal(m) || isAck(m) && has(m, record.HasAckLatency) {
		return m.AckedFrame
	}
	return 0
}

// side is the index of a sender in arrays of both sides.
func side(f record.From) int { return int(f & 1) }

// arrow points from the sender; its shape says whether the opener of the connection was seen.
func arrow(f record.From) string {
	return [...]string{"->", "<-", "~>", "<~"}[f&3]
}

// direction is the colour of what a side sent.
func direction(f record.From) Meaning {
	if side(f) == 0 {
		return Active
	}
	return Passive
}

// transferNumber is the transfer's id, in TCPCLv3 its implied number.
func transferNumber(m *record.Message) (n uint64, ok bool) {
	switch {
	case has(m, record.HasTransferID):
		return m.TransferID, true
	case has(m, record.HasImpliedTransferID):
		return m.ImpliedTransferID, true
	}
	return 0, false
}

// keptData is the part of a segment's data that the record holds.
func keptData(m *record.Message) []byte {
	if m.HeaderLength < uint64(len(m.Octets)) {
		return m.Octets[m.HeaderLength:]
	}
	return nil
}
