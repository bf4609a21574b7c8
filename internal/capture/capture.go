// SPDX-License-Identifier: Apache-2.0

// Package capture reads packets from capture files: pcap in all its dialects and pcapng, each plain or compressed with
// gzip or zstd, from a file or from standard input. The content alone decides what a file is; its name means nothing.
//
// Packets are borrowed: they lie in the read buffer and cost no allocation and no copy. Every file is taken for hostile:
// memory is bounded by the limits below, never by a length that a file states.
package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"sync/atomic"

	"github.com/dtn-tools/tcpcl/reassembly"
)

const (
	// bufferSize is what one read asks for: large enough to make system calls cheap, small enough to stay in the
	// second-level cache until its packets have been decoded.
	bufferSize = 256 << 10

	// maxPacket is the most octets that one packet may have. A record that claims more is damaged.
	maxPacket = 16 << 20

	// maxBlock leaves room for the fixed fields and the options around a packet of maxPacket octets.
	maxBlock = maxPacket + 256<<10

	// stdin is the name that stands for standard input.
	stdin = "-"
)

// File is one capture being read. It is for one goroutine.
type File struct {
	window

	name       string // as people read it
	compressed bool
	closers    []func() error
	info       Info
	kept       *kept

	frame uint64 // number of the last packet
	time  int64  // of the last packet
	big   bool   // the writer's octet order is big-endian: of the file (pcap), of the section (pcapng)
	end   error  // what Next returns instead of reading on

	pcap       pcapLayout
	section    int // number of the pcapng section, from 1; 0 in a pcap
	interfaces []timedInterface
}

// Open opens a capture file; "-" is standard input. It reads as far as the file's header. Errors are of type *Error.
func Open(name string) (*File, error) {
	return openFile(name, new(kept), new(atomic.Int64), bufferSize)
}

// NewReader reads a capture from r; name stands for it in errors. It reads as far as the capture's header. The caller
// closes r after the File. Errors are of type *Error.
func NewReader(name string, r io.Reader) (*File, error) {
	return newFile(name, r, new(kept), bufferSize)
}

// openFile opens a file whose secrets and comments go to k, counting the octets read, before any decompression, in read.
func openFile(name string, k *kept, read *atomic.Int64, size int) (*File, error) {
	if name == stdin {
		return newFile(displayName(name), &counter{os.Stdin, read}, k, size)
	}
	in, err := os.Open(name)
	if err != nil {
		return nil, &Error{File: name, Offset: -1, What: "cannot be opened", Err: withoutPath(err)}
	}
	f, err := newFile(name, &counter{in, read}, k, size)
	if err != nil {
		in.Close()
		return nil, err
	}
	f.closers = append(f.closers, in.Close)
	return f, nil
}

func newFile(name string, r io.Reader, k *kept, size int) (*File, error) {
	f := &File{name: name, kept: k, info: Info{File: name}}
	content, err := f.unwrap(r, size)
	if err == nil {
		f.window = newWindow(content, size)
		err = f.readHeader()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// readHeader reads what comes before the first packet and has to be right for anything to be read.
func (f *File) readHeader() error {
	if !f.need(4) {
		if e := f.ended(); e != nil {
			e.Offset = -1
			return e
		}
		return f.tooShort(f.unread())
	}
	if isSectionHeader(f.unread()) {
		f.info.Format = "pcapng"
		return f.readSectionHeader()
	}
	f.info.Format = "pcap"
	return f.readPcapHeader()
}

// Next reads the next packet into p. p.Data is borrowed: it points into the read buffer and is valid until the next call.
// p.Frame counts the packets of this file from 1, p.Length is limited to 2^31-1.
//
// At the end Next returns io.EOF. Any other error is an *Error; calling Next again goes on with what can still be read, or
// returns io.EOF. A last packet that is cut short is delivered with the octets there are, and the error after it.
func (f *File) Next(p *reassembly.Packet) error {
	if f.end != nil {
		err := f.end
		f.end = io.EOF
		return err
	}
	if f.section > 0 {
		if f.plainBlock(p) {
			return nil
		}
		return f.nextBlock(p)
	}
	// As plainBlock does for pcapng: the usual record that lies in the buffer as a whole takes a straight way.
	if b := f.unread(); f.pcap.plain && len(b) >= recordStandard {
		h := (*[recordStandard]byte)(b)
		captured, length := binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:])
		end := recordStandard + uint64(captured)
		if end <= uint64(len(b)) && captured <= length && length <= math.MaxInt32 {
			f.lo += int(end)
			f.frame++
			p.Data = b[recordStandard:end:end]
			p.Length = int(length)
			p.Frame = f.frame
			p.Time = int64(binary.LittleEndian.Uint32(h[0:]))*1e9 + int64(binary.LittleEndian.Uint32(h[4:]))*f.pcap.unit
			p.Link = f.pcap.link
			return nil
		}
	}
	return f.nextRecord(p)
}

// Info tells what the file said of itself so far. It is borrowed and changes as the file is read.
func (f *File) Info() *Info { return &f.info }

// Secrets returns the decryption secrets met so far, in file order. The list only ever grows.
func (f *File) Secrets() []Secret { return f.kept.secrets }

// Close closes the file. Packets of it must not be used afterwards.
func (f *File) Close() error {
	f.end = io.EOF
	var errs []error
	for _, c := range f.closers {
		errs = append(errs, c())
	}
	f.closers = nil
	return errors.Join(errs...)
}

// counter counts the octets read. Another goroutine may look at the count.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}

func displayName(name string) string {
	if name == stdin {
		return "standard input"
	}
	return name
}

// withoutPath takes the file's name out of an error that will be shown behind it.
func withoutPath(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
