// SPDX-License-Identifier: Apache-2.0

package extract

import (
	"slices"
	"strconv"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

const (
	writeSize   = 64 << 10 // octets that are gathered before they are written: they stay in the second-level cache
	keptBuffers = 16       // buffers kept for the next bundles
	maxFile     = 1 << 40  // octets: data beyond a hole that large is an invention of the sender's, not worth a sparse file
)

// Worker writes the bundles of the sessions that one worker of the run has. It is used by one goroutine.
type Worker struct {
	e        *Extractor
	active   []*bundle // those under way
	open     []*bundle // those of active whose file is open
	limit    int       // of open
	buffered int       // octets in the buffers of active
	budget   int       // of buffered
	clock    uint64    // counts writes
	name     []byte
	manifest record.Bundle
	ids      map[int]*[2]idSet // by session and side

	buffers [][]byte // unused
	bundles []*bundle

	Counts Counts // what was written so far
}

// Counts says what became of the transfers.
type Counts struct {
	Bundles, Octets uint64 // files of complete bundles
	Partial, Missed uint64 // files of other transfers, and the octets that are zero in them because they were missed
	Skipped         uint64 // transfers that are not complete and were not asked for, or of which not an octet is there
}

// Add adds o.
func (c *Counts) Add(o Counts) {
	c.Bundles += o.Bundles
	c.Octets += o.Octets
	c.Partial += o.Partial
	c.Missed += o.Missed
	c.Skipped += o.Skipped
}

// Since gives what was counted after an earlier state of c.
func (c Counts) Since(earlier Counts) Counts {
	return Counts{Bundles: c.Bundles - earlier.Bundles, Octets: c.Octets - earlier.Octets, Partial: c.Partial - earlier.Partial,
		Missed: c.Missed - earlier.Missed, Skipped: c.Skipped - earlier.Skipped}
}

// bundle is a transfer under way, kept in record.Transfer.User.
type bundle struct {
	session int
	from    record.From
	id      uint64
	index   int    // in Worker.active
	buffer  []byte // the last octets
	base    uint64 // offset of buffer[0] in the bundle
	broken  bool   // octets are missing: it cannot be written as complete
	file    output // where the octets before buffer are
}

// end is the offset behind the last octet.
func (b *bundle) end() uint64 { return b.base + uint64(len(b.buffer)) }

// NewWorker makes the writer of one worker.
func (e *Extractor) NewWorker() *Worker {
	return &Worker{e: e, limit: max(maxOpen/e.options.Workers, 1), budget: maxBuffered / e.options.Workers,
		ids: make(map[int]*[2]idSet)}
}

// Data takes the next octets of a transfer: those at offset, which may lie behind missed ones. d is not kept.
func (w *Worker) Data(t *record.Transfer, offset uint64, d []byte) {
	b := w.bundleOf(t)
	if len(d) == 0 || b.broken && !w.e.options.Partial || w.e.failed.Load() {
		return
	}
	if offset != b.end() && !w.jump(b, offset) {
		return
	}
	for len(d) > 0 {
		if len(b.buffer) >= writeSize && !w.flush(b) {
			return
		}
		n := min(len(d), writeSize-len(b.buffer))
		b.buffer = append(b.buffer, d[:n]...)
		w.buffered += n
		d = d[n:]
	}
	if w.buffered > w.budget {
		w.relieve()
	}
}

// jump makes the hole between the octets there are and offset. It reports whether octets at offset are to be taken.
func (w *Worker) jump(b *bundle, offset uint64) bool {
	b.broken = true
	switch {
	case !w.e.options.Partial:
		w.drop(b)
		return false
	case offset < b.end() || offset > maxFile:
		return false
	case offset-b.base < uint64(writeSize):
		w.zeros(b, offset-b.end())
		return true
	}
	if len(b.buffer) > 0 && !w.flush(b) {
		return false
	}
	b.base = offset // what is never written of a file is zero
	return true
}

// Transfer ends a transfer: its file gets its name. It returns the record of the file for the manifest, valid until the next call,
// and nil where nothing is written.
func (w *Worker) Transfer(t *record.Transfer) *record.Bundle {
	b := w.bundleOf(t)
	t.User = nil
	defer w.release(b)
	if w.e.failed.Load() {
		return nil
	}
	complete := t.State == record.Complete && t.MissedOctets == 0 && !b.broken && b.end() == t.Length
	length, extension := b.end(), ".bundle"
	if !complete {
		if !w.e.options.Partial || length == 0 {
			w.Counts.Skipped++
			return nil
		}
		extension = ".partial"
		if t.Length > length && t.Length <= maxFile {
			length = t.Length
		}
	}
	if !w.write(b, extension, length) {
		return nil
	}
	if complete {
		w.Counts.Bundles++
		w.Counts.Octets += length
	} else {
		w.Counts.Partial++
		w.Counts.Missed += t.MissedOctets
	}
	r := &w.manifest
	*r = record.Bundle{}
	if t.Bundle != nil {
		*r = *t.Bundle
	}
	r.Transfer, r.File, r.Length, r.SHA256 = t, string(w.name), length, t.SHA256
	return r
}

// Discard ends a transfer of which nothing is to be written.
func (w *Worker) Discard(t *record.Transfer) {
	b := w.bundleOf(t)
	t.User = nil
	w.drop(b)
	w.release(b)
}

// Session forgets what is kept of a session, which is over.
func (w *Worker) Session(s *record.Session) { delete(w.ids, s.Session) }

// Close removes the files of transfers that never ended, which only a run that failed leaves.
func (w *Worker) Close() {
	for _, b := range w.active {
		w.drop(b)
	}
}

func (w *Worker) bundleOf(t *record.Transfer) *bundle {
	if b, ok := t.User.(*bundle); ok {
		return b
	}
	var b *bundle
	if n := len(w.bundles); n > 0 {
		b, w.bundles = w.bundles[n-1], w.bundles[:n-1]
	} else {
		b = new(bundle)
	}
	id := t.TransferID
	if t.Version == 3 {
		id = t.ImpliedTransferID
	}
	*b = bundle{session: t.Session, from: t.From, id: id, index: len(w.active)}
	if n := len(w.buffers); n > 0 {
		b.buffer, w.buffers = w.buffers[n-1], w.buffers[:n-1]
	}
	w.active = append(w.active, b)
	t.User = b
	return b
}

// release takes a bundle back that is written or given up.
func (w *Worker) release(b *bundle) {
	w.drop(b)
	last := w.active[len(w.active)-1]
	last.index = b.index
	w.active[b.index] = last
	w.active = w.active[:len(w.active)-1]
	if len(w.buffers) < keptBuffers {
		w.buffers = append(w.buffers, b.buffer)
	}
	b.buffer = nil
	w.bundles = append(w.bundles, b)
}

// drop gives up what there is of a bundle that is not written.
func (w *Worker) drop(b *bundle) {
	w.buffered -= len(b.buffer)
	b.buffer = b.buffer[:0]
	if b.file.stem != "" {
		w.remove(b)
	}
}

// zeros appends n zero octets, writeSize at most.
func (w *Worker) zeros(b *bundle, n uint64) {
	had := len(b.buffer)
	b.buffer = slices.Grow(b.buffer, int(n))[:had+int(n)]
	clear(b.buffer[had:])
	w.buffered += int(n)
}

// relieve writes the larger buffers to files. What is smaller than half of an equal share stays, which is less than half of
// the budget: the next time is far off.
func (w *Worker) relieve() {
	share := w.budget / len(w.active) / 2
	for _, b := range w.active {
		if len(b.buffer) > share && !w.flush(b) {
			return
		}
	}
}

// appendStem appends a name that no other file of this run has.
func (w *Worker) appendStem(dst []byte, b *bundle) []byte {
	ids := w.ids[b.session]
	if ids == nil {
		ids = new([2]idSet)
		w.ids[b.session] = ids
	}
	dst = appendStem(dst, b.session, b.from, b.id)
	if n := ids[b.from&1].use(b.id); n > 1 {
		dst = append(dst, '-')
		dst = strconv.AppendUint(dst, n, 10)
	}
	return dst
}
