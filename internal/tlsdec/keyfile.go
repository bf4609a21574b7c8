// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// readSize is how much of a key log file is read at a time, in octets.
const readSize = 64 << 10

// follower reads what is appended to a key log file.
type follower struct {
	f      *os.File
	offset int64
	part   []byte // of a line of which the end was not written yet; at most maxLine and one octet
	passed bool   // part is the beginning of a line that is too long
	buf    []byte
}

// OpenKeyLog reads a key log file and stays with it: where a secret is wanted that is not there, it looks whether something
// was appended. A file that was cut shorter is read from its beginning. Close ends that.
func OpenKeyLog(path string) (*KeyLog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key log: %w", err)
	}
	k := NewKeyLog()
	w := &follower{f: f}
	for {
		n, err := w.more(k)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("key log: %w", err)
		}
		if n == 0 {
			break
		}
	}
	k.file = w
	return k, nil
}

// Close closes the file of a key log; its secrets stay.
func (k *KeyLog) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file == nil {
		return nil
	}
	f := k.file.f
	k.file = nil
	return f.Close()
}

// read reads on for a secret that is missing and reports whether anything new was there. A file that can no longer be read has
// nothing new.
func (w *follower) read(k *KeyLog) bool {
	n, err := w.more(k)
	return err == nil && n > 0
}

// more reads the next octets of the file. The last line counts when it is ended, or, at the end of the file, as soon as it is
// whole: some programs write the line feed later.
func (w *follower) more(k *KeyLog) (int, error) {
	if info, err := w.f.Stat(); err == nil && info.Size() < w.offset {
		w.offset, w.part, w.passed = 0, w.part[:0], false
	}
	if w.buf == nil {
		w.buf = make([]byte, readSize)
	}
	n, err := w.f.ReadAt(w.buf, w.offset)
	if err != nil && err != io.EOF {
		return 0, err
	}
	w.offset += int64(n)
	w.take(k, w.buf[:n])
	return n, nil
}

func (w *follower) take(k *KeyLog, b []byte) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			w.keep(b)
			if !w.passed {
				k.addLine(w.part)
			}
			return
		}
		w.keep(b[:i])
		if !w.passed {
			k.addLine(w.part)
		}
		w.part, w.passed = w.part[:0], false
		b = b[i+1:]
	}
}

func (w *follower) keep(b []byte) {
	if room := maxLine - len(w.part); len(b) > room {
		w.passed = true
		b = b[:room]
	}
	w.part = append(w.part, b...)
}
