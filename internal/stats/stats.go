// SPDX-License-Identifier: Apache-2.0

// Package stats adds up what the sessions of a capture and the timing of their messages say: counts, octets, goodput, and how
// latencies and intervals are spread; for each session and over all.
//
// Each worker has a Collector; Merge makes one Report of them. What a session record already counts is taken from there, so
// that a message costs nothing but, if it is an acknowledgement, a few nanoseconds.
package stats

import (
	"cmp"
	"slices"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// Report is the result: the sessions by number (none where they were not asked for) and the figures over all of them.
type Report struct {
	Sessions []Session
	Total    Total
}

// Session is what is told of one session.
type Session struct {
	Session        int
	Client, Server string // see record.Session
	OpenerSeen     bool
	Version        uint8
	State, End     string
	TLS            string
	FirstTime      int64
	LastTime       int64
	MissedOctets   uint64
	Sides          [2]Side // active (or a), passive (or b)
}

// Total is what is told of all sessions together.
type Total struct {
	Sessions     int
	States       []record.Count // sessions by record.Session.State
	Durations    Distribution   // of sessions, from first to last packet
	FirstTime    int64
	LastTime     int64
	MissedOctets uint64
	Sides        [2]Side
	Capture      []record.Count // what was read, by name; nil until the caller sets it
}

// Side is what one side of a session sent; in a Total what all active (or a) or all passive (or b) sides sent.
type Side struct {
	Messages      []record.Count // by type, in the RFC's order
	Octets        uint64         // of the TCP stream, missed ones included
	MissedOctets  uint64
	Retransmitted uint64 // octets seen again
	Conflicting   uint64 // octets seen again with other values
	DataOctets    uint64 // data of segments
	Transfers     [3]uint64
	Refusals      []record.ReasonCount // refusals this side sent
	DataStart     int64                // time of this side's first segment; 0: it sent none
	DataEnd       int64                // time of its last segment or of the last acknowledgement it got
	AckLatency    Distribution         // from a segment of this side to the acknowledgement of it
	TransferTime  Distribution         // from the first octet of a transfer of this side to the acknowledgement of the whole
	Keepalive     Distribution         // between two KEEPALIVEs of this side
}

// Goodput is the data octets a second from the first segment to the last acknowledgement, pauses included; ok is false
// where there is no data or no time passed.
func (s *Side) Goodput() (rate float64, ok bool) {
	if s.DataEnd <= s.DataStart || s.DataOctets == 0 {
		return 0, false
	}
	return float64(s.DataOctets) / (float64(s.DataEnd-s.DataStart) / 1e9), true
}

// Collector is one worker's share. It is a sink of timings and sessions, to be used by one goroutine.
type Collector struct {
	perSession bool
	sessions   []Session
	total      Total
	spread     [2]spread
	durations  Histogram

	open    []*live // by session number, nil where nothing was seen or the session is over
	current *live   // the session of the last record: packets of one session come in runs
	none    live    // what current is when there is none
	unused  []*live
}

// live is what must be remembered of a session until it is over.
type live struct {
	number int
	spread [2]spread
	alive  [2]int64 // time of the last KEEPALIVE
}

type spread struct{ ack, transfer, keepalive Histogram }

// types are the message types in the order in which they are shown: as the RFCs have them, v4 first.
var types = []string{"CONTACT_HEADER", "SESS_INIT", "XFER_SEGMENT", "XFER_ACK", "XFER_REFUSE", "DATA_SEGMENT", "ACK_SEGMENT",
	"REFUSE_BUNDLE", "KEEPALIVE", "SESS_TERM", "SHUTDOWN", "MSG_REJECT", "LENGTH", "UNKNOWN"}

func compareTypes(a, b string) int {
	return cmp.Or(cmp.Compare(slices.Index(types, a), slices.Index(types, b)), cmp.Compare(a, b))
}

// Types lists the message types that are in any of the counts, in the order in which they are shown.
func Types(counts ...[]record.Count) []string {
	var all []string
	for _, some := range counts {
		for _, n := range some {
			all = append(all, n.Type)
		}
	}
	slices.SortFunc(all, compareTypes)
	return slices.Compact(all)
}

// NewCollector makes a Collector that keeps the figures of each session where perSession is true; where it is not, memory
// does not grow with the sessions that are over.
func NewCollector(perSession bool) *Collector {
	c := &Collector{perSession: perSession, none: live{number: -1}}
	c.current = &c.none
	return c
}

// Timing takes what a session record does not tell: latencies and intervals.
func (c *Collector) Timing(t *record.Timing) {
	s := c.current
	if s.number != t.Session {
		s = c.find(t.Session)
	}
	side := t.From & 1
	if t.Keepalive {
		if last := s.alive[side]; last != 0 {
			s.spread[side].keepalive.Add(t.Time - last)
		}
		s.alive[side] = t.Time
		return
	}
	spread := &s.spread[side]
	if !c.perSession {
		spread = &c.spread[side] // one of all sessions stays in the cache
	}
	spread.ack.AddAll(t.AckLatencies)
	spread.transfer.AddAll(t.TransferTimes)
}

// Session closes a session and adds it to the total. It is the last call for this session.
func (c *Collector) Session(r *record.Session) {
	s := c.find(r.Session)
	out := Session{Session: r.Session, Client: r.Client, Server: r.Server, OpenerSeen: r.OpenerSeen, Version: r.Version,
		State: r.State, End: r.End, TLS: r.TLS, FirstTime: r.FirstTime, LastTime: r.LastTime, MissedOctets: r.MissedOctets}
	for i := range out.Sides {
		p, side := &r.Peers[i], &out.Sides[i]
		*side = Side{Octets: p.Octets, MissedOctets: p.MissedOctets, Retransmitted: p.Retransmitted, Conflicting: p.Conflicting,
			DataOctets: p.TransferOctets, Transfers: p.Transfers, DataStart: p.DataStart, DataEnd: p.DataEnd,
			Messages: p.Messages, Refusals: p.Refusals}
		c.total.Sides[i].add(side)
		c.spread[i].merge(&s.spread[i])
	}
	c.durations.Add(r.LastTime - r.FirstTime)
	c.total.add(&Total{Sessions: 1, States: []record.Count{{Type: r.State, Count: 1}}, FirstTime: r.FirstTime,
		LastTime: r.LastTime, MissedOctets: r.MissedOctets})
	if c.perSession {
		for i := range out.Sides {
			side := &out.Sides[i]
			side.Messages, side.Refusals = addCounts(nil, side.Messages), slices.Clone(side.Refusals)
			side.sort()
			side.fill(&s.spread[i])
		}
		c.sessions = append(c.sessions, out)
	}
	c.close(s)
}

// Merge makes the report of what all collectors took. They must not be used afterwards.
func Merge(collectors ...*Collector) *Report {
	all := NewCollector(true)
	for _, c := range collectors {
		all.sessions = append(all.sessions, c.sessions...)
		all.total.add(&c.total)
		all.durations.Merge(&c.durations)
		for i := range all.spread {
			all.total.Sides[i].add(&c.total.Sides[i])
			all.spread[i].merge(&c.spread[i])
		}
	}
	for i := range all.total.Sides {
		side := &all.total.Sides[i]
		side.fill(&all.spread[i])
		side.sort()
	}
	all.total.Durations = all.durations.Distribution()
	slices.SortFunc(all.sessions, func(a, b Session) int { return cmp.Compare(a.Session, b.Session) })
	slices.SortFunc(all.total.States, func(a, b record.Count) int { return cmp.Compare(a.Type, b.Type) })
	return &Report{Sessions: all.sessions, Total: all.total}
}

// With returns another Collector, of sessions that go on, as they are so far.
func (c *Collector) With(ongoing []record.Session) *Collector {
	x := NewCollector(c.perSession)
	for i := range ongoing {
		r := &ongoing[i]
		if r.Session < len(c.open) && c.open[r.Session] != nil {
			s := x.find(r.Session)
			for side := range s.spread {
				s.spread[side].merge(&c.open[r.Session].spread[side])
			}
		}
		x.Session(r)
	}
	return x
}

func (c *Collector) find(number int) *live {
	for number >= len(c.open) {
		c.open = append(c.open, nil)
	}
	s := c.open[number]
	if s == nil {
		if n := len(c.unused); n > 0 {
			s, c.unused = c.unused[n-1], c.unused[:n-1]
		} else {
			s = new(live)
		}
		s.number = number
		c.open[number] = s
	}
	c.current = s
	return s
}

func (c *Collector) close(s *live) {
	c.open[s.number] = nil
	c.current = &c.none
	clean := live{spread: s.spread, number: -1}
	for i := range clean.spread {
		clean.spread[i].ack.Reset()
		clean.spread[i].transfer.Reset()
		clean.spread[i].keepalive.Reset()
	}
	*s = clean
	c.unused = append(c.unused, s)
}

func (s *spread) merge(o *spread) {
	s.ack.Merge(&o.ack)
	s.transfer.Merge(&o.transfer)
	s.keepalive.Merge(&o.keepalive)
}

func (s *Side) fill(from *spread) {
	s.AckLatency = from.ack.Distribution()
	s.TransferTime = from.transfer.Distribution()
	s.Keepalive = from.keepalive.Distribution()
}

// sort brings the counts in the order in which they are shown.
func (s *Side) sort() {
	slices.SortFunc(s.Messages, func(a, b record.Count) int { return compareTypes(a.Type, b.Type) })
	slices.SortFunc(s.Refusals, func(a, b record.ReasonCount) int {
		return cmp.Or(cmp.Compare(a.Reason.Code, b.Reason.Code), cmp.Compare(a.Reason.Name, b.Reason.Name))
	})
}

// add adds all but the distributions.
func (s *Side) add(o *Side) {
	s.Messages = addCounts(s.Messages, o.Messages)
	s.Octets += o.Octets
	s.MissedOctets += o.MissedOctets
	s.Retransmitted += o.Retransmitted
	s.Conflicting += o.Conflicting
	s.DataOctets += o.DataOctets
	for i, n := range o.Transfers {
		s.Transfers[i] += n
	}
	for _, r := range o.Refusals {
		i := slices.IndexFunc(s.Refusals, func(have record.ReasonCount) bool { return have.Reason == r.Reason })
		if i < 0 {
			i = len(s.Refusals)
			s.Refusals = append(s.Refusals, record.ReasonCount{Reason: r.Reason})
		}
		s.Refusals[i].Count += r.Count
	}
	s.DataStart = earlier(s.DataStart, o.DataStart)
	s.DataEnd = max(s.DataEnd, o.DataEnd)
}

// add adds all but the sides and the distribution.
func (t *Total) add(o *Total) {
	t.Sessions += o.Sessions
	t.States = addCounts(t.States, o.States)
	t.FirstTime = earlier(t.FirstTime, o.FirstTime)
	t.LastTime = max(t.LastTime, o.LastTime)
	t.MissedOctets += o.MissedOctets
}

// addCounts keeps the order of dst and appends what it has not.
func addCounts(dst, src []record.Count) []record.Count {
	for _, n := range src {
		if n.Count == 0 {
			continue
		}
		i := slices.IndexFunc(dst, func(have record.Count) bool { return have.Type == n.Type })
		if i < 0 {
			i = len(dst)
			dst = append(dst, record.Count{Type: n.Type})
		}
		dst[i].Count += n.Count
	}
	return dst
}

// earlier is the earlier of two times where 0 means none.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
