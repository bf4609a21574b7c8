// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/tlsdec"
	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/dtn-tools/tcpcl/session"
)

// decryptor stands between the octets of a connection that uses TLS and its streams. Their offsets count plaintext from there on.
type decryptor struct {
	c     *conn
	tls   *tlsdec.Conn
	sides [2]decrypted

	serverName string
	broken     bool // a fatal alert came
}

// decrypted is what is known of one side.
type decrypted struct {
	tcp   uint64 // octets of the TCP stream
	head  []byte // the octets of the packet in which TLS begins
	mark  session.Mark
	some  bool // there was plaintext
	hole  bool // there was something since that gave none
	cause string
	ended bool
	whole bool
	end   session.Mark

	certificate *record.Certificate
}

// startTLS takes the first octets of a stream that are TLS. They are decrypted when the stream is done with its packet.
func (s *stream) startTLS(d []byte, at session.Mark) {
	c := s.c
	if c.dec == nil {
		c.dec = &decryptor{c: c}
		c.dec.tls = tlsdec.NewConn(c.dec, c.w.opts.Keys.log)
		c.dec.tls.Share(&c.w.tlsRoom)
	}
	s.tls = true
	x := &c.dec.sides[s.side]
	x.head, x.mark = append(x.head, d...), at
}

// begin takes them then.
func (t *decryptor) begin(s *stream) {
	x := &t.sides[s.side]
	head := x.head
	x.head = nil
	x.tcp = s.start
	s.state, s.fresh, s.pos = headers, false, s.start
	t.c.w.owner = nil
	t.data(s.side, head, x.mark)
}

func (t *decryptor) data(side int, d []byte, at session.Mark) {
	t.sides[side].tcp += uint64(len(d))
	t.tls.Data(side, d, tlsdec.Mark(at))
}

func (t *decryptor) gap(side int, g reassembly.Gap) {
	t.sides[side].cause = causes[g.Cause]
	t.sides[side].tcp += g.Length
	t.tls.Gap(side, g.Length, tlsdec.Mark{Frame: g.Next, Time: g.NextTime})
}

// ends takes the end of a side. What waits for something of the other side may still come before it.
func (t *decryptor) ends(side int, whole bool, at session.Mark) {
	x := &t.sides[side]
	x.ended, x.whole, x.end = true, whole, at
	if t.sides[1-side].ended {
		t.close()
	}
}

func (t *decryptor) close() {
	t.tls.Close()
	for side := range t.sides {
		x := &t.sides[side]
		if !x.ended {
			x.end = t.c.last
		}
		t.c.streams[side].end(x.whole, x.end)
	}
}

// octets is how many octets of the TCP stream there were.
func (s *stream) octets() uint64 {
	if s.tls {
		return s.c.dec.sides[s.side].tcp
	}
	return s.pos
}

// Plaintext implements tlsdec.Handler.
func (t *decryptor) Plaintext(side int, d []byte, at tlsdec.Mark) {
	s, x := &t.c.streams[side], &t.sides[side]
	if x.hole {
		s.hole(session.Mark(at))
	}
	x.some, x.hole = true, false
	s.data(d, session.Mark(at))
}

// hole gives up the place in a stream of which an unknown number of octets is missing.
func (s *stream) hole(at session.Mark) {
	switch s.state {
	case foreign, ended:
		return
	case inData:
		s.spell()
		s.transfer.Missed = add(s.transfer.Missed, s.remain)
		s.missed = add(s.missed, s.remain)
		s.remain = 0
		s.segmentEnd(at)
	case contact, headers:
		if len(s.carry) > 0 {
			s.cut(s.begun)
		}
	case lost:
		s.search(true)
	}
	s.lose(s.pos)
}

// Missing implements tlsdec.Handler.
func (t *decryptor) Missing(side int, m tlsdec.Missing) {
	s, x := &t.c.streams[side], &t.sides[side]
	if m.Why == tlsdec.EarlyRejected { // it is sent again
		return
	}
	x.hole = true
	s.tally.missed = add(s.tally.missed, m.Octets-m.Captured)
	if m.Why == tlsdec.NoKeys || m.Why == tlsdec.NoSuite {
		s.tally.encrypted += m.Captured
		if !x.some {
			return
		}
	}
	cause := record.GapUndecoded
	if m.Why == tlsdec.NotCaptured && x.cause != "" {
		cause = x.cause
	}
	s.tell(s.pos, m.Octets, cause, session.Mark(m.From))
}
