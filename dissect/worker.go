// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"crypto/sha256"

	"github.com/dtn-tools/tcpcl/dissect/record"
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
	timed bool // timings are wanted
	sink  Sink
	out   *Output
	asm   *reassembly.Assembler

	v4          v4.Message // views for decoding, reused
	v3          v3.Message
	noLookahead bool           // nothing follows what is parsed
	msg         record.Message // being filled; a stream whose segment goes on in other packets keeps a copy
	owner       *stream        // whose message msg was the last time it was told
	answer      session.Answer
	chain       chain
	transfer    record.Transfer
	timing      record.Timing
	sum         [sha256.Size]byte
	freeXfer    *xfer

	captureStart int64 // time of the first packet

	hunted    int64 // octets that hunts hold
	maxHunted int64
	summary   Summary
}

func newWorker(o Options, out *Output, newSink func(*Output) Sink) *worker {
	memory := o.MaxMemory / int64(max(o.Jobs, 1))
	w := &worker{opts: o, want: o.Want, out: out, maxHunted: memory / 4}
	w.asm = reassembly.NewAssembler(reassembly.AssemblerOptions{Budget: int(memory * 3 / 4)})
	if w.want&Hashes != 0 {
		w.want |= Transfers // which carry them
	}
	w.told, w.data = w.want&Messages != 0, w.want&(Data|Hashes) != 0
	w.timed = w.want&Timings != 0
	if w.told {
		w.keep = o.KeepOctets
	}
	w.sink = newSink(out)
	return w
}

// hunting counts the octets that hunts hold.
func (w *worker) hunting(n int64) { w.hunted += n }
