// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/binary"
	"slices"

	"github.com/dtn-tools/tcpcl/bundle"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

// What is kept of fragments whose application data units are not whole.
const (
	MaxUnits = 1024    // units
	MaxParts = 1024    // parts of one
	maxParts = 1 << 17 // parts of all of them together
)

// Joining is what a Ledger does with application data units.
type Joining struct {
	// Line appends the line of a unit that has become whole; text is what the entry of its last fragment has for it.
	Line func(dst, text []byte, u *record.ADU) []byte
	// Same compares what two fragments have of a unit, as far as the octets of fragments are at hand. It may be nil.
	Same func(earlier, later record.ADUPart) bool
	// Whole is told of a unit before its line is written, and may add to it. It may be nil.
	Whole func(u *record.ADU) error
}

// units joins fragments.
type units struct {
	Joining
	joiner bundle.Joiner
	known  map[bundle.Identity]*unit
	order  []bundle.Identity // in which they began; some may be forgotten
	parts  int               // of all that are known
	limit  int               // of parts
	now    *unit             // the one that a fragment is added to
}

// unit is what is known of a unit besides what the joiner knows.
type unit struct {
	fragments []record.ADUPart // by the joiner's Ref: where each begins, and its length
	conflicts []record.ADUConflict
	whole     bool
}

// Join makes the Ledger join fragments.
func (l *Ledger) Join(j Joining) {
	l.units = &units{Joining: j, known: map[bundle.Identity]*unit{}, limit: maxParts}
	u := l.units
	u.joiner = bundle.Joiner{MaxUnits: MaxUnits, MaxParts: MaxParts}
	if j.Same != nil {
		u.joiner.Same = func(earlier, later, offset, length uint64) bool {
			part := func(ref uint64) record.ADUPart {
				p := u.now.fragments[ref]
				p.Skip = offset - p.Offset
				p.Offset, p.Length = offset, length
				return p
			}
			return j.Same(part(earlier), part(later))
		}
	}
}

// The form of what an entry of a fragment has besides: the key of its unit, the offset, length and total, where the payload
// begins, the lengths of what follows the entry's text: the text for the unit, and the name of the file.
const partLen = 56

// appendPart appends it.
func (s *Scribe) appendPart(dst []byte, b *record.Bundle) []byte {
	var e [partLen]byte
	s.key(e[:], b.ProtocolVersion, b.Source, b.DTNTime, b.Sequence, false, 0, 0)
	for i, v := range [...]uint64{b.FragmentOffset, b.PayloadLength, b.TotalADULength, b.PayloadOffset} {
		binary.LittleEndian.PutUint64(e[16+8*i:], v)
	}
	return append(dst, e[:]...)
}

// joinable says whether the payload of a bundle can be a part of a unit: it is all there, in one piece, and its CRC is not wrong.
func joinable(b *record.Bundle) bool {
	return b.IsFragment && b.Form == record.BundleWhole && b.CRC != record.CRCInvalid && identified(b) &&
		(b.Transfer == nil || b.Transfer.State == record.Complete) &&
		!slices.ContainsFunc(b.Problems, func(p record.Problem) bool { return p.ID == chunked })
}

// chunked is the check that a payload in chunks fails, whose octets do not lie together.
const chunked = "BPv7-08"

// part adds a fragment; e is what appendPart wrote. It returns the unit if that has become whole.
func (l *Ledger) part(e []byte, here *sighting, file string) *record.ADU {
	u := l.units
	number := func(i int) uint64 { return binary.LittleEndian.Uint64(e[16+8*i:]) }
	id := bundle.Identity{Source: string(e[:16])}
	f := bundle.Fragment{Offset: number(0), Length: number(1), Total: number(2)}
	u.now = u.known[id]
	if u.now == nil {
		u.now = new(unit)
		u.known[id] = u.now
		u.order = append(u.order, id)
	}
	if u.now.whole {
		return nil
	}
	f.Ref = uint64(len(u.now.fragments))
	u.now.fragments = append(u.now.fragments, record.ADUPart{Offset: f.Offset, Length: f.Length, Payload: number(3), Seen: *l.public(here), File: file})
	u.parts++
	r := u.joiner.Add(id, f)
	for _, c := range r.Conflicts {
		u.now.conflicts = append(u.now.conflicts, record.ADUConflict{Offset: c.Offset, Length: c.Length})
	}
	if r.Refused || r.Duplicate {
		u.now.fragments = u.now.fragments[:f.Ref]
		u.parts--
	}
	if r.GivenUp != nil {
		u.forget(*r.GivenUp)
	}
	if !r.Whole {
		u.makeRoom()
		return nil
	}
	whole := &record.ADU{Conflicts: u.now.conflicts}
	for _, p := range r.Parts {
		part := u.now.fragments[p.Ref]
		part.Offset, part.Length, part.Skip = p.Offset, p.Length, p.Skip
		whole.Parts = append(whole.Parts, part)
	}
	u.parts -= len(u.now.fragments)
	*u.now = unit{whole: true} // more of its fragments may come
	return whole
}

func (u *units) forget(id bundle.Identity) {
	if k := u.known[id]; k != nil {
		u.parts -= len(k.fragments)
		delete(u.known, id)
	}
	u.order = slices.DeleteFunc(u.order, func(o bundle.Identity) bool { return o == id })
}

// makeRoom forgets the units that began first while there are too many parts.
func (u *units) makeRoom() {
	for u.parts > u.limit && len(u.order) > 1 {
		u.joiner.Forget(u.order[0])
		u.forget(u.order[0])
	}
}
