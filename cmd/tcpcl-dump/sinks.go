// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"slices"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// deaf is a sink that takes nothing, to be embedded by those that take some.
type deaf struct{}

func (deaf) Message(*record.Message)               {}
func (deaf) Gap(*record.Gap)                       {}
func (deaf) TLS(*record.TLS)                       {}
func (deaf) Data(*record.Transfer, uint64, []byte) {}
func (deaf) Bundle(*record.Bundle)                 {}
func (deaf) Transfer(*record.Transfer)             {}
func (deaf) Timing(*record.Timing)                 {}
func (deaf) Session(*record.Session)               {}

// only hands on the records of some sessions, and notes which of them there were.
type only struct {
	next     dissect.Sink
	sessions []int
	seen     []bool // for each of sessions
}

func (o *only) has(session int) bool {
	i := slices.Index(o.sessions, session)
	if i >= 0 {
		o.seen[i] = true
	}
	return i >= 0
}

func (o *only) Message(m *record.Message) {
	if o.has(m.Session) {
		o.next.Message(m)
	}
}

func (o *only) Gap(g *record.Gap) {
	if o.has(g.Session) {
		o.next.Gap(g)
	}
}

func (o *only) TLS(t *record.TLS) {
	if o.has(t.Session) {
		o.next.TLS(t)
	}
}

func (o *only) Data(t *record.Transfer, offset uint64, d []byte) {
	if o.has(t.Session) {
		o.next.Data(t, offset, d)
	}
}

func (o *only) Bundle(b *record.Bundle) {
	if o.has(b.Transfer.Session) {
		o.next.Bundle(b)
	}
}

func (o *only) Transfer(t *record.Transfer) {
	if o.has(t.Session) {
		o.next.Transfer(t)
	}
}

func (o *only) Timing(t *record.Timing) {
	if o.has(t.Session) {
		o.next.Timing(t)
	}
}

func (o *only) Session(s *record.Session) {
	if o.has(s.Session) {
		o.next.Session(s)
	}
}

// Ongoing implements dissect.Watcher.
func (o *only) Ongoing(s *record.Session) {
	if w, ok := o.next.(dissect.Watcher); ok && o.has(s.Session) {
		w.Ongoing(s)
	}
}

// Refresh implements dissect.Watcher.
func (o *only) Refresh(sum *dissect.Summary) {
	if w, ok := o.next.(dissect.Watcher); ok {
		w.Refresh(sum)
	}
}

// both hands records to two sinks.
type both struct{ first, second dissect.Sink }

func (b *both) Message(m *record.Message) {
	b.first.Message(m)
	b.second.Message(m)
}

func (b *both) Gap(g *record.Gap) {
	b.first.Gap(g)
	b.second.Gap(g)
}

func (b *both) TLS(t *record.TLS) {
	b.first.TLS(t)
	b.second.TLS(t)
}

func (b *both) Data(t *record.Transfer, offset uint64, d []byte) {
	b.first.Data(t, offset, d)
	b.second.Data(t, offset, d)
}

func (b *both) Bundle(r *record.Bundle) {
	b.first.Bundle(r)
	b.second.Bundle(r)
}

func (b *both) Transfer(t *record.Transfer) {
	b.first.Transfer(t)
	b.second.Transfer(t)
}

func (b *both) Timing(t *record.Timing) {
	b.first.Timing(t)
	b.second.Timing(t)
}

func (b *both) Session(s *record.Session) {
	b.first.Session(s)
	b.second.Session(s)
}

// limit ends a source after a number of packets.
type limit struct {
	dissect.Source
	left uint64
}

func (l *limit) Next(p *reassembly.Packet) error {
	if l.left == 0 {
		return io.EOF
	}
	err := l.Source.Next(p)
	if err == nil {
		l.left--
	}
	return err
}

// prompt writes what a sink says at once, for whoever watches a capture grow. It needs a run with one worker.
type prompt struct {
	next dissect.Sink
	out  *dissect.Output
	to   *results
}

// drain leaves what it cannot write to the run, which ends when that cannot write it either.
func (p *prompt) drain() {
	if len(p.out.Buf) > 0 && p.to.writeThrough(p.out.Buf) == nil {
		p.out.Buf = p.out.Buf[:0]
	}
}

func (p *prompt) Message(m *record.Message) {
	p.next.Message(m)
	p.drain()
}

func (p *prompt) Gap(g *record.Gap) {
	p.next.Gap(g)
	p.drain()
}

func (p *prompt) TLS(t *record.TLS) {
	p.next.TLS(t)
	p.drain()
}

func (p *prompt) Data(t *record.Transfer, offset uint64, d []byte) {
	p.next.Data(t, offset, d)
	p.drain()
}

func (p *prompt) Bundle(b *record.Bundle) {
	p.next.Bundle(b)
	p.drain()
}

func (p *prompt) Transfer(t *record.Transfer) {
	p.next.Transfer(t)
	p.drain()
}

func (p *prompt) Timing(t *record.Timing) {
	p.next.Timing(t)
	p.drain()
}

func (p *prompt) Session(s *record.Session) {
	p.next.Session(s)
	p.drain()
}
