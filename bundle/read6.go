// SPDX-License-Identifier: Apache-2.0

package bundle

import "bytes"

// The fields of the primary block of BPv6 whose ends are kept, in their order (RFC 5050 4.5.1).
const (
	field6Version = iota
	field6Flags
	field6Length
	field6Destination
	field6Source
	field6ReportTo
	field6Custodian
	field6Time
	field6Sequence
	field6Lifetime
	field6DictLength
	field6Dict
	field6Offset
	field6Total
)

// primary6State is what of BPv6 is kept until a block of it ends.
type primary6State struct {
	pairs  [4][2]uint64 // scheme and scheme-specific part of the four endpoint IDs: offsets in the dictionary, or node and service
	length uint64       // of the primary block, behind its length field
	head   uint64       // octets before
	dict   []byte
	dictN  uint64
}

func (r *Reader) parse6(c *cursor) {
	switch r.state {
	case statePrimary6:
		r.primary6(c)
	case statePad6:
		r.pad6(c)
	case stateBlock6:
		r.block6(c)
	case stateEIDs6:
		r.eids6(c)
	case stateLength6:
		r.length6(c)
	}
	if c.fault == faultForm {
		r.stop(c.at, "an SDNV is larger than 2^64-1")
	}
}

// commit6 accepts what c has read, and notes if it was not in its shortest form.
func (r *Reader) commit6(c *cursor) {
	c.done = c.i
	if c.loose != 0 {
		r.b.find("BPv6-14", r.at+uint64(c.loose-1), "an SDNV is not in its shortest form")
		c.loose = 0
	}
}

// primary6 reads the primary block (RFC 5050 4.5.1), or what of it is there. Each field is accepted when it is there.
func (r *Reader) primary6(c *cursor) {
	b, v6 := &r.b, &r.v6
	for {
		field := r.field
		switch field {
		case field6Version:
			c.octet()
		case field6Flags:
			b.Flags = BundleFlags(c.sdnv())
		case field6Length:
			v6.length = c.sdnv()
		case field6Destination, field6Source, field6ReportTo, field6Custodian:
			v6.pairs[field-field6Destination] = [2]uint64{c.sdnv(), c.sdnv()}
		case field6Time:
			b.Created.Time = c.sdnv()
		case field6Sequence:
			b.Created.Sequence = c.sdnv()
		case field6Lifetime:
			b.Lifetime = c.sdnv()
		case field6DictLength:
			v6.dictN = c.sdnv()
		case field6Dict:
			if v6.dictN > MaxBlockData {
				r.stop(c.i, "the dictionary is larger than this program takes")
				return
			}
			b.dict.Offset = r.at + uint64(c.i)
			if d := c.take(int(v6.dictN)); c.fault == faultNone {
				b.dict.Length = v6.dictN
				v6.dict = r.own(d)
				r.resolve6()
			}
		case field6Offset:
			b.FragmentOffset = c.sdnv()
		case field6Total:
			b.TotalLength = c.sdnv()
		}
		if c.fault != faultNone {
			return
		}
		b.primary.at[field] = uint32(r.at + uint64(c.i))
		r.commit6(c)
		r.field++
		if field == field6Length {
			v6.head = r.at + uint64(c.i)
		}
		if field == field6Total || field == field6Dict && !b.IsFragment() {
			r.endPrimary6(r.at + uint64(c.i))
			return
		}
	}
}

// endPrimary6 compares the length of the primary block with its fields. Fields that no one knows may follow; where there is no room
// for those that were read, they are believed and the length is not.
func (r *Reader) endPrimary6(offset uint64) {
	used := offset - r.v6.head
	if used != r.v6.length {
		r.b.find("BPv6-02", uint64(r.b.primary.at[field6Flags]), "the length of the primary block is not that of its fields")
	}
	r.b.primary.end = offset
	r.state = stateBlock6
	if used < r.v6.length {
		r.left = r.v6.length - used
		r.state = statePad6
	}
}

// pad6 passes over octets of the primary block behind its fields.
func (r *Reader) pad6(c *cursor) {
	n := min(r.left, uint64(len(c.b)))
	r.left -= n
	c.i = int(n)
	c.commit()
	r.b.primary.end = r.at + n
	if r.left == 0 {
		r.state = stateBlock6
	}
}

// resolve6 makes the endpoint IDs of the primary block.
func (r *Reader) resolve6() {
	for i, e := range []*EID{&r.b.Destination, &r.b.Source, &r.b.ReportTo, &r.b.Custodian} {
		*e = r.eid6(r.v6.pairs[i], uint64(r.b.primary.at[field6Destination-1+i]))
	}
}

// eid6 makes the endpoint ID that two numbers refer to (RFC 5050 4.4, RFC 6260 2.2). offset is where they are.
func (r *Reader) eid6(pair [2]uint64, offset uint64) EID {
	if r.v6.dictN == 0 {
		if pair == [2]uint64{} {
			return EID{Form: EIDDTN, Scheme: SchemeDTN, SSP: none}
		}
		return EID{Form: EIDIPN, Scheme: SchemeIPN, Node: pair[0], Service: pair[1]}
	}
	scheme, ok1 := r.word6(pair[0], offset)
	ssp, ok2 := r.word6(pair[1], offset)
	size := len(scheme) + 1 + len(ssp)
	if !ok1 || !ok2 || len(scheme) == 0 || size > maxEID || r.kept+size > MaxKept {
		return EID{Form: EIDBad}
	}
	if len(scheme) > 1023 || len(ssp) > 1023 {
		r.b.find("BPv6-04", offset, "a scheme name or a scheme-specific part has more than 1023 octets")
	}
	r.kept += size
	start := len(r.arena)
	r.arena = append(append(append(r.arena, scheme...), ':'), ssp...)
	return textEID(r.arena[start:len(r.arena):len(r.arena)], len(scheme))
}

// word6 returns the string at a place in the dictionary.
func (r *Reader) word6(at, offset uint64) (word []byte, ok bool) {
	d := r.v6.dict
	if at >= uint64(len(d)) {
		r.b.find("BPv6-03", offset, "an endpoint ID refers to a place behind the dictionary")
		return nil, false
	}
	if at > 0 && d[at-1] != 0 {
		r.b.find("BPv6-03", offset, "an endpoint ID refers to the middle of a string of the dictionary")
	}
	word, _, ok = bytes.Cut(d[at:], []byte{0})
	if !ok {
		r.b.find("BPv6-03", offset, "the dictionary ends inside a string")
	}
	return word, ok
}

// block6 reads the head of a block up to its EID references (RFC 5050 4.5.2).
func (r *Reader) block6(c *cursor) {
	if _, ok := c.peek(); !ok {
		return
	}
	var k *Block
	if r.inBlk {
		k = r.block()
	} else {
		k = r.newBlock()
	}
	k.Span.Offset = r.at
	k.Type, k.fields = BlockType(c.octet()), 1
	k.ends[0] = 1
	flags := BlockFlags(c.sdnv())
	if c.fault != faultNone {
		return
	}
	k.Flags, k.fields, k.ends[1] = flags, 2, uint8(c.i)
	r.state = stateLength6
	if flags&BlockHasEIDs != 0 {
		from := c.i
		k.EIDCount = c.sdnv()
		if c.fault != faultNone {
			r.state = stateBlock6
			return
		}
		k.refs = uint64(c.i - from)
		if r.left = k.EIDCount; r.left > 0 {
			r.state = stateEIDs6
		} else {
			r.b.find("BPv6-13", r.at+uint64(from), "the block has a list of no EID references")
		}
	}
	r.commit6(c)
}

// eids6 reads one EID reference.
func (r *Reader) eids6(c *cursor) {
	pair := [2]uint64{c.sdnv(), c.sdnv()}
	if c.fault != faultNone {
		return
	}
	k := r.block()
	k.refs += uint64(c.i)
	if len(k.EIDs) < MaxReferences && k != &r.other {
		n := len(k.EIDs) + 1
		r.eids = append(r.eids, r.eid6(pair, r.at))
		k.EIDs = r.eids[len(r.eids)-n:]
	}
	r.commit6(c)
	if r.left--; r.left == 0 {
		r.state = stateLength6
	}
}

// length6 reads the length of the data.
func (r *Reader) length6(c *cursor) {
	n := c.sdnv()
	if c.fault != faultNone {
		return
	}
	k := r.block()
	k.fields, k.ends[2] = 3, k.ends[1]+uint8(c.i)
	r.commit6(c)
	r.beginData(k, r.at+uint64(c.i), n)
}

// endBlock6 ends a block, and the bundle with the last one.
func (r *Reader) endBlock6(k *Block, offset uint64) {
	k.Span.Length = offset - k.Span.Offset
	k.Whole = true
	r.inBlk = false
	r.state = stateBlock6
	if k.Flags&BlockLast != 0 {
		r.end(offset)
	}
}
