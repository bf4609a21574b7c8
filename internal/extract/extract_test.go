// SPDX-License-Identifier: Apache-2.0

package extract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// sent is a transfer as a test plays it.
type sent struct {
	session int
	from    record.From
	version uint8
	id      uint64
	data    []byte
	holes   [][2]int // [from, to) of data that is missed
	state   record.TransferState

	record record.Transfer
	at     int
}

func (s *sent) start() {
	s.record = record.Transfer{Session: s.session, From: s.from, Version: s.version, Src: "a:1", Dst: "b:2", StartFrame: 3,
		StartTime: 1e9}
	if s.version == 3 {
		s.record.ImpliedTransferID = s.id
	} else {
		s.record.TransferID = s.id
	}
}

// step gives w the next octets, n at most, and reports whether there are more.
func (s *sent) step(w *Worker, n int) bool {
	for _, hole := range s.holes {
		if s.at == hole[0] {
			s.at = hole[1]
		}
		if s.at < hole[0] {
			n = min(n, hole[0]-s.at)
		}
	}
	n = min(n, len(s.data)-s.at)
	borrowed := bytes.Clone(s.data[s.at : s.at+n])
	w.Data(&s.record, uint64(s.at), borrowed)
	clear(borrowed)
	s.at += n
	return s.at < len(s.data)
}

func (s *sent) end(w *Worker, dst []byte) []byte {
	s.record.State = s.state
	s.record.Length = uint64(len(s.data))
	for _, hole := range s.holes {
		s.record.MissedOctets += uint64(hole[1] - hole[0])
	}
	if s.state == record.Complete {
		s.record.EndFrame, s.record.EndTime = 9, 2e9
		if len(s.holes) == 0 {
			sum := sha256.Sum256(s.data)
			s.record.SHA256 = sum[:]
		}
	}
	if r := w.Transfer(&s.record); r != nil {
		dst = append(r.AppendJSON(dst), '\n')
	}
	return dst
}

// expected is what the file of the transfer holds.
func (s *sent) expected() string {
	data := bytes.Clone(s.data)
	for _, hole := range s.holes {
		clear(data[hole[0]:hole[1]])
	}
	return string(data)
}

func octets(n int) []byte {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	if n > 0 {
		data[0] = 0x9f
	}
	return data
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = string(data)
	}
	return files
}

func names(files map[string]string) []string { return slices.Sorted(maps.Keys(files)) }

func newExtractor(t *testing.T, o Options) *Extractor {
	t.Helper()
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// play sends the transfers one after the other in pieces and returns the manifest's lines.
func play(t *testing.T, e *Extractor, w *Worker, piece int, transfers ...*sent) []byte {
	t.Helper()
	var lines []byte
	for _, s := range transfers {
		s.start()
		for s.step(w, piece) {
		}
		lines = s.end(w, lines)
	}
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestFilesAreNamedAfterSessionSenderAndTransferID(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	e := newExtractor(t, Options{Dir: dir})
	w := e.NewWorker()
	play(t, e, w, 1000,
		&sent{session: 1, from: record.Active, version: 4, id: 0, data: octets(10), state: record.Complete},
		&sent{session: 12, from: record.Passive, version: 3, id: 7, data: octets(2000), state: record.Complete},
		&sent{session: 1234, from: record.B, version: 4, id: 1<<64 - 1, data: octets(600_000), state: record.Complete},
		&sent{session: 2, from: record.A, version: 4, id: 99, state: record.Complete})
	files := contents(t, dir)
	want := []string{"manifest.ndjson", "s001-active-x000.bundle", "s002-a-x099.bundle", "s012-passive-x007.bundle",
		"s1234-b-x18446744073709551615.bundle"}
	if diff := cmp.Diff(want, names(files)); diff != "" {
		t.Fatal(diff)
	}
	if files["s1234-b-x18446744073709551615.bundle"] != string(octets(600_000)) || files["s002-a-x099.bundle"] != "" {
		t.Error("wrong contents")
	}
	if want := (Counts{Bundles: 4, Octets: 602_010}); w.Counts != want {
		t.Errorf("counts %+v, want %+v", w.Counts, want)
	}
}

func TestAReusedTransferIDGetsASuffix(t *testing.T) {
	for _, size := range []int{5, 300_000} {
		dir := t.TempDir()
		e := newExtractor(t, Options{Dir: dir})
		var transfers []*sent
		for i, id := range []uint64{1, 2, 1, 3, 1, 2} {
			transfers = append(transfers, &sent{session: 1, version: 4, id: id, data: octets(size + i), state: record.Complete})
		}
		play(t, e, e.NewWorker(), 70_000, transfers...)
		files := contents(t, dir)
		for i, name := range []string{"x001", "x002", "x001-2", "x003", "x001-3", "x002-2"} {
			if files["s001-active-"+name+".bundle"] != transfers[i].expected() {
				t.Errorf("%d octets: %s is not transfer %d", size, name, i)
			}
		}
	}
}

func TestAnIncompleteTransferIsWrittenOnlyWithPartialAndItsHolesAreZero(t *testing.T) {
	cases := map[string]*sent{
		"small, end missing":       {data: octets(5000), holes: [][2]int{{3000, 5000}}},
		"small, middle missing":    {data: octets(5000), holes: [][2]int{{1, 100}, {200, 201}}, state: record.Complete},
		"start missing":            {data: octets(5000), holes: [][2]int{{0, 100}}, state: record.Complete},
		"large, middle missing":    {data: octets(900_000), holes: [][2]int{{300_000, 300_001}, {400_000, 800_000}}, state: record.Complete},
		"large hole at the start":  {data: octets(900_000), holes: [][2]int{{0, 890_000}}, state: record.Complete},
		"large, large end missing": {data: octets(900_000), holes: [][2]int{{300_000, 900_000}}},
		"small, large end missing": {data: octets(900_000), holes: [][2]int{{3, 900_000}}},
		"refused":                  {data: octets(5000), state: record.Refused},
		"large, refused":           {data: octets(500_000), state: record.Refused},
	}
	for name, s := range cases {
		s.session, s.version, s.id = 1, 4, 5
		for _, partial := range []bool{false, true} {
			dir := t.TempDir()
			e := newExtractor(t, Options{Dir: dir, Partial: partial})
			w := e.NewWorker()
			s.at = 0
			line := play(t, e, w, 1448, s)
			files := contents(t, dir)
			if !partial {
				if len(files) != 1 || len(line) != 0 || w.Counts != (Counts{Skipped: 1}) {
					t.Errorf("%s: wrote %v, %q, %+v without being asked", name, names(files), line, w.Counts)
				}
				continue
			}
			if len(files) != 2 || files["s001-active-x005.partial"] != s.expected() {
				t.Errorf("%s: got %v with other octets than expected", name, names(files))
			}
			if w.Counts.Partial != 1 || w.Counts.Missed != s.record.MissedOctets {
				t.Errorf("%s: counts %+v", name, w.Counts)
			}
		}
	}
}

func TestAHoleBeyondAnyBundleIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	e := newExtractor(t, Options{Dir: dir, Partial: true})
	w := e.NewWorker()
	r := record.Transfer{Session: 1, Version: 4}
	w.Data(&r, 0, []byte("begin"))
	w.Data(&r, 1<<63, []byte("far"))
	w.Data(&r, 1<<64-2, []byte("far"))
	r.Length, r.MissedOctets = 1<<64-1, 1<<64-10
	w.Transfer(&r)
	if files := contents(t, dir); files["s001-active-x000.partial"] != "begin" {
		t.Errorf("got %v", names(files))
	}
}

func TestInterleavedTransfersSurviveFewOpenFilesAndLittleMemory(t *testing.T) {
	dir := t.TempDir()
	e := newExtractor(t, Options{Dir: dir})
	w := e.NewWorker()
	w.limit, w.budget = 2, 100_000
	random := rand.New(rand.NewPCG(5, 6))
	var running, all []*sent
	for i := range 12 {
		s := &sent{session: 1 + i/3, from: record.From(i & 1), version: 4, id: uint64(i), data: octets(random.IntN(700_000)), state: record.Complete}
		s.start()
		running, all = append(running, s), append(all, s)
	}
	for len(running) > 0 {
		i := random.IntN(len(running))
		if !running[i].step(w, 1+random.IntN(60_000)) {
			running[i].end(w, nil)
			running = slices.Delete(running, i, i+1)
		}
		if len(w.open) > w.limit {
			t.Fatalf("%d files open", len(w.open))
		}
		if w.buffered > w.budget {
			t.Fatalf("%d octets buffered", w.buffered)
		}
	}
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	if len(w.active) != 0 || len(w.open) != 0 || w.buffered != 0 {
		t.Errorf("left over: %d active, %d open, %d octets", len(w.active), len(w.open), w.buffered)
	}
	files := contents(t, dir)
	if len(files) != len(all)+1 {
		t.Errorf("files: %v", names(files))
	}
	for _, s := range all {
		name := fmt.Sprintf("s%03d-%v-x%03d.bundle", s.session, s.from, s.id)
		if files[name] != s.expected() {
			t.Errorf("%s differs", name)
		}
	}
}

func TestExistingFilesAreRefusedOrReplacedButNeverWrittenInto(t *testing.T) {
	for _, size := range []int{5, 300_000} {
		dir := t.TempDir()
		outside := filepath.Join(t.TempDir(), "outside")
		target := filepath.Join(dir, "s001-active-x001.bundle")
		for _, err := range []error{os.WriteFile(outside, []byte("mine"), 0o666), os.Link(outside, target)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		transfer := &sent{session: 1, version: 4, id: 1, data: octets(size), state: record.Complete}

		var told []error
		e := newExtractor(t, Options{Dir: dir, OnError: func(err error) { told = append(told, err) }})
		w := e.NewWorker()
		transfer.start()
		for transfer.step(w, 1000) {
		}
		line := transfer.end(w, nil)
		w.Close()
		if !errors.Is(e.Err(), fs.ErrExist) || len(told) != 1 || len(line) != 0 || !strings.HasPrefix(e.Err().Error(), target+": exists already") {
			t.Fatalf("%d octets: error %v, told %v", size, e.Err(), told)
		}
		if files := contents(t, dir); len(files) != 2 {
			t.Errorf("left over: %v", names(files))
		}

		if _, err := New(Options{Dir: dir}); !errors.Is(err, fs.ErrExist) {
			t.Errorf("a manifest was replaced: %v", err)
		}
		e = newExtractor(t, Options{Dir: dir, Overwrite: true})
		transfer.at = 0
		play(t, e, e.NewWorker(), 1000, transfer)
		if files := contents(t, dir); files["s001-active-x001.bundle"] != transfer.expected() {
			t.Errorf("%d octets: not replaced", size)
		}
		if data, _ := os.ReadFile(outside); string(data) != "mine" {
			t.Errorf("%d octets: wrote through a link", size)
		}
	}
}

func TestManifestLinesAreJSONWithTheKeysOfABundleRecord(t *testing.T) {
	e := newExtractor(t, Options{Dir: t.TempDir(), Partial: true})
	bpv6 := append([]byte{0x06}, octets(20)...)
	lines := play(t, e, e.NewWorker(), 1000,
		&sent{session: 1, from: record.Passive, version: 4, id: 3, data: octets(100), state: record.Complete},
		&sent{session: 2, version: 3, id: 4, data: bpv6, state: record.Complete},
		&sent{session: 2, version: 3, id: 5, data: octets(50), holes: [][2]int{{0, 10}}})
	sum := func(data []byte) string {
		s := sha256.Sum256(data)
		return hex.EncodeToString(s[:])
	}
	end := map[string]any{"frame": 9.0, "time": "1970-01-01T00:00:02.000000000Z", "end_frame": 9.0, "end_time": "1970-01-01T00:00:02.000000000Z"}
	never := map[string]any{"frame": 3.0, "time": "1970-01-01T00:00:01.000000000Z", "end_frame": nil, "end_time": nil}
	unknown := map[string]any{}
	for _, key := range []string{"source", "destination", "report_to", "creation_time", "sequence", "lifetime", "flags", "fragment", "blocks", "crc"} {
		unknown[key] = nil
	}
	always := map[string]any{"record": "bundle", "src": "a:1", "dst": "b:2", "start_frame": 3.0, "start_time": "1970-01-01T00:00:01.000000000Z"}
	want := []map[string]any{
		{"session": 1.0, "from": "passive", "version": 4.0, "length": 100.0, "transfer_id": 3.0, "state": "complete",
			"protocol_version": nil, "sha256": sum(octets(100)), "file": "s001-passive-x003.bundle", "missed_octets": 0.0},
		{"session": 2.0, "from": "active", "version": 3.0, "length": 21.0, "transfer_id": nil, "implied_transfer_id": 4.0, "state": "complete",
			"protocol_version": nil, "sha256": sum(bpv6), "file": "s002-active-x004.bundle", "missed_octets": 0.0},
		{"session": 2.0, "from": "active", "version": 3.0, "length": 50.0, "transfer_id": nil, "implied_transfer_id": 5.0, "state": "incomplete",
			"protocol_version": nil, "sha256": nil, "file": "s002-active-x005.partial", "missed_octets": 10.0},
	}
	for i, place := range []map[string]any{end, end, never} {
		maps.Copy(want[i], place)
		maps.Copy(want[i], always)
		maps.Copy(want[i], unknown)
	}
	var got []map[string]any
	for line := range strings.Lines(string(lines)) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		got = append(got, m)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIDSetCountsUsesAndStaysSmall(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var s idSet
	uses := map[uint64]uint64{}
	ids := []uint64{0, 1<<64 - 1, 1<<64 - 2, 5, 4, 6}
	for range 5000 {
		ids = append(ids, random.Uint64N(1000))
	}
	for _, id := range ids {
		uses[id]++
		if got := s.use(id); got != uses[id] {
			t.Fatalf("use %d of %d counted as %d", uses[id], id, got)
		}
	}
	var fresh idSet
	for id := range uint64(100_000) {
		fresh.use(id)
	}
	if len(fresh.spans) != 1 || fresh.again != nil {
		t.Errorf("ids that count up need %d intervals", len(fresh.spans))
	}
}

func TestSmallBundlesAllocateLittle(t *testing.T) {
	e := newExtractor(t, Options{Dir: t.TempDir()})
	w := e.NewWorker()
	data := octets(3000)
	sum := sha256.Sum256(data)
	r := record.Transfer{Session: 1, Version: 4, Src: "a:1", Dst: "b:2"}
	var line []byte
	n := testing.AllocsPerRun(500, func() {
		r.TransferID++
		w.Data(&r, 0, data[:1448])
		w.Data(&r, 1448, data[1448:])
		r.State, r.Length, r.SHA256 = record.Complete, 3000, sum[:]
		line = w.Transfer(&r).AppendJSON(line[:0])
	})
	if e.Err() != nil || n > 3 { // one is the name of the file
		t.Errorf("%v allocations a bundle, error %v", n, e.Err())
	}
}

func BenchmarkSmallBundle(b *testing.B) {
	e, err := New(Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	w := e.NewWorker()
	data := octets(4000)
	r := record.Transfer{Session: 1, Version: 4, State: record.Complete, Length: 4000}
	var line []byte
	for b.Loop() {
		r.TransferID++
		w.Data(&r, 0, data)
		line = w.Transfer(&r).AppendJSON(line[:0])
	}
}
