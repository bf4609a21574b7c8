// SPDX-License-Identifier: Apache-2.0

package bundle

import "bytes"

// check7 looks at a bundle of BPv7. What each check asks for is in the catalogue.
func (b *Bundle) check7() {
	if b.clean7() {
		return
	}
	seen := b.blocks7()
	if b.primary.end == 0 {
		return // nothing of the primary block is certain
	}
	b.flags7()
	b.eids7()
	if b.CRC.Type > CRC32C {
		b.find("BPv7-12", b.PrimaryFields().CRCType.Offset, "the CRC type is not 0, 1 or 2")
	}
	if b.CRC.State == CRCInvalid {
		b.find("BPv7-14", b.PrimaryFields().CRC.Offset, "the CRC of the primary block is wrong")
	}
	if b.CRC.Type == CRCNone && !seen.signed && b.State == Complete {
		b.find("BPv7-15", b.PrimaryFields().CRCType.Offset, "the primary block has neither a CRC nor a BIB that covers it")
	}
	if b.IsFragment() && b.badFragment(b.Payload()) {
		b.find("BPv7-36", b.PrimaryFields().FragmentOffset.Offset, "the fragment does not lie inside its application data unit")
	}
	if b.Lifetime > 1<<63 {
		b.find("BPv7-61", b.PrimaryFields().Lifetime.Offset, "the lifetime is longer than any clock runs")
	}
	if b.State != Complete || b.BlockCount > uint64(len(b.Blocks)) {
		return // what is missing may be where it was not seen
	}
	if seen.payloads == 0 {
		b.find("BPv7-02", b.Length, "the bundle has no payload block")
	}
	if b.Created.Time == 0 && b.primary.at[fieldSequence] != 0 && seen.ages == 0 {
		b.find("BPv7-30", b.PrimaryFields().Time.Offset, "without a creation time there must be a bundle age block")
	}
	if b.IsAdmin() && !b.IsFragment() && b.record != nil {
		b.record7()
	}
}

// clean7 tells of the usual bundle, of two blocks and nothing special, that nothing is wrong with it. The checks themselves would
// come to the same at several times the cost.
func (b *Bundle) clean7() bool {
	if b.BlockCount != 1 || b.State != Complete || b.CRC.State != CRCValid || b.Flags&(FlagAdmin|FlagFragment|^known7) != 0 ||
		b.Created.Time == 0 || b.Lifetime > 1<<63 {
		return false
	}
	k := &b.Blocks[0]
	return k.Type == BlockPayload && k.Number == 1 && k.Whole && k.Flags&^knownBlock7 == 0 && k.CRC.State <= CRCValid &&
		b.Source.clean7() && b.Destination.clean7() && (b.ReportTo.clean7() || b.ReportTo.IsNull() && b.ReportTo.plain7())
}

// clean7 tells of an endpoint ID that it is neither null, nor a group, nor wrong.
func (e *EID) clean7() bool {
	if e.Form != EIDDTN {
		return e.Form == EIDIPN && e.Node-1 < localNode-1
	}
	if len(e.SSP) < 4 || e.SSP[0] != '/' || e.SSP[1] != '/' {
		return false
	}
	for i, octet := range e.SSP[2:] {
		if octet == '/' {
			return i > 0 && (i+3 == len(e.SSP) || e.SSP[i+3] != '~')
		}
	}
	return false
}

// seen7 is what the blocks of a bundle are.
type seen7 struct {
	payloads, ages, previous, hops int
	signed                         bool // a BIB has the primary block as its target
}

// blocks7 looks at each block.
func (b *Bundle) blocks7() (seen seen7) {
	security := false
	for i := range b.Blocks {
		security = security || b.Blocks[i].Type == BlockBIB || b.Blocks[i].Type == BlockBCB
	}
	if security {
		seen.signed = b.security7()
	}
	noReport := b.IsAdmin() || b.Source.IsNull()
	numbers := uint64(1) // those below 64 that were there; 0 is the primary block's
	for i := range b.Blocks {
		k := &b.Blocks[i]
		if k.fields < 6 {
			continue // it is said already that it is no proper block
		}
		if k.Number < 64 && numbers&(1<<k.Number) == 0 {
			numbers |= 1 << k.Number
		} else if k.Number < 64 || b.numberBefore(i) {
			b.find("BPv7-06", k.Fields().Number.Offset, "the block number is that of another block")
		}
		if noReport && k.Flags&BlockReport != 0 {
			b.find("BPv7-18", k.Fields().Flags.Offset, "a block of an administrative record, or of a bundle without a source, asks for a report")
		}
		if k.Flags&^knownBlock7 != 0 {
			b.find("BPv7-19", k.Fields().Flags.Offset, "reserved or unassigned flags of a block are set")
		}
		if k.CRC.Type > CRC32C {
			b.find("BPv7-12", k.Fields().CRCType.Offset, "the CRC type is not 0, 1 or 2")
		}
		if k.CRC.State == CRCInvalid {
			b.find("BPv7-14", k.Fields().CRC.Offset, "the CRC of a block is wrong")
		}
		b.block7(k, i, &seen)
	}
	return seen
}

// numberBefore tells whether a block before the one at i has its number.
func (b *Bundle) numberBefore(i int) bool {
	for j := range i {
		if b.Blocks[j].Number == b.Blocks[i].Number && b.Blocks[j].fields == 6 {
			return true
		}
	}
	return false
}

// block7 looks at what a block's type asks for.
func (b *Bundle) block7(k *Block, i int, seen *seen7) {
	switch k.Type {
	case BlockPayload:
		seen.payloads++
		if k.Number != 1 {
			b.find("BPv7-05", k.Fields().Number.Offset, "the number of the payload block is not 1")
		}
		if seen.payloads > 1 {
			b.find("BPv7-04", k.Span.Offset, "the bundle has another payload block")
		} else if uint64(i+1) != b.BlockCount {
			b.find("BPv7-04", k.Span.Offset, "the payload block is not the last one")
		}
	case BlockPreviousNode:
		if seen.previous++; seen.previous > 1 {
			b.find("BPv7-32", k.Span.Offset, "the bundle has another previous node block")
		}
		e, err := k.PreviousNode()
		b.badContent(k, err, "BPv7-21")
		if err == nil {
			b.eid7(&e, k.DataSpan.Offset)
			if !e.IsNodeID() || e.Form == EIDIPN && e.Service != 0 {
				b.find("BPv7-26", k.DataSpan.Offset, "the previous node is not named by a node ID")
			}
		}
	case BlockAge:
		if seen.ages++; seen.ages > 1 {
			b.find("BPv7-31", k.Span.Offset, "the bundle has another bundle age block")
		}
		_, err := k.Age()
		b.badContent(k, err, "BPv7-31")
	case BlockHopCount:
		if seen.hops++; seen.hops > 1 {
			b.find("BPv7-35", k.Span.Offset, "the bundle has another hop count block")
		}
		h, err := k.HopCount()
		b.badContent(k, err, "BPv7-35")
		if err == nil && (h.Limit < 1 || h.Limit > 255) {
			b.find("BPv7-35", h.LimitSpan.Offset, "the hop limit is not 1 to 255")
		} else if err == nil && h.Count > h.Limit {
			b.find("BPv7-35", h.CountSpan.Offset, "the hop count is over its limit")
		}
	case 0, BlockBAB, BlockPIB, BlockPCB, BlockPreviousHop, BlockMetadata, BlockESB:
		b.find("BPv7-62", k.Fields().Type.Offset, "the block type is reserved, or one of BPv6 only")
	}
	if k.Type != BlockPayload && k.Number == 1 {
		b.find("BPv7-05", k.Fields().Number.Offset, "a block that is not the payload has the number 1")
	}
}

// badContent notes that the data of a block cannot be decoded, where that is the block's fault.
func (b *Bundle) badContent(k *Block, err error, id string) {
	if err != nil && err != ErrNotKept && err != ErrEncrypted {
		b.find(id, k.DataSpan.Offset, err.Error())
	}
}

// flags7 looks at the bundle processing control flags (RFC 9171 4.2.3).
func (b *Bundle) flags7() {
	f := b.Flags
	if f&(FlagAdmin|FlagFragment|^known7) == 0 && !b.Source.IsNull() {
		return
	}
	at := b.PrimaryFields().Flags.Offset
	if b.IsAdmin() && f&reports7 != 0 {
		b.find("BPv7-16", at, "an administrative record asks for status reports")
	}
	if b.Source.IsNull() && (f&FlagNoFragment == 0 || f&reports7 != 0) {
		b.find("BPv7-17", at, "a bundle without a source must not be fragmented and asks for no status reports")
	}
	if f&^known7 != 0 {
		b.find("BPv7-19", at, "reserved or unassigned flags of the bundle are set")
	}
	if b.IsFragment() && f&FlagNoFragment != 0 {
		b.find("BPv7-20", at, "a fragment of a bundle that must not be fragmented")
	}
}

// eids7 looks at the endpoint IDs of the primary block. Where they are is only looked up for those that are wrong.
func (b *Bundle) eids7() {
	if b.Destination.plain7() && b.Source.plain7() && b.ReportTo.plain7() {
		return
	}
	for i, e := range [...]*EID{&b.Destination, &b.Source, &b.ReportTo} {
		id, text := e.flaw7()
		if i == 1 && id == "" && e.Form == EIDDTN && !e.IsNull() && !e.IsSingleton() {
			id, text = "BPv7-26", "the source is a group of nodes"
		}
		if id != "" {
			f := b.PrimaryFields()
			b.find(id, [...]uint64{f.Destination.Offset, f.Source.Offset, f.ReportTo.Offset}[i], text)
		}
	}
}

// plain7 tells of most endpoint IDs that nothing is wrong with them.
func (e *EID) plain7() bool {
	return e.Form == EIDIPN && (e.Node-1 < localNode-1 || e.Node == 0 && e.Service == 0) || e.Form == EIDDTN && !e.asText
}

// eid7 notes what is wrong with an endpoint ID.
func (b *Bundle) eid7(e *EID, at uint64) {
	if id, text := e.flaw7(); id != "" {
		b.find(id, at, text)
	}
}

// flaw7 tells what is wrong with an endpoint ID of BPv7 (RFC 9171 4.2.5.1, RFC 9758), "" for nothing.
func (e *EID) flaw7() (id, text string) {
	switch e.Form {
	case EIDDTN:
		// A node name, and what ends it.
		if e.asText && (len(e.SSP) < 4 || e.SSP[0] != '/' || e.SSP[1] != '/' || bytes.IndexByte(e.SSP[2:], '/') < 1) {
			return "BPv7-22", "the text of a dtn endpoint ID is not //node/ with what may follow"
		}
	case EIDIPN:
		if e.Node == 0 && e.Service != 0 {
			return "BPv7-24", "ipn:0.0 has a service number"
		}
		if e.Node == localNode {
			return "BPv7-25", "the local node's endpoint ID has left its node"
		}
	case EIDRaw:
		return "BPv7-21", "the scheme of an endpoint ID is not known"
	case EIDBad:
		if len(e.SSP) > 1 && e.SSP[0] == 0x82 && e.SSP[1] == byte(SchemeIPN) {
			return "BPv7-23", "an ipn endpoint ID is not two or three numbers of the right size"
		}
		return "BPv7-21", "an endpoint ID is not an array of a scheme code and what the scheme asks for"
	}
	return "", ""
}

// record7 looks at the administrative record (RFC 9171 6.1).
func (b *Bundle) record7() {
	a, err := b.AdminRecord()
	at := b.Payload().DataSpan.Offset
	switch {
	case err == ErrEncrypted:
	case err != nil && a.Type == RecordStatusReport:
		b.find("BPv7-44", at, err.Error())
	case err != nil:
		b.find("BPv7-43", at, err.Error())
	case a.Type == 0 || a.Type == RecordCustodySignal || a.Name() == "unassigned":
		b.find("BPv7-47", at, "the type of the administrative record is not one of BPv7")
	case a.Type == RecordStatusReport:
		if a.Status.Forwarded.Asserted && a.Status.Reason != 0 {
			b.find("BPv7-46", at, "a report of forwarding gives a reason")
		}
		b.eid7(&a.Status.Subject.Source, at)
	}
}
