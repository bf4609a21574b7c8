// SPDX-License-Identifier: Apache-2.0

package dissect

import "io"

// Output is where a sink writes text: it appends to Buf and calls End after each record. What all workers write comes out
// in one order, that in which a single worker would have written it.
type Output struct {
	Buf []byte

	w     io.Writer // at one job
	err   error
	first bool  // something was written
	at    place // of the record under way
	marks []outputMark
}

// place is where in the list a record belongs: at a frame, and there in the order in which records became known.
type place struct {
	frame uint64
	event uint64 // counts what the reader hands to the workers
}

func (p place) before(other place) bool {
	return p.frame < other.frame || p.frame == other.frame && p.event < other.event
}

// outputMark says that Buf up to end belongs to a place. A worker's marks are in order.
type outputMark struct {
	place
	end int
}

// flushSize is how much text is written at once.
const flushSize = 64 << 10

// End marks the end of a record.
func (o *Output) End() {
	if o.w == nil {
		if n := len(o.marks); n > 0 && o.marks[n-1].place == o.at {
			o.marks[n-1].end = len(o.Buf)
			return
		}
		o.marks = append(o.marks, outputMark{o.at, len(o.Buf)})
		return
	}
	// The first record goes out at once: whoever waits for it sees that there is something.
	if len(o.Buf) >= flushSize || !o.first {
		o.first = true
		o.flush()
	}
}

// flush writes what is buffered. After an error nothing more is written, and everything is dropped.
func (o *Output) flush() {
	if o.err == nil && len(o.Buf) > 0 {
		_, o.err = o.w.Write(o.Buf)
	}
	o.Buf = o.Buf[:0]
}
