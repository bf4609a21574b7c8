// SPDX-License-Identifier: Apache-2.0

package render

import "github.com/dtn-tools/tcpcl/dissect/record"

// v4Fields are those of TCPCLv4 (RFC 9174).
var v4Fields = []FieldInfo{
	{Name: "tcpcl.v4.chdr.flags", Type: "FT_UINT8", hexDigits: 2, Description: "TCPCLv4 contact header flags",
		extract: v4Type(contactHeader, record.HasFlags, flagsValue)},
	{Name: "tcpcl.v4.chdr.flags.can_tls", Type: "FT_BOOLEAN", Description: "CAN_TLS",
		extract: v4Type(contactHeader, record.HasFlags, flagValue(0x01))},
	{Name: "tcpcl.v4.mhdr", Type: "FT_NONE", Description: "The message is one of TCPCLv4",
		extract: v4Message(func(*record.Message) Value { return Value{} })},
	{Name: "tcpcl.v4.mhdr.type", Type: "FT_UINT8", hexDigits: 2, Description: "TCPCLv4 message type",
		extract: v4Message(func(m *record.Message) Value { return number(uint64(m.Header)) })},

	{Name: "tcpcl.v4.sess_init.keepalive", Type: "FT_UINT16", Description: "Keepalive interval, seconds",
		extract: v4Type(sessInit, record.HasKeepalive, func(m *record.Message) Value { return number(uint64(m.Keepalive)) })},
	{Name: "tcpcl.v4.sess_init.seg_mru", Type: "FT_UINT64", Description: "Segment MRU, octets",
		extract: v4Type(sessInit, record.HasSegmentMRU, func(m *record.Message) Value { return number(m.SegmentMRU) })},
	{Name: "tcpcl.v4.sess_init.xfer_mru", Type: "FT_UINT64", Description: "Transfer MRU, octets",
		extract: v4Type(sessInit, record.HasTransferMRU, func(m *record.Message) Value { return number(m.TransferMRU) })},
	{Name: "tcpcl.v4.sess_init.nodeid_len", Type: "FT_UINT16", Description: "Length of the node ID",
		extract: v4Type(sessInit, record.HasNodeID, func(m *record.Message) Value { return number(uint64(len(m.NodeID))) })},
	{Name: "tcpcl.v4.sess_init.nodeid_data", Type: "FT_STRING", Description: "Node ID",
		extract: v4Type(sessInit, record.HasNodeID, func(m *record.Message) Value { return captured(m.NodeID) })},
	{Name: "tcpcl.v4.sess_init.extlist_len", Type: "FT_UINT32", Description: "Length of the session extension items",
		extract: v4Type(sessInit, record.HasExtensions, extensionsLength)},
	{Name: "tcpcl.v4.sessext", Type: "FT_PROTOCOL", Description: "Session extension item",
		extract: extensionItems(sessInit, itemName("Session Extension Item: "))},
	{Name: "tcpcl.v4.sessext.flags", Type: "FT_UINT8", hexDigits: 2, Description: "Item flags",
		extract: extensionItems(sessInit, itemFlags)},
	{Name: "tcpcl.v4.sessext.flags.critical", Type: "FT_BOOLEAN", Description: "CRITICAL", extract: extensionItems(sessInit, itemCritical)},
	{Name: "tcpcl.v4.sessext.type", Type: "FT_UINT16", hexDigits: 4, Description: "Item type", extract: extensionItems(sessInit, itemType)},
	{Name: "tcpcl.v4.sessext.len", Type: "FT_UINT16", Description: "Item length", extract: extensionItems(sessInit, itemLength)},
	{Name: "tcpcl.v4.sessext.data", Type: "FT_NONE", Description: "The item has a value", extract: extensionItems(sessInit, itemPresent)},

	{Name: "tcpcl.v4.sess_term.flags", Type: "FT_UINT8", hexDigits: 2, Description: "SESS_TERM flags",
		extract: v4Type(sessTerm, record.HasFlags, flagsValue)},
	{Name: "tcpcl.v4.sess_term.flags.reply", Type: "FT_BOOLEAN", Description: "REPLY",
		extract: v4Type(sessTerm, record.HasFlags, flagValue(0x01))},
	{Name: "tcpcl.v4.ses_term.reason", Alias: "tcpcl.v4.sess_term.reason", Type: "FT_UINT8", Description: "Reason of a SESS_TERM",
		extract: v4Type(sessTerm, record.HasReason, reasonValue)},

	{Name: "tcpcl.v4.xfer_flags", Type: "FT_UINT8", hexDigits: 2, Description: "Flags of a segment or ack",
		extract: v4Transfer(record.HasFlags, flagsValue)},
	{Name: "tcpcl.v4.xfer_flags.start", Type: "FT_BOOLEAN", Description: "START", extract: v4Transfer(record.HasFlags, flagValue(flagStart))},
	{Name: "tcpcl.v4.xfer_flags.end", Type: "FT_BOOLEAN", Description: "END", extract: v4Transfer(record.HasFlags, flagValue(flagEnd))},
	{Name: "tcpcl.v4.xfer_id", Type: "FT_UINT64", hexDigits: 16, Description: "Transfer ID",
		extract: v4Type("", record.HasTransferID, func(m *record.Message) Value { return number(m.TransferID) })},
	{Name: "tcpcl.v4.xfer_segment.extlist_len", Type: "FT_UINT32", Description: "Length of the transfer extension items",
		extract: v4Type(xferSegment, record.HasExtensions, extensionsLength)},
	{Name: "tcpcl.v4.xferext", Type: "FT_PROTOCOL", Description: "Transfer extension item",
		extract: extensionItems(xferSegment, itemName("Transfer Extension Item: "))},
	{Name: "tcpcl.v4.xferext.flags", Type: "FT_UINT8", hexDigits: 2, Description: "Item flags",
		extract: extensionItems(xferSegment, itemFlags)},
	{Name: "tcpcl.v4.xferext.flags.critical", Type: "FT_BOOLEAN", Description: "CRITICAL", extract: extensionItems(xferSegment, itemCritical)},
	{Name: "tcpcl.v4.xferext.type", Type: "FT_UINT16", hexDigits: 4, Description: "Item type", extract: extensionItems(xferSegment, itemType)},
	{Name: "tcpcl.v4.xferext.len", Type: "FT_UINT16", Description: "Item length", extract: extensionItems(xferSegment, itemLength)},
	{Name: "tcpcl.v4.xferext.data", Type: "FT_NONE", Description: "The item has a value", extract: extensionItems(xferSegment, itemPresent)},
	{Name: "tcpcl.v4.xferext.transfer_length.total_len", Type: "FT_UINT64", Description: "Value of a Transfer Length item",
		extract: transferLengths},
	{Name: "tcpcl.v4.xfer_segment.data_len", Type: "FT_UINT64", Description: "Data octets of an XFER_SEGMENT",
		extract: v4Type(xferSegment, record.HasDataLength, func(m *record.Message) Value { return number(m.DataLength) })},
	{Name: "tcpcl.v4.xfer_segment.data", Type: "FT_BYTES", Description: "Data of an XFER_SEGMENT", extract: segmentData(xferSegment)},
	{Name: "tcpcl.v4.xfer_ack.ack_len", Type: "FT_UINT64", Description: "Octets that an XFER_ACK acknowledges",
		extract: v4Type(xferAck, record.HasAckLength, func(m *record.Message) Value { return number(m.AckLength) })},
	{Name: "tcpcl.v4.xfer_refuse.reason", Type: "FT_UINT8", Description: "Reason of an XFER_REFUSE",
		extract: v4Type(xferRefuse, record.HasReason, reasonValue)},
	{Name: "tcpcl.v4.msg_reject.reason", Type: "FT_UINT8", Description: "Reason of a MSG_REJECT",
		extract: v4Type(msgReject, record.HasReason, reasonValue)},
	{Name: "tcpcl.v4.msg_reject.head", Type: "FT_UINT8", hexDigits: 2, Description: "Rejected message header",
		extract: v4Type(msgReject, record.HasRejectedType, func(m *record.Message) Value { return number(uint64(m.RejectedType.Code)) })},
}

// v4Type makes an extractor of TCPCLv4 messages of a type ("": any) that have certain values.
func v4Type(messageType string, fields record.Fields, value func(*record.Message) Value) extractor {
	return on(func(m *record.Message) bool {
		return m.Version != 3 && (messageType == "" || m.Type == messageType) && has(m, fields)
	}, value)
}

func v4Message(value func(*record.Message) Value) extractor {
	return on(func(m *record.Message) bool { return !isContact(m) && m.Version != 3 }, value)
}

// v4Transfer makes an extractor of XFER_SEGMENT and XFER_ACK, whose flags share their names.
func v4Transfer(fields record.Fields, value func(*record.Message) Value) extractor {
	return on(func(m *record.Message) bool { return (m.Type == xferSegment || m.Type == xferAck) && has(m, fields) }, value)
}

func flagsValue(m *record.Message) Value { return number(uint64(m.Flags)) }

func flagValue(mask uint8) func(*record.Message) Value {
	return func(m *record.Message) Value { return boolean(m.Flags&mask != 0) }
}

func extensionsLength(m *record.Message) Value { return number(uint64(m.ExtensionsLength)) }

// extensionItems makes an extractor of one value an extension item.
func extensionItems(messageType string, value func(*record.Extension) Value) extractor {
	return func(dst []Value, m *record.Message) []Value {
		if m.Type == messageType && has(m, record.HasExtensions) {
			for i := range m.Extensions {
				dst = append(dst, value(&m.Extensions[i]))
			}
		}
		return dst
	}
}

func itemName(prefix string) func(*record.Extension) Value {
	return func(e *record.Extension) Value {
		return Value{Kind: KindText, Text: string(appendExtensionName([]byte(prefix), e))}
	}
}

func itemFlags(e *record.Extension) Value    { return number(uint64(e.Flags)) }
func itemCritical(e *record.Extension) Value { return boolean(e.Flags&0x01 != 0) }
func itemType(e *record.Extension) Value     { return number(uint64(e.Type)) }
func itemLength(e *record.Extension) Value   { return number(uint64(e.Length)) }
func itemPresent(*record.Extension) Value    { return Value{} }

func transferLengths(dst []Value, m *record.Message) []Value {
	if has(m, record.HasExtensions) {
		for i := range m.Extensions {
			if total, ok := transferLength(m, &m.Extensions[i]); ok {
				dst = append(dst, number(total))
			}
		}
	}
	return dst
}
