// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Scripts are short: they wait for a start for as many packets, and for octets behind which little is buffered for
// scriptSlack*cheapSlack, 256.
const (
	scriptHold  = 16
	scriptSlack = 256 / cheapSlack
)

// A tcpScript plays packets, a line each, and writes down what the Receiver is told. A packet is
//
//	[Nx] A|B[:port] FLAGS SEQ ACK [DATA] [+MISSING] [@MS]
//
// with FLAGS of SFRA or "." for ACK alone, ACK "-" for none, DATA in Go quotes or bare. +MISSING octets were cut off by the
// snap length, @MS sets the capture time, 256x repeats the packet. A is 10.0.0.1, B is 10.0.0.2. Further lines: "flush",
// "tick MS", "expire MS", "badsum" (the next packet's checksum is wrong), "nosum" (it is left to the network card).
type tcpScript struct {
	table    *Table
	a        *Assembler
	frame    uint64
	time     int64
	checksum string
	out      strings.Builder
	ignore   func(c *Conn) bool
}

type tcpScriptConn struct {
	s *tcpScript
	c *Conn
}

func newTCPScript(ao AssemblerOptions, to TableOptions) *tcpScript {
	if ao.HoldPackets == 0 {
		ao.HoldPackets = scriptHold
	}
	if ao.ReorderSlack == 0 {
		ao.ReorderSlack = scriptSlack
	}
	s := &tcpScript{a: NewAssembler(ao)}
	to.OnOpen = func(c *Conn) {
		if s.ignore != nil && s.ignore(c) {
			c.Ignore()
		}
		c.Attach(s.a, &tcpScriptConn{s, c})
	}
	to.OnRelease = (*Conn).Close
	s.table = NewTable(to)
	return s
}

func (r *tcpScriptConn) Data(side Side, c Chunk) {
	fmt.Fprintf(&r.s.out, "%d%v data %d %s #%d\n", r.c.number, side, c.Offset, c.Data, c.Frame)
}

func (r *tcpScriptConn) Gap(side Side, g Gap) {
	fmt.Fprintf(&r.s.out, "%d%v gap %d+%d %v #%d\n", r.c.number, side, g.Offset, g.Length, g.Cause, g.Frame)
}

func (r *tcpScriptConn) End(side Side, e End) {
	fmt.Fprintf(&r.s.out, "%d%v end %d %v #%d\n", r.c.number, side, e.Offset, e.Cause, e.Frame)
}

func (r *tcpScriptConn) Closed(frame uint64, _ int64) {
	fmt.Fprintf(&r.s.out, "%d closed #%d\n", r.c.number, frame)
}

func tcpEndpoint(host byte, port uint16) Endpoint {
	return Endpoint{Lo: 0xffff<<32 | 10<<24 | uint64(host), Port: port}
}

// tcpHeader gives s a header of 20 octets with the right checksum.
func tcpHeader(s *Segment) {
	h := make([]byte, 20)
	binary.BigEndian.PutUint16(h, s.Src.Port)
	binary.BigEndian.PutUint16(h[2:], s.Dst.Port)
	binary.BigEndian.PutUint32(h[4:], s.Seq)
	binary.BigEndian.PutUint32(h[8:], s.Ack)
	h[12], h[13] = 5<<4, s.Flags
	// The textbook's way, to be independent of the code under test.
	pseudo := make([]byte, 0, 40)
	for _, e := range []Endpoint{s.Src, s.Dst} {
		if e.Hi != 0 {
			pseudo = binary.BigEndian.AppendUint64(pseudo, e.Hi)
			pseudo = binary.BigEndian.AppendUint64(pseudo, e.Lo)
		} else {
			pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(e.Lo))
		}
	}
	pseudo = append(pseudo, 0, 6)
	pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(20+len(s.Payload)+s.Missing))
	var sum uint32
	for _, b := range [][]byte{pseudo, h, s.Payload} {
		for i, o := range b {
			if i%2 == 0 {
				sum += uint32(o) << 8
			} else {
				sum += uint32(o)
			}
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	s.Checksum = ^uint16(sum)
	binary.BigEndian.PutUint16(h[16:], s.Checksum)
	s.Header = h
}

func (s *tcpScript) segment(t testing.TB, f []string) *Segment {
	t.Helper()
	number := func(v string, bits int) uint64 {
		n, err := strconv.ParseUint(v, 10, bits)
		if err != nil {
			t.Fatalf("%q: %v", f, err)
		}
		return n
	}
	seg := &Segment{}
	port := uint64(4000)
	name, p, ok := strings.Cut(f[0], ":")
	if ok {
		port = number(p, 16)
	}
	client, server := tcpEndpoint(1, uint16(port)), tcpEndpoint(2, 4556)
	seg.Src, seg.Dst = client, server
	if name == "B" {
		seg.Src, seg.Dst = server, client
	}
	for _, o := range f[1] {
		seg.Flags |= map[rune]uint8{'S': SYN, 'F': FIN, 'R': RST}[o]
	}
	seg.Seq = uint32(number(f[2], 32))
	if f[3] != "-" {
		seg.Flags |= ACK
		seg.Ack = uint32(number(f[3], 32))
	}
	for _, v := range f[4:] {
		switch v[0] {
		case '+':
			seg.Missing = int(number(v[1:], 31))
		case '@':
			s.time = int64(number(v[1:], 63)) * int64(time.Millisecond)
		default:
			seg.Payload = []byte(v)
		}
	}
	tcpHeader(seg)
	switch s.checksum {
	case "badsum":
		seg.Checksum++
		binary.BigEndian.PutUint16(seg.Header[16:], seg.Checksum)
	case "nosum":
		seg.Checksum = foldSum(uint64(pseudoSum(seg.Src, seg.Dst)) + uint64(20+len(seg.Payload)))
		binary.BigEndian.PutUint16(seg.Header[16:], seg.Checksum)
	}
	s.checksum = ""
	return seg
}

func (s *tcpScript) play(t testing.TB, script string) string {
	t.Helper()
	for line := range strings.Lines(script) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "//" {
			continue
		}
		ms := func() int64 {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n * int64(time.Millisecond)
		}
		switch f[0] {
		case "flush":
			s.table.Flush()
		case "tick":
			s.a.Tick(ms())
		case "expire":
			s.table.Expire(ms())
		case "badsum", "nosum":
			s.checksum = f[0]
		default:
			times := 1
			if n, ok := strings.CutSuffix(f[0], "x"); ok {
				times, _ = strconv.Atoi(n)
				f = f[1:]
			}
			seg := s.segment(t, f)
			for range times {
				s.frame++
				seg.Frame, seg.Time = s.frame, s.time
				if c, side := s.table.Lookup(seg); c != nil {
					c.Push(side, seg)
				}
			}
		}
	}
	out := s.out.String()
	s.out.Reset()
	return out
}

func (s *tcpScript) expect(t testing.TB, script, want string) {
	t.Helper()
	var trimmed strings.Builder
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			trimmed.WriteString(line + "\n")
		}
	}
	if got := s.play(t, script); got != trimmed.String() {
		t.Errorf("script:\n%s\ngot:\n%swant:\n%s", script, got, trimmed.String())
	}
}

// tcpOpen is the three-way handshake that most scripts begin with, frames 1 to 3.
const tcpOpen = "A S 99 -\nB S 299 100\nA . 100 300\n"
