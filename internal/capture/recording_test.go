// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// sent makes a packet of a number; its octets tell which one it is.
func sent(n int, at time.Duration) *reassembly.Packet {
	text := fmt.Sprintf("packet %d %s", n, strings.Repeat("x", n%50))
	return &reassembly.Packet{Data: []byte(text), Length: len(text) + n%3, Time: 1_700_000_000e9 + int64(at), Link: reassembly.LinkEthernet}
}

// readBack reads the packets of files, as they come, and the error behind them.
func readBack(t *testing.T, names ...string) (packets []string, secrets string, err error) {
	t.Helper()
	for _, name := range names {
		f, opened := Open(name)
		if opened != nil {
			return packets, secrets, opened
		}
		for {
			var p reassembly.Packet
			e := f.Next(&p)
			if e == io.EOF {
				break
			}
			if e != nil {
				err = e
				continue
			}
			packets = append(packets, fmt.Sprintf("%d %d %d %s", p.Link, p.Time, p.Length, p.Data))
		}
		for _, s := range f.Secrets() {
			secrets += string(s.Data)
		}
		f.Close()
	}
	return packets, secrets, err
}

func wanted(packets ...*reassembly.Packet) (list []string) {
	for _, p := range packets {
		list = append(list, fmt.Sprintf("%d %d %d %s", p.Link, p.Time, p.Length, p.Data))
	}
	return list
}

func TestARecordingIsReadBackAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pcapng")
	version := uint64(0)
	r, err := NewRecording(RecordingOptions{Name: path, Application: "test", Filter: "tcp",
		Secrets: func(dst []byte, since uint64) ([]byte, uint64) {
			for version > since {
				since++
				dst = fmt.Appendf(dst, "secret %d\n", since)
			}
			return dst, since
		},
		Counters: func() Counters { return Counters{Received: 9, Dropped: 8, InterfaceDropped: 7} }})
	if err != nil {
		t.Fatal(err)
	}
	var all []*reassembly.Packet
	for i := range 300 {
		p := sent(i, time.Duration(i)*time.Millisecond)
		from := LiveInterface{"eth0", reassembly.LinkEthernet}
		if i%7 == 3 {
			p.Link = reassembly.LinkSLL2
			from = LiveInterface{AnyInterface, p.Link}
		}
		all = append(all, p)
		if i == 100 || i == 200 {
			version++
		}
		r.Packet(p, from)
		if i%10 == 0 {
			r.Idle()
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	got, secrets, err := readBack(t, path)
	if want := wanted(all...); err != nil || !slices.Equal(got, want) || secrets != "secret 1\nsecret 2\n" {
		t.Errorf("%d packets, %v, secrets %q", len(got), err, secrets)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for p := new(reassembly.Packet); f.Next(p) != io.EOF; {
	}
	defer f.Close()
	want := []Interface{{Section: 1, Name: "eth0", Filter: "tcp", Link: reassembly.LinkEthernet, Counted: true, Received: 9, Dropped: 7},
		{Section: 1, Name: AnyInterface, Filter: "tcp", Link: reassembly.LinkSLL2, Counted: true}}
	if !slices.Equal(f.Info().Interfaces, want) {
		t.Errorf("%+v", f.Info().Interfaces)
	}
}

// Whoever is killed while it writes leaves a file that is cut somewhere.
func TestARecordingCutAnywhereIsReadToItsLastWholePacket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pcapng")
	r, err := NewRecording(RecordingOptions{Name: path, Application: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var ends []int // of the packets
	var all []*reassembly.Packet
	for i := range 5 {
		p := sent(i, 0)
		all = append(all, p)
		r.Packet(p, LiveInterface{Link: p.Link})
		ends = append(ends, int(r.Size()))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := wanted(all...)
	for n := minSection; n < len(whole); n++ {
		f, err := NewReader("cut", bytes.NewReader(whole[:n]))
		if err != nil {
			continue // in the section's header
		}
		least := 0
		for _, end := range ends {
			if end <= n {
				least++
			}
		}
		i := 0
		for p := new(reassembly.Packet); ; {
			if err := f.Next(p); err == io.EOF {
				break
			} else if err == nil {
				if i < least && want[i] != wanted(p)[0] {
					t.Errorf("cut at %d: packet %d is %s", n, i, p.Data)
				}
				i++
			}
		}
		if i < least {
			t.Errorf("cut at %d: %d packets of %d", n, i, least)
		}
	}
}

func TestFilesFollowEachOtherWithoutLosingAPacket(t *testing.T) {
	for name, c := range map[string]struct {
		next  Rotation
		keep  int
		files int
		first int // of the packets that are left
	}{
		"packets":          {Rotation{Packets: 30}, 0, 4, 0},
		"packets, 2 files": {Rotation{Packets: 30}, 2, 2, 60},
		"size":             {Rotation{Size: 1500}, 0, 5, 0},
		"duration":         {Rotation{Duration: 25 * time.Second}, 0, 4, 0},
		"interval":         {Rotation{Interval: 50 * time.Second}, 0, 3, 0}, // the times begin 20 s after a multiple
	} {
		dir := t.TempDir()
		r, err := NewRecording(RecordingOptions{Name: filepath.Join(dir, "x.pcapng"), Next: c.next, Keep: c.keep})
		if err != nil {
			t.Fatal(err)
		}
		if made, _ := os.ReadDir(dir); len(made) > 0 {
			t.Errorf("%s: %v before the first packet", name, made)
		}
		var all []*reassembly.Packet
		for i := range 100 {
			p := sent(i, 20*time.Second+time.Duration(i)*time.Second)
			all = append(all, p)
			r.Packet(p, LiveInterface{Link: p.Link})
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "x_0000?_2023*.pcapng"))
		made, _ := os.ReadDir(dir)
		got, _, err := readBack(t, files...)
		if len(files) != c.files || len(made) != c.files || err != nil || !slices.Equal(got, wanted(all[c.first:]...)) {
			t.Errorf("%s: %d files of %d, %d packets, %v", name, len(files), len(made), len(got), err)
		}
	}
}

func TestAFileThatWasMovedAwayIsBegunAnew(t *testing.T) {
	dir := t.TempDir()
	path, away := filepath.Join(dir, "x.pcapng"), filepath.Join(dir, "x.1")
	r, err := NewRecording(RecordingOptions{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	put := func(i int) { r.Packet(sent(i, 0), LiveInterface{Link: reassembly.LinkEthernet}) }
	put(1)
	r.Reopen() // it is still there
	put(2)
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	put(3)
	r.Reopen()
	put(4)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{away: wanted(sent(1, 0), sent(2, 0), sent(3, 0)), path: wanted(sent(4, 0))} {
		if got, _, err := readBack(t, name); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestWhatForbidsAFileIsToldBeforeTheFirstPacket(t *testing.T) {
	for _, next := range []Rotation{{}, {Packets: 1}} {
		path := filepath.Join(t.TempDir(), "nowhere", "x.pcapng")
		if _, err := NewRecording(RecordingOptions{Name: path, Next: next}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "x.pcapng: cannot be written") {
			t.Errorf("%v", err)
		}
	}
}
