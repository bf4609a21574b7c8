// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// chosenAt chooses the session of a message that is in a frame, or behind it.
type chosenAt struct {
	deaf
	frame uint64
	s     *selection
}

func (c *chosenAt) Message(m *record.Message) {
	if m.Frame >= c.frame {
		c.s.message(m)
	}
}

// selecting is a source whose packets a selection sees.
type selecting struct {
	dissect.Source
	s *selection
}

func (s *selecting) Next(p *reassembly.Packet) error {
	err := s.Source.Next(p)
	if err == nil {
		s.s.packet(p, capture.LiveInterface{Link: p.Link})
	}
	return err
}

func TestASelectionWaitsInBoundedMemoryAndSaysWhatItGaveUp(t *testing.T) {
	for _, c := range []struct {
		limit           int
		frame           uint64 // with which the session is chosen
		packets, missed uint64
	}{
		{selectionLimit, 1, 40, 0},
		{selectionLimit, 37, 40, 0},
		{2000, 1, 40, 0},
		{2000, 37, 20, 20},
	} {
		to, err := capture.NewRecording(capture.RecordingOptions{Name: filepath.Join(t.TempDir(), "x.pcapng")})
		if err != nil {
			t.Fatal(err)
		}
		s := newSelection(to, true)
		s.limit = c.limit
		timeline := capture.NewTimeline([]string{"../../testdata/pcaps/seed-v4-plain.pcap"})
		sum, err := dissect.Run(context.Background(), &selecting{timeline, s}, dissect.Options{Want: dissect.Messages, AsKnown: true}, io.Discard,
			func(*dissect.Output) dissect.Sink { return &chosenAt{frame: c.frame, s: s} })
		if err != nil {
			t.Fatal(err)
		}
		timeline.Close()
		if err := to.Close(); err != nil {
			t.Fatal(err)
		}
		if to.Packets() != c.packets || s.missed != c.missed || (s.err() != nil) != (c.missed > 0) || c.packets+c.missed != sum.Packets {
			t.Errorf("limit %d, chosen at %d: %d of %d packets, %d missed, %v", c.limit, c.frame, to.Packets(), sum.Packets, s.missed, s.err())
		}
		if s.octets > c.limit {
			t.Errorf("%d octets wait", s.octets)
		}
	}
}
