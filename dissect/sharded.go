// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// sharded is the pipeline of several workers. The reader puts segments into batches, one for each worker, and hands them
// over together when they are full, or when the source kept it waiting; a connection's segments all go to one worker. What
// the workers wrote is merged as far as none of them has anything to add before it. The octets of segments are copied, unless the
// source lends its buffers: they go back when what was handed over with them, or after, has been merged.
type sharded struct {
	lent    bool
	used    [][]byte // buffers that the source gave up since a batch was handed over
	shards  []*shard
	size    int   // octets in the batches being filled
	events  int   // in a batch that is full
	last    place // of the last event
	merged  chan struct{}
	waited  atomic.Bool // the batches may have been filling for long
	quit    chan struct{}
	stopped chan struct{}

	mu    sync.Mutex
	err   error
	spare [][]byte // buffers for the source
}

// shard is a worker behind a queue.
type shard struct {
	w       *worker
	filling *batch
	todo    chan *batch
	done    chan *batch
	free    chan *batch
}

// batch is events for one worker, and then what came of them.
type batch struct {
	events []event
	octets []byte   // of the segments, where they are copied
	lent   [][]byte // buffers of the source that nothing in later batches lies in; of all workers, in the batch of the first
	last   place    // what follows is behind this one
	final  bool     // nothing follows
	out    Output
	until  place // what the worker has still to say is not before this one
}

// event is a segment pushed, or a connection released (segment.Header nil).
type event struct {
	place   place
	conn    *reassembly.Conn
	side    reassembly.Side
	segment reassembly.Segment
}

const (
	batchOctets = 384 << 10 // of all workers' batches together
	batchEvents = 2048      // of one
	firstEvents = 32        // of the first one: each later one has twice as many, so that the first results come at once
	batchQueue  = 3         // batches of a worker in existence

	// batchWait is how long a batch may be filling: where packets come slowly, each is handed over as it comes.
	batchWait = 50 * time.Millisecond
)

func newSharded(o Options, src Source, w io.Writer, newSink func(*Output) Sink) *sharded {
	p := &sharded{events: firstEvents, merged: make(chan struct{}), quit: make(chan struct{}), stopped: make(chan struct{})}
	for range o.Jobs {
		s := &shard{todo: make(chan *batch, batchQueue), done: make(chan *batch, batchQueue), free: make(chan *batch, batchQueue)}
		s.w = newWorker(o, &Output{}, newSink)
		for range batchQueue {
			s.free <- &batch{}
		}
		s.filling = <-s.free
		p.shards = append(p.shards, s)
		go s.run()
	}
	if l, ok := src.(Lender); ok {
		p.lent = true
		l.Lend(p.swap)
	}
	go p.merge(newMerger(w, len(p.shards)))
	go p.clock()
	return p
}

// clock notes that time passes, which the reader has no time to look at.
func (p *sharded) clock() {
	defer close(p.stopped)
	ticks := time.NewTicker(batchWait)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			p.waited.Store(true)
		case <-p.quit:
			return
		}
	}
}

func (p *sharded) shard(c *reassembly.Conn) *shard {
	return p.shards[c.Number()%uint64(len(p.shards))]
}

// begin is before the first batch, whose handing over makes the workers see it.
func (p *sharded) begin(time int64) {
	for _, s := range p.shards {
		s.w.captureStart = time
	}
}

func (p *sharded) open(c *reassembly.Conn) {
	w := p.shard(c).w
	c.Attach(w.asm, w.newConn(c))
}

func (p *sharded) release(c *reassembly.Conn, frame uint64) {
	b := p.shard(c).filling
	p.last = place{frame, p.last.event + 1}
	b.events = append(b.events, event{place: p.last, conn: c})
	p.full(b)
}

func (p *sharded) push(c *reassembly.Conn, side reassembly.Side, s *reassembly.Segment) {
	b := p.shard(c).filling
	p.last = place{s.Frame, p.last.event + 1}
	b.events = append(b.events, event{place: p.last, conn: c, side: side, segment: *s})
	e := &b.events[len(b.events)-1].segment
	if !p.lent {
		at := len(b.octets)
		b.octets = append(append(b.octets, s.Header...), s.Payload...)
		// Where the slice moves to grow, views made before keep the old one alive.
		e.Header, e.Payload = b.octets[at:at+len(s.Header)], b.octets[at+len(s.Header):]
	}
	p.size += len(s.Header) + len(s.Payload)
	p.full(b)
}

func (p *sharded) plain(*reassembly.Table, *reassembly.Decoder, *reassembly.Packet) bool {
	return false
}

// full hands the batches over when they are, or when it is time.
func (p *sharded) full(b *batch) {
	if p.size >= batchOctets || len(b.events) >= p.events || p.waited.Load() {
		p.hand(false)
		p.waited.Store(false)
	}
}

// idle leaves it to clock to hand over what came before.
func (p *sharded) idle(int64) {}

// watcher is none: several workers are not looked at while they work.
func (p *sharded) watcher() Watcher { return nil }

const (
	// largestSpare is the longest buffer of a source that is used again.
	largestSpare = 1 << 20

	// mostUsed is how many buffers may wait for the next batch to go back with: where few packets hold what is decoded, that may be far away.
	mostUsed = 16
)

// swap is what the source calls, in the reader's goroutine.
func (p *sharded) swap(used []byte) (other []byte) {
	if len(used) <= largestSpare {
		if p.used = append(p.used, used); len(p.used) >= mostUsed {
			p.hand(false)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.spare); n > 0 {
		other, p.spare = p.spare[n-1], p.spare[:n-1]
	}
	return other
}

// hand gives each worker its batch, an empty one too, so that the merger gets one from each.
func (p *sharded) hand(final bool) {
	first := p.shards[0].filling
	first.lent = append(first.lent, p.used...)
	p.used = p.used[:0]
	for _, s := range p.shards {
		s.filling.last, s.filling.final = p.last, final
		s.todo <- s.filling
		s.filling = <-s.free
	}
	p.size, p.events = 0, min(2*p.events, batchEvents)
}

func (s *shard) run() {
	for b := range s.todo {
		out := s.w.out
		out.Buf, b.out.Buf = b.out.Buf, nil
		out.marks = b.out.marks
		for i := range b.events {
			e := &b.events[i]
			out.at = e.place
			if e.segment.Header == nil {
				s.w.release(e.conn, e.place.frame)
			} else {
				s.w.push(e.conn, e.side, &e.segment)
			}
		}
		b.until = s.w.until(b.last)
		if b.final {
			s.w.finish()
			b.until = place{frame: unheld}
		}
		clear(b.events)
		b.events, b.octets = b.events[:0], b.octets[:0]
		b.out.Buf, b.out.marks = out.Buf, out.marks
		s.done <- b
	}
	close(s.done)
}

// merge writes the workers' output until they are done.
func (p *sharded) merge(m *merger) {
	defer close(p.merged)
	var lent [][]byte
	for {
		until := place{frame: unheld}
		lent = lent[:0]
		for i, s := range p.shards {
			b, ok := <-s.done
			if !ok {
				return // all end with the same batch
			}
			m.add(i, &b.out)
			if b.until.before(until) {
				until = b.until
			}
			lent, b.lent = append(lent, b.lent...), b.lent[:0]
			s.free <- b
		}
		if len(lent) > 0 {
			p.mu.Lock()
			p.spare = append(p.spare, lent...)
			p.mu.Unlock()
		}
		if p.poll() == nil {
			if err := m.write(until); err != nil {
				p.mu.Lock()
				p.err = err
				p.mu.Unlock()
			}
		}
	}
}

func (p *sharded) poll() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *sharded) finish(s *Summary) error {
	close(p.quit)
	<-p.stopped
	p.hand(true)
	for _, sh := range p.shards {
		close(sh.todo)
	}
	<-p.merged
	for _, sh := range p.shards {
		s.add(&sh.w.summary)
	}
	return p.poll()
}
