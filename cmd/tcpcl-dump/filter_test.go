// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"slices"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/internal/pcapfilter"
	"github.com/dtn-tools/tcpcl/reassembly"
)

func TestAFilterThatTakesNothingCanBeInterrupted(t *testing.T) {
	f, err := pcapfilter.Parse("udp")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	timeline := capture.NewTimeline(slices.Repeat([]string{"../../testdata/pcaps/seed-v4-plain.pcap"}, 200))
	defer timeline.Close()
	source := &filtered{Timeline: timeline, ctx: ctx, matcher: pcapfilter.NewMatcher(f)}
	if err := source.Next(new(reassembly.Packet)); err != io.EOF || source.left != lookUp+1 {
		t.Errorf("%v after %d packets", err, source.left)
	}
}

// Between the files and the workers the buffers of packets are lent and not copied, also where a filter is.
func TestFiltersLendTheBuffersOfFiles(t *testing.T) {
	if _, ok := dissect.Source(&filtered{Timeline: capture.NewTimeline(nil)}).(dissect.Lender); !ok {
		t.Error("they do not")
	}
}
