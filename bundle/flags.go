// SPDX-License-Identifier: Apache-2.0

package bundle

import "fmt"

// BundleFlags are the bundle processing control flags (RFC 9171 4.2.3, RFC 5050 4.2). What both versions have is at the same
// place in both.
type BundleFlags uint64

const (
	FlagFragment       BundleFlags = 0x000001
	FlagAdmin          BundleFlags = 0x000002
	FlagNoFragment     BundleFlags = 0x000004
	FlagCustody        BundleFlags = 0x000008 // BPv6
	FlagSingleton      BundleFlags = 0x000010 // BPv6
	FlagAckRequested   BundleFlags = 0x000020
	FlagStatusTime     BundleFlags = 0x000040 // BPv7
	FlagPriority       BundleFlags = 0x000180 // BPv6: 0 bulk, 1 normal, 2 expedited
	FlagReportReceived BundleFlags = 0x004000
	FlagReportCustody  BundleFlags = 0x008000 // BPv6
	FlagReportForward  BundleFlags = 0x010000
	FlagReportDelivery BundleFlags = 0x020000
	FlagReportDeletion BundleFlags = 0x040000
)

const (
	reports7 = FlagReportReceived | FlagReportForward | FlagReportDelivery | FlagReportDeletion
	reports6 = reports7 | FlagReportCustody
	known7   = FlagFragment | FlagAdmin | FlagNoFragment | FlagAckRequested | FlagStatusTime | reports7
	known6   = FlagFragment | FlagAdmin | FlagNoFragment | FlagCustody | FlagSingleton | FlagAckRequested | FlagPriority | reports6
)

type flagName struct {
	bit  uint64
	name string
}

var bundleFlagNames = [...]flagName{
	{uint64(FlagFragment), "FRAGMENT"},
	{uint64(FlagAdmin), "ADMIN_RECORD"},
	{uint64(FlagNoFragment), "MUST_NOT_FRAGMENT"},
	{uint64(FlagCustody), "CUSTODY_REQUESTED"},
	{uint64(FlagSingleton), "SINGLETON_DESTINATION"},
	{uint64(FlagAckRequested), "ACK_REQUESTED"},
	{uint64(FlagStatusTime), "STATUS_TIME_REQUESTED"},
	{uint64(FlagReportReceived), "REPORT_RECEPTION"},
	{uint64(FlagReportCustody), "REPORT_CUSTODY"},
	{uint64(FlagReportForward), "REPORT_FORWARDING"},
	{uint64(FlagReportDelivery), "REPORT_DELIVERY"},
	{uint64(FlagReportDeletion), "REPORT_DELETION"},
}

var priorities = [...]string{"PRIORITY_BULK", "PRIORITY_NORMAL", "PRIORITY_EXPEDITED", "PRIORITY_RESERVED"}

// Priority returns the class of service of BPv6: 0 bulk, 1 normal, 2 expedited, 3 reserved.
func (f BundleFlags) Priority() uint8 { return uint8(f & FlagPriority >> 7) }

// Names lists the flags that are set, as they are called in a version of the protocol, those without a name as "0x800". In BPv6
// the priority is one of them.
func (f BundleFlags) Names(version uint8) []string {
	names, known := []string{}, known7
	if version == 6 {
		known = known6 &^ FlagPriority
	}
	names = appendNames(names, bundleFlagNames[:], uint64(f&known))
	rest := f &^ known
	if version == 6 {
		names = append(names, priorities[f.Priority()])
		rest &^= FlagPriority
	}
	return appendNames(names, nil, uint64(rest))
}

// BlockFlags are the block processing control flags (RFC 9171 4.2.4, RFC 5050 4.3).
type BlockFlags uint64

const (
	BlockReplicate   BlockFlags = 0x01 // in every fragment
	BlockReport      BlockFlags = 0x02 // send a status report if it cannot be processed
	BlockDelete      BlockFlags = 0x04 // delete the bundle if it cannot be processed
	BlockLast        BlockFlags = 0x08 // BPv6: the last block
	BlockDiscard     BlockFlags = 0x10 // discard the block if it cannot be processed
	BlockUnprocessed BlockFlags = 0x20 // BPv6: it was forwarded without being processed
	BlockHasEIDs     BlockFlags = 0x40 // BPv6: references to endpoint IDs are there
)

const (
	knownBlock7 = BlockReplicate | BlockReport | BlockDelete | BlockDiscard
	knownBlock6 = knownBlock7 | BlockLast | BlockUnprocessed | BlockHasEIDs
)

var blockFlagNames = [...]flagName{
	{uint64(BlockReplicate), "REPLICATE"},
	{uint64(BlockReport), "REPORT_IF_UNPROCESSABLE"},
	{uint64(BlockDelete), "DELETE_IF_UNPROCESSABLE"},
	{uint64(BlockLast), "LAST_BLOCK"},
	{uint64(BlockDiscard), "DISCARD_IF_UNPROCESSABLE"},
	{uint64(BlockUnprocessed), "FORWARDED_UNPROCESSED"},
	{uint64(BlockHasEIDs), "EID_REFERENCES"},
}

// Names lists the flags that are set, as BundleFlags.Names does.
func (f BlockFlags) Names(version uint8) []string {
	known := knownBlock7
	if version == 6 {
		known = knownBlock6
	}
	names := appendNames([]string{}, blockFlagNames[:], uint64(f&known))
	return appendNames(names, nil, uint64(f&^known))
}

// appendNames appends the names of the bits set in value, and those without one as hexadecimal numbers.
func appendNames(dst []string, names []flagName, value uint64) []string {
	for _, n := range names {
		if value&n.bit != 0 {
			dst = append(dst, n.name)
			value &^= n.bit
		}
	}
	for value != 0 {
		lowest := value & -value
		dst = append(dst, fmt.Sprintf("%#x", lowest))
		value &^= lowest
	}
	return dst
}
