// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"container/list"
	"slices"
	"sort"
)

// What a Joiner keeps if its fields do not say otherwise.
const (
	defaultUnits = 1024
	defaultParts = 4096
)

// Identity is what all fragments of a bundle have in common (RFC 9171 4.3.1, RFC 5050 4.5.1).
type Identity struct {
	Version uint8
	Source  string
	Created Timestamp
}

// Identity returns what b has in common with the other fragments of its bundle.
func (b *Bundle) Identity() Identity {
	return Identity{Version: b.Version, Source: b.Source.String(), Created: b.Created}
}

// Fragment is a part of an application data unit that has arrived. Ref is the caller's, to find the octets again.
type Fragment struct {
	Offset, Length uint64 // octets of the application data unit
	Total          uint64 // length of the application data unit
	Ref            uint64
}

// Part says where octets of an application data unit are: Length octets from Offset of it begin Skip octets behind the beginning of
// the payload of the fragment with Ref.
type Part struct {
	Offset, Length uint64
	Ref            uint64
	Skip           uint64
}

// Conflict is a place where a fragment has other octets than the one that came before it.
type Conflict struct {
	Offset, Length uint64
	Earlier, Later uint64 // the Refs of both
}

// Joined is what a fragment changed.
type Joined struct {
	Whole     bool   // with this fragment the application data unit is whole
	Parts     []Part // where its octets are, in their order and each once; a view that is valid until the next call
	Have      uint64 // octets that are there
	Duplicate bool   // the fragment has brought none

	// Conflicts are overlaps in which the octets differ. The earlier ones count.
	Conflicts []Conflict

	// Refused says that the fragment was not taken: it lies outside its application data unit, or gives that another length than
	// the first fragment did, or the unit is in more parts than the Joiner keeps.
	Refused bool

	// GivenUp is the unit that had to make room for a new one, the one that has waited longest for a fragment.
	GivenUp *Identity
}

// Joiner puts fragments together that come in any order (RFC 9171 5.9, RFC 5050 5.9). It holds no octets of them, only where they
// are, and of that a bounded amount. The zero value is ready.
type Joiner struct {
	// Same compares length octets from offset of the application data unit between two fragments. Without it overlaps are taken for
	// equal. For one fragment it is asked about each octet once at most.
	Same func(earlier, later uint64, offset, length uint64) bool

	MaxUnits int // application data units at a time; 0 means 1024
	MaxParts int // parts of one; 0 means 4096

	units map[Identity]*list.Element
	order list.List // of *unit; the one that has waited longest first
}

// unit is an application data unit: its parts in order, without overlaps.
type unit struct {
	id    Identity
	total uint64
	have  uint64
	parts []Part
	whole bool
}

// Add takes a fragment.
func (j *Joiner) Add(id Identity, f Fragment) (r Joined) {
	if f.Total == 0 || f.Offset > f.Total || f.Length > f.Total-f.Offset {
		return Joined{Refused: true}
	}
	e := j.units[id]
	if e == nil {
		r.GivenUp = j.makeRoom()
		e = j.order.PushBack(&unit{id: id, total: f.Total})
		if j.units == nil {
			j.units = map[Identity]*list.Element{}
		}
		j.units[id] = e
	}
	j.order.MoveToBack(e)
	u := e.Value.(*unit)
	if u.total != f.Total {
		r.Refused = true
	} else {
		j.merge(u, f, &r)
	}
	r.Parts, r.Have = u.parts, u.have
	if !u.whole && u.have == u.total {
		u.whole, r.Whole = true, true
	}
	return r
}

// Forget drops what is known of a unit.
func (j *Joiner) Forget(id Identity) {
	if e := j.units[id]; e != nil {
		j.order.Remove(e)
		delete(j.units, id)
	}
}

// makeRoom drops the unit that has waited longest if there are too many.
func (j *Joiner) makeRoom() *Identity {
	if j.order.Len() < orDefault(j.MaxUnits, defaultUnits) {
		return nil
	}
	id := j.order.Front().Value.(*unit).id
	j.Forget(id)
	return &id
}

// merge fills the gaps of u with octets of f, and compares the rest.
func (j *Joiner) merge(u *unit, f Fragment, r *Joined) {
	first := sort.Search(len(u.parts), func(i int) bool { return u.parts[i].Offset+u.parts[i].Length > f.Offset })
	at, end := f.Offset, f.Offset+f.Length
	var gaps []Part
	for i := first; at < end; i++ {
		next := end
		if i < len(u.parts) {
			next = min(end, u.parts[i].Offset)
		}
		if next > at {
			gaps = append(gaps, Part{Offset: at, Length: next - at, Ref: f.Ref, Skip: at - f.Offset})
			at = next
		}
		if i < len(u.parts) && at < end {
			p := u.parts[i]
			n := min(end, p.Offset+p.Length) - at
			if j.Same != nil && !j.Same(p.Ref, f.Ref, at, n) {
				r.Conflicts = append(r.Conflicts, Conflict{Offset: at, Length: n, Earlier: p.Ref, Later: f.Ref})
			}
			at += n
		}
	}
	if len(u.parts)+len(gaps) > orDefault(j.MaxParts, defaultParts) {
		r.Refused = true
		return
	}
	r.Duplicate = len(gaps) == 0
	for _, g := range gaps {
		u.have += g.Length
		i := sort.Search(len(u.parts), func(i int) bool { return u.parts[i].Offset > g.Offset })
		u.parts = slices.Insert(u.parts, i, g)
	}
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
