// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/session"
	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

// runV4 decodes the segments and acknowledgements at the start of d, one after the other, as long as their headers are whole.
// They are nearly all messages that there are, so they take the shortest way; where nobody asked for records, none is begun.
// It returns the octets used.
func (s *stream) runV4(d []byte, at session.Mark) int {
	w := s.c.w
	m := &w.v4
	all := len(d)
	for s.state == headers && len(d) >= v4.XferAckLen {
		if w.lean {
			if n := s.runSingles(d, at); n > 0 {
				s.pos += uint64(n)
				d = d[n:]
				continue
			}
		}
		s.start, s.begun = s.pos, at
		var n int
		switch d[0] {
		case byte(v4.TypeXferAck):
			n, _ = m.XferAck.Parse(d)
			s.xferAck(d, n, at)
		case byte(v4.TypeXferSegment):
			if s.listAlways {
				return all - len(d)
			}
			var err error
			if n, err = m.XferSegment.Parse(d); err != nil {
				return all - len(d)
			}
			if n, err = s.xferSegment(d, n, at); err != nil {
				return all - len(d)
			}
		default:
			return all - len(d)
		}
		s.pos += uint64(n)
		d = d[n:]
	}
	return all - len(d)
}

// runSingles is runV4 for transfers of one segment, of which the last may go on behind d, and for the acknowledgements of such,
// where nobody asked for records: what is counted is added up for all of them together. It returns the octets used, 0 where
// d begins with anything else. It is not inlined, so that what it calls is.
//
//go:noinline
func (s *stream) runSingles(d []byte, at session.Mark) int {
	w, sess := s.c.w, s.c.sess
	all := len(d)
	var segments, acks, data uint64
	for len(d) >= v4.XferAckLen {
		if d[0] == byte(v4.TypeXferAck) {
			var a v4.XferAck
			a.Parse(d)
			begun, last, ok := sess.AckSingle(1-s.side, a.TransferID, a.AckLength)
			if !ok {
				break
			}
			acks++
			s.lastAck = a.TransferID
			if w.timed {
				w.ackTiming(s, at, at.Time-last.Time)
				w.transferTiming(at.Time - begun.Time)
			}
			d = d[v4.XferAckLen:]
			continue
		}
		id, length, ok := v4.ParseSingle(d)
		if !ok {
			break
		}
		if here := uint64(len(d) - v4.SingleSegmentLen); length > here {
			s.state, s.kind, s.missed = inData, uint8(v4.TypeXferSegment), 0
			s.start, s.begun = s.pos+uint64(all-len(d)), at
			s.solo, s.soloID, s.soloLength, s.remain = true, id, length, length-here
			s.tally.add(here, at.Time, at.Time)
			d = nil
			break
		}
		if _, ok := sess.Single(s.side, id, length, at, at); !ok {
			break
		}
		segments++
		data += length
		d = d[v4.SingleSegmentLen+int(length):]
	}
	if acks > 0 {
		s.acked, s.fresh = true, false
		s.tally.kinds[v4.TypeXferAck] += acks
		s.c.streams[1-s.side].tally.answered(at.Time)
	}
	if segments > 0 {
		s.fresh = false
		s.tally.kinds[v4.TypeXferSegment] += segments
		s.tally.add(data, at.Time, at.Time)
	}
	return all - len(d)
}

// parseV4 decodes one TCPCLv4 message at the start of b and acts on it; see parse.
func (s *stream) parseV4(b []byte, at session.Mark) (int, error) {
	m := &s.c.w.v4
	m.ListAlways = s.listAlways
	n, err := m.Parse(b)
	if err != nil {
		if b[0] >= 0x08 {
			return s.unknownV4(b, err, at)
		}
		return 0, err
	}
	switch m.Type {
	case v4.TypeXferSegment:
		return s.xferSegment(b, n, at)
	case v4.TypeXferAck:
		s.xferAck(b, n, at)
	default:
		s.rareV4(b, n, at)
		s.emit(at)
	}
	return n, nil
}

// xferAck takes an acknowledgement.
func (s *stream) xferAck(b []byte, n int, at session.Mark) {
	w := s.c.w
	a := &w.v4.XferAck
	s.lastAck, s.acked = a.TransferID, true
	r := s.begin(int(v4.TypeXferAck), b, n)
	s.ack(r, a.TransferID, a.AckLength, at)
	if w.told {
		r.Has |= record.HasFlags | record.HasTransferID | record.HasAckLength
		r.Flags, r.FlagNames, r.TransferID, r.AckLength = uint8(a.Flags), a.Flags.Names(), a.TransferID, a.AckLength
	}
	s.emit(at)
}

// rareV4 takes the messages that do not come with every segment.
func (s *stream) rareV4(b []byte, n int, at session.Mark) {
	m := &s.c.w.v4
	r := s.begin(int(m.Type), b, n)
	switch m.Type {
	case v4.TypeXferRefuse:
		r.Has = record.HasTransferID | record.HasReason
		r.TransferID, r.Reason = m.XferRefuse.TransferID, refuseReason(4, uint8(m.XferRefuse.Reason))
		s.refused(r, r.TransferID)
	case v4.TypeKeepalive:
		s.keepalive(at)
	case v4.TypeSessTerm:
		t := &m.SessTerm
		r.Has = record.HasFlags | record.HasReason
		r.Flags, r.FlagNames = uint8(t.Flags), t.Flags.Names()
		r.Reason = record.Code{Code: uint8(t.Reason), Name: t.Reason.String()}
		s.c.sess.Term(s.side, t.Flags&v4.TermReply != 0)
	case v4.TypeMsgReject:
		s.msgReject(r)
	case v4.TypeSessInit:
		i := &m.SessInit
		r.Has = record.HasKeepalive | record.HasSegmentMRU | record.HasTransferMRU | record.HasNodeID | record.HasExtensions
		r.Keepalive, r.SegmentMRU, r.TransferMRU, r.NodeID = i.Keepalive, i.SegmentMRU, i.TransferMRU, i.NodeID
		s.extensions(i.Extensions, v4.SessionItemName)
		s.c.sess.Note(s.side, 'I')
		s.c.sess.Parameters(s.side, i.Keepalive, i.SegmentMRU, i.TransferMRU, i.NodeID)
	}
}

// xferSegment takes a segment: n octets of b are its header, and what follows in b are its data, as far as they go.
func (s *stream) xferSegment(b []byte, n int, at session.Mark) (int, error) {
	w := s.c.w
	x := &w.v4.XferSegment
	start, end := x.Flags&v4.SegmentStart != 0, x.Flags&v4.SegmentEnd != 0
	if !start && !s.listAlways && x.DataLength == 0 {
		// dtn7-go writes the length of an extension list, zero, into segments without START too (RFC 9174 section 5.2.2 has it
		// with START only). Read by the letter that is a segment without data, followed by the reserved message type 0x00.
		if len(b) == n && !w.noLookahead {
			return 0, wire.ErrShort(1)
		}
		if len(b) > n && b[n] == 0 {
			s.listAlways = true
			w.v4.ListAlways = true
			var err error
			if n, err = w.v4.Parse(b); err != nil {
				return 0, err
			}
		}
	}
	if x.Flags == v4.SegmentStart|v4.SegmentEnd && len(x.Extensions) == 0 && !w.data {
		s.soloBegin(b, n)
		return n + s.segmentData(b[n:], at), nil
	}
	r := s.begin(int(v4.TypeXferSegment), b, n)
	if s.listAlways && !start {
		s.mark(quirkListAlways)
	}
	t := s.segmentBegin(x.TransferID, start, end, x.DataLength)
	if len(x.Extensions) > 0 {
		if total, ok := v4.TransferLength(x.Extensions); ok {
			t.Total, t.HasTotal = total, true
		}
	}
	if w.told {
		r.Length = add(r.Length, x.DataLength)
		r.Has = record.HasFlags | record.HasTransferID | record.HasDataLength | record.HasTransferOctets
		r.Flags, r.FlagNames, r.TransferID, r.DataLength = uint8(x.Flags), x.Flags.Names(), x.TransferID, x.DataLength
		s.progress(r, t, end)
		if start {
			s.segmentExtensions(r, t)
		}
	}
	return n + s.segmentData(b[n:], at), nil
}

// soloBegin takes the header, n octets of b, of a segment that is a transfer of its own. The session is told when all of it is
// there; until then only the stream knows of it.
func (s *stream) soloBegin(b []byte, n int) {
	w := s.c.w
	x := &w.v4.XferSegment
	s.solo, s.soloID, s.soloLength, s.remain = true, x.TransferID, x.DataLength, x.DataLength
	r := s.begin(int(v4.TypeXferSegment), b, n)
	if !w.told {
		return
	}
	r.Has = record.HasFlags | record.HasTransferID | record.HasDataLength | record.HasTransferOctets | record.HasTransferTotal |
		record.HasExtensions
	r.Length = add(r.Length, x.DataLength)
	r.Flags, r.FlagNames, r.TransferID, r.DataLength = uint8(x.Flags), x.Flags.Names(), x.TransferID, x.DataLength
	r.TransferOctets, r.TransferTotal = x.DataLength, x.DataLength
	r.ExtensionsLength, r.Extensions = 0, r.Extensions[:0]
}

// soloData is segmentData for a transfer of one segment where nobody asked for records.
func (s *stream) soloData(d []byte, at session.Mark) int {
	n := min(uint64(len(d)), s.remain)
	s.tally.add(n, s.begun.Time, at.Time)
	if s.remain -= n; s.remain == 0 {
		s.state, s.fresh = headers, false
		s.tally.kinds[v4.TypeXferSegment]++
		s.soloEnd(at)
	}
	return int(n)
}

// soloEnd tells the session of a transfer of one segment that is all there.
func (s *stream) soloEnd(at session.Mark) {
	s.solo = false
	sess := s.c.sess
	if _, ok := sess.Single(s.side, s.soloID, s.soloLength, s.begun, at); !ok {
		sess.Segment(s.side, s.soloID, true, s.soloLength, s.begun)
		sess.SegmentEnd(s.side, true, at)
	}
}

// spell makes a transfer of one segment one like any other: something of it is missing.
func (s *stream) spell() {
	if s.solo {
		s.solo, s.last = false, true
		s.transfer = s.c.sess.Segment(s.side, s.soloID, true, s.soloLength, s.begun)
		s.dataOffset = s.soloLength - s.remain
	}
}

func (s *stream) segmentExtensions(r *record.Message, t *session.Transfer) {
	r.Has |= record.HasExtensions
	r.ExtensionsLength = 0
	r.Extensions = r.Extensions[:0]
	if l := s.c.w.v4.XferSegment.Extensions; len(l) > 0 {
		s.items = append(s.items[:0], l...) // the record outlives b where the data come in pieces
		s.extensions(s.items, v4.TransferItemName)
	}
	if t.HasTotal {
		r.Has |= record.HasTotalLength
		r.TotalLength = t.Total
	}
}

// progress says how far the transfer is with the segment.
func (s *stream) progress(r *record.Message, t *session.Transfer, end bool) {
	r.TransferOctets = t.Length
	switch {
	case t.HasTotal:
		r.TransferTotal = t.Total
		r.Has |= record.HasAnnouncedTotal
	case end && !t.Torn:
		r.TransferTotal = t.Length
	default:
		return
	}
	r.Has |= record.HasTransferTotal
}

// ack credits an acknowledgement sent by s.
func (s *stream) ack(r *record.Message, id, length uint64, at session.Mark) {
	w := s.c.w
	s.c.streams[1-s.side].tally.answered(at.Time)
	if !w.told && !w.timed {
		s.c.sess.Ack(s.side, id, length, at, nil)
		return
	}
	a := &w.answer
	s.c.sess.Ack(s.side, id, length, at, a)
	if a.Serial == 0 {
		return
	}
	if w.told {
		s.answered(r, length, at)
	}
	if w.timed {
		w.ackTiming(s, at, at.Time-a.Segment.Time)
		if a.Done {
			w.transferTiming(at.Time - a.Start.Time)
		}
	}
}

// keepalive notes when a KEEPALIVE came.
func (s *stream) keepalive(at session.Mark) {
	s.c.sess.Note(s.side, 'K')
	if w := s.c.w; w.timed {
		w.sink.Timing(&record.Timing{Session: int(s.c.tcp.Number()), From: s.c.from[s.side], Time: at.Time, Keepalive: true})
	}
}

// answered says what an acknowledgement is for.
func (s *stream) answered(r *record.Message, length uint64, at session.Mark) {
	a := &s.c.w.answer
	r.Has |= record.HasAckLatency | record.HasTransferOctets | record.HasTransferStart
	r.AckLatency, r.AckedFrame, r.TransferOctets = at.Time-a.Segment.Time, a.Segment.Frame, length
	r.TransferStartFrame, r.TransferStartTime = a.First.Frame, a.First.Time
	if s.version == 3 {
		r.Has |= record.HasImpliedTransferID
		r.ImpliedTransferID = a.Serial
	}
	if a.HasTotal {
		r.Has |= record.HasTransferTotal
		r.TransferTotal = a.Total
	}
	if a.Announced {
		r.Has |= record.HasAnnouncedTotal
	}
}

// refused says what a refusal, sent by s, is for.
func (s *stream) refused(r *record.Message, id uint64) {
	s.tally.refusal(r.Reason)
	t := s.c.sess.Refuse(s.side, id, r.Reason.Code)
	if t == nil || t.Last.Frame == 0 {
		return
	}
	r.Has |= record.HasTransferStart
	r.TransferStartFrame, r.TransferStartTime, r.AckedFrame = t.First.Frame, t.First.Time, t.Last.Frame
	if s.version == 3 {
		r.Has |= record.HasImpliedTransferID
		r.ImpliedTransferID = t.Serial
	}
}

// msgReject takes a MSG_REJECT: type, reason, rejected type (RFC 9174 section 5.1.2). The demo agent writes the last two
// the other way round, which shows where only that order gives a reason that is assigned.
func (s *stream) msgReject(r *record.Message) {
	m := &s.c.w.v4.MsgReject
	if !assignedReject(m.Reason) && assignedReject(v4.RejectReason(m.RejectedType)) && v4.MessageType(m.Reason).Assigned() {
		m.Reason, m.RejectedType = v4.RejectReason(m.RejectedType), v4.MessageType(m.Reason)
		s.mark(quirkRejectSwapped)
	}
	r.Has = record.HasReason | record.HasRejectedType
	r.Reason = record.Code{Code: uint8(m.Reason), Name: m.Reason.String()}
	r.RejectedType = record.Code{Code: uint8(m.RejectedType), Name: m.RejectedType.Name()}
	s.c.sess.Note(s.side, 'J')
}

func assignedReject(r v4.RejectReason) bool {
	return r >= v4.RejectTypeUnknown && r <= v4.RejectUnexpected
}

// extensions fills the record's extension items from a list that stays valid as long as the record.
func (s *stream) extensions(l v4.ExtensionList, name func(uint16) string) {
	r := &s.c.w.msg
	r.ExtensionsLength = uint32(len(l))
	r.Extensions = r.Extensions[:0]
	items := l.Items()
	for items.Next() {
		i := items.Item()
		r.Extensions = append(r.Extensions, record.Extension{Type: i.Type, Name: name(i.Type), Flags: uint8(i.Flags),
			Critical: i.Flags&v4.ItemCritical != 0, Length: i.Length, Value: i.Value})
	}
}

// unknownV4 takes octets that begin with a message type that is not assigned: TLS, a contact header out of place, or
// something of which the length cannot be known.
func (s *stream) unknownV4(b []byte, err error, at session.Mark) (int, error) {
	switch {
	case s.fresh && b[0] >= 0x14 && b[0] <= 0x17: // a TLS record (RFC 8446 section 5.1) right behind the contact header
		if len(b) < 2 {
			return 0, wire.ErrShort(1)
		}
		if b[1] == 3 {
			s.state, s.c.tls = encrypted, true
			if s.c.w.opts.Keys != nil {
				s.startTLS(b, at)
			}
			return len(b), nil
		}
	case b[0] == wire.Magic[0]:
		version, perr := wire.PeekContact(b)
		if short, ok := perr.(wire.ErrShort); ok {
			return 0, short
		}
		if perr == nil && version == 4 {
			n, err := s.parseContact(b, at)
			return n, err
		}
	}
	return 0, err
}
