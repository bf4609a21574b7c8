// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
)

const (
	contact4 = "64746e210400"
	init4    = "07 001e 0000000000010000 0000010000000000 0008 64746e3a2f2f612f 00000000"
	// A transfer of two segments and the rest of RFC 9174's messages.
	active4 = contact4 + `07 001e 0000000000010000 0000010000000000 0008 64746e3a2f2f612f 00000008 00 8001 0003 616263
		01 02 0000000000000000 0000000d 01 0001 0008 0000000000000007 0000000000000004 9f880704
		01 01 0000000000000000 0000000000000003 020304
		04 06 03 02 01 03 0000000000000001 00000000 0000000000000002 0102 05 00 00`
	passive4 = contact4 + init4 + `02 02 0000000000000000 0000000000000004 02 01 0000000000000000 0000000000000007
		03 06 0000000000000001 05 01 00`
	active3  = "64746e21030f000f0769706e3a312e30 6022 120a06811011020101010000 1118000082f3f5a618019c1000140102822c01080568656c6c6f 1302 0607 40 53003c"
	passive3 = "64746e21030f001e0769706e3a322e30 200a 2022 32 50"
)

func TestRecordsAreTheSameForEverySplit(t *testing.T) {
	for name, say := range map[string][2]string{"v4": {active4, passive4}, "v3": {active3, passive3}} {
		a, b := unhex(say[0]), unhex(say[1])
		whole := newScript().open().send(client, a).send(server, b).close().run(t, dissect.Options{KeepOctets: 1 << 10})
		want := whole.brief()
		unrelatedWant := unrelated(whole).brief()
		if len(want) < 10 {
			t.Fatalf("%s: only %q", name, want)
		}
		check := func(what string, s *script) {
			t.Helper()
			if got := s.close().run(t, dissect.Options{KeepOctets: 1 << 10}).brief(); !slices.Equal(got, want) {
				t.Fatalf("%s, %s:\n%s\nwant\n%s", name, what, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		for cut := 1; cut < len(a); cut++ {
			check(fmt.Sprintf("active cut at %d", cut), newScript().open().send(client, a, cut).send(server, b))
			// The passive side's acknowledgements come before what they are for: nothing but what they relate to may differ.
			around := newScript().open().send(client, a[:cut]).send(server, b).send(client, a[cut:]).close().run(t, dissect.Options{KeepOctets: 1 << 10})
			if got := unrelated(around).brief(); !slices.Equal(got, unrelatedWant) {
				t.Fatalf("%s, active cut at %d around the passive side:\n%s\nwant\n%s", name, cut, strings.Join(got, "\n"), strings.Join(unrelatedWant, "\n"))
			}
			for second := cut + 1; second < min(cut+30, len(a)); second++ {
				check(fmt.Sprintf("active cut at %d and %d", cut, second), newScript().open().send(client, a, cut, second).send(server, b))
			}
		}
		for cut := 1; cut < len(b); cut++ {
			check(fmt.Sprintf("passive cut at %d", cut), newScript().open().send(client, a).send(server, b, cut))
		}
		s := newScript().open()
		for i := range a {
			s.send(client, a[i:i+1])
		}
		for i := range b {
			s.send(server, b[i:i+1])
		}
		check("one octet a packet", s)
	}
}

// unrelated takes from acknowledgements and refusals what they are related to.
func unrelated(c *collector) *collector {
	for i := range c.messages {
		if m := &c.messages[i]; m.From == record.Passive {
			m.Has &^= record.HasAckLatency | record.HasTransferOctets | record.HasTransferTotal | record.HasImpliedTransferID
		}
	}
	return c
}

func TestMessagesOfBothVersionsInFull(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *script
		want []string
	}{
		{"v4", newScript().open().say(client, active4).say(server, passive4).close(), []string{
			"active CONTACT_HEADER", "active SESS_INIT", "active XFER_SEGMENT 0 4", "active XFER_SEGMENT 0 3", "active KEEPALIVE",
			"active MSG_REJECT", "active XFER_SEGMENT 1 2", "active SESS_TERM", "passive CONTACT_HEADER", "passive SESS_INIT",
			"passive XFER_ACK 0 4", "passive XFER_ACK 0 7", "passive XFER_REFUSE 1", "passive SESS_TERM"}},
		{"v3", newScript().open().say(client, active3).say(server, passive3).close(), []string{
			"active CONTACT_HEADER", "active LENGTH", "active DATA_SEGMENT #1 10", "active DATA_SEGMENT #1 24", "active DATA_SEGMENT #2 2",
			"active KEEPALIVE", "active SHUTDOWN", "passive CONTACT_HEADER", "passive ACK_SEGMENT #1 10", "passive ACK_SEGMENT #1 34",
			"passive REFUSE_BUNDLE #2", "passive SHUTDOWN"}},
	} {
		got := c.s.run(t, dissect.Options{})
		if g := got.lines(); !slices.Equal(g, c.want) {
			t.Errorf("%s: %q\nwant %q", c.name, g, c.want)
		}
		states := map[string]int{}
		for _, x := range got.transfers {
			states[x.State.String()]++
		}
		if states["complete"] != 1 || states["refused"] != 1 {
			t.Errorf("%s: transfers %v", c.name, states)
		}
		if s := got.sessions[0]; s.State != record.StateTerminated || !s.HasKeepalive || s.Keepalive != map[string]uint16{"v4": 30, "v3": 15}[c.name] {
			t.Errorf("%s: session %+v", c.name, s)
		}
	}
}

// lines are short forms of the messages.
func (c *collector) lines() []string {
	var lines []string
	for _, m := range c.messages {
		l := m.From.String() + " " + m.Type
		if m.CutShort {
			l += " cut"
		}
		if m.Has&record.HasTransferID != 0 {
			l += fmt.Sprintf(" %d", m.TransferID)
		}
		if m.Has&record.HasImpliedTransferID != 0 {
			l += fmt.Sprintf(" #%d", m.ImpliedTransferID)
		}
		if m.Has&record.HasDataLength != 0 {
			l += fmt.Sprintf(" %d", m.DataLength)
		}
		if m.Has&record.HasAckLength != 0 {
			l += fmt.Sprintf(" %d", m.AckLength)
		}
		if m.MissedOctets > 0 {
			l += fmt.Sprintf(" missed %d", m.MissedOctets)
		}
		for _, q := range m.Quirks {
			l += " " + q
		}
		lines = append(lines, l)
	}
	return lines
}

func TestDeployedQuirksAreDecodedAndMarked(t *testing.T) {
	head := []string{"active CONTACT_HEADER", "active SESS_INIT"}
	for _, c := range []struct {
		name   string
		active string
		want   []string
	}{
		{"dtn7-go's list length in every segment", "01 02 0000000000000000 00000000 0000000000000001 aa" +
			"01 00 0000000000000000 00000000 0000000000000002 bbbb 01 01 0000000000000000 00000000 0000000000000001 cc 04",
			[]string{"active XFER_SEGMENT 0 1", "active XFER_SEGMENT 0 2 extension-list-without-start",
				"active XFER_SEGMENT 0 1 extension-list-without-start", "active KEEPALIVE"}},
		{"a segment without data is none of that", "01 02 0000000000000000 00000000 0000000000000001 aa 01 01 0000000000000000 0000000000000000 04",
			[]string{"active XFER_SEGMENT 0 1", "active XFER_SEGMENT 0 0", "active KEEPALIVE"}},
		{"the same at the end of the stream", "01 02 0000000000000000 00000000 0000000000000001 aa 01 01 0000000000000000 0000000000000000",
			[]string{"active XFER_SEGMENT 0 1", "active XFER_SEGMENT 0 0"}},
		{"MSG_REJECT with type before reason", "06 07 03", []string{"active MSG_REJECT msg-reject-octets-swapped"}},
		{"MSG_REJECT as the RFC has it", "06 03 07", []string{"active MSG_REJECT"}},
		{"a second contact header", contact4 + "04", []string{"active CONTACT_HEADER late-contact-header", "active KEEPALIVE"}},
		{"an unknown type", "f5", []string{"active UNKNOWN"}},
	} {
		s := newScript().open().say(client, contact4).say(server, contact4).say(client, init4)
		got := s.say(client, c.active).close().run(t, dissect.Options{}).lines()
		got = slices.DeleteFunc(got, func(l string) bool { return l == "passive CONTACT_HEADER" })
		if want := append(slices.Clone(head), c.want...); !slices.Equal(got, want) {
			t.Errorf("%s: %q\nwant %q", c.name, got, want)
		}
	}
}

func TestASecondContactHeaderOfV3IsNoLength(t *testing.T) {
	contact := "64746e21030f000f0769706e3a312e30"
	for cut := range 16 {
		got := newScript().open().say(client, contact+contact+"40", 16+cut).say(server, contact+"6474").close().run(t, dissect.Options{}).lines()
		if want := []string{"active CONTACT_HEADER", "active CONTACT_HEADER late-contact-header", "active KEEPALIVE", "passive CONTACT_HEADER", "passive LENGTH"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAStreamThatEndsLikeTheMagicOfV3IsReadAsMessages(t *testing.T) {
	contact := "64746e21030f000f0769706e3a312e30"
	for tail, want := range map[string]string{"6474": "LENGTH", "64746e": "LENGTH cut_short", "64746e21": "LENGTH LENGTH"} {
		got := newScript().open().say(client, contact+tail).say(server, contact).close().run(t, dissect.Options{})
		var tails []string
		for _, m := range got.messages {
			switch {
			case m.From != record.Active || m.Type == "CONTACT_HEADER":
			case m.CutShort:
				tails = append(tails, "cut_short")
			default:
				tails = append(tails, m.Type)
			}
		}
		if text := strings.Join(tails, " "); text != want {
			t.Errorf("%s: %s, want %s", tail, text, want)
		}
	}
}

// What looks like a second contact header until its version is there may be several short messages, which came in several packets.
func TestMessagesThatLookLikeTheMagicOfV3AreReadAlikeForEverySplit(t *testing.T) {
	contact := "64746e21030f000f0769706e3a312e30"
	for _, tail := range []string{"64746e2130", "64746e213040", "64746e2130304040", "64746e21", "64746e21404040"} {
		want := newScript().open().say(client, contact+tail).say(server, contact).close().run(t, dissect.Options{}).lines()
		for _, size := range []int{1, 2, 3, 4} {
			s := newScript().open().say(client, contact)
			for part := range slices.Chunk(unhex(tail), size) {
				s.send(client, part)
			}
			if got := s.say(server, contact).close().run(t, dissect.Options{}).lines(); !slices.Equal(got, want) {
				t.Errorf("%s in pieces of %d: %q, want %q", tail, size, got, want)
			}
		}
	}
}

func TestContactHeadersBehindGarbageOfBothSides(t *testing.T) {
	got := newScript().open().say(client, "676172"+contact4+init4).say(server, "62616765"+contact4+init4).close().run(t, dissect.Options{}).lines()
	if want := []string{"active CONTACT_HEADER", "active SESS_INIT", "passive CONTACT_HEADER", "passive SESS_INIT"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestMessagesBeforeTheContactHeader(t *testing.T) {
	got := newScript().open().say(client, contact4).say(server, "05 00 04").close().run(t, dissect.Options{})
	if want := []string{"active CONTACT_HEADER", "passive SESS_TERM"}; !slices.Equal(got.lines(), want) {
		t.Errorf("%q, want %q", got.lines(), want)
	}
	got = newScript().open().say(client, contact4+init4).say(server, init4+contact4).close().run(t, dissect.Options{})
	if want := []string{"active CONTACT_HEADER", "active SESS_INIT", "passive SESS_INIT", "passive CONTACT_HEADER late-contact-header"}; !slices.Equal(got.lines(), want) {
		t.Errorf("%q, want %q", got.lines(), want)
	}
	// The server answers before the client's contact header was captured: its octets are kept until the connection is known.
	got = newScript().open().say(server, "05 00 04").say(client, contact4).close().run(t, dissect.Options{})
	if want := []string{"active CONTACT_HEADER", "passive SESS_TERM"}; !slices.Equal(got.lines(), want) {
		t.Errorf("%q, want %q", got.lines(), want)
	}
}

func TestOtherProtocolsAreNotTCPCL(t *testing.T) {
	http := []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	answer := append([]byte("HTTP/1.1 200 OK\r\n\r\n"), bytes.Repeat([]byte("0123 @ab 0110 "), 1000)...)
	for _, port := range []uint16{80, 4556} {
		s := newScript()
		s.port = port
		got := s.open().send(client, http).send(server, answer, 1000, 2000).close().run(t, dissect.Options{})
		if len(got.messages) > 0 || len(got.sessions) > 0 || len(got.gaps) > 0 {
			t.Errorf("port %d: %q %v %v", port, got.lines(), got.sessions, got.gaps)
		}
		s = newScript()
		s.port = port
		s.seq = [2]uint32{77, 99}
		got = s.send(client, http).send(server, answer, 1000, 2000).run(t, dissect.Options{})
		if len(got.messages) > 0 || len(got.sessions) > 0 || len(got.gaps) > 0 {
			t.Errorf("port %d, no SYN: %q %v %v", port, got.lines(), got.sessions, got.gaps)
		}
	}
}

func TestDecodeAsRulesPortsInAndOut(t *testing.T) {
	s := newScript().open().say(client, contact4).close()
	if got := s.run(t, dissect.Options{DecodeAs: map[uint16]bool{4557: false}}); len(got.messages) > 0 {
		t.Errorf("ruled out: %q", got.lines())
	}
}

func TestTLSBehindTheContactHeadersIsEncrypted(t *testing.T) {
	tls := "16 03 01 0200 0100"
	got := newScript().open().say(client, "64746e210401"+tls).say(server, "64746e210401"+tls).close().run(t, dissect.Options{})
	if want := []string{"active CONTACT_HEADER", "passive CONTACT_HEADER"}; !slices.Equal(got.lines(), want) || got.sessions[0].TLS != "encrypted" {
		t.Errorf("%q %+v", got.lines(), got.sessions)
	}
}

func TestAHoleInSegmentDataCostsNothingElse(t *testing.T) {
	segment := "01 03 0000000000000000 00000000 0000000000000064"
	got := newScript().open().say(client, contact4+init4+segment+strings.Repeat("aa", 20)).lose(client, 60).
		say(client, strings.Repeat("aa", 20)+"04").say(server, contact4).close().run(t, dissect.Options{})
	if want := []string{"active CONTACT_HEADER", "active SESS_INIT", "active XFER_SEGMENT 0 100 missed 60", "active KEEPALIVE", "passive CONTACT_HEADER"}; !sameLines(got.lines(), want) {
		t.Errorf("%q\nwant %q", got.lines(), want)
	}
	if len(got.gaps) != 1 || got.gaps[0].Cause != record.GapLost || got.gaps[0].Length != 60 {
		t.Errorf("%+v", got.gaps)
	}
	if len(got.transfers) != 1 || got.transfers[0].State != record.Incomplete || got.transfers[0].MissedOctets != 60 {
		t.Errorf("%+v", got.transfers)
	}
}

func sameLines(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func TestStreamsThatEndInsideAMessage(t *testing.T) {
	for octets, want := range map[string]string{
		"01 03 0000000000000000 00000000 0000000000000064 aaaa": "active XFER_SEGMENT cut 0 100",
		"01 03 0000000000": "active XFER_SEGMENT cut",
		"05 00":            "active SESS_TERM cut",
	} {
		got := newScript().open().say(client, contact4+init4+octets).close().run(t, dissect.Options{})
		if l := got.lines(); len(l) != 3 || l[2] != want {
			t.Errorf("%s: %q, want %q", octets, l, want)
		}
	}
}

// endless is one transfer in one segment of any length, in packets made as they are asked for.
type endless struct {
	script
	left uint64
	data []byte
}

func (e *endless) Next(p *reassembly.Packet) error {
	if err := e.script.Next(p); err != io.EOF || e.left == 0 {
		return err
	}
	n := int(min(e.left, uint64(len(e.data))))
	e.left -= uint64(n)
	e.packets, e.next = e.packets[:0], 0
	e.send(client, e.data[:n])
	return e.script.Next(p)
}

func TestASegmentOfAnyLengthPassesThrough(t *testing.T) {
	if testing.Short() {
		t.Skip("passes a gigabyte through")
	}
	for _, c := range []struct{ header, total uint64 }{{1 << 30, 1 << 30}, {1<<64 - 1, 1 << 28}} {
		e := &endless{script: *newScript().open().say(client, contact4+init4), left: c.total, data: make([]byte, 60000)}
		e.say(client, fmt.Sprintf("01 03 0000000000000000 00000000 %016x", c.header))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var got collector
		o := dissect.Options{Want: dissect.Messages | dissect.Transfers | dissect.Sessions}
		if _, err := dissect.Run(context.Background(), e, o, io.Discard, func(*dissect.Output) dissect.Sink { return &got }); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if l := got.lines(); len(l) != 3 || !strings.HasPrefix(l[2], "active XFER_SEGMENT") {
			t.Errorf("%q", l)
		}
		if m := got.messages[2]; m.CutShort != (c.header > c.total) || m.CutShort && m.Captured != 22+c.total {
			t.Errorf("%+v", m)
		}
		// The packets themselves are garbage of the test's own; what counts is that none of it stays.
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
			t.Errorf("%d octets stay in use", grown)
		}
	}
}

// lineSink writes what it is told as JSON lines.
type lineSink struct{ out *dissect.Output }

func (s lineSink) add(b []byte) { s.out.Buf = append(b, '\n'); s.out.End() }

func (s lineSink) Message(m *record.Message)             { s.add(m.AppendJSON(s.out.Buf)) }
func (s lineSink) Gap(g *record.Gap)                     { s.add(g.AppendJSON(s.out.Buf)) }
func (s lineSink) Data(*record.Transfer, uint64, []byte) {}
func (s lineSink) Transfer(t *record.Transfer)           { s.add(t.AppendJSON(s.out.Buf)) }
func (s lineSink) Bundle(b *record.Bundle)               { s.add(b.AppendJSON(s.out.Buf)) }
func (s lineSink) TLS(t *record.TLS)                     { s.add(t.AppendJSON(s.out.Buf)) }
func (lineSink) Timing(*record.Timing)                   {}
func (s lineSink) Session(r *record.Session)             { s.add(r.AppendJSON(s.out.Buf)) }

func TestOutputIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	same := func(want dissect.Want, most int, files ...string) {
		t.Helper()
		one := text(t, dissect.Options{Want: want, Jobs: 1}, files...)
		for jobs := 2; jobs <= most; jobs++ {
			if got := text(t, dissect.Options{Want: want, Jobs: jobs}, files...); !bytes.Equal(got, one) {
				t.Errorf("%s: %d workers: %d octets, differing from %d of one worker", files, jobs, len(got), len(one))
			}
		}
	}
	all := allCaptures(t)
	everything := dissect.Messages | dissect.Transfers | dissect.Sessions
	same(everything|dissect.Hashes, 4, all...)
	same(dissect.Transfers, 4, all...)
	same(dissect.BundleList|dissect.Hashes, 4, all...)
	for _, name := range all {
		same(everything, 2, name)
	}
}

// spoiler lends buffers of little more than a packet, and spoils those that it gets back.
type spoiler struct {
	dissect.Source
	swap func([]byte) []byte
	buf  []byte
	back int // buffers it got back
}

func (s *spoiler) Lend(swap func([]byte) []byte) { s.swap = swap }

func (s *spoiler) Next(p *reassembly.Packet) error {
	err := s.Source.Next(p)
	if s.swap == nil || err != nil {
		return err
	}
	if len(p.Data) > cap(s.buf)-len(s.buf) {
		b := s.swap(s.buf[:cap(s.buf)])
		if s.back++; b == nil {
			s.back--
		}
		if cap(b) < len(p.Data) {
			b = make([]byte, len(p.Data)+1000)
		}
		for i := range b {
			b[i] = 0xee
		}
		s.buf = b[:0]
	}
	at := len(s.buf)
	s.buf = append(s.buf, p.Data...)
	p.Data = s.buf[at:len(s.buf):len(s.buf)]
	return nil
}

func TestBuffersGoBackOnlyWhenNothingInThemIsNeeded(t *testing.T) {
	files := allCaptures(t)
	o := dissect.Options{Want: dissect.Messages | dissect.Transfers | dissect.Sessions | dissect.Hashes}
	one := text(t, o, files...)
	for jobs := 2; jobs <= 3; jobs++ {
		timeline := capture.NewTimeline(files)
		src := &spoiler{Source: timeline}
		var out bytes.Buffer
		o.Jobs = jobs
		_, _ = dissect.Run(context.Background(), src, o, &out, func(o *dissect.Output) dissect.Sink { return lineSink{o} })
		timeline.Close()
		if !bytes.Equal(out.Bytes(), one) {
			t.Errorf("%d workers: %d octets, differing from %d", jobs, out.Len(), len(one))
		}
		if src.back < 100 {
			t.Errorf("%d workers: only %d buffers came back", jobs, src.back)
		}
	}
}

// idler lends buffers, each with a packet in which nothing is TCP.
type idler struct {
	swap func([]byte) []byte
	buf  []byte
	left int
	made int // buffers
}

func (s *idler) Lend(swap func([]byte) []byte) { s.swap = swap }

func (s *idler) Next(p *reassembly.Packet) error {
	if s.left == 0 {
		return io.EOF
	}
	s.left--
	if s.buf != nil {
		s.buf = s.swap(s.buf)
	}
	if s.buf == nil {
		s.buf = make([]byte, 1000)
		s.made++
	}
	*p = reassembly.Packet{Data: s.buf, Length: len(s.buf), Link: reassembly.LinkEthernet}
	return nil
}

func TestBuffersGoBackAlsoWhereNothingInThemIsTCP(t *testing.T) {
	src := &idler{left: 10_000}
	_, err := dissect.Run(context.Background(), src, dissect.Options{Jobs: 2}, io.Discard, func(o *dissect.Output) dissect.Sink { return lineSink{o} })
	if err != nil || src.made > 200 {
		t.Errorf("%d buffers were needed, %v", src.made, err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAWriterThatFailsEndsTheRun(t *testing.T) {
	for jobs := 1; jobs <= 2; jobs++ {
		src := capture.NewTimeline([]string{"../testdata/pcaps/seed-v4-plain.pcap"})
		o := dissect.Options{Want: dissect.Messages, Jobs: jobs}
		_, err := dissect.Run(context.Background(), src, o, failingWriter{}, func(o *dissect.Output) dissect.Sink { return lineSink{o} })
		src.Close()
		if !strings.Contains(fmt.Sprint(err), io.ErrClosedPipe.Error()) {
			t.Errorf("%d workers: %v", jobs, err)
		}
	}
}

func TestACancelledRunDeliversWhatIsKnown(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	src := capture.NewTimeline([]string{"../testdata/pcaps/seed-v4-plain.pcap"})
	defer src.Close()
	_, err := dissect.Run(ctx, src, dissect.Options{}, io.Discard, func(o *dissect.Output) dissect.Sink { return lineSink{o} })
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("%v", err)
	}
}

func TestInterleavedTransfersAreKeptApartAndTheirDataWhole(t *testing.T) {
	got := newScript().open().say(client, contact4+init4).say(server, contact4+init4).
		say(client, "01 02 0000000000000001 00000000 0000000000000002 aaaa").
		say(client, "01 02 0000000000000002 00000000 0000000000000003 bbbbbb").
		say(client, "01 01 0000000000000001 0000000000000001 a1").
		say(server, "02 02 0000000000000001 0000000000000002 02 02 0000000000000002 0000000000000003").
		say(client, "01 01 0000000000000002 0000000000000001 b1").
		say(server, "02 01 0000000000000001 0000000000000003 02 01 0000000000000002 0000000000000004").
		close().run(t, dissect.Options{})
	if len(got.transfers) != 2 || got.transfers[0].State != record.Complete || got.transfers[1].State != record.Complete {
		t.Fatalf("%+v", got.transfers)
	}
	for serial, want := range map[int]string{1: "aaaaa1", 2: "bbbbbbb1"} {
		if d := got.data[[3]int{1, int(record.Active), serial}]; !bytes.Equal(d, unhex(want)) {
			t.Errorf("transfer %d: %x, want %s", serial, d, want)
		}
	}
	for _, m := range got.messages {
		if m.Type == "XFER_ACK" && m.Has&record.HasAckLatency == 0 {
			t.Errorf("an ack answers nothing: %+v", m)
		}
	}
}

// A contact header of a version that nobody knows ends with its fifth octet, however it is cut.
func TestContactHeaderOfAnotherVersion(t *testing.T) {
	for cut := range 9 {
		got := newScript().open().say(client, "64746e21 30 00010203", cut).say(server, contact4+"050002").close().run(t, dissect.Options{})
		if want := []string{"active CONTACT_HEADER", "passive CONTACT_HEADER", "passive SESS_TERM"}; !slices.Equal(got.lines(), want) {
			t.Errorf("cut at %d: %q, want %q", cut, got.lines(), want)
		}
		if len(got.gaps) != 1 || got.gaps[0].Cause != record.GapUndecoded || got.gaps[0].Length != 4 {
			t.Errorf("cut at %d: %+v", cut, got.gaps)
		}
	}
}

func TestPortReuseIsAnotherSession(t *testing.T) {
	s := newScript().open().say(client, active4).say(server, passive4).close()
	s.seq = [2]uint32{900000, 800000}
	got := s.open().say(client, active3).say(server, passive3).close().run(t, dissect.Options{})
	if len(got.sessions) != 2 || got.sessions[0].Version != 4 || got.sessions[1].Version != 3 || got.sessions[1].Session != 2 {
		t.Errorf("%+v", got.sessions)
	}
}
