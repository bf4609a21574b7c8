// SPDX-License-Identifier: Apache-2.0

package bundle

// check6 looks at a bundle of BPv6.
func (b *Bundle) check6() {
	if b.primary.end == 0 {
		return
	}
	b.flags6()
	if b.dict.Length == 0 {
		for i, e := range [...]*EID{&b.Destination, &b.Source, &b.ReportTo, &b.Custodian} {
			if e.Form == EIDIPN && e.Node == 0 {
				f := b.PrimaryFields()
				at := [...]uint64{f.Destination.Offset, f.Source.Offset, f.ReportTo.Offset, f.Custodian.Offset}[i]
				b.find("BPv6-05", at, "node number 0 has a service number")
			}
		}
	}
	payload, ages, babs := (*Block)(nil), 0, 0
	for i := range b.Blocks {
		k := &b.Blocks[i]
		if b.IsAdmin() && k.Flags&BlockReport != 0 {
			b.find("BPv6-09", k.Fields().Flags.Offset, "a block of an administrative record asks for a report")
		}
		if payload != nil && k.Flags&BlockReplicate != 0 {
			b.find("BPv6-10", k.Fields().Flags.Offset, "a block behind the payload is to be replicated in every fragment")
		}
		switch k.Type {
		case BlockPayload:
			if payload != nil {
				b.find("BPv6-12", k.Span.Offset, "the bundle has another payload block")
			} else {
				payload = k
			}
		case BlockAge6:
			ages++
		case BlockBAB:
			babs++
		}
		b.block6(k)
	}
	if babs > 2 {
		b.find("BPv6-27", b.Blocks[0].Span.Offset, "the bundle has more than two bundle authentication blocks")
	}
	if b.IsFragment() && b.badFragment(payload) {
		b.find("BPv6-15", b.PrimaryFields().FragmentOffset.Offset, "the fragment does not lie inside its application data unit")
	}
	if b.State != Complete || b.BlockCount > uint64(len(b.Blocks)) {
		return // what is missing may be where it was not seen
	}
	if payload == nil {
		b.find("BPv6-12", b.Length, "the bundle has no payload block")
	}
	if b.Created.Time == 0 && ages == 0 {
		b.find("BPv6-29", b.PrimaryFields().Time.Offset, "without a creation time there should be a bundle age block")
	}
	if b.IsAdmin() && !b.IsFragment() && b.record != nil {
		b.record6()
	}
}

// block6 looks at what a block's type asks for.
func (b *Bundle) block6(k *Block) {
	if !k.Whole {
		return
	}
	switch k.Type {
	case BlockPreviousHop:
		_, err := k.PreviousNode()
		b.badContent(k, err, "BPv6-24")
		if k.Flags&BlockDiscard == 0 {
			b.find("BPv6-24", k.Fields().Flags.Offset, "a previous-hop insertion block is not to be discarded if it cannot be processed")
		}
	case BlockMetadata:
		m, err := k.Metadata()
		b.badContent(k, err, "BPv6-26")
		if err == nil && m.Type == MetadataURI && k.EIDCount > 0 {
			b.find("BPv6-26", k.Fields().EIDs.Offset, "a metadata block of URIs has EID references")
		}
	case BlockBAB, BlockPIB, BlockPCB, BlockESB:
		_, err := k.BSP()
		b.badContent(k, err, "BPv6-27")
	}
}

// flags6 looks at the bundle processing control flags (RFC 5050 4.2).
func (b *Bundle) flags6() {
	f := b.Flags
	const at = 1 // the flags are behind the version
	if b.IsAdmin() && f&(reports6|FlagCustody) != 0 {
		b.find("BPv6-06", at, "an administrative record asks for custody or status reports")
	}
	if b.Source.IsNull() && (f&FlagNoFragment == 0 || f&(reports6|FlagCustody) != 0) {
		b.find("BPv6-07", at, "a bundle without a source must not be fragmented and asks for neither custody nor status reports")
	}
	if f.Priority() == 3 || f&^known6 != 0 {
		b.find("BPv6-08", at, "reserved flags of the bundle are set, or the reserved priority")
	}
	if b.IsFragment() && f&FlagNoFragment != 0 {
		b.find("BPv6-19", at, "a fragment of a bundle that must not be fragmented")
	}
	if f&FlagCustody != 0 && b.Custodian.IsNull() {
		b.find("BPv6-30", b.PrimaryFields().Custodian.Offset, "custody is asked for and there is no custodian")
	}
}

// record6 looks at the administrative record (RFC 5050 6.1).
func (b *Bundle) record6() {
	a, err := b.AdminRecord()
	at := b.Payload().DataSpan.Offset
	id := "BPv6-20"
	switch a.Type {
	case RecordStatusReport:
		id = "BPv6-21"
	case RecordCustodySignal:
		id = "BPv6-22"
	case RecordAggregate:
		id = "BPv6-23"
	}
	switch {
	case err != nil:
		b.find(id, at, err.Error())
	case a.Type != RecordStatusReport && a.Type != RecordCustodySignal && a.Type != RecordAggregate && a.Type != RecordBIBE:
		b.find("BPv6-20", at, "the type of the administrative record is not one of BPv6")
	case a.Type == RecordCustodySignal && a.Custody.Reason.unknown():
		b.find("BPv6-22", at, "the reason of the custody signal is not assigned")
	}
	for i, f := range a.Custody.Fills {
		if f.Count == 0 || i > 0 && f.First <= a.Custody.Fills[i-1].First {
			b.find("BPv6-23", at, "a run of custody IDs is empty, or does not follow the one before")
			break
		}
	}
}

func (r CustodyReason) unknown() bool { return r == 1 || r == 2 || int(r) >= len(custodyReasons) }
