// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"testing"

	"github.com/dtn-tools/tcpcl/bench/capgen"
)

// A baseline that finds less than is there would make the comparison worthless.
func TestTheBaselineFindsEveryMessageAndBundle(t *testing.T) {
	for _, profile := range []string{"tiny", "small", "bulk", "mixed", "churn", "single"} {
		t.Run(profile, func(t *testing.T) {
			var file bytes.Buffer
			truth, err := capgen.Write(&file, capgen.Options{Profile: profile, Size: 3 << 20, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			var got counts
			if err := count(&file, &got); err != nil {
				t.Fatal(err)
			}
			want := truth.Messages
			for i, name := range []string{"contact_header", "xfer_segment", "xfer_ack", "xfer_refuse", "keepalive", "sess_term", "msg_reject", "sess_init"} {
				if got.messages[i] != want[name] {
					t.Errorf("%d of %s, want %d", got.messages[i], name, want[name])
				}
			}
			if got.bundles != truth.Bundles || got.lost != 0 {
				t.Errorf("%d bundles and %d streams lost, want %d and none", got.bundles, got.lost, truth.Bundles)
			}
		})
	}
}

func TestADirectionGivesTheSameCountsHoweverTheStreamIsCut(t *testing.T) {
	stream := []byte("dtn!\x04\x00\x04")
	stream = append(stream, 1, flagStart|flagEnd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c')
	stream = append(stream, 2, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3)
	stream = append(stream, 1, flagStart|flagEnd, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // no data
	stream = append(stream, 5, 0, 1)
	for cut := range stream {
		for piece := 1; piece <= 3; piece++ {
			var c counts
			d := direction{counts: &c}
			d.feed(stream[:cut])
			for rest := stream[cut:]; len(rest) > 0; {
				n := min(piece, len(rest))
				d.feed(rest[:n])
				rest = rest[n:]
			}
			if c.total() != 6 || c.bundles != 2 || c.lost != 0 {
				t.Fatalf("cut at %d, then pieces of %d: %+v", cut, piece, c)
			}
		}
	}
}
