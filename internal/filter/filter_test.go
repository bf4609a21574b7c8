// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// The messages that filters are tried on.
var (
	segment = &record.Message{Session: 3, Frame: 17, Time: 1_767_323_045_500_000_000, CaptureStart: 1_767_323_044_000_000_000, Src: "10.1.2.3:40000", Dst: "10.9.9.9:4556",
		From: record.Active, Version: 4, Type: "XFER_SEGMENT", Header: 1, Length: 130, HeaderLength: 30, Octets: append(make([]byte, 30), "\x9f\x88some data; Here"...),
		Has:   record.HasFlags | record.HasTransferID | record.HasDataLength | record.HasTransferOctets | record.HasExtensions,
		Flags: 2, TransferID: 5, DataLength: 100, TransferOctets: 300, Quirks: []string{"one", "two"}}
	sessInit = &record.Message{Session: 1, Frame: 4, Src: "[fd00::1]:4556", Dst: "[fd00::2]:33000", From: record.Passive, Version: 4, Type: "SESS_INIT", Header: 7,
		Has: record.HasKeepalive | record.HasSegmentMRU | record.HasTransferMRU | record.HasNodeID, Keepalive: 30, SegmentMRU: 1 << 20, TransferMRU: 1<<64 - 1,
		NodeID: []byte("dtn://Node-A/"), Encrypted: true}
	ack = &record.Message{Session: 3, Frame: 19, Src: "10.9.9.9:4556", Dst: "10.1.2.3:40000", From: record.Passive, Version: 4, Type: "XFER_ACK", Header: 2,
		Has: record.HasFlags | record.HasTransferID | record.HasAckLength | record.HasAckLatency, Flags: 1, TransferID: 5, AckLength: 300, AckLatency: 1_500_000}
	shutdown = &record.Message{Session: 2, Frame: 9, Src: "127.0.0.1:1", Dst: "127.0.0.1:2", Version: 3, Type: "SHUTDOWN", Header: 0x52, Has: record.HasReason, Reason: record.Code{Code: 2}}
)

func TestFiltersChooseMessages(t *testing.T) {
	all := map[string]*record.Message{"segment": segment, "init": sessInit, "ack": ack, "shutdown": shutdown}
	for text, want := range map[string]string{
		"tcpcl":                              "segment init ack shutdown",
		"frame":                              "segment init ack shutdown",
		"ip":                                 "segment ack shutdown",
		"ipv6":                               "init",
		"tls":                                "init",
		"tcpcl.v4.mhdr":                      "segment init ack",
		"!tcpcl.v4.mhdr":                     "shutdown",
		"not tcpcl.v4.mhdr":                  "shutdown",
		"tcpcl.v4.mhdr.type == 1":            "segment",
		"tcpcl.v4.mhdr.type == 0x1":          "segment",
		"tcpcl.v4.mhdr.type==01":             "segment",
		"1 == tcpcl.v4.mhdr.type":            "segment",
		"tcpcl.v4.mhdr.type eq SESS_INIT":    "init",
		`tcpcl.v4.mhdr.type == "SESS_INIT"`:  "init",
		`tcpcl.v4.mhdr.type == "xfer_ack"`:   "ack",
		"tcpcl.v4.mhdr.type != SESS_INIT":    "segment ack",
		"!(tcpcl.v4.mhdr.type == SESS_INIT)": "segment ack shutdown",
		"tcpcl.v4.mhdr.type in {1, 2}":       "segment ack",
		"tcpcl.v4.mhdr.type in {1..2}":       "segment ack",
		"tcpcl.v4.mhdr.type in {XFER_SEGMENT, SESS_INIT}":               "segment init",
		"tcpcl.v4.mhdr.type not in {1..2}":                              "init shutdown",
		"tcpcl.v4.xfer_id == 5 && tcpcl.v4.xfer_flags.start == 1":       "segment",
		"tcpcl.v4.xfer_id == 5 and tcpcl.v4.xfer_flags.start == False":  "ack",
		"tcpcl.v4.xfer_flags.end == true":                               "ack",
		"tcpcl.v4.xfer_flags & 1":                                       "ack",
		"tcpcl.v4.xfer_flags & 3 == 2":                                  "segment",
		"tcpcl.v4.xfer_segment.data_len + 5 > 100":                      "segment",
		"tcpcl.v4.xfer_segment.data_len - 200 < 100":                    "",
		"tcpcl.v4.xfer_segment.data_len * 3 == 300":                     "segment",
		"tcpcl.v4.xfer_segment.data_len / 0 == 0":                       "",
		"tcpcl.v4.xfer_segment.data_len % 7 == 2":                       "segment",
		"5 < tcpcl.v4.xfer_segment.data_len < 200":                      "segment",
		"5 < tcpcl.v4.xfer_segment.data_len < 50":                       "",
		"tcp.port == 4556":                                              "segment init ack",
		"tcp.port != 4556":                                              "shutdown",
		"tcp.port ~= 4556":                                              "segment init ack shutdown",
		"tcp.port === 4556":                                             "",
		"any tcp.port == 2":                                             "shutdown",
		"all tcp.port < 3":                                              "shutdown",
		"all tcp.port > 4000":                                           "segment init ack",
		"tcp.srcport == tcp.dstport":                                    "",
		"tcp.srcport < tcp.dstport":                                     "init ack shutdown",
		"ip.addr == 10.0.0.0/8":                                         "segment ack",
		"ip.src == 10.1.2.3":                                            "segment",
		"ip.dst==10.1.2.0/24":                                           "ack",
		"ip.addr in {127.0.0.1, 10.1.2.3}":                              "segment ack shutdown",
		"ipv6.addr == fd00::/16":                                        "init",
		"ipv6.src == fd00::1":                                           "init",
		"ipv6.src == ::1":                                               "",
		"frame.number >= 17":                                            "segment ack",
		"frame.number > 17 or tcpcl.session == 1":                       "init ack",
		"tcp.stream == 2":                                               "segment ack",
		"tcpcl.v4.sess_init.nodeid_data contains \"Node\"":              "init",
		"tcpcl.v4.sess_init.nodeid_data contains \"node\"":              "",
		"tcpcl.v4.sess_init.nodeid_data contains 4e:6f:64:65":           "",
		"tcpcl.v4.sess_init.nodeid_data matches \"^dtn://node-[ab]/$\"": "init",
		`tcpcl.v4.sess_init.nodeid_data ~ r"^dtn:\W+node"`:              "init",
		`lower(tcpcl.v4.sess_init.nodeid_data) == "dtn://node-a/"`:      "init",
		`upper(tcpcl.v4.sess_init.nodeid_data) contains "NODE"`:         "init",
		`tcpcl.v4.sess_init.nodeid_data[0:3] == "dtn"`:                  "init",
		`tcpcl.v4.sess_init.nodeid_data[-2:] == "A/"`:                   "init",
		`tcpcl.v4.sess_init.nodeid_data[:3] == "dtn"`:                   "init",
		`tcpcl.v4.sess_init.nodeid_data[0-2] == "dtn"`:                  "init",
		`tcpcl.v4.sess_init.nodeid_data[0,-1] == "d/"`:                  "init",
		`tcpcl.v4.sess_init.nodeid_data[40] == "d"`:                     "",
		"len(tcpcl.v4.sess_init.nodeid_data) == 13":                     "init",
		"tcpcl.v4.sess_init.xfer_mru == 18446744073709551615":           "init",
		"tcpcl.v4.xfer_segment.data[0:2] == 9f:88":                      "segment",
		"tcpcl.v4.xfer_segment.data[0] == 9f":                           "segment",
		"tcpcl.v4.xfer_segment.data[0] == 0x9f":                         "segment",
		"tcpcl.v4.xfer_segment.data[0:2] > 9f:00":                       "segment",
		"tcpcl.v4.xfer_segment.data contains \"some\"":                  "segment",
		"tcpcl.v4.xfer_segment.data contains 88:73":                     "segment",
		"tcpcl.v4.xfer_segment.data matches \"HERE$\"":                  "segment",
		"tcpcl contains \"data;\"":                                      "segment",
		"tcpcl[30:2] == 9f88":                                           "segment",
		"count(tcp.port) == 2":                                          "segment init ack shutdown",
		"count(ip.addr) == 2":                                           "segment ack shutdown",
		"max(tcp.port) == 40000":                                        "segment ack",
		"min(tcp.srcport, 4000) == 4000":                                "segment init ack",
		"abs(tcpcl.session) == 3":                                       "segment ack",
		`string(frame.number) matches "^1"`:                             "segment ack",
		"tcpcl.ack.latency > 0.001":                                     "ack",
		"tcpcl.ack.latency == 0.0015":                                   "ack",
		"tcpcl.ack.latency + 0.5 > 0.501":                               "ack",
		"tcpcl.ack.latency > -1":                                        "ack",
		"frame.time_relative == 1.5":                                    "segment",
		`frame.time >= "2026-01-02 03:04:05 UTC"`:                       "segment",
		`frame.time == "2026-01-02T03:04:05.5Z"`:                        "segment",
		`frame.time > "2026-01-02 03:04:05.5 UTC"`:                      "",
		"tcpcl.quirk == one":                                            "segment",
		`tcpcl.quirk == "two"`:                                          "segment",
		`tcpcl.quirk != "two"`:                                          "",
		"tcpcl.from == passive":                                         "init ack",
		"tcpcl.shutdown.reason == Busy":                                 "shutdown",
		"tcpcl.v4.ses_term.reason":                                      "",
		"tcpcl.encrypted == 1 || tcpcl.session == 2 && tcpcl.mhdr":      "init shutdown",
		"(tcpcl.encrypted == 1 || tcpcl.session == 2) && tcpcl.v4.mhdr": "init",
		"not tcpcl.encrypted == 1 and not tcpcl.mhdr":                   "segment ack",
		"(tcpcl.session) == 3":                                          "segment ack",
		"(tcpcl.session + 1) * 2 == 8":                                  "segment ack",
		"tcpcl.v4.mhdr.type == '\\x01'":                                 "segment",
	} {
		f, err := Compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		m := f.NewMatcher()
		var got []string
		for _, name := range []string{"segment", "init", "ack", "shutdown"} {
			if m.Match(all[name]) {
				got = append(got, name)
			}
			if len(m.stack) != 0 {
				t.Errorf("%s: %d values are left", text, len(m.stack))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", text, strings.Join(got, " "), want)
		}
	}
}

func TestWrongFiltersSayWhereAndWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		text, what string
		column     int
	}{
		{"", "a field or a value is missing", 0},
		{"tcpcl.sesion == 1", `unknown field "tcpcl.sesion"; did you mean tcpcl.session`, 0},
		{"tcpcl.session == 1 and tcpcl.v4.xfer_idd", `did you mean tcpcl.v4.xfer_id`, 23},
		{"tcpcl.session ==", "a field or a value is missing", 16},
		{"tcpcl.session == foo", `"foo" is not a number, as tcpcl.session is`, 17},
		{"tcpcl.v4.mhdr.type == SESS_INT", "nor a name of one: XFER_SEGMENT,", 22},
		{"tcpcl.session = 1", "this character means nothing here", 14},
		{"tcpcl.session == 1 tcpcl", "this is not expected here", 19},
		{"(tcpcl.session == 1", "a ) is missing", 19},
		{"tcpcl.session in 1", "a { is missing", 17},
		{"tcpcl.session in {1 2}", "a , or a } is missing", 20},
		{"tcpcl.session in {tcp.port}", "a set holds values, and no fields", 18},
		{"tcpcl.session contains \"1\"", "contains needs text or octets, and this is a number", 0},
		{"tcpcl.session matches \"1\"", "matches needs text or octets", 0},
		{"tcpcl.from matches active", "a regular expression in quotes", 19},
		{"tcpcl.from matches \"[\"", "missing closing ]", 19},
		{"tcpcl.from == \"x", `the " that ends the string is missing`, 14},
		{`tcpcl.from == "\q"`, "this escape means nothing", 15},
		{"tcpcl.from[0", "a ] is missing", 10},
		{"tcpcl.from[x]", "is no range", 10},
		{"tcpcl.session[0]", "a slice needs text or octets", 0},
		{"1 == 2", "one side must be a field", 0},
		{"7", "this is a value, and no test", 0},
		{"tcpcl.session + 1", "compare it with something", 14},
		{"len(tcpcl.from)", "compare it with something", 0},
		{"foo(tcpcl.from) == 1", "there is no function foo", 0},
		{"len(tcpcl.session) == 1", "len needs text or octets", 4},
		{"tcpcl.session == tcpcl.from", "a number and text do not go together", 14},
		{"tcpcl.from + 1 == 2", "+ cannot be had of text", 11},
		{"tcpcl.v4.mhdr == 1", "it is there or not", 0},
		{"ip.addr == 10.0.0.0/40", "is not an IPv4 address", 11},
		{"ip.addr == fd00::1", "is not an IPv4 address", 11},
		{"tcpcl.ack.latency > soon", "is not a duration", 20},
		{"frame.time > \"then\"", "is not a time", 13},
		{"tcpcl.v4.xfer_segment.related_ack", "known only from later messages", 0},
		{"any tcpcl.session", "stand before a comparison", 0},
		{strings.Repeat("!", 200) + "tcpcl", "nested too deep", 100},
		{strings.Repeat("(", 200) + "tcpcl", "nested too deep", 0},
		{"tcpcl.session == 1 $", "this character means nothing here", 19},
	} {
		_, err := Compile(c.text)
		if err == nil {
			t.Errorf("%.40s: no error", c.text)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if !strings.Contains(lines[0], c.what) || len(lines) != 3 || c.column > 0 && lines[2] != "  "+strings.Repeat(" ", c.column)+"^" {
			t.Errorf("%.40s: %v", c.text, err)
		}
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	for _, text := range []string{
		"tcpcl.v4.mhdr.type == XFER_SEGMENT && tcpcl.v4.xfer_id > 3",
		`tcp.port in {4556..4560} and ip.addr == 10.0.0.0/8`,
		`lower(tcpcl.v4.sess_init.nodeid_data)[0:3] == "dtn" or tcpcl.v4.sess_init.nodeid_data matches "node"`,
		`tcpcl.v4.xfer_segment.data contains "Here" && max(tcp.port, 5) > 6 && tcpcl.v4.xfer_flags & 2`,
	} {
		f, err := Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		m := f.NewMatcher()
		if n := testing.AllocsPerRun(100, func() {
			m.Match(segment)
			m.Match(sessInit)
		}); n > 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, text := range []string{"tcpcl", "tcpcl.v4.mhdr.type in {1, 2..3}", `lower(tcpcl.from)[0:2] == "ab" or !(tcp.port & 1 == 0x10)`,
		"all tcp.port >= 4000", `tcpcl.from matches r"a\"b"`, "ip.addr == 1.2.3.4/8 && ipv6.src == ::1", "-1 < tcpcl.ack.latency < 1.5", `frame.time > "2026-01-02 03:04"`,
		"tcpcl[0:2,3,-1] contains 9f:88", "max(tcp.port, 3) % 7 == 2", "string(frame.number) == '1'"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Compile(text)
		if err != nil {
			_ = err.Error()
			return
		}
		m := filter.NewMatcher()
		for _, message := range []*record.Message{segment, sessInit, ack, shutdown, {}} {
			m.Match(message)
			if len(m.stack) != 0 {
				t.Fatalf("%q: %d values are left", text, len(m.stack))
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, text := range []string{"tcpcl.v4.mhdr.type == XFER_SEGMENT && tcpcl.v4.xfer_id > 3", "ip.addr == 10.0.0.0/8"} {
		b.Run(fmt.Sprint(len(text)), func(b *testing.B) {
			f, err := Compile(text)
			if err != nil {
				b.Fatal(err)
			}
			m := f.NewMatcher()
			b.ReportAllocs()
			for b.Loop() {
				m.Match(segment)
			}
		})
	}
}
