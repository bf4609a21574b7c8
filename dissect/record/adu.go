// SPDX-License-Identifier: Apache-2.0

package record

// ADU is an application data unit that was sent in fragments, of which all octets are there.
type ADU struct {
	Bundle    *Bundle // the fragment that made it whole, which has what names it, and its length
	Parts     []ADUPart
	Conflicts []ADUConflict
	SHA256    []byte // of the octets, where they were written
	File      string // that they were written to; "" where there is none
}

// ADUPart says where octets of an application data unit are: in the payload of a fragment.
type ADUPart struct {
	Offset, Length uint64 // in the application data unit; each octet once
	Skip           uint64 // octets of the payload before them
	Payload        uint64 // offset of the payload in the fragment
	Seen           Sighting
	File           string // of the fragment, where extract wrote it
}

// ADUConflict is a place where two fragments have other octets; those that came first count.
type ADUConflict struct{ Offset, Length uint64 }

// AppendJSON appends the unit as one JSON object without line end.
func (u *ADU) AppendJSON(dst []byte) []byte { return u.AppendJSONRest(u.Bundle.AppendADUOpen(dst)) }

// AppendADUOpen appends what a fragment says of its application data unit, which ADU.AppendJSONRest completes.
func (b *Bundle) AppendADUOpen(dst []byte) []byte {
	dst = append(dst, `{"record":"adu","length":`...)
	dst = appendUint(dst, b.TotalADULength)
	dst = append(dst, `,"protocol_version":`...)
	dst = appendUint(dst, uint64(b.ProtocolVersion))
	dst = appendEID(append(dst, `,"source":`...), b.Source)
	dst = appendEID(append(dst, `,"destination":`...), b.Destination)
	dst = appendEID(append(dst, `,"report_to":`...), b.ReportTo)
	return b.appendCreation(dst)
}

// AppendJSONRest appends what Bundle.AppendADUOpen does not, and the end of the object.
func (u *ADU) AppendJSONRest(dst []byte) []byte {
	if len(u.SHA256) > 0 {
		dst = append(appendHex(append(dst, `,"sha256":"`...), u.SHA256), '"')
	}
	if u.File != "" {
		dst = AppendString(append(dst, `,"file":`...), u.File)
	}
	dst = append(dst, `,"parts":[`...)
	for i := range u.Parts {
		p := &u.Parts[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendUint(append(dst, `{"offset":`...), p.Offset)
		dst = appendUint(append(dst, `,"length":`...), p.Length)
		dst = p.Seen.appendJSON(append(dst, `,"seen":`...))
		if p.File != "" {
			dst = AppendString(append(dst, `,"file":`...), p.File)
		}
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	if len(u.Conflicts) > 0 {
		dst = append(dst, `,"conflicts":[`...)
		for i, c := range u.Conflicts {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendUint(append(dst, `{"offset":`...), c.Offset)
			dst = append(appendUint(append(dst, `,"length":`...), c.Length), '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// AppendADUCSVOpen is AppendADUOpen for a row of the table of bundles.
func (b *Bundle) AppendADUCSVOpen(dst []byte) []byte {
	dst = append(dst, "adu,,,,,,"...) // session to version
	dst = appendUint(dst, b.TotalADULength)
	dst = append(dst, ",,,,,,"...) // src to state
	dst = appendUint(dst, uint64(b.ProtocolVersion))
	dst = csvCaptured(append(dst, ",,"...), b.Source) // behind form
	dst = csvCaptured(append(dst, ','), b.Destination)
	dst = csvCaptured(append(dst, ','), b.ReportTo)
	dst = b.csvCreation(append(dst, ",,"...)) // behind custodian
	return append(dst, ",,,,,,,,,,"...)       // lifetime to problems
}

// AppendCSV appends the unit as a row with the columns of bundles, without line end.
func (u *ADU) AppendCSV(dst []byte) []byte { return u.AppendCSVRest(u.Bundle.AppendADUCSVOpen(dst)) }

// AppendCSVHeader appends the names of the columns of AppendCSV. The receiver may be nil.
func (*ADU) AppendCSVHeader(dst []byte) []byte { return append(dst, bundleColumns...) }

// AppendCSVRest appends what Bundle.AppendADUCSVOpen does not. Each part is its offset, length and where it was seen.
func (u *ADU) AppendCSVRest(dst []byte) []byte {
	dst = appendHex(dst, u.SHA256)
	dst = csvCaptured(append(dst, ','), u.File)
	dst = append(dst, ",,,,,,,,,,,,,,,"...) // missed_octets to seen_before_file
	for i := range u.Parts {
		p := &u.Parts[i]
		if i > 0 {
			dst = append(dst, '|')
		}
		dst = append(appendUint(dst, p.Offset), ':')
		dst = append(appendUint(dst, p.Length), ':')
		if p.Seen.Session != 0 {
			dst = append(appendUint(append(dst, 's'), uint64(p.Seen.Session)), ':')
			dst = appendUint(dst, p.Seen.Frame)
		}
	}
	return dst
}
