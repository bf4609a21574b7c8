// SPDX-License-Identifier: Apache-2.0

// Package extract writes the data of transfers, each of which is a bundle, to files of their own, with a manifest.
//
// Application data units that were sent in fragments are put together out of the fragments' files.
//
// One Extractor serves a run; each worker has a Worker. Small bundles are gathered in memory and written with one create,
// write and close; of a larger one at most a buffer's worth is in memory, whatever its length. Nothing is written outside the
// directory, and no file that was there before is touched unless that is asked for.
package extract

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// ManifestName is the name of the manifest in the directory.
const ManifestName = "manifest.ndjson"

// Options of New.
type Options struct {
	Dir       string // made where it does not exist
	Partial   bool   // also write what there is of incomplete and refused transfers, as .partial
	Overwrite bool   // replace files that exist
	Unhashed  bool   // leave out the SHA-256 of application data units
	Workers   int    // how many workers share the limits of open files and buffered octets; 0: one

	// OnError is called once, with the error of Err, when the first file could not be written. Nothing is written from then on.
	OnError func(error)
}

const (
	maxOpen     = 64       // files that are open at a time, over all workers
	maxBuffered = 32 << 20 // octets of unfinished small bundles in memory, over all workers
)

// Extractor is what the workers of a run share.
type Extractor struct {
	options  Options
	dir      *directory
	manifest *bufio.Writer
	file     *os.File // of the manifest
	joiner   joiner

	failed atomic.Bool // err is set
	mu     sync.Mutex
	err    error
}

// New makes the directory and begins the manifest.
func New(o Options) (*Extractor, error) {
	o.Workers = max(o.Workers, 1)
	if err := os.MkdirAll(o.Dir, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, err
	}
	dir, err := newDirectory(root, o)
	if err != nil {
		root.Close()
		return nil, err
	}
	e := &Extractor{options: o, dir: dir, joiner: newJoiner(!o.Unhashed)}
	if e.file, err = e.dir.create(ManifestName); err != nil {
		e.dir.close()
		return nil, err
	}
	e.manifest = bufio.NewWriterSize(e.file, 64<<10)
	return e, nil
}

// Manifest is where lines go of the records that Worker.Transfer returns.
func (e *Extractor) Manifest() io.Writer { return e.manifest }

// Err is the first error of any worker.
func (e *Extractor) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// Close ends the manifest. The workers must be closed before.
func (e *Extractor) Close() error {
	err := e.dir.explain(ManifestName, errors.Join(e.manifest.Flush(), e.file.Close()))
	return errors.Join(err, e.dir.close())
}

func (e *Extractor) fail(err error) {
	e.mu.Lock()
	first := e.err == nil
	if first {
		e.err = err
		e.failed.Store(true)
	}
	e.mu.Unlock()
	if first && e.options.OnError != nil {
		e.options.OnError(err)
	}
}

// directory gives access to the files of one directory and to nothing outside it.
type directory struct {
	root      *os.Root
	handle    *os.File // the directory itself, for the short way of writing small files
	path      string
	overwrite bool
}

func newDirectory(root *os.Root, o Options) (*directory, error) {
	handle, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	return &directory{root, handle, o.Dir, o.Overwrite}, nil
}

func (d *directory) close() error { return errors.Join(d.handle.Close(), d.root.Close()) }

// create makes a new file. One that is there is removed first where that was asked for: writing into it could reach
// something else through a link.
func (d *directory) create(name string) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := d.root.OpenFile(name, flags, 0o666)
	if errors.Is(err, fs.ErrExist) && d.overwrite {
		if err = d.root.Remove(name); err == nil {
			f, err = d.root.OpenFile(name, flags, 0o666)
		}
	}
	return f, d.explain(name, err)
}

// reopen opens a file that create made.
func (d *directory) reopen(name string) (*os.File, error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY, 0)
	return f, d.explain(name, err)
}

// write makes a new file of the octets given.
func (d *directory) write(name string, octets []byte) error {
	err := writeNew(d.handle, name, octets)
	if !errors.Is(err, fs.ErrExist) || !d.overwrite {
		return d.explain(name, err)
	}
	f, err := d.create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(octets)
	return errors.Join(err, f.Close())
}

// rename gives a file its final name.
func (d *directory) rename(from, to string) error {
	if _, err := d.root.Lstat(to); err == nil && !d.overwrite {
		return d.explain(to, fs.ErrExist)
	}
	return d.explain(to, d.root.Rename(from, to))
}

// explain says what people need: the path, the cause and what to do.
func (d *directory) explain(name string, err error) error {
	if err == nil {
		return nil
	}
	path := filepath.Join(d.path, name)
	if errors.Is(err, fs.ErrExist) {
		return &ExistsError{path}
	}
	var inPath *fs.PathError
	var inLink *os.LinkError
	switch { // path already says what these would say again
	case errors.As(err, &inPath):
		err = inPath.Err
	case errors.As(err, &inLink):
		err = inLink.Err
	}
	return fmt.Errorf("%s: cannot be written: %w", path, err)
}

// ExistsError says that a file that would have been written was there already.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return e.Path + ": exists already; name an empty directory, or give --overwrite"
}

func (e *ExistsError) Unwrap() error { return fs.ErrExist }
