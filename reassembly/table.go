// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"
)

// TableOptions are the limits and hooks of a Table. The zero value of a number stands for its default.
type TableOptions struct {
	// IdleTimeout releases connections without packets for so much capture time. Default 1 h.
	IdleTimeout time.Duration
	// TimeWait is how long a connection is kept that ended by RST or by FIN on both sides, from its last packet on, so
	// that late segments still belong to it. Default 10 s.
	TimeWait time.Duration
	// MaxConns is the number of connections kept; over it the one that ended first or was idle longest is released.
	// Default 1<<20.
	MaxConns int
	// MaxEnded is the number of ended connections kept. Default 256.
	MaxEnded int

	// OnOpen is called for every new connection. It calls c.Attach or c.Ignore and may set c.User. Without Attach the
	// connection is ignored.
	OnOpen func(c *Conn)
	// OnRelease is called once for every connection, when no segment will be found to be its own any more. It has c.Close
	// called, in the goroutine of the connection's Assembler and after all segments found before.
	OnRelease func(c *Conn)
}

const (
	defaultIdleTimeout = time.Hour
	defaultTimeWait    = 10 * time.Second
	defaultMaxConns    = 1 << 20
	defaultMaxEnded    = 256

	// touchGrain is how much capture time a connection's place in the order of idleness may be behind.
	touchGrain = int64(time.Second)
	// expireGrain is the capture time between two looks for what is idle, and what the clock may be behind.
	expireGrain = int64(100 * time.Millisecond)

	// noClock is the clock before the first packet.
	noClock = math.MinInt64
)

// Table finds the connection of each segment. It decides what is a new connection and when one is over, from the headers
// alone, so that it can run in another goroutine than the streams. A Table belongs to one goroutine.
type Table struct {
	o       TableOptions
	seed    [2]uint64 // or whoever makes the capture could choose endpoints that collide
	slots   []slot    // open addressing, linear probing; the length is a power of two
	last    *Conn     // of the last segment
	plain   [plainFlows]plainFlow
	open    connList // the longest idle first
	ended   connList // ended first, but for touchGrain
	opened  uint64
	stale   uint64
	clock   int64 // capture time: the highest that two successive packets agree on, to expireGrain
	before  int64 // time of the packet before
	now     int64 // time of the packet, if credible
	expired int64 // clock at the last look for what is idle
}

type slot struct {
	hash uint64
	c    *Conn
}

// NewTable makes a Table. Both hooks are needed.
func NewTable(o TableOptions) *Table {
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = defaultIdleTimeout
	}
	if o.TimeWait <= 0 {
		o.TimeWait = defaultTimeWait
	}
	if o.MaxConns <= 0 {
		o.MaxConns = defaultMaxConns
	}
	if o.MaxEnded <= 0 {
		o.MaxEnded = defaultMaxEnded
	}
	return &Table{o: o, seed: [2]uint64{rand.Uint64(), rand.Uint64()}, slots: make([]slot, 64), clock: noClock}
}

// Len is the number of connections kept.
func (t *Table) Len() int { return t.open.n + t.ended.n }

// Opened is the number of connections found so far.
func (t *Table) Opened() uint64 { return t.opened }

// Stale is the number of segments that were passed over because they belong to a connection that another one between the
// same endpoints has replaced.
func (t *Table) Stale() uint64 { return t.stale }

// Lookup returns the connection of s, a new one if need be, and the side that sent s. c is nil for a segment that is to be
// passed over: the connection is ignored, or has been replaced.
func (t *Table) Lookup(s *Segment) (c *Conn, side Side) {
	if uint64(s.Time-t.clock) < uint64(expireGrain) {
		t.before, t.now = s.Time, s.Time
	} else {
		t.tick(s.Time)
	}
	c = t.last
	switch {
	case c == nil:
		c, side = t.search(s)
	case c.ends[SideA].is(&s.Src) && c.ends[SideB].is(&s.Dst):
	case c.ends[SideB].is(&s.Src) && c.ends[SideA].is(&s.Dst):
		side = SideB
	default:
		c, side = t.search(s)
	}
	if h := &c.entry.halves[side]; h.watched || s.Flags&(SYN|FIN|RST) != 0 {
		if c, side = t.judge(c, side, s); c == nil {
			return nil, side
		}
	} else {
		h.see(s)
	}
	if t.now-c.entry.touched >= touchGrain {
		t.touch(c)
	}
	if c.ignored.Load() {
		return nil, side
	}
	return c, side
}

// search finds the connection of s where it is not that of the segment before, or opens it.
func (t *Table) search(s *Segment) (c *Conn, side Side) {
	hash := t.hash(s)
	if c, side = t.find(hash, s); c == nil {
		c = t.add(hash, s, nil)
	}
	t.last = c
	t.know(c)
	return c, side
}

// hash is the same for both directions.
func (t *Table) hash(s *Segment) uint64 {
	h := t.mix(&s.Src) + t.mix(&s.Dst)
	return h ^ h>>32
}

func (t *Table) mix(e *Endpoint) uint64 {
	hi, lo := bits.Mul64(e.Lo^t.seed[0], bits.RotateLeft64(e.Hi, 16)^uint64(e.Port)^t.seed[1])
	return hi ^ lo
}

func (t *Table) find(hash uint64, s *Segment) (*Conn, Side) {
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		c := t.slots[i].c
		switch {
		case c == nil:
			return nil, SideA
		case t.slots[i].hash != hash:
		case c.ends[SideA].is(&s.Src) && c.ends[SideB].is(&s.Dst):
			return c, SideA
		case c.ends[SideB].is(&s.Src) && c.ends[SideA].is(&s.Dst):
			return c, SideB
		}
	}
}

// add opens the connection whose first packet is s, after prev between the same endpoints, if there was one.
func (t *Table) add(hash uint64, s *Segment, prev *Conn) *Conn {
	for t.Len() >= t.o.MaxConns {
		t.evict(t.longestIdle())
	}
	if t.Len() >= len(t.slots)/2 {
		t.grow()
	}
	t.opened++
	c := &Conn{number: t.opened, ends: [2]Endpoint{s.Src, s.Dst}, frame: s.Frame, time: s.Time}
	c.streams[SideA].fin, c.streams[SideB].fin = unknown, unknown
	c.entry.hash = hash
	c.entry.touched = t.now
	c.entry.halves[SideA].watched, c.entry.halves[SideB].watched = true, true
	if prev != nil {
		c.succeed(prev, t.clock+int64(t.o.TimeWait))
	}
	t.place(slot{hash, c})
	t.open.push(c)
	t.o.OnOpen(c)
	if c.r == nil {
		c.Ignore()
	}
	return c
}

func (t *Table) place(s slot) {
	mask := uint64(len(t.slots) - 1)
	i := s.hash & mask
	for t.slots[i].c != nil {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.c != nil {
			t.place(s)
		}
	}
}

// remove takes c out of the slots and moves those behind it up, so that no search stops early.
func (t *Table) remove(c *Conn) {
	mask := uint64(len(t.slots) - 1)
	i := c.entry.hash & mask
	for t.slots[i].c != c {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; t.slots[j].c != nil; j = (j + 1) & mask {
		// The one at j may move to i if its own place is not between them.
		if home := t.slots[j].hash & mask; (j-home)&mask >= (j-i)&mask {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = slot{}
}

// tick advances the clock. Times of damaged packets may be anything, so the clock follows two successive packets at the
// least and never goes back; ages are counted on it.
func (t *Table) tick(now int64) {
	if t.clock == noClock {
		t.clock, t.before = now, now
	}
	t.clock = max(t.clock, min(now, t.before))
	t.before = now
	t.now = t.clock
	if now > t.clock && now-t.clock <= int64(t.o.IdleTimeout) {
		t.now = now
	}
	if t.clock-t.expired >= expireGrain {
		t.expire()
	}
}

// Expire releases what has been idle for too long at capture time now (nanoseconds since 1970). Live captures call it from
// time to time; Lookup does the same.
func (t *Table) Expire(now int64) {
	t.clock = max(t.clock, now)
	t.expire()
}

func (t *Table) expire() {
	t.expired = t.clock
	for c := t.ended.head; c != nil && t.clock-c.entry.touched >= int64(t.o.TimeWait); c = t.ended.head {
		t.release(c)
	}
	for c := t.open.head; c != nil && t.clock-c.entry.touched >= int64(t.o.IdleTimeout); c = t.open.head {
		t.evict(c)
	}
}

// evict releases a connection that may go on.
func (t *Table) evict(c *Conn) {
	c.evicted = !c.entry.ended
	t.release(c)
}

func (t *Table) longestIdle() *Conn {
	if t.ended.head != nil {
		return t.ended.head
	}
	return t.open.head
}

// touch notes that a connection had a packet.
func (t *Table) touch(c *Conn) {
	c.entry.touched = t.now
	l := &t.open
	if c.entry.ended {
		l = &t.ended
	}
	l.remove(c)
	l.push(c)
}

// end moves a connection that ended to those that wait for late segments.
func (t *Table) end(c *Conn) {
	t.open.remove(c)
	c.entry.ended = true
	c.entry.touched = t.now
	t.ended.push(c)
	if t.ended.n > t.o.MaxEnded {
		t.release(t.ended.head)
	}
}

func (t *Table) release(c *Conn) {
	t.remove(c)
	if c.entry.ended {
		t.ended.remove(c)
	} else {
		t.open.remove(c)
	}
	if t.last == c {
		t.last = nil
	}
	t.forget(c)
	t.o.OnRelease(c)
}

// Each calls f for every connection that is kept, the longest idle first and the ended ones last.
func (t *Table) Each(f func(c *Conn)) {
	for _, list := range []*connList{&t.open, &t.ended} {
		for c := list.head; c != nil; c = c.entry.next {
			f(c)
		}
	}
}

// Flush releases all connections in the order of their numbers: the capture is over.
func (t *Table) Flush() {
	all := make([]*Conn, 0, t.Len())
	for _, s := range t.slots {
		if s.c != nil {
			all = append(all, s.c)
		}
	}
	slices.SortFunc(all, func(a, b *Conn) int { return int(int64(a.number - b.number)) })
	for _, c := range all {
		t.release(c)
	}
}

// connList is an intrusive list of connections.
type connList struct {
	head, tail *Conn
	n          int
}

func (l *connList) push(c *Conn) {
	c.entry.prev, c.entry.next = l.tail, nil
	if l.tail == nil {
		l.head = c
	} else {
		l.tail.entry.next = c
	}
	l.tail = c
	l.n++
}

func (l *connList) remove(c *Conn) {
	e := &c.entry
	if e.prev == nil {
		l.head = e.next
	} else {
		e.prev.entry.next = e.next
	}
	if e.next == nil {
		l.tail = e.prev
	} else {
		e.next.entry.prev = e.prev
	}
	e.prev, e.next = nil, nil
	l.n--
}
