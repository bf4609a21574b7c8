// SPDX-License-Identifier: Apache-2.0

package render

import (
	"encoding/binary"
	"strconv"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// flagBit is a bit, or (reserved) the bits nobody assigned, of a flags octet.
type flagBit struct {
	mask byte
	name string
}

var (
	contactFlagsV4 = []flagBit{{0x01, "CAN_TLS"}, {0xfe, "Reserved"}}
	contactFlagsV3 = []flagBit{{0x01, "Bundle Acks Requested"}, {0x02, "Reactive Fragmentation Enabled"},
		{0x04, "Bundle Refusal Supported"}, {0x08, "LENGTH Messages Requested"}, {0xf0, "Reserved"}}
	transferFlags  = []flagBit{{0x02, "START"}, {0x01, "END"}, {0xfc, "Reserved"}}
	terminateFlags = []flagBit{{0x01, "REPLY"}, {0xfe, "Reserved"}}
	extensionFlags = []flagBit{{0x01, "CRITICAL"}, {0xfe, "Reserved"}}
	segmentFlagsV3 = []flagBit{{0x02, "START"}, {0x01, "END"}, {0x0c, "Reserved"}}
	shutdownFlags  = []flagBit{{0x02, "Reason Included"}, {0x01, "Reconnection Delay Included"}, {0x0c, "Reserved"}}
	plainHeaderV3  = []flagBit{{0x0f, "Reserved"}}
)

func (t *Tree) contact(m *record.Message) {
	t.octets(1, 4, "Protocol Magic: ", []byte("dtn!"))
	t.number(1, "Version: ", uint64(m.Version), "")
	if has(m, record.HasFlags) {
		bits := contactFlagsV4
		if m.Version == 3 {
			bits = contactFlagsV3
		}
		t.octet("Contact Flags: ")
		t.flags(1, m.Flags, bits)
	}
	if has(m, record.HasKeepalive) {
		t.number(2, "Keepalive Interval: ", uint64(m.Keepalive), " s")
	}
	if has(m, record.HasNodeID) { // the SDNV's size is what the rest of the header leaves
		node := uint64(len(m.NodeID))
		t.number(max(1, rest(m.Length, t.at+node)), "Local EID Length: ", node, " octets")
		t.text("Local EID: ", m.NodeID)
	}
}

// v3 appends the fields of RFC 7242 section 5. SDNVs may be longer than they need to be: their size follows from the
// message's.
func (t *Tree) v3(m *record.Message) {
	t.octet("Header: ")
	t.dst = append(appendHex(t.dst, uint64(m.Header), 2), '\n')
	t.bits(m.Header, 0xf0, "Message Type: ")
	t.dst = append(t.dst, m.Type...)
	t.dst = append(appendHex(append(t.dst, " ("...), uint64(m.Header>>4), 1), ")\n"...)
	switch m.Type {
	case dataSegment:
		t.flagLines(1, m.Header, segmentFlagsV3)
	case refuseBundle:
		if has(m, record.HasReason) {
			t.bits(m.Header, 0x0f, "Reason: ")
			t.dst = append(appendCode(t.dst, m.Reason), '\n')
		}
	case shutdown:
		t.flagLines(1, m.Header, shutdownFlags)
	default:
		t.flagLines(1, m.Header, plainHeaderV3)
	}
	switch {
	case has(m, record.HasDataLength):
		t.number(max(1, rest(m.HeaderLength, t.at)), "Segment Length: ", m.DataLength, " octets")
		t.octets(1, m.DataLength, "Segment Data: ", keptData(m))
	case has(m, record.HasAckLength):
		t.number(max(1, rest(m.Length, t.at)), "Acknowledged Length: ", m.AckLength, " octets")
	case has(m, record.HasTotalLength):
		t.number(max(1, rest(m.Length, t.at)), "Total Length: ", m.TotalLength, " octets")
	}
	if m.Type == shutdown {
		if has(m, record.HasReason) {
			t.code(1, "Reason: ", m.Reason)
		}
		if has(m, record.HasDelay) {
			t.number(max(1, rest(m.Length, t.at)), "Reconnection Delay: ", m.Delay, " s")
		}
	}
}

// v4 appends the fields of RFC 9174 sections 4.5 to 6.1 in the order of the wire.
func (t *Tree) v4(m *record.Message) {
	t.octet("Message Type: ")
	t.dst = append(t.dst, m.Type...)
	t.dst = append(appendHex(append(t.dst, " ("...), uint64(m.Header), 2), ")\n"...)
	switch m.Type {
	case sessInit:
		t.sessionInit(m)
	case xferSegment, xferAck:
		if has(m, record.HasFlags) {
			t.octet("Transfer Flags: ")
			t.flags(1, m.Flags, transferFlags)
		}
		t.transferID(m)
		t.segmentOrAck(m)
	case xferRefuse:
		if has(m, record.HasReason) {
			t.code(1, "Reason: ", m.Reason)
		}
		t.transferID(m)
	case sessTerm:
		if has(m, record.HasFlags) {
			t.octet("Flags: ")
			t.flags(1, m.Flags, terminateFlags)
		}
		if has(m, record.HasReason) {
			t.code(1, "Reason: ", m.Reason)
		}
	case msgReject:
		t.messageReject(m)
	}
}

func (t *Tree) sessionInit(m *record.Message) {
	if has(m, record.HasKeepalive) {
		t.number(2, "Keepalive Interval: ", uint64(m.Keepalive), " s")
	}
	if has(m, record.HasSegmentMRU) {
		t.number(8, "Segment MRU: ", m.SegmentMRU, " octets")
	}
	if has(m, record.HasTransferMRU) {
		t.number(8, "Transfer MRU: ", m.TransferMRU, " octets")
	}
	if has(m, record.HasNodeID) {
		t.number(2, "Node ID Length: ", uint64(len(m.NodeID)), " octets")
		t.text("Node ID Data: ", m.NodeID)
	}
	t.extensions(m, "Session Extension Item: ")
}

func (t *Tree) transferID(m *record.Message) {
	if has(m, record.HasTransferID) {
		t.field(1, 8, "Transfer ID: ")
		t.dst = strconv.AppendUint(t.dst, m.TransferID, 10)
		t.dst = append(appendHex(append(t.dst, " ("...), m.TransferID, 16), ")\n"...)
	}
}

func (t *Tree) segmentOrAck(m *record.Message) {
	if has(m, record.HasAckLength) {
		t.number(8, "Acknowledged Length: ", m.AckLength, " octets")
	}
	t.extensions(m, "Transfer Extension Item: ")
	if has(m, record.HasDataLength) {
		t.at = max(t.at, rest(m.HeaderLength, 8)) // octets between, if any, belong to a quirk
		t.number(8, "Segment Length: ", m.DataLength, " octets")
		t.octets(1, m.DataLength, "Segment Data: ", keptData(m))
	}
}

// messageReject shows the octets in the order of the wire: the seed agent writes them the wrong way round.
func (t *Tree) messageReject(m *record.Message) {
	if !has(m, record.HasReason|record.HasRejectedType) {
		return
	}
	if o := m.Octets; len(o) >= 3 && o[1] == m.RejectedType.Code && o[2] == m.Reason.Code {
		t.code(1, "Rejected Message Header: ", m.RejectedType)
		t.code(1, "Reason: ", m.Reason)
		return
	}
	t.code(1, "Reason: ", m.Reason)
	t.code(1, "Rejected Message Header: ", m.RejectedType)
}

func (t *Tree) extensions(m *record.Message, label string) {
	if !has(m, record.HasExtensions) {
		return
	}
	t.number(4, "Extension Items Length: ", uint64(m.ExtensionsLength), " octets")
	end := t.at + uint64(m.ExtensionsLength)
	for i := range m.Extensions {
		e := &m.Extensions[i]
		start := t.at
		t.field(1, 5+uint64(len(e.Value)), label)
		t.dst = append(appendExtensionName(t.dst, e), '\n')
		t.at = start
		t.field(2, 1, "Item Flags: ")
		t.flags(2, e.Flags, extensionFlags)
		t.field(2, 2, "Item Type: ")
		t.dst = append(appendHex(t.dst, uint64(e.Type), 4), '\n')
		t.field(2, 2, "Item Length: ")
		t.dst = append(strconv.AppendUint(t.dst, uint64(e.Length), 10), " octets\n"...)
		if total, ok := transferLength(m, e); ok {
			t.field(2, 8, "Total Length: ")
			t.dst = append(strconv.AppendUint(t.dst, total, 10), " octets\n"...)
		} else {
			t.octets(2, uint64(len(e.Value)), "Type-Specific Data: ", e.Value)
		}
	}
	if t.at < end && !m.CutShort {
		t.octets(1, end-t.at, "No Extension Item: ", nil)
	}
}

// transferLength is the value of a Transfer Length item (RFC 9174 5.2.5.1).
func transferLength(m *record.Message, e *record.Extension) (uint64, bool) {
	if m.Type != xferSegment || e.Type != extensionTransferLength || len(e.Value) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(e.Value), true
}

// appendExtensionName appends what tshark calls an item: its name, or "Type 0x00ff, CRITICAL".
func appendExtensionName(dst []byte, e *record.Extension) []byte {
	switch e.Name {
	case "", "unassigned", "private", "reserved":
		dst = appendHex(append(dst, "Type "...), uint64(e.Type), 4)
	default:
		dst = AppendEscaped(dst, e.Name)
	}
	if e.Critical {
		dst = append(dst, ", CRITICAL"...)
	}
	return dst
}

func (t *Tree) text(label string, text []byte) {
	t.field(1, uint64(len(text)), label)
	t.dst = append(AppendEscaped(t.dst, text), '\n')
}

// flags ends the line of a flags octet and adds a line for each bit.
func (t *Tree) flags(depth int, flags byte, bits []flagBit) {
	t.dst = appendHex(t.dst, uint64(flags), 2)
	for _, bit := range bits {
		if flags&bit.mask != 0 && bit.name != "Reserved" {
			t.dst = append(append(t.dst, ", "...), bit.name...)
		}
	}
	t.dst = append(t.dst, '\n')
	t.flagLines(depth, flags, bits)
}

func (t *Tree) flagLines(depth int, flags byte, bits []flagBit) {
	for _, bit := range bits {
		t.field(depth+1, 0, "")
		t.dst = appendBits(t.dst, flags, bit.mask)
		t.dst = append(append(t.dst, " = "...), bit.name...)
		switch {
		case bit.mask&(bit.mask-1) != 0:
			t.dst = append(appendHex(append(t.dst, ": "...), uint64(flags&bit.mask), 2), '\n')
		case flags&bit.mask != 0:
			t.dst = append(t.dst, ": Set\n"...)
		default:
			t.dst = append(t.dst, ": Not set\n"...)
		}
	}
}

// bits begins the line of a number that fills part of an octet.
func (t *Tree) bits(octet, mask byte, label string) {
	t.field(2, 0, "")
	t.dst = append(append(appendBits(t.dst, octet, mask), " = "...), label...)
}

// appendBits shows the bits under a mask in their places: .... ..1.
func appendBits(dst []byte, octet, mask byte) []byte {
	for i := 7; i >= 0; i-- {
		switch {
		case mask>>i&1 == 0:
			dst = append(dst, '.')
		default:
			dst = append(dst, '0'+(octet>>i&1))
		}
		if i == 4 {
			dst = append(dst, ' ')
		}
	}
	return dst
}

// rest is whole - part, or 0 where a message that was cut short has less.
func rest(whole, part uint64) uint64 {
	if whole < part {
		return 0
	}
	return whole - part
}
