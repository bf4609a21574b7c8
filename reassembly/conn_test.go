// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"strings"
	"testing"
	"time"
)

func TestConnDeliversWhatTheScriptSays(t *testing.T) {
	for _, tc := range []struct{ name, script, want string }{
		{"in order, both ways, FIN both ways", tcpOpen + `
			A . 100 300 hello
			B . 300 105 world
			A . 105 305 more
			A F 109 305
			B F 305 110
			A . 110 306
			flush`, `
			1A data 0 hello #4
			1B data 0 world #5
			1A data 5 more #6
			1A end 9 fin #7
			1B end 5 fin #8
			1 closed #9`},
		{"FIN with data", tcpOpen + `
			A F 100 300 bye`, `
			1A data 0 bye #4
			1A end 3 fin #4`},
		{"half close: the other side goes on", tcpOpen + `
			A F 100 300
			B . 300 101 one
			A . 101 303
			B . 303 101 two
			B F 306 101`, `
			1A end 0 fin #4
			1B data 0 one #5
			1B data 3 two #7
			1B end 6 fin #8`},
		{"data on the SYN", `
			A S 99 - fast
			B S 299 104
			A . 104 300 open`, `
			1A data 0 fast #1
			1A data 4 open #3`},
		{"data on the SYN, captured after the SYN+ACK", `
			B S 299 104
			A S 99 - fast
			A . 104 300 open`, `
			1B data 0 fast #2
			1B data 4 open #3`},
		{"SYN retransmitted with its data", `
			A S 99 - fast
			A S 99 - fast
			B S 299 104
			B S 299 104`, `
			1A data 0 fast #1`},
		{"out of order", tcpOpen + `
			A . 105 300 world
			A . 110 300 again
			A . 100 300 hello`, `
			1A data 0 hello #6
			1A data 5 world #4
			1A data 10 again #5`},
		{"octets that came first count, in front, behind and around", tcpOpen + `
			A . 104 300 EF
			A . 108 300 IJ
			A . 102 300 cdefghijkl
			A . 100 300 abcd`, `
			1A data 0 ab #7
			1A data 2 cd #6
			1A data 4 EF #4
			1A data 6 gh #6
			1A data 8 IJ #5
			1A data 10 kl #6`},
		{"a segment that begins before and ends behind what was delivered", tcpOpen + `
			A . 100 300 abcd
			A . 102 300 cdef`, `
			1A data 0 abcd #4
			1A data 4 ef #5`},
		{"in order over buffered ones", tcpOpen + `
			A . 102 300 C
			A . 100 300 abcd`, `
			1A data 0 ab #5
			1A data 2 C #4
			1A data 3 d #5`},
		{"FIN before the octets before it", tcpOpen + `
			A F 105 300
			A . 100 300 hello`, `
			1A data 0 hello #5
			1A end 5 fin #4`},
		{"data beyond the FIN", tcpOpen + `
			A F 100 300 bye
			A . 103 300 ghost
			A . 101 300 yeghost`, `
			1A data 0 bye #4
			1A end 3 fin #4`},
		{"FIN before octets that were seen is a lie", tcpOpen + `
			A . 110 300 later
			A F 105 300
			A . 100 300 helloworld
			A F 115 300`, `
			1A data 0 helloworld #6
			1A data 10 later #4
			1A end 15 fin #7`},
		{"keepalive probes", tcpOpen + `
			A . 100 300 hello
			A . 104 300 X
			A . 104 300
			B . 300 105
			A . 105 300 world
			A . 109 300 X`, `
			1A data 0 hello #4
			1A data 5 world #8`},
		{"a keepalive probe behind a hole", tcpOpen + `
			A . 105 300 world
			A . 109 300 X
			A . 100 300 hello`, `
			1A data 0 hello #6
			1A data 5 world #4`},
		{"zero-window probe", tcpOpen + `
			A . 100 300 hello
			A . 105 300 w
			A . 105 300 world`, `
			1A data 0 hello #4
			1A data 5 w #5
			1A data 6 orld #6`},
		{"far from the stream", tcpOpen + `
			A . 2000000000 300 ghost
			A . 3000000000 300 ghost
			A . 100 300 hello`, `
			1A data 0 hello #6`},
		{"sequence numbers wrap", `
			A S 4294967292 -
			B S 299 4294967293
			A . 2 300 fgh
			A . 4294967293 300 abcde
			A F 5 300`, `
			1A data 0 abcde #4
			1A data 5 fgh #3
			1A end 8 fin #5`},
		{"RST+ACK ends its sender at once, the other side at the release", tcpOpen + `
			A . 100 300 hello
			A RA 105 300
			B . 300 105 late
			flush`, `
			1A data 0 hello #4
			1A end 5 reset #5
			1B data 0 late #6
			1B end 4 reset #5
			1 closed #6`},
		{"octets captured after the RST", tcpOpen + `
			A RA 105 300
			A . 100 300 hello
			flush`, `
			1A data 0 hello #5
			1A end 5 reset #4
			1B end 0 reset #4
			1 closed #5`},
		{"RST with a hole before buffered octets", tcpOpen + `
			A . 105 300 world
			B R 300 -
			flush`, `
			1A gap 0+5 unseen #5
			1A data 5 world #4
			1A end 10 reset #5
			1B end 0 reset #5
			1 closed #5`},
		{"RST out of the window is ignored, and its payload always", tcpOpen + `
			A . 100 300 hello
			A R 2000000000 -
			A R 90 -
			A R 104 - gone
			flush`, `
			1A data 0 hello #4
			1A end 5 reset #7
			1B end 0 reset #7
			1 closed #7`},
		{"a refused connection", `
			A S 99 -
			B RA 0 100
			flush`, `
			1A end 0 reset #2
			1B end 0 reset #2
			1 closed #2`},
		{"lost and acknowledged", tcpOpen + `
			A . 105 300 world
			B . 300 110
			4095x A . 110 300
			B . 300 110`, `
			1A gap 0+5 lost #4101
			1A data 5 world #4`},
		{"lost, acknowledged, and followed by octets of the same side", tcpOpen + `
			A . 105 300 world
			B . 300 110
			256x A . 110 300 x`, `
			1A gap 0+5 lost #261
			1A data 5 world #4
			1A data 10 x #6`},
		{"acknowledged, and coming in bit by bit", tcpOpen + `
			A . 103 300 lo
			B . 300 105
			255x A . 103 300 lo
			A . 100 300 h
			255x A . 103 300 lo
			A . 101 300 el`, `
			1A data 0 h #261
			1A data 1 el #517
			1A data 3 lo #4`},
		{"acknowledged, but the capture shows it later", tcpOpen + `
			A . 105 300 world
			B . 300 110
			255x A . 110 300
			A . 100 300 hello`, `
			1A data 0 hello #261
			1A data 5 world #4`},
		{"an acknowledgment within a hole gives up what it covers", tcpOpen + `
			A . 110 300 again
			B . 300 105
			4096x A . 115 300
			A . 105 300 world`, `
			1A gap 0+5 lost #4101
			1A data 5 world #4102
			1A data 10 again #4`},
		{"an acknowledgment out of all relation proves nothing", tcpOpen + `
			A . 105 300 world
			300x B . 300 2000000000`, ``},
		{"no acknowledgment: only the release gives up", tcpOpen + `
			A . 105 300 world
			300x A . 110 300
			flush`, `
			1A gap 0+5 unseen #304
			1A data 5 world #4
			1A end 10 released #304
			1B end 0 released #304
			1 closed #304`},
		{"octets lost at the end, with FIN", tcpOpen + `
			A . 100 300 hello
			A F 110 300
			B . 300 111
			flush`, `
			1A data 0 hello #4
			1A gap 5+5 lost #6
			1A end 10 fin #5
			1B end 0 released #6
			1 closed #6`},
		{"octets lost at the end, the acknowledgment counts a FIN that was not captured", tcpOpen + `
			A . 100 300 hello
			B . 300 111
			flush`, `
			1A data 0 hello #4
			1A gap 5+5 lost #5
			1A end 10 released #5
			1B end 0 released #5
			1 closed #5`},
		{"a FIN that was not captured is no lost octet", tcpOpen + `
			A . 100 300 hello
			300x B . 300 106
			flush`, `
			1A data 0 hello #4
			1A end 5 released #304
			1B end 0 released #304
			1 closed #304`},
		{"octets lost at the end are given up while the other side goes on", tcpOpen + `
			A . 100 300 hello
			B . 300 120
			4096x B . 300 120`, `
			1A data 0 hello #4
			1A gap 5+14 lost #4101`},
		{"octets before the FIN neither seen nor acknowledged", tcpOpen + `
			A F 105 300
			flush`, `
			1A gap 0+5 unseen #4
			1A end 5 fin #4
			1B end 0 released #4
			1 closed #4`},
		{"snap length", tcpOpen + `
			A . 100 300 he +3
			A . 105 300 wo +3
			A F 110 300`, `
			1A data 0 he #4
			1A gap 2+3 truncated #4
			1A data 5 wo #5
			1A gap 7+3 truncated #5
			1A end 10 fin #6`},
		{"snap length behind a hole", tcpOpen + `
			A . 105 300 wo +3
			A . 110 300 again
			A . 100 300 hello`, `
			1A data 0 hello #6
			1A data 5 wo #4
			1A gap 7+3 truncated #6
			1A data 10 again #5`},
		{"another copy has what the snap length cut off", tcpOpen + `
			A . 105 300 wo +5
			A . 108 300 ld
			A . 100 300 hello`, `
			1A data 0 hello #6
			1A data 5 wo #4
			1A gap 7+1 truncated #6
			1A data 8 ld #5
			1A gap 10+2 truncated #6`},
		{"what the snap length cut off was buffered", tcpOpen + `
			A . 103 300 lo
			A . 100 300 h +6`, `
			1A data 0 h #5
			1A gap 1+2 truncated #5
			1A data 3 lo #4
			1A gap 5+2 truncated #5`},
		{"no SYN: the lowest octets of 16 packets are the first", `
			A . 1010 300 cc
			A . 1008 300 bb
			14x A . 1006 300 aa`, `
			1A gap 0+0 mid-stream #16
			1A data 0 aa #3
			1A data 2 bb #2
			1A data 4 cc #1`},
		{"no SYN: the slack of the connection ends the look-out of a side with few packets", `
			A . 1000 300 aa
			512x B . 300 1000`, `
			1A gap 0+0 mid-stream #513
			1A data 0 aa #1`},
		{"no SYN: sides are merged in the order of the frames at the release", `
			B . 500 1002 bb
			A . 1002 502 cc
			A . 1000 500 aa
			B F 502 1004
			flush`, `
			1A gap 0+0 mid-stream #4
			1B gap 0+0 mid-stream #4
			1A data 0 bb #1
			1B data 0 aa #3
			1B data 2 cc #2
			1A end 2 fin #4
			1B end 4 released #4
			1 closed #4`},
		{"no SYN: octets before the start came too late", `
			16x A . 1010 300 cc
			A . 1008 300 bbcc
			A . 1012 300 dd`, `
			1A gap 0+0 mid-stream #16
			1A data 0 cc #1
			1A data 2 dd #18`},
		{"no SYN but FIN", `
			A F 1000 300
			flush`, `
			1A gap 0+0 mid-stream #1
			1A end 0 fin #1
			1B end 0 released #1
			1 closed #1`},
		{"only acknowledgments", `
			A . 1000 300
			B . 300 1000
			flush`, `
			1A end 0 released #2
			1B end 0 released #2
			1 closed #2`},
		{"SYN after data", `
			A . 105 300 world
			A . 100 300 hello
			A S 99 -`, `
			1A data 0 hello #2
			1A data 5 world #1`},
		{"SYN+ACK tells where the other side begins", `
			B S 299 100
			A . 105 300 world
			A . 100 300 hello`, `
			1B data 0 hello #3
			1B data 5 world #2`},
		{"simultaneous open", `
			A S 99 -
			B S 299 -
			A S 99 300
			B S 299 100
			A . 100 300 hi
			B . 300 102 ho`, `
			1A data 0 hi #5
			1B data 0 ho #6`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newTCPScript(AssemblerOptions{}, TableOptions{})
			s.expect(t, tc.script, tc.want)
			s.play(t, "flush")
			if n := s.a.Buffered(); n != 0 {
				t.Errorf("%d octets stay buffered", n)
			}
			if s.a.waiting.head != nil {
				t.Error("a connection stays in the list of those that wait")
			}
		})
	}
}

func TestAHoleBehindWhichLittleIsBufferedStaysOpenForLong(t *testing.T) {
	s := newTCPScript(AssemblerOptions{ReorderSlack: defaultReorderSlack}, TableOptions{})
	got := s.play(t, `
		A S 999 -
		B SA 299 1000
		A . 1003 300 dd
		B . 300 1005
		1000x A . 1005 300 e
		8000x B . 300 1006
		A . 1000 300 abc
		flush`)
	if strings.Contains(got, "gap") || !strings.Contains(got, "1A data 0 abc #9005") {
		t.Errorf("got %s", got)
	}
}

func TestConnStatsCountEveryOctet(t *testing.T) {
	for _, tc := range []struct {
		name, script string
		want         Stats // of side A
	}{
		{"retransmission of buffered octets", tcpOpen + "A . 105 300 world\nA . 105 300 world\nA . 100 300 hello",
			Stats{Octets: 10, Retransmitted: 5, OutOfOrder: 5}},
		{"conflict with buffered octets counts those that differ", tcpOpen + "A . 105 300 world\nA . 105 300 wOrLd\nA . 100 300 hello",
			Stats{Octets: 10, Retransmitted: 3, Conflicting: 2, OutOfOrder: 5, ConflictFrame: 5}},
		{"retransmission of delivered octets", tcpOpen + "A . 100 300 hello\nA . 100 300 hello",
			Stats{Octets: 5, Retransmitted: 5}},
		{"conflict with delivered octets", tcpOpen + "A . 100 300 hello\nA . 100 300 hallo",
			Stats{Octets: 5, Conflicting: 5, ConflictFrame: 5}},
		{"conflict with several delivered segments, of odd length", tcpOpen + "A . 100 300 abc\nA . 103 300 de\nA . 105 300 fghij\nA . 110 300 k\nA . 103 300 deFghij",
			Stats{Octets: 11, Conflicting: 7, ConflictFrame: 8}},
		{"retransmission of several delivered segments, of odd length", tcpOpen + "A . 100 300 abc\nA . 103 300 de\nA . 105 300 fghij\nA . 110 300 k\nA . 100 300 abcdefghij",
			Stats{Octets: 11, Retransmitted: 10}},
		{"retransmission across delivered boundaries cannot be judged", tcpOpen + "A . 100 300 abc\nA . 103 300 de\nA . 101 300 XX",
			Stats{Octets: 5, Retransmitted: 2}},
		{"conflict with octets that were buffered", tcpOpen + "A . 105 300 world\nA . 100 300 hello\nA . 105 300 World",
			Stats{Octets: 10, Conflicting: 5, OutOfOrder: 5, ConflictFrame: 6}},
		{"conflict before new octets", tcpOpen + "A . 100 300 abcd\nA . 100 300 aXcdef",
			Stats{Octets: 6, Conflicting: 4, ConflictFrame: 5}},
		{"the first one's checksum is left to the network card", tcpOpen + "nosum\nA . 100 300 hello\nA . 100 300 hallo",
			Stats{Octets: 5, Retransmitted: 5}},
		{"the second one's checksum is left to the network card", tcpOpen + "A . 100 300 hello\nnosum\nA . 100 300 hallo",
			Stats{Octets: 5, Conflicting: 5, ConflictFrame: 5}},
		{"the second one's checksum is wrong", tcpOpen + "A . 100 300 hello\nbadsum\nA . 100 300 hallo",
			Stats{Octets: 5, Retransmitted: 5}},
		{"beyond FIN, far, before the start", tcpOpen + "A F 100 300 abc\nA . 101 300 bcxx\nA . 1500000000 300 x",
			Stats{Octets: 3, Retransmitted: 2, Stray: 3, FinFrame: 4}},
		{"no SYN, before the start", "16x A . 1000 300 ab\nA . 998 300 xyab",
			Stats{Octets: 2, Retransmitted: 30 + 2, Stray: 2}},
		{"gaps", tcpOpen + "A . 100 300 ab +3\nA . 110 300 k\nA RA 111 300\nflush",
			Stats{Octets: 3, Missed: 8, OutOfOrder: 1, ResetFrame: 6}},
		{"keepalive", tcpOpen + "A . 100 300 ab\nA . 101 300 x",
			Stats{Octets: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newTCPScript(AssemblerOptions{}, TableOptions{})
			var conn *Conn
			s.ignore = func(c *Conn) bool { conn = c; return false }
			s.play(t, tc.script)
			if got := conn.Stats(SideA); got != tc.want {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func TestConnOpenerIsTheSenderOfTheSYN(t *testing.T) {
	for _, tc := range []struct {
		name, script string
		side         Side
		known        bool
	}{
		{"SYN", "A S 99 -", SideA, true},
		{"SYN+ACK", "B S 299 100", SideB, true},
		{"SYN+ACK then SYN", "B S 299 100\nA S 99 -", SideB, true},
		{"none", "A . 99 300 x", SideA, false},
		{"simultaneous", "A S 99 -\nB S 299 -\nB S 299 100", SideA, true},
		{"late SYN", "B . 300 100\nA S 99 -", SideB, true},
	} {
		s := newTCPScript(AssemblerOptions{}, TableOptions{})
		var conn *Conn
		s.ignore = func(c *Conn) bool { conn = c; return false }
		s.play(t, tc.script)
		if side, known := conn.Opener(); side != tc.side || known != tc.known {
			t.Errorf("%s: got %v, %v", tc.name, side, known)
		}
	}
}

func TestConnIgnoreInsideACallStopsAllBut(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	var conn *Conn
	s.ignore = func(c *Conn) bool { conn = c; return false }
	s.play(t, tcpOpen+"A . 105 300 world\nB . 302 100 x\nA . 110 300 z")
	conn.r = ignoringReceiver{conn.r.(*tcpScriptConn)}
	s.expect(t, "A . 100 300 hello\nA . 111 300 more\nflush", "1A data 0 hello #7\n1 closed #7")
	if s.a.Buffered() != 0 || s.a.waiting.head != nil {
		t.Error("an ignored connection keeps buffers")
	}
}

type ignoringReceiver struct{ *tcpScriptConn }

func (r ignoringReceiver) Data(side Side, c Chunk) {
	r.tcpScriptConn.Data(side, c)
	r.c.Ignore()
}

func TestConnIgnoredFromTheStartOnlyCloses(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	s.ignore = func(*Conn) bool { return true }
	s.expect(t, tcpOpen+"A . 100 300 hello\nflush", "1 closed #1")
}

func TestConnAfterCloseTakesNothing(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	var conn *Conn
	s.ignore = func(c *Conn) bool { conn = c; return false }
	s.play(t, tcpOpen+"A . 105 300 x\nflush")
	conn.Push(SideA, s.segment(t, []string{"A", ".", "106", "300", "hello"}))
	conn.Close()
	s.expect(t, "", "")
}

func TestAssemblerGivesTheOldestHoleUpOverItsBudget(t *testing.T) {
	// Three buffers and three pieces fit, the fourth does not.
	s := newTCPScript(AssemblerOptions{Budget: 3 * (bufferCost + pieceCost + 64)}, TableOptions{})
	s.expect(t, `
		A:1 S 99 -
		A:2 S 99 -
		A:3 S 99 -
		A:4 S 99 -
		A:2 . 101 300 x
		A:1 . 102 300 x
		A:3 . 103 300 x
		A:4 . 104 300 x
		A:3 . 100 300 abc`, `
		2A gap 0+1 memory #5
		2A data 1 x #5
		3A data 0 abc #9
		3A data 3 x #7`)
	if got := s.a.Buffered(); got != 2*(bufferCost+pieceCost+64) {
		t.Errorf("%d octets buffered", got)
	}
}

func TestAssemblerGivesHolesOfAStreamUpOverItsLimit(t *testing.T) {
	s := newTCPScript(AssemblerOptions{StreamLimit: bufferCost + 2*(pieceCost+64)}, TableOptions{})
	s.expect(t, tcpOpen+`
		A . 102 300 x
		A . 104 300 y
		B . 300 101
		A . 106 300 z`, `
		1A gap 0+1 lost #7
		1A gap 1+1 unseen #7
		1A data 2 x #4`)
}

func TestAssemblerBudgetAlsoEndsTheLookOutForAStart(t *testing.T) {
	s := newTCPScript(AssemblerOptions{Budget: 1}, TableOptions{})
	s.expect(t, "A . 1000 300 ab", "1A gap 0+0 mid-stream #1\n1A data 0 ab #1")
}

func TestAssemblerLiveTimeouts(t *testing.T) {
	live := AssemblerOptions{LossTimeout: 2 * time.Second, HoldTimeout: 100 * time.Millisecond}
	t.Run("loss", func(t *testing.T) {
		s := newTCPScript(live, TableOptions{})
		s.expect(t, tcpOpen+`
			A . 105 300 world @1000
			B . 300 110 @2000
			A . 110 300 @3999
			tick 3999`, ``)
		s.expect(t, "tick 4000", "1A gap 0+5 lost #6\n1A data 5 world #4")
	})
	t.Run("loss, by a packet", func(t *testing.T) {
		s := newTCPScript(live, TableOptions{})
		s.expect(t, tcpOpen+`
			A . 105 300 world @1000
			B . 300 110 @2000
			A . 110 300 @4000`, "1A gap 0+5 lost #6\n1A data 5 world #4")
	})
	t.Run("hold", func(t *testing.T) {
		s := newTCPScript(live, TableOptions{})
		s.expect(t, "A . 105 300 world @1000\ntick 1099", "")
		s.expect(t, "tick 1100", "1A gap 0+0 mid-stream #1\n1A data 0 world #1")
	})
}

func TestConnPushAllocatesNothingInOrderAndLittleOutOfOrder(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	var conn *Conn
	s.ignore = func(c *Conn) bool { conn = c; return false }
	s.play(t, tcpOpen)
	conn.r = countingReceiver{}
	seg := s.segment(t, []string{"A", ".", "100", "300", "hello"})
	for range 2 * maxRuns { // fill the history, which grows
		push(s.table, seg)
		seg.Seq += 5
	}
	if n := testing.AllocsPerRun(1000, func() {
		push(s.table, seg)
		seg.Seq += 5
	}); n != 0 {
		t.Errorf("in order: %v allocations a segment", n)
	}
	swap := func() {
		seg.Seq += 5
		push(s.table, seg)
		seg.Seq -= 5
		push(s.table, seg)
		seg.Seq += 10
	}
	swap()
	if n := testing.AllocsPerRun(1000, swap); n != 0 {
		t.Errorf("two segments swapped: %v allocations", n)
	}
}

func push(t *Table, s *Segment) {
	if c, side := t.Lookup(s); c != nil {
		c.Push(side, s)
	}
}

type countingReceiver struct{}

func (countingReceiver) Data(Side, Chunk)     {}
func (countingReceiver) Gap(Side, Gap)        {}
func (countingReceiver) End(Side, End)        {}
func (countingReceiver) Closed(uint64, int64) {}
