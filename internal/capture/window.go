// SPDX-License-Identifier: Apache-2.0

package capture

import "io"

// window is a sliding view of the octets of a reader. Slices of buf stay valid until the next call of need or skip, with swap until
// whoever got the buffer from it gives it back.
type window struct {
	r      io.Reader
	swap   func(used []byte) []byte // takes a buffer that is used up and returns another one, or nil; nil: the same one is used again
	buf    []byte
	lo, hi int   // buf[lo:hi] has been read from r and not been used
	base   int64 // offset of buf[0] in r's octets
	size   int   // how much of buf a read fills, unless something larger has to fit
	err    error // why r has no more octets
}

func newWindow(r io.Reader, size int) window {
	return window{r: r, buf: make([]byte, size), size: size}
}

// unread returns the octets that have been read and not been used.
func (w *window) unread() []byte { return w.buf[w.lo:w.hi] }

// offset counts the octets used.
func (w *window) offset() int64 { return w.base + int64(w.lo) }

// need makes at least n octets available, n at most maxBlock. If it cannot, unread holds all that is left.
func (w *window) need(n int) bool {
	return w.hi-w.lo >= n || w.fill(n)
}

func (w *window) fill(n int) bool {
	if w.err != nil {
		return false
	}
	w.makeRoom(n)
	idle := 0
	for w.hi-w.lo < n && w.err == nil {
		end := w.size
		if w.lo+n > w.size {
			if w.hi == len(w.buf) {
				w.grow()
			}
			end = len(w.buf)
		}
		got, err := w.r.Read(w.buf[w.hi:end])
		w.hi += got
		w.err = err
		if idle++; got > 0 {
			idle = 0
		} else if idle == 100 && err == nil {
			w.err = io.ErrNoProgress
		}
	}
	return w.hi-w.lo >= n
}

// leastRoom is how much room has to be left in a buffer for it not to be used up.
const leastRoom = 64 << 10

// makeRoom brings what was not used to the front of a buffer, unless with swap n octets have room behind it.
func (w *window) makeRoom(n int) {
	to := w.buf
	if w.swap != nil {
		if w.lo+n <= w.size && w.size-w.hi >= leastRoom {
			return
		}
		if to = w.swap(w.buf); len(to) < max(w.size, w.hi-w.lo) {
			to = make([]byte, max(w.size, w.hi-w.lo))
		}
	}
	w.base += int64(w.lo)
	w.hi = copy(to, w.buf[w.lo:w.hi])
	w.lo, w.buf = 0, to
}

// grow doubles a buffer that is full: what is allocated is in proportion to what is there, whatever a length field says.
func (w *window) grow() {
	larger := make([]byte, min(2*len(w.buf), maxBlock))
	copy(larger, w.buf)
	w.buf = larger
}

// skip uses n octets without keeping them. It reports whether there were as many.
func (w *window) skip(n int64) bool {
	for n > 0 {
		if w.lo == w.hi && !w.fill(1) {
			return false
		}
		k := min(n, int64(w.hi-w.lo))
		w.lo += int(k)
		n -= k
	}
	return true
}
