// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxWraps is how often a capture may be compressed: once by its writer and once more by whoever shipped it.
	maxWraps = 2

	// maxZstdWindow is the most history that a zstd frame may ask for, the limit of the zstd program itself. Frames that
	// ask for so much (zstd --long, --ultra) are rare; the pages take memory only as data fill them.
	maxZstdWindow = 128 << 20
)

// foreign are files that people mistake for something we read, by their first octets.
var foreign = []struct{ magic, what, hint string }{
	{"\xfd7zXZ\x00", "an xz archive", "unpack it first: xz -d"},
	{"BZh", "a bzip2 archive", "unpack it first: bzip2 -d"},
	{"\x04\x22\x4d\x18", "an lz4 archive", "unpack it first: lz4 -d"},
	{"PK\x03\x04", "a zip archive", "unpack it first: unzip"},
	{"snoop\x00", "a snoop capture", "convert it first: editcap -F pcapng"},
	{"GMBU", "a Network Monitor capture", "convert it first: editcap -F pcapng"},
	{"RTSS", "a Network Monitor capture", "convert it first: editcap -F pcapng"},
	{"XCP\x00", "a NetXRay capture", "convert it first: editcap -F pcapng"},
}

// unwrap removes the compression around a capture and returns a reader of the capture's octets.
func (f *File) unwrap(r io.Reader, size int) (io.Reader, error) {
	for {
		in := bufio.NewReaderSize(r, min(size, 32<<10))
		head, err := in.Peek(6)
		if len(head) < 4 && err != nil && err != io.EOF {
			// Whoever reads on meets the same error and reports it.
			return in, nil
		}
		switch {
		case isGzip(head):
			f.compressed = true
			z, err := gzip.NewReader(in)
			if err != nil {
				return nil, f.unreadable(err)
			}
			r = z
		case isZstd(head):
			f.compressed = true
			// With one decoder there are no goroutines and no read-ahead: a pipe's packets come through as they arrive.
			z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(maxZstdWindow))
			if err != nil {
				return nil, f.unreadable(err)
			}
			f.closers = append(f.closers, func() error { z.Close(); return nil })
			r = z
		default:
			return in, f.recognise(head)
		}
		if f.info.Wraps++; f.info.Wraps > maxWraps {
			return nil, &Error{File: f.name, Offset: -1, What: fmt.Sprintf("compressed more than %d times", maxWraps),
				Hint: "unpack it first"}
		}
	}
}

// recognise returns an error unless a file that begins with head is a capture, as far as 4 octets tell.
func (f *File) recognise(head []byte) error {
	if len(head) < 4 {
		return f.tooShort(head)
	}
	if isSectionHeader(head) {
		return nil
	}
	if _, _, ok := pcapMagic(head); ok {
		return nil
	}
	for _, k := range foreign {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return &Error{File: f.name, Offset: -1, What: k.what + ", which is not read", Hint: k.hint}
		}
	}
	return &Error{File: f.name, Offset: -1, What: fmt.Sprintf("not a capture file: it begins with % x (%q)", head, head),
		Hint: "pcap and pcapng are read, plain or compressed with gzip or zstd"}
}

// tooShort reports a file that ends before it can be told what it is.
func (f *File) tooShort(head []byte) *Error {
	e := &Error{File: f.name, Offset: -1, What: "the file is empty"}
	if f.compressed {
		e.What = "the decompressed file is empty"
	}
	if len(head) > 0 {
		e.What = fmt.Sprintf("not a capture file: it has only %d octets, % x", len(head), head)
	}
	return e
}

func isGzip(head []byte) bool { return len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b }

// isZstd knows zstd's own frames and the skippable frames (184D2A50 to 184D2A5F) that some compressors put first.
func isZstd(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		head[0]&0xf0 == 0x50 && bytes.HasPrefix(head[1:], []byte{0x2a, 0x4d, 0x18})
}
