// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
	"github.com/dtn-tools/tcpcl/internal/stats"
)

// statsTables lays statistics out: the sessions, then over all of them what was read, the messages, the figures of each
// side, how times are spread, and refusals. Tables without rows are left out.
func statsTables(r *stats.Report, o render.TableOptions) []render.Table {
	all := []render.Table{statsSessions(r, o), statsCapture(&r.Total, o), statsMessages(&r.Total), statsSides(&r.Total, o),
		statsTimes(&r.Total, o), statsRefusals(&r.Total)}
	return slices.DeleteFunc(all, func(t render.Table) bool { return len(t.Rows) == 0 })
}

func statsSessions(r *stats.Report, o render.TableOptions) render.Table {
	t := render.Table{Columns: []render.Column{
		{Name: "session", Right: true},
		{Name: "client", Min: 12, Drop: 8},
		{Name: "server", Min: 12, Drop: 9},
		{Name: "state"},
		{Name: "duration", Right: true, Drop: 7},
		{Name: "messages", Right: true, Drop: 6},
		{Name: "data sent", Right: true},
		{Name: "received", Right: true},
		{Name: "goodput sent", Right: true, Drop: 10},
		{Name: "received", Right: true, Drop: 11},
		{Name: "ack p50", Right: true, Drop: 12},
		{Name: "p99", Right: true, Drop: 3},
		{Name: "ack received p50", Right: true, Drop: 4},
		{Name: "p99", Right: true, Drop: 2},
		{Name: "keepalive p50", Right: true, Drop: 5},
		{Name: "missed", Right: true, Drop: 1},
	}}
	for i := range r.Sessions {
		s := &r.Sessions[i]
		client, server := &s.Sides[0], &s.Sides[1]
		alive := client.Keepalive
		if alive.Count == 0 {
			alive = server.Keepalive
		}
		t.Rows = append(t.Rows, []render.Cell{
			{Text: strconv.Itoa(s.Session)},
			{Text: s.Client},
			{Text: s.Server},
			{Text: s.State},
			{Text: o.Duration(s.LastTime - s.FirstTime)},
			number(sumOf(client.Messages) + sumOf(server.Messages)),
			{Text: o.Size(client.DataOctets), Meaning: render.Active},
			{Text: o.Size(server.DataOctets), Meaning: render.Passive},
			goodput(client, o),
			goodput(server, o),
			spread(&client.AckLatency, client.AckLatency.P50, o),
			spread(&client.AckLatency, client.AckLatency.P99, o),
			spread(&server.AckLatency, server.AckLatency.P50, o),
			spread(&server.AckLatency, server.AckLatency.P99, o),
			spread(&alive, alive.P50, o),
			missed(s.MissedOctets, o),
		})
	}
	return t
}

func statsCapture(total *stats.Total, o render.TableOptions) render.Table {
	t := render.Table{Columns: []render.Column{{Name: "over all"}, {Right: true}, {Min: 10}}}
	var states []string
	for _, n := range total.States {
		states = append(states, fmt.Sprintf("%d %s", n.Count, n.Type))
	}
	add := func(name, value, remark string) {
		t.Rows = append(t.Rows, []render.Cell{{Text: name}, {Text: value}, {Text: remark, Meaning: render.Muted}})
	}
	add("sessions", strconv.Itoa(total.Sessions), strings.Join(states, ", "))
	for _, n := range total.Capture {
		switch {
		case n.Type == "octets":
			add("captured", o.Size(n.Count), "")
		case n.Count > 0 || n.Type == "packets" || n.Type == "connections":
			add(strings.ReplaceAll(n.Type, "_", " "), strconv.FormatUint(n.Count, 10), "")
		}
	}
	add("missed", o.Size(total.MissedOctets), "")
	return t
}

func statsMessages(total *stats.Total) render.Table {
	t := render.Table{Columns: []render.Column{{Name: "messages"}, {Name: "active", Right: true}, {Name: "passive", Right: true},
		{Name: "all", Right: true}}}
	row := func(name string, active, passive uint64) {
		t.Rows = append(t.Rows, []render.Cell{{Text: name}, number(active), number(passive), number(active + passive)})
	}
	active, passive := total.Sides[0].Messages, total.Sides[1].Messages
	for _, name := range stats.Types(active, passive) {
		row(name, countOf(active, name), countOf(passive, name))
	}
	if len(t.Rows) > 0 {
		row("all", sumOf(active), sumOf(passive))
	}
	return t
}

func statsSides(total *stats.Total, o render.TableOptions) render.Table {
	t := render.Table{Columns: []render.Column{{Name: "sent by"}, {Name: "active", Right: true}, {Name: "passive", Right: true}}}
	if total.Sessions == 0 {
		return t
	}
	row := func(name string, cell func(*stats.Side) render.Cell) {
		t.Rows = append(t.Rows, []render.Cell{{Text: name}, cell(&total.Sides[0]), cell(&total.Sides[1])})
	}
	octets := func(name string, of func(*stats.Side) uint64) {
		row(name, func(s *stats.Side) render.Cell { return render.Cell{Text: o.Size(of(s))} })
	}
	octets("octets of TCP streams", func(s *stats.Side) uint64 { return s.Octets })
	octets("octets of data", func(s *stats.Side) uint64 { return s.DataOctets })
	row("goodput", func(s *stats.Side) render.Cell { return goodput(s, o) })
	for _, state := range []record.TransferState{record.Complete, record.Refused, record.Incomplete} {
		row("transfers "+state.String(), func(s *stats.Side) render.Cell { return number(s.Transfers[state]) })
	}
	row("missed", func(s *stats.Side) render.Cell { return missed(s.MissedOctets, o) })
	row("retransmitted", func(s *stats.Side) render.Cell { return render.Cell{Text: o.Size(s.Retransmitted)} })
	row("conflicting", func(s *stats.Side) render.Cell { return missed(s.Conflicting, o) })
	return t
}

func statsTimes(total *stats.Total, o render.TableOptions) render.Table {
	t := render.Table{Columns: []render.Column{{Name: "times"}, {Name: "of"}, {Name: "count", Right: true}, {Name: "min", Right: true},
		{Name: "p50", Right: true}, {Name: "p90", Right: true}, {Name: "p99", Right: true}, {Name: "max", Right: true}}}
	row := func(name, of string, d *stats.Distribution) {
		if d.Count == 0 {
			return
		}
		cells := []render.Cell{{Text: name}, {Text: of}, number(d.Count)}
		for _, v := range []int64{d.Min, d.P50, d.P90, d.P99, d.Max} {
			cells = append(cells, spread(d, v, o))
		}
		t.Rows = append(t.Rows, cells)
	}
	active, passive := &total.Sides[0], &total.Sides[1]
	row("segment to ack", "active's data", &active.AckLatency)
	row("segment to ack", "passive's data", &passive.AckLatency)
	row("transfer to ack", "active's data", &active.TransferTime)
	row("transfer to ack", "passive's data", &passive.TransferTime)
	row("keepalive interval", "active", &active.Keepalive)
	row("keepalive interval", "passive", &passive.Keepalive)
	row("session", "", &total.Durations)
	return t
}

func statsRefusals(total *stats.Total) render.Table {
	t := render.Table{Columns: []render.Column{{Name: "refusals"}, {Name: "by"}, {Name: "count", Right: true}}}
	for i, by := range []string{"active", "passive"} {
		for _, n := range total.Sides[i].Refusals {
			t.Rows = append(t.Rows, []render.Cell{{Text: fmt.Sprintf("%s (%d)", n.Reason.Name, n.Reason.Code), Meaning: render.Warning},
				{Text: by}, number(n.Count)})
		}
	}
	return t
}

func number(n uint64) render.Cell { return render.Cell{Text: strconv.FormatUint(n, 10)} }

func missed(n uint64, o render.TableOptions) render.Cell {
	if n == 0 {
		return render.Cell{Text: "0", Meaning: render.Muted}
	}
	return render.Cell{Text: o.Size(n), Meaning: render.Warning}
}

func goodput(s *stats.Side, o render.TableOptions) render.Cell {
	rate, ok := s.Goodput()
	if !ok {
		return render.Cell{Text: "-", Meaning: render.Muted}
	}
	return render.Cell{Text: o.Size(uint64(rate)) + "/s"}
}

// spread is a value of a distribution, which says something only where there are values.
func spread(d *stats.Distribution, v int64, o render.TableOptions) render.Cell {
	if d.Count == 0 {
		return render.Cell{Text: "-", Meaning: render.Muted}
	}
	return render.Cell{Text: o.Duration(v)}
}

func sumOf(counts []record.Count) (sum uint64) {
	for _, n := range counts {
		sum += n.Count
	}
	return sum
}

func countOf(counts []record.Count, name string) uint64 {
	for _, n := range counts {
		if n.Type == name {
			return n.Count
		}
	}
	return 0
}
