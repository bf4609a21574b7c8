// SPDX-License-Identifier: Apache-2.0

package bundle

// primary7 reads the primary block (RFC 9171 4.3.1), or what of it is there. The fields up to the CRC type are one unit, because
// only that tells how the CRC of all of them is computed.
func (r *Reader) primary7(c *cursor) {
	b, p := &r.b, &r.b.primary
	for c.fault == faultNone {
		switch r.field {
		case fieldHead:
			if !r.head7(c) {
				return
			}
			r.field = fieldDestination
		case fieldDestination, fieldSource, fieldReportTo:
			e := &b.Destination
			if r.field == fieldSource {
				e = &b.Source
			} else if r.field == fieldReportTo {
				e = &b.ReportTo
			}
			if c.eid(e); c.fault != faultNone {
				break
			}
			if e.asText || e.Form >= EIDURI {
				e.SSP = r.own(e.SSP)
			}
			r.next7(c)
		case fieldTimestampHead:
			indefinite := c.array(2)
			if c.fault != faultNone {
				break
			}
			p.at[fieldTimestampHead] = r.inPrimary(c)
			if b.Created.Time = c.uint(); c.fault != faultNone {
				break
			}
			p.at[fieldTime] = r.inPrimary(c)
			if b.Created.Sequence = c.uint(); c.fault != faultNone {
				break
			}
			p.at[fieldSequence] = r.inPrimary(c)
			if c.end(indefinite); c.fault != faultNone {
				break
			}
			r.field = fieldTimestampEnd
			r.next7(c)
		case fieldLifetime:
			if b.Lifetime = c.uint(); c.fault != faultNone {
				break
			}
			r.next7(c)
			if !r.hasFragment7() {
				r.endFields7(&b.CRC, r.at+uint64(c.i))
				return
			}
		case fieldOffset:
			if b.FragmentOffset = c.uint(); c.fault != faultNone {
				break
			}
			r.next7(c)
		case fieldTotal:
			if b.TotalLength = c.uint(); c.fault != faultNone {
				break
			}
			r.next7(c)
			r.endFields7(&b.CRC, r.at+uint64(c.i))
			return
		}
		if c.fault == faultNone && r.items == 0 {
			b.find("BPv7-10", p.start, "the primary block has too few items")
			r.endBlock7(r.at + uint64(c.done))
			return
		}
	}
	id := "BPv7-10"
	if r.field == fieldTimestampHead {
		id = "BPv7-28"
	} else if r.field == fieldLifetime {
		id = "BPv7-61"
	}
	r.failed7(c, id, "an item of the primary block is not what belongs in its place")
}

// head7 reads the first items of the primary block and reports whether they were there.
func (r *Reader) head7(c *cursor) bool {
	b, p := &r.b, &r.b.primary
	p.start = r.at
	if octet, ok := c.peek(); ok && octet>>5 != cborArray {
		r.stop(0, "the primary block is not an array")
		return false
	}
	h := c.head()
	if c.fault != faultNone {
		r.unlessShort(c)
		return false
	}
	r.items = endless
	if !h.indefinite() {
		r.items = h.arg
	}
	if r.items < 4 {
		r.stop(0, "the primary block is an array of fewer than four items")
		return false
	}
	p.at[fieldHead] = uint32(c.i)
	version := c.uint()
	if c.fault == faultNone {
		p.at[fieldVersion] = uint32(c.i)
		b.Flags = BundleFlags(c.uint())
	}
	if c.fault == faultNone {
		p.at[fieldFlags] = uint32(c.i)
		b.CRC.Type = CRCType(c.uint())
	}
	if c.fault != faultNone {
		r.failed7(c, "BPv7-10", "an item of the primary block is not what belongs in its place")
		return false
	}
	p.at[fieldCRCType] = uint32(c.i)
	if version != 7 {
		b.find("BPv7-09", r.at+uint64(p.at[fieldHead]), "the version of the primary block is not 7")
	}
	r.checkLength7()
	r.commit(c)
	r.crc.begin(b.CRC.Type)
	r.counted(3)
	return true
}

// checkLength7 compares the number of the primary block's items with what its flags and CRC type ask for.
func (r *Reader) checkLength7() {
	want := uint64(8)
	if r.b.IsFragment() {
		want += 2
	}
	if r.b.CRC.Type != CRCNone {
		want++
	}
	if r.items != endless && r.items != want {
		r.b.find("BPv7-10", r.b.primary.start, "the number of the primary block's items does not agree with its flags and CRC type")
	}
}

// hasFragment7 reports whether the fields of a fragment follow the lifetime: the flag says so, unless the items left leave no
// choice.
func (r *Reader) hasFragment7() bool {
	switch r.items {
	case 0, 1:
		return false
	case 2, 3:
		return true
	}
	return r.b.IsFragment()
}

func (r *Reader) inPrimary(c *cursor) uint32 { return uint32(r.at + uint64(c.i) - r.b.primary.start) }

// next7 accepts a field of the primary block.
func (r *Reader) next7(c *cursor) {
	r.b.primary.at[r.field] = r.inPrimary(c)
	r.commit(c)
	r.counted(1)
	r.field++
}
