// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"time"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/internal/metrics"
)

// metricsEvery is how often the metrics are brought up to date.
const metricsEvery = time.Second

// serveMetrics serves metrics of a live capture, and makes sinks that tell them.
func (v *view) serveMetrics(in *packets, o *dissect.Options, newSink func(*dissect.Output) dissect.Sink) (*metrics.Server, func(*dissect.Output) dissect.Sink, error) {
	server, err := metrics.NewServer(v.metrics, func() metrics.Packets {
		c := in.live.Counters()
		return metrics.Packets{Received: c.Received, DroppedByKernel: c.Dropped, DroppedByInterface: c.InterfaceDropped}
	})
	if err != nil {
		return nil, nil, &capture.NoCapture{Interface: in.live.Interfaces()[0].Name, Err: fmt.Errorf("metrics cannot be served: %w", err)}
	}
	if !v.quiet {
		fmt.Fprintf(os.Stderr, "tcpcl-dump: metrics at http://%s/metrics\n", server.Address())
	}
	o.Want |= dissect.Sessions | dissect.Timings
	o.Refresh = metricsEvery
	return server, func(out *dissect.Output) dissect.Sink { return &metered{newSink(out), server} }, nil
}

// metered tells metrics what it hands on.
type metered struct {
	dissect.Sink
	server *metrics.Server
}

func (m *metered) Session(s *record.Session) {
	m.server.Session(s)
	m.Sink.Session(s)
}

func (m *metered) Timing(t *record.Timing) {
	m.server.Timing(t)
	m.Sink.Timing(t)
}

// Ongoing implements dissect.Watcher.
func (m *metered) Ongoing(s *record.Session) {
	m.server.Ongoing(s)
	if w, ok := m.Sink.(dissect.Watcher); ok {
		w.Ongoing(s)
	}
}

// Refresh implements dissect.Watcher.
func (m *metered) Refresh(sum *dissect.Summary) {
	m.server.Refresh()
	if w, ok := m.Sink.(dissect.Watcher); ok {
		w.Refresh(sum)
	}
}
