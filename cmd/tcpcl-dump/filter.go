// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"

	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/internal/pcapfilter"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// captureFilter is the flag -f; nil: every packet.
type captureFilter struct{ *pcapfilter.Filter }

func (f *captureFilter) Type() string { return "FILTER" }

func (f *captureFilter) String() string {
	if f.Filter == nil {
		return ""
	}
	return f.Filter.String()
}

func (f *captureFilter) Set(text string) (err error) {
	f.Filter, err = pcapfilter.Parse(text)
	return err
}

// filtered is a timeline without the packets that a capture filter does not take. They are counted, so that frames keep their numbers.
type filtered struct {
	*capture.Timeline
	ctx     context.Context
	matcher *pcapfilter.Matcher
	left    uint64 // packets left out
}

// lookUp is after how many packets left out, less one, filtered looks whether it is to stop: who reads from it cannot.
const lookUp = 1<<12 - 1

func (f *filtered) Next(p *reassembly.Packet) error {
	for {
		if err := f.Timeline.Next(p); err != nil {
			return err
		}
		if ok, err := f.matcher.Match(p); ok || err != nil {
			return err
		}
		if f.left++; f.left&lookUp == 0 && f.ctx.Err() != nil {
			return io.EOF
		}
	}
}
