// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// A limit on the size of files stands for a full disk: a write is done in part, and the next one not at all.
func TestAFullDiskCutsNoPacketAndRecordingGoesOnBehindIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pcapng")
	var notes []string
	r, err := NewRecording(RecordingOptions{Name: path, Note: func(text string) { notes = append(notes, text) }})
	if err != nil {
		t.Fatal(err)
	}
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := func(n uint64) {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: before.Max}); err != nil {
			t.Fatal(err)
		}
	}
	defer limit(before.Cur)
	limit(2000)
	var all []*reassembly.Packet
	for i := range 60 {
		p := sent(i, 0)
		all = append(all, p)
		from := LiveInterface{Link: p.Link}
		if i >= 20 {
			from.Name = "a second one" // is described where the disk is full
		}
		r.Packet(p, from)
		if i == 39 {
			r.flush()
			limit(before.Cur)
			r.retry = time.Now().Add(-time.Second)
		}
	}
	if err := r.Close(); err == nil || !strings.Contains(err.Error(), "x.pcapng: cannot be written") || !strings.Contains(err.Error(), "packets were not recorded") {
		t.Errorf("%v", err)
	}
	if len(notes) != 2 || !strings.Contains(notes[0], "cannot be written") || !strings.Contains(notes[1], "is written again") {
		t.Errorf("%q", notes)
	}
	got, _, err := readBack(t, path)
	want := wanted(all...)
	kept := len(got) - 20
	if err != nil || kept < 5 || kept >= 40 || !slices.Equal(got, slices.Concat(want[:kept], want[40:])) || r.lost != uint64(40-kept) {
		t.Errorf("%d packets, %d lost, %v", len(got), r.lost, err)
	}
}
