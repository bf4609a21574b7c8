// SPDX-License-Identifier: Apache-2.0

package render

import "github.com/dtn-tools/tcpcl/dissect/record"

// v3Fields are those of TCPCLv3 (RFC 7242). Where Wireshark reads them wrongly (REFUSE_BUNDLE, SHUTDOWN, LENGTH) these
// do not.
var v3Fields = []FieldInfo{
	{Name: "tcpcl.contact_hdr.flags", Type: "FT_UINT8", hexDigits: 2, Description: "TCPCLv3 contact header flags",
		extract: v3Contact(record.HasFlags, func(m *record.Message) Value { return number(uint64(m.Flags)) })},
	{Name: "tcpcl.contact_hdr.flags.ackreq", Type: "FT_BOOLEAN", Description: "Bundle acks requested",
		extract: v3Contact(record.HasFlags, func(m *record.Message) Value { return boolean(m.Flags&1 != 0) })},
	{Name: "tcpcl.contact_hdr.flags.fragen", Type: "FT_BOOLEAN", Description: "Reactive fragmentation enabled",
		extract: v3Contact(record.HasFlags, func(m *record.Message) Value { return boolean(m.Flags&2 != 0) })},
	{Name: "tcpcl.contact_hdr.flags.nak", Type: "FT_BOOLEAN", Description: "Bundle refusal supported",
		extract: v3Contact(record.HasFlags, func(m *record.Message) Value { return boolean(m.Flags&4 != 0) })},
	{Name: "tcpcl.contact_hdr.flags.length", Type: "FT_BOOLEAN", Description: "LENGTH messages requested (ours)",
		extract: v3Contact(record.HasFlags, func(m *record.Message) Value { return boolean(m.Flags&8 != 0) })},
	{Name: "tcpcl.contact_hdr.keep_alive", Type: "FT_UINT16", Description: "Keepalive interval, seconds",
		extract: v3Contact(record.HasKeepalive, func(m *record.Message) Value { return number(uint64(m.Keepalive)) })},
	{Name: "tcpcl.contact_hdr.local_eid_length", Type: "FT_UINT64", Description: "Length of the local EID",
		extract: v3Contact(record.HasNodeID, func(m *record.Message) Value { return number(uint64(len(m.NodeID))) })},
	{Name: "tcpcl.contact_hdr.local_eid", Type: "FT_STRING", Description: "Local EID",
		extract: v3Contact(record.HasNodeID, func(m *record.Message) Value { return captured(m.NodeID) })},
	{Name: "tcpcl.mhdr", Type: "FT_NONE", Description: "The message is one of TCPCLv3",
		extract: v3Message(func(*record.Message) Value { return Value{} })},
	{Name: "tcpcl.pkt_type", Type: "FT_UINT8", Description: "TCPCLv3 message type",
		extract: v3Message(func(m *record.Message) Value { return number(uint64(m.Header >> 4)) })},
	{Name: "tcpcl.data.proc.flag", Type: "FT_UINT8", hexDigits: 2, Description: "Flags of a DATA_SEGMENT",
		extract: v3Type(dataSegment, 0, func(m *record.Message) Value { return number(uint64(m.Header & 3)) })},
	{Name: "tcpcl.data.proc.start", Type: "FT_BOOLEAN", Description: "Segment contains start of bundle",
		extract: v3Type(dataSegment, 0, func(m *record.Message) Value { return boolean(m.Header&flagStart != 0) })},
	{Name: "tcpcl.data.proc.end", Type: "FT_BOOLEAN", Description: "Segment contains end of bundle",
		extract: v3Type(dataSegment, 0, func(m *record.Message) Value { return boolean(m.Header&flagEnd != 0) })},
	{Name: "tcpcl.data.length", Type: "FT_UINT64", Description: "Data octets of a DATA_SEGMENT",
		extract: v3Type(dataSegment, record.HasDataLength, func(m *record.Message) Value { return number(m.DataLength) })},
	{Name: "tcpcl.data", Type: "FT_BYTES", Description: "Data of a DATA_SEGMENT", extract: segmentData(dataSegment)},
	{Name: "tcpcl.xfer_id", Type: "FT_UINT64", hexDigits: 16, Description: "Implied transfer ID, counted per sender from 1",
		extract: v3Type("", record.HasImpliedTransferID, func(m *record.Message) Value { return number(m.ImpliedTransferID) })},
	{Name: "tcpcl.ack.length", Type: "FT_UINT64", Description: "Octets that an ACK_SEGMENT acknowledges",
		extract: v3Type(ackSegment, record.HasAckLength, func(m *record.Message) Value { return number(m.AckLength) })},
	{Name: "tcpcl.length.total", Type: "FT_UINT64", Description: "Length that a LENGTH message announces (ours)",
		extract: v3Type(lengthMessage, record.HasTotalLength, func(m *record.Message) Value { return number(m.TotalLength) })},
	{Name: "tcpcl.refuse.reason_code", Type: "FT_UINT8", Description: "Reason of a REFUSE_BUNDLE",
		extract: v3Type(refuseBundle, record.HasReason, reasonValue)},
	{Name: "tcpcl.shutdown.flags", Type: "FT_UINT8", hexDigits: 2, Description: "Flags of a SHUTDOWN",
		extract: v3Type(shutdown, 0, func(m *record.Message) Value { return number(uint64(m.Header & 3)) })},
	{Name: "tcpcl.shutdown.reason.flag", Type: "FT_BOOLEAN", Description: "SHUTDOWN includes a reason",
		extract: v3Type(shutdown, 0, func(m *record.Message) Value { return boolean(m.Header&2 != 0) })},
	{Name: "tcpcl.shutdown.delay.flag", Type: "FT_BOOLEAN", Description: "SHUTDOWN includes a reconnection delay",
		extract: v3Type(shutdown, 0, func(m *record.Message) Value { return boolean(m.Header&1 != 0) })},
	{Name: "tcpcl.shutdown.reason", Type: "FT_UINT8", Description: "Reason of a SHUTDOWN",
		extract: v3Type(shutdown, record.HasReason, reasonValue)},
	{Name: "tcpcl.shutdown.delay", Type: "FT_UINT64", Description: "Reconnection delay, seconds",
		extract: v3Type(shutdown, record.HasDelay, func(m *record.Message) Value { return number(m.Delay) })},
}

func v3Contact(fields record.Fields, value func(*record.Message) Value) extractor {
	return on(func(m *record.Message) bool { return isContact(m) && m.Version == 3 && has(m, fields) }, value)
}

func v3Message(value func(*record.Message) Value) extractor {
	return on(func(m *record.Message) bool { return !isContact(m) && m.Version == 3 }, value)
}

// v3Type makes an extractor of TCPCLv3 messages of a type ("": any) that have certain values.
func v3Type(messageType string, fields record.Fields, value func(*record.Message) Value) extractor {
	return on(func(m *record.Message) bool {
		return m.Version == 3 && (messageType == "" || m.Type == messageType) && has(m, fields)
	}, value)
}

func reasonValue(m *record.Message) Value { return number(uint64(m.Reason.Code)) }

// segmentData gives the data of a segment as far as the record holds it.
func segmentData(messageType string) extractor {
	return on(func(m *record.Message) bool { return m.Type == messageType && len(keptData(m)) > 0 },
		func(m *record.Message) Value { return octets(keptData(m)) })
}
