// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// allCaptures are the captures and their variants.
func allCaptures(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.pcap*", "variants/*.pcap*"} {
		more, err := filepath.Glob("../testdata/pcaps/" + pattern)
		if err != nil || len(more) < 10 {
			t.Fatal(more, err)
		}
		names = append(names, more...)
	}
	return names
}

// text is what lineSink writes for the files as one timeline. Damage of the files is no failure.
func text(t *testing.T, o dissect.Options, files ...string) []byte {
	t.Helper()
	src := capture.NewTimeline(files)
	defer src.Close()
	var out bytes.Buffer
	_, _ = dissect.Run(context.Background(), src, o, &out, func(o *dissect.Output) dissect.Sink { return lineSink{o} })
	return out.Bytes()
}

// Each direction is told in the order of its stream, and otherwise the list is in the order of frames: a message is told at
// its own frame, or at that of one before it in the stream.
func TestTheListIsInTheOrderOfFramesAndOfEachStream(t *testing.T) {
	type direction struct {
		session int
		from    string
	}
	for _, name := range allCaptures(t) {
		for jobs := 1; jobs <= 2; jobs++ {
			last := uint64(0)
			streams := map[direction]struct{ frame, offset uint64 }{}
			for line := range bytes.Lines(text(t, dissect.Options{Want: dissect.Messages, Jobs: jobs}, name)) {
				var m struct {
					Record  string
					Session int
					From    string
					Frame   uint64
					Offset  uint64 `json:"stream_offset"`
				}
				if err := json.Unmarshal(line, &m); err != nil {
					t.Fatal(err)
				}
				if m.Record != "message" {
					continue
				}
				d := direction{m.Session, m.From}
				before := streams[d]
				place := max(m.Frame, before.frame)
				if place < last || m.Offset < before.offset {
					t.Errorf("%s, %d workers: message of frame %d behind one of frame %d:\n%s", filepath.Base(name), jobs, m.Frame, last, line)
					break
				}
				streams[d] = struct{ frame, offset uint64 }{place, m.Offset}
				last = place
			}
		}
	}
}

// order is the frames of a run's records in the order in which the sink was told them; gaps are negative.
type order struct {
	collector
	frames []int
}

func (o *order) Message(m *record.Message) {
	o.collector.Message(m)
	o.frames = append(o.frames, int(m.Frame))
}

func (o *order) Gap(g *record.Gap) {
	o.collector.Gap(g)
	o.frames = append(o.frames, -int(g.Frame))
}

func (s *script) order(t *testing.T, o dissect.Options) *order {
	t.Helper()
	var got order
	s.next = 0
	if _, err := dissect.Run(context.Background(), s, o, io.Discard, func(*dissect.Output) dissect.Sink { return &got }); err != nil {
		t.Fatal(err)
	}
	return &got
}

// withHole is a session in which the second of three octets of a segment is missing, the third being in frame 8, and the server,
// which does not acknowledge it, says a number of KEEPALIVEs more.
func withHole(keepalives int) *script {
	s := newScript().open().say(client, contact4+init4).say(server, contact4+init4).say(client, "01 03 0000000000000001 00000000 0000000000000003 aa").say(server, "04") // frames 4 to 7
	acknowledged := s.seq[client]
	s.lose(client, 1).say(client, "aa") // frame 8
	sent := s.seq[client]
	s.seq[client] = acknowledged
	s.send(server, bytes.Repeat([]byte{4}, keepalives), upTo(keepalives)...)
	s.seq[client] = sent
	return s.close()
}

// upTo is the numbers below n.
func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestWhatAHoleHoldsBackComesBeforeWhatWasSaidSince(t *testing.T) {
	s := withHole(3) // frames 9 to 11; FINs 12 and 13
	got := s.order(t, dissect.Options{Want: dissect.Messages})
	settled := -got.frames[slices.IndexFunc(got.frames, func(f int) bool { return f < 0 })]
	want := []int{4, 4, 5, 5, 7, -settled, 8, 9, 10, 11}
	if !slices.Equal(got.frames, want) || settled < 11 {
		t.Errorf("%v, want %v", got.frames, want)
	}
	known := s.order(t, dissect.Options{Want: dissect.Messages, AsKnown: true})
	if want := []int{4, 4, 5, 5, 7, 9, 10, 11, -settled, 8}; !slices.Equal(known.frames, want) {
		t.Errorf("as known: %v, want %v", known.frames, want)
	}
}

func TestRecordsDoNotWaitForEver(t *testing.T) {
	for _, c := range []struct {
		name       string
		keepalives int
		memory     int64
		waited     bool
	}{
		{"short enough", 4 << 10, 0, true},
		{"too many records", 20 << 10, 0, false},
		{"too many octets", 4 << 10, 1 << 20, false},
	} {
		got := withHole(c.keepalives).order(t, dissect.Options{Want: dissect.Messages, MaxMemory: c.memory})
		at := slices.Index(got.frames, 8)
		if len(got.frames) != c.keepalives+7 || (at < 10) != c.waited {
			t.Errorf("%s: %d records, that of frame 8 is number %d", c.name, len(got.frames), at)
		}
		rest := slices.DeleteFunc(slices.Clone(got.frames), func(f int) bool { return f == 8 || f < 0 })
		if !slices.IsSorted(rest) {
			t.Errorf("%s: the other records are not in order", c.name)
		}
	}
}

func TestDataStayInOrderAndBeforeTheirMessageWhereRecordsWait(t *testing.T) {
	s := newScript().open().say(client, contact4+init4).say(server, contact4+init4)
	segment := "01 03 %016x 00000000 0000000000000004"
	s.say(client, fmt.Sprintf(segment, 1)+"aaaa") // 6
	lost := s.seq[client]
	s.seq[client] += 2
	s.say(client, fmt.Sprintf(segment, 2)+"01020304") // 7, waits for 9
	s.say(server, fmt.Sprintf(segment, 1)+"05060708") // 8
	s.seq[client], lost = lost, s.seq[client]
	s.say(client, "bbbb") // 9
	s.seq[client] = lost
	got := &userSink{t: t}
	if _, err := dissect.Run(context.Background(), s.close(), dissect.Options{Want: dissect.Messages | dissect.Data | dissect.Transfers | dissect.Hashes}, io.Discard,
		func(*dissect.Output) dissect.Sink { return got }); err != nil {
		t.Fatal(err)
	}
	want := []string{"message 4", "message 4", "message 5", "message 5", "data active 1 aaaa", "data passive 1 05060708", "message 8",
		"data active 1 bbbb", "message 9", "data active 2 01020304", "message 7"}
	var said []string
	for _, l := range got.said {
		if !strings.HasPrefix(l, "transfer") {
			said = append(said, l)
		}
	}
	if !slices.Equal(said, want) {
		t.Errorf("%q\nwant %q", said, want)
	}
	if n := len(got.said) - len(said); n != 3 {
		t.Errorf("%d transfers", n)
	}
}

// userSink checks that what it keeps with a transfer stays with it.
type userSink struct {
	order
	t    *testing.T
	said []string
}

func (u *userSink) Message(m *record.Message) {
	u.said = append(u.said, fmt.Sprintf("message %d", m.Frame))
}

func (u *userSink) Data(t *record.Transfer, offset uint64, d []byte) {
	kept, _ := t.User.([]byte)
	if len(kept) != int(offset) {
		u.t.Errorf("%d octets kept, %d expected", len(kept), offset)
	}
	t.User = append(kept, d...)
	u.said = append(u.said, fmt.Sprintf("data %v %d %x", t.From, t.TransferID, d))
}

func (u *userSink) Transfer(t *record.Transfer) {
	kept, _ := t.User.([]byte)
	if sum := sha256.Sum256(kept); !bytes.Equal(sum[:], t.SHA256) {
		u.t.Errorf("transfer %v %d: %x kept, of which %x is not the sum", t.From, t.TransferID, kept, t.SHA256)
	}
	u.said = append(u.said, fmt.Sprintf("transfer %v %d", t.From, t.TransferID))
}

// slow waits for what it gave so far to come out before it goes on.
type slow struct {
	script
	t       *testing.T
	written chan struct{}
}

func (s *slow) Next(p *reassembly.Packet) error {
	switch {
	case s.next == 4: // longer than a batch may be filling: with the next packet it is handed over
		time.Sleep(120 * time.Millisecond)
	case s.next == len(s.packets):
		select {
		case <-s.written:
		case <-time.After(5 * time.Second):
			s.t.Error("nothing was written while the source made the reader wait")
		}
	}
	return s.script.Next(p)
}

type signal struct {
	once    sync.Once
	written chan struct{}
}

func (s *signal) Write(b []byte) (int, error) {
	s.once.Do(func() { close(s.written) })
	return len(b), nil
}

func TestSlowInputIsShownBeforeItEnds(t *testing.T) {
	before := runtime.NumGoroutine()
	written := make(chan struct{})
	s := &slow{script: *newScript().open().say(client, contact4+init4).say(server, contact4+init4), t: t, written: written}
	o := dissect.Options{Want: dissect.Messages, Jobs: 2}
	if _, err := dissect.Run(context.Background(), s, o, &signal{written: written}, func(o *dissect.Output) dissect.Sink { return lineSink{o} }); err != nil {
		t.Fatal(err)
	}
	for range 100 { // workers end a moment after what they said was written
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
