// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"errors"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/dtn-tools/tcpcl/session"
	"github.com/dtn-tools/tcpcl/wire"
)

// state is what a stream expects next.
type state uint8

const (
	beginning state = iota // the first octets of the stream
	undecided              // they were no contact header; the other direction may tell
	contact                // a contact header
	headers                // a message header
	inData                 // data of a segment
	lost                   // anything: the next message boundary has to be found
	encrypted              // TLS records
	foreign                // nothing: this is not TCPCL
	ended                  // nothing: the stream is over
)

// stream decodes one direction of a connection. Octets of a message header that came in pieces are put together in carry;
// the data of segments pass through uncopied.
type stream struct {
	// What every message takes comes first, in few cache lines: with many connections at a time that is what counts.
	c          *conn
	side       int
	state      state
	version    uint8 // of the messages: 3 or 4, once known
	kind       uint8 // index of the type of the message under way in kinds
	unseen     bool  // the stream's beginning was not captured
	fresh      bool  // nothing has been decoded behind the contact header yet
	listAlways bool  // this peer writes dtn7-go's extension list length
	last       bool  // the segment under way has END
	tls        bool  // it is decrypted
	acked      bool  // there was an XFER_ACK of this side
	over       bool  // it has ended, but may be decoded yet, see waitsForOther
	whole      bool  // with a FIN, where over

	pos     uint64       // stream offset behind the octets taken so far
	start   uint64       // stream offset of the message under way
	begun   session.Mark // of its first octet
	carry   []byte       // its header, as far as it is there
	missed  uint64       // octets of it that are missing
	lastAck uint64       // transfer ID of the last XFER_ACK of this side
	tally   tally

	need       int               // octets the header in carry lacks at least
	transfer   *session.Transfer // that the data belong to
	remain     uint64            // octets of the segment's data still to come
	dataOffset uint64            // of the next one in the transfer
	lastData   uint64            // data length of the last segment that was not its transfer's last
	solo       bool              // the segment under way is a transfer of its own, of this ID and length, see soloBegin
	soloID     uint64
	soloLength uint64
	held       *record.Message // the record of the segment under way, where its data come in several packets
	holding    bool
	quirks     quirks
	items      []byte
	kept       []byte

	placed uint64 // the last place in the list, where each direction keeps the order of its stream

	hunt hunt
	gaps []record.Gap // not told yet: nothing was recognised so far
}

const (
	// maxHeader bounds the octets that are put together for one message header. Only a SESS_INIT or a START segment with
	// more than that of extension items is longer; it is passed over as undecodable.
	maxHeader = 1 << 18
	// maxHold bounds the octets kept of a direction that does not look like TCPCL, until the other direction has spoken.
	maxHold = 4096
	// maxGaps bounds the gaps kept of a direction of which it is not known yet whether it is TCPCL.
	maxGaps = 64
)

func (s *stream) data(d []byte, at session.Mark) {
	for len(d) > 0 {
		if s.state == inData {
			var n int
			if s.solo && s.c.w.lean {
				n = s.soloData(d, at)
			} else {
				n = s.segmentData(d, at)
			}
			s.pos += uint64(n)
			d = d[n:]
			continue
		}
		if s.state == headers && s.version == 4 && len(s.carry) == 0 {
			if n := s.runV4(d, at); n > 0 {
				d = d[n:]
				continue
			}
		}
		switch s.state {
		case headers, contact:
			d = s.header(d, at)
		case beginning, undecided:
			d = s.detect(d, at)
		case lost:
			s.pos += uint64(len(d))
			s.hunt.add(s, d, at)
			s.search(false)
			return
		case encrypted:
			if s.tls { // it begins in this packet
				s.startTLS(d, at)
				return
			}
			s.tally.encrypted += uint64(len(d))
			s.pos += uint64(len(d))
			return
		case foreign:
			s.pos += uint64(len(d))
			s.unfit(uint64(len(d)), at)
			return
		case ended:
			s.pos += uint64(len(d))
			return
		}
	}
	if s.state == inData && !s.holding && s.c.w.told {
		s.hold()
	}
}

// header decodes a message header that begins with d, or goes on with it, and returns the octets behind it.
func (s *stream) header(d []byte, at session.Mark) []byte {
	if len(s.carry) == 0 {
		s.start, s.begun = s.pos, at
		n, err := s.parse(d, at)
		if err == nil {
			s.pos += uint64(n)
			return d[n:]
		}
		s.pos += uint64(len(d))
		s.failed(d, err, at)
		return nil
	}
	take := min(s.need, len(d))
	s.carry = append(s.carry, d[:take]...)
	s.pos += uint64(take)
	if s.need -= take; s.need > 0 {
		return nil
	}
	b := s.carry // parse may give the place in the stream up, and carry with it
	n, err := s.parse(b, at)
	if err != nil {
		s.failed(b, err, at)
		return d[take:]
	}
	// More octets than the header has may have been wanted, to tell two readings apart; some of them perhaps in earlier packets.
	over := len(b) - n
	s.pos -= uint64(over)
	if over <= take {
		s.carry = s.carry[:0]
		return d[take-over:]
	}
	earlier := append([]byte(nil), b[n:len(b)-take]...)
	s.carry = s.carry[:0]
	s.data(earlier, s.begun)
	return d
}

// failed takes octets, already counted in pos, with which a message header begins that could not be decoded (yet).
func (s *stream) failed(b []byte, err error, at session.Mark) {
	var short wire.ErrShort
	if errors.As(err, &short) && len(b) < maxHeader && int(short) < maxHeader {
		if len(s.carry) == 0 {
			s.carry = append(s.carry, b...)
		}
		s.need = int(short)
		return
	}
	b = append([]byte(nil), b...) // b may be carry
	lostAt := s.start
	if bad := (*wire.Error)(nil); errors.As(err, &bad) && bad.Kind == wire.UnknownType {
		s.begin(unknownKind, b, 1)
		s.c.sess.Note(s.side, 'U')
		s.emit(s.begun)
		b = b[1:]
		lostAt++
	}
	s.lose(lostAt)
	if len(b) > 0 {
		s.hunt.add(s, b, s.begun)
		s.search(false)
	}
}

// parse decodes one message at the start of b and acts on it. It returns how many octets that took: the whole message, or,
// where the data of a segment are not all there, its header and those that are.
func (s *stream) parse(b []byte, at session.Mark) (n int, err error) {
	switch {
	case s.state == contact:
		return s.parseContact(b, at)
	case s.version == 3:
		return s.parseV3(b, at)
	}
	return s.parseV4(b, at)
}

// segmentBegin takes a segment of which the header was decoded.
func (s *stream) segmentBegin(id uint64, start, end bool, length uint64) *session.Transfer {
	t := s.c.sess.Segment(s.side, id, start, length, s.begun)
	s.transfer, s.remain, s.last = t, length, end
	s.dataOffset = t.Before
	if !end {
		s.lastData = length
	}
	return t
}

// segmentData takes octets of which the first belong to the segment's data, and returns how many those are.
func (s *stream) segmentData(d []byte, at session.Mark) int {
	n := uint64(len(d))
	if n > s.remain {
		n = s.remain
	}
	w := s.c.w
	if w.data && n > 0 {
		s.place(at.Frame)
		s.c.transferData(s.side, s.transfer, s.dataOffset, d[:n])
	}
	if w.keep > 0 {
		s.keep(d[:n])
	}
	s.dataOffset += n
	s.tally.add(n, s.begun.Time, at.Time)
	if s.remain -= n; s.remain == 0 {
		s.segmentEnd(at)
	} else {
		s.state = inData
	}
	return int(n)
}

func (s *stream) segmentEnd(at session.Mark) {
	s.state = headers
	first := at
	w := s.c.w
	var bundle *record.Bundle
	if s.solo {
		s.soloEnd(at)
	} else {
		if s.last && w.want&Bundles != 0 {
			s.place(at.Frame)
			bundle = s.c.bundleEnd(s.side, s.transfer, at)
		}
		s.c.sess.SegmentEnd(s.side, s.last, at)
		first = s.transfer.First
	}
	if w.told {
		if s.holding {
			s.unhold()
		}
		w.msg.Has |= record.HasTransferStart
		w.msg.TransferStartFrame, w.msg.TransferStartTime = first.Frame, first.Time
		w.msg.Bundle = bundle
	}
	s.emit(at)
	w.msg.Bundle = nil
}

// hold keeps the record of a segment until its data are complete: other streams use the worker's in the meantime.
func (s *stream) hold() {
	w := s.c.w
	s.holding = true
	if s.held == nil {
		s.held = new(record.Message)
	}
	extensions := s.held.Extensions[:0]
	*s.held = w.msg
	s.held.Extensions = append(extensions, w.msg.Extensions...)
}

// unhold is the reverse of hold.
func (s *stream) unhold() {
	s.holding = false
	w := s.c.w
	extensions := w.msg.Extensions[:0]
	w.msg = *s.held
	w.msg.Extensions = append(extensions, s.held.Extensions...)
	w.owner = nil // held may be from before this stream told its first message
}

// begin starts a message whose header takes the first n octets of b. It returns its record, to be filled where w.told.
func (s *stream) begin(kind int, b []byte, n int) *record.Message {
	s.kind, s.missed = uint8(kind), 0
	if !s.c.w.told {
		return &s.c.w.msg
	}
	return s.record(b, n)
}

func (s *stream) record(b []byte, n int) *record.Message {
	w := s.c.w
	m := &w.msg
	m.Has = 0
	m.Header = b[0]
	m.Length, m.HeaderLength = uint64(n), uint64(n)
	m.StreamOffset = s.start
	m.FirstFrame, m.FirstTime = s.begun.Frame, s.begun.Time
	m.Quirks, m.AckedFrame = nil, 0
	if w.keep > 0 {
		s.kept = append(s.kept[:0], b[:min(n, w.keep)]...)
	}
	return m
}

// keep adds to the octets kept of the message under way.
func (s *stream) keep(d []byte) {
	if room := s.c.w.keep - len(s.kept); room > 0 {
		s.kept = append(s.kept, d[:min(room, len(d))]...)
	}
}

// emit counts a message and hands its record out; at is the mark of the message's last octet.
func (s *stream) emit(at session.Mark) {
	s.tally.kinds[s.kind]++
	s.fresh = false
	if s.c.w.told {
		s.deliver(at, at.Frame)
	}
}

// place says that the record told next belongs at a frame in the list, but not before what came before it in the stream.
func (s *stream) place(frame uint64) {
	s.placed = max(s.c.placeOf(frame), s.placed)
	s.c.w.place = s.placed
}

// deliver completes the record with what concerns all messages and gives it to the sink. frame is where it belongs.
func (s *stream) deliver(at session.Mark, frame uint64) {
	c := s.c
	m := &c.w.msg
	if frame == c.w.now {
		c.w.place, s.placed = frame, frame
	} else {
		s.place(frame)
	}
	if c.w.owner != s { // messages of a stream often come one after the other
		c.w.owner = s
		m.Session, m.From, m.Src, m.Dst = int(c.tcp.Number()), c.from[s.side], c.names[s.side], c.names[1-s.side]
		m.CaptureStart = c.w.captureStart
		m.Encrypted = s.tls
	}
	m.Version, m.Type = s.version, kindsOf(s.version)[s.kind]
	m.Frame, m.Time = at.Frame, at.Time
	m.MissedOctets = s.missed
	if s.hunt.bits > 0 {
		m.Has |= record.HasResync
		m.Resync, m.ResyncBits = "chain", s.hunt.bits
		s.hunt.bits = 0
	}
	m.Octets = nil
	if c.w.keep > 0 {
		m.Octets = s.kept
	}
	c.w.sink.Message(m)
}

// cut hands out a message whose end will never be seen.
func (s *stream) cut(at session.Mark) {
	w := s.c.w
	if !w.told || s.c.sess == nil {
		return
	}
	m := &w.msg
	if s.state != inData {
		kind := int(s.carry[0])
		switch {
		case s.state == contact:
			kind = 0
		case s.version == 3:
			kind >>= 4
		}
		s.begin(min(kind, unknownKind), s.carry, len(s.carry))
		m.Captured = m.Length
	} else {
		if s.holding {
			s.unhold()
		}
		m.Captured = m.HeaderLength + m.DataLength - s.remain - s.missed // Length may not hold the sum
	}
	m.CutShort = true
	s.deliver(at, w.here(at.Frame))
	m.CutShort = false
}

// gap takes octets that will not come.
func (s *stream) gap(g reassembly.Gap) {
	at := session.Mark{Frame: g.Frame, Time: g.Time}
	next := session.Mark{Frame: g.Next, Time: g.NextTime}
	switch s.state {
	case beginning, undecided:
		if s.state == beginning && string(s.carry) == wire.Magic { // the snap length cut the contact header
			s.c.recognise()
			s.reconsider()
		}
		s.unfit(uint64(len(s.carry)), at)
		s.carry = s.carry[:0]
	case lost:
		s.hunt.end = gapBits
		s.search(true) // what was captured before the gap has to make sense without what comes behind it
		s.hunt.end = 0
	}
	s.tally.missed += g.Length
	s.tell(g.Offset, g.Length, causes[g.Cause], at)
	length := g.Length
	switch s.state {
	case beginning:
		s.unseen = true
	case contact, headers:
		if len(s.carry) > 0 {
			s.cut(s.begun)
		}
		s.lose(s.pos + length)
	case lost:
		s.lose(s.pos + length)
	case inData:
		n := min(length, s.remain)
		s.spell()
		s.transfer.Missed += n
		s.missed += n
		s.remain -= n
		s.dataOffset += n
		if s.remain > 0 {
			break
		}
		s.segmentEnd(next) // that it is over shows in what follows it
		if length > n {
			s.lose(s.pos + length)
		}
	}
	s.pos += length
}

// lose gives up the place in the stream: a message boundary has to be found from offset on.
func (s *stream) lose(offset uint64) {
	if s.state == lost {
		s.hunt.flush(s)
	}
	s.state = lost
	s.carry, s.need = s.carry[:0], 0
	s.hunt.restart(offset)
	if s.c.sess != nil {
		s.c.sess.Lost(s.side)
	}
}

// end takes the end of the stream; whole says that it was a FIN and that nothing before it is outstanding.
func (s *stream) end(whole bool, at session.Mark) {
	switch s.state {
	case ended:
		return
	case inData:
		s.cut(at)
		s.spell()
		s.transfer.Missed = add(s.transfer.Missed, s.remain)
	case contact, headers:
		if len(s.carry) > 0 && !s.finishLookahead(at) {
			s.cut(at)
		}
	case beginning, undecided:
		if s.c.sess == nil {
			return // the other direction may still tell
		}
		s.unfit(uint64(len(s.carry)), at)
	case lost:
		whole = whole || s.whole
		if s.hunt.end = cutBits; whole {
			s.hunt.end = endBits
		}
		s.search(true)
		if s.state != lost {
			s.end(whole, at)
			return
		}
		if s.waitsForOther(whole) {
			return
		}
		s.hunt.flush(s)
	}
	s.carry = nil
	s.state = ended
}

// waitsForOther says whether a stream that is over, in which no boundary was found while nothing said that this is TCPCL, is kept
// until the other direction has told.
func (s *stream) waitsForOther(whole bool) bool {
	if s.c.sess != nil {
		return false
	}
	s.over, s.whole = true, whole
	other := &s.c.streams[1-s.side]
	if other.over && other.state == lost {
		other.hunt.flush(other)
		other.state = ended
	}
	return other.state != ended && other.state != foreign
}

// finishLookahead decodes what is in carry where that was complete but for an octet wanted to tell two readings apart. It says
// whether nothing is left.
func (s *stream) finishLookahead(at session.Mark) bool {
	w := s.c.w
	w.noLookahead = true
	defer func() { w.noLookahead = false }()
	for len(s.carry) > 0 && s.state == headers {
		n, err := s.parse(s.carry, at)
		if err != nil {
			return false
		}
		s.start += uint64(n)
		s.carry = s.carry[n:]
	}
	return len(s.carry) == 0
}

// tell hands out a gap record, or keeps it until it is known whether this is TCPCL.
func (s *stream) tell(offset, length uint64, cause string, at session.Mark) {
	if !s.c.w.told {
		return
	}
	g := record.Gap{Session: int(s.c.tcp.Number()), Frame: at.Frame, Time: at.Time, StreamOffset: offset, Length: length, Cause: cause}
	if s.c.sess != nil {
		s.sinkGap(&g)
		return
	}
	if n := len(s.gaps); n > 0 && s.gaps[n-1].Cause == cause && s.gaps[n-1].StreamOffset+s.gaps[n-1].Length == offset {
		s.gaps[n-1].Length += length
		return
	}
	if len(s.gaps) < maxGaps {
		s.gaps = append(s.gaps, g)
	}
}

func (s *stream) sinkGap(g *record.Gap) {
	c := s.c
	s.place(c.w.here(g.Frame))
	g.From, g.Src, g.Dst, g.CaptureStart = c.from[s.side], c.names[s.side], c.names[1-s.side], c.w.captureStart
	c.w.sink.Gap(g)
}

func (s *stream) tellUndecoded(offset, length uint64, at session.Mark) {
	if length > 0 {
		s.tally.undecoded += length
		s.tell(offset, length, record.GapUndecoded, at)
	}
}

// add is a sum that stays at the greatest value.
func add(a, b uint64) uint64 {
	if a+b < a {
		return ^uint64(0)
	}
	return a + b
}
