// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// readSoFar is the hint where a file ends before its time: people want to know whether what they see is everything.
const readSoFar = "everything before that was read"

// Error tells what is wrong with a capture file and where. Its text is made for people.
type Error struct {
	File         string // "standard input" for "-"
	Offset       int64  // octets from the start of the file, or of its decompressed content; -1: nowhere in particular
	Decompressed bool   // Offset counts decompressed octets
	Frame        uint64 // number of the packet in this file; 0: not about a packet
	What, Hint   string // Hint may be empty
	Truncated    bool   // the file is cut short, but what is there is in order
	Err          error  // cause, may be nil
}

// Error has the form "FILE: what failed (offset N); hint".
func (e *Error) Error() string {
	var s strings.Builder
	s.WriteString(e.File + ": " + e.What)
	if e.Err != nil {
		s.WriteString(": " + e.Err.Error())
	}
	if e.Offset >= 0 {
		fmt.Fprintf(&s, " (offset %d", e.Offset)
		if e.Decompressed {
			s.WriteString(" of the decompressed data")
		}
		s.WriteByte(')')
	}
	if e.Hint != "" {
		s.WriteString("; " + e.Hint)
	}
	return s.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault makes an error about the octets at an offset of the content.
func (f *File) fault(offset int64, format string, args ...any) *Error {
	return &Error{File: f.name, Offset: offset, Decompressed: f.compressed, What: fmt.Sprintf(format, args...)}
}

// stop makes err the last thing but io.EOF that Next returns: after it nothing can be found in the file any more.
func (f *File) stop(err *Error) error {
	f.end = io.EOF
	if err.Hint == "" && f.frame > 0 {
		err.Hint = readSoFar
	}
	return err
}

// ended tells why there are no more octets where something begins: nil at a clean end of the file.
func (f *File) ended() *Error {
	if f.window.err == io.EOF {
		return nil
	}
	e := f.unreadable(f.window.err)
	e.Offset = f.offset() + int64(len(f.unread()))
	return e
}

// unreadable makes the error for input that fails before its end.
func (f *File) unreadable(err error) *Error {
	e := &Error{File: f.name, Offset: -1, Decompressed: f.compressed}
	switch {
	case !f.compressed:
		e.What, e.Err = "cannot be read", withoutPath(err)
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		e.What, e.Truncated = "the compressed data are cut short", true
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		e.What = fmt.Sprintf("decompressing takes more than %d MiB of memory", maxZstdWindow>>20)
		e.Hint = "unpack it first: zstd -d --long=31"
	default:
		e.What, e.Err = "the compressed data are damaged", withoutPath(err)
	}
	return e
}

// finish ends a file between two records.
func (f *File) finish() error {
	if e := f.ended(); e != nil {
		return f.stop(e)
	}
	f.end = io.EOF
	return io.EOF
}

// cutShort makes the error for something at an offset that has fewer octets than it should. The words say how many.
func (f *File) cutShort(offset int64, format string, args ...any) *Error {
	if e := f.ended(); e != nil {
		return e
	}
	e := f.fault(offset, "cut short: "+format, args...)
	e.Truncated = true
	return e
}

// badPacket makes the error for one packet that cannot be read while those after it can.
func (f *File) badPacket(offset int64, format string, args ...any) *Error {
	e := f.fault(offset, "packet %d %s", f.frame, fmt.Sprintf(format, args...))
	e.Frame = f.frame
	e.Hint = "it is left out"
	return e
}
