// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// script is a conversation: who says what, in order. It is a Source of raw IPv4 packets, one a line, between a client and
// port 4556 of a server.
type script struct {
	port    uint16
	packets []reassembly.Packet
	seq     [2]uint32
	next    int
}

func newScript() *script {
	s := &script{port: 4557, seq: [2]uint32{1000, 5000}}
	return s
}

const (
	client = 0
	server = 1
)

func (s *script) packet(from int, flags byte, payload []byte, wire int) {
	b := make([]byte, 40, 40+len(payload))
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], uint16(40+wire))
	copy(b[12:], []byte{10, 0, 0, byte(1 + from), 10, 0, 0, byte(2 - from)})
	ports := [2]uint16{40000, s.port}
	binary.BigEndian.PutUint16(b[20:], ports[from])
	binary.BigEndian.PutUint16(b[22:], ports[1-from])
	binary.BigEndian.PutUint32(b[24:], s.seq[from])
	binary.BigEndian.PutUint32(b[28:], s.seq[1-from])
	b[32], b[33] = 0x50, flags
	binary.BigEndian.PutUint16(b[34:], 65535)
	b = append(b, payload...)
	s.packets = append(s.packets, reassembly.Packet{Data: b, Length: 40 + wire, Link: reassembly.LinkIPv4,
		Frame: uint64(len(s.packets) + 1), Time: int64(len(s.packets)+1) * 1e6})
	s.seq[from] += uint32(wire)
	if flags&(reassembly.SYN|reassembly.FIN) != 0 {
		s.seq[from]++
	}
}

func (s *script) open() *script {
	s.packet(client, reassembly.SYN, nil, 0)
	s.packet(server, reassembly.SYN|reassembly.ACK, nil, 0)
	s.packet(client, reassembly.ACK, nil, 0)
	return s
}

// say sends octets given in hex, cut into segments at the offsets.
func (s *script) say(from int, octets string, cuts ...int) *script {
	return s.send(from, unhex(octets), cuts...)
}

func (s *script) send(from int, b []byte, cuts ...int) *script {
	at := 0
	for _, c := range append(cuts, len(b)) {
		if c > at {
			s.packet(from, reassembly.ACK, b[at:c], c-at)
			at = c
		}
	}
	return s
}

// lose sends octets that the capture does not hold, and has them acknowledged.
func (s *script) lose(from, octets int) *script {
	s.seq[from] += uint32(octets)
	return s
}

func (s *script) close() *script {
	s.packet(client, reassembly.FIN|reassembly.ACK, nil, 0)
	s.packet(server, reassembly.FIN|reassembly.ACK, nil, 0)
	s.packet(client, reassembly.ACK, nil, 0)
	return s
}

func (s *script) Next(p *reassembly.Packet) error {
	if s.next == len(s.packets) {
		return io.EOF
	}
	*p = s.packets[s.next]
	s.next++
	return nil
}

func (s *script) run(t testing.TB, o dissect.Options) *collector {
	t.Helper()
	var c collector
	o.Want = dissect.Messages | dissect.Data | dissect.Transfers | dissect.Sessions | dissect.Hashes | dissect.BundleList
	s.next = 0
	if _, err := dissect.Run(context.Background(), s, o, io.Discard, func(*dissect.Output) dissect.Sink { return &c }); err != nil {
		t.Fatal(err)
	}
	c.checkTiling(t)
	return &c
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\t' {
			return -1
		}
		return r
	}, s))
	if err != nil {
		panic(err)
	}
	return b
}

// checkTiling verifies that nothing is silent: the messages and gaps of each direction cover its stream without a hole and
// without overlap.
func (c *collector) checkTiling(t testing.TB) {
	t.Helper()
	type span struct {
		offset, length uint64
		what           string
	}
	for _, s := range c.sessions {
		if s.TLS != "none" {
			continue
		}
		for i := range s.Peers {
			var spans []span
			from := s.Side(i)
			for _, m := range c.messages {
				if m.Session != s.Session || m.From != from {
					continue
				}
				length := m.Length - m.MissedOctets // those are in gaps
				if m.CutShort {
					length = m.Captured
				}
				spans = append(spans, span{m.StreamOffset, length, m.Type})
			}
			missed := uint64(0)
			for _, g := range c.gaps {
				if g.Session == s.Session && g.From == from {
					if g.Cause != record.GapUndecoded {
						missed += g.Length
					}
					spans = append(spans, span{g.StreamOffset, g.Length, "gap"})
				}
			}
			slices.SortStableFunc(spans, func(a, b span) int { return int(a.offset) - int(b.offset) })
			var sum uint64
			for _, p := range spans {
				sum += p.length
			}
			if sum != s.Peers[i].Octets || missed != s.Peers[i].MissedOctets {
				t.Errorf("session %d %v: %d octets of stream (%d missed), records cover %d (%d missed): %+v", s.Session, from,
					s.Peers[i].Octets, s.Peers[i].MissedOctets, sum, missed, spans)
			}
		}
	}
}

// brief is what does not depend on how a stream is cut into packets.
func (c *collector) brief() []string {
	var lines []string
	for _, m := range c.messages {
		m.Frame, m.FirstFrame, m.Time, m.FirstTime, m.AckLatency, m.AckedFrame, m.CaptureStart = 0, 0, 0, 0, 0, 0, 0
		m.TransferStartFrame, m.TransferStartTime = 0, 0
		lines = append(lines, m.From.String()+" "+string(m.AppendJSON(nil)))
	}
	for _, t := range c.transfers {
		t.StartFrame, t.EndFrame, t.StartTime, t.EndTime, t.AckTime = 0, 0, 0, 0, 0
		lines = append(lines, string(t.AppendJSON(nil)))
	}
	slices.Sort(lines)
	return lines
}
