// SPDX-License-Identifier: Apache-2.0

// Package metrics tells Prometheus of a capture that goes on: sessions, messages, octets, latencies, refusals, and what the capture missed.
package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// Packets tell what became of the packets.
type Packets struct {
	Received, DroppedByKernel, DroppedByInterface uint64
}

// totals are sums over sessions.
type totals struct {
	sessions  map[string]uint64 // by end
	messages  map[messageKey]uint64
	octets    [2]uint64 // of streams: of who opened the connection, and of the other one
	data      [2]uint64
	transfers [2][3]uint64
	refusals  map[string]uint64
	missed    uint64
}

type messageKey struct {
	version uint8
	kind    string
}

func newTotals() totals {
	return totals{sessions: map[string]uint64{}, messages: map[messageKey]uint64{}, refusals: map[string]uint64{}}
}

// add adds a session; end is what it counts as.
func (t *totals) add(s *record.Session, end string) {
	t.sessions[end]++
	t.missed += s.MissedOctets
	for i := range s.Peers {
		p := &s.Peers[i]
		for _, n := range p.Messages {
			t.messages[messageKey{s.Version, n.Type}] += n.Count
		}
		t.octets[i] += p.Octets
		t.data[i] += p.TransferOctets
		for state, n := range p.Transfers {
			t.transfers[i][state] += n
		}
		for _, r := range p.Refusals {
			t.refusals[r.Reason.Name] += r.Count
		}
	}
}

// Server serves the metrics. Session, Ongoing, Timing and Refresh are for one goroutine.
type Server struct {
	packets func() Packets
	ended   totals
	ongoing []record.Session

	latency  prometheus.Histogram
	registry *prometheus.Registry
	listener net.Listener
	server   http.Server
	done     chan error

	mu     sync.Mutex
	shown  totals // of ended and ongoing sessions, at the last Refresh
	active int
}

// NewServer serves /metrics at an address, HOST:PORT. packets is called from other goroutines.
func NewServer(address string, packets func() Packets) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &Server{packets: packets, ended: newTotals(), shown: newTotals(), listener: listener, registry: prometheus.NewRegistry(), done: make(chan error, 1)}
	s.latency = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "tcpcl_ack_latency_seconds",
		Help: "From the last octet of a segment to its acknowledgement.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 12)})
	s.registry.MustRegister(s, s.latency, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewGoCollector())
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{}))
	s.server = http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	go func() { s.done <- s.server.Serve(listener) }()
	return s, nil
}

// Address is where the metrics are served.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Session adds a session that is over.
func (s *Server) Session(r *record.Session) {
	end := r.End
	if end == "" {
		end = "none"
	}
	s.ended.add(r, end)
}

// Timing adds the latencies of acknowledgements.
func (s *Server) Timing(t *record.Timing) {
	for _, ns := range t.AckLatencies {
		s.latency.Observe(float64(ns) / 1e9)
	}
}

// Ongoing tells of a session that goes on, before Refresh. Its slices are not changed later.
func (s *Server) Ongoing(r *record.Session) { s.ongoing = append(s.ongoing, *r) }

// Refresh shows what is known now.
func (s *Server) Refresh() {
	shown := newTotals()
	shown.merge(&s.ended)
	active := 0
	for i := range s.ongoing {
		r := &s.ongoing[i]
		shown.add(r, "")
		if r.State != record.StateTerminated && r.State != record.StateFailed {
			active++
		}
	}
	delete(shown.sessions, "")
	s.ongoing = s.ongoing[:0]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown, s.active = shown, active
}

func (t *totals) merge(o *totals) {
	for k, n := range o.sessions {
		t.sessions[k] += n
	}
	for k, n := range o.messages {
		t.messages[k] += n
	}
	for k, n := range o.refusals {
		t.refusals[k] += n
	}
	for i := range o.octets {
		t.octets[i] += o.octets[i]
		t.data[i] += o.data[i]
		for state, n := range o.transfers[i] {
			t.transfers[i][state] += n
		}
	}
	t.missed += o.missed
}

// Close ends serving. The error tells why that ended before.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		_ = s.server.Close() // whoever still reads has had time
	}
	if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

var (
	received = prometheus.NewDesc("tcpcl_packets_received_total", "Packets taken.", nil, nil)
	dropped  = prometheus.NewDesc("tcpcl_packets_dropped_total", "Packets lost before they were taken.", []string{"by"}, nil)
	active   = prometheus.NewDesc("tcpcl_sessions_active", "Sessions that go on.", nil, nil)
	sessions = prometheus.NewDesc("tcpcl_sessions_total", "Sessions that are over, by how they ended.", []string{"end"}, nil)
	messages = prometheus.NewDesc("tcpcl_messages_total", "Messages, by version and type.", []string{"version", "type"}, nil)
	octets   = prometheus.NewDesc("tcpcl_stream_octets_total", "Octets of TCP streams, by who sent them.", []string{"from"}, nil)
	data     = prometheus.NewDesc("tcpcl_transfer_octets_total", "Octets of data in segments, by who sent them.", []string{"from"}, nil)
	transfer = prometheus.NewDesc("tcpcl_transfers_total", "Transfers, by who sent them and what became of them.", []string{"from", "state"}, nil)
	refusals = prometheus.NewDesc("tcpcl_refusals_total", "Refused transfers, by reason.", []string{"reason"}, nil)
	missed   = prometheus.NewDesc("tcpcl_missed_octets_total", "Octets of streams that were not captured.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *Server) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{received, dropped, active, sessions, messages, octets, data, transfer, refusals, missed} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s *Server) Collect(out chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	p := s.packets()
	count(received, p.Received)
	count(dropped, p.DroppedByKernel, "kernel")
	count(dropped, p.DroppedByInterface, "interface")
	s.mu.Lock()
	shown, now := s.shown, s.active // which Refresh replaces as a whole
	s.mu.Unlock()
	out <- prometheus.MustNewConstMetric(active, prometheus.GaugeValue, float64(now))
	for end, n := range shown.sessions {
		count(sessions, n, end)
	}
	for k, n := range shown.messages {
		count(messages, n, string('0'+rune(k.version)), k.kind)
	}
	for i, from := range []string{"active", "passive"} {
		count(octets, shown.octets[i], from)
		count(data, shown.data[i], from)
		for state, n := range shown.transfers[i] {
			count(transfer, n, from, record.TransferState(state).String())
		}
	}
	for reason, n := range shown.refusals {
		count(refusals, n, reason)
	}
	count(missed, shown.missed)
}
