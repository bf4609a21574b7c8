// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// Scribe makes the entries of one worker.
type Scribe struct {
	seeds    [2]maphash.Seed
	identity []byte
}

// Scribe makes one.
func (l *Ledger) Scribe() *Scribe { return &Scribe{seeds: l.seeds} }

// Append appends an entry about b. file is the number of its file, where it has no transfer. text appends what the line is made
// of; without it there is no text. part is the same for the unit that a fragment belongs to, without which it is not joined.
func (s *Scribe) Append(dst []byte, kind Kind, b *record.Bundle, file uint32, text, part func(dst []byte) []byte) []byte {
	at := len(dst)
	if part != nil && joinable(b) {
		kind |= Part
	}
	var e [entryLen]byte
	e[0] = byte(kind)
	if t := b.Transfer; t != nil {
		id := t.TransferID
		if t.Version == 3 {
			id = t.ImpliedTransferID
			e[1] |= isImplied
		}
		e[2] = byte(t.From)
		binary.LittleEndian.PutUint64(e[40:], uint64(t.Session))
		binary.LittleEndian.PutUint64(e[48:], id)
		binary.LittleEndian.PutUint64(e[56:], uint64(t.Serial))
		frame := t.EndFrame
		if frame == 0 {
			frame = t.StartFrame
		}
		binary.LittleEndian.PutUint64(e[64:], frame)
	}
	binary.LittleEndian.PutUint32(e[72:], file)
	if identified(b) {
		offset, length := uint64(0), uint64(0)
		if b.IsFragment {
			offset, length = b.FragmentOffset, b.PayloadLength
		}
		s.key(e[8:], b.ProtocolVersion, b.Source, b.DTNTime, b.Sequence, b.IsFragment, offset, length)
	}
	if u := b.Subject; u != nil {
		e[1] |= hasSubject
		if !isNull(u.Source) {
			s.key(e[24:], b.ProtocolVersion, u.Source, u.DTNTime, u.Sequence, u.IsFragment, u.FragmentOffset, u.FragmentLength)
		}
	}
	dst = append(dst, e[:]...)
	if kind&Part != 0 {
		dst = s.appendPart(dst, b)
	}
	begin := len(dst)
	if text != nil {
		dst = text(dst)
	}
	binary.LittleEndian.PutUint32(dst[at+76:], uint32(len(dst)-begin))
	if kind&Part != 0 {
		begin = len(dst)
		dst = part(dst)
		binary.LittleEndian.PutUint32(dst[at+entryLen+partLen-8:], uint32(len(dst)-begin))
		if b.Transfer != nil {
			dst = append(dst, b.File...) // where it was written to
		}
	}
	binary.LittleEndian.PutUint32(dst[at+4:], uint32(len(dst)-at-entryLen))
	return dst
}

// identified says whether a bundle can be told from others: all of its primary block was there and its CRC is not wrong, and it
// has a source (RFC 9171 4.2.3: one of the null endpoint cannot be identified).
func identified(b *record.Bundle) bool {
	return b.ProtocolVersion != 0 && (b.Form == record.BundleWhole || len(b.Blocks) > 1) && len(b.Blocks) > 0 &&
		b.Blocks[0].CRC != record.CRCInvalid && !isNull(b.Source)
}

func isNull(source string) bool { return source == "" || source == "dtn:none" || source == "ipn:0.0" }

// key writes the key of an identity: two hashes that nobody can foresee, so that two bundles never share one.
func (s *Scribe) key(dst []byte, version uint8, source string, time, sequence uint64, isFragment bool, offset, length uint64) {
	b := append(s.identity[:0], version)
	b = binary.LittleEndian.AppendUint64(b, time)
	b = binary.LittleEndian.AppendUint64(b, sequence)
	if isFragment {
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint64(b, offset)
		b = binary.LittleEndian.AppendUint64(b, length)
	} else {
		b = append(b, 0)
	}
	b = append(b, source...)
	s.identity = b
	binary.LittleEndian.PutUint64(dst, maphash.Bytes(s.seeds[0], b)|1) // never the zero key
	binary.LittleEndian.PutUint64(dst[8:], maphash.Bytes(s.seeds[1], b))
}
