// SPDX-License-Identifier: Apache-2.0

package session

import "math"

// Transfer is one bundle's way from one side to the other (RFC 9174 section 5.2, RFC 7242 section 5.2).
type Transfer struct {
	ID       uint64 // v4; in v3 the number of the transfer, as Serial
	Serial   uint64 // among the transfers of this side, from 1
	Length   uint64 // data octets announced by the segments so far, captured or not
	Missed   uint64 // of these, octets the capture lost
	Torn     bool   // a whole segment, or more, was lost: Length and Missed are the least there can be
	Segments uint64
	Before   uint64 // Length before the last segment, where its data begin
	Total    uint64 // announced by Transfer Length or LENGTH
	HasTotal bool
	Start    Mark // of the first segment's header
	First    Mark // of the first segment's last octet
	Last     Mark // of the last octet of the last segment so far
	End      Mark // of the last octet of the segment with END
	Ended    bool // that segment was seen to its end
	Acks     uint64
	Acked    uint64 // the greatest acknowledged length
	AckedAll Mark   // of the ack of the whole
	Refused  bool
	Reason   uint8 // of the refusal

	// Slot is the observer's own, nil at the start.
	Slot any

	whole   uint64 // data octets up to the end of the last segment that is complete
	unacked int    // its segments that wait for an acknowledgement
	done    bool   // told
	next    *Transfer
}

// Complete says whether every octet of the transfer was seen, from START to END.
func (t *Transfer) Complete() bool { return t.Ended && t.Missed == 0 && !t.Torn && !t.Refused }

// acknowledged says whether the receiver has taken all of it.
func (t *Transfer) acknowledged() bool { return t.Ended && t.Acked >= t.Length && !t.Torn }

// sent is a segment that waits for its acknowledgement.
type sent struct {
	t      *Transfer // nil: the segment is a transfer of its own, see Single
	id     uint64
	cum    uint64 // octets of the transfer up to its end
	at     Mark   // of its last octet
	begun  Mark   // of its first octet, where t is nil
	serial uint64 // where t is nil
}

// early is an acknowledgement or a refusal seen before the segment it is for, as it happens when one direction of a
// capture runs ahead.
type early struct {
	id, length uint64
	at         Mark
	refusal    bool
	reason     uint8
}

// outgoing is the transfers of one side.
type outgoing struct {
	current *Transfer // of the segment under way, or the last one; nil where that was a transfer of one segment
	waiting queue     // segments not acknowledged
	early   []early
	serial  uint64
	lastID  uint64 // of the last segment
	hasTot  bool
	total   uint64 // announced by LENGTH for the next transfer

	all  []*Transfer // those begun, oldest first; the first gone ones are told and forgotten
	gone int

	complete, refused, incomplete uint64 // told
}

const (
	// maxOpen bounds the transfers that wait for an acknowledgement: where only one direction was captured none ever
	// comes. The oldest is told as it stands.
	maxOpen = 4096
	// maxWaiting bounds the segments that wait, maxEarly the acknowledgements that do.
	maxWaiting = 4096
	maxEarly   = 64
)

// Length takes a v3 LENGTH message: the total of the transfer that begins next (RFC 7242 section 5.5).
func (s *Session) Length(side int, total uint64) {
	o := &s.sides[side].out
	o.total, o.hasTot = total, true
	s.history.add(side, 'L')
}

// Segment takes the header of a segment: id is ignored in v3. It returns the transfer that the segment's data belong to.
func (s *Session) Segment(side int, id uint64, start bool, dataLength uint64, at Mark) *Transfer {
	o := &s.sides[side].out
	s.history.add(side, 'S')
	t := o.current
	switch {
	case start:
		if s.Version == 3 {
			id = o.serial + 1
		}
		t = o.begin(s, side, id, at)
	case t == nil || t.done || s.Version == 4 && t.ID != id || s.Version == 3 && t.Ended:
		if s.Version == 3 {
			id = o.serial + 1
		} else if found := o.find(id); found != nil {
			t = found
			break
		}
		// No START was seen: it was lost, or never sent.
		t = o.begin(s, side, id, at)
		t.Torn = true
	}
	o.current, o.lastID = t, t.ID
	t.Segments++
	t.Before = t.Length
	t.Length = add(t.Length, dataLength)
	return t
}

// SegmentEnd takes the end of the segment last begun on a side, when its last octet was seen or is known to be lost.
func (s *Session) SegmentEnd(side int, end bool, at Mark) {
	o := &s.sides[side].out
	t := o.current
	t.Last, t.whole = at, t.Length
	if t.Segments == 1 {
		t.First = at
	}
	if end {
		t.Ended, t.End = true, at
	}
	if len(o.early) > 0 && o.takeEarly(s, side, t) {
		return
	}
	if t.Refused {
		return // it will be refused again, not acknowledged (RFC 9174 section 5.2.4)
	}
	if o.waiting.used >= maxWaiting {
		s.passOver(side)
	}
	e := o.waiting.push()
	e.t, e.id, e.cum, e.at = t, t.ID, t.Length, at
	t.unacked++
	if end && !s.AckExpected() {
		s.tell(side, t)
	}
}

// Answer is what an acknowledgement is for.
type Answer struct {
	Serial    uint64 // of the transfer; 0: no segment seen so far fits, and nothing else is known
	Segment   Mark   // of the last octet of the segment acknowledged
	Start     Mark   // of the transfer's first octet
	First     Mark   // of the last octet of the transfer's first segment
	Done      bool   // it acknowledges the whole
	Total     uint64 // length of the transfer, where HasTotal
	HasTotal  bool
	Announced bool // Total was announced by the sender, not only learned from the transfer's end
}

// Ack takes an acknowledgement that side sent for a transfer of the other side; id is ignored in v3, where it is credited to
// the oldest segment that fits (RFC 7242 section 5.3). What it is for is written to answer, which may be nil.
func (s *Session) Ack(side int, id, length uint64, at Mark, answer *Answer) {
	sender := 1 - side
	o := &s.sides[sender].out
	s.history.add(side, 'A')
	for i := range o.waiting.used {
		e := o.waiting.at(i)
		if e.cum != length || e.id != id && s.Version != 3 {
			continue
		}
		if i == 0 && e.t == nil { // the oldest, and a transfer of its own: so it nearly always is with small bundles
			o.waiting.first = (o.waiting.first + 1) & (len(o.waiting.ring) - 1)
			o.waiting.used--
			s.ackSingle(sender, e, at, answer)
			return
		}
		// Acknowledgements come in the order of the segments: those passed over will not be acknowledged any more.
		for ; i > 0; i-- {
			s.passOver(sender)
		}
		e = o.waiting.pop()
		t := e.t
		if t == nil {
			s.ackSingle(sender, e, at, answer)
			return
		}
		t.unacked--
		t.Acks++
		t.Acked = max(t.Acked, length)
		if answer != nil {
			*answer = Answer{Serial: t.Serial, Segment: e.at, Start: t.Start, First: t.First, Done: t.acknowledged(),
				Total: t.Length, HasTotal: t.Ended && !t.Torn}
			if t.HasTotal {
				answer.Total, answer.HasTotal, answer.Announced = t.Total, true, true
			}
		}
		if t.acknowledged() {
			t.AckedAll = at
			s.tell(sender, t)
		}
		return
	}
	if answer != nil {
		*answer = Answer{}
	}
	s.unanswered(sender, id, length, at)
}

// unanswered takes an acknowledgement that no segment waits for.
func (s *Session) unanswered(sender int, id, length uint64, at Mark) {
	o := &s.sides[sender].out
	o.spell(s)
	t := o.find(id)
	if s.Version == 3 {
		if t = o.oldest(); len(o.early) > 0 && o.waiting.used == 0 {
			t = nil // the acknowledgements before it wait for segments too
		}
	}
	if t != nil && (length <= t.whole || length < t.Length || t.Torn) {
		// Not at a segment's end, or a second time: it says how far the receiver is all the same.
		t.Acks++
		t.Acked = max(t.Acked, length)
		return
	}
	o.ahead(early{id: id, length: length, at: at})
}

func (o *outgoing) ahead(e early) {
	if len(o.early) == maxEarly {
		o.early = append(o.early[:0], o.early[1:]...)
	}
	o.early = append(o.early, e)
}

// Refuse takes a refusal that side sent for a transfer of the other side; id is ignored in v3, where it is for the oldest transfer
// not fully acknowledged (RFC 9174 section 5.2.4, RFC 7242 section 5.4). It returns the transfer, nil where none fits.
func (s *Session) Refuse(side int, id uint64, reason uint8) *Transfer {
	o := &s.sides[1-side].out
	s.history.add(side, 'R')
	o.spell(s)
	t := o.find(id)
	if s.Version == 3 {
		if t = o.oldest(); len(o.early) > 0 {
			t = nil // the acknowledgements before it wait for segments too
		}
	}
	switch {
	case t == nil:
		o.ahead(early{id: id, refusal: true, reason: reason})
	case !t.Refused:
		s.refuse(1-side, t, reason)
	}
	return t
}

func (s *Session) refuse(sender int, t *Transfer, reason uint8) {
	o := &s.sides[sender].out
	t.Refused, t.Reason = true, reason
	for o.waiting.used > 0 && o.waiting.at(0).t == t {
		o.waiting.pop()
		t.unacked--
	}
	if t != o.current || t.Ended {
		s.tell(sender, t)
	}
}

// Lost says that octets of side's stream were lost that held message headers: the transfer under way cannot be known to
// be whole.
func (s *Session) Lost(side int) {
	o := &s.sides[side].out
	for _, t := range o.open() {
		if !t.Ended {
			t.Torn = true
		}
	}
	o.hasTot = false
	o.early = o.early[:0]
}

// LastID returns the transfer ID of side's last segment, and whether there was one.
func (s *Session) LastID(side int) (uint64, bool) {
	o := &s.sides[side].out
	return o.lastID, o.serial > 0
}

// Expects says whether an acknowledgement of this length from the other side would fit a segment of side that waits for one.
func (s *Session) Expects(side int, id, length uint64) bool {
	o := &s.sides[side].out
	for i := range o.waiting.used {
		if e := o.waiting.at(i); e.cum == length && (s.Version == 3 || e.id == id) {
			return true
		}
	}
	return false
}

func (o *outgoing) begin(s *Session, side int, id uint64, at Mark) *Transfer {
	s.replace(side)
	if len(o.all)-o.gone >= maxOpen {
		s.tell(side, o.oldest())
	}
	t := s.free
	if t != nil {
		s.free = t.next
		*t = Transfer{}
	} else {
		t = new(Transfer)
	}
	o.serial++
	t.ID, t.Serial, t.Start = id, o.serial, at
	if o.hasTot {
		t.Total, t.HasTotal, o.hasTot = o.total, true, false
	}
	if o.gone > 32 && o.gone > len(o.all)/2 {
		o.all = append(o.all[:0], o.all[o.gone:]...)
		o.gone = 0
	}
	o.all = append(o.all, t)
	return t
}

// open is the transfers not forgotten; among them may be some that are told.
func (o *outgoing) open() []*Transfer { return o.all[o.gone:] }

func (o *outgoing) find(id uint64) *Transfer {
	open := o.open()
	for i := len(open) - 1; i >= 0; i-- {
		if t := open[i]; t.ID == id && !t.done {
			return t
		}
	}
	return nil
}

func (o *outgoing) oldest() *Transfer {
	for _, t := range o.open() {
		if !t.done {
			return t
		}
	}
	return nil
}

// takeEarly credits an acknowledgement or a refusal that came before the segment now complete.
func (o *outgoing) takeEarly(s *Session, side int, t *Transfer) bool {
	for i, e := range o.early {
		if !e.refusal && e.length != t.Length || s.Version == 4 && e.id != t.ID || s.Version == 3 && e.refusal && i > 0 {
			continue
		}
		o.early = append(o.early[:i], o.early[i+1:]...)
		if e.refusal {
			s.refuse(side, t, e.reason)
			return true
		}
		t.Acks++
		t.Acked = max(t.Acked, e.length)
		if t.acknowledged() {
			t.AckedAll = e.at
			s.tell(side, t)
		}
		return true
	}
	return false
}

// tell hands a transfer out and frees what is done at the front of the list. It stays in place until then, so that segments
// that still arrive for a refused transfer find it.
func (s *Session) tell(side int, t *Transfer) {
	if t.done {
		return
	}
	t.done = true
	s.hand(side, t)
	t.Slot = nil
	o := &s.sides[side].out
	for o.gone < len(o.all) {
		t := o.all[o.gone]
		if !t.done || t == o.current {
			break
		}
		if t.unacked == 0 { // else the queue still points to it
			t.next, s.free = s.free, t
		}
		o.all[o.gone] = nil
		o.gone++
	}
}

// hand counts a transfer of which nothing more will be learned, and hands it out.
func (s *Session) hand(side int, t *Transfer) {
	o := &s.sides[side].out
	switch {
	case t.Refused:
		o.refused++
	case t.Complete():
		o.complete++
	default:
		o.incomplete++
	}
	if s.emit != nil {
		s.emit(side, t)
	}
}

// replace tells the transfer under way if it is over by the beginning of another one.
func (s *Session) replace(side int) {
	if p := s.sides[side].out.current; p != nil && !p.done && (p.Refused || s.Version == 3 && !p.Ended) {
		s.tell(side, p)
	}
}

func (o *outgoing) close(s *Session, side int) {
	o.current = nil
	o.spell(s)
	for _, t := range o.open() {
		if !t.done {
			t.done = true
			s.hand(side, t)
		}
	}
	o.all, o.gone, o.waiting, o.early = nil, 0, queue{}, nil
}

// add is a sum that stays at the greatest value: lengths on the wire may add up to more than 64 bits.
func add(a, b uint64) uint64 {
	if a+b < a {
		return math.MaxUint64
	}
	return a + b
}
