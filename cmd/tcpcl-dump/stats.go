// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
	"github.com/dtn-tools/tcpcl/internal/stats"
)

func newStats() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stats [flags] [CAPTURE...]",
		Short: "Add up: messages, octets, goodput, latencies, refusals",
		Long: "Add up what was said, for each session and over all: messages by type and side, octets, transfers by fate, goodput (data\n" +
			"octets a second from the first segment to the last acknowledgement), how acknowledgement latencies, transfer times and\n" +
			"keepalive intervals are spread, refusals by reason, and what the capture missed. With -q only over all.",
		Example: "  tcpcl-dump stats capture.pcap\n" +
			"  tcpcl-dump stats -q day1.pcap.zst day2.pcap.zst\n" +
			"  tcpcl-dump stats -T json capture.pcap | jq '.[-1].peers.active.ack_latency.p99'",
		Args: cobra.ArbitraryArgs,
	}
	var wide bool
	v := newView(cmd, wideFlag(&wide), "table", "json", "ndjson")
	cmd.Flags().Lookup("quiet").Usage = "only the figures over all sessions, and no notes on standard error"
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		t := &statsTable{totalsOnly: v.quiet}
		if v.format.value == "table" {
			return tables{t}.show(v, args, wide)
		}
		return v.stats(args, t)
	}
	return cmd
}

// stats writes the figures in one of the formats for machines.
func (v *view) stats(args []string, t *statsTable) error {
	if _, err := v.files(args); err != nil {
		return err
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	sum, err := v.run(args, dissect.Options{Want: t.want()}, out, func(*dissect.Output) dissect.Sink { return t.newSink() })
	report := t.report(&sum)
	array := v.format.value == "json"
	var failed error
	write := func(r interface{ AppendJSON([]byte) []byte }) {
		line := r.AppendJSON([]byte(arrayComma))
		if !array {
			line = append(line[len(arrayComma):], '\n')
		}
		if failed == nil {
			_, failed = out.Write(line)
		}
	}
	for i := range report.Sessions {
		write(&report.Sessions[i])
	}
	write(&report.Total)
	return ended(err, failed, out.close())
}

// statsTable shows statistics.
type statsTable struct {
	totalsOnly bool
	workers    []*stats.Collector
	ongoing    []record.Session
}

func (t *statsTable) setOngoing(list []record.Session) { t.ongoing = list }

// statsSink makes a sink of a collector.
type statsSink struct {
	deaf
	*stats.Collector
}

func (s *statsSink) Timing(t *record.Timing)   { s.Collector.Timing(t) }
func (s *statsSink) Session(r *record.Session) { s.Collector.Session(r) }

func (t *statsTable) want() dissect.Want {
	return dissect.Timings | dissect.Sessions
}

func (t *statsTable) newSink() dissect.Sink {
	c := stats.NewCollector(!t.totalsOnly)
	t.workers = append(t.workers, c)
	return &statsSink{Collector: c}
}

// report puts together what the workers collected and what reading the packets showed.
func (t *statsTable) report(sum *dissect.Summary) *stats.Report {
	workers := t.workers
	if len(t.ongoing) > 0 {
		workers = append(slices.Clone(workers), workers[0].With(t.ongoing))
	}
	r := stats.Merge(workers...)
	d := &sum.Decode
	var unread uint64
	for _, packets := range d.UnsupportedLink {
		unread += packets
	}
	r.Total.Capture = []record.Count{
		{Type: "packets", Count: sum.Packets},
		{Type: "octets", Count: sum.Octets},
		{Type: "connections", Count: uint64(sum.Connections)},
		{Type: "not_ip", Count: d.NotIP},
		{Type: "not_tcp", Count: d.NotTCP},
		{Type: "unsupported_link_type", Count: unread},
		{Type: "malformed", Count: d.Malformed + d.NestingTooDeep},
		{Type: "truncated", Count: d.Truncated},
		{Type: "payload_cut", Count: d.PayloadCut},
		{Type: "ip_fragments", Count: d.Fragments},
		{Type: "ip_fragments_incomplete", Count: d.FragmentsIncomplete},
		{Type: "ip_fragment_conflicts", Count: d.FragmentConflicts},
	}
	return r
}

func (t *statsTable) write(w io.Writer, o render.TableOptions, sum *dissect.Summary) error {
	return render.WriteTables(w, o, statsTables(t.report(sum), o)...)
}
