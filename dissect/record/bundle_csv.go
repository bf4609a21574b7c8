// SPDX-License-Identifier: Apache-2.0

package record

// Columns of the CSV of bundles.
const bundleColumns = "record,session,frame,time,from,version,length,src,dst,transfer_id,implied_transfer_id,state," +
	"protocol_version,form,source,destination,report_to,custodian,creation_time,sequence,lifetime,flags,fragment_offset," +
	"fragment_total,blocks,crc,payload_length,administrative_record,problems,sha256,file,missed_octets,start_frame,start_time," +
	"end_frame,end_time,subject_source,subject_creation_time,subject_sequence,subject_session,subject_frame,subject_file," +
	"seen_before_session,seen_before_frame,seen_before_file,parts"

// AppendCSVHeader appends the names of the columns of AppendCSV. The receiver may be nil.
func (*Bundle) AppendCSVHeader(dst []byte) []byte { return append(dst, bundleColumns...) }

// AppendCSV appends the bundle as a row without line end.
func (b *Bundle) AppendCSV(dst []byte) []byte { return b.Links.AppendCSV(b.AppendCSVOpen(dst)) }

// AppendCSVOpen appends the cells of all but the links, which Links.AppendCSV appends behind it.
func (b *Bundle) AppendCSVOpen(dst []byte) []byte {
	t := b.Transfer
	dst = append(dst, "bundle,"...)
	if t != nil {
		frame, time := t.last()
		dst = csvOrigin(dst, t.Session, frame, time, t.From)
		dst = appendUint(dst, uint64(t.Version))
	} else {
		dst = append(dst, ",,,,"...)
	}
	dst = append(dst, ',')
	dst = appendUint(dst, b.Length)
	dst = append(dst, ',')
	if t != nil {
		dst = csvText(dst, t.Src)
		dst = append(dst, ',')
		dst = csvText(dst, t.Dst)
		dst = append(dst, ',')
		dst = csvUint(dst, t.Version != 3, t.TransferID)
		dst = append(dst, ',')
		dst = csvUint(dst, t.Version == 3, t.ImpliedTransferID)
		dst = append(dst, ',')
		dst = append(dst, t.State.String()...)
	} else {
		dst = append(dst, ",,,,"...)
	}
	dst = append(dst, ',')
	dst = b.csvContent(dst)
	dst = append(dst, ',')
	dst = appendHex(dst, b.SHA256)
	dst = append(dst, ',')
	dst = csvCaptured(dst, b.File)
	dst = append(dst, ',')
	if t != nil {
		dst = appendUint(dst, t.MissedOctets)
		dst = append(dst, ',')
		dst = csvUint(dst, t.StartFrame != 0, t.StartFrame)
		dst = append(dst, ',')
		dst = csvTime(dst, t.StartTime)
		dst = append(dst, ',')
		dst = csvUint(dst, t.EndFrame != 0, t.EndFrame)
		dst = append(dst, ',')
		dst = csvTime(dst, t.EndTime)
	} else {
		dst = append(dst, ",,,,"...)
	}
	dst = append(dst, ',')
	if s := b.Subject; s != nil {
		dst = csvCaptured(dst, s.Source)
		dst = append(dst, ',')
		dst = csvCreation(dst, s.CreationTime, s.HasCreationTime, s.Sequence)
	} else {
		dst = append(dst, ",,"...)
	}
	return append(dst, ',')
}

// AppendCSV appends the cells of the links behind what Bundle.AppendCSVOpen wrote.
func (l *Links) AppendCSV(dst []byte) []byte {
	dst = l.SubjectSeen.appendCSV(dst)
	dst = append(dst, ',')
	return append(l.SeenBefore.appendCSV(dst), ',') // parts are an application data unit's
}

// appendCSV appends the cells session, frame and file.
func (s *Sighting) appendCSV(dst []byte) []byte {
	switch {
	case s == nil:
		return append(dst, ",,"...)
	case s.Session == 0:
		return csvCaptured(append(dst, ",,"...), s.File)
	}
	dst = appendUint(dst, uint64(s.Session))
	dst = append(dst, ',')
	dst = appendUint(dst, s.Frame)
	return append(dst, ',')
}

// csvContent appends the cells from protocol_version to problems.
func (b *Bundle) csvContent(dst []byte) []byte {
	if b.ProtocolVersion == 0 {
		return b.csvProblems(append(dst, ",,,,,,,,,,,,,,,,"...))
	}
	dst = appendUint(dst, uint64(b.ProtocolVersion))
	dst = append(dst, ',')
	dst = append(dst, b.Form...)
	dst = append(dst, ',')
	dst = csvCaptured(dst, b.Source)
	dst = append(dst, ',')
	dst = csvCaptured(dst, b.Destination)
	dst = append(dst, ',')
	dst = csvCaptured(dst, b.ReportTo)
	dst = append(dst, ',')
	if b.ProtocolVersion == 6 {
		dst = csvCaptured(dst, b.Custodian)
	}
	dst = append(dst, ',')
	dst = b.csvCreation(dst)
	dst = append(dst, ',')
	if !b.Cut {
		dst = appendMilliseconds(dst, b.Lifetime)
	}
	dst = append(dst, ',')
	dst = csvList(dst, b.FlagNames)
	dst = append(dst, ',')
	dst = csvUint(dst, b.IsFragment, b.FragmentOffset)
	dst = append(dst, ',')
	dst = csvUint(dst, b.IsFragment, b.TotalADULength)
	dst = append(dst, ',')
	for i := range b.Blocks {
		dst = b.Blocks[i].appendCSV(dst, i)
	}
	dst = append(dst, ',')
	dst = append(dst, b.CRC...)
	dst = append(dst, ',')
	dst = appendUint(dst, b.PayloadLength)
	dst = append(dst, ',')
	dst = csvCaptured(dst, b.Admin)
	dst = append(dst, ',')
	return b.csvProblems(dst)
}

// appendCSV appends the block, the i-th of a list, as its type (that of the primary block is "primary"), CRC state and length.
func (k *Block) appendCSV(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, '|')
	}
	if k.Primary {
		dst = append(dst, "primary"...)
	} else {
		dst = appendUint(dst, k.Type)
	}
	dst = append(dst, ':')
	dst = append(dst, k.CRC...)
	dst = append(dst, ':')
	return appendUint(dst, k.Length)
}

// csvProblems appends the ids of what is wrong.
func (b *Bundle) csvProblems(dst []byte) []byte {
	for i := range b.Problems {
		if i > 0 {
			dst = append(dst, '|')
		}
		dst = append(dst, b.Problems[i].ID...)
	}
	return dst
}

func (b *Bundle) csvCreation(dst []byte) []byte {
	if b.Cut {
		return append(dst, ',')
	}
	return csvCreation(dst, b.CreationTime, b.HasCreationTime, b.Sequence)
}

// csvCreation appends the cells creation_time and sequence.
func csvCreation(dst []byte, time int64, has bool, sequence uint64) []byte {
	if has {
		dst = AppendTime(dst, time)
	}
	dst = append(dst, ',')
	return appendUint(dst, sequence)
}
