// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bufio"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

// falseAlarms are what tshark finds wrong in clean sessions over TLS, and why it is not.
var falseAlarms = map[string]string{
	"First XFER_SEGMENT is missing START flag":                               "Several segments of a frame, each in a TLS record of its own, have the same place for tshark: it takes a later one for the first.",
	"Last XFER_SEGMENT is missing END flag":                                  "The same: it takes an earlier one for the last.",
	"XFER_SEGMENT has no related XFER_ACK":                                   "The same: the acknowledgement is credited to the segment that has taken its place.",
	"XFER_ACK has no related XFER_SEGMENT":                                   "The same, seen from the acknowledgement.",
	"Transfer has total length different than the Transfer Length extension": "The same: it adds up some of the segments only.",
	"Unknown type code":                                                      "It has no dissector for the payload of the bundle, which is nobody's mistake.",
}

// TestFalseAlarmsOfTsharkAreNotOurs reads the clean captures over TLS: tshark has each of its alarms somewhere, and tcpcl-dump sees
// whole transfers, all acknowledged, and nothing amiss.
func TestFalseAlarmsOfTsharkAreNotOurs(t *testing.T) {
	raised := map[string]int{}
	for _, c := range tlsCaptures(t) {
		runTshark(t, c, func(r io.Reader) error {
			lines := bufio.NewScanner(r)
			for lines.Scan() {
				for text := range strings.SplitSeq(lines.Text(), aggregator) {
					if text != "" {
						raised[text]++
					}
				}
			}
			return lines.Err()
		}, "-Y", "tcpcl", "-T", "fields", "-E", "aggregator="+aggregator, "-e", "_ws.expert.message")
		for _, m := range decode[struct {
			Record string
			Type   string
			Quirks []string
			Missed uint64   `json:"missed_octets"`
			Acked  *float64 `json:"ack_latency"`
		}](t, append([]string{"-T", "ndjson"}, c.input()...)...) {
			if m.Record != "message" && m.Record != "tls" || len(m.Quirks) > 0 || m.Missed > 0 || m.Type == "XFER_ACK" && m.Acked == nil ||
				slices.Contains([]string{"decrypt_failed", "malformed", "missing_keys", "unsupported"}, m.Type) {
				t.Errorf("%s: %+v", c.name, m)
			}
		}
		for _, x := range decode[struct {
			State  string
			Length uint64
			Acked  uint64 `json:"acked_length"`
			Bundle struct{ CRC string }
		}](t, append([]string{"transfers", "-T", "ndjson"}, c.input()...)...) {
			if x.State != "complete" || x.Acked != x.Length || x.Bundle.CRC != "valid" {
				t.Errorf("%s: %+v", c.name, x)
			}
		}
	}
	if want, got := slices.Sorted(maps.Keys(falseAlarms)), slices.Sorted(maps.Keys(raised)); !slices.Equal(got, want) {
		t.Errorf("tshark raises %q, want %q", got, want)
	}
}
