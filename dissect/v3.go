// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/session"
	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/sdnv"
	"github.com/dtn-tools/tcpcl/wire/v3"
)

// parseV3 decodes one TCPCLv3 message at the start of b and acts on it; see parse.
func (s *stream) parseV3(b []byte, at session.Mark) (int, error) {
	w := s.c.w
	m := &w.v3
	n, err := m.Parse(b)
	if err != nil {
		return 0, err
	}
	if b[0] == wire.Magic[0] { // or LENGTH with a flag that is not assigned
		version, err := wire.PeekContact(b)
		if short, ok := err.(wire.ErrShort); ok && !w.noLookahead {
			return 0, short
		}
		if err == nil && version == 3 {
			return s.parseContact(b, at)
		}
	}
	r := s.begin(int(m.Type), b, n)
	switch m.Type {
	case v3.TypeDataSegment:
		x := &m.DataSegment
		start, end := x.Flags&v3.SegmentStart != 0, x.Flags&v3.SegmentEnd != 0
		s.padded(n, 1+sdnv.Len(x.DataLength))
		t := s.segmentBegin(0, start, end, x.DataLength)
		r.Length = add(r.Length, x.DataLength)
		r.Has = record.HasFlags | record.HasImpliedTransferID | record.HasDataLength | record.HasTransferOctets
		r.Flags, r.FlagNames, r.ImpliedTransferID, r.DataLength = uint8(x.Flags), x.Flags.Names(), t.Serial, x.DataLength
		s.progress(r, t, end)
		return n + s.segmentData(b[n:], at), nil
	case v3.TypeAckSegment:
		a := &m.AckSegment
		s.padded(n, 1+sdnv.Len(a.AckLength))
		s.ack(r, 0, a.AckLength, at)
		r.Has |= record.HasFlags | record.HasAckLength
		r.Flags, r.FlagNames, r.AckLength = uint8(a.Flags), a.Flags.Names(), a.AckLength
	case v3.TypeRefuseBundle:
		r.Has = record.HasReason
		r.Reason = refuseReason(3, uint8(m.RefuseBundle.Reason))
		s.refused(r, 0)
	case v3.TypeKeepalive:
		if m.Keepalive.Flags != 0 {
			r.Has = record.HasFlags
			r.Flags, r.FlagNames = uint8(m.Keepalive.Flags), m.Keepalive.Flags.Names()
		}
		s.keepalive(at)
	case v3.TypeShutdown:
		d := &m.Shutdown
		r.Has = record.HasFlags
		r.Flags, r.FlagNames = uint8(d.Flags), d.Flags.Names()
		if d.HasReason() {
			r.Has |= record.HasReason
			r.Reason = record.Code{Code: uint8(d.Reason), Name: d.Reason.String()}
		}
		if d.HasDelay() {
			r.Has |= record.HasDelay
			r.Delay = d.Delay
			s.padded(n, d.Len())
		}
		s.c.sess.Term(s.side, false)
	case v3.TypeLength:
		l := &m.Length
		s.padded(n, 1+sdnv.Len(l.TotalLength))
		r.Has = record.HasFlags | record.HasTotalLength
		r.Flags, r.FlagNames, r.TotalLength = uint8(l.Flags), l.Flags.Names(), l.TotalLength
		s.c.sess.Length(s.side, l.TotalLength)
	}
	s.emit(at)
	return n, nil
}

// padded marks a message that took more octets than it had to (RFC 6256 section 2 allows it).
func (s *stream) padded(n, minimal int) {
	if n > minimal {
		s.mark(quirkSDNVPadded)
	}
}
