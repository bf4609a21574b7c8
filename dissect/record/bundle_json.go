// SPDX-License-Identifier: Apache-2.0

package record

import "slices"

// AppendJSON appends the bundle as one JSON object without line end. What is not known is null.
func (b *Bundle) AppendJSON(dst []byte) []byte {
	return b.Links.AppendJSON(b.AppendJSONOpen(dst), b.Subject != nil)
}

// AppendJSONOpen appends all but the links, which Links.AppendJSON appends behind it.
func (b *Bundle) AppendJSONOpen(dst []byte) []byte {
	dst = slices.Grow(dst, 1500)
	t := b.Transfer
	dst = append(dst, `{"record":"bundle","session":`...)
	if t != nil {
		frame, time := t.last()
		dst = appendOrigin(dst, t.Session, frame, time, t.From)
		dst = append(dst, `","version":`...)
		dst = appendUint(dst, uint64(t.Version))
	} else {
		dst = append(dst, `null,"frame":null,"time":null,"from":null,"version":null`...)
	}
	dst = append(dst, `,"length":`...)
	dst = appendUint(dst, b.Length)
	switch {
	case t == nil:
		dst = append(dst, `,"src":null,"dst":null,"transfer_id":null,"state":null`...)
	case t.Version == 3:
		dst = append(appendAddresses(dst, t.Src, t.Dst), `","transfer_id":null,"implied_transfer_id":`...)
		dst = appendUint(dst, t.ImpliedTransferID)
	default:
		dst = append(appendAddresses(dst, t.Src, t.Dst), `","transfer_id":`...)
		dst = appendUint(dst, t.TransferID)
	}
	if t != nil {
		dst = append(dst, `,"state":"`...)
		dst = append(dst, t.State.String()...)
		dst = append(dst, '"')
	}
	dst = b.appendContent(dst)
	if len(b.SHA256) > 0 {
		dst = append(dst, `,"sha256":"`...)
		dst = appendHex(dst, b.SHA256)
		dst = append(dst, '"')
	} else {
		dst = append(dst, `,"sha256":null`...)
	}
	if b.File != "" {
		dst = append(dst, `,"file":`...)
		dst = AppendString(dst, b.File)
	}
	dst = t.appendPlace(dst)
	if b.Subject != nil {
		dst = b.Subject.appendOpen(append(dst, `,"subject":`...))
	}
	return dst
}

// appendPlace appends where in the capture the transfer is.
func (t *Transfer) appendPlace(dst []byte) []byte {
	if t == nil {
		return append(dst, `,"missed_octets":null,"start_frame":null,"start_time":null,"end_frame":null,"end_time":null`...)
	}
	dst = append(dst, `,"missed_octets":`...)
	dst = appendUint(dst, t.MissedOctets)
	dst = append(dst, `,"start_frame":`...)
	dst = appendFrameOrNull(dst, t.StartFrame)
	dst = append(dst, `,"start_time":`...)
	dst = appendTimeOrNull(dst, t.StartTime)
	dst = append(dst, `,"end_frame":`...)
	dst = appendFrameOrNull(dst, t.EndFrame)
	dst = append(dst, `,"end_time":`...)
	return appendTimeOrNull(dst, t.EndTime)
}

// AppendJSON appends the links behind what Bundle.AppendJSONOpen wrote, and the end of the object; subject says whether that
// has a subject.
func (l *Links) AppendJSON(dst []byte, subject bool) []byte {
	if subject {
		dst = append(dst, `,"seen":`...)
		dst = append(l.SubjectSeen.appendJSON(dst), '}')
	}
	if l.SeenBefore != nil {
		dst = l.SeenBefore.appendJSON(append(dst, `,"seen_before":`...))
	}
	return append(dst, '}')
}

// appendJSON appends where a bundle was seen, null for nil.
func (s *Sighting) appendJSON(dst []byte) []byte {
	if s == nil {
		return append(dst, "null"...)
	}
	if s.Session == 0 {
		dst = append(dst, `{"file":`...)
		return append(AppendString(dst, s.File), '}')
	}
	dst = append(dst, `{"session":`...)
	dst = appendUint(dst, uint64(s.Session))
	dst = append(dst, `,"frame":`...)
	dst = appendUint(dst, s.Frame)
	dst = append(dst, `,"from":"`...)
	dst = append(dst, s.From.String()...)
	if s.Implied {
		dst = append(dst, `","transfer_id":null,"implied_transfer_id":`...)
	} else {
		dst = append(dst, `","transfer_id":`...)
	}
	return append(appendUint(dst, s.TransferID), '}')
}

// appendOpen appends what the subject is, without the end of the object.
func (s *Subject) appendOpen(dst []byte) []byte {
	dst = append(dst, `{"source":`...)
	dst = AppendString(dst, s.Source)
	dst = appendCreation(dst, s.CreationTime, s.HasCreationTime, s.Sequence)
	if !s.IsFragment {
		return append(dst, `,"fragment":null`...)
	}
	dst = append(dst, `,"fragment":{"offset":`...)
	dst = appendUint(dst, s.FragmentOffset)
	dst = append(dst, `,"length":`...)
	return append(appendUint(dst, s.FragmentLength), '}')
}

// appendSummary appends what names the bundle, null for nil and for what is no bundle.
func (b *Bundle) appendSummary(dst []byte) []byte {
	if b == nil || b.ProtocolVersion == 0 {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"protocol_version":`...)
	dst = appendUint(dst, uint64(b.ProtocolVersion))
	dst = appendEID(append(dst, `,"source":`...), b.Source)
	dst = appendEID(append(dst, `,"destination":`...), b.Destination)
	dst = b.appendCreation(dst)
	dst = b.appendFragment(dst)
	dst = append(dst, `,"crc":"`...)
	dst = append(dst, b.CRC...)
	return append(dst, `"}`...)
}

func appendCreation(dst []byte, time int64, has bool, sequence uint64) []byte {
	if has {
		dst = append(dst, `,"creation_time":"`...)
		dst = append(AppendTime(dst, time), '"')
	} else {
		dst = append(dst, `,"creation_time":null`...)
	}
	dst = append(dst, `,"sequence":`...)
	return appendUint(dst, sequence)
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

// appendEID appends an endpoint ID, null where it was not there.
func appendEID(dst []byte, eid string) []byte {
	if eid == "" {
		return append(dst, "null"...)
	}
	return AppendString(dst, eid)
}

func (b *Bundle) appendCreation(dst []byte) []byte {
	if b.Cut {
		return append(dst, `,"creation_time":null,"sequence":null`...)
	}
	return appendCreation(dst, b.CreationTime, b.HasCreationTime, b.Sequence)
}

// appendContent appends what the bundle says of itself.
func (b *Bundle) appendContent(dst []byte) []byte {
	if b.ProtocolVersion == 0 {
		dst = append(dst, `,"protocol_version":null,"source":null,"destination":null,"report_to":null,"creation_time":null,"sequence":null`...)
		dst = append(dst, `,"lifetime":null,"flags":null,"fragment":null,"blocks":null,"crc":null`...)
		return b.appendProblems(dst)
	}
	dst = append(dst, `,"protocol_version":`...)
	dst = appendUint(dst, uint64(b.ProtocolVersion))
	dst = append(dst, `,"form":"`...)
	dst = append(dst, b.Form...)
	dst = appendEID(append(dst, `","source":`...), b.Source)
	dst = appendEID(append(dst, `,"destination":`...), b.Destination)
	dst = appendEID(append(dst, `,"report_to":`...), b.ReportTo)
	if b.ProtocolVersion == 6 && b.Custodian != "" {
		dst = appendEID(append(dst, `,"custodian":`...), b.Custodian)
	}
	dst = b.appendCreation(dst)
	if b.Cut {
		dst = append(dst, `,"lifetime":null`...)
	} else {
		dst = appendMilliseconds(append(dst, `,"lifetime":`...), b.Lifetime)
	}
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
	return b.appendProblems(b.appendSecurity(dst))
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
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return dst
}
