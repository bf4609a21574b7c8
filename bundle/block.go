// SPDX-License-Identifier: Apache-2.0

package bundle

// Block is a block behind the primary block (RFC 9171 4.3.2, RFC 5050 4.5.2).
type Block struct {
	Type   BlockType
	Number uint64 // BPv7
	Flags  BlockFlags
	CRC    CRC // BPv7
	Span   Span

	// DataSpan are the octets of the block-type-specific data, without the head that carries their length. DataLength is the
	// length that the block announces; the span is shorter while it is not complete. A BPv7 block whose data came in chunks
	// (BPv7-08) has both from the first chunk's head to the break.
	DataSpan   Span
	DataLength uint64

	// Data are these octets, kept where they are not the payload and not too many, and whole; nil otherwise. They are what
	// arrived: of a block that is the target of a BCB they are the ciphertext.
	Data []byte

	// EIDs are the endpoint IDs that a BPv6 block refers to, at most MaxReferences of them. EIDCount is how many it has.
	EIDs     []EID
	EIDCount uint64

	// Encrypted says that a BCB of the bundle has this block as its target.
	Encrypted bool

	// Whole says that the last octet of the block was there, and nothing was wrong with its form.
	Whole bool

	version uint8
	chunked bool
	odd     bool     // items that belong there are wrong, or others are there
	fields  uint8    // how many of the fields below were there
	ends    [6]uint8 // offsets in the block behind: array head, type, number, flags, CRC type, head of the data
	refs    uint64   // BPv6: octets of the EID references
	crcHead uint8    // octets of the head of the CRC's string
	crcLen  uint8    // and of its content
}

// MaxReferences is how many EID references of a BPv6 block are kept.
const MaxReferences = 8

// BlockFields are the places of a block's fields. A field that is not there has the zero Span.
type BlockFields struct {
	Head     Span // BPv7: the head of the array
	Type     Span
	Number   Span // BPv7
	Flags    Span
	EIDs     Span // BPv6: the EID references with their count
	CRCType  Span // BPv7
	DataHead Span // the length of the data
	Data     Span
	CRC      Span // the value in BPv7, with the head of its string
}

// Fields returns the places of the fields.
func (k *Block) Fields() (f BlockFields) {
	at := func(i int) Span {
		if i >= int(k.fields) {
			return Span{}
		}
		from := uint8(0)
		if i > 0 {
			from = k.ends[i-1]
		}
		return Span{k.Span.Offset + uint64(from), uint64(k.ends[i] - from)}
	}
	f.Data = k.DataSpan
	if k.version == 6 {
		f.Type, f.Flags = at(0), at(1)
		if k.refs > 0 {
			f.EIDs = Span{f.Flags.End(), k.refs}
		}
		if k.fields > 2 {
			f.DataHead = at(2)
			f.DataHead.Offset += k.refs
		}
		return f
	}
	f.Head, f.Type, f.Number, f.Flags, f.CRCType, f.DataHead = at(0), at(1), at(2), at(3), at(4), at(5)
	if k.crcHead > 0 {
		f.CRC = Span{k.DataSpan.End(), uint64(k.crcHead) + uint64(k.crcLen)}
	}
	return f
}

// Name returns the name of the block's type in its version of the protocol.
func (k *Block) Name() string { return k.Type.Name(k.version) }

// The fields of the primary block whose ends are kept, in the order of BPv7; BPv6 has its own.
const (
	fieldHead = iota
	fieldVersion
	fieldFlags
	fieldCRCType
	fieldDestination
	fieldSource
	fieldReportTo
	fieldTimestampHead
	fieldTime
	fieldSequence
	fieldTimestampEnd // behind the break of an indefinite array
	fieldLifetime
	fieldOffset
	fieldTotal
	fieldCRC
	primaryFields
)

// primaryEnds are the offsets in the bundle behind the fields of the primary block; 0 of those that are not there.
type primaryEnds struct {
	start uint64
	end   uint64
	at    [primaryFields]uint32 // counted from start
}

// PrimaryFields are the places of the primary block's fields. A field that is not there has the zero Span.
type PrimaryFields struct {
	Block          Span // the whole block
	Head           Span // BPv7: the head of the array
	Version        Span
	Flags          Span
	BlockLength    Span // BPv6
	CRCType        Span // BPv7
	Destination    Span // in BPv6: the two numbers that refer to the dictionary, or are it
	Source         Span
	ReportTo       Span
	Custodian      Span // BPv6
	Time           Span
	Sequence       Span
	Lifetime       Span
	DictLength     Span // BPv6
	Dictionary     Span // BPv6
	FragmentOffset Span
	TotalLength    Span
	CRC            Span // BPv7, with the head of its string
}

// PrimaryFields returns the places of the primary block's fields.
func (b *Bundle) PrimaryFields() (f PrimaryFields) {
	p := &b.primary
	at := func(i int) Span {
		if p.at[i] == 0 {
			return Span{}
		}
		from := uint32(0)
		for k := range i {
			from = max(from, p.at[k])
		}
		return Span{p.start + uint64(from), uint64(p.at[i] - from)}
	}
	if p.end > p.start {
		f.Block = Span{p.start, p.end - p.start}
	}
	if b.Version == 6 {
		f.Version, f.Flags, f.BlockLength = at(field6Version), at(field6Flags), at(field6Length)
		f.Destination, f.Source, f.ReportTo, f.Custodian = at(field6Destination), at(field6Source), at(field6ReportTo), at(field6Custodian)
		f.Time, f.Sequence, f.Lifetime = at(field6Time), at(field6Sequence), at(field6Lifetime)
		f.DictLength, f.Dictionary = at(field6DictLength), b.dict
		f.FragmentOffset, f.TotalLength = at(field6Offset), at(field6Total)
		return f
	}
	f.Head, f.Version, f.Flags, f.CRCType = at(fieldHead), at(fieldVersion), at(fieldFlags), at(fieldCRCType)
	f.Destination, f.Source, f.ReportTo = at(fieldDestination), at(fieldSource), at(fieldReportTo)
	f.Time, f.Sequence, f.Lifetime = at(fieldTime), at(fieldSequence), at(fieldLifetime)
	f.FragmentOffset, f.TotalLength, f.CRC = at(fieldOffset), at(fieldTotal), at(fieldCRC)
	return f
}
