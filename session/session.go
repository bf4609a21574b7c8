// SPDX-License-Identifier: Apache-2.0

// Package session knows what messages mean to each other: contact, initialisation, transfers with their acknowledgements
// and refusals, and the ending, for TCPCLv3 (RFC 7242) and TCPCLv4 (RFC 9174) alike. It is pure: messages in, state and events
// out, no I/O and no clock of its own. It is fed by an observer of both directions or by an endpoint.
//
// An observer may see the two directions out of step, may miss octets, and may begin in the middle. Nothing here
// fails for that: what cannot be known is left unknown.
package session

import "github.com/dtn-tools/tcpcl/wire/v3"

// Mark says when something was seen: the number of the frame, and its time in nanoseconds since the epoch.
type Mark struct {
	Frame uint64
	Time  int64
}

// Session is one TCPCL session. The zero value is a session of which nothing was seen. Sides are 0 and 1; which of them
// is the active one does not matter here.
type Session struct {
	Version uint8 // 3 or 4 from the first contact header on, where it is not set before
	history history
	emit    func(side int, t *Transfer)
	sides   [2]Side
	free    *Transfer
	scratch Transfer
}

// Side is what one side of a session has said.
type Side struct {
	out outgoing // its transfers

	Contact        bool  // its contact header was seen
	ContactVersion uint8 // as named in it
	ContactFlags   uint8
	Init           bool // its session parameters were seen (v4 SESS_INIT; v3 contact header)
	Keepalive      uint16
	SegmentMRU     uint64 // v4; 0 before Init
	TransferMRU    uint64
	NodeID         string
	Ending         bool // its SESS_TERM or SHUTDOWN was seen
	Reply          bool // that SESS_TERM was a reply
}

// New returns a session that calls done, if it is not nil, for every transfer when nothing more can be learned of it. The
// Transfer is valid until done returns.
func New(done func(side int, t *Transfer)) *Session { return &Session{emit: done} }

// Side returns what is known of one side. The pointer is valid as long as the session.
func (s *Session) Side(side int) *Side { return &s.sides[side] }

// ContactHeader takes a contact header (RFC 9174 section 4.2, RFC 7242 section 4.1).
func (s *Session) ContactHeader(side int, version, flags uint8) {
	p := &s.sides[side]
	p.Contact, p.ContactVersion, p.ContactFlags = true, version, flags
	if s.Version == 0 || version < s.Version && version >= 3 {
		s.Version = version
	}
	s.history.add(side, 'C')
}

// Parameters takes what SESS_INIT says (RFC 9174 section 4.6), or the rest of a v3 contact header, where the MRUs are 0.
func (s *Session) Parameters(side int, keepalive uint16, segmentMRU, transferMRU uint64, nodeID []byte) {
	p := &s.sides[side]
	if p.Init {
		return // RFC 9174 section 4.7: parameters never change; the first ones count
	}
	p.Init, p.Keepalive, p.SegmentMRU, p.TransferMRU, p.NodeID = true, keepalive, segmentMRU, transferMRU, string(nodeID)
}

// Note takes a message that changes nothing but the history: 'I' SESS_INIT, 'K' KEEPALIVE, 'J' MSG_REJECT, 'L' LENGTH, 'U' unknown.
func (s *Session) Note(side int, letter byte) { s.history.add(side, letter) }

// Term takes a SESS_TERM or SHUTDOWN (RFC 9174 section 6.1, RFC 7242 section 6.1).
func (s *Session) Term(side int, reply bool) {
	p := &s.sides[side]
	p.Ending, p.Reply = true, reply
	s.history.add(side, 'T')
}

// Established says whether both sides' parameters were seen.
func (s *Session) Established() bool { return s.sides[0].Init && s.sides[1].Init }

// Keepalive returns the negotiated interval in seconds, 0 where keepalives are off (RFC 9174 section 4.7, RFC 7242
// section 4.2). ok is false until both sides' values were seen.
func (s *Session) Keepalive() (seconds uint16, ok bool) {
	return min(s.sides[0].Keepalive, s.sides[1].Keepalive), s.Established()
}

// AckExpected says whether segments of a v3 session are acknowledged: both sides must have asked for it (RFC 7242
// section 4.2). It is true while a contact header is unseen, and always in v4.
func (s *Session) AckExpected() bool {
	if s.Version != 3 {
		return true
	}
	for i := range s.sides {
		if p := &s.sides[i]; p.Contact && p.ContactFlags&uint8(v3.ContactAck) == 0 {
			return false
		}
	}
	return true
}

// History returns one letter for each message, in the order in which they were seen, runs of the same letter folded into
// one: C contact header, I SESS_INIT, S segment, A acknowledgement, R refusal, K KEEPALIVE, J MSG_REJECT, L LENGTH,
// T SESS_TERM or SHUTDOWN, U unknown. Capitals are those of side capital. cut says that it was longer.
func (s *Session) History(capital int) (letters string, cut bool) { return s.history.text(capital) }

// Close ends the session: transfers under way or not acknowledged are told as they stand, side 0 first.
func (s *Session) Close() {
	for side := range s.sides {
		s.sides[side].out.close(s, side)
	}
}

// history is the letters seen: bit 7 is the side.
type history struct {
	last    byte
	cut     bool
	letters []byte
}

const maxHistory = 256

func (h *history) add(side int, letter byte) {
	l := letter | byte(side)<<7
	if l == h.last {
		return
	}
	h.last = l
	if len(h.letters) == maxHistory {
		h.cut = true
		return
	}
	h.letters = append(h.letters, l)
}

func (h *history) text(capital int) (string, bool) {
	b := make([]byte, len(h.letters))
	for i, l := range h.letters {
		b[i] = l & 0x7f
		if int(l>>7) != capital {
			b[i] |= 0x20
		}
	}
	return string(b), h.cut
}
