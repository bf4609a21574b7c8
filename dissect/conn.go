// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"crypto/sha256"
	"hash"

	"github.com/dtn-tools/tcpcl/bundle"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/dtn-tools/tcpcl/session"
)

// conn is one TCP connection on its way to becoming a TCPCL session. It takes the ordered octets of both directions from
// reassembly. Until one direction has shown that it is TCPCL, sess is nil.
type conn struct {
	w       *worker
	tcp     *reassembly.Conn
	sess    *session.Session
	last    session.Mark
	first   session.Mark
	from    [2]record.From
	known   bool // who opened the connection
	tls     bool
	dec     *decryptor // nil: there is no TLS, or there are no keys
	reset   bool
	fin     bool
	hint    hint
	expired bool      // what is held back is not waited for any longer
	opener  int       // side, where known; else 0
	hold    uint64    // the first frame of which octets are held back, after the last event; 0: none
	names   [2]string // endpoints as text
	streams [2]stream
}

// hint is what the ports say about a connection.
type hint uint8

const (
	noHint hint = iota
	likely      // the registered port, or a port the user named
	never       // a port the user ruled out
)

// Port is the TCP port registered for TCPCL (RFC 9174 section 8.1).
const Port = 4556

// newConn is called in the reader's goroutine: it changes nothing of the worker.
func (w *worker) newConn(tcp *reassembly.Conn) reassembly.Receiver {
	c := &conn{w: w, tcp: tcp}
	tcp.User = c
	for side := range c.streams {
		s := &c.streams[side]
		s.c, s.side = c, side
		port := tcp.Endpoint(reassembly.Side(side)).Port
		if is, ok := w.opts.DecodeAs[port]; ok && !is {
			c.hint = never
		} else if (ok || port == Port) && c.hint != never {
			c.hint = likely
		}
	}
	if c.hint == never {
		tcp.Ignore()
	}
	return c
}

// recognise makes the connection a session: both directions are TCPCL from now on.
func (c *conn) recognise() {
	if c.sess != nil {
		return
	}
	var done func(int, *session.Transfer)
	if c.w.want&(Transfers|Data) != 0 {
		done = c.transferDone
	}
	c.sess = session.New(done)
	c.w.summary.Sessions++
	side, known := c.tcp.Opener()
	c.opener, c.known = int(side), known
	c.from = [2]record.From{record.A, record.B}
	if known {
		c.from[side], c.from[1-side] = record.Active, record.Passive
	}
	for side := range c.streams {
		c.names[side] = c.tcp.Endpoint(reassembly.Side(side)).String()
	}
	for side := range c.streams {
		s := &c.streams[side]
		for i := range s.gaps {
			s.sinkGap(&s.gaps[i])
		}
		s.gaps = nil
	}
}

// Data implements reassembly.Receiver.
func (c *conn) Data(side reassembly.Side, k reassembly.Chunk) {
	s := &c.streams[side]
	c.seen(k.Frame, k.Time)
	at := session.Mark{Frame: k.Frame, Time: k.Time}
	if s.tls {
		c.dec.data(s.side, k.Data, at)
		c.w.tellTiming()
		return
	}
	s.data(k.Data, at)
	if s.tls {
		c.dec.begin(s)
	}
	c.w.tellTiming()
}

// Gap implements reassembly.Receiver.
func (c *conn) Gap(side reassembly.Side, g reassembly.Gap) {
	w := c.w
	if w.order != nil {
		w.order.touch(c)
	}
	c.seen(g.Frame, g.Time)
	w.next = g.Next
	if s := &c.streams[side]; s.tls {
		c.dec.gap(s.side, g)
	} else {
		s.gap(g)
	}
	w.next = 0
	w.tellTiming()
}

// End implements reassembly.Receiver.
func (c *conn) End(side reassembly.Side, e reassembly.End) {
	switch e.Cause {
	case reassembly.EndFin:
		c.fin = true
	case reassembly.EndReset:
		c.reset = true
	}
	c.seen(e.Frame, e.Time)
	whole, at := e.Cause == reassembly.EndFin, session.Mark{Frame: e.Frame, Time: e.Time}
	if c.dec != nil {
		c.dec.ends(int(side), whole, at)
	} else {
		c.streams[side].end(whole, at)
	}
	c.w.tellTiming()
	if c.streams[0].state == ended && c.streams[1].state == ended {
		c.finish()
	}
}

// Closed implements reassembly.Receiver.
func (c *conn) Closed(frame uint64, time int64) {
	c.w.summary.Connections++
	if c.dec != nil {
		c.dec.close()
	}
	for side := range c.streams {
		c.streams[side].end(false, c.last)
	}
	for side := range c.streams {
		if s := &c.streams[side]; s.state == lost { // the other direction did not tell
			s.hunt.flush(s)
			s.state = ended
		}
	}
	c.finish()
}

// finish tells the session, and lets go of all that was needed to decode it: the connection itself may be kept for a
// while for late packets.
func (c *conn) finish() {
	if c.sess == nil {
		return
	}
	c.w.tellTiming()
	c.sess.Close()
	if c.w.want&Sessions != 0 {
		c.w.place = c.w.now
		c.w.sink.Session(c.summary())
	}
	c.sess, c.dec = nil, nil
	for side := range c.streams {
		c.streams[side] = stream{c: c, side: side, state: ended}
	}
}

func (c *conn) seen(frame uint64, time int64) {
	if c.first.Frame == 0 {
		c.first = session.Mark{Frame: frame, Time: time}
	}
	if frame > c.last.Frame { // frames settle late where packets were out of order
		c.last.Frame = frame
	}
	c.last.Time = max(c.last.Time, time)
}

// xfer is what the observer keeps for a transfer under way, in session.Transfer.Slot.
type xfer struct {
	rec  record.Transfer
	hash hash.Hash
	next uint64 // offset behind the last piece of data
	free *xfer

	reader *bundle.Reader // of the data, where wanted
	octets []byte         // the data, where keys for security blocks are there, and they are not too many
	bundle record.Bundle  // what it has read, once the data are complete or never will be
	whole  bool           // they are complete
	sum    [sha256.Size]byte
}

// transferData hands out a piece of a transfer's data.
func (c *conn) transferData(side int, t *session.Transfer, offset uint64, d []byte) {
	w := c.w
	x := w.xferOf(t)
	if offset == x.next && x.hash != nil {
		x.hash.Write(d)
	}
	if w.opts.Security != nil {
		w.secure(x, offset, d)
	}
	if x.reader != nil && offset >= x.next {
		x.reader.Skip(offset - x.next)
		x.reader.Write(d)
	}
	x.next = offset + uint64(len(d))
	if w.want&Data != 0 {
		if x.rec.Session == 0 {
			c.fill(&x.rec, side, t)
		}
		w.xfer = x
		w.sink.Data(&x.rec, offset, d)
	}
}

// xferOf gives what is kept for t, which it makes the first time.
func (w *worker) xferOf(t *session.Transfer) *xfer {
	if x, _ := t.Slot.(*xfer); x != nil {
		return x
	}
	x := w.freeXfer
	if x != nil {
		w.freeXfer = x.free
	} else {
		x = &xfer{}
		if w.want&Hashes != 0 {
			x.hash = sha256.New()
		}
		if w.want&Bundles != 0 {
			x.reader = new(bundle.Reader)
		}
	}
	x.rec, x.next, x.free, x.whole = record.Transfer{}, 0, nil, false
	if x.hash != nil {
		x.hash.Reset()
	}
	if x.reader != nil {
		x.reader.Reset()
	}
	t.Slot = x
	return x
}

// fill writes what is known of t by now into rec, keeping the sink's slot.
func (c *conn) fill(rec *record.Transfer, side int, t *session.Transfer) {
	rec.Session, rec.From, rec.Src, rec.Dst = int(c.tcp.Number()), c.from[side], c.names[side], c.names[1-side]
	rec.Version, rec.Serial = c.sess.Version, int(t.Serial)
	if rec.Version == 3 {
		rec.ImpliedTransferID = t.Serial
	} else {
		rec.TransferID = t.ID
	}
	rec.Length, rec.TotalLength, rec.HasTotalLength, rec.MissedOctets = t.Length, t.Total, t.HasTotal, t.Missed
	rec.Segments, rec.AckedLength, rec.Acks = t.Segments, t.Acked, t.Acks
	rec.StartFrame, rec.StartTime = t.Start.Frame, t.Start.Time
	rec.EndFrame, rec.EndTime, rec.AckTime = t.End.Frame, t.End.Time, t.AckedAll.Time
	rec.State = transferState(t)
	if rec.State == record.Refused {
		rec.HasReason, rec.Reason = true, refuseReason(rec.Version, t.Reason)
	}
}

func transferState(t *session.Transfer) record.TransferState {
	switch {
	case t.Refused:
		return record.Refused
	case t.Complete():
		return record.Complete
	}
	return record.Incomplete
}

// transferDone is told by the session when nothing more can be learned of a transfer.
func (c *conn) transferDone(side int, t *session.Transfer) {
	w := c.w
	x, _ := t.Slot.(*xfer)
	rec := &w.transfer
	if x != nil {
		rec = &x.rec
	} else {
		*rec = record.Transfer{}
	}
	c.fill(rec, side, t)
	if rec.State == record.Complete && w.want&Hashes != 0 {
		switch {
		case x == nil:
			rec.SHA256 = append(w.sum[:0], emptySum[:]...)
		case !x.whole: // otherwise it is there
			rec.SHA256 = x.hash.Sum(x.sum[:0])
		}
	} else {
		rec.SHA256 = nil
	}
	w.place = w.now
	if x != nil && x.reader != nil {
		c.bundleOf(t, x)
	}
	w.xfer = x
	w.sink.Transfer(rec)
	if x != nil {
		t.Slot = nil
		if w.xfer != nil { // otherwise the record waits, and x with it
			w.recycle(x)
		}
	}
}

// recycle keeps x for another transfer.
func (w *worker) recycle(x *xfer) {
	x.rec.User = nil
	w.secured -= int64(len(x.octets))
	x.octets = nil
	x.free, w.freeXfer = w.freeXfer, x
}

var emptySum = sha256.Sum256(nil)

// summary makes the session's record.
func (c *conn) summary() *record.Session {
	active, passive := c.opener, 1-c.opener
	r := &record.Session{
		Session: int(c.tcp.Number()), Client: c.names[active], Server: c.names[passive], OpenerSeen: c.known,
		Version: c.sess.Version, TLS: "none",
		FirstFrame: c.first.Frame, LastFrame: c.last.Frame, FirstTime: c.first.Time, LastTime: c.last.Time,
	}
	if c.tls {
		r.TLS = "encrypted"
	}
	r.Keepalive, r.HasKeepalive = c.sess.Keepalive()
	r.History, r.Truncated = c.sess.History(active)
	for i, side := range [2]int{active, passive} {
		r.Peers[i] = c.streams[side].peer()
		r.MissedOctets += r.Peers[i].MissedOctets
	}
	if c.dec != nil {
		c.dec.describe(r, [2]int{active, passive})
	}
	a, b := c.sess.Side(0), c.sess.Side(1)
	closed := c.fin || c.reset
	switch {
	case (a.Ending || b.Ending) && closed:
		r.State = record.StateTerminated
	case a.Ending || b.Ending:
		r.State = record.StateEnding
	case c.sess.Established() || r.Peers[0].Transfers != [3]uint64{} || r.Peers[1].Transfers != [3]uint64{}:
		r.State = record.StateEstablished
	case closed && (!c.tls || c.dec != nil && c.dec.refused()):
		r.State = record.StateFailed
	default:
		r.State = record.StateContact
	}
	switch {
	case (a.Ending || b.Ending) && c.sess.Version == 3:
		r.End = "shutdown"
	case a.Ending || b.Ending:
		r.End = "sess_term"
	case c.reset:
		r.End = "reset"
	case c.fin:
		r.End = "fin"
	case c.tcp.Evicted():
		r.End = "evicted"
	}
	return r
}
