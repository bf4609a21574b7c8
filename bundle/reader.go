// SPDX-License-Identifier: Apache-2.0

package bundle

// state is what a Reader expects next. All but stateData read units: a few items that are decoded together, from octets that lie
// together.
type state uint8

const (
	stateStart state = iota // the first octet, which tells the version
	statePrimary7
	stateBlock7
	stateChunk7
	stateCRC7
	stateTail7
	stateSkip7
	statePrimary6
	statePad6
	stateBlock6
	stateEIDs6
	stateLength6
	stateData
	stateEnd     // octets are counted as those behind the bundle
	stateStopped // octets are counted as the bundle's
)

// Reader reads one bundle after the other. The zero value is ready for the first.
//
// Octets are given to Write as they come. Where a unit is split between two pieces its octets are put together in a small buffer;
// otherwise they are decoded where they are.
type Reader struct {
	b Bundle

	state  state
	in     []byte // the piece, during Write
	pos    int    // in in
	mark   int    // in in: octets of the block that are before it are in the CRC
	base   uint64 // offset in the bundle of the piece's first octet
	at     uint64 // offset of the first octet of the unit that is read
	pend   []byte // the beginning of a unit that is not complete
	need   int    // octets missing to it, at least
	summed int    // octets of the unit in pend that are in the CRC already
	closed bool

	outer uint64 // BPv7: blocks left in the bundle's array, or endless
	items uint64 // items left in the block's array, or endless
	left  uint64 // octets left of data; BPv6: of the primary block, EID references
	keep  bool   // the data are kept
	start int    // where they begin in arena
	field uint8  // of the primary block: what is next
	inBlk bool   // the block being read is the last of b.Blocks, or other, and not the primary block
	crc   crcSum
	skip  skipper
	v6    primary6State
	other Block // stands for blocks over MaxBlocks
	kept  int   // octets of data kept

	arena []byte // what views in b are of
	eids  []EID
}

// Reset prepares for the next bundle. The views of the last one become invalid.
func (r *Reader) Reset() {
	r.b = Bundle{Blocks: r.b.Blocks[:0], Findings: r.b.Findings[:0]}
	r.state, r.base, r.closed, r.inBlk, r.keep, r.field, r.kept = stateStart, 0, false, false, false, 0, 0
	r.pend, r.arena, r.eids = r.pend[:0], r.arena[:0], r.eids[:0]
	r.crc.kind, r.v6.dict = CRCNone, nil
}

// Bundle returns what is decoded so far.
func (r *Reader) Bundle() *Bundle { return &r.b }

// Write takes the next octets of the bundle. It keeps none of piece. It always uses all of it and returns no error; that makes it
// an io.Writer.
func (r *Reader) Write(piece []byte) (n int, err error) {
	r.in, r.pos, r.mark = piece, 0, 0
	if r.state == stateStart && len(r.pend) == 0 {
		r.fast7(piece)
	}
	for r.pos < len(r.in) || len(r.pend) > 0 && r.need == 0 {
		switch {
		case r.state == stateData:
			r.data()
		case r.state == stateEnd:
			r.b.Behind += uint64(len(r.in) - r.pos)
			r.pos = len(r.in)
		case r.state == stateStopped:
			r.pos = len(r.in)
		case len(r.pend) > 0:
			r.pendingUnit()
		default:
			r.unit()
		}
	}
	r.addCRC(r.pos)
	r.base += uint64(len(piece))
	if r.state != stateEnd {
		r.b.Length = r.base
	}
	r.in, r.pos, r.mark = nil, 0, 0
	return len(piece), nil
}

// Skip says that the next n octets of the bundle are missed, as a capture may. Inside the data of a block it goes on behind them;
// elsewhere nothing behind them can be understood.
func (r *Reader) Skip(n uint64) {
	if n == 0 {
		return
	}
	if r.state == stateEnd {
		r.b.Behind += n
		return
	}
	r.b.Missed += n
	switch {
	case r.state == stateStopped:
	case r.state == stateData && n <= r.left:
		k := r.block()
		r.endData(k)
		k.CRC.uncheck()
		r.crc.kind = CRCNone
		if r.left -= n; r.left == 0 {
			k.DataSpan.Length = k.DataLength
			r.afterData(k, r.base+n)
		}
	default:
		r.at = r.base
		r.stop(0, "octets are missed where it cannot be told what follows")
		r.b.State = Truncated
		r.pend = r.pend[:0]
	}
	r.base += n
	if r.state != stateEnd {
		r.b.Length = r.base
	}
}

// Close says that no more octets will come, and returns the bundle as it is then.
func (r *Reader) Close() *Bundle {
	if r.closed {
		return &r.b
	}
	r.closed = true
	switch r.state {
	case stateEnd:
		r.checkBehind()
	case stateStopped:
	default:
		r.b.State, r.b.Stop = Truncated, Stop{r.base, "the octets end in " + r.place()}
		r.cut()
		r.check()
	}
	return &r.b
}

// place says what has not been there whole, for people.
func (r *Reader) place() string {
	switch {
	case r.state == stateStart:
		return "the first octets of the bundle"
	case r.inBlk && r.state == stateData:
		return "the data of a block"
	case r.inBlk:
		return "a block"
	case r.state == stateBlock7 || r.state == stateBlock6:
		return "the bundle, where another block should begin"
	default:
		return "the primary block"
	}
}

// unit reads a unit from the piece. If it is not complete its octets are put aside.
func (r *Reader) unit() {
	if r.crc.kind == CRCNone {
		r.mark = r.pos
	}
	c := cursor{b: r.in[r.pos:]}
	r.at = r.base + uint64(r.pos)
	r.parse(&c)
	r.pos += c.done
	if c.fault == faultShort && r.state < stateEnd {
		r.addCRC(r.pos)
		r.pend = append(r.pend, r.in[r.pos:]...)
		r.pos, r.mark, r.need = len(r.in), len(r.in), c.need
	}
}

// pendingUnit reads a unit from octets that were put aside, with those that were missing to it. These were asked for exactly,
// so that what the unit leaves lies in the piece, but for a unit that failed: its items are passed over from their beginning.
func (r *Reader) pendingUnit() {
	had := len(r.pend)
	r.pend = append(r.pend, r.in[r.pos:r.pos+min(r.need, len(r.in)-r.pos)]...)
	c := cursor{b: r.pend}
	r.at = r.base + uint64(r.pos) - uint64(had)
	r.summed = 0
	r.parse(&c)
	r.crc.update(r.pend[r.summed:max(c.done, r.summed)])
	if c.done >= had || r.state >= stateEnd {
		r.pos += max(c.done-had, 0)
		r.pend = r.pend[:0]
	} else {
		r.pos += len(r.pend) - had
		r.pend = r.pend[:copy(r.pend, r.pend[c.done:])]
		r.need = c.need // 0 if what failed is now to be passed over
	}
	r.mark = r.pos
}

// addCRC brings the CRC of the block up to a place in the piece.
func (r *Reader) addCRC(to int) {
	if r.crc.kind != CRCNone && r.mark < to {
		r.crc.update(r.in[r.mark:to])
	}
	r.mark = to
}

// parse reads the unit that the state asks for. It commits what it has taken; with faultShort the state stays as it is.
func (r *Reader) parse(c *cursor) {
	switch r.state {
	case stateStart:
		r.begin(c)
	case statePrimary7:
		r.primary7(c)
	case stateBlock7:
		r.block7(c)
	case stateChunk7:
		r.chunk7(c)
	case stateCRC7:
		r.crc7(c)
	case stateTail7:
		r.tail7(c)
	case stateSkip7:
		r.skip7(c)
	default:
		r.parse6(c)
	}
}

// begin looks at the first octet, which tells the version of the protocol.
func (r *Reader) begin(c *cursor) {
	octet, ok := c.peek()
	switch {
	case !ok:
	case octet == 6:
		r.b.Version, r.state = 6, statePrimary6
	case octet>>5 == cborArray:
		h := c.head()
		if c.fault != faultNone {
			r.unlessShort(c)
			return
		}
		r.b.Version, r.state, r.outer = 7, statePrimary7, endless
		if !h.indefinite() {
			r.outer = h.arg
			r.b.find("BPv7-01", r.at, "the bundle is an array of definite length")
		}
		r.commit(c)
	default:
		r.stop(0, "this is no bundle: it begins with neither a CBOR array (BPv7) nor 0x06 (BPv6)")
	}
}

// unlessShort stops the reading where c could not go on, unless more octets may help.
func (r *Reader) unlessShort(c *cursor) {
	if c.fault != faultShort {
		r.stop(c.at, notCBOR)
	}
}

// commit accepts what c has read, and notes if it was not in its shortest form.
func (r *Reader) commit(c *cursor) {
	c.done = c.i
	if c.loose != 0 {
		r.b.find("BPv7-07", r.at+uint64(c.loose-1), "a CBOR head is not in its shortest form")
		c.loose = 0
	}
}

// stop ends the reading: the octets at i of the unit, and all behind them, cannot be understood.
func (r *Reader) stop(i int, reason string) {
	r.b.State, r.b.Stop = Malformed, Stop{r.at + uint64(i), reason}
	r.cut()
	r.check()
}

// end is called behind the last octet of the bundle.
func (r *Reader) end(offset uint64) {
	r.b.State, r.b.Length = Complete, offset
	r.state = stateEnd
	r.check()
}

// block returns the block that is being read.
func (r *Reader) block() *Block {
	if r.b.BlockCount > uint64(len(r.b.Blocks)) {
		return &r.other
	}
	return &r.b.Blocks[len(r.b.Blocks)-1]
}

// newBlock makes room for a block.
func (r *Reader) newBlock() *Block {
	r.b.BlockCount++
	r.inBlk = true
	if len(r.b.Blocks) == MaxBlocks {
		r.other = Block{version: r.b.Version}
		return &r.other
	}
	n := len(r.b.Blocks)
	if n == cap(r.b.Blocks) {
		r.b.Blocks = append(r.b.Blocks, Block{})
	} else {
		r.b.Blocks = r.b.Blocks[:n+1]
	}
	k := &r.b.Blocks[n]
	*k = Block{version: r.b.Version}
	return k
}

// cut ends a block, or the primary block, whose end will not be seen.
func (r *Reader) cut() {
	end := r.b.Stop.Offset
	if r.inBlk {
		k := r.block()
		k.CRC.uncheck()
		k.Span.Length = end - k.Span.Offset
		if r.state == stateData || r.state == stateChunk7 {
			k.DataSpan.Length = end - k.DataSpan.Offset
			r.endData(k)
		}
	} else if r.b.primary.end == 0 && r.b.Version != 0 {
		r.b.primary.end = end
		r.b.CRC.uncheck()
	}
	r.inBlk, r.state, r.crc.kind = false, stateStopped, CRCNone
}

// beginData prepares for the data of a block, length octets from offset.
func (r *Reader) beginData(k *Block, offset, length uint64) {
	k.DataSpan, k.DataLength = Span{Offset: offset}, length
	r.left, r.state = length, stateData
	switch {
	case k.Type == BlockPayload:
		r.keep = r.b.IsAdmin() && !r.b.IsFragment() && k == r.b.Payload() // the first: bundles with two are malformed
	default:
		r.keep = length <= MaxBlockData && r.kept+int(length) <= MaxKept && k != &r.other
	}
	r.start = len(r.arena)
	if length == 0 {
		r.endData(k)
		r.afterData(k, offset)
	}
}

// data takes octets of the data of a block.
func (r *Reader) data() {
	n := int(min(r.left, uint64(len(r.in)-r.pos)))
	if r.keep {
		room := MaxBlockData - (len(r.arena) - r.start)
		r.arena = append(r.arena, r.in[r.pos:r.pos+min(n, room)]...)
	}
	r.pos += n
	if r.left -= uint64(n); r.left == 0 {
		k := r.block()
		k.DataSpan.Length = k.DataLength
		r.endData(k)
		r.afterData(k, r.base+uint64(r.pos))
	}
}

// endData hands over the data that were kept: those of a payload as the administrative record, others only if they are whole.
func (r *Reader) endData(k *Block) {
	if !r.keep {
		return
	}
	r.keep = false
	kept := r.arena[r.start:len(r.arena):len(r.arena)]
	switch {
	case k.Type == BlockPayload:
		if r.b.record = kept; kept == nil {
			r.b.record = []byte{} // an empty record is one
		}
	case uint64(len(kept)) == k.DataLength:
		r.kept += len(kept)
		k.Data = kept
	default: // the block was cut short
		k.Data = nil
	}
}

// afterData goes on behind the data of a block.
func (r *Reader) afterData(k *Block, offset uint64) {
	if r.b.Version == 7 {
		r.afterData7(k, offset)
	} else {
		r.endBlock6(k, offset)
	}
}

// ownData returns a copy of data of a block that are kept.
func (r *Reader) ownData(b []byte) []byte {
	r.kept += len(b)
	start := len(r.arena)
	r.arena = append(r.arena, b...)
	return r.arena[start:len(r.arena):len(r.arena)]
}

// own returns a copy of octets of the piece that is valid as long as the bundle.
func (r *Reader) own(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	start := len(r.arena)
	r.arena = append(r.arena, b...)
	return r.arena[start:len(r.arena):len(r.arena)]
}
