// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"io"
	"sync"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// sharded is the pipeline of several workers. The reader copies segments into batches, one for each worker, and hands them
// over together when they are full; a connection's segments all go to one worker. What the workers wrote for the batches of one
// stretch is merged before that of the next.
type sharded struct {
	shards []*shard
	size   int    // octets in the batches being filled
	key    uint64 // counts the events
	merged chan struct{}

	mu  sync.Mutex
	err error
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
	octets []byte // of the segments
	out    Output
}

// event is a segment pushed, or a connection released (segment.Header nil).
type event struct {
	key     uint64
	conn    *reassembly.Conn
	side    reassembly.Side
	segment reassembly.Segment
}

const (
	batchOctets = 512 << 10 // of all workers' batches together
	batchEvents = 4096      // of one
	batchQueue  = 3         // batches of a worker in existence
)

func newSharded(o Options, w io.Writer, newSink func(*Output) Sink) *sharded {
	p := &sharded{merged: make(chan struct{})}
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
	go p.merge(w)
	return p
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

func (p *sharded) release(c *reassembly.Conn) {
	b := p.shard(c).filling
	p.key++
	b.events = append(b.events, event{key: p.key, conn: c})
	p.full(b)
}

func (p *sharded) push(c *reassembly.Conn, side reassembly.Side, s *reassembly.Segment) {
	b := p.shard(c).filling
	p.key++
	b.events = append(b.events, event{key: p.key, conn: c, side: side, segment: *s})
	e := &b.events[len(b.events)-1].segment
	at := len(b.octets)
	b.octets = append(append(b.octets, s.Header...), s.Payload...)
	// Where the slice moves to grow, views made before keep the old one alive.
	e.Header, e.Payload = b.octets[at:at+len(s.Header)], b.octets[at+len(s.Header):]
	p.size += len(s.Header) + len(s.Payload)
	p.full(b)
}

// full hands the batches over when they are.
func (p *sharded) full(b *batch) {
	if p.size >= batchOctets || len(b.events) >= batchEvents {
		p.hand()
	}
}

// hand gives each worker its batch, an empty one too, so that the merger gets one from each.
func (p *sharded) hand() {
	for _, s := range p.shards {
		s.todo <- s.filling
		s.filling = <-s.free
	}
	p.size = 0
}

func (s *shard) run() {
	for b := range s.todo {
		out := s.w.out
		out.Buf, b.out.Buf = b.out.Buf[:0], nil
		out.marks = b.out.marks[:0]
		for i := range b.events {
			e := &b.events[i]
			out.key = e.key
			if e.segment.Header == nil {
				e.conn.Close()
				continue
			}
			e.conn.Push(e.side, &e.segment)
		}
		clear(b.events)
		b.events, b.octets = b.events[:0], b.octets[:0]
		b.out.Buf, b.out.marks = out.Buf, out.marks
		s.done <- b
	}
	close(s.done)
}

// merge writes the workers' output until they are done.
func (p *sharded) merge(w io.Writer) {
	defer close(p.merged)
	outs := make([]*Output, len(p.shards))
	batches := make([]*batch, len(p.shards))
	for {
		for i, s := range p.shards {
			b, ok := <-s.done
			if !ok {
				return // all end with the same batch
			}
			batches[i], outs[i] = b, &b.out
		}
		if p.poll() == nil {
			if err := merge(w, outs); err != nil {
				p.mu.Lock()
				p.err = err
				p.mu.Unlock()
			}
		}
		for i, s := range p.shards {
			s.free <- batches[i]
		}
	}
}

func (p *sharded) poll() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *sharded) finish(s *Summary) error {
	p.hand()
	for _, sh := range p.shards {
		close(sh.todo)
	}
	<-p.merged
	for _, sh := range p.shards {
		s.add(&sh.w.summary)
	}
	return p.poll()
}
