// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

func get(t *testing.T, s *Server) string {
	t.Helper()
	r, err := http.Get("http://" + s.Address() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", r.Status, err)
	}
	return string(text)
}

// session is one of which each side said so many messages.
func session(end, state string, n uint64) *record.Session {
	s := &record.Session{Version: 4, End: end, State: state, MissedOctets: n}
	for i := range s.Peers {
		p := &s.Peers[i]
		p.Messages = []record.Count{{Type: "XFER_SEGMENT", Count: n}, {Type: "KEEPALIVE", Count: 1}}
		p.Octets, p.TransferOctets = 100*n, 10*n
		p.Transfers[record.Complete] = n
		p.Refusals = []record.ReasonCount{{Reason: record.Code{Code: 2, Name: "No Resources"}, Count: n}}
	}
	return s
}

func TestMetricsAddUpWhatEndedAndWhatGoesOn(t *testing.T) {
	s, err := NewServer("127.0.0.1:0", func() Packets { return Packets{Received: 7, DroppedByKernel: 2, DroppedByInterface: 1} })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if text := get(t, s); !strings.Contains(text, "tcpcl_packets_received_total 7\n") || strings.Contains(text, "tcpcl_messages_total{") {
		t.Errorf("before anything was seen:\n%s", text)
	}
	s.Session(session("sess_term", record.StateTerminated, 3))
	s.Session(session("", record.StateEstablished, 1))
	s.Timing(&record.Timing{AckLatencies: []int64{50_000, 2_000_000}})
	for range 2 { // the same session, later
		s.Ongoing(session("", record.StateEstablished, 5))
		s.Ongoing(session("sess_term", record.StateTerminated, 2)) // it is over, but may still get packets
		s.Refresh()
	}
	text := get(t, s)
	for _, line := range []string{
		"tcpcl_sessions_active 1",
		`tcpcl_sessions_total{end="sess_term"} 1`,
		`tcpcl_sessions_total{end="none"} 1`,
		`tcpcl_messages_total{type="XFER_SEGMENT",version="4"} 22`,
		`tcpcl_messages_total{type="KEEPALIVE",version="4"} 8`,
		`tcpcl_stream_octets_total{from="active"} 1100`,
		`tcpcl_transfer_octets_total{from="passive"} 110`,
		`tcpcl_transfers_total{from="active",state="complete"} 11`,
		`tcpcl_refusals_total{reason="No Resources"} 22`,
		"tcpcl_missed_octets_total 11",
		`tcpcl_packets_dropped_total{by="kernel"} 2`,
		`tcpcl_packets_dropped_total{by="interface"} 1`,
		`tcpcl_ack_latency_seconds_bucket{le="0.0001"} 1`,
		"tcpcl_ack_latency_seconds_count 2",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
	if !strings.Contains(text, "process_resident_memory_bytes") && !strings.Contains(text, "go_memstats") {
		t.Error("nothing is told of memory")
	}
}

func TestAnAddressInUseIsAnError(t *testing.T) {
	s, err := NewServer("127.0.0.1:0", func() Packets { return Packets{} })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewServer(s.Address(), nil); err == nil {
		t.Error("no error")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
