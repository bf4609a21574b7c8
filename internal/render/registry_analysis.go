// SPDX-License-Identifier: Apache-2.0

package render

import "github.com/dtn-tools/tcpcl/dissect/record"

// analysisFields relate a message to others. Wireshark uses the tcpcl.v4.xfer names in both versions.
var analysisFields = []FieldInfo{
	{Name: "tcpcl.contact_hdr.related", Type: "FT_FRAMENUM", Description: "Frame of the other side's contact header",
		later: laterContact, tell: otherFrame(laterContact)},
	{Name: "tcpcl.v4.negotiated.use_tls", Type: "FT_BOOLEAN", Description: "Both contact headers say CAN_TLS",
		later: laterContact, tell: func(dst []Value, k *knowledge) []Value {
			if k.kind != laterContact || !k.other.known || k.version == 3 {
				return dst
			}
			return append(dst, boolean(k.own&k.other.number&0x01 != 0))
		}},
	{Name: "tcpcl.v4.sess_init.related", Type: "FT_FRAMENUM", Description: "Frame of the other side's SESS_INIT",
		later: laterInit, tell: otherFrame(laterInit)},
	{Name: "tcpcl.v4.negotiated.keepalive", Type: "FT_UINT16", Description: "The smaller of both sides' keepalive intervals",
		later: laterInit, tell: func(dst []Value, k *knowledge) []Value {
			if k.kind != laterInit || !k.other.known {
				return dst
			}
			return append(dst, number(min(k.own, k.other.number)))
		}},
	{Name: "tcpcl.v4.ses_term.related", Alias: "tcpcl.v4.sess_term.related", Type: "FT_FRAMENUM",
		Description: "Frame of the other side's SESS_TERM", later: laterTerm, tell: otherFrame(laterTerm)},

	{Name: "tcpcl.v4.xfer.total_len", Type: "FT_UINT64", Description: "Announced length of the transfer",
		extract: on(func(m *record.Message) bool { return has(m, record.HasAnnouncedTotal|record.HasTransferTotal) },
			func(m *record.Message) Value { return number(m.TransferTotal) })},
	{Name: "tcpcl.v4.xfer_segment.seen_len", Type: "FT_UINT64", Description: "Data octets of the transfer up to here",
		extract: on(func(m *record.Message) bool { return isSegment(m) && has(m, record.HasTransferOctets) },
			func(m *record.Message) Value { return number(m.TransferOctets) })},
	{Name: "tcpcl.v4.xfer_segment.related_start", Type: "FT_FRAMENUM", Description: "Frame of the transfer's first segment",
		extract: on(isLaterSegment, startFrame)},
	{Name: "tcpcl.v4.xfer_segment.time_since_start", Type: "FT_RELATIVE_TIME", Description: "Seconds since the transfer's first segment",
		extract: on(isLaterSegment, sinceStart)},
	{Name: "tcpcl.v4.xfer_segment.related_ack", Type: "FT_FRAMENUM", Description: "Frame of the ack of this segment",
		later: laterAck, tell: func(dst []Value, k *knowledge) []Value {
			if !k.ack.known {
				return dst
			}
			return append(dst, number(k.ack.frame))
		}},
	{Name: "tcpcl.v4.xfer_segment.time_diff", Type: "FT_RELATIVE_TIME", Description: "Seconds from this segment to its ack",
		later: laterAck, tell: func(dst []Value, k *knowledge) []Value {
			if !k.ack.known {
				return dst
			}
			return append(dst, duration(k.ack.time-k.time))
		}},
	{Name: "tcpcl.xfer.reassembled.in", Type: "FT_FRAMENUM", Description: "Frame of the transfer's last segment",
		later: laterEnd, tell: func(dst []Value, k *knowledge) []Value {
			if !k.end.known {
				return dst
			}
			return append(dst, number(k.end.frame))
		}},
	{Name: "tcpcl.v4.xfer_ack.related_start", Type: "FT_FRAMENUM", Description: "Frame of the transfer's first segment",
		extract: on(isStartedAck, startFrame)},
	{Name: "tcpcl.v4.xfer_ack.time_since_start", Type: "FT_RELATIVE_TIME", Description: "Seconds since the transfer's first segment",
		extract: on(isStartedAck, sinceStart)},
	{Name: "tcpcl.v4.xfer_ack.related_seg", Type: "FT_FRAMENUM", Description: "Frame of the segment acknowledged",
		extract: on(func(m *record.Message) bool { return isAck(m) && relatedSegment(m) != 0 },
			func(m *record.Message) Value { return number(relatedSegment(m)) })},
	{Name: "tcpcl.v4.xfer_ack.time_diff", Type: "FT_RELATIVE_TIME", Description: "Seconds from the segment to its ack",
		extract: on(func(m *record.Message) bool { return isAck(m) && has(m, record.HasAckLatency) },
			func(m *record.Message) Value { return duration(m.AckLatency) })},
	{Name: "tcpcl.v4.xfer_refuse.related_seg", Type: "FT_FRAMENUM", Description: "Frame of the refused transfer's last segment seen",
		extract: on(func(m *record.Message) bool { return isRefusal(m) && relatedSegment(m) != 0 },
			func(m *record.Message) Value { return number(relatedSegment(m)) })},
}

func otherFrame(kind later) func([]Value, *knowledge) []Value {
	return func(dst []Value, k *knowledge) []Value {
		if k.kind != kind || !k.other.known {
			return dst
		}
		return append(dst, number(k.other.frame))
	}
}

// isLaterSegment holds for segments but the first of a transfer whose beginning was seen.
func isLaterSegment(m *record.Message) bool {
	return isSegment(m) && has(m, record.HasTransferStart) && !startsTransfer(m)
}

func isStartedAck(m *record.Message) bool { return isAck(m) && has(m, record.HasTransferStart) }

func startsTransfer(m *record.Message) bool { return segmentFlags(m)&flagStart != 0 }

func endsTransfer(m *record.Message) bool { return segmentFlags(m)&flagEnd != 0 }

// segmentFlags are START and END of a segment; TCPCLv3 has them in the header octet at the same places.
func segmentFlags(m *record.Message) uint8 {
	if m.Version == 3 {
		return m.Header
	}
	return m.Flags
}

func startFrame(m *record.Message) Value { return number(m.TransferStartFrame) }

func sinceStart(m *record.Message) Value { return duration(m.Time - m.TransferStartTime) }

// ownFields have no counterpart in Wireshark.
var ownFields = []FieldInfo{
	{Name: "tcpcl.session", Type: "FT_UINT32", Description: "Number of the session, from 1 (ours)",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, number(uint64(m.Session))) }},
	{Name: "tcpcl.from", Type: "FT_STRING", Description: "Who sent it: active, passive, a or b (ours)",
		extract: func(dst []Value, m *record.Message) []Value {
			return append(dst, Value{Kind: KindText, Text: m.From.String()})
		}},
	{Name: "tcpcl.type", Type: "FT_STRING", Description: "The RFC's name of the message (ours)",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, Value{Kind: KindText, Text: m.Type}) }},
	{Name: "tcpcl.length", Type: "FT_UINT64", Description: "Octets of the message on the wire (ours)",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, number(m.Length)) }},
	{Name: "tcpcl.stream_offset", Type: "FT_UINT64", Description: "Offset in the direction's stream of the message's first octet (ours)",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, number(m.StreamOffset)) }},
	{Name: "tcpcl.encrypted", Type: "FT_BOOLEAN", Description: "The message came out of TLS (ours)",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, boolean(m.Encrypted)) }},
	{Name: "tcpcl.transfer.octets", Type: "FT_UINT64", Description: "Data octets of the transfer sent or acknowledged up to here (ours)",
		extract: on(func(m *record.Message) bool { return has(m, record.HasTransferOctets) },
			func(m *record.Message) Value { return number(m.TransferOctets) })},
	{Name: "tcpcl.transfer.total", Type: "FT_UINT64", Description: "Length of the transfer where it is known by now (ours)",
		extract: on(func(m *record.Message) bool { return has(m, record.HasTransferTotal) },
			func(m *record.Message) Value { return number(m.TransferTotal) })},
	{Name: "tcpcl.ack.latency", Type: "FT_RELATIVE_TIME", Description: "Seconds from the segment's last octet to its ack (ours)",
		extract: on(func(m *record.Message) bool { return has(m, record.HasAckLatency) },
			func(m *record.Message) Value { return duration(m.AckLatency) })},
	{Name: "tcpcl.missed", Type: "FT_UINT64", Description: "Octets of the message that the capture lost (ours)",
		extract: on(func(m *record.Message) bool { return m.MissedOctets > 0 },
			func(m *record.Message) Value { return number(m.MissedOctets) })},
	{Name: "tcpcl.quirk", Type: "FT_STRING", Description: "Known deviation of an implementation (ours)",
		extract: func(dst []Value, m *record.Message) []Value {
			for _, quirk := range m.Quirks {
				dst = append(dst, Value{Kind: KindText, Text: quirk})
			}
			return dst
		}},
}
