// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/term"

	"github.com/dtn-tools/tcpcl/internal/render"
)

// results is where results go: standard output or a file. It gathers small writes; the first goes out at once, so that
// whoever waits sees that there is something.
type results struct {
	file    *os.File
	name    string
	buffer  *bufio.Writer
	array   bool // records, each begun by arrayComma, become one JSON array
	began   bool
	width   int // columns of the terminal, 0 where there is none
	theme   *render.Theme
	created bool
}

// arrayComma stands before each record of a JSON array.
const arrayComma = ",\n"

// newResults opens the file named, "" being standard output.
func newResults(name string, array bool) (*results, error) {
	r := &results{file: os.Stdout, name: "standard output", array: array}
	if name != "" {
		f, err := os.Create(name)
		if err != nil {
			return nil, outputFailed(cannotWrite(name, err))
		}
		r.file, r.name, r.created = f, name, true
	} else if width, _, err := term.GetSize(int(r.file.Fd())); err == nil {
		r.width = width
	}
	r.buffer = bufio.NewWriterSize(r.file, 64<<10)
	return r, nil
}

// Write implements io.Writer. Errors are of type *outputError.
func (r *results) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n := len(b)
	first := !r.began
	r.began = true
	if first && r.array {
		b = b[1:]
		r.buffer.WriteByte('[') // what fails here fails again below
	}
	_, err := r.buffer.Write(b)
	if err == nil && first {
		err = r.buffer.Flush()
	}
	if err != nil {
		return 0, outputFailed(cannotWrite(r.name, err))
	}
	return n, nil
}

// Flush writes what was gathered. Errors are of type *outputError.
func (r *results) Flush() error {
	if err := r.buffer.Flush(); err != nil {
		return outputFailed(cannotWrite(r.name, err))
	}
	return nil
}

// writeThrough writes without waiting for more.
func (r *results) writeThrough(b []byte) error {
	if _, err := r.Write(b); err != nil {
		return err
	}
	return r.Flush()
}

// close writes what is left and ends the array.
func (r *results) close() error {
	if r.array {
		if !r.began {
			r.buffer.WriteByte('[')
		}
		r.buffer.WriteString("\n]\n")
	}
	err := r.buffer.Flush()
	if r.created {
		err = errors.Join(err, r.file.Close())
	}
	if err != nil {
		return outputFailed(cannotWrite(r.name, err))
	}
	return nil
}

func (r *results) tableOptions(wide bool) render.TableOptions {
	return render.TableOptions{Theme: r.theme, Width: r.width, Wide: wide}
}

// cannotWrite says which file cannot be written and why.
func cannotWrite(name string, err error) error {
	return fmt.Errorf("%s: cannot be written: %w", name, withoutPath(err))
}

// withoutPath takes the file's name out of an error that is shown behind it.
func withoutPath(err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		return inner.Err
	}
	return err
}
