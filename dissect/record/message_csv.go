// SPDX-License-Identifier: Apache-2.0

package record

// Columns of the CSV of messages: those of the JSON record with the same names, codes and names of code points apart. Gaps
// have the same columns, so that one table tells all.
const messageColumns = "record,session,frame,time,from,version,type,length,stream_offset,src,dst,encrypted,flags," +
	"transfer_id,implied_transfer_id,data_length,ack_length,total_length,reason_code,reason,keepalive,segment_mru," +
	"transfer_mru,node_id,extensions,rejected_type_code,rejected_type,delay,transfer_octets,transfer_total,ack_latency," +
	"acked_frame,first_frame,captured,missed_octets,resync_by,resync_bits,quirks,cause"

// AppendCSVHeader appends the names of the columns of AppendCSV. The receiver may be nil.
func (*Message) AppendCSVHeader(dst []byte) []byte { return append(dst, messageColumns...) }

// AppendCSVHeader appends the names of the columns of AppendCSV, which are those of messages. The receiver may be nil.
func (*Gap) AppendCSVHeader(dst []byte) []byte { return append(dst, messageColumns...) }

// AppendCSV appends the message as a row without line end. It allocates nothing where dst has room.
func (m *Message) AppendCSV(dst []byte) []byte {
	if m.CutShort {
		dst = append(dst, "cut_short,"...)
	} else {
		dst = append(dst, "message,"...)
	}
	dst = csvOrigin(dst, m.Session, m.Frame, m.Time, m.From)
	dst = appendUint(dst, uint64(m.Version))
	dst = append(dst, ',')
	dst = csvText(dst, m.Type)
	dst = append(dst, ',')
	dst = appendUint(dst, m.Length)
	dst = append(dst, ',')
	dst = appendUint(dst, m.StreamOffset)
	dst = append(dst, ',')
	dst = csvText(dst, m.Src)
	dst = append(dst, ',')
	dst = csvText(dst, m.Dst)
	dst = append(dst, ',')
	dst = appendBool(dst, m.Encrypted)
	dst = append(dst, ',')
	if m.Has&HasFlags != 0 {
		dst = csvList(dst, m.FlagNames)
	}
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasTransferID != 0, m.TransferID)
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasImpliedTransferID != 0, m.ImpliedTransferID)
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasDataLength != 0, m.DataLength)
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasAckLength != 0, m.AckLength)
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasTotalLength != 0, m.TotalLength)
	dst = append(dst, ',')
	dst = m.appendCSVParameters(dst)
	return m.appendCSVExtras(dst)
}

// csvOrigin appends the cells session, frame, time and from with their commas.
func csvOrigin(dst []byte, session int, frame uint64, time int64, from From) []byte {
	dst = appendUint(dst, uint64(session))
	dst = append(dst, ',')
	dst = appendUint(dst, frame)
	dst = append(dst, ',')
	dst = AppendTime(dst, time)
	dst = append(dst, ',')
	dst = append(dst, from.String()...)
	return append(dst, ',')
}

// appendCSVParameters appends the cells from reason_code to delay with their commas.
func (m *Message) appendCSVParameters(dst []byte) []byte {
	dst = csvCode(dst, m.Has&HasReason != 0, m.Reason)
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasKeepalive != 0, uint64(m.Keepalive))
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasSegmentMRU != 0, m.SegmentMRU)
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasTransferMRU != 0, m.TransferMRU)
	dst = append(dst, ',')
	if m.Has&HasNodeID != 0 {
		dst = csvCaptured(dst, m.NodeID)
	}
	dst = append(dst, ',')
	if m.Has&HasExtensions != 0 {
		dst = csvExtensions(dst, m.Extensions)
	}
	dst = append(dst, ',')
	dst = csvCode(dst, m.Has&HasRejectedType != 0, m.RejectedType)
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasDelay != 0, m.Delay)
	return append(dst, ',')
}

// csvExtensions appends each item as its type, "!" where it is critical, ":" and its value in hex.
func csvExtensions(dst []byte, list []Extension) []byte {
	for i := range list {
		e := &list[i]
		if i > 0 {
			dst = append(dst, '|')
		}
		dst = appendUint(dst, uint64(e.Type))
		if e.Critical {
			dst = append(dst, '!')
		}
		dst = append(dst, ':')
		dst = appendHex(dst, e.Value)
	}
	return dst
}

// appendCSVExtras appends the cells from transfer_octets to the end.
func (m *Message) appendCSVExtras(dst []byte) []byte {
	dst = csvUint(dst, m.Has&HasTransferOctets != 0, m.TransferOctets)
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasTransferTotal != 0, m.TransferTotal)
	dst = append(dst, ',')
	if m.Has&HasAckLatency != 0 {
		dst = AppendSeconds(dst, m.AckLatency)
	}
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasAckLatency != 0, m.AckedFrame)
	dst = append(dst, ',')
	dst = csvUint(dst, m.FirstFrame != m.Frame, m.FirstFrame)
	dst = append(dst, ',')
	dst = csvUint(dst, m.CutShort, m.Captured)
	dst = append(dst, ',')
	dst = csvUint(dst, m.MissedOctets > 0, m.MissedOctets)
	dst = append(dst, ',')
	if m.Has&HasResync != 0 {
		dst = csvText(dst, m.Resync)
	}
	dst = append(dst, ',')
	dst = csvUint(dst, m.Has&HasResync != 0, uint64(m.ResyncBits))
	dst = append(dst, ',')
	dst = csvList(dst, m.Quirks)
	return append(dst, ',') // cause is a gap's
}

// AppendCSV appends the gap as a row with the columns of messages, without line end.
func (g *Gap) AppendCSV(dst []byte) []byte {
	dst = append(dst, "gap,"...)
	dst = csvOrigin(dst, g.Session, g.Frame, g.Time, g.From)
	dst = append(dst, ",,"...) // version, type
	dst = appendUint(dst, g.Length)
	dst = append(dst, ',')
	dst = appendUint(dst, g.StreamOffset)
	dst = append(dst, ',')
	dst = csvText(dst, g.Src)
	dst = append(dst, ',')
	dst = csvText(dst, g.Dst)
	dst = append(dst, ",,,,,,,,,,,,,,,,,,,,,,,,,,,,"...) // encrypted to quirks
	return csvText(dst, g.Cause)
}
