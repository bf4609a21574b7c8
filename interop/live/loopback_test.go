// SPDX-License-Identifier: Apache-2.0

package live

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// On the loopback interface each packet goes out and comes in; with any it is the same packet of one more interface.
func TestEachPacketOfTheLoopbackInterfaceIsSeenOnce(t *testing.T) {
	list := steps(t, filepath.Join(pcaps, "seed-v4-plain.pcap"))
	for _, name := range []string{"lo", "any"} {
		t.Run(name, func(t *testing.T) {
			s := newSpace(t)
			live := s.start(t, "capturing", dump, "-i", name, "-T", "ndjson")
			play(t, list, s, s, "127.0.0.1:4556")
			time.Sleep(300 * time.Millisecond)
			checkAll(t, lines(live.stop()), list)
			again := s.start(t, "capturing", dump, "stats", "-i", name, "-T", "ndjson")
			play(t, list, s, s, "[::1]:4556")
			time.Sleep(300 * time.Millisecond)
			if out := again.stop(); strings.Count(out, `"retransmitted":0`) != 4 {
				t.Errorf("%s", out)
			}
		})
	}
}

func TestAMessageIsShownWithinATenthOfASecond(t *testing.T) {
	list := steps(t, filepath.Join(pcaps, "seed-v4-plain.pcap"))
	for _, args := range [][]string{{"-T", "text"}, {"-T", "ndjson", "-l"}, {"-V"}, {"-T", "fields", "-e", "tcpcl.type"}} {
		s := newSpace(t)
		live := s.start(t, "capturing", append([]string{dump, "-i", "lo"}, args...)...)
		before := len(live.out.String())
		for i := range 3 { // of the first messages, with pauses
			play(t, list[:i+1], s, s, "127.0.0.1:4556")
			sent := time.Now()
			live.wait("a message", func() bool { return len(live.out.String()) > before })
			if took := time.Since(sent); took > 100*time.Millisecond {
				t.Errorf("%v: %v", args, took)
			}
			time.Sleep(200 * time.Millisecond)
			before = len(live.out.String())
		}
		live.stop()
	}
}

func TestAnInterfaceThatGoesAwayIsWaitedFor(t *testing.T) {
	list := steps(t, filepath.Join(pcaps, "seed-v4-plain.pcap"))
	a, b := newSpace(t), newSpace(t)
	join(t, 1, a, "va", b, "vb")
	live := b.start(t, "capturing", dump, "-i", "vb", "-T", "ndjson")
	play(t, list, a, b, "10.9.1.2:4556")
	b.run(t, "ip", "link", "set", "dev", "vb", "down")
	live.wait("word of it", func() bool { return strings.Contains(live.errs.String(), "interface vb went down") })
	b.run(t, "ip", "link", "set", "dev", "vb", "up")
	live.wait("word of it", func() bool { return strings.Contains(live.errs.String(), "interface vb is back") })
	play(t, list, a, b, "10.9.1.2:4557")
	b.run(t, "ip", "link", "del", "dev", "vb")
	live.wait("word of it", func() bool { return strings.Count(live.errs.String(), "interface vb went down") == 2 })
	join(t, 1, a, "va", b, "vb")
	live.wait("word of it", func() bool { return strings.Count(live.errs.String(), "interface vb is back") == 2 })
	play(t, list, a, b, "10.9.1.2:4558")
	time.Sleep(300 * time.Millisecond)
	if got := len(types(lines(live.stop()))); got != 3*len(list) {
		t.Errorf("%d messages of %d\n%s", got, 3*len(list), live.errs.String())
	}
}

func TestMetricsTellOfALiveCapture(t *testing.T) {
	list := steps(t, filepath.Join(pcaps, "seed-v4-plain.pcap"))
	s := newSpace(t)
	live := s.start(t, "metrics at", dump, "sessions", "-T", "ndjson", "-i", "lo", "--metrics", "127.0.0.1:9999")
	play(t, list, s, s, "127.0.0.1:4556")
	var text string
	live.wait("metrics", func() bool {
		var l net.Conn
		var err error
		s.do(t, func() { l, err = net.Dial("tcp", "127.0.0.1:9999") })
		if err != nil {
			return false
		}
		defer l.Close()
		io.WriteString(l, "GET /metrics HTTP/1.0\r\n\r\n")
		out, _ := io.ReadAll(l)
		text = string(out)
		return strings.Contains(text, `tcpcl_messages_total{type="SESS_TERM",version="4"} 2`)
	})
	for _, line := range []string{`tcpcl_messages_total{type="XFER_SEGMENT",version="4"} 6`, `tcpcl_transfer_octets_total{from="active"} 70224`,
		"tcpcl_ack_latency_seconds_count 6", `tcpcl_packets_dropped_total{by="kernel"} 0`} {
		if !strings.Contains(text, line) {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
	if out := live.stop(); !strings.Contains(out, `"end":"sess_term"`) {
		t.Errorf("%s", out)
	}
}
