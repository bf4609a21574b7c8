// SPDX-License-Identifier: Apache-2.0

package bundle

const notCBOR = "this is not well-formed CBOR, or nested too deeply"

// counted takes n items off those left in the block.
func (r *Reader) counted(n uint64) {
	if r.items != endless {
		r.items -= n
	}
}

// failed7 deals with an item that is not what it should be: the rest of its block is passed over.
func (r *Reader) failed7(c *cursor, id, text string) {
	switch c.fault {
	case faultShort:
		return
	case faultForm:
		r.stop(c.at, notCBOR)
		return
	}
	c.i = c.done
	r.b.find(id, r.at+uint64(c.at), text)
	r.skipItems7(r.at + uint64(c.done))
}

// skipItems7 passes over the items left in the block, which the next unit begins with at offset.
func (r *Reader) skipItems7(offset uint64) {
	r.crc.kind = CRCNone
	if r.inBlk {
		r.block().CRC.uncheck()
	} else if r.b.primary.end == 0 {
		r.b.CRC.uncheck()
	}
	if r.items == 0 {
		if r.inBlk {
			r.block().odd = true
		}
		r.endBlock7(offset)
		return
	}
	r.skip.begin(r.items)
	r.state = stateSkip7
}

// skip7 passes over items, and ends the block behind them.
func (r *Reader) skip7(c *cursor) {
	n, need := r.skip.skip(c.b)
	c.i, c.done = n, n
	switch {
	case r.skip.bad:
		r.stop(n, notCBOR)
	case need > 0:
		c.fail(faultShort, n, need)
	default:
		if r.inBlk {
			r.block().odd = true
		}
		r.endBlock7(r.at + uint64(n))
	}
}

// endFields7 goes on behind the last field before the CRC.
func (r *Reader) endFields7(v *CRC, offset uint64) {
	switch {
	case r.items == 0:
		v.uncheck()
		r.endBlock7(offset)
	case v.Type != CRCNone:
		r.state = stateCRC7
	default:
		r.state = stateTail7
	}
}

// block7 reads the head of a block (RFC 9171 4.3.2), or the end of the bundle (4.1).
func (r *Reader) block7(c *cursor) {
	octet, ok := c.peek()
	switch {
	case !ok:
		return
	case octet == cborBreak && r.outer == endless:
		c.i++
		c.commit()
		r.end(r.at + 1)
		return
	case octet>>5 != cborArray:
		r.strayItem7(octet)
		return
	}
	var k *Block
	if r.inBlk {
		k = r.block()
	} else {
		k = r.newBlock()
	}
	k.Span.Offset = r.at
	h := c.head()
	if c.fault != faultNone {
		r.unlessShort(c)
		return
	}
	k.ends[0] = uint8(c.i)
	k.Type = BlockType(c.uint())
	k.ends[1] = uint8(c.i)
	k.Number = c.uint()
	k.ends[2] = uint8(c.i)
	k.Flags = BlockFlags(c.uint())
	k.ends[3] = uint8(c.i)
	k.CRC.Type = CRCType(c.uint())
	k.ends[4] = uint8(c.i)
	at := c.i
	d := c.of(cborBytes)
	k.ends[5] = uint8(c.i)
	r.items = endless
	if !h.indefinite() {
		r.items = h.arg
	}
	if c.fault != faultNone || r.items < 5 {
		r.badHead7(c, k)
		return
	}
	k.fields = 6
	if r.items != endless {
		if want := 5 + min(uint64(k.CRC.Type), 1); r.items != want {
			r.b.find("BPv7-11", r.at, "the number of the block's items does not agree with its CRC type")
		}
		r.items -= 5
	}
	r.commit(c)
	r.crc.begin(k.CRC.Type)
	if d.indefinite() {
		k.chunked = true
		r.b.find("BPv7-08", r.at+uint64(at), "the data of a block come in chunks")
		k.DataSpan.Offset = r.at + uint64(c.i)
		r.skip.begin(0)
		r.skip.push(level{left: endless, chunk: cborBytes})
		r.state = stateChunk7
		return
	}
	r.beginData(k, r.at+uint64(c.i), d.arg)
}

// badHead7 deals with the head of a block that is not whole or not what it should be.
func (r *Reader) badHead7(c *cursor, k *Block) {
	good := cursor{b: c.b}
	h := good.of(cborArray)
	k.Type, k.Number, k.Flags, k.CRC.Type, k.fields = 0, 0, 0, 0, 1
	left := uint64(endless)
	if !h.indefinite() {
		left = h.arg
	}
	values := [...]*uint64{(*uint64)(&k.Type), &k.Number, (*uint64)(&k.Flags), (*uint64)(&k.CRC.Type)}
	for _, value := range values {
		if left == 0 {
			break
		}
		at := good.i
		if v := good.uint(); good.fault == faultNone {
			*value = v
			k.fields++
			k.ends[k.fields-1] = uint8(good.i)
		} else {
			good.i = at
			break
		}
		if left != endless {
			left--
		}
	}
	if good.fault == faultNone && left > 0 {
		at := good.i
		if good.of(cborBytes); good.fault != faultNone {
			good.i = at
		}
	}
	clear(k.ends[k.fields:])
	*c = good
	if good.fault == faultShort {
		return
	}
	if good.fault == faultForm {
		r.stop(good.at, notCBOR)
		return
	}
	if left == 0 || good.fault == faultNone {
		r.b.find("BPv7-11", r.at, "a block has fewer than five items")
	} else {
		r.b.find("BPv7-11", r.at+uint64(good.at), "an item of a block is not what belongs in its place")
	}
	// What is to be passed over begins behind the good items.
	c.i = int(k.ends[k.fields-1])
	r.items = left
	r.commit(c)
	r.skipItems7(r.at + uint64(c.i))
}

// strayItem7 deals with an item between the blocks that is no block.
func (r *Reader) strayItem7(octet byte) {
	if octet == cborBreak {
		r.stop(0, "a break where a block should be")
		return
	}
	r.b.find("BPv7-03", r.at, "an item of the bundle is no block")
	r.items = 1
	r.skipItems7(r.at)
}

// chunk7 passes over data that come in chunks.
func (r *Reader) chunk7(c *cursor) {
	n, need := r.skip.skip(c.b)
	c.i, c.done = n, n
	switch {
	case r.skip.bad:
		r.stop(n, "a chunk of a block's data is not what it should be")
	case need > 0:
		c.fail(faultShort, n, need)
	default:
		k := r.block()
		k.DataSpan.Length = r.at + uint64(n) - k.DataSpan.Offset
		k.DataLength = k.DataSpan.Length
		r.afterData7(k, r.at+uint64(n))
	}
}

// afterData7 goes on behind the data of a block.
func (r *Reader) afterData7(k *Block, offset uint64) {
	r.endFields7(&k.CRC, offset)
}

// crc7 reads the CRC of a block. In its own computation the octets of the value count as zeros.
func (r *Reader) crc7(c *cursor) {
	v, k := &r.b.CRC, (*Block)(nil)
	if r.inBlk {
		k = r.block()
		v = &k.CRC
	}
	if octet, ok := c.peek(); ok && octet == cborBreak && r.items == endless {
		r.b.find("BPv7-13", r.at, "a CRC is announced and not there")
		v.State = CRCUnchecked
		r.state = stateTail7
		return
	}
	value := c.str(cborBytes, 32)
	if c.fault != faultNone {
		r.failed7(c, "BPv7-13", "the CRC is not a short string of octets")
		return
	}
	first := c.i - len(value)
	if len(r.pend) > 0 {
		r.crc.update(c.b[:first])
		r.summed = c.i
	} else {
		r.addCRC(r.pos + first)
		r.mark = r.pos + c.i
	}
	r.crc.zeros(len(value))
	if k == nil {
		r.b.primary.at[fieldCRC] = r.inPrimary(c)
	} else {
		k.crcHead, k.crcLen = uint8(first), uint8(len(value))
	}
	switch {
	case v.Type.Len() == 0:
		v.State = CRCUnchecked
	case len(value) != v.Type.Len():
		v.State = CRCUnchecked
		r.b.find("BPv7-13", r.at, "the CRC has not the length of its type")
	default:
		v.Value = 0
		for _, octet := range value {
			v.Value = v.Value<<8 | uint32(octet)
		}
		v.State = CRCInvalid // until it is compared
		if r.crc.kind == CRCNone {
			v.State = CRCUnchecked // octets were missed
		}
	}
	r.commit(c)
	r.counted(1)
	if r.items == 0 {
		r.endBlock7(r.at + uint64(c.i))
		return
	}
	r.state = stateTail7
}

// tail7 reads the end of a block: the break of an indefinite array, or items more than belong there.
func (r *Reader) tail7(c *cursor) {
	octet, ok := c.peek()
	if !ok {
		return
	}
	if octet == cborBreak && r.items == endless {
		c.i++
		c.commit()
		if len(r.pend) == 0 {
			r.addCRC(r.pos + 1)
		} else {
			r.crc.update(c.b[:1])
			r.summed = 1
		}
		r.endBlock7(r.at + 1)
		return
	}
	if r.items == endless {
		id := "BPv7-11"
		if !r.inBlk {
			id = "BPv7-10"
		}
		r.b.find(id, r.at, "a block has more items than belong there")
	}
	r.skipItems7(r.at)
}

// uncheck gives a CRC up.
func (v *CRC) uncheck() {
	if v.Type != CRCNone {
		v.State = CRCUnchecked
	}
}

// endBlock7 ends a block, or the primary block, and compares its CRC.
func (r *Reader) endBlock7(offset uint64) {
	v := &r.b.CRC
	if r.inBlk {
		k := r.block()
		v = &k.CRC
		k.Span.Length = offset - k.Span.Offset
		k.Whole = k.fields == 6 && !k.odd
	} else if r.b.primary.end == 0 {
		r.b.primary.end = offset
	}
	if v.State == CRCInvalid && r.crc.kind != CRCNone {
		v.Computed = r.crc.value()
		if v.Computed == v.Value {
			v.State = CRCValid
		}
	}
	r.crc.kind = CRCNone
	r.inBlk = false
	r.state = stateBlock7
	if r.outer != endless {
		if r.outer--; r.outer == 0 {
			r.end(offset)
		}
	}
}
