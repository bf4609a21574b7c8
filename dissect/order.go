// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"math"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// orderer stands before a worker's sink as long as a connection holds octets back: pieces of a stream behind a hole, or
// octets in which a message boundary is looked for. What they turn out to hold belongs in the list before what other
// connections said since; so records of frames from the first one held back on wait here until that is told or given up.
//
// Where nothing is held back it is not there: the worker calls the sink directly.
type orderer struct {
	w       *worker
	next    Sink
	horizon uint64 // the first frame held back, unheld if none
	holds   heap[hold]
	waiting heap[*waiter]
	touched []*conn // connections other than that of the event under way that may hold something else now
	kept    uint64  // records that ever waited
	size    int     // octets that wait, with bookkeeping
	limit   int
	free    []*waiter
}

// hold says that a connection holds octets of the frame back; or it did, if its conn.hold is another frame by now.
type hold struct {
	frame uint64
	c     *conn
}

func (h hold) before(other hold) bool { return h.frame < other.frame }

const (
	unheld = math.MaxUint64

	// blindWindow is for how many frames a connection of which nothing says that it is TCPCL may hold records back.
	blindWindow = 16 << 10
	// maxHeld bounds the octets of the records that wait in a worker. Over it, a connection that is silent behind a hole is not
	// waited for any longer.
	maxHeld = 16 << 20
	// waiterCost is what a record that waits takes beyond its octets.
	waiterCost = 1 << 10
	// maxSpare bounds the octets that a waiter keeps to be used again.
	maxSpare = 4 << 10
)

func newOrderer(w *worker, next Sink) *orderer {
	return &orderer{w: w, next: next, horizon: unheld, limit: min(maxHeld, int(w.memory/8))}
}

// settle is called after each event of a connection, as long as anything may be held back.
func (o *orderer) settle(c *conn) {
	o.update(c)
	for i, t := range o.touched {
		o.update(t)
		o.touched[i] = nil
	}
	o.touched = o.touched[:0]
	o.release()
}

// touch notes that something happened to a connection that may not be that of the event under way.
func (o *orderer) touch(c *conn) {
	if c.hold != 0 && o.horizon != unheld {
		o.touched = append(o.touched, c)
	}
}

func (o *orderer) update(c *conn) {
	frame := c.oldest()
	if frame == c.hold {
		return
	}
	c.hold, c.expired = frame, false
	if frame != 0 {
		o.holds.push(hold{frame, c})
	}
}

// release hands on what waited for nothing but what is settled now.
func (o *orderer) release() {
	for len(o.holds) > 0 && !o.holds[0].c.holds(o.holds[0].frame) {
		o.holds.pop()
	}
	o.horizon, o.w.sink = unheld, o.next
	if len(o.holds) > 0 {
		o.horizon, o.w.sink = o.holds[0].frame, o
	}
	for len(o.waiting) > 0 && o.waiting[0].place.frame < o.horizon {
		o.tell(o.waiting.pop())
	}
}

// expire stops waiting for the connections that hold back the oldest frames until what waits is within the limit.
func (o *orderer) expire() {
	for o.size > o.limit && len(o.holds) > 0 {
		o.holds[0].c.expired = true
		o.release()
	}
}

// flush hands everything on.
func (o *orderer) flush() {
	for len(o.waiting) > 0 {
		o.tell(o.waiting.pop())
	}
}

// holds says whether the connection still holds back octets of its oldest frame, which is this one, and is waited for.
func (c *conn) holds(frame uint64) bool {
	return c.hold == frame && !c.expired
}

// placeOf says where in the list a record of the frame belongs: there, if everything behind has waited for it; otherwise
// here and now.
func (c *conn) placeOf(frame uint64) uint64 {
	if now := c.w.now; frame >= now || c.hold == 0 || frame < c.hold || c.expired {
		return now
	}
	return frame
}

// oldest is the first frame of which the connection holds octets back that may hold messages, 0 where there is none. One of
// which nothing says that it is TCPCL is waited for in its beginning only: captures are full of others.
func (c *conn) oldest() uint64 {
	if c.sess == nil && c.hint != likely && c.first.Frame != 0 && c.first.Frame+blindWindow < c.w.now {
		return 0
	}
	oldest := uint64(unheld)
	if frame, ok := c.tcp.Oldest(); ok {
		oldest = frame
	}
	for side := range c.streams {
		if s := &c.streams[side]; s.state == lost && len(s.hunt.buf) > 0 {
			oldest = min(oldest, s.hunt.oldest)
		}
	}
	if oldest == unheld {
		return 0
	}
	return oldest
}

// waiter is a record that waits.
type waiter struct {
	place place
	order uint64 // in which records came
	size  int
	more  int // octets of a bundle besides

	kind       waiterKind
	message    record.Message
	gap        *record.Gap
	tls        *record.TLS
	session    *record.Session
	transfer   *record.Transfer // of which data, or the end
	bundle     *record.Bundle
	xfer       *xfer // which holds what the sink keeps with it
	offset     uint64
	octets     []byte // what the record points to
	extensions []record.Extension
}

type waiterKind uint8

const (
	aMessage waiterKind = iota
	aGap
	aTLS
	someData
	aBundle
	aTransfer
	aSession
)

func (k *waiter) before(other *waiter) bool {
	if k.place.frame != other.place.frame {
		return k.place.frame < other.place.frame
	}
	return k.order < other.order
}

// passes says whether the record under way need not wait.
func (o *orderer) passes() bool {
	if o.w.place >= o.horizon {
		return false
	}
	o.w.out.at.frame = o.w.place
	return true
}

// passed is called after a record did not wait.
func (o *orderer) passed() { o.w.out.at.frame = o.w.now }

func (o *orderer) waiter(kind waiterKind) *waiter {
	var k *waiter
	if n := len(o.free); n > 0 {
		k = o.free[n-1]
		o.free = o.free[:n-1]
	} else {
		k = new(waiter)
	}
	k.kind, k.order = kind, o.kept
	k.place = place{o.w.place, o.w.out.at.event}
	o.kept++
	return k
}

// wait keeps a record until its place is reached.
func (o *orderer) wait(k *waiter) {
	k.size = waiterCost + len(k.octets) + k.more
	o.size += k.size
	o.waiting.push(k)
	if o.size > o.limit {
		o.expire()
	}
}

// tell hands a record that waited on.
func (o *orderer) tell(k *waiter) {
	out := o.w.out
	now := out.at
	out.at = k.place
	switch k.kind {
	case aMessage:
		o.next.Message(&k.message)
	case aGap:
		o.next.Gap(k.gap)
	case aTLS:
		o.next.TLS(k.tls)
	case someData:
		k.transfer.User = k.xfer.rec.User
		o.next.Data(k.transfer, k.offset, k.octets)
		k.xfer.rec.User = k.transfer.User
	case aBundle:
		o.next.Bundle(k.bundle)
	case aTransfer:
		if k.xfer != nil {
			k.transfer.User = k.xfer.rec.User
		}
		o.next.Transfer(k.transfer)
		if k.xfer != nil {
			o.w.recycle(k.xfer)
		}
	case aSession:
		o.next.Session(k.session)
	}
	out.at = now
	o.size -= k.size
	octets := k.octets[:0]
	if cap(octets) > maxSpare {
		octets = nil
	}
	*k = waiter{octets: octets, extensions: k.extensions[:0]}
	o.free = append(o.free, k)
}

// copy keeps octets with the record.
func (k *waiter) copy(b []byte) []byte {
	at := len(k.octets)
	k.octets = append(k.octets, b...)
	return k.octets[at:len(k.octets):len(k.octets)]
}

// costOf is what a copy of a bundle takes.
func costOf(b *record.Bundle) int {
	return waiterCost + 128*(len(b.Blocks)+len(b.Problems)+len(b.Fields))
}

// Message implements Sink.
func (o *orderer) Message(m *record.Message) {
	if o.passes() {
		o.next.Message(m)
		o.passed()
		return
	}
	k := o.waiter(aMessage)
	k.message = *m
	c := &k.message
	c.NodeID, c.Extensions = nil, nil // what the record does not have may point to anything
	if m.Has&record.HasNodeID != 0 {
		c.NodeID = k.copy(m.NodeID)
	}
	if m.Has&record.HasExtensions != 0 {
		k.extensions = append(k.extensions[:0], m.Extensions...)
		for i := range k.extensions {
			k.extensions[i].Value = k.copy(k.extensions[i].Value)
		}
		c.Extensions = k.extensions
	}
	if m.Octets != nil {
		c.Octets = k.copy(m.Octets)
	}
	if m.Bundle != nil {
		c.Bundle, k.more = m.Bundle.Clone(), costOf(m.Bundle)
		c.Bundle.Transfer, c.Bundle.SHA256 = nil, nil // which are its transfer's
	}
	o.wait(k)
}

// Gap implements Sink.
func (o *orderer) Gap(g *record.Gap) {
	if o.passes() {
		o.next.Gap(g)
		o.passed()
		return
	}
	k := o.waiter(aGap)
	c := *g
	k.gap = &c
	o.wait(k)
}

// TLS implements Sink. t is not used again by its connection.
func (o *orderer) TLS(t *record.TLS) {
	if o.passes() {
		o.next.TLS(t)
		o.passed()
		return
	}
	k := o.waiter(aTLS)
	k.tls, k.more = t, waiterCost*(len(t.Certificates)+len(t.CipherSuites)/16)
	o.wait(k)
}

// Data implements Sink.
func (o *orderer) Data(t *record.Transfer, offset uint64, d []byte) {
	if o.passes() {
		o.next.Data(t, offset, d)
		o.passed()
		return
	}
	k := o.waiter(someData)
	c := *t
	k.transfer, k.xfer, k.offset = &c, o.w.xfer, offset
	k.copy(d)
	o.wait(k)
}

// Bundle implements Sink.
func (o *orderer) Bundle(b *record.Bundle) {
	if o.passes() {
		o.next.Bundle(b)
		o.passed()
		return
	}
	k := o.waiter(aBundle)
	k.bundle, k.more = b.Clone(), costOf(b)
	t := *b.Transfer
	t.SHA256, t.Bundle, t.User = k.bundle.SHA256, k.bundle, nil
	k.bundle.Transfer = &t
	o.wait(k)
}

// Transfer implements Sink.
func (o *orderer) Transfer(t *record.Transfer) {
	if o.passes() {
		o.next.Transfer(t)
		o.passed()
		return
	}
	k := o.waiter(aTransfer)
	c := *t
	if t.SHA256 != nil {
		c.SHA256 = k.copy(t.SHA256)
	}
	if t.Bundle != nil {
		c.Bundle, k.more = t.Bundle.Clone(), costOf(t.Bundle)
		c.Bundle.Transfer, c.Bundle.SHA256 = &c, c.SHA256
	}
	k.transfer, k.xfer, o.w.xfer = &c, o.w.xfer, nil
	o.wait(k)
}

// Timing implements Sink. Timings are for sums, which have no order.
func (o *orderer) Timing(t *record.Timing) { o.next.Timing(t) }

// Session implements Sink. s is not used again by its connection.
func (o *orderer) Session(s *record.Session) {
	if o.passes() {
		o.next.Session(s)
		o.passed()
		return
	}
	k := o.waiter(aSession)
	k.session = s
	o.wait(k)
}
