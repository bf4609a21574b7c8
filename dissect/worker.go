// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"crypto/sha256"
	"time"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/tlsdec"
	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/dtn-tools/tcpcl/session"
	"github.com/dtn-tools/tcpcl/wire/v3"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

// worker owns a share of the connections: their streams, sessions and sink. One goroutine uses it.
type worker struct {
	opts  Options
	want  Want
	told  bool // messages are wanted: their records are filled
	keep  int  // octets of each message to keep
	data  bool // the data of transfers are wanted, or their hashes
	lean  bool // neither: there is nothing to do but count
	timed bool // timings are wanted
	sink  Sink // the one made for this worker, or order before it
	out   *Output
	asm   *reassembly.Assembler
	order *orderer // nil where records come in the order in which they become known
	now   uint64   // the frame of the event under way
	place uint64   // the frame at which the record under way belongs in the list
	next  uint64   // the frame with which the stream goes on behind what is lost, while that is told; 0: none

	v4          v4.Message // views for decoding, reused
	v3          v3.Message
	noLookahead bool           // nothing follows what is parsed
	msg         record.Message // being filled; a stream whose segment goes on in other packets keeps a copy
	owner       *stream        // whose message msg was the last time it was told
	answer      session.Answer
	chain       chain
	transfer    record.Transfer
	timing      record.Timing // of the acknowledgements of the event under way, not told yet
	timingOf    *stream       // which sent them
	sum         [sha256.Size]byte
	xfer        *xfer // of the transfer under way to the sink
	freeXfer    *xfer
	describer   describer

	captureStart int64 // time of the first packet

	memory    int64 // octets that may be buffered
	hunted    int64 // octets that hunts hold
	maxHunted int64
	secured   int64       // octets of bundles kept for their security blocks
	tlsRoom   tlsdec.Room // for connections that wait for TLS secrets
	summary   Summary
}

// liveTimeout is how long a live capture waits for octets that may come out of order.
const liveTimeout = 2 * time.Second

func newWorker(o Options, out *Output, newSink func(*Output) Sink) *worker {
	memory := o.MaxMemory / int64(max(o.Jobs, 1))
	w := &worker{opts: o, want: o.Want, out: out, memory: memory, maxHunted: memory / 4, tlsRoom: tlsdec.Room{Left: int(memory / 8)}}
	assembly := reassembly.AssemblerOptions{Budget: int(memory * 3 / 4)}
	if o.Live {
		assembly.LossTimeout, assembly.HoldTimeout = liveTimeout, liveTimeout
	}
	w.asm = reassembly.NewAssembler(assembly)
	if w.want&Hashes != 0 {
		w.want |= Transfers // which carry them
	}
	if w.want&BundleList != 0 {
		w.want |= Bundles
	}
	if w.want&BundleFields != 0 {
		w.want |= Bundles
		w.describer.fields = true
	}
	if w.want&Bundles != 0 {
		w.want |= Transfers // which end them
		w.describer.security = o.Security
	}
	w.told, w.data = w.want&Messages != 0, w.want&(Data|Hashes|Bundles) != 0
	w.lean = !w.told && !w.data
	w.timed = w.want&Timings != 0
	if w.told {
		w.keep = o.KeepOctets
	}
	w.sink = newSink(out)
	if (w.told || w.want&BundleList != 0) && !o.AsKnown {
		w.order = newOrderer(w, w.sink)
	}
	return w
}

// push hands a segment to its connection.
func (w *worker) push(c *reassembly.Conn, side reassembly.Side, s *reassembly.Segment) {
	w.now = s.Frame
	c.Push(side, s)
	if w.pending() {
		w.settle(c)
	}
}

// release ends a connection. frame is the last one that was read.
func (w *worker) release(c *reassembly.Conn, frame uint64) {
	w.now = frame
	c.Close()
	if w.pending() {
		w.settle(c)
	}
}

// pending says whether anything may be held back that records have to wait for.
func (w *worker) pending() bool {
	return w.order != nil && (w.asm.Waiting() || w.hunted != 0 || w.order.horizon != unheld)
}

// settle looks after an event what is held back.
func (w *worker) settle(c *reassembly.Conn) {
	if c, ok := c.User.(*conn); ok {
		w.order.settle(c)
	}
}

// here is where a gap, or a message cut short by it, belongs in the list: before what follows in the stream, where that is
// known.
func (w *worker) here(frame uint64) uint64 {
	if w.next != 0 {
		return w.next
	}
	return frame
}

// until is what the worker's records to come are not before, after the reader's last event.
func (w *worker) until(last place) place {
	if w.order != nil && w.order.horizon != unheld {
		return place{frame: w.order.horizon}
	}
	return place{last.frame, last.event + 1}
}

// finish hands on what still waits.
func (w *worker) finish() {
	if w.order != nil {
		w.order.flush()
	}
}

// hunting counts the octets that hunts hold.
func (w *worker) hunting(n int64) { w.hunted += n }
