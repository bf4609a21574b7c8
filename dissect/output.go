// SPDX-License-Identifier: Apache-2.0

package dissect

import "io"

// Output is where a sink writes text: it appends to Buf and calls End after each record. What all workers write comes out
// in one order, that in which a single worker would have written it.
type Output struct {
	Buf []byte

	w     io.Writer // at one job
	err   error
	first bool   // something was written
	key   uint64 // of the packet or event under way
	marks []outputMark
}

// outputMark says that Buf up to end belongs to events up to key.
type outputMark struct {
	key uint64
	end int
}

// flushSize is how much text is written at once.
const flushSize = 64 << 10

// End marks the end of a record.
func (o *Output) End() {
	if o.w == nil {
		if n := len(o.marks); n > 0 && o.marks[n-1].key == o.key {
			o.marks[n-1].end = len(o.Buf)
			return
		}
		o.marks = append(o.marks, outputMark{o.key, len(o.Buf)})
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

// merge writes what several workers wrote for the same stretch of packets in the order of the packets.
func merge(w io.Writer, outs []*Output) error {
	next := make([]int, len(outs))
	at := make([]int, len(outs))
	for {
		best := -1
		for i, o := range outs {
			if next[i] < len(o.marks) && (best < 0 || o.marks[next[i]].key < outs[best].marks[next[best]].key) {
				best = i
			}
		}
		if best < 0 {
			return nil
		}
		o := outs[best]
		end := o.marks[next[best]].end
		if _, err := w.Write(o.Buf[at[best]:end]); err != nil {
			return err
		}
		at[best] = end
		next[best]++
	}
}
