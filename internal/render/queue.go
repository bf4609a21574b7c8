// SPDX-License-Identifier: Apache-2.0

package render

import "github.com/dtn-tools/tcpcl/dissect/record"

// maxWaiting bounds the lines that wait for later messages.
const maxWaiting = 65536

// later is a set of things that only later messages may tell.
type later uint8

const (
	laterContact later = 1 << iota // the other side's contact header
	laterInit                      // the other side's SESS_INIT
	laterTerm                      // the other side's SESS_TERM
	laterAck                       // the ack of a segment
	laterEnd                       // the last segment of a transfer
)

// seen is a message that a line waits for.
type seen struct {
	known  bool
	frame  uint64
	time   int64
	number uint64 // contact flags or keepalive interval
}

// knowledge is what is known of a message's relations to others.
type knowledge struct {
	kind    later // laterContact, laterInit or laterTerm where the message is one, 0 otherwise
	version uint8
	time    int64
	own     uint64 // contact flags or keepalive interval
	other   seen   // the other side's message of the kind
	ack     seen
	end     seen
}

// line is a line of output that may have to wait.
type line struct {
	knowledge
	session  int
	text     []byte // without the cells at cuts
	cuts     []int
	pending  later
	transfer transfer
	octets   uint64 // of the transfer, up to and including this segment
}

// transfer names a transfer within a session: its sender and its id or implied number.
type transfer struct {
	side int
	id   uint64
}

// exchange is a message that each side sends once.
type exchange [2]struct {
	seen
	line *line // still waiting for the other side
}

// waiting are the lines of a transfer's segments in order.
type waiting struct {
	acks, ends []*line
}

type conversation struct {
	exchanges [3]exchange // laterContact, laterInit, laterTerm
	transfers map[transfer]*waiting
	refused   [2]transfer // the last transfer that each side refused, if any
	refusals  [2]bool
}

// queue holds lines back, in order, until what they wait for is known.
type queue struct {
	wanted        later
	lines         []*line // lines[0] is the oldest
	conversations map[int]*conversation
}

// learn settles what m tells of earlier lines and makes the line of m.
func (q *queue) learn(m *record.Message) *line {
	l := &line{session: m.Session, knowledge: knowledge{time: m.Time, version: m.Version}}
	c := q.conversations[m.Session]
	if c == nil {
		c = &conversation{transfers: make(map[transfer]*waiting)}
		if q.conversations == nil {
			q.conversations = make(map[int]*conversation)
		}
		q.conversations[m.Session] = c
	}
	switch {
	case m.Type == contactHeader:
		q.exchanged(&c.exchanges[0], laterContact, l, m, uint64(m.Flags))
	case m.Type == sessInit:
		q.exchanged(&c.exchanges[1], laterInit, l, m, uint64(m.Keepalive))
	case m.Type == sessTerm:
		q.exchanged(&c.exchanges[2], laterTerm, l, m, 0)
	case isSegment(m):
		q.segment(c, l, m)
	case isAck(m):
		c.acknowledged(m)
	case isRefusal(m):
		if id, ok := transferNumber(m); ok {
			t := transfer{1 - side(m.From), id}
			c.refused[side(m.From)], c.refusals[side(m.From)] = t, true
			c.forget(t)
		}
	}
	return l
}

// exchanged deals with a message that each side sends once. A repeated one is related to the other side's first.
func (q *queue) exchanged(e *exchange, kind later, l *line, m *record.Message, number uint64) {
	if q.wanted&kind == 0 {
		return
	}
	mine, theirs := &e[side(m.From)], &e[1-side(m.From)]
	l.kind, l.own = kind, number
	if !mine.known {
		mine.seen = seen{known: true, frame: m.Frame, time: m.Time, number: number}
	}
	if theirs.known {
		l.other = theirs.seen
	} else if mine.line == nil {
		mine.line, l.pending = l, kind
	}
	if theirs.line != nil {
		theirs.line.other = mine.seen
		theirs.line.pending &^= kind
		theirs.line = nil
	}
}

func (q *queue) segment(c *conversation, l *line, m *record.Message) {
	id, ok := transferNumber(m)
	if !ok || !has(m, record.HasTransferOctets) {
		return
	}
	l.transfer, l.octets = transfer{side(m.From), id}, m.TransferOctets
	if endsTransfer(m) {
		c.ended(l.transfer, m)
	}
	if receiver := 1 - side(m.From); c.refusals[receiver] && c.refused[receiver] == l.transfer {
		return // nothing more will be heard of it
	}
	w := c.transfers[l.transfer]
	if w == nil {
		w = new(waiting)
	}
	if q.wanted&laterAck != 0 {
		l.pending |= laterAck
		w.acks = append(w.acks, l)
	}
	if q.wanted&laterEnd != 0 && !endsTransfer(m) {
		l.pending |= laterEnd
		w.ends = append(w.ends, l)
	}
	if l.pending != 0 {
		c.transfers[l.transfer] = w
	}
}

// acknowledged settles the segment up to which an ack goes. Segments before it that no ack named will not get one.
func (c *conversation) acknowledged(m *record.Message) {
	id, ok := transferNumber(m)
	if !ok {
		return
	}
	t := transfer{1 - side(m.From), id}
	w := c.transfers[t]
	if w == nil {
		return
	}
	for len(w.acks) > 0 && w.acks[0].octets <= m.AckLength {
		l := w.acks[0]
		w.acks = w.acks[1:]
		l.pending &^= laterAck
		if l.octets == m.AckLength {
			l.ack = seen{known: true, frame: m.Frame, time: m.Time}
			break // of several segments without data each has an ack of its own
		}
	}
	c.tidy(t, w)
}

func (c *conversation) ended(t transfer, m *record.Message) {
	w := c.transfers[t]
	if w == nil {
		return
	}
	for _, l := range w.ends {
		l.end = seen{known: true, frame: m.Frame, time: m.Time}
		l.pending &^= laterEnd
	}
	w.ends = nil
	c.tidy(t, w)
}

// forget lets the lines of a transfer go without.
func (c *conversation) forget(t transfer) {
	w := c.transfers[t]
	if w == nil {
		return
	}
	for _, l := range w.acks {
		l.pending &^= laterAck
	}
	for _, l := range w.ends {
		l.pending &^= laterEnd
	}
	delete(c.transfers, t)
}

func (c *conversation) tidy(t transfer, w *waiting) {
	if len(w.acks) == 0 && len(w.ends) == 0 {
		delete(c.transfers, t)
	}
}

func (q *queue) push(l *line) {
	q.lines = append(q.lines, l)
	if len(q.lines) > maxWaiting {
		q.giveUp(q.lines[0])
	}
}

// pop gives the oldest line if it waits for nothing, else nil.
func (q *queue) pop() *line {
	if len(q.lines) == 0 || q.lines[0].pending != 0 {
		return nil
	}
	l := q.lines[0]
	q.lines[0] = nil
	q.lines = q.lines[1:]
	return l
}

// giveUp takes the oldest line out of all lists that wait for something. It is the first of each that it is in.
func (q *queue) giveUp(l *line) {
	c := q.conversations[l.session]
	if c == nil || l.pending == 0 {
		return
	}
	for i := range c.exchanges {
		for j := range c.exchanges[i] {
			if c.exchanges[i][j].line == l {
				c.exchanges[i][j].line = nil
			}
		}
	}
	if w := c.transfers[l.transfer]; w != nil && l.pending&(laterAck|laterEnd) != 0 {
		if len(w.acks) > 0 && w.acks[0] == l {
			w.acks = w.acks[1:]
		}
		if len(w.ends) > 0 && w.ends[0] == l {
			w.ends = w.ends[1:]
		}
		c.tidy(l.transfer, w)
	}
	l.pending = 0
}

func (q *queue) endSession(session int) {
	c := q.conversations[session]
	if c == nil {
		return
	}
	for i := range c.exchanges {
		for j := range c.exchanges[i] {
			if l := c.exchanges[i][j].line; l != nil {
				l.pending = 0
			}
		}
	}
	for t := range c.transfers {
		c.forget(t)
	}
	delete(q.conversations, session)
}

func (q *queue) endAll() {
	for session := range q.conversations {
		q.endSession(session)
	}
}
