// SPDX-License-Identifier: Apache-2.0

package bundle

import "encoding/binary"

// fast7 reads the beginning of a bundle of BPv7 that lies in one piece and is as nearly all are: a primary block of the usual
// form, and blocks with small numbers. It leaves r where the slower way takes over, at the latest behind the bundle, and does
// nothing where the primary block is another or not whole. What it reads it reads exactly as that way does: tests compare them.
func (r *Reader) fast7(b []byte) {
	i := r.fastPrimary7(b)
	if i == 0 {
		return
	}
	for i < len(b) {
		if b[i] == cborBreak {
			i++
			r.pos = i
			r.end(uint64(i))
			return
		}
		next := r.fastBlock7(b, i)
		if next == 0 {
			break
		}
		i = next
	}
	r.pos, r.state = i, stateBlock7
}

// fastPrimary7 reads the primary block and returns the place behind it, 0 if it did not.
func (r *Reader) fastPrimary7(b []byte) int {
	if len(b) < 24 || b[0] != 0x9f || b[1]&^0x03 != 0x88 || b[2] != 7 {
		return 0
	}
	flags, i := fastUint(b, 3)
	if i == 0 || i >= len(b) || b[i] > byte(CRC32C) {
		return 0
	}
	crc := CRCType(b[i])
	want := byte(0x88)
	if crc != CRCNone {
		want++
	}
	if flags&uint64(FlagFragment) != 0 {
		want += 2
	}
	if b[1] != want {
		return 0
	}
	p, to := &r.b.primary, &r.b
	p.start = 1
	p.at[fieldHead], p.at[fieldVersion], p.at[fieldFlags], p.at[fieldCRCType] = 1, 2, uint32(i-1), uint32(i)
	i++
	// Nothing of r.b but what the slower way writes again may be left behind on the way out.
	if i = r.fastEID(b, i, &to.Destination); i == 0 {
		return r.undo()
	}
	p.at[fieldDestination] = uint32(i - 1)
	if i = r.fastEID(b, i, &to.Source); i == 0 {
		return r.undo()
	}
	p.at[fieldSource] = uint32(i - 1)
	if i = r.fastEID(b, i, &to.ReportTo); i == 0 || i >= len(b) || b[i] != 0x82 {
		return r.undo()
	}
	p.at[fieldReportTo] = uint32(i - 1)
	p.at[fieldTimestampHead] = uint32(i)
	if to.Created.Time, i = fastUint(b, i+1); i == 0 {
		return r.undo()
	}
	p.at[fieldTime] = uint32(i - 1)
	if to.Created.Sequence, i = fastUint(b, i); i == 0 {
		return r.undo()
	}
	p.at[fieldSequence], p.at[fieldTimestampEnd] = uint32(i-1), uint32(i-1)
	if to.Lifetime, i = fastUint(b, i); i == 0 {
		return r.undo()
	}
	p.at[fieldLifetime] = uint32(i - 1)
	if flags&uint64(FlagFragment) != 0 {
		if to.FragmentOffset, i = fastUint(b, i); i == 0 {
			return r.undo()
		}
		p.at[fieldOffset] = uint32(i - 1)
		if to.TotalLength, i = fastUint(b, i); i == 0 {
			return r.undo()
		}
		p.at[fieldTotal] = uint32(i - 1)
	}
	to.CRC.Type = crc
	if crc != CRCNone {
		if i = r.fastCRC(b, 1, i, &to.CRC); i == 0 {
			return r.undo()
		}
		p.at[fieldCRC] = uint32(i - 1)
	}
	p.end = uint64(i)
	to.Version, to.Flags = 7, BundleFlags(flags)
	r.outer = endless
	return i
}

// undo makes r as new, for the slower way.
func (r *Reader) undo() int {
	r.Reset()
	return 0
}

// fastUint reads an unsigned integer in its shortest form and returns the place behind it, 0 if there is none.
func fastUint(b []byte, i int) (v uint64, next int) {
	if i >= len(b) {
		return 0, 0
	}
	rest := b[i:]
	switch o := rest[0]; {
	case o < 24:
		return uint64(o), i + 1
	case o == 0x1b && len(rest) >= 9:
		if v = binary.BigEndian.Uint64(rest[1:]); v > 0xffffffff {
			return v, i + 9
		}
	case o == 0x1a && len(rest) >= 5:
		if v = uint64(binary.BigEndian.Uint32(rest[1:])); v > 0xffff {
			return v, i + 5
		}
	case o == 0x19 && len(rest) >= 3:
		if v = uint64(binary.BigEndian.Uint16(rest[1:])); v > 0xff {
			return v, i + 3
		}
	case o == 0x18 && len(rest) >= 2:
		if v = uint64(rest[1]); v > 23 {
			return v, i + 2
		}
	}
	return 0, 0
}

// fastEID reads an endpoint ID of a common form and returns the place behind it, 0 if it is another.
func (r *Reader) fastEID(b []byte, i int, e *EID) int {
	if len(b)-i < 5 || b[i] != 0x82 {
		return 0
	}
	switch o := b[i+2]; {
	case b[i+1] == byte(SchemeIPN) && o == 0x82:
		var next int
		e.Form, e.Scheme, e.Elements = EIDIPN, SchemeIPN, 2
		if e.Node, next = fastUint(b, i+3); next == 0 {
			return 0
		}
		e.Service, next = fastUint(b, next)
		return next
	case b[i+1] == byte(SchemeDTN) && o == 0:
		e.Form, e.Scheme = EIDDTN, SchemeDTN
		e.SSP = none
		return i + 3
	case b[i+1] == byte(SchemeDTN) && o > cborText<<5 && o < cborText<<5|24:
		end := i + 3 + int(o&0x1f)
		if end > len(b) {
			return 0
		}
		e.Form, e.Scheme, e.asText = EIDDTN, SchemeDTN, true
		e.SSP = r.own(b[i+3 : end])
		return end
	}
	return 0
}

// fastCRC reads the CRC at i of the block that begins at start, and compares it. It returns the place behind it, 0 if it is not
// there or of another form.
func (r *Reader) fastCRC(b []byte, start, i int, v *CRC) int {
	n := 4
	if v.Type == CRC16 {
		n = 2
	}
	if len(b)-i < 1+n || b[i] != cborBytes<<5|byte(n) {
		return 0
	}
	r.crc.begin(v.Type)
	r.crc.update(b[start : i+1])
	r.crc.zeros(n)
	v.Computed = r.crc.value()
	r.crc.kind = CRCNone
	if n == 2 {
		v.Value = uint32(binary.BigEndian.Uint16(b[i+1:]))
	} else {
		v.Value = binary.BigEndian.Uint32(b[i+1:])
	}
	v.State = CRCInvalid
	if v.Value == v.Computed {
		v.State = CRCValid
	}
	return i + 1 + n
}

// fastBlock7 reads the block at i and returns the place behind it, 0 if it did not.
func (r *Reader) fastBlock7(b []byte, i int) int {
	h := b[i:]
	if len(h) < 6 || h[0] != 0x85 && h[0] != 0x86 || h[1] >= 24 || h[2] >= 24 || h[3] >= 24 || h[4] > byte(CRC32C) ||
		(h[0] == 0x86) != (h[4] != 0) {
		return 0
	}
	n, d := int(h[5])-cborBytes<<5, 6
	switch {
	case n >= 0 && n < 24:
	case h[5] == 0x58 && len(h) > 7 && h[6] >= 24:
		n, d = int(h[6]), 7
	case h[5] == 0x59 && len(h) > 8 && h[6] > 0:
		n, d = int(binary.BigEndian.Uint16(h[6:])), 8
	default:
		return 0
	}
	kind := BlockType(h[1])
	if n > len(h)-d || len(r.b.Blocks) == MaxBlocks || kind == BlockPayload && r.b.IsAdmin() || kind != BlockPayload && r.kept+n > MaxKept {
		return 0
	}
	crc := CRC{Type: CRCType(h[4])}
	end := d + n
	if crc.Type != CRCNone {
		if end = r.fastCRC(h, 0, end, &crc); end == 0 {
			return 0
		}
	}
	k := r.newBlock()
	r.inBlk = false
	k.Type, k.Number, k.Flags, k.CRC = kind, uint64(h[2]), BlockFlags(h[3]), crc
	k.Span = Span{uint64(i), uint64(end)}
	k.DataSpan, k.DataLength = Span{uint64(i + d), uint64(n)}, uint64(n)
	k.Whole, k.fields, k.ends = true, 6, [6]uint8{1, 2, 3, 4, 5, uint8(d)}
	if crc.Type != CRCNone {
		k.crcHead, k.crcLen = 1, uint8(crc.Type.Len())
	}
	if kind != BlockPayload {
		k.Data = r.ownData(h[d : d+n])
	}
	return i + end
}
