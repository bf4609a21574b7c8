// SPDX-License-Identifier: Apache-2.0

package record

// Columns of the CSV of transfers.
const transferColumns = "record,session,frame,time,from,version,length,src,dst,transfer_id,implied_transfer_id,state," +
	"segments,acked_length,start_time,end_time,ack_time,sha256,serial,total_length,missed_octets,acks,start_frame," +
	"end_frame,reason_code,reason,bundle_protocol_version,bundle_source,bundle_destination,bundle_creation_time," +
	"bundle_sequence,bundle_fragment_offset,bundle_fragment_total,bundle_crc"

// AppendCSVHeader appends the names of the columns of AppendCSV. The receiver may be nil.
func (*Transfer) AppendCSVHeader(dst []byte) []byte { return append(dst, transferColumns...) }

// AppendCSV appends the transfer as a row without line end.
func (t *Transfer) AppendCSV(dst []byte) []byte {
	frame, time := t.last()
	dst = append(dst, "transfer,"...)
	dst = csvOrigin(dst, t.Session, frame, time, t.From)
	dst = appendUint(dst, uint64(t.Version))
	dst = append(dst, ',')
	dst = appendUint(dst, t.Length)
	dst = append(dst, ',')
	dst = csvText(dst, t.Src)
	dst = append(dst, ',')
	dst = csvText(dst, t.Dst)
	dst = append(dst, ',')
	dst = csvUint(dst, t.Version != 3, t.TransferID)
	dst = append(dst, ',')
	dst = csvUint(dst, t.Version == 3, t.ImpliedTransferID)
	dst = append(dst, ',')
	dst = append(dst, t.State.String()...)
	dst = append(dst, ',')
	dst = appendUint(dst, t.Segments)
	dst = append(dst, ',')
	dst = appendUint(dst, t.AckedLength)
	dst = append(dst, ',')
	dst = csvTime(dst, t.StartTime)
	dst = append(dst, ',')
	dst = csvTime(dst, t.EndTime)
	dst = append(dst, ',')
	dst = csvTime(dst, t.AckTime)
	dst = append(dst, ',')
	dst = appendHex(dst, t.SHA256)
	dst = append(dst, ',')
	dst = appendUint(dst, uint64(t.Serial))
	dst = append(dst, ',')
	dst = csvUint(dst, t.HasTotalLength, t.TotalLength)
	dst = append(dst, ',')
	dst = appendUint(dst, t.MissedOctets)
	dst = append(dst, ',')
	dst = appendUint(dst, t.Acks)
	dst = append(dst, ',')
	dst = csvUint(dst, t.StartFrame != 0, t.StartFrame)
	dst = append(dst, ',')
	dst = csvUint(dst, t.EndFrame != 0, t.EndFrame)
	dst = append(dst, ',')
	dst = csvCode(dst, t.HasReason, t.Reason)
	dst = append(dst, ',')
	return t.Bundle.csvSummary(dst)
}

// csvSummary appends the cells of what names the bundle, empty ones for nil and for what is no bundle.
func (b *Bundle) csvSummary(dst []byte) []byte {
	if b == nil || b.ProtocolVersion == 0 {
		return append(dst, ",,,,,,,"...)
	}
	dst = appendUint(dst, uint64(b.ProtocolVersion))
	dst = append(dst, ',')
	dst = csvCaptured(dst, b.Source)
	dst = append(dst, ',')
	dst = csvCaptured(dst, b.Destination)
	dst = append(dst, ',')
	dst = b.csvCreation(dst)
	dst = append(dst, ',')
	dst = csvUint(dst, b.IsFragment, b.FragmentOffset)
	dst = append(dst, ',')
	dst = csvUint(dst, b.IsFragment, b.TotalADULength)
	dst = append(dst, ',')
	return append(dst, b.CRC...)
}
