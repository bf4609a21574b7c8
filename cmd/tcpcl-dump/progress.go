// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
)

const (
	progressAfter = 500 * time.Millisecond // work that is shorter needs no bar
	progressEvery = 100 * time.Millisecond
)

// progress shows how far the reading is: percent, octets a second, records, time left.
type progress struct {
	mu      sync.Mutex
	workers []*counting
	quit    chan struct{}
	done    chan struct{}
}

func startProgress(w io.Writer, timeline *capture.Timeline) *progress {
	p := &progress{quit: make(chan struct{}), done: make(chan struct{})}
	go p.show(w, timeline)
	return p
}

func (p *progress) stop() {
	close(p.quit)
	<-p.done
}

func (p *progress) show(w io.Writer, timeline *capture.Timeline) {
	defer close(p.done)
	_, total := timeline.Progress()
	if total <= 0 {
		total = -1 // a spinner
	}
	screen := &gate{w: w}
	bar := progressbar.NewOptions64(total, progressbar.OptionSetWriter(screen), progressbar.OptionShowBytes(true),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
	start := time.Now()
	ticks := time.NewTicker(progressEvery)
	defer ticks.Stop()
	for {
		// A bar that cannot be shown is no reason to stop.
		read, _ := timeline.Progress()
		bar.Describe(fmt.Sprintf("%d records", p.records()))
		_ = bar.Set64(read)
		select {
		case <-p.quit:
			_ = bar.Clear()
			return
		case <-ticks.C:
			screen.open = time.Since(start) >= progressAfter
		}
	}
}

// gate keeps from the screen what is shown too early. The bar behind it runs from the start, so that its rates are right.
type gate struct {
	w    io.Writer
	open bool
}

func (g *gate) Write(b []byte) (int, error) {
	if !g.open {
		return len(b), nil
	}
	return g.w.Write(b)
}

func (p *progress) records() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	var n uint64
	for _, w := range p.workers {
		n += w.n.Load()
	}
	return n
}

// count makes sinks whose records are counted.
func (p *progress) count(newSink func(*dissect.Output) dissect.Sink) func(*dissect.Output) dissect.Sink {
	return func(out *dissect.Output) dissect.Sink {
		c := &counting{Sink: newSink(out)}
		p.mu.Lock()
		p.workers = append(p.workers, c)
		p.mu.Unlock()
		return c
	}
}

// counting counts the records that a sink takes.
type counting struct {
	dissect.Sink
	n atomic.Uint64
	_ [64]byte // workers do not share a cache line
}

func (c *counting) Message(m *record.Message) {
	c.n.Add(1)
	c.Sink.Message(m)
}

func (c *counting) Bundle(b *record.Bundle) {
	c.n.Add(1)
	c.Sink.Bundle(b)
}

func (c *counting) Transfer(t *record.Transfer) {
	c.n.Add(1)
	c.Sink.Transfer(t)
}

func (c *counting) Session(s *record.Session) {
	c.n.Add(1)
	c.Sink.Session(s)
}
