// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"bytes"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/session"
	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/v3"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

// detect looks at the first octets of a stream. A contact header makes the connection a TCPCL session whatever its port;
// anything else does not settle it yet, since the other direction may have one.
func (s *stream) detect(d []byte, at session.Mark) []byte {
	c := s.c
	if len(s.carry) == 0 {
		s.start, s.begun = s.pos, at
	}
	if s.state == undecided {
		if len(s.carry)+len(d) > maxHold {
			s.disown()
			return d
		}
		s.carry = append(s.carry, d...)
		s.pos += uint64(len(d))
		return nil
	}
	b := d
	if len(s.carry) > 0 {
		b = append(s.carry, d[:min(len(d), 8)]...)
	}
	_, err := wire.PeekContact(b)
	switch err.(type) {
	case nil:
		s.state = contact
		if len(s.carry) > 0 {
			s.need = 1
		}
		c.recognise()
		return d
	case wire.ErrShort:
		s.carry = append(s.carry, d...)
		s.pos += uint64(len(d))
		return nil
	}
	held := s.carry
	switch {
	case c.sess != nil && c.sess.Version == 4 && !s.unseen && (b[0] == byte(v4.TypeSessInit) || b[0] == byte(v4.TypeSessTerm)):
		s.state, s.version = headers, 4
		s.quirks |= quirkNoContact
		if len(held) > 0 {
			s.need = 1
		}
	case c.sess != nil || s.unseen || c.hint == likely || bytes.Contains(d, []byte(wire.Magic)):
		s.carry = nil
		s.lose(s.start)
		if len(held) > 0 {
			s.hunt.add(s, held, s.begun)
		}
	default:
		s.state = undecided
		if c.streams[1-s.side].state == undecided {
			s.disown()
			return d
		}
	}
	return d
}

// disown gives a direction up that does not look like TCPCL. When the other one does not either, that settles the
// connection.
func (s *stream) disown() {
	s.unfit(uint64(len(s.carry)), s.begun)
	s.state, s.carry = foreign, nil
	other := &s.c.streams[1-s.side]
	if s.c.sess == nil && (other.state == undecided || other.state == foreign) {
		other.state, other.carry = foreign, nil
		s.c.tcp.Ignore()
	}
}

// unfit tells of octets, the last n taken, that no message was found in.
func (s *stream) unfit(n uint64, at session.Mark) { s.tellUndecoded(s.pos-n, n, at) }

// reconsider looks again at a direction that was undecided, now that the other one, which s is, turned out to be TCPCL.
func (s *stream) reconsider() {
	s = &s.c.streams[1-s.side]
	if s.state == foreign {
		s.lose(s.pos)
	}
	if s.state == lost && s.over {
		s.end(s.whole, s.c.last)
		return
	}
	if s.state != undecided {
		return
	}
	held := s.carry
	s.carry, s.state = nil, beginning
	s.pos -= uint64(len(held))
	s.data(held, s.begun)
}

// parseContact decodes a contact header (RFC 9174 section 4.2, RFC 7242 section 4.1).
func (s *stream) parseContact(b []byte, at session.Mark) (int, error) {
	version, err := wire.PeekContact(b)
	if err != nil {
		return 0, err
	}
	c := s.c
	switch version {
	case 3:
		var h v3.ContactHeader
		n, err := h.Parse(b)
		if err != nil {
			return 0, err
		}
		m := s.begin(0, b, n)
		m.Has = record.HasFlags | record.HasKeepalive | record.HasNodeID
		m.Flags, m.FlagNames, m.Keepalive, m.NodeID = uint8(h.Flags), h.Flags.Names(), h.Keepalive, h.EID
		c.sess.ContactHeader(s.side, 3, uint8(h.Flags))
		c.sess.Parameters(s.side, h.Keepalive, 0, 0, h.EID)
		s.contactDone(3, headers, at)
		return n, nil
	case 4:
		var h v4.ContactHeader
		n, err := h.Parse(b)
		if err != nil {
			return 0, err
		}
		m := s.begin(0, b, n)
		m.Has = record.HasFlags
		m.Flags, m.FlagNames = uint8(h.Flags), h.Flags.Names()
		c.sess.ContactHeader(s.side, 4, uint8(h.Flags))
		s.contactDone(4, headers, at)
		return n, nil
	}
	// Only the first five octets have a meaning in every version; behind them anything may follow.
	s.begin(0, b, len(wire.Magic)+1)
	c.sess.ContactHeader(s.side, version, 0)
	s.contactDone(version, lost, at)
	return len(wire.Magic) + 1, nil
}

func (s *stream) contactDone(version uint8, next state, at session.Mark) {
	s.version = version
	if s.state != contact {
		s.mark(quirkLateContact)
	}
	s.emit(at)
	s.fresh = true
	s.state = headers
	if next == lost {
		s.lose(s.start + uint64(len(wire.Magic)) + 1)
	}
	s.reconsider()
}
