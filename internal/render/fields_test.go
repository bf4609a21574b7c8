// SPDX-License-Identifier: Apache-2.0

package render

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

func newFields(t *testing.T, o FieldOptions, names ...string) *Fields {
	t.Helper()
	o.Location = time.UTC
	f, err := NewFields(names, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The values are what tshark 4.0.17 -2 printed for these very octets (in the v3 ack for an equal message).
func TestFieldValuesAreThoseOfTshark(t *testing.T) {
	v4, v3 := v4Messages(), v3Messages()
	sessionInit := with(message(4, 3, 0, record.Active, sessInit, "07000a00000000000010000000000000002000000764746e3a2f2f6100000000"), 0, func(*record.Message) {})
	for _, c := range []struct {
		m    *record.Message
		want map[string]string
	}{
		{v4[0], map[string]string{"frame.number": "4", "frame.time": "Nov 22, 2026 11:54:15.394533000 UTC", "frame.time_epoch": "1795348455.394533000",
			"frame.time_relative": "0.004276000", "ip.src": "127.0.0.1", "ip.dst": "127.0.0.1", "ip.addr": "127.0.0.1,127.0.0.1", "ipv6.src": "",
			"tcp.stream": "0", "tcp.srcport": "41950", "tcp.dstport": "4556", "tcp.port": "41950,4556", "tcpcl": "DTN TCP Convergence Layer Protocol Version 4",
			"tcpcl.contact_hdr": "1", "tcpcl.contact_hdr.magic": "64746e21", "tcpcl.contact_hdr.version": "4", "tcpcl.v4.chdr.flags": "0x00",
			"tcpcl.v4.chdr.flags.can_tls": "0", "tcpcl.contact_hdr.flags": "", "tcpcl.v4.mhdr": ""}},
		{v4[1], map[string]string{"tcpcl.v4.chdr.flags": "0x01", "tcpcl.v4.chdr.flags.can_tls": "1"}},
		{v4[2], map[string]string{"tcpcl.v4.mhdr": "1", "tcpcl.v4.mhdr.type": "0x07", "tcpcl.v4.sess_init.keepalive": "1", "tcpcl.v4.sess_init.seg_mru": "10485760",
			"tcpcl.v4.sess_init.xfer_mru": "18446744073709551615", "tcpcl.v4.sess_init.nodeid_len": "13", "tcpcl.v4.sess_init.nodeid_data": "dtn://node-b/",
			"tcpcl.v4.sess_init.extlist_len": "0", "tcpcl.v4.sessext": ""}},
		{v4[3], map[string]string{"tcpcl.v4.sessext": "Session Extension Item: Type 0x00ff, CRITICAL", "tcpcl.v4.sessext.flags": "0x01",
			"tcpcl.v4.sessext.flags.critical": "1", "tcpcl.v4.sessext.type": "0x00ff", "tcpcl.v4.sessext.len": "10", "tcpcl.v4.sessext.data": "1",
			"tcpcl.v4.sess_init.extlist_len": "15", "tcpcl.v4.xferext.type": ""}},
		{v4[4], map[string]string{"tcpcl.v4.mhdr.type": "0x01", "tcpcl.v4.xferext": "Transfer Extension Item: Transfer Length", "tcpcl.v4.xferext.flags": "0x00",
			"tcpcl.v4.xferext.flags.critical": "0", "tcpcl.v4.xferext.type": "0x0001", "tcpcl.v4.xferext.len": "8", "tcpcl.v4.xferext.data": "1",
			"tcpcl.v4.xfer_flags": "0x02", "tcpcl.v4.xfer_flags.start": "1", "tcpcl.v4.xfer_flags.end": "0", "tcpcl.v4.xfer_id": "0x0000000000000001",
			"tcpcl.v4.xfer.total_len": "70138", "tcpcl.v4.xfer_segment.extlist_len": "13", "tcpcl.v4.xfer_segment.data_len": "20000",
			"tcpcl.v4.xfer_segment.data": "9f890704028201", "tcpcl.v4.xfer_segment.seen_len": "20000", "tcpcl.v4.xferext.transfer_length.total_len": "70138",
			"tcpcl.v4.xfer_segment.related_start": ""}},
		{v4[5], map[string]string{"tcpcl.v4.mhdr.type": "0x02", "tcpcl.v4.xfer_flags": "0x02", "tcpcl.v4.xfer_id": "0x0000000000000001", "tcpcl.v4.xfer.total_len": "70138",
			"tcpcl.v4.xfer_ack.ack_len": "20000", "tcpcl.v4.xfer_ack.related_start": "13", "tcpcl.v4.xfer_ack.time_since_start": "0.011426000",
			"tcpcl.v4.xfer_ack.related_seg": "13", "tcpcl.v4.xfer_ack.time_diff": "0.011426000", "tcpcl.v4.xfer_segment.seen_len": ""}},
		{v4[6], map[string]string{"tcpcl.v4.xfer_flags": "0x01", "tcpcl.v4.xfer_segment.extlist_len": "", "tcpcl.v4.xfer_segment.seen_len": "70138",
			"tcpcl.v4.xfer_segment.related_start": "13", "tcpcl.v4.xfer_segment.time_since_start": "0.011452000", "tcpcl.missed": "1400"}},
		{v4[9], map[string]string{"tcpcl.v4.mhdr.type": "0x03", "tcpcl.v4.xfer_refuse.reason": "2", "tcpcl.v4.xfer_refuse.related_seg": "17"}},
		{v4[10], map[string]string{"tcpcl.v4.mhdr": "1", "tcpcl.v4.mhdr.type": "0x04", "tcpcl.v4.xfer_id": ""}},
		{v4[11], map[string]string{"tcpcl.v4.msg_reject.reason": "2", "tcpcl.v4.msg_reject.head": "0x44", "tcpcl.quirk": "MSG_REJECT octets swapped"}},
		{v4[12], map[string]string{"tcpcl.v4.sess_term.flags": "0x00", "tcpcl.v4.sess_term.flags.reply": "0", "tcpcl.v4.ses_term.reason": "238",
			"tcpcl.v4.sess_term.reason": "238"}},
		{v4[13], map[string]string{"tcpcl.v4.sess_term.flags": "0x81", "tcpcl.v4.sess_term.flags.reply": "1", "tcpcl.encrypted": "1"}},
		{sessionInit, map[string]string{"tcpcl.v4.mhdr.type": "0x07", "tcpcl.v4.sess_init.nodeid_data": ""}},
		{v3[0], map[string]string{"tcpcl.contact_hdr.version": "3", "tcpcl.contact_hdr.flags": "0x0f", "tcpcl.contact_hdr.flags.ackreq": "1",
			"tcpcl.contact_hdr.flags.fragen": "1", "tcpcl.contact_hdr.flags.nak": "1", "tcpcl.contact_hdr.keep_alive": "15",
			"tcpcl.contact_hdr.local_eid": "ipn:1.0", "tcpcl.contact_hdr.local_eid_length": "7", "tcpcl.v4.chdr.flags": "",
			"ip.src": "", "ipv6.src": "::1", "ipv6.dst": "::1", "tcp.srcport": "43664", "tcp.stream": "11", "tcpcl.session": "12", "tcpcl.from": "active"}},
		{v3[1], map[string]string{"tcpcl.contact_hdr.local_eid": "", "tcpcl.contact_hdr.local_eid_length": "0"}},
		{v3[2], map[string]string{"tcpcl.pkt_type": "6", "tcpcl.length.total": "34", "tcpcl.type": "LENGTH"}},
		{v3[3], map[string]string{"tcpcl.mhdr": "1", "tcpcl.v4.mhdr": "", "tcpcl.pkt_type": "1", "tcpcl.data.proc.flag": "0x02", "tcpcl.data.proc.start": "1",
			"tcpcl.data.proc.end": "0", "tcpcl.xfer_id": "0x0000000000000001", "tcpcl.data.length": "10", "tcpcl.data": "06811011020101010000",
			"tcpcl.v4.xfer_segment.seen_len": "10", "tcpcl.v4.xfer_id": "", "tcpcl.transfer.octets": "10", "tcpcl.transfer.total": "34"}},
		{v3[4], map[string]string{"tcpcl.pkt_type": "2", "tcpcl.xfer_id": "0x0000000000000001", "tcpcl.ack.length": "10", "tcpcl.v4.xfer_ack.related_seg": "10",
			"tcpcl.v4.xfer_ack.time_since_start": "0.000156000", "tcpcl.v4.xfer_ack.time_diff": "0.000156000", "tcpcl.ack.latency": "0.000156000"}},
		{v3[5], map[string]string{"tcpcl.pkt_type": "3", "tcpcl.refuse.reason_code": "2"}},
		{v3[7], map[string]string{"tcpcl.pkt_type": "5", "tcpcl.shutdown.flags": "0x03", "tcpcl.shutdown.reason.flag": "1", "tcpcl.shutdown.delay.flag": "1",
			"tcpcl.shutdown.reason": "0", "tcpcl.shutdown.delay": "300", "tcpcl.length": "4", "tcpcl.stream_offset": "0"}},
	} {
		for name, want := range c.want {
			got := string(newFields(t, FieldOptions{}, name).AppendMessage(nil, c.m))
			if got != want+"\n" {
				t.Errorf("frame %d: %s is %q, want %q", c.m.Frame, name, got, want)
			}
		}
	}
}

func TestFieldsThatTellOfLaterMessagesWait(t *testing.T) {
	f := newFields(t, FieldOptions{}, "frame.number", "tcpcl.contact_hdr.related", "tcpcl.v4.negotiated.use_tls", "tcpcl.v4.sess_init.related",
		"tcpcl.v4.negotiated.keepalive", "tcpcl.v4.ses_term.related", "tcpcl.v4.xfer_segment.related_ack", "tcpcl.v4.xfer_segment.time_diff",
		"tcpcl.xfer.reassembled.in", "tcpcl.v4.xfer_id")
	if !f.OneWorker() || newFields(t, FieldOptions{}, "frame.number").OneWorker() {
		t.Error("OneWorker is wrong")
	}
	var out []byte
	for i, m := range v4Messages()[:14] {
		before := len(out)
		out = f.AppendMessage(out, m)
		if (i == 0 || i == 2 || i == 4 || i == 8 || i == 12) && len(out) != before {
			t.Errorf("message %d did not wait: %q", i, out[before:])
		}
	}
	want := `4	6	0								
6	4	0								
8			9	1						
9			8	1						
13						14	0.011426000	15	0x0000000000000001
14									0x0000000000000001
15						16	1.001903000		0x0000000000000001
16									0x0000000000000001
17									0x0000000000000002
18									0x0000000000000002
24									
25									
35					37				
37					35				
`
	var got, expected []string
	for _, l := range strings.Split(string(out), "\n") {
		got = append(got, strings.TrimRight(l, "\t"))
	}
	for _, l := range strings.Split(want, "\n") {
		expected = append(expected, strings.TrimRight(l, "\t"))
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", expected) {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

func segmentAndAck(session int, id, octets uint64, at uint64) (segment, ack *record.Message) {
	segment = with(message(4, at, int64(at), record.Active, xferSegment, "01"), record.HasTransferID|record.HasTransferOctets, func(m *record.Message) {
		m.Session, m.TransferID, m.TransferOctets = session, id, octets
	})
	ack = with(message(4, at+100, int64(at)+100, record.Passive, xferAck, "02"), record.HasTransferID|record.HasAckLength, func(m *record.Message) {
		m.Session, m.TransferID, m.AckLength = session, id, octets
	})
	return segment, ack
}

func TestAcksAreRelatedToTheSegmentWithTheirLength(t *testing.T) {
	f := newFields(t, FieldOptions{}, "frame.number", "tcpcl.v4.xfer_segment.related_ack")
	s1, a1 := segmentAndAck(1, 5, 0, 1) // two segments without data, then two with
	s2, a2 := segmentAndAck(1, 5, 0, 2)
	s3, _ := segmentAndAck(1, 5, 10, 3) // never acknowledged by itself
	s4, a4 := segmentAndAck(1, 5, 20, 4)
	other, _ := segmentAndAck(2, 5, 20, 5) // another session, no ack
	refused, _ := segmentAndAck(1, 6, 1, 6)
	refusal := with(message(4, 150, 150, record.Passive, xferRefuse, "03"), record.HasTransferID, func(m *record.Message) { m.TransferID = 6 })
	after, _ := segmentAndAck(1, 6, 2, 7)
	var out []byte
	for _, m := range []*record.Message{s1, s2, s3, s4, other, refused, a1, a2, a4, refusal, after} {
		out = f.AppendMessage(out, m)
	}
	if want := "1\t101\n2\t102\n3\t\n4\t104\n"; string(out) != want {
		t.Errorf("before the end of the sessions: %q, want %q", out, want)
	}
	out = f.SessionEnd(out[:0], &record.Session{Session: 2})
	if want := "5\t\n6\t\n101\t\n102\t\n104\t\n150\t\n7\t\n"; string(out) != want {
		t.Errorf("after the session's end: %q, want %q", out, want)
	}
	if out = f.Flush(nil); len(out) > 0 || len(f.queue.lines) > 0 || len(f.queue.conversations) > 0 {
		t.Errorf("left over: %q, %d conversations", out, len(f.queue.conversations))
	}
}

// Records are used again: an ack that answers no segment may hold the frame that an earlier ack was for.
func TestAnAckThatAnswersNoSegmentNamesNone(t *testing.T) {
	m := *v4Messages()[5]
	m.Has &^= record.HasAckLatency | record.HasTransferStart
	if got := string(newFields(t, FieldOptions{}, "tcpcl.v4.xfer_ack.related_seg").AppendMessage(nil, &m)); got != "\n" {
		t.Errorf("tcpcl.v4.xfer_ack.related_seg is %q", got)
	}
}

func TestWaitingLinesAreBounded(t *testing.T) {
	f := newFields(t, FieldOptions{}, "frame.number", "tcpcl.v4.xfer_segment.related_ack", "tcpcl.xfer.reassembled.in")
	var out []byte
	const extra = 1000
	for i := range uint64(maxWaiting + extra) {
		s, _ := segmentAndAck(1, i%7, i, i+1)
		out = f.AppendMessage(out, s)
	}
	if n := strings.Count(string(out), "\n"); n != extra {
		t.Errorf("%d lines given up, want %d", n, extra)
	}
	if !strings.HasPrefix(string(out), "1\t\t\n2\t\t\n") {
		t.Errorf("first lines: %.20q", out)
	}
	if n := len(f.queue.conversations[1].transfers); n != 7 {
		t.Errorf("%d transfers waited for", n)
	}
	if n := strings.Count(string(f.Flush(nil)), "\n"); n != maxWaiting {
		t.Errorf("%d lines flushed", n)
	}
}

func TestFieldOutputOptions(t *testing.T) {
	m := with(message(4, 8, 0, record.Active, sessInit, "07"), record.HasNodeID, func(m *record.Message) {
		m.NodeID = []byte("a\"b\t'c\n")
	})
	names := []string{"tcp.port", "tcpcl.v4.xfer_id", "tcpcl.v4.sess_init.nodeid_data"}
	for options, want := range map[string]string{
		"":                          "41950,4556\t\ta\"b\\x09'c\\x0a\n",
		"bom=y header=n":            "\ufeff41950,4556\t\ta\"b\\x09'c\\x0a\n",
		"header=y":                  "tcp.port\ttcpcl.v4.xfer_id\ttcpcl.v4.sess_init.nodeid_data\n41950,4556\t\ta\"b\\x09'c\\x0a\n",
		"separator=,x aggregator=;": "41950;4556,,a\"b\\x09'c\\x0a\n",
		"separator=/s aggregator=/s occurrence=a": "41950 4556  a\"b\\x09'c\\x0a\n",
		"occurrence=f":             "41950\t\ta\"b\\x09'c\\x0a\n",
		"occurrence=l":             "4556\t\ta\"b\\x09'c\\x0a\n",
		"quote=d":                  "\"41950,4556\"\t\t\"a\"\"b\\x09'c\\x0a\"\n",
		"quote=s":                  "'41950,4556'\t\t'a\"b\\x09''c\\x0a'\n",
		"quote=d quote=n":          "41950,4556\t\ta\"b\\x09'c\\x0a\n",
		"separator=/t header=n":    "41950,4556\t\ta\"b\\x09'c\\x0a\n",
		"aggregator==":             "41950=4556\t\ta\"b\\x09'c\\x0a\n",
		"separator=§ aggregator=,": "41950,4556§§a\"b\\x09'c\\x0a\n",
	} {
		o, err := ParseFieldOptions(strings.Fields(options))
		if err != nil {
			t.Fatal(err)
		}
		f := newFields(t, o, names...)
		if got := string(f.AppendMessage(f.AppendHeader(nil), m)); got != want {
			t.Errorf("%q: %q, want %q", options, got, want)
		}
	}
	for _, bad := range []string{"quote=x", "header=", "foo=1", "separator=", "separator", "occurrence=", ""} {
		if _, err := ParseFieldOptions([]string{bad}); err == nil || !strings.Contains(err.Error(), "quote=d|s|n") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestFieldsAreOfCompleteMessagesOnly(t *testing.T) {
	f := newFields(t, FieldOptions{}, "frame.number")
	if got := f.AppendGap(f.AppendMessage(nil, v4Messages()[15]), gaps()[0]); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

func TestUnknownFieldNamesTheNearest(t *testing.T) {
	for name, want := range map[string]string{
		"tcpcl.v4.xferid":        `unknown field "tcpcl.v4.xferid"; did you mean tcpcl.v4.xfer_id`,
		"xfer_id":                "tcpcl.v4.xfer_id",
		"TCPCL.SESSION":          "did you mean tcpcl.session",
		"tcpcl.v4.sess_term.rea": "did you mean tcpcl.v4.sess_term.reason",
		"zzzzzzzzzzz":            `unknown field "zzzzzzzzzzz"`,
		"":                       `unknown field ""`,
	} {
		_, err := NewFields([]string{"frame.number", name}, FieldOptions{})
		var unknownField *UnknownFieldError
		if !errors.As(err, &unknownField) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
}

func TestEveryFieldIsDescribedOnceAndWorks(t *testing.T) {
	names := make(map[string]bool)
	for _, f := range FieldTable() {
		for _, name := range []string{f.Name, f.Alias} {
			if names[name] && name != "" {
				t.Errorf("%s is there twice", name)
			}
			names[name] = true
		}
		if f.Description == "" || !strings.HasPrefix(f.Type, "FT_") || (f.extract == nil) == (f.tell == nil) || (f.later != 0) != (f.tell != nil) {
			t.Errorf("%s is incomplete", f.Name)
		}
		e := newFields(t, FieldOptions{}, f.Name)
		shown := string(e.Flush(show(e)))
		if f.Name != "tcpcl.data" && !f.bundle && strings.Trim(shown, "\n") == "" { // those of bundles are in the tests of bundletree
			t.Errorf("%s has no value in any message", f.Name)
		}
		if e.Data() != (f.Name == "tcpcl.data" || f.Name == "tcpcl.v4.xfer_segment.data") {
			t.Errorf("%s: Data is %v", f.Name, e.Data())
		}
	}
}

func TestFieldsAllocateNothing(t *testing.T) {
	f := newFields(t, FieldOptions{Quote: `"`}, "frame.number", "frame.time", "ip.src", "tcp.port", "tcpcl.v4.xfer_id", "tcpcl.v4.xfer_segment.data", "tcpcl.quirk")
	messages, buffer := v4Messages(), make([]byte, 0, 16<<10)
	if n := testing.AllocsPerRun(100, func() {
		b := buffer
		for _, m := range messages {
			b = f.AppendMessage(b, m)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFieldsSegment(b *testing.B) {
	f, err := NewFields([]string{"frame.number", "tcp.stream", "tcpcl.v4.mhdr.type", "tcpcl.v4.xfer_id", "tcpcl.v4.xfer_segment.data_len"}, FieldOptions{})
	if err != nil {
		b.Fatal(err)
	}
	m, buffer := v4Messages()[4], make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		f.AppendMessage(buffer, m)
	}
}
