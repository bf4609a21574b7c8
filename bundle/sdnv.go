// SPDX-License-Identifier: Apache-2.0

package bundle

import "github.com/dtn-tools/tcpcl/wire/sdnv"

// sdnv reads an SDNV, the integer of BPv6. One over 2^64-1 is a faultForm.
func (c *cursor) sdnv() uint64 {
	if c.i < len(c.b) && c.b[c.i] < 0x80 {
		c.i++
		return uint64(c.b[c.i-1])
	}
	return c.longSDNV()
}

func (c *cursor) longSDNV() uint64 {
	if c.fault != faultNone {
		return 0
	}
	rest := c.b[c.i:]
	if len(rest) > 0 && rest[0] != 0x80 { // in its shortest form
		v := uint64(0)
		for i, octet := range rest[:min(len(rest), 9)] { // more may be over 64 bits
			v = v<<7 | uint64(octet&0x7f)
			if octet < 0x80 {
				c.i += i + 1
				return v
			}
		}
	}
	v, n, err := sdnv.Parse(rest)
	if err != nil {
		// What one more octet would complete is short.
		var more [32]byte
		if len(rest) < len(more) {
			copy(more[:], rest)
			if _, _, err := sdnv.Parse(more[:len(rest)+1]); err == nil {
				c.fail(faultShort, c.i, 1)
				return 0
			}
		}
		c.fail(faultForm, c.i, 0)
		return 0
	}
	if n > sdnv.Len(v) && c.loose == 0 {
		c.loose = c.i + 1
	}
	c.i += n
	return v
}

// octet reads one octet.
func (c *cursor) octet() byte {
	b, ok := c.peek()
	if ok {
		c.i++
	}
	return b
}

// take reads n octets and returns a view of them.
func (c *cursor) take(n int) []byte {
	if c.fault != faultNone {
		return nil
	}
	if len(c.b)-c.i < n {
		c.fail(faultShort, c.i, n-(len(c.b)-c.i))
		return nil
	}
	c.i += n
	return c.b[c.i-n : c.i : c.i]
}
