// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"errors"
	"fmt"
)

// Why the content of a block cannot be had.
var (
	ErrKind      = errors.New("the block is of another type")
	ErrNotKept   = errors.New("the data of the block are not here: it was too large, or did not arrive whole")
	ErrEncrypted = errors.New("the block is encrypted")
	ErrContent   = errors.New("the data of the block are not what its type asks for")
)

// content returns a cursor on the data of a block of a version and a type.
func (k *Block) content(version uint8, types ...BlockType) (c cursor, err error) {
	found := false
	for _, t := range types {
		found = found || k.Type == t
	}
	switch {
	case k.version != version || !found:
		return c, ErrKind
	case k.Encrypted:
		return c, ErrEncrypted
	case k.Data == nil && !(k.Whole && k.DataLength == 0):
		return c, ErrNotKept
	}
	return cursor{b: k.Data, base: k.DataSpan.Offset}, nil
}

// finish is the verdict on a content that must be used up.
func (k *Block) finish(c *cursor) error {
	switch {
	case c.fault == faultShort:
		return fmt.Errorf("%w: they end inside an item", ErrContent)
	case c.fault != faultNone:
		return fmt.Errorf("%w: the item at octet %d of the bundle", ErrContent, k.DataSpan.Offset+uint64(c.at))
	case c.i < len(c.b):
		return fmt.Errorf("%w: %d octets too many", ErrContent, len(c.b)-c.i)
	}
	return nil
}

// PreviousNode decodes a previous node block (RFC 9171 4.4.1), or a previous-hop insertion block of BPv6 (RFC 6259 2). The EID is a
// view of the block's data.
func (k *Block) PreviousNode() (EID, error) {
	if k.version == 6 {
		return k.previousHop()
	}
	c, err := k.content(7, BlockPreviousNode)
	if err != nil {
		return EID{}, err
	}
	var e EID
	c.eid(&e)
	return e, k.finish(&c)
}

// Age decodes a bundle age block: milliseconds in BPv7 (RFC 9171 4.4.2), microseconds in BPv6.
func (k *Block) Age() (age uint64, err error) {
	if k.version == 6 {
		c, err := k.content(6, BlockAge6)
		if err != nil {
			return 0, err
		}
		age = c.sdnv()
		return age, k.finish(&c)
	}
	c, err := k.content(7, BlockAge)
	if err != nil {
		return 0, err
	}
	age = c.uint()
	return age, k.finish(&c)
}

// HopCount is the content of a hop count block (RFC 9171 4.4.3).
type HopCount struct {
	Limit, Count         uint64
	LimitSpan, CountSpan Span
}

// HopCount decodes a hop count block.
func (k *Block) HopCount() (h HopCount, err error) {
	c, err := k.content(7, BlockHopCount)
	if err != nil {
		return h, err
	}
	indefinite := c.array(2)
	i := c.i
	h.Limit = c.uint()
	h.LimitSpan = c.span(i)
	i = c.i
	h.Count = c.uint()
	h.CountSpan = c.span(i)
	c.end(indefinite)
	return h, k.finish(&c)
}
