// SPDX-License-Identifier: Apache-2.0

package session

import "slices"

// Most transfers of small bundles are one segment, acknowledged by one message. Such a transfer has no Transfer of its own while it
// waits: its entry in the queue says all that there is. It is spelled out only when something unusual concerns it.

// Single takes a segment that is a transfer of its own, START and END, of which all octets are there. begun and at are the marks of the
// first and the last one. It returns the number of the transfer among those of its side. ok is false, and nothing was
// taken, where Segment and SegmentEnd have to be called instead.
func (s *Session) Single(side int, id, length uint64, begun, at Mark) (serial uint64, ok bool) {
	o := &s.sides[side].out
	if len(o.early) > 0 || o.hasTot || o.waiting.used >= maxWaiting {
		return 0, false
	}
	serial = o.serial + 1
	if s.Version == 3 {
		if !s.AckExpected() {
			return 0, false
		}
		id = serial
	}
	if o.current != nil {
		s.replace(side)
		o.current = nil
	}
	s.history.add(side, 'S')
	o.serial, o.lastID = serial, id
	q := &o.waiting
	if q.used == len(q.ring) {
		q.grow()
	}
	e := &q.ring[(q.first+q.used)&(len(q.ring)-1)]
	q.used++
	if e.t != nil {
		e.t = nil
	}
	e.id, e.cum, e.begun, e.at, e.serial = id, length, begun, at, serial
	return serial, true
}

// AckSingle takes an acknowledgement for a transfer of sender where that is the one that has waited longest, one segment and
// to be told to nobody: so it nearly always is with small bundles. It returns the marks of the transfer's first and last
// octet. ok is false, and nothing was taken, where Ack has to be called instead.
func (s *Session) AckSingle(sender int, id, length uint64) (begun, last Mark, ok bool) {
	o := &s.sides[sender].out
	q := &o.waiting
	if q.used == 0 || s.emit != nil {
		return
	}
	e := &q.ring[q.first&(len(q.ring)-1)]
	if e.cum != length || e.id != id || e.t != nil {
		return
	}
	s.history.add(1-sender, 'A')
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.used--
	o.complete++
	return e.begun, e.at, true
}

// ackSingle takes the acknowledgement of a transfer that is one segment.
func (s *Session) ackSingle(sender int, e *sent, at Mark, answer *Answer) {
	if answer != nil {
		answer.Serial, answer.Segment, answer.Start, answer.First = e.serial, e.at, e.begun, e.at
		answer.Total, answer.Done, answer.HasTotal, answer.Announced = e.cum, true, true, false
	}
	if s.emit == nil {
		s.sides[sender].out.complete++
		return
	}
	t := s.whole(e)
	t.Acks, t.Acked, t.AckedAll = 1, e.cum, at
	s.hand(sender, t)
}

// whole is the Transfer of an entry that is one. It is valid until the next call.
func (s *Session) whole(e *sent) *Transfer {
	t := &s.scratch
	*t = Transfer{ID: e.id, Serial: e.serial, Length: e.cum, Segments: 1, Start: e.begun, First: e.at, Last: e.at, End: e.at,
		Ended: true, whole: e.cum}
	return t
}

// passOver gives up waiting for the acknowledgement of the oldest segment.
func (s *Session) passOver(side int) {
	o := &s.sides[side].out
	e := o.waiting.pop()
	if e.t == nil {
		s.hand(side, s.whole(e))
		return
	}
	e.t.unacked--
	if e.t.Ended && e.t.unacked == 0 {
		s.tell(side, e.t)
	}
}

// spell gives every transfer that is only an entry of the queue a Transfer, in its place among the others.
func (o *outgoing) spell(s *Session) {
	n := len(o.all)
	for i := range o.waiting.used {
		if e := o.waiting.at(i); e.t == nil {
			t := *s.whole(e)
			t.unacked = 1
			e.t = &t
			o.all = append(o.all, &t)
		}
	}
	if len(o.all) > n {
		slices.SortFunc(o.open(), func(a, b *Transfer) int { return int(int64(a.Serial - b.Serial)) })
	}
}

// Counts says how many transfers of a side were told complete, refused and incomplete.
func (s *Session) Counts(side int) (complete, refused, incomplete uint64) {
	o := &s.sides[side].out
	return o.complete, o.refused, o.incomplete
}

// queue is a ring of segments.
type queue struct {
	ring        []sent
	first, used int
}

func (q *queue) at(i int) *sent { return &q.ring[(q.first+i)&(len(q.ring)-1)] }

// push returns the place of a new entry, to be filled in.
func (q *queue) push() *sent {
	if q.used == len(q.ring) {
		q.grow()
	}
	q.used++
	return q.at(q.used - 1)
}

func (q *queue) grow() {
	grown := make([]sent, max(4, 2*len(q.ring)))
	for i := range q.used {
		grown[i] = *q.at(i)
	}
	q.ring, q.first = grown, 0
}

// pop takes the oldest entry away. It stays valid until the next push.
func (q *queue) pop() *sent {
	e := &q.ring[q.first]
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.used--
	return e
}
