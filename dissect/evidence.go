// SPDX-License-Identifier: Apache-2.0

package dissect

import "github.com/dtn-tools/tcpcl/wire/sdnv"

// bundleBits says how much the octets of a segment with START look like a bundle. size is the segment's data length, of which d may
// hold less; whole says that the segment is the whole transfer. The more of a bundle's inner lengths agree with each other and
// with the segment's, the less it can be chance; proven says that all do.
func bundleBits(d []byte, size uint64, whole bool) (bits int, proven bool) {
	if uint64(len(d)) > size {
		d = d[:size]
	}
	complete := whole && uint64(len(d)) == size
	switch {
	case len(d) > 2 && d[0] == 0x9f && d[1] >= 0x88 && d[1] <= 0x8b && d[2] == 7:
		// BPv7 (RFC 9171 section 4.1): an array of indefinite length, a primary block of 8 to 11 fields, version 7.
		n := cborLen(d[1:], maxNesting)
		switch {
		case n == 0:
			return 20, false
		case complete && bundleEndsV7(d[1+n:]):
			return 20 + 12 + 20, true
		}
		return 20 + 12, false
	case len(d) > 0 && d[0] == 6:
		// BPv6 (RFC 5050 section 4.5.1): version 6.
		n := primaryLenV6(d)
		switch {
		case n < 0:
			return 0, false
		case n == 0:
			return 6, false
		case complete && bundleEndsV6(d[n:]):
			return 6 + 22 + 20, true
		}
		return 6 + 22, false
	}
	return 0, false
}

// bundleWant is how many octets of a segment's data tell whether a bundle begins there, as a rule.
const bundleWant = 64

// primaryLenV6 is the length of the primary block at the start of d (RFC 5050 section 4.5.1), 0 where d ends inside it, negative
// where it contradicts itself.
func primaryLenV6(d []byte) int {
	at := 1
	next := func() (v uint64, ok bool) {
		v, n, err := sdnv.Parse(d[min(at, len(d)):])
		at += n
		return v, err == nil
	}
	flags, ok := next()
	if !ok {
		return 0
	}
	length, ok := next()
	if !ok {
		return 0
	}
	if flags >= 1<<21 || length < 12 || length > 4096 {
		return -1
	}
	end := at + int(length)
	if end > len(d) {
		return 0
	}
	d = d[:end]
	var dictionary uint64
	for range 8 + 2 + 1 + 1 { // offsets of four endpoint IDs, creation time and sequence, lifetime, dictionary length
		if dictionary, ok = next(); !ok {
			return -1
		}
	}
	if dictionary > length {
		return -1
	}
	at += int(dictionary)
	if flags&1 != 0 { // a fragment: offset and length of the whole
		for range 2 {
			if _, ok = next(); !ok {
				return -1
			}
		}
	}
	if at != end {
		return -1
	}
	return end
}

// bundleEndsV6 says whether d is the blocks behind a primary block, the last one so marked and ending where d ends (RFC 5050
// section 4.5.2).
func bundleEndsV6(d []byte) bool {
	for len(d) > 1 {
		at := 1
		next := func() (v uint64, ok bool) {
			v, n, err := sdnv.Parse(d[min(at, len(d)):])
			at += n
			return v, err == nil
		}
		flags, ok := next()
		if !ok || flags >= 1<<21 {
			return false
		}
		if flags&0x40 != 0 { // references to endpoint IDs
			n, ok := next()
			if !ok || n > 64 {
				return false
			}
			for range 2 * n {
				if _, ok := next(); !ok {
					return false
				}
			}
		}
		length, ok := next()
		if !ok || length > uint64(len(d)-at) {
			return false
		}
		d = d[at+int(length):]
		if flags&8 != 0 {
			return len(d) == 0
		}
	}
	return false
}

// bundleEndsV7 says whether d is the blocks behind a primary block, and then the break that ends the bundle (RFC 9171 section 4.1).
func bundleEndsV7(d []byte) bool {
	for len(d) > 1 {
		if d[0] != 0x85 && d[0] != 0x86 {
			return false
		}
		n := cborLen(d, maxNesting)
		if n == 0 {
			return false
		}
		d = d[n:]
	}
	return len(d) == 1 && d[0] == 0xff
}

// maxNesting bounds the arrays within each other that are followed: a primary block needs three.
const maxNesting = 4

// cborLen is the length of the unsigned integer, string or array at the start of d (RFC 8949 section 3), 0 where there is none, or
// none that ends in d.
func cborLen(d []byte, nesting int) int {
	if len(d) == 0 {
		return 0
	}
	major, value, at := d[0]>>5, uint64(d[0]&31), 1
	if value >= 24 {
		n := 1 << (value - 24)
		if value > 27 || len(d) < 1+n {
			return 0
		}
		value = 0
		for _, b := range d[1 : 1+n] {
			value = value<<8 | uint64(b)
		}
		at += n
	}
	switch major {
	case 0:
		return at
	case 2, 3:
		if value > uint64(len(d)-at) {
			return 0
		}
		return at + int(value)
	case 4:
		if nesting == 0 || value > uint64(len(d)-at) {
			return 0
		}
		for range value {
			n := cborLen(d[at:], nesting-1)
			if n == 0 {
				return 0
			}
			at += n
		}
		return at
	}
	return 0
}
