// SPDX-License-Identifier: Apache-2.0

package record

import "slices"

// AppendJSON appends the message as one JSON object without line end: a "message" record, or a "cut_short" one where its
// end is not in the capture. Keys and their order are those of docs/records.md. It allocates nothing where dst has room.
func (m *Message) AppendJSON(dst []byte) []byte {
	dst = slices.Grow(dst, 512) // more than nearly every message needs: from here on no append has to move dst
	if m.CutShort {
		dst = append(dst, `{"record":"cut_short","session":`...)
	} else {
		dst = append(dst, `{"record":"message","session":`...)
	}
	dst = appendOrigin(dst, m.Session, m.Frame, m.Time, m.From)
	dst = append(dst, `","version":`...)
	dst = appendUint(dst, uint64(m.Version))
	dst = append(dst, `,"type":"`...)
	dst = appendText(dst, m.Type)
	dst = append(dst, `","length":`...)
	dst = appendUint(dst, m.Length)
	dst = append(dst, `,"stream_offset":`...)
	dst = appendUint(dst, m.StreamOffset)
	dst = appendAddresses(dst, m.Src, m.Dst)
	if m.Encrypted {
		dst = append(dst, `","encrypted":true`...)
	} else {
		dst = append(dst, `","encrypted":false`...)
	}
	dst = m.appendFields(dst)
	dst = m.appendExtras(dst)
	return append(dst, '}')
}

// appendOrigin appends the values of session, frame, time and from. The key "session" is there already; the quote that ends
// from comes with the next key.
func appendOrigin(dst []byte, session int, frame uint64, time int64, from From) []byte {
	dst = appendUint(dst, uint64(session))
	dst = append(dst, `,"frame":`...)
	dst = appendUint(dst, frame)
	dst = append(dst, `,"time":"`...)
	dst = AppendTime(dst, time)
	dst = append(dst, `","from":"`...)
	return append(dst, from.String()...)
}

// appendAddresses appends src and dst; the quote that ends dst comes with the next key.
func appendAddresses(dst []byte, src, to string) []byte {
	dst = append(dst, `,"src":"`...)
	dst = appendText(dst, src)
	dst = append(dst, `","dst":"`...)
	return appendText(dst, to)
}

// appendFields appends what the message itself says, under the RFC's names.
func (m *Message) appendFields(dst []byte) []byte {
	if m.Has&HasFlags != 0 {
		dst = append(dst, `,"flags":`...)
		dst = appendStrings(dst, m.FlagNames)
	}
	if m.Has&HasTransferID != 0 {
		dst = append(dst, `,"transfer_id":`...)
		dst = appendUint(dst, m.TransferID)
	}
	if m.Has&HasDataLength != 0 {
		dst = append(dst, `,"data_length":`...)
		dst = appendUint(dst, m.DataLength)
	}
	if m.Has&HasAckLength != 0 {
		dst = append(dst, `,"ack_length":`...)
		dst = appendUint(dst, m.AckLength)
	}
	if m.Has&HasTotalLength != 0 {
		dst = append(dst, `,"total_length":`...)
		dst = appendUint(dst, m.TotalLength)
	}
	const rare = HasReason | HasKeepalive | HasSegmentMRU | HasTransferMRU | HasNodeID | HasExtensions | HasRejectedType | HasDelay
	if m.Has&rare != 0 {
		dst = m.appendRareFields(dst)
	}
	return dst
}

// appendRareFields appends the fields that neither a segment nor an acknowledgement has, nearly always.
func (m *Message) appendRareFields(dst []byte) []byte {
	if m.Has&HasReason != 0 {
		dst = append(dst, `,"reason":`...)
		dst = appendCode(dst, m.Reason)
	}
	if m.Has&HasKeepalive != 0 {
		dst = append(dst, `,"keepalive":`...)
		dst = appendUint(dst, uint64(m.Keepalive))
	}
	if m.Has&HasSegmentMRU != 0 {
		dst = append(dst, `,"segment_mru":`...)
		dst = appendUint(dst, m.SegmentMRU)
	}
	if m.Has&HasTransferMRU != 0 {
		dst = append(dst, `,"transfer_mru":`...)
		dst = appendUint(dst, m.TransferMRU)
	}
	if m.Has&HasNodeID != 0 {
		dst = append(dst, `,"node_id":`...)
		dst = appendNodeID(dst, m.NodeID)
	}
	if m.Has&HasExtensions != 0 {
		dst = append(dst, `,"extensions":`...)
		dst = appendExtensions(dst, m.Extensions)
	}
	if m.Has&HasRejectedType != 0 {
		dst = append(dst, `,"rejected_type":`...)
		dst = appendCode(dst, m.RejectedType)
	}
	if m.Has&HasDelay != 0 {
		dst = append(dst, `,"delay":`...)
		dst = appendUint(dst, m.Delay)
	}
	return dst
}

// appendExtras appends what the dissector knows beyond the message's own fields, where there is something to say.
func (m *Message) appendExtras(dst []byte) []byte {
	if m.Has&HasImpliedTransferID != 0 {
		dst = append(dst, `,"implied_transfer_id":`...)
		dst = appendUint(dst, m.ImpliedTransferID)
	}
	if m.Has&HasTransferOctets != 0 {
		dst = append(dst, `,"transfer_octets":`...)
		dst = appendUint(dst, m.TransferOctets)
	}
	if m.Has&HasTransferTotal != 0 {
		dst = append(dst, `,"transfer_total":`...)
		dst = appendUint(dst, m.TransferTotal)
	}
	if m.Has&HasAckLatency != 0 {
		dst = append(dst, `,"ack_latency":`...)
		dst = AppendSeconds(dst, m.AckLatency)
		dst = append(dst, `,"acked_frame":`...)
		dst = appendUint(dst, m.AckedFrame)
	}
	if m.FirstFrame != m.Frame {
		dst = append(dst, `,"first_frame":`...)
		dst = appendUint(dst, m.FirstFrame)
	}
	if m.Has&HasExtensions != 0 {
		dst = append(dst, `,"extensions_length":`...)
		dst = appendUint(dst, uint64(m.ExtensionsLength))
	}
	if m.Type == unknownType {
		dst = append(dst, `,"header":`...)
		dst = appendUint(dst, uint64(m.Header))
	}
	if m.CutShort {
		dst = append(dst, `,"captured":`...)
		dst = appendUint(dst, m.Captured)
	}
	if m.MissedOctets > 0 {
		dst = append(dst, `,"missed_octets":`...)
		dst = appendUint(dst, m.MissedOctets)
	}
	if m.Has&HasResync != 0 {
		dst = append(dst, `,"resync":{"by":"`...)
		dst = appendText(dst, m.Resync)
		dst = append(dst, `","bits":`...)
		dst = appendUint(dst, uint64(m.ResyncBits))
		dst = append(dst, '}')
	}
	if len(m.Quirks) > 0 {
		dst = append(dst, `,"quirks":`...)
		dst = appendStrings(dst, m.Quirks)
	}
	if len(m.Octets) > 0 {
		dst = append(dst, `,"octets":"`...)
		dst = appendHex(dst, m.Octets)
		dst = append(dst, '"')
	}
	return dst
}

// unknownType is the Message.Type of a message type that the RFC does not assign.
const unknownType = "UNKNOWN"

// appendNodeID appends a node id and, where it is not UTF-8 and so not all there, its octets as well.
func appendNodeID[T text](dst []byte, id T) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, id)
	if !validUTF8(id) {
		dst = append(dst, `","node_id_hex":"`...)
		dst = appendHex(dst, id)
	}
	return append(dst, '"')
}

func appendExtensions(dst []byte, list []Extension) []byte {
	dst = append(dst, '[')
	for i := range list {
		e := &list[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"type":`...)
		dst = appendUint(dst, uint64(e.Type))
		dst = append(dst, `,"name":"`...)
		dst = appendText(dst, e.Name)
		dst = append(dst, `","critical":`...)
		dst = appendBool(dst, e.Critical)
		dst = append(dst, `,"length":`...)
		dst = appendUint(dst, uint64(e.Length))
		dst = append(dst, `,"value":"`...)
		dst = appendHex(dst, e.Value)
		dst = append(dst, '"')
		if reserved := e.Flags &^ itemCritical; reserved != 0 {
			dst = append(dst, `,"reserved_flags":`...)
			dst = appendUint(dst, uint64(reserved))
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// itemCritical is the CRITICAL bit of an extension item's flags, RFC 9174 4.8; the others are reserved.
const itemCritical = 0x01

// AppendJSON appends the gap as one JSON object without line end.
func (g *Gap) AppendJSON(dst []byte) []byte {
	dst = slices.Grow(dst, 320)
	dst = append(dst, `{"record":"gap","session":`...)
	dst = appendOrigin(dst, g.Session, g.Frame, g.Time, g.From)
	dst = append(dst, `","length":`...)
	dst = appendUint(dst, g.Length)
	dst = append(dst, `,"stream_offset":`...)
	dst = appendUint(dst, g.StreamOffset)
	dst = appendAddresses(dst, g.Src, g.Dst)
	dst = append(dst, `","cause":"`...)
	dst = appendText(dst, g.Cause)
	return append(dst, `"}`...)
}
