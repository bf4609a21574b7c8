// SPDX-License-Identifier: Apache-2.0

package reassembly

import "errors"

// Packet is one captured packet. Data is borrowed: it is valid until the source that filled the Packet is asked for the
// next one.
type Packet struct {
	Data   []byte   // octets captured, from the link header on
	Length int      // octets on the wire; more than len(Data) where the snap length cut the packet
	Frame  uint64   // number of the packet, from 1, running on over several files
	Time   int64    // nanoseconds since 1970-01-01T00:00:00Z
	Link   LinkType // what Data begins with
}

// ErrIdle says that a source has no packet for now, and that its reader may see to other things before it asks again.
var ErrIdle = errors.New("no packet for now")

// LinkType is a LINKTYPE_ value as capture files carry it.
type LinkType uint16

// The link types that are read. Packets of any other type are counted and passed over.
const (
	LinkNull     LinkType = 0
	LinkEthernet LinkType = 1
	LinkPPP      LinkType = 9
	LinkRaw12    LinkType = 12 // DLT_RAW of most systems, written into files by mistake; LOOP on OpenBSD
	LinkRaw14    LinkType = 14 // DLT_RAW of OpenBSD
	LinkPPPHDLC  LinkType = 50
	LinkPPPoE    LinkType = 51
	LinkRaw      LinkType = 101
	LinkCHDLC    LinkType = 104
	LinkLoop     LinkType = 108
	LinkSLL      LinkType = 113
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkSLL2     LinkType = 276
)

// Segment is one TCP segment with the addresses that carried it. Payload is borrowed from the Packet; where it had to be put
// together from IP fragments it has memory of its own.
type Segment struct {
	Src, Dst Endpoint
	Seq, Ack uint32
	Flags    uint8  // FIN, SYN, RST, ACK
	Window   uint16 // as on the wire, not scaled
	Checksum uint16 // as on the wire
	Header   []byte // the TCP header with its options, borrowed as Payload is; cut where the snap length cut the options
	Payload  []byte // octets captured
	Missing  int    // payload octets that were on the wire behind Payload and that the snap length cut off
	Frame    uint64 // of the packet, the last one where there were IP fragments
	Time     int64
}

// TCP flag bits of Segment.Flags.
const (
	FIN = 0x01
	SYN = 0x02
	RST = 0x04
	ACK = 0x10
)

// Endpoint is an IP address and a TCP port. IPv4 addresses are in their IPv4-mapped form; the octets are in two words
// in network order, so that endpoints compare and hash without touching memory twice.
type Endpoint struct {
	Hi, Lo uint64
	Port   uint16
}
