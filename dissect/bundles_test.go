// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dtn-tools/tcpcl/bundle"
	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

func eid(t testing.TB, text string) bundle.EID {
	t.Helper()
	e, ok := bundle.ParseEID(text)
	if !ok {
		t.Fatal(text)
	}
	return e
}

// bundle7 is a bundle of ipn:1.1 with a payload of so many octets, which change makes another one.
func bundle7(t testing.TB, sequence uint64, payload int, change func(*bundle.Builder7)) []byte {
	t.Helper()
	w := bundle.Builder7{Outline: bundle.Outline{Source: eid(t, "ipn:1.1"), Destination: eid(t, "ipn:2.1"), ReportTo: eid(t, "ipn:1.0"),
		Created: bundle.Timestamp{Time: 848663655000, Sequence: sequence}, Lifetime: 3600000}, CRC: bundle.CRC32C, PayloadCRC: bundle.CRC16,
		Blocks: []bundle.NewBlock{bundle.HopCountBlock(30, 1)}, Payload: bytes.Repeat([]byte{'x'}, payload)}
	if change != nil {
		change(&w)
	}
	b, err := w.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// segment is an XFER_SEGMENT of TCPCLv4 with the flags 2 for START and 1 for END.
func segment(id uint64, flags byte, data []byte) []byte {
	b := binary.BigEndian.AppendUint64([]byte{1, flags}, id)
	if flags&2 != 0 {
		b = append(b, 0, 0, 0, 0)
	}
	return append(binary.BigEndian.AppendUint64(b, uint64(len(data))), data...)
}

func ack(id uint64, flags byte, length int) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte{2, flags}, id), uint64(length))
}

func begun() *script {
	return newScript().open().say(client, contact4+init4).say(server, contact4+init4)
}

// shown is what a bundle record says, in one line.
func shown(b *record.Bundle) string {
	var blocks []string
	for i := range b.Blocks {
		k := &b.Blocks[i]
		kind := fmt.Sprint(k.Type)
		if k.Primary {
			kind = "primary"
		}
		blocks = append(blocks, kind+":"+k.CRC)
	}
	created := ""
	if b.HasCreationTime {
		created = rfc3339(b.CreationTime)
	}
	return fmt.Sprintf("s%d %v %x %d v%d %s > %s report %s %s %d #%d flags %x fragment %v %d %d crc %s %v", b.Transfer.Session, b.Transfer.From,
		b.SHA256, b.Length, b.ProtocolVersion, b.Source, b.Destination, b.ReportTo, created, b.DTNTime, b.Sequence, b.Flags, b.IsFragment,
		b.FragmentOffset, b.TotalADULength, b.CRC, blocks)
}

func rfc3339(ns int64) string { return string(record.AppendTime(nil, ns)) }

func (w *bundleTruth) shown() string {
	var blocks []string
	for i, k := range w.Blocks {
		crc := "none"
		if w.BlockCRCs != nil {
			crc = w.BlockCRCs[i]
		}
		blocks = append(blocks, fmt.Sprint(k)+":"+crc)
	}
	var offset, total uint64
	if w.Fragment != nil {
		offset, total = w.Fragment.Offset, w.Fragment.Total
	}
	return fmt.Sprintf("s%d %s %s %d v%d %s > %s report %s %s %d #%d flags %x fragment %v %d %d crc %s %v", w.Stream+1, w.From, w.SHA256, w.Length,
		w.ProtocolVersion, w.Source, w.Destination, w.ReportTo, w.CreationTime, w.DTNTime, w.Sequence, w.Flags, w.Fragment != nil, offset, total,
		w.CRC, blocks)
}

func TestBundlesAreWhatTheTruthSays(t *testing.T) {
	tr := readTruth(t)
	check := func(name string, of *captureTruth) {
		got, _, err := run(t, dissect.Options{}, file(t, name))
		if err != nil {
			t.Fatal(err)
		}
		var have, want []string
		for _, b := range got.bundles {
			have = append(have, shown(b))
			if b.Form != record.BundleWhole || b.Transfer.State != record.Complete {
				t.Errorf("%s: a bundle is %s, its transfer %v", name, b.Form, b.Transfer.State)
			}
		}
		for i := range of.Bundles {
			want = append(want, of.Bundles[i].shown())
		}
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%s: bundles\n%s\nwant\n%s", name, strings.Join(have, "\n"), strings.Join(want, "\n"))
		}
		if len(got.bundles) != len(got.transfers) {
			t.Errorf("%s: %d bundles in %d transfers", name, len(got.bundles), len(got.transfers))
		}
	}
	bundles := 0
	for name, of := range tr.Captures {
		if of.MessagesWithoutKeys != nil {
			continue
		}
		check(name, of)
		bundles += len(of.Bundles)
	}
	if bundles < 100 {
		t.Errorf("only %d bundles were compared", bundles)
	}
	for name, v := range tr.Variants {
		if v.Lossless && v.Times == 1 && !strings.Contains(name, "nosyn") {
			check(name, tr.Captures[v.Of])
		}
	}
}

func TestBundlesAreTheSameForEverySplit(t *testing.T) {
	whole := bundle7(t, 1, 40, nil)
	admin := bundle7(t, 2, 0, func(w *bundle.Builder7) {
		w.Flags = bundle.FlagAdmin
		report := bundle.StatusReport{Delivered: bundle.Assertion{Asserted: true},
			Subject: bundle.Subject{Source: eid(t, "ipn:1.1"), Created: bundle.Timestamp{Time: 848663655000, Sequence: 1}}}
		var err error
		if w.Payload, err = report.AppendCBOR(nil); err != nil {
			t.Fatal(err)
		}
	})
	said := slices.Concat(segment(1, 2, whole[:50]), segment(1, 0, nil), segment(1, 1, whole[50:]), segment(2, 3, admin), segment(3, 3, nil),
		segment(4, 3, []byte("none")))
	play := func(cuts ...int) string {
		got := begun().send(client, said, cuts...).close().run(t, dissect.Options{})
		var lines []string
		for _, b := range got.bundles {
			b.Transfer.StartFrame, b.Transfer.EndFrame, b.Transfer.StartTime, b.Transfer.EndTime = 1, 1, 1, 1
			lines = append(lines, string(b.AppendJSON(nil)))
		}
		for _, m := range got.messages {
			if m.Bundle != nil {
				lines = append(lines, fmt.Sprintf("message with %s #%d", m.Bundle.Source, m.Bundle.Sequence))
			}
		}
		return strings.Join(lines, "\n")
	}
	want := play()
	if strings.Count(want, `"record":"bundle"`) != 4 || strings.Count(want, "message with ipn:1.1 #1") != 1 || !strings.Contains(want,
		`"subject":{"source":"ipn:1.1","creation_time":"2026-11-22T11:54:15.000000000Z","sequence":1,"fragment":null,"seen":null}`) {
		t.Fatal(want)
	}
	for cut := 1; cut < len(said); cut++ {
		if got := play(cut); got != want {
			t.Fatalf("cut at %d:\n%s\nwant\n%s", cut, got, want)
		}
	}
	if got := play(upTo(len(said))...); got != want {
		t.Fatalf("octet by octet:\n%s\nwant\n%s", got, want)
	}
}

func TestABundleIsToldOnceAtItsLastOctetWhateverBecomesOfItsTransfer(t *testing.T) {
	b := bundle7(t, 7, 10, nil)
	refusal := func(id uint64) []byte { return binary.BigEndian.AppendUint64([]byte{3, 1}, id) }
	for name, s := range map[string]*script{
		"acknowledged":               begun().send(client, segment(1, 3, b)).send(server, ack(1, 3, len(b))),
		"never acknowledged":         begun().send(client, segment(1, 3, b)),
		"acknowledged before":        begun().send(server, ack(1, 3, len(b))).send(client, segment(1, 3, b)),
		"refused behind its end":     begun().send(client, segment(1, 3, b)).send(server, refusal(1)),
		"in segments of other flags": begun().send(client, slices.Concat(segment(1, 2, b[:3]), segment(1, 0, b[3:9]), segment(1, 1, b[9:]))),
		"version 3 without acknowledgements": newScript().open().say(client, "64746e2103 00 0000 00").say(server, "64746e2103 00 0000 00").
			send(client, append([]byte{0x13, byte(len(b))}, b...)),
	} {
		got := s.close().run(t, dissect.Options{})
		if len(got.bundles) != 1 {
			t.Errorf("%s: %d bundles", name, len(got.bundles))
			continue
		}
		r := got.bundles[0]
		if r.Form != record.BundleWhole || r.CRC != record.CRCValid || r.Sequence != 7 || r.Length != uint64(len(b)) || len(r.SHA256) != 32 ||
			r.Transfer.State != record.Complete || r.Transfer.EndFrame == 0 {
			t.Errorf("%s: %s", name, shown(r))
		}
		messages := 0
		for _, m := range got.messages {
			if m.Bundle != nil {
				messages++
			}
		}
		if messages != 1 {
			t.Errorf("%s: %d messages have the bundle", name, messages)
		}
		if x := got.transfers[0].Bundle; x == nil || x.Sequence != 7 {
			t.Errorf("%s: the transfer has %v", name, x)
		}
	}
}

func TestWhatThereIsOfABundleIsToldWhereItsTransferIsNotComplete(t *testing.T) {
	b := bundle7(t, 7, 1000, nil)
	for name, c := range map[string]struct {
		s    *script
		form string // "": nothing is told
		crc  string
	}{
		"the end of the stream in the payload": {begun().send(client, segment(1, 3, b)[:600]), record.BundleTruncated, record.CRCUnchecked},
		"the end of the stream in the head":    {begun().send(client, segment(1, 3, b)[:24]), record.BundleTruncated, record.CRCUnchecked},
		"refused in the middle": {begun().send(client, segment(1, 2, b[:500])).send(server, []byte{3, 2, 0, 0, 0, 0, 0, 0, 0, 1}).
			send(client, segment(1, 1, b[500:])), record.BundleWhole, record.CRCValid},
		"a hole in the payload": {lossy(segment(1, 3, b), 500, 600), record.BundleWhole, record.CRCUnchecked},
		"a hole in the head":    {lossy(segment(1, 3, b), 30, 40), record.BundleTruncated, record.CRCUnchecked},
		"a hole at the start":   {lossy(segment(1, 3, b), 22, 40), "", ""},
		"no bundle, not whole":  {begun().send(client, segment(1, 3, []byte("nothing"))[:26]), "", ""},
	} {
		got := c.s.close().run(t, dissect.Options{})
		if len(got.transfers) != 1 || got.transfers[0].State == record.Complete {
			t.Errorf("%s: %+v", name, got.transfers)
			continue
		}
		if c.form == "" {
			if len(got.bundles) != 0 {
				t.Errorf("%s: %s", name, shown(got.bundles[0]))
			}
			continue
		}
		if len(got.bundles) != 1 {
			t.Errorf("%s: %d bundles", name, len(got.bundles))
			continue
		}
		if r := got.bundles[0]; r.Form != c.form || r.CRC != c.crc || r.SHA256 != nil || r.Transfer.State == record.Complete {
			t.Errorf("%s: %s, %s", name, r.Form, shown(r))
		}
	}
}

// lossy is a session that sends octets of which those from one offset to another are not in the capture.
func lossy(octets []byte, from, to int) *script {
	s := begun().send(client, octets[:from]).lose(client, to-from).send(client, octets[to:])
	for range 8 {
		s.say(server, "04")
	}
	return s
}

// A bundle belongs at the frame that made its octets whole.
func TestBundlesComeInTheOrderOfFramesBehindAHole(t *testing.T) {
	first, second := bundle7(t, 1, 10, nil), bundle7(t, 2, 10, nil)
	s := begun()
	head := segment(1, 3, first)
	s.send(client, head[:30])
	at := s.seq[client]
	s.seq[client] += 10
	s.send(client, head[40:]) // waits for what is lost
	sent := s.seq[client]
	s.send(server, segment(9, 3, second)) // another direction, with another bundle
	s.seq[client] = at
	s.send(client, head[30:40])
	s.seq[client] = sent
	for _, want := range []dissect.Want{dissect.BundleList, dissect.BundleList | dissect.Messages | dissect.Hashes} {
		s.next = 0
		var got collector
		if _, err := dissect.Run(context.Background(), s, dissect.Options{Want: want}, io.Discard, func(*dissect.Output) dissect.Sink { return &got }); err != nil {
			t.Fatal(err)
		}
		if len(got.bundles) != 2 {
			t.Fatalf("%d bundles", len(got.bundles))
		}
		for i, sequence := range []uint64{2, 1} {
			if b := got.bundles[i]; b.Sequence != sequence || b.Form != record.BundleWhole || len(b.Blocks) != 3 || b.Transfer == nil ||
				(len(b.SHA256) > 0) != (want&dissect.Hashes != 0) {
				t.Errorf("bundle %d: %s", i, shown(b))
			}
		}
	}
}

func TestCreationTimesAreThoseOfPackageBundle(t *testing.T) {
	for _, version := range []uint8{6, 7} {
		end := uint64(8_267_961_600)
		if version == 7 {
			end *= 1000
		}
		for _, created := range []uint64{0, 1, 848663655, 848663655123, end - 1, end, math.MaxUint64} {
			var b []byte
			outline := bundle.Outline{Source: eid(t, "ipn:1.1"), Destination: eid(t, "ipn:2.1"), ReportTo: eid(t, "ipn:1.0"),
				Created: bundle.Timestamp{Time: created, Sequence: 1}}
			var err error
			if version == 6 {
				w := bundle.Builder6{Outline: outline, Custodian: eid(t, "dtn:none")}
				b, err = w.Append(nil)
			} else {
				w := bundle.Builder7{Outline: outline, CRC: bundle.CRC16, Blocks: []bundle.NewBlock{bundle.AgeBlock(1)}}
				b, err = w.Append(nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := dissect.ReadBundle(bytes.NewReader(b), make([]byte, 100), false, nil)
			if err != nil || got.Form != record.BundleWhole {
				t.Fatal(err, got)
			}
			made := bundle.Bundle{Version: version, Created: outline.Created}
			want, ok := made.CreationTime()
			if ok = ok && want.Year() < 2262; got.HasCreationTime != ok || ok && got.CreationTime != want.UnixNano() {
				t.Errorf("BPv%d, %d: %d %v, want %v", version, created, got.CreationTime, got.HasCreationTime, want)
			}
		}
	}
}

// What is used again must not show through.
func TestABundleHasNothingOfTheOneBefore(t *testing.T) {
	big := bundle7(t, 1, 10, func(w *bundle.Builder7) { w.Flags = bundle.FlagNoFragment })
	big[len(big)-2] ^= 1 // the payload's CRC
	var octets []byte
	for id, data := range [][]byte{big, []byte("none"), bundle7(t, 2, 3, func(w *bundle.Builder7) { w.Blocks = nil }), nil} {
		octets = append(octets, segment(uint64(id), 3, data)...)
	}
	acks := slices.Concat(ack(0, 3, len(big)), ack(1, 3, 4))
	got := begun().send(client, octets).send(server, acks).send(client, octets).close().run(t, dissect.Options{})
	if len(got.bundles) != 8 {
		t.Fatalf("%d bundles", len(got.bundles))
	}
	for i, want := range []string{"invalid 3 1", "none 0 1", "valid 2 0", "none 0 1"} {
		for _, b := range []*record.Bundle{got.bundles[i], got.bundles[i+4]} {
			if got := fmt.Sprintf("%s %d %d", b.CRC, len(b.Blocks), len(b.Problems)); got != want || b.Admin != "" || b.Subject != nil {
				t.Errorf("bundle %d: %s, want %s: %+v", i, got, want, b)
			}
		}
	}
}

func TestABundleIsReadFromAFile(t *testing.T) {
	b := bundle7(t, 3, 5000, nil)
	for name, r := range map[string]io.Reader{"at once": bytes.NewReader(b), "by octets": iotest.OneByteReader(bytes.NewReader(b)),
		"data with the end": iotest.DataErrReader(bytes.NewReader(b))} {
		got, err := dissect.ReadBundle(r, make([]byte, 64), true, nil)
		if err != nil || got.Form != record.BundleWhole || got.Sequence != 3 || got.Length != uint64(len(b)) || len(got.SHA256) != 32 || got.Transfer != nil {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	got, err := dissect.ReadBundle(io.MultiReader(bytes.NewReader(b[:4000]), iotest.ErrReader(io.ErrNoProgress)), make([]byte, 64), true, nil)
	if err != io.ErrNoProgress || got.Form != record.BundleTruncated || got.SHA256 != nil || got.Source != "ipn:1.1" {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestBundlesAllocateLittle(t *testing.T) {
	b := bundle7(t, 1, 500, nil)
	count := func(n int) float64 {
		s := begun()
		for id := range n {
			s.send(client, segment(uint64(id), 3, b)).send(server, ack(uint64(id), 3, len(b)))
		}
		s.close()
		return testing.AllocsPerRun(5, func() {
			s.next = 0
			var sink nullSink
			if _, err := dissect.Run(context.Background(), s, dissect.Options{Want: dissect.BundleList | dissect.Hashes}, io.Discard,
				func(*dissect.Output) dissect.Sink { return &sink }); err != nil {
				t.Fatal(err)
			}
		})
	}
	if more := (count(1200) - count(200)) / 1000; more > 0.05 {
		t.Errorf("%v allocations a bundle", more)
	}
}
