// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"math/rand"
	"testing"
	"time"
	"unsafe"
)

func TestTableTellsTheConnectionsBetweenTwoEndpointsApart(t *testing.T) {
	for _, tc := range []struct{ name, script, want string }{
		{"a SYN with another number after FIN both ways", tcpOpen + `
			A F 100 300 one
			B F 300 104
			A S 5000 -
			B S 7000 5001
			A . 5001 7001 two
			flush`, `
			1A data 0 one #4
			1A end 3 fin #4
			1B end 0 fin #5
			1 closed #5
			2A data 0 two #8
			2A end 3 released #8
			2B end 0 released #8
			2 closed #8`},
		{"a SYN with another number without FIN or RST", tcpOpen + `
			A . 100 300 one
			A S 5000 -
			A . 5001 7001 two`, `
			1A data 0 one #4
			1A end 3 released #4
			1B end 0 released #4
			1 closed #4
			2A data 0 two #6`},
		{"the same SYN again", tcpOpen + `
			A . 100 300 one
			A S 99 -
			A . 103 300 two`, `
			1A data 0 one #4
			1A data 3 two #6`},
		{"a SYN+ACK with another number", tcpOpen + `
			B . 300 100 one
			B S 7000 5001
			A . 5001 7001 two`, `
			1B data 0 one #4
			1A end 0 released #4
			1B end 3 released #4
			1 closed #4
			2B data 0 two #6`},
		{"a refused connection tried again", `
			A S 99 -
			B RA 0 100
			A S 99 -
			B RA 0 100
			A S 5000 -
			B S 7000 5001
			A . 5001 7001 two`, `
			1A end 0 reset #2
			1B end 0 reset #2
			1 closed #4
			2A data 0 two #7`},
		{"the other side opens after a refusal", `
			A S 99 -
			B RA 0 100
			B S 5000 -
			A S 7000 5001
			B . 5001 7001 two`, `
			1A end 0 reset #2
			1B end 0 reset #2
			1 closed #2
			2A data 0 two #5`},
		{"mid-stream, then a SYN out of relation", `
			A . 1000 300 one
			B . 300 1003
			A S 500000000 -
			A . 500000001 700 two`, `
			1A gap 0+0 mid-stream #2
			1A data 0 one #1
			1A end 3 released #2
			1B end 0 released #2
			1 closed #2
			2A data 0 two #4`},
		{"mid-stream for long, then a SYN just before the first number seen", `
			64x A . 1000 300 one
			A S 998 -`, `
			1A gap 0+0 mid-stream #16
			1A data 0 one #1
			1A end 3 released #64
			1B end 0 released #64
			1 closed #64`},
		{"a SYN late behind two lost segments", `
			A . 1200 300 three
			A S 999 -
			A . 1000 300 one`, `
			1A data 0 one #3`},
		{"a SYN late behind a keepalive probe", `
			A . 999 300
			A S 999 -
			A . 1000 300 one`, `
			1A data 0 one #3`},
		{"late segments of a replaced connection are passed over", tcpOpen + `
			A . 100 300 one
			A F 103 300
			B F 300 104
			A S 65536 -
			A . 100 300 one
			A S 99 -
			B . 301 104
			A . 104 301
			B S 7000 65537
			A . 65537 7001 two`, `
			1A data 0 one #4
			1A end 3 fin #5
			1B end 0 fin #6
			1 closed #6
			2A data 0 two #13`},
		{"late segments belong to a connection that ended", tcpOpen + `
			A F 103 300
			B F 300 104
			A . 100 300 one`, `
			1B end 0 fin #5
			1A data 0 one #6
			1A end 3 fin #4`},
		{"no SYN, octets behind the FIN of a connection that ended", `
			16x A . 1000 300 one
			A F 1003 300
			B F 300 1004
			16x A . 1100 400 two`, `
			1A gap 0+0 mid-stream #16
			1A data 0 one #1
			1A end 3 fin #17
			1B gap 0+0 mid-stream #18
			1B end 0 fin #18
			1 closed #18
			2A gap 0+0 mid-stream #34
			2A data 0 two #19`},
		{"no SYN, octets out of relation after a RST", `
			16x A . 1000 300 one
			B RA 300 1003
			16x A . 500000000 400 two`, `
			1A gap 0+0 mid-stream #16
			1A data 0 one #1
			1A end 3 reset #17
			1B end 0 reset #17
			1 closed #17
			2A gap 0+0 mid-stream #33
			2A data 0 two #18`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			newTCPScript(AssemblerOptions{}, TableOptions{}).expect(t, tc.script, tc.want)
		})
	}
}

func TestTableCountsStaleSegments(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	s.play(t, tcpOpen+"A . 100 300 one\nA S 90000000 -\nA . 100 300 one\nA S 99 -")
	if s.table.Stale() != 2 || s.table.Opened() != 2 || s.table.Len() != 1 {
		t.Errorf("stale %d, opened %d, kept %d", s.table.Stale(), s.table.Opened(), s.table.Len())
	}
	// Ten seconds later nobody remembers.
	s.play(t, "A . 90000001 1 @20000\nA . 90000001 1 @20000\nA . 100 300 one")
	if s.table.Stale() != 2 {
		t.Errorf("stale %d after the time of waiting", s.table.Stale())
	}
}

func TestTableReleasesWhatEndedAfterTimeWait(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	// One packet with a time out of line changes nothing.
	s.expect(t, "A:1 S 99 - @1000\nA:1 R 100 - @1000\nA:2 S 99 - @10999\nA:2 S 99 - @999999999\nA:2 S 99 - @10999\nA:2 S 99 - @0", "")
	s.expect(t, "A:2 S 99 - @11200\nA:2 S 99 - @11200", "1A end 0 reset #2\n1B end 0 reset #2\n1 closed #2")
}

func TestTableReleasesWhatIsIdle(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{IdleTimeout: time.Minute})
	s.expect(t, `
		A:1 S 99 - @1000
		A:2 S 99 - @1000
		A:1 . 100 300 x @31000
		A:3 S 99 - @60999
		A:3 S 99 - @60999`, "1A data 0 x #3")
	s.expect(t, "expire 61000", "2A end 0 released #2\n2B end 0 released #2\n2 closed #2")
	s.expect(t, "expire 90999", "")
	s.expect(t, "expire 91001", "1A end 1 released #3\n1B end 0 released #3\n1 closed #3")
}

func TestTableReleasesTheLongestIdleOverMaxConns(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{MaxConns: 2})
	s.expect(t, "A:1 S 99 - @1000\nA:2 S 99 - @1000\nA:1 . 100 300 @9000\nA:1 . 100 300 @9000\nA:3 S 99 -",
		"2A end 0 released #2\n2B end 0 released #2\n2 closed #2")
	// One that ended goes before one that is idle.
	s.expect(t, "A:3 RA 100 300", "3A end 0 reset #6")
	s.expect(t, "A:4 S 99 -", "3B end 0 reset #6\n3 closed #6")
	if s.table.Len() != 2 {
		t.Errorf("%d kept", s.table.Len())
	}
}

func TestTableKeepsMaxEnded(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{MaxEnded: 1})
	s.expect(t, "A:1 R 99 -\nA:2 R 99 -", "1A end 0 reset #1\n1B end 0 reset #1\n1 closed #1")
}

func TestTableFlushReleasesInTheOrderOfNumbers(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	var n uint64
	s.table.o.OnRelease = func(c *Conn) {
		if n++; c.Number() != n {
			t.Errorf("released %d, want %d", c.Number(), n)
		}
	}
	seg := s.segment(t, []string{"A", "S", "1", "-"})
	for range 3000 {
		seg.Src.Port++
		push(s.table, seg)
	}
	s.table.Flush()
	if n != 3000 || s.table.Len() != 0 {
		t.Errorf("released %d, kept %d", n, s.table.Len())
	}
}

func TestTableIgnoredConnectionsArePassedOver(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	s.ignore = func(c *Conn) bool { return c.Number() == 1 }
	seg := s.segment(t, []string{"A", "S", "1", "-"})
	for range 2 {
		if c, _ := s.table.Lookup(seg); c != nil {
			t.Error("found")
		}
	}
	// The next one between the same endpoints is asked about anew.
	seg.Seq = 50000
	if c, _ := s.table.Lookup(seg); c == nil || c.Number() != 2 {
		t.Error("not found")
	}
}

func TestTableWithoutAttachIgnores(t *testing.T) {
	released := 0
	table := NewTable(TableOptions{OnOpen: func(*Conn) {}, OnRelease: func(c *Conn) { released++; c.Close() }})
	seg := &Segment{Src: tcpEndpoint(1, 1), Dst: tcpEndpoint(2, 2)}
	if c, _ := table.Lookup(seg); c != nil {
		t.Error("found")
	}
	if table.Flush(); released != 1 {
		t.Errorf("released %d", released)
	}
}

func TestTableSidesAndAConnectionToItself(t *testing.T) {
	s := newTCPScript(AssemblerOptions{}, TableOptions{})
	seg := &Segment{Src: tcpEndpoint(1, 1), Dst: tcpEndpoint(2, 2), Flags: ACK}
	back := &Segment{Src: seg.Dst, Dst: seg.Src, Flags: ACK}
	c, side := s.table.Lookup(seg)
	if side != SideA || c.Endpoint(SideA) != seg.Src || c.Endpoint(SideB) != seg.Dst {
		t.Error("first packet")
	}
	s.table.last = nil // not from the cache
	if c2, side := s.table.Lookup(back); c2 != c || side != SideB {
		t.Error("back")
	}
	if c2, side := s.table.Lookup(back); c2 != c || side != SideB {
		t.Error("back, from the cache")
	}
	self := &Segment{Src: seg.Src, Dst: seg.Src, Flags: ACK}
	c2, _ := s.table.Lookup(self)
	c3, side := s.table.Lookup(self)
	if c2 == c || c3 != c2 || side != SideA {
		t.Error("a connection to itself")
	}
}

// Against a map as oracle, with opens and releases in random order.
func TestTableFindsWhatItHolds(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	type key struct{ src, dst Endpoint }
	held := map[key]*Conn{}
	table := NewTable(TableOptions{
		OnOpen: func(c *Conn) { c.Attach(nil, countingReceiver{}) },
		OnRelease: func(c *Conn) {
			delete(held, key{c.ends[0], c.ends[1]})
		},
	})
	for range 200_000 {
		seg := &Segment{Src: tcpEndpoint(byte(rng.Intn(16)), uint16(rng.Intn(32))), Dst: tcpEndpoint(byte(100+rng.Intn(2)), 4556), Flags: ACK}
		want := held[key{seg.Src, seg.Dst}]
		if rng.Intn(2) == 0 {
			seg.Src, seg.Dst = seg.Dst, seg.Src
			if w := held[key{seg.Src, seg.Dst}]; w != nil {
				want = w
			}
		}
		c, side := table.Lookup(seg)
		if want != nil && c != want {
			t.Fatal("another connection")
		}
		if c.Endpoint(side) != seg.Src {
			t.Fatal("another side")
		}
		held[key{c.ends[0], c.ends[1]}] = c
		if rng.Intn(3) == 0 {
			for k, c := range held {
				table.release(c)
				if held[k] != nil {
					t.Fatal("not released")
				}
				break
			}
		}
		if table.Len() != len(held) {
			t.Fatalf("%d held, want %d", table.Len(), len(held))
		}
	}
}

func TestConnIsSmallUntilOctetsFlow(t *testing.T) {
	if n := unsafe.Sizeof(Conn{}); n > 576 {
		t.Errorf("a Conn has %d octets", n)
	}
}

// The race detector proves that the reader's and the worker's parts of a Conn are apart.
func TestTableAndStreamsMayRunInTwoGoroutines(t *testing.T) {
	type item struct {
		c    *Conn
		side Side
		s    *Segment // nil: close
	}
	queue := make(chan item, 16)
	done := make(chan uint64)
	r := &ignoringAfter{limit: 500}
	go func() {
		for i := range queue {
			if i.s == nil {
				i.c.Close()
			} else {
				i.c.Push(i.side, i.s)
			}
		}
		done <- r.octets
	}()
	a := NewAssembler(AssemblerOptions{})
	table := NewTable(TableOptions{
		OnOpen:    func(c *Conn) { r.c = c; c.Attach(a, r) },
		OnRelease: func(c *Conn) { queue <- item{c: c} },
	})
	seg := newTCPScript(AssemblerOptions{}, TableOptions{}).segment(t, []string{"A", "S", "99", "-"})
	passed := 0
	for i := range 1_000_000 {
		s := *seg
		if c, side := table.Lookup(&s); c != nil {
			queue <- item{c, side, &s}
		} else if passed++; passed == 10 {
			break
		}
		if i == 0 {
			seg.Flags, seg.Ack, seg.Payload, seg.Seq = ACK, 300, []byte("x"), 100
		} else {
			seg.Seq++
		}
	}
	table.Flush()
	close(queue)
	if n := <-done; n != r.limit {
		t.Errorf("%d octets", n)
	}
	if passed != 10 {
		t.Error("the Table never noticed that the connection is ignored")
	}
}

type ignoringAfter struct {
	countingReceiver
	c             *Conn
	octets, limit uint64
}

func (r *ignoringAfter) Data(_ Side, c Chunk) {
	if r.octets += uint64(len(c.Data)); r.octets == r.limit {
		r.c.Ignore()
	}
}
