// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// live gives packets, without some of them, and then the time of day while nothing comes.
type live struct {
	packets []reassembly.Packet
	without []uint64 // frames
	pauses  []time.Duration
	idle    func(pause int) // is called before each pause
	n       int
}

// packetsOf reads a capture.
func packetsOf(t *testing.T, file string) (list []reassembly.Packet) {
	t.Helper()
	f, err := capture.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		var p reassembly.Packet
		if err := f.Next(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		p.Data = slices.Clone(p.Data)
		list = append(list, p)
	}
}

func (l *live) Next(p *reassembly.Packet) error {
	for l.n < len(l.packets) {
		l.n++
		if q := l.packets[l.n-1]; !slices.Contains(l.without, q.Frame) {
			*p = q
			return nil
		}
	}
	pause := l.n - len(l.packets)
	l.idle(pause)
	if pause == len(l.pauses) {
		return io.EOF
	}
	l.n++
	p.Time = l.packets[len(l.packets)-1].Time + int64(l.pauses[pause])
	return reassembly.ErrIdle
}

// watcher notes what it is told.
type watcher struct {
	out      *dissect.Output
	messages []string
	gaps     []record.Gap
	ongoing  []record.Session
	refresh  int
	packets  uint64
	sessions []record.Session
}

func (w *watcher) Message(m *record.Message) {
	w.messages = append(w.messages, m.Type)
	w.out.Buf = append(append(w.out.Buf, m.Type...), '\n')
	w.out.End()
}
func (w *watcher) Gap(g *record.Gap)                     { w.gaps = append(w.gaps, *g) }
func (w *watcher) TLS(*record.TLS)                       {}
func (w *watcher) Data(*record.Transfer, uint64, []byte) {}
func (w *watcher) Bundle(*record.Bundle)                 {}
func (w *watcher) Transfer(*record.Transfer)             {}
func (w *watcher) Timing(*record.Timing)                 {}
func (w *watcher) Session(s *record.Session)             { w.sessions = append(w.sessions, *s) }
func (w *watcher) Ongoing(s *record.Session)             { w.ongoing = append(w.ongoing, *s) }
func (w *watcher) Refresh(sum *dissect.Summary)          { w.refresh, w.packets = w.refresh+1, sum.Packets }

// written is a writer that holds back until it is flushed.
type written struct{ held, out int }

func (w *written) Write(b []byte) (int, error) {
	w.held += len(b)
	return len(b), nil
}

func (w *written) Flush() error {
	w.out, w.held = w.out+w.held, 0
	return nil
}

// run dissects what l gives.
func (l *live) run(t *testing.T, w *watcher, out io.Writer) {
	t.Helper()
	_, err := dissect.Run(context.Background(), l, dissect.Options{Want: dissect.Messages | dissect.Sessions, Live: true, Refresh: 1, Jobs: 4}, out,
		func(o *dissect.Output) dissect.Sink {
			w.out = o
			return w
		})
	if err != nil {
		t.Fatal(err)
	}
}

const plainCapture = "../testdata/pcaps/seed-v4-plain.pcap"

func TestWhatIsKnownGoesOutWhenThereIsNoPacket(t *testing.T) {
	packets := packetsOf(t, plainCapture)[:20] // the session goes on
	l := &live{packets: packets, pauses: []time.Duration{time.Millisecond, 2 * time.Millisecond}}
	w, out := &watcher{}, &written{}
	l.idle = func(pause int) {
		if pause > 0 && (out.held != 0 || out.out == 0 || len(w.out.Buf) != 0) {
			t.Errorf("pause %d: %d octets are held back, %d came", pause, out.held, out.out)
		}
	}
	l.run(t, w, out)
	if w.refresh != 2 || w.packets != 20 || len(w.ongoing) != 2 || w.ongoing[0].State != record.StateEstablished || w.ongoing[0].End != "" {
		t.Errorf("told %d times, %d packets, %+v", w.refresh, w.packets, w.ongoing)
	}
	if len(w.sessions) != 1 || w.sessions[0].End != "" {
		t.Errorf("at the end: %+v", w.sessions)
	}
}

func TestASessionThatIsIdleForLongIsEvicted(t *testing.T) {
	w := &watcher{}
	l := &live{packets: packetsOf(t, plainCapture)[:20], pauses: []time.Duration{59 * time.Minute, 61 * time.Minute, 62 * time.Minute}, idle: func(int) {}}
	l.run(t, w, io.Discard)
	if len(w.ongoing) != 1 || len(w.sessions) != 1 || w.sessions[0].End != "evicted" {
		t.Errorf("%d times ongoing, %+v", len(w.ongoing), w.sessions)
	}
}

func TestALossIsGivenUpAfterATimeAlthoughNoPacketComes(t *testing.T) {
	packets := packetsOf(t, plainCapture)[:20]
	first := 0
	for i, p := range packets {
		if len(p.Data) > 9000 && first == 0 {
			first = i
		}
	}
	var before int
	l := &live{packets: packets, without: []uint64{packets[first].Frame}, pauses: []time.Duration{time.Second, 3 * time.Second}}
	w := &watcher{}
	l.idle = func(pause int) {
		switch pause {
		case 1:
			before = len(w.gaps)
		case 2:
			if before != 0 || len(w.gaps) == 0 || w.gaps[0].Cause != record.GapLost {
				t.Errorf("%d gaps after a second, %+v after three", before, w.gaps)
			}
		}
	}
	l.run(t, w, io.Discard)
}
