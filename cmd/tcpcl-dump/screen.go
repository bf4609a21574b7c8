// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

// redrawEvery is how often tables of a live capture are drawn anew.
const redrawEvery = time.Second

// screen draws tables again and again in the same place of a terminal, while a capture goes on.
type screen struct {
	dissect.Sink
	tables  tables
	out     *results
	wide    bool
	ongoing []record.Session
	drawn   int // lines that are there
}

// Ongoing implements dissect.Watcher.
func (s *screen) Ongoing(r *record.Session) { s.ongoing = append(s.ongoing, cloneSession(r)) }

// Refresh draws the tables as they are now. What cannot be written now cannot be at the end, which tells it.
func (s *screen) Refresh(sum *dissect.Summary) {
	for _, t := range s.tables {
		t.setOngoing(s.ongoing)
	}
	var b bytes.Buffer
	for i, t := range s.tables {
		if i > 0 {
			b.WriteByte('\n')
		}
		_ = t.write(&b, s.out.tableOptions(s.wide), sum)
	}
	for _, t := range s.tables {
		t.setOngoing(nil)
	}
	s.ongoing = s.ongoing[:0]
	s.clear()
	text := lastLines(b.Bytes(), s.height())
	s.drawn = bytes.Count(text, []byte{'\n'})
	_ = s.out.writeThrough(text)
}

// clear removes what was drawn.
func (s *screen) clear() {
	if s.drawn > 0 {
		_ = s.out.writeThrough(fmt.Appendf(nil, "\x1b[%dA\r\x1b[J", s.drawn))
		s.drawn = 0
	}
}

// height is how many lines there is room for.
func (s *screen) height() int {
	const usual = 24
	_, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || height < 4 {
		height = usual
	}
	return height - 1
}

// lastLines is the first line of a text, which is a table's header, and as many of the last ones as there is room for.
func lastLines(text []byte, n int) []byte {
	lines := bytes.SplitAfter(text, []byte{'\n'})
	if len(lines) > 0 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	if len(lines) > n {
		lines = append(lines[:1:1], lines[len(lines)-n+1:]...)
	}
	return bytes.Join(lines, nil)
}
