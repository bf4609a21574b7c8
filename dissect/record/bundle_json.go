// SPDX-License-Identifier: Apache-2.0

package record

import "slices"

// AppendJSON appends the bundle as one JSON object without line end. What is not known is null.
func (b *Bundle) AppendJSON(dst []byte) []byte {
	dst = slices.Grow(dst, 1500)
	dst = append(dst, `{"record":"bundle"`...)
	if t := b.Transfer; t != nil {
		dst = append(dst, `,"session":`...)
		frame, time := t.last()
		dst = appendOrigin(dst, t.Session, frame, time, t.From)
		dst = append(dst, `","version":`...)
		dst = appendUint(dst, uint64(t.Version))
	}
	dst = append(dst, `,"length":`...)
	dst = appendUint(dst, b.Length)
	if t := b.Transfer; t != nil {
		dst = appendAddresses(dst, t.Src, t.Dst)
		if t.Version == 3 {
			dst = append(dst, `","transfer_id":null,"implied_transfer_id":`...)
			dst = appendUint(dst, t.ImpliedTransferID)
		} else {
			dst = append(dst, `","transfer_id":`...)
			dst = appendUint(dst, t.TransferID)
		}
		dst = append(dst, `,"state":"`...)
		dst = append(dst, t.State.String()...)
		dst = append(dst, '"')
	}
	dst = b.appendContent(dst)
	dst = append(dst, `,"sha256":`...)
	if len(b.SHA256) > 0 {
		dst = append(dst, '"')
		dst = appendHex(dst, b.SHA256)
		dst = append(dst, '"')
	} else {
		dst = append(dst, "null"...)
	}
	if b.File != "" {
		dst = append(dst, `,"file":`...)
		dst = AppendString(dst, b.File)
	}
	if t := b.Transfer; t != nil {
		dst = append(dst, `,"missed_octets":`...)
		dst = appendUint(dst, t.MissedOctets)
		dst = append(dst, `,"start_frame":`...)
		dst = appendFrameOrNull(dst, t.StartFrame)
		dst = append(dst, `,"start_time":`...)
		dst = appendTimeOrNull(dst, t.StartTime)
		dst = append(dst, `,"end_frame":`...)
		dst = appendFrameOrNull(dst, t.EndFrame)
		dst = append(dst, `,"end_time":`...)
		dst = appendTimeOrNull(dst, t.EndTime)
	}
	return append(dst, '}')
}

// appendSummary appends what names the bundle, null for nil and for what is no bundle.
func (b *Bundle) appendSummary(dst []byte) []byte {
	if b == nil || b.ProtocolVersion == 0 {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"protocol_version":`...)
	dst = appendUint(dst, uint64(b.ProtocolVersion))
	dst = append(dst, `,"source":`...)
	dst = AppendString(dst, b.Source)
	dst = append(dst, `,"destination":`...)
	dst = AppendString(dst, b.Destination)
	dst = b.appendCreation(dst)
	dst = b.appendFragment(dst)
	dst = append(dst, `,"crc":"`...)
	dst = append(dst, b.CRC...)
	return append(dst, `"}`...)
}

func (b *Bundle) appendCreation(dst []byte) []byte {
	dst = append(dst, `,"creation_time":`...)
	if b.HasCreationTime {
		dst = append(dst, '"')
		dst = AppendTime(dst, b.CreationTime)
		dst = append(dst, '"')
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"sequence":`...)
	return appendUint(dst, b.Sequence)
}

func (b *Bundle) appendFragment(dst []byte) []byte {
	dst = append(dst, `,"fragment":`...)
	if !b.IsFragment {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"offset":`...)
	dst = appendUint(dst, b.FragmentOffset)
	dst = append(dst, `,"total":`...)
	dst = appendUint(dst, b.TotalADULength)
	return append(dst, '}')
}

// appendContent appends what the bundle says of itself.
func (b *Bundle) appendContent(dst []byte) []byte {
	if b.ProtocolVersion == 0 {
		dst = append(dst, `,"protocol_version":null`...)
		return b.appendProblems(dst)
	}
	dst = append(dst, `,"protocol_version":`...)
	dst = appendUint(dst, uint64(b.ProtocolVersion))
	dst = append(dst, `,"form":"`...)
	dst = append(dst, b.Form...)
	dst = append(dst, `","source":`...)
	dst = AppendString(dst, b.Source)
	dst = append(dst, `,"destination":`...)
	dst = AppendString(dst, b.Destination)
	dst = append(dst, `,"report_to":`...)
	dst = AppendString(dst, b.ReportTo)
	if b.ProtocolVersion == 6 {
		dst = append(dst, `,"custodian":`...)
		dst = AppendString(dst, b.Custodian)
	}
	dst = b.appendCreation(dst)
	dst = append(dst, `,"lifetime":`...)
	dst = appendMilliseconds(dst, b.Lifetime)
	dst = append(dst, `,"flags":`...)
	dst = appendStrings(dst, b.FlagNames)
	dst = b.appendFragment(dst)
	dst = append(dst, `,"blocks":[`...)
	for i := range b.Blocks {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = b.Blocks[i].appendJSON(dst)
	}
	dst = append(dst, `],"crc":"`...)
	dst = append(dst, b.CRC...)
	dst = append(dst, `","payload_length":`...)
	dst = appendUint(dst, b.PayloadLength)
	if b.Admin != "" {
		dst = append(dst, `,"administrative_record":`...)
		dst = AppendString(dst, b.Admin)
	}
	return b.appendProblems(dst)
}

func (k *Block) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"number":`...)
	dst = appendUint(dst, k.Number)
	dst = append(dst, `,"type":`...)
	if k.Primary {
		dst = append(dst, "null"...)
	} else {
		dst = appendUint(dst, k.Type)
	}
	dst = append(dst, `,"name":`...)
	dst = AppendString(dst, k.Name)
	dst = append(dst, `,"flags":`...)
	dst = appendStrings(dst, k.FlagNames)
	dst = append(dst, `,"crc":"`...)
	dst = append(dst, k.CRC...)
	dst = append(dst, `","length":`...)
	dst = appendUint(dst, k.Length)
	return append(dst, '}')
}

func (b *Bundle) appendProblems(dst []byte) []byte {
	if len(b.Problems) == 0 {
		return dst
	}
	dst = append(dst, `,"problems":[`...)
	for i := range b.Problems {
		p := &b.Problems[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"id":`...)
		dst = AppendString(dst, p.ID)
		dst = append(dst, `,"offset":`...)
		dst = appendUint(dst, p.Offset)
		dst = append(dst, `,"text":`...)
		dst = AppendString(dst, p.Text)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendMilliseconds appends a duration in decimal seconds.
func appendMilliseconds(dst []byte, ms uint64) []byte {
	dst = appendUint(dst, ms/1000)
	if ms %= 1000; ms > 0 {
		dst = append(dst, '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10))
	}
	return dst
}
