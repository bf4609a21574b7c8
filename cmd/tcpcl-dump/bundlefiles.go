// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
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
func (v *view) ownFiles(names []string) (own, others []string) {
	for _, name := range names {
		if name == "-" && v.ahead == nil && v.isBundleInput() || isBundleFile(name) {
			own = append(own, name)
		} else {
			others = append(others, name)
		}
	}
	return own, others
}

// isBundleInput looks at the first octet of standard input, and keeps it for whoever reads on.
func (v *view) isBundleInput() bool {
	interruptStdin(v.cmd.Context(), []string{"-"})
	var first [1]byte
	n, _ := io.ReadFull(os.Stdin, first[:]) // an error comes again
	v.ahead = first[:n]
	return n > 0 && beginsABundle(first[0])
}

// beginsABundle says whether an octet is the first of a bundle: a CBOR array of at least two items (BPv7, RFC 9171 4.1), or the version
// of BPv6 (RFC 5050 4.5.1). No capture and no compressed file begins so.
func beginsABundle(first byte) bool {
	return first == 0x06 || first == 0x9f || first >= 0x82 && first <= 0x9b
}

// isBundleFile says whether a file begins as a bundle does. What can be read only once is not looked at.
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
	return beginsABundle(first[0])
}

// read lists bundles that are files of their own.
func (l *bundleList) read(names []string, ahead []byte, hashed bool, keys *dissect.SecurityKeys) error {
	l.files = bundleSink{list: l, scribe: l.book.Scribe()}
	var entry []byte
	return eachBundleFile(names, ahead, hashed, keys, func(b *record.Bundle) error {
		entry = l.files.entry(entry[:0], b, l.book.File(b.File))
		_, err := l.book.Write(entry)
		return err
	})
}

// eachBundleFile reads bundles from files; ahead is what was read of standard input. What is wrong with one does not keep the others from being read; an error of use does.
func eachBundleFile(names []string, ahead []byte, hashed bool, keys *dissect.SecurityKeys, use func(*record.Bundle) error) error {
	if len(names) == 0 {
		return nil
	}
	var errs []error
	buffer := make([]byte, bundleBuffer)
	for _, name := range names {
		b, err := readBundle(name, ahead, buffer, hashed, keys)
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
func readBundle(name string, ahead, buffer []byte, hashed bool, keys *dissect.SecurityKeys) (*record.Bundle, error) {
	var in io.Reader
	if name == "-" {
		name, in = "standard input", io.MultiReader(bytes.NewReader(ahead), os.Stdin)
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be opened: %w", name, withoutPath(err))
		}
		defer f.Close()
		in = f
	}
	b, err := dissect.ReadBundle(in, buffer, hashed, keys)
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
