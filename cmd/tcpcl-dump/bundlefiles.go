// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

// bundleBuffer is how much of a bundle file is read at a time.
const bundleBuffer = 256 << 10

// ownFiles tells files that are bundles from others, which are captures or an error when they are read as such.
func ownFiles(names []string) (own, others []string) {
	for _, name := range names {
		if isBundleFile(name) {
			own = append(own, name)
		} else {
			others = append(others, name)
		}
	}
	return own, others
}

// isBundleFile says whether a file begins as a bundle does: with a CBOR array of at least two items (BPv7, RFC 9171 4.1), or
// the version of BPv6 (RFC 5050 4.5.1). No capture and no compressed file begins so. What can be read only once is not looked at.
func isBundleFile(name string) bool {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	var first [1]byte
	if _, err := io.ReadFull(f, first[:]); err != nil {
		return false
	}
	return first[0] == 0x06 || first[0] == 0x9f || first[0] >= 0x82 && first[0] <= 0x9b
}

// read lists bundles that are files of their own.
func (l *bundleList) read(names []string, hashed bool) error {
	l.files = bundleSink{list: l, scribe: l.book.Scribe()}
	var entry []byte
	return eachBundleFile(names, hashed, func(b *record.Bundle) error {
		entry = l.files.entry(entry[:0], b, l.book.File(b.File))
		_, err := l.book.Write(entry)
		return err
	})
}

// eachBundleFile reads bundles from files. What is wrong with one does not keep the others from being read; an error of use does.
func eachBundleFile(names []string, hashed bool, use func(*record.Bundle) error) error {
	if len(names) == 0 {
		return nil
	}
	var errs []error
	buffer := make([]byte, bundleBuffer)
	for _, name := range names {
		b, err := readBundle(name, buffer, hashed)
		errs = append(errs, err)
		if b == nil {
			continue
		}
		if err := use(b); err != nil {
			errs = append(errs, err)
			break
		}
	}
	return errors.Join(errs...)
}

// readBundle reads a bundle from a file. Where the bundle is not whole it is returned with an error that says so.
func readBundle(name string, buffer []byte, hashed bool) (*record.Bundle, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be opened: %w", name, withoutPath(err))
	}
	defer f.Close()
	b, err := dissect.ReadBundle(f, buffer, hashed)
	b.File = name
	if err != nil {
		return b, fmt.Errorf("%s: cannot be read: %w (offset %d)", name, withoutPath(err), b.Length)
	}
	if b.Form == record.BundleWhole {
		return b, nil
	}
	what := "the bundle is damaged"
	if b.Form == record.BundleTruncated {
		what = "the bundle is cut short"
	}
	if n := len(b.Problems); n > 0 { // the last one says what ended the reading
		p := &b.Problems[n-1]
		what += fmt.Sprintf(": %s (offset %d)", p.Text, p.Offset)
	}
	return b, fmt.Errorf("%s: %s; everything before that was read", name, what)
}
