// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"fmt"
	"slices"
	"strings"
)

// message is what a program said of a message: the values of each field in the order of the wire, as "tshark -T fields" writes
// them.
type message struct {
	flow
	frame  string
	epoch  string // of the frame, seconds
	fields map[string][]string
	index  int    // place in the program's list
	pos    string // PDML only: where in its buffer the message begins
}

// flow is a direction of a TCP connection.
type flow struct {
	stream  string // tcp.stream
	srcport string
}

func (m *message) first(field string) string {
	if values := m.fields[field]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// kind is the RFC's name of the message. Both programs' messages are asked, so it uses fields that both have.
func (m *message) kind() string {
	names := map[string]string{
		"v3 1": "DATA_SEGMENT", "v3 2": "ACK_SEGMENT", "v3 3": "REFUSE_BUNDLE", "v3 4": "KEEPALIVE", "v3 5": "SHUTDOWN", "v3 6": "LENGTH",
		"v4 0x01": "XFER_SEGMENT", "v4 0x02": "XFER_ACK", "v4 0x03": "XFER_REFUSE", "v4 0x04": "KEEPALIVE", "v4 0x05": "SESS_TERM",
		"v4 0x06": "MSG_REJECT", "v4 0x07": "SESS_INIT",
	}
	if len(m.fields["tcpcl.contact_hdr"]) > 0 {
		return "CONTACT_HEADER"
	}
	key := "v3 " + m.first("tcpcl.pkt_type")
	if header := m.first("tcpcl.v4.mhdr.type"); header != "" {
		key = "v4 " + header
	}
	if name, ok := names[key]; ok {
		return name
	}
	return "UNKNOWN " + key
}

func (m *message) isSegment() bool {
	kind := m.kind()
	return kind == "XFER_SEGMENT" || kind == "DATA_SEGMENT"
}

func (m *message) isAck() bool {
	kind := m.kind()
	return kind == "XFER_ACK" || kind == "ACK_SEGMENT"
}

// starts and ends tell of a segment.
func (m *message) starts() bool {
	return m.first("tcpcl.v4.xfer_flags.start") == "1" || m.first("tcpcl.data.proc.start") == "1"
}

func (m *message) ends() bool {
	return m.first("tcpcl.v4.xfer_flags.end") == "1" || m.first("tcpcl.data.proc.end") == "1"
}

// identity is what must be equal for two messages to be taken for the same.
func (m *message) identity() string {
	id := m.kind()
	for _, field := range []string{"tcpcl.v4.xfer_flags", "tcpcl.v4.xfer_id", "tcpcl.v4.xfer_segment.data_len", "tcpcl.v4.xfer_ack.ack_len",
		"tcpcl.data.length", "tcpcl.ack.length"} {
		if field == "tcpcl.v4.xfer_id" || len(m.fields[field]) > 0 {
			id += " " + field[strings.LastIndexByte(field, '.')+1:] + "=" + strings.Join(m.fields[field], ",")
		}
	}
	return id
}

func (m *message) String() string {
	return fmt.Sprintf("frame %s, from port %s of stream %s: %s", m.frame, m.srcport, m.stream, m.identity())
}

// byFlow sorts messages into the lists of each direction.
func byFlow(all []*message) map[flow][]*message {
	lists := map[flow][]*message{}
	for _, m := range all {
		lists[m.flow] = append(lists[m.flow], m)
	}
	return lists
}

// flows are the directions in a fixed order.
func flows(a, b map[flow][]*message) []flow {
	var all []flow
	for f := range a {
		all = append(all, f)
	}
	for f := range b {
		if _, both := a[f]; !both {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(x, y flow) int {
		return strings.Compare(x.stream+" "+x.srcport, y.stream+" "+y.srcport)
	})
	return all
}

func countKinds(all []*message) map[string]int {
	counts := map[string]int{}
	for _, m := range all {
		counts[m.kind()]++
	}
	return counts
}
