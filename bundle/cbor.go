// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"encoding/binary"
	"math"
)

// The major types of CBOR (RFC 8949 3.1).
const (
	cborUint   = 0
	cborInt    = 1
	cborBytes  = 2
	cborText   = 3
	cborArray  = 4
	cborMap    = 5
	cborTag    = 6
	cborSimple = 7
)

const (
	cborBreak = 0xff
	cborFalse = 20
	cborTrue  = 21
)

// fault is why a cursor stopped.
type fault uint8

const (
	faultNone fault = iota
	faultShort
	faultForm  // not CBOR: nothing after it can be trusted
	faultType  // CBOR, but another item than is expected: it can be skipped
	faultLimit // an item over a limit of ours: it can be skipped
)

// head is the first part of an item (RFC 8949 3): major type and argument.
//
// It has no more than four fields so that the compiler keeps it in registers.
type head struct {
	arg   uint64
	major uint8
	len   uint8 // octets
	form  uint8 // indefinite, loose or 0
}

const (
	indefinite = 1 // without a length: a break ends the item
	loose      = 2 // not in the shortest form (RFC 8949 4.2.1)
)

func (h head) indefinite() bool { return h.form == indefinite }

// looseIf returns the form of a head that could be shorter.
func looseIf(shorter bool) uint8 {
	if shorter {
		return loose
	}
	return 0
}

// parseHead reads the head at the start of b. Where it is not whole, need is the number of octets missing; where need is 0
// too, it is no head. A break is a head of major type 7, indefinite.
func parseHead(b []byte) (h head, need int) {
	if len(b) == 0 {
		return h, 1
	}
	h.major, h.len = b[0]>>5, 1
	info := b[0] & 0x1f
	switch {
	case info < 24:
		h.arg = uint64(info)
		return h, 0
	case info == 31:
		if h.major == cborUint || h.major == cborInt || h.major == cborTag {
			return head{}, 0
		}
		h.form = indefinite
		return h, 0
	case info > 27:
		return head{}, 0
	}
	size := 1 << (info - 24)
	if len(b) < 1+size {
		return head{}, 1 + size - len(b)
	}
	h.len += uint8(size)
	switch size {
	case 1:
		h.arg = uint64(b[1])
		h.form = looseIf(h.arg < 24)
	case 2:
		h.arg = uint64(binary.BigEndian.Uint16(b[1:]))
		h.form = looseIf(h.arg <= math.MaxUint8)
	case 4:
		h.arg = uint64(binary.BigEndian.Uint32(b[1:]))
		h.form = looseIf(h.arg <= math.MaxUint16)
	default:
		h.arg = binary.BigEndian.Uint64(b[1:])
		h.form = looseIf(h.arg <= math.MaxUint32)
	}
	if h.major == cborSimple { // floats, and the simple values that need a second octet
		if size == 1 && h.arg < 32 {
			return head{}, 0
		}
		h.form = 0
	}
	return h, 0
}

// cursor reads items from octets. Its first failure is kept and makes all later calls return zero values, so that the
// caller asks once for several items.
type cursor struct {
	b     []byte
	i     int    // the next octet; len(b) after a failure, which sends all calls the slow way
	done  int    // octets of the items that the caller has accepted
	fault fault  // the first failure
	need  int    // with faultShort: octets missing, at least
	at    int    // where the item begins that failed
	loose int    // the offset of the first head that is not in its shortest form, plus 1
	base  uint64 // the place in the bundle of b
}

// span returns the place in the bundle of what was read from an offset on, nowhere after a failure.
func (c *cursor) span(from int) Span {
	if c.fault != faultNone {
		return Span{}
	}
	return Span{c.base + uint64(from), uint64(c.i - from)}
}

func (c *cursor) fail(f fault, at, need int) {
	if c.fault == faultNone {
		c.fault, c.at, c.need, c.i = f, at, need, len(c.b)
	}
}

// uint reads an unsigned integer.
func (c *cursor) uint() uint64 {
	if c.i < len(c.b) && c.b[c.i] < 24 {
		c.i++
		return uint64(c.b[c.i-1])
	}
	return c.longUint()
}

func (c *cursor) longUint() uint64 {
	at := c.i
	if len(c.b)-at >= 9 && c.b[at] == 0x1b { // times are such
		if v := binary.BigEndian.Uint64(c.b[at+1:]); v > math.MaxUint32 {
			c.i += 9
			return v
		}
	}
	h := c.head()
	if c.fault == faultNone && h.major != cborUint {
		c.fail(faultType, at, 0)
		return 0
	}
	return h.arg
}

// head reads any head.
func (c *cursor) head() head {
	if c.fault != faultNone {
		return head{}
	}
	h, need := parseHead(c.b[c.i:])
	if h.len == 0 || need > 0 {
		if need > 0 {
			c.fail(faultShort, c.i, need)
		} else {
			c.fail(faultForm, c.i, 0)
		}
		return head{}
	}
	if h.form == loose && c.loose == 0 {
		c.loose = c.i + 1
	}
	c.i += int(h.len)
	return h
}

// of reads a head of a major type.
func (c *cursor) of(major uint8) head {
	at := c.i
	h := c.head()
	if c.fault == faultNone && h.major != major {
		c.fail(faultType, at, 0)
		return head{}
	}
	return h
}

// array reads the head of an array of exactly n items. An indefinite one is accepted as well: its break is to be asked for
// with end.
func (c *cursor) array(n uint64) (indefinite bool) {
	at := c.i
	if c.i < len(c.b) && uint64(c.b[c.i]) == cborArray<<5|n {
		c.i++
		return false
	}
	h := c.of(cborArray)
	if c.fault == faultNone && !h.indefinite() && h.arg != n {
		c.fail(faultType, at, 0)
	}
	return h.indefinite()
}

// end reads the break of an indefinite item.
func (c *cursor) end(indefinite bool) {
	if !indefinite || c.fault != faultNone {
		return
	}
	if b, ok := c.peek(); ok {
		if b != cborBreak {
			c.fail(faultType, c.i, 0)
			return
		}
		c.i++
	}
}

// str reads a definite string of a major type and returns a view of it. One of more than limit octets is a faultLimit.
func (c *cursor) str(major uint8, limit int) []byte {
	at := c.i
	if at < len(c.b) {
		if n := int(c.b[at] - major<<5); n < 24 && n < len(c.b)-at {
			c.i += n + 1
			return c.b[at+1 : c.i : c.i]
		}
	}
	h := c.of(major)
	switch {
	case c.fault != faultNone:
		return nil
	case h.indefinite():
		c.fail(faultType, at, 0)
		return nil
	case h.arg > uint64(limit):
		c.fail(faultLimit, at, 0)
		return nil
	case h.arg > uint64(len(c.b)-c.i):
		c.fail(faultShort, at, int(h.arg)-(len(c.b)-c.i))
		return nil
	}
	c.i += int(h.arg)
	return c.b[c.i-int(h.arg) : c.i : c.i]
}

// bool reads true or false.
func (c *cursor) bool() bool {
	at := c.i
	h := c.of(cborSimple)
	if c.fault == faultNone && (h.len != 1 || h.arg != cborFalse && h.arg != cborTrue) {
		c.fail(faultType, at, 0)
	}
	return h.arg == cborTrue
}

// item reads one item of any kind, with all inside it, and returns a view of it.
func (c *cursor) item() []byte {
	if c.fault != faultNone {
		return nil
	}
	var s skipper
	s.begin(1)
	start := c.i
	n, need := s.skip(c.b[c.i:])
	switch {
	case s.bad:
		c.fail(faultForm, start, 0)
		return nil
	case need > 0:
		c.fail(faultShort, start, need)
		return nil
	}
	c.i += n
	return c.b[start:c.i:c.i]
}

// peek returns the next octet without using it.
func (c *cursor) peek() (octet byte, ok bool) {
	if c.fault != faultNone {
		return 0, false
	}
	if c.i >= len(c.b) {
		c.fail(faultShort, c.i, 1)
		return 0, false
	}
	return c.b[c.i], true
}

// commit accepts all that was read so far.
func (c *cursor) commit() { c.done = c.i }
