// SPDX-License-Identifier: Apache-2.0

package dissect

import "github.com/dtn-tools/tcpcl/session"

// maxTimings bounds the acknowledgements that are told together.
const maxTimings = 256

// ackTiming notes how long an acknowledgement sent by s took. Those of one event are told together, by tellTiming.
func (w *worker) ackTiming(s *stream, at session.Mark, latency int64) {
	if w.timingOf != s || len(w.timing.AckLatencies) == maxTimings {
		w.tellTiming()
		w.timingOf = s
	}
	w.timing.Time = at.Time
	w.timing.AckLatencies = append(w.timing.AckLatencies, latency)
}

// transferTiming notes, behind ackTiming, that what was acknowledged completes a transfer, begun so long before.
func (w *worker) transferTiming(took int64) {
	w.timing.TransferTimes = append(w.timing.TransferTimes, took)
}

// tellTiming tells what was noted. It has to be called when an event is over, and before a session is.
func (w *worker) tellTiming() {
	t := &w.timing
	if len(t.AckLatencies) == 0 {
		return
	}
	c := w.timingOf.c
	t.Session, t.From = int(c.tcp.Number()), c.from[1-w.timingOf.side]
	w.sink.Timing(t)
	t.AckLatencies, t.TransferTimes = t.AckLatencies[:0], t.TransferTimes[:0]
}
