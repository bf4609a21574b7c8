// SPDX-License-Identifier: Apache-2.0

package bundle

import "fmt"

// BlockType is the type of a block. Both versions have one registry, but most types are of one version only.
type BlockType uint64

const (
	BlockPayload      BlockType = 1  // RFC 9171 4.3.3, RFC 5050 4.5.3
	BlockBAB          BlockType = 2  // BPv6, RFC 6257
	BlockPIB          BlockType = 3  // BPv6, RFC 6257
	BlockPCB          BlockType = 4  // BPv6, RFC 6257
	BlockPreviousHop  BlockType = 5  // BPv6, RFC 6259
	BlockPreviousNode BlockType = 6  // BPv7, RFC 9171 4.4.1
	BlockAge          BlockType = 7  // BPv7, RFC 9171 4.4.2
	BlockMetadata     BlockType = 8  // BPv6, RFC 6258
	BlockESB          BlockType = 9  // BPv6, RFC 6257
	BlockHopCount     BlockType = 10 // BPv7, RFC 9171 4.4.3
	BlockCTEB         BlockType = 10 // BPv6, CCSDS 734.2-B
	BlockBIB          BlockType = 11 // BPv7, RFC 9172
	BlockBCB          BlockType = 12 // BPv7, RFC 9172
	BlockECOS         BlockType = 19 // BPv6, draft
	BlockAge6         BlockType = 20 // BPv6, draft
)

const privateBlock BlockType = 192 // the first of the private range, which ends at 255

var blockNames7 = map[BlockType]string{0: "Reserved", BlockPayload: "Payload", BlockPreviousNode: "Previous Node",
	BlockAge: "Bundle Age", BlockHopCount: "Hop Count", BlockBIB: "Block Integrity", BlockBCB: "Block Confidentiality"}

var blockNames6 = map[BlockType]string{BlockPayload: "Payload", BlockBAB: "Bundle Authentication", BlockPIB: "Payload Integrity",
	BlockPCB: "Payload Confidentiality", BlockPreviousHop: "Previous-Hop Insertion", BlockMetadata: "Metadata",
	BlockESB: "Extension Security", BlockCTEB: "Custody Transfer Enhancement", BlockECOS: "Extended Class of Service",
	BlockAge6: "Bundle Age"}

// Name returns the name of the type in a version of the protocol; "private" or "unassigned" where it has none.
func (t BlockType) Name(version uint8) string {
	names := blockNames7
	if version == 6 {
		names = blockNames6
	}
	if name, ok := names[t]; ok {
		return name
	}
	if privateBlock <= t && t <= 255 {
		return "private"
	}
	return "unassigned"
}

// ReportReason is why a node says of a bundle what it says in a status report (RFC 9171 9.5). BPv6 has those up to 8.
type ReportReason uint64

var reportReasons = [...]string{"No additional information", "Lifetime expired", "Forwarded over unidirectional link",
	"Transmission canceled", "Depleted storage", "Destination endpoint ID unavailable", "No known route to destination from here",
	"No timely contact with next node on route", "Block unintelligible", "Hop limit exceeded", "Traffic pared", "Block unsupported",
	"Missing security operation", "Unknown security operation", "Unexpected security operation", "Failed security operation",
	"Conflicting security operation"}

// Name returns the name of the reason in a version of the protocol; "reserved" or "unassigned" where it has none.
func (r ReportReason) Name(version uint8) string {
	switch {
	case version == 6 && r == 5:
		return "Destination endpoint ID unintelligible"
	case r == 255:
		return "reserved"
	case r >= ReportReason(len(reportReasons)), version == 6 && r > 8:
		return "unassigned"
	}
	return reportReasons[r]
}

// CustodyReason is why custody of a bundle was refused, or not (RFC 5050 6.1.2).
type CustodyReason uint8

var custodyReasons = [...]string{"No additional information", "reserved", "reserved", "Redundant reception", "Depleted storage",
	"Destination endpoint ID unintelligible", "No known route to destination from here", "No timely contact with next node on route",
	"Block unintelligible"}

// String returns the name of the reason; "reserved" or "unassigned" where it has none.
func (r CustodyReason) String() string {
	switch {
	case int(r) < len(custodyReasons):
		return custodyReasons[r]
	case r == 127:
		return "reserved"
	}
	return "unassigned"
}

// RecordType is the type of an administrative record (RFC 9171 9.4, RFC 9713).
type RecordType uint64

const (
	RecordStatusReport  RecordType = 1
	RecordCustodySignal RecordType = 2 // BPv6
	RecordBIBE3         RecordType = 3 // a bundle in a bundle, in the drafts and HDTN
	RecordAggregate     RecordType = 4 // BPv6: aggregate custody signal; BPv7: custody of bundles in bundles, in the drafts and HDTN
	RecordBIBE          RecordType = 7 // a bundle in a bundle, in ION
)

// Name returns the name of the record type in a version of the protocol.
func (t RecordType) Name(version uint8) string {
	switch {
	case t == RecordStatusReport:
		return "Bundle Status Report"
	case t == RecordCustodySignal:
		return "Custody Signal"
	case version == 7 && (t == RecordAggregate || t == recordCustody7):
		return "Bundle-in-Bundle Custody Signal"
	case t == RecordAggregate:
		return "Aggregate Custody Signal"
	case t == RecordBIBE3 && version == 7, t == RecordBIBE:
		return "Bundle-in-Bundle Encapsulation"
	case version == 7 && t >= 64512 && t <= 65535:
		return "private"
	case version == 7 && t >= 64384 && t <= 64511:
		return "experimental"
	case t == 0:
		return "reserved"
	}
	return "unassigned"
}

// String returns the number of the type.
func (t RecordType) String() string { return fmt.Sprintf("%d", uint64(t)) }
