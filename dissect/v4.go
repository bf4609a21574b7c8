// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/session"
	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

// parseV4 decodes one TCPCLv4 message at the start of b, of a segment the header, and acts on it.
func (s *stream) parseV4(b []byte, at session.Mark) (int, error) {
	w := s.c.w
	m := &w.v4
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
		return s.xferSegment(b, n)
	case v4.TypeXferAck:
		a := &m.XferAck
		r := s.begin(int(m.Type), b, n)
		s.lastAck, s.acked = a.TransferID, true
		s.ack(r, a.TransferID, a.AckLength, at)
		r.Has |= record.HasFlags | record.HasTransferID | record.HasAckLength
		r.Flags, r.FlagNames, r.TransferID, r.AckLength = uint8(a.Flags), a.Flags.Names(), a.TransferID, a.AckLength
	case v4.TypeXferRefuse:
		r := s.begin(int(m.Type), b, n)
		r.Has = record.HasTransferID | record.HasReason
		r.TransferID, r.Reason = m.XferRefuse.TransferID, refuseReason(4, uint8(m.XferRefuse.Reason))
		s.refused(r, r.TransferID)
	case v4.TypeKeepalive:
		s.begin(int(m.Type), b, n)
		s.c.sess.Note(s.side, 'K')
	case v4.TypeSessTerm:
		t := &m.SessTerm
		r := s.begin(int(m.Type), b, n)
		r.Has = record.HasFlags | record.HasReason
		r.Flags, r.FlagNames = uint8(t.Flags), t.Flags.Names()
		r.Reason = record.Code{Code: uint8(t.Reason), Name: t.Reason.String()}
		s.c.sess.Term(s.side, t.Flags&v4.TermReply != 0)
	case v4.TypeMsgReject:
		s.msgReject(b, n)
	case v4.TypeSessInit:
		i := &m.SessInit
		r := s.begin(int(m.Type), b, n)
		r.Has = record.HasKeepalive | record.HasSegmentMRU | record.HasTransferMRU | record.HasNodeID | record.HasExtensions
		r.Keepalive, r.SegmentMRU, r.TransferMRU, r.NodeID = i.Keepalive, i.SegmentMRU, i.TransferMRU, i.NodeID
		s.extensions(i.Extensions, v4.SessionItemName)
		s.c.sess.Note(s.side, 'I')
		s.c.sess.Parameters(s.side, i.Keepalive, i.SegmentMRU, i.TransferMRU, i.NodeID)
	}
	s.emit(at)
	return n, nil
}

// xferSegment takes the header of a segment, n octets of b. The message is complete when its data are.
func (s *stream) xferSegment(b []byte, n int) (int, error) {
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
	if w.want&Messages == 0 {
		return n, nil
	}
	r.Length = add(r.Length, x.DataLength)
	r.Has |= record.HasFlags | record.HasTransferID | record.HasDataLength | record.HasTransferOctets
	r.Flags, r.FlagNames, r.TransferID, r.DataLength = uint8(x.Flags), x.Flags.Names(), x.TransferID, x.DataLength
	s.progress(r, t, end)
	if start {
		r.Has |= record.HasExtensions
		s.items = append(s.items[:0], x.Extensions...) // the record outlives b where the data come in pieces
		s.extensions(s.items, v4.TransferItemName)
		if t.HasTotal {
			r.Has |= record.HasTotalLength
			r.TotalLength = t.Total
		}
	}
	return n, nil
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

// ack credits an acknowledgement and says what it answers.
func (s *stream) ack(r *record.Message, id, length uint64, at session.Mark) {
	t, segment := s.c.sess.Ack(s.side, id, length, at)
	if t == nil {
		return
	}
	r.Has |= record.HasAckLatency | record.HasTransferOctets
	r.AckLatency, r.AckedFrame, r.TransferOctets = at.Time-segment.Time, segment.Frame, length
	if s.version == 3 {
		r.Has |= record.HasImpliedTransferID
		r.ImpliedTransferID = t.Serial
	}
	if t.HasTotal || t.Ended && !t.Torn {
		r.Has |= record.HasTransferTotal
		r.TransferTotal = t.Length
		if t.HasTotal {
			r.TransferTotal = t.Total
			r.Has |= record.HasAnnouncedTotal
		}
	}
	r.Has |= record.HasTransferStart
	r.TransferStartFrame, r.TransferStartTime = t.First.Frame, t.First.Time
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
func (s *stream) msgReject(b []byte, n int) {
	m := &s.c.w.v4.MsgReject
	r := s.begin(int(v4.TypeMsgReject), b, n)
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
