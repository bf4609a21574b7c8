// SPDX-License-Identifier: Apache-2.0

package extract

import (
	"cmp"
	"errors"
	"os"
	"slices"
)

// output is the file of a bundle that is not all in memory. Until the bundle is whole its extension is .partial.
type output struct {
	stem string // name without extension; "" where there is no file
	file *os.File
	used uint64 // Worker.clock when it was last written
}

const unfinished = ".partial"

// write brings the bundle, length octets of it, into the file with the extension given; its name is left in w.name.
func (w *Worker) write(b *bundle, extension string, length uint64) bool {
	missing := length - b.end()
	if b.base > 0 || b.file.stem != "" || missing >= writeSize {
		return w.finish(b, extension, length)
	}
	w.zeros(b, missing)
	w.name = append(w.appendStem(w.name[:0], b), extension...)
	if err := w.e.dir.write(string(w.name), b.buffer); err != nil {
		return w.fail(err)
	}
	return true
}

// finish writes what is in the buffer of a bundle with a file of its own, and gives the file its name.
func (w *Worker) finish(b *bundle, extension string, length uint64) bool {
	if !w.flush(b) {
		return false
	}
	stem := b.file.stem
	var err error
	if length > b.base {
		err = b.file.file.Truncate(int64(length))
	}
	err = w.e.dir.explain(stem+unfinished, errors.Join(err, w.closeFile(b)))
	if err == nil && extension != unfinished {
		err = w.e.dir.rename(stem+unfinished, stem+extension)
	}
	if err != nil {
		return w.fail(err)
	}
	b.file = output{}
	w.name = append(append(w.name[:0], stem...), extension...)
	return true
}

// flush writes the buffer to the file.
func (w *Worker) flush(b *bundle) bool {
	if err := w.ensureOpen(b); err != nil {
		return w.fail(err)
	}
	n, err := b.file.file.WriteAt(b.buffer, int64(b.base))
	if err != nil {
		return w.fail(w.e.dir.explain(b.file.stem+unfinished, err))
	}
	b.base += uint64(n)
	w.buffered -= n
	b.buffer = b.buffer[:0]
	w.clock++
	b.file.used = w.clock
	return true
}

// ensureOpen opens the file of b, which it makes the first time. The one longest not used is closed where too many are open.
func (w *Worker) ensureOpen(b *bundle) error {
	if b.file.file != nil {
		return nil
	}
	if len(w.open) >= w.limit {
		idle := slices.MinFunc(w.open, func(a, b *bundle) int { return cmp.Compare(a.file.used, b.file.used) })
		if err := w.closeFile(idle); err != nil {
			return w.e.dir.explain(idle.file.stem+unfinished, err)
		}
	}
	stem := b.file.stem
	var f *os.File
	var err error
	if stem == "" {
		stem = string(w.appendStem(nil, b))
		f, err = w.e.dir.create(stem + unfinished)
	} else {
		f, err = w.e.dir.reopen(stem + unfinished)
	}
	if err != nil {
		return err
	}
	b.file.stem, b.file.file = stem, f
	w.open = append(w.open, b)
	return nil
}

func (w *Worker) closeFile(b *bundle) error {
	if b.file.file == nil {
		return nil
	}
	i := slices.Index(w.open, b)
	w.open = slices.Delete(w.open, i, i+1)
	err := b.file.file.Close()
	b.file.file = nil
	return err
}

// remove deletes the file of a bundle that is given up.
func (w *Worker) remove(b *bundle) {
	name := b.file.stem + unfinished
	err := errors.Join(w.closeFile(b), w.e.dir.root.Remove(name))
	b.file = output{}
	if err != nil {
		w.fail(w.e.dir.explain(name, err))
	}
}

func (w *Worker) fail(err error) bool {
	w.e.fail(err)
	return false
}
