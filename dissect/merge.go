// SPDX-License-Identifier: Apache-2.0

package dissect

import "io"

// merger puts what several workers wrote in one order.
type merger struct {
	w      io.Writer
	queues []textQueue // of each worker
	size   int         // octets of text in them
	limit  int
}

// textQueue is text of one worker that was not written yet, in the order of its places.
type textQueue struct {
	buf   []byte
	marks []outputMark
	next  int // mark of the first text not written
	at    int // its beginning
}

// maxUnmerged bounds the text that waits for a worker that is behind.
const maxUnmerged = 16 << 20

func newMerger(w io.Writer, workers int) *merger {
	return &merger{w: w, queues: make([]textQueue, workers), limit: maxUnmerged}
}

// add takes what a worker wrote. It leaves out empty, with memory to use again.
func (m *merger) add(worker int, out *Output) {
	q := &m.queues[worker]
	m.size += len(out.Buf)
	if q.next == len(q.marks) { // as a rule nothing is left of the last time, and nothing is copied
		q.next, q.at = 0, 0
		q.buf, out.Buf = out.Buf, q.buf
		q.marks, out.marks = out.marks, q.marks
	} else {
		if q.at > len(q.buf)/2 {
			q.compact()
		}
		base := len(q.buf)
		q.buf = append(q.buf, out.Buf...)
		for _, mark := range out.marks {
			mark.end += base
			q.marks = append(q.marks, mark)
		}
	}
	out.Buf, out.marks = out.Buf[:0], out.marks[:0]
}

// compact moves what is left to the front.
func (q *textQueue) compact() {
	q.buf = append(q.buf[:0], q.buf[q.at:]...)
	q.marks = append(q.marks[:0], q.marks[q.next:]...)
	for i := range q.marks {
		q.marks[i].end -= q.at
	}
	q.next, q.at = 0, 0
}

// write writes the text of all places before the given one. What is over the limit is written all the same.
func (m *merger) write(until place) error {
	for {
		var first *textQueue
		for i := range m.queues {
			if q := &m.queues[i]; q.next < len(q.marks) && (first == nil || q.marks[q.next].before(first.marks[first.next].place)) {
				first = q
			}
		}
		if first == nil || !first.marks[first.next].before(until) && m.size <= m.limit {
			return nil
		}
		end := first.marks[first.next].end
		text := first.buf[first.at:end]
		first.next++
		first.at = end
		m.size -= len(text)
		if _, err := m.w.Write(text); err != nil {
			return err
		}
	}
}
