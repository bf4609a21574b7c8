// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bufio"
	"io"
	"maps"
	"strings"
	"testing"
)

// counts of messages by type, as those who made the captures counted them with tshark 4.0.17 and by hand. Where tshark
// counts otherwise is said in tshark.
type counts = map[string]int

var published = map[string]struct {
	all     counts
	tshark  map[string]int // types of which tshark finds another number
	streams []counts       // where they were counted apart
}{
	"seed-v4-plain.pcap": {all: counts{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 6, "XFER_ACK": 6, "KEEPALIVE": 6, "SESS_TERM": 2}},
	"seed-v4-tests.pcap": {all: counts{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 3, "XFER_ACK": 3, "KEEPALIVE": 2, "SESS_TERM": 2}},
	"seed-v4-ipv6.pcap":  {all: counts{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 5, "XFER_ACK": 5, "SESS_TERM": 2}},
	"seed-v4-idle.pcap":  {all: counts{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 1, "XFER_ACK": 1, "SESS_TERM": 2}},
	"dtn7-v4-bpv7.pcap":  {all: counts{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 30, "XFER_ACK": 30, "KEEPALIVE": 2}},
	"ion-v3-bpv7.pcap":   {all: counts{"CONTACT_HEADER": 2, "DATA_SEGMENT": 19, "ACK_SEGMENT": 19, "KEEPALIVE": 5, "SHUTDOWN": 1}},
	"ion-v3-bpv6.pcap":   {all: counts{"CONTACT_HEADER": 2, "DATA_SEGMENT": 7, "ACK_SEGMENT": 7, "SHUTDOWN": 1}},
	"hdtn-v3-bpv6.pcap": {all: counts{"CONTACT_HEADER": 6, "DATA_SEGMENT": 67, "ACK_SEGMENT": 67, "KEEPALIVE": 10, "SHUTDOWN": 3},
		tshark: counts{"SHUTDOWN": 0},
		streams: []counts{{"CONTACT_HEADER": 2, "DATA_SEGMENT": 46, "ACK_SEGMENT": 46, "SHUTDOWN": 1},
			{"CONTACT_HEADER": 2, "DATA_SEGMENT": 20, "ACK_SEGMENT": 20, "SHUTDOWN": 1},
			{"CONTACT_HEADER": 2, "DATA_SEGMENT": 1, "ACK_SEGMENT": 1, "KEEPALIVE": 10, "SHUTDOWN": 1}}},
	"hdtn-v4-bpv7.pcap": {all: counts{"CONTACT_HEADER": 6, "SESS_INIT": 6, "XFER_SEGMENT": 62, "XFER_ACK": 62, "KEEPALIVE": 10, "SESS_TERM": 6},
		streams: []counts{{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 41, "XFER_ACK": 41, "SESS_TERM": 2},
			{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 20, "XFER_ACK": 20, "SESS_TERM": 2},
			{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 1, "XFER_ACK": 1, "KEEPALIVE": 10, "SESS_TERM": 2}}},
	// tshark does not allow for the four extra octets of dtn7-go, and is not asked.
	"dtn7-v4-multiseg-ip6.pcap": {all: counts{"CONTACT_HEADER": 3, "SESS_INIT": 2, "XFER_SEGMENT": 46, "XFER_ACK": 46, "KEEPALIVE": 4},
		streams: []counts{{"CONTACT_HEADER": 2, "SESS_INIT": 2, "XFER_SEGMENT": 46, "XFER_ACK": 46, "KEEPALIVE": 4}, {"CONTACT_HEADER": 1}}},
}

// TestMessageCountsAreThosePublished compares the counts of both programs, by the way of each that a user would go.
func TestMessageCountsAreThosePublished(t *testing.T) {
	done := 0
	for _, c := range plainCaptures(t) {
		want, ok := published[c.name]
		if !ok {
			if c.original() {
				t.Errorf("no counts of %s", c.name)
			}
			continue
		}
		done++
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ours := countedByDump(t, c)
			all := counts{}
			for stream, of := range ours {
				for kind, n := range of {
					all[kind] += n
				}
				if len(want.streams) > 0 && !maps.Equal(of, want.streams[stream]) {
					t.Errorf("stream %d: %v, want %v", stream, of, want.streams[stream])
				}
			}
			if !maps.Equal(all, want.all) {
				t.Errorf("%v, want %v", all, want.all)
			}
			if c.name == "dtn7-v4-multiseg-ip6.pcap" {
				return
			}
			expected := maps.Clone(want.all)
			maps.Copy(expected, want.tshark)
			maps.DeleteFunc(expected, func(_ string, n int) bool { return n == 0 })
			if theirs := countedByTshark(t, c); !maps.Equal(theirs, expected) {
				t.Errorf("tshark counts %v, want %v", theirs, expected)
			}
		})
	}
	if done != len(published) {
		t.Errorf("%d captures, want %d", done, len(published))
	}
}

func countedByDump(t *testing.T, c capture) map[int]counts {
	t.Helper()
	streams := map[int]counts{}
	for _, m := range decode[struct {
		Record  string
		Session int
		Type    string
	}](t, "-T", "ndjson", c.path) {
		if m.Record != "message" {
			continue
		}
		if streams[m.Session-1] == nil {
			streams[m.Session-1] = counts{}
		}
		streams[m.Session-1][m.Type]++
	}
	return streams
}

// countedByTshark counts what the three fields that every message has one of hold.
func countedByTshark(t *testing.T, c capture) counts {
	t.Helper()
	fields := []string{"tcpcl.contact_hdr", "tcpcl.pkt_type", "tcpcl.v4.mhdr.type"}
	args := []string{"-Y", "tcpcl", "-T", "fields", "-E", "occurrence=a"}
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	all := counts{}
	runTshark(t, c, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			for i, cell := range strings.Split(lines.Text(), "\t") {
				for value := range strings.SplitSeq(cell, ",") {
					if value != "" {
						m := message{fields: map[string][]string{fields[i]: {value}}}
						all[m.kind()]++
					}
				}
			}
		}
		return lines.Err()
	}, args...)
	return all
}
