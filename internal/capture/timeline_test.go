// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// timed is a pcap of packets of 4 octets at the times given, in seconds. Their first octet is mark.
func timed(mark byte, seconds ...uint32) []byte {
	b := pcapHeader(little, magicNano, 0, 1)
	for _, s := range seconds {
		b = append(b, record(little, s, 0, 4, 0, []byte{mark, 0, 0, 0})...)
	}
	return b
}

// read gives the marks of a timeline's packets in order, and checks that their frames count from 1.
func read(t testing.TB, tl *Timeline) (marks string, errs []error) {
	t.Helper()
	defer tl.Close()
	packets, errs := readAll(t, tl)
	for i, p := range packets {
		if p.Frame != uint64(i+1) {
			t.Errorf("frame %d is numbered %d", i+1, p.Frame)
		}
		marks += p.Data[:1]
	}
	return marks, errs
}

func TestTimelineMergesByTime(t *testing.T) {
	for name, c := range map[string]struct {
		files [][]byte
		want  string
	}{
		"none":               {nil, ""},
		"one":                {[][]byte{timed('a', 3, 2, 1)}, "aaa"},
		"one after another":  {[][]byte{timed('a', 5, 6), timed('b', 1, 2), timed('c', 3, 4)}, "bbccaa"},
		"overlapping":        {[][]byte{timed('a', 1, 4, 5), timed('b', 2, 3, 6), timed('c', 2, 7)}, "abcbaabc"},
		"ties":               {[][]byte{timed('a', 1, 1, 2), timed('b', 1, 2), timed('c', 1)}, "aabcab"},
		"time goes backward": {[][]byte{timed('a', 5, 1, 6), timed('b', 2, 5, 5)}, "baabba"},
		"empty file":         {[][]byte{timed('a'), timed('b', 1), timed('c')}, "b"},
		"one within another": {[][]byte{timed('a', 1, 9), timed('b', 4, 5)}, "abba"},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for i, b := range c.files {
				names = append(names, writeFile(t, string(rune('a'+i)), b))
			}
			got, errs := read(t, NewTimeline(names))
			if got != c.want || errs != nil {
				t.Errorf("%q %v, want %q", got, errs, c.want)
			}
		})
	}
}

// Whatever the files hold, the order within each is kept, and the order of all is that of the latest times met in each.
func TestTimelineOrderIsStableAndByLatestTime(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		type entry struct {
			key  uint32
			mark string
		}
		var names []string
		var all []entry
		for i := range rapid.IntRange(1, 5).Draw(rt, "files") {
			times := rapid.SliceOfN(rapid.Uint32Range(1, 8), 0, 8).Draw(rt, "times")
			mark := byte('a' + i)
			names = append(names, filepath.Join(dir, string(mark)))
			if err := os.WriteFile(names[i], timed(mark, times...), 0o600); err != nil {
				rt.Fatal(err)
			}
			var key uint32
			for _, s := range times {
				key = max(key, s)
				all = append(all, entry{key, string(mark)})
			}
		}
		slices.SortStableFunc(all, func(a, b entry) int { return int(a.key) - int(b.key) })
		var want strings.Builder
		for _, e := range all {
			want.WriteString(e.mark)
		}
		if got, errs := read(t, NewTimeline(names)); got != want.String() || errs != nil {
			rt.Errorf("%q %v, want %q", got, errs, want.String())
		}
	})
}

func TestTimelineOpensAFileWhenItsFirstPacketIsDue(t *testing.T) {
	var names []string
	for i, times := range [][]uint32{{1, 2, 3}, {4, 5}, {6, 9}, {7, 8}} {
		names = append(names, writeFile(t, "x", timed(byte('a'+i), times...)))
	}
	slices.Reverse(names)
	tl := NewTimeline(names)
	defer tl.Close()
	var open []int
	var p reassembly.Packet
	for tl.Next(&p) == nil {
		open = append(open, len(tl.open))
	}
	if want := []int{1, 1, 1, 1, 1, 1, 2, 2, 1}; !slices.Equal(open, want) {
		t.Errorf("open files at each packet: %v, want %v", open, want)
	}
}

func TestTimelineReportsAFaultOnceAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	ng := join(sectionBlock(little), interfaceBlock(little, 1, 0), enhanced(little, 5, 0, 4, []byte("d   ")),
		enhanced(little, 0, 2_500_000, 4, []byte("d   ")))
	for name, b := range map[string][]byte{
		"good":    timed('a', 1, 3, 5),
		"cut":     timed('b', 2, 4)[:24+20+18],
		"text":    []byte("hello"),
		"ng":      ng,
		"nothing": overwrite(timed('e', 1), 24+8, 0xff, 0xff, 0xff, 0xff),
	} {
		if err := os.WriteFile(path(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tl := NewTimeline([]string{path("good"), path("none"), path("cut"), path("text"), path("ng"), path("nothing")})
	packets, errs := readAll(t, tl)
	tl.Close()
	var marks string
	var frames []uint64
	for _, p := range packets {
		marks += p.Data[:1]
		frames = append(frames, p.Frame)
	}
	if marks != "abdaba" {
		t.Errorf("packets of %q", marks)
	}
	if want := []uint64{1, 2, 4, 5, 6, 7}; !slices.Equal(frames, want) { // 3 could not be read
		t.Errorf("frames %v, want %v", frames, want)
	}
	want := "none: cannot be opened: no such file or directory\n" +
		`text: not a capture file: it begins with 68 65 6c 6c 6f ("hello"); pcap and pcapng are read, plain or compressed with gzip or zstd` + "\n" +
		"nothing: damaged: packet 1 has a length of 4294967295 octets, over the limit of 16777216 (offset 24); everything before that was read\n" +
		"ng: packet 1 names interface 5, but the section has 1 so far (offset 48); it is left out\n" +
		"cut: cut short: packet 2 has 2 of 4 octets (offset 44); the packets before it are whole"
	if d := cmp.Diff(want, strings.ReplaceAll(texts(errs), dir+string(filepath.Separator), "")); d != "" {
		t.Error(d)
	}
}

// withStdin runs a test with other standard input, through a pipe.
func withStdin(t *testing.T, b []byte) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdin
	os.Stdin = r
	t.Cleanup(func() { os.Stdin = old; r.Close() })
	go func() {
		w.Write(b)
		w.Close()
	}()
}

func TestTimelineReadsStandardInputOnceAndMergesIt(t *testing.T) {
	withStdin(t, gzipped(t, timed('s', 2, 4)))
	tl := NewTimeline([]string{writeFile(t, "x", timed('a', 1, 3)), "-", writeFile(t, "y", timed('b', 5)), "-"})
	got, errs := read(t, tl)
	if got != "asasb" {
		t.Errorf("%q", got)
	}
	if want := "standard input: named twice; it can be read only once"; texts(errs) != want {
		t.Errorf("%v, want %s", errs, want)
	}
	if _, total := tl.Progress(); total != 0 {
		t.Errorf("total is %d with a pipe", total)
	}
}

func TestOpenReadsStandardInput(t *testing.T) {
	withStdin(t, timed('s', 2)[:30])
	f, err := Open("-")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, errs := readAll(t, f)
	if want := "standard input: cut short: the header of packet 1 has 6 of 16 octets (offset 24)"; texts(errs) != want {
		t.Errorf("%v, want %s", errs, want)
	}
}

func TestTimelineProgressCountsOctetsOfTheFilesAsTheyAre(t *testing.T) {
	var files []string
	var size int64
	for i := range 3 {
		b := gzipped(t, timed(byte('a'+i), 1, 2, 3))
		files = append(files, writeFile(t, "x", b))
		size += int64(len(b))
	}
	tl := NewTimeline(files)
	if read, total := tl.Progress(); read != 0 || total != size {
		t.Errorf("%d of %d octets at the start, want 0 of %d", read, total, size)
	}
	done := make(chan bool)
	go func() {
		for r, last := int64(0), int64(0); r < size; last = r {
			if r, _ = tl.Progress(); r < last {
				t.Error("progress goes back")
			}
		}
		close(done)
	}()
	if got, errs := read(t, tl); len(got) != 9 || errs != nil {
		t.Errorf("%q %v", got, errs)
	}
	<-done
	if read, total := tl.Progress(); read != size || total != size {
		t.Errorf("%d of %d octets at the end, want %d", read, total, size)
	}
}

func TestTimelineGathersSecretsAndInfosOfAllFiles(t *testing.T) {
	ng := func(sec uint64, secret string) []byte {
		return join(sectionBlock(little), interfaceBlock(little, 1, 0), secretsBlock(little, SecretTLSKeyLog, []byte(secret)),
			enhanced(little, 0, sec, 4, octets(4)))
	}
	late, early := writeFile(t, "late", ng(2, "two")), writeFile(t, "early", ng(1, "one"))
	tl := NewTimeline([]string{late, early})
	var p reassembly.Packet
	if err := tl.Next(&p); err != nil || len(tl.Secrets()) != 1 {
		t.Errorf("%v; %d secrets with the first packet", err, len(tl.Secrets()))
	}
	if _, errs := readAll(t, tl); errs != nil {
		t.Error(errs)
	}
	if d := cmp.Diff([]Secret{{SecretTLSKeyLog, []byte("one")}, {SecretTLSKeyLog, []byte("two")}}, tl.Secrets()); d != "" {
		t.Error(d)
	}
	if i := tl.Infos(); len(i) != 2 || i[0].File != early || i[1].File != late {
		t.Errorf("%v", i)
	}
	tl.Close()
}

func TestTimelineIsOverWhenClosed(t *testing.T) {
	tl := NewTimeline([]string{writeFile(t, "x", timed('a', 1, 2)), writeFile(t, "y", timed('b', 1, 2))})
	var p reassembly.Packet
	if err := tl.Next(&p); err != nil {
		t.Fatal(err)
	}
	if err := tl.Close(); err != nil {
		t.Fatal(err)
	}
	if packets, errs := readAll(t, tl); packets != nil || errs != nil {
		t.Error(packets, errs)
	}
	if !bytes.Equal(p.Data[:0], nil) || len(tl.open) > 0 {
		t.Error("files are still open")
	}
}
