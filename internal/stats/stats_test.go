// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// bruteForce is the definition of Distribution on a list of all values.
func bruteForce(values []int64) Distribution {
	if len(values) == 0 {
		return Distribution{}
	}
	v := slices.Sorted(slices.Values(values))
	quantile := func(percent int) int64 { return v[(len(v)*percent+99)/100-1] }
	return Distribution{Count: uint64(len(v)), Min: v[0], P50: quantile(50), P90: quantile(90), P99: quantile(99), Max: v[len(v)-1]}
}

func near(got, want int64) bool {
	return math.Abs(float64(got)-float64(want)) <= float64(want)/128+1
}

func closeTo(got, want Distribution) bool {
	return got.Count == want.Count && got.Min == want.Min && got.Max == want.Max &&
		near(got.P50, want.P50) && near(got.P90, want.P90) && near(got.P99, want.P99)
}

func TestHistogramOfFewValuesIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64), 0, exactValues).Draw(t, "values")
		var h Histogram
		for _, v := range values {
			h.Add(v)
		}
		if diff := cmp.Diff(bruteForce(values), h.Distribution()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestHistogramOfManyValuesIsWithinOneIn128OfBruteForceAlsoWhenMerged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func() int64{
		"all magnitudes": func() int64 { return random.Int64() >> random.IntN(64) },
		"milliseconds":   func() int64 { return 1e6 + random.Int64N(5e6) },
		"small":          func() int64 { return random.Int64N(100) },
		"one value":      func() int64 { return 1e9 },
		"zero":           func() int64 { return 0 },
		"extremes":       func() int64 { return []int64{0, 1, math.MaxInt64}[random.IntN(3)] },
	} {
		for _, sizes := range [][]int{{0}, {1, 63}, {64, 1}, {65}, {10_000}, {3, 1000, 0, 64, 65}, {1000, 3}} {
			var values []int64
			var all Histogram
			for _, n := range sizes {
				var part Histogram
				for range n {
					v := draw()
					values = append(values, v)
					part.Add(v)
				}
				before := part.Distribution()
				all.Merge(&part)
				if after := part.Distribution(); after != before {
					t.Fatalf("%s: merging changed its argument: %+v, was %+v", name, after, before)
				}
			}
			if got, want := all.Distribution(), bruteForce(values); !closeTo(got, want) {
				t.Errorf("%s %v: got %+v, want %+v", name, sizes, got, want)
			}
		}
	}
}

func TestHistogramCountsNegativeValuesAsZeroAndResetEmptiesIt(t *testing.T) {
	var h Histogram
	h.Add(-5)
	if got := h.Distribution(); got != (Distribution{Count: 1}) {
		t.Fatalf("got %+v", got)
	}
	for i := range int64(1000) {
		h.Add(i)
	}
	h.Reset()
	if got := h.Distribution(); got != (Distribution{}) {
		t.Fatalf("after Reset: %+v", got)
	}
	h.Add(7)
	if got := h.Distribution(); got != (Distribution{1, 7, 7, 7, 7, 7}) {
		t.Fatalf("after Reset and Add: %+v", got)
	}
}

const second = int64(1e9)

// play gives a collector one session: two segments from the active side, two acks, three keepalives from the passive side.
func play(c *Collector, number int, start int64) {
	for i := range int64(2) {
		var transfers []int64
		if i == 1 {
			transfers = []int64{3 * second}
		}
		c.Timing(&record.Timing{Session: number, From: record.Active, Time: start + (3+i)*second,
			AckLatencies: []int64{(2 - i*int64(number)%2) * second}, TransferTimes: transfers})
	}
	for i := range int64(3) {
		c.Timing(&record.Timing{Session: number, From: record.Passive, Keepalive: true, Time: start + (10+i*i)*second})
	}
	c.Session(&record.Session{Session: number, Version: 4, State: record.StateTerminated, FirstTime: start,
		LastTime: start + 20*second, MissedOctets: 3, Peers: [2]record.Peer{
			{Octets: 100, TransferOctets: 90, DataStart: start + second, DataEnd: start + 4*second, Messages: []record.Count{{Type: "XFER_SEGMENT", Count: 2}}, Transfers: [3]uint64{1, 1, 0}},
			{Octets: 50, MissedOctets: 3, Messages: []record.Count{{Type: "KEEPALIVE", Count: 3}, {Type: "XFER_ACK", Count: 2}},
				Refusals: []record.ReasonCount{{Reason: record.Code{Code: 1, Name: "Completed"}, Count: 4}}},
		}})
}

func TestSessionFiguresAreThoseOfItsMessages(t *testing.T) {
	c := NewCollector(true)
	play(c, 7, 1000*second)
	report := Merge(c)
	if len(report.Sessions) != 1 {
		t.Fatalf("%d sessions", len(report.Sessions))
	}
	s := &report.Sessions[0]
	active, passive := &s.Sides[0], &s.Sides[1]
	if rate, ok := active.Goodput(); !ok || rate != 30 {
		t.Errorf("goodput %v %v, want 90 octets in 3 s", rate, ok)
	}
	if _, ok := passive.Goodput(); ok {
		t.Error("goodput of a side that sent no data")
	}
	if want := (Distribution{2, second, second, 2 * second, 2 * second, 2 * second}); active.AckLatency != want {
		t.Errorf("ack latency %+v, want %+v", active.AckLatency, want)
	}
	if want := (Distribution{2, second, second, 3 * second, 3 * second, 3 * second}); passive.Keepalive != want {
		t.Errorf("keepalive %+v, want %+v", passive.Keepalive, want)
	}
	if active.Keepalive.Count != 0 || passive.AckLatency.Count != 0 {
		t.Error("figures on the wrong side")
	}
	if want := (Distribution{1, 3 * second, 3 * second, 3 * second, 3 * second, 3 * second}); active.TransferTime != want {
		t.Errorf("transfer time %+v, want %+v", active.TransferTime, want)
	}
	if active.Transfers != [3]uint64{1, 1, 0} || passive.Refusals[0].Count != 4 || passive.MissedOctets != 3 {
		t.Errorf("counts not taken over: %+v %+v", active, passive)
	}
}

func TestTheReportDoesNotDependOnHowSessionsAreSpreadOverWorkers(t *testing.T) {
	const sessions = 40
	one := NewCollector(true)
	for i := range sessions {
		play(one, i+1, int64(100+i)*second)
	}
	want := Merge(one)
	if want.Total.Sessions != sessions || want.Total.Sides[0].Messages[0].Count != 2*sessions || want.Total.MissedOctets != 3*sessions ||
		want.Total.FirstTime != 100*second || want.Total.LastTime != (100+sessions-1+20)*second || want.Total.Durations.P50 != 20*second {
		t.Fatalf("total %+v", want.Total)
	}
	if got := want.Total.Sides[1].Messages; got[0].Type != "XFER_ACK" || got[1].Type != "KEEPALIVE" {
		t.Errorf("types not in the RFC's order: %v", got)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 10 {
		workers := []*Collector{NewCollector(true), NewCollector(true), NewCollector(true)}
		for _, i := range random.Perm(sessions) {
			play(workers[random.IntN(3)], i+1, int64(100+i)*second)
		}
		if diff := cmp.Diff(want, Merge(workers...)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestTotalsOnlyKeepsNoSessions(t *testing.T) {
	c := NewCollector(false)
	play(c, 1, second)
	play(c, 2, second)
	if report := Merge(c); len(report.Sessions) != 0 || report.Total.Sessions != 2 {
		t.Errorf("got %+v", report)
	}
}

func TestTimingAllocatesNothing(t *testing.T) {
	c := NewCollector(true)
	ack := record.Timing{Session: 1, From: record.Passive, AckLatencies: make([]int64, 3)}
	other := record.Timing{Session: 2, Keepalive: true, Time: 5}
	step := func() {
		ack.AckLatencies[1] = (ack.AckLatencies[1] + 977) & 0xffff
		other.Time += 1000
		c.Timing(&ack)
		c.Timing(&other)
	}
	for range 1000 {
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTiming(b *testing.B) {
	c := NewCollector(true)
	ack := record.Timing{Session: 1, From: record.Passive, AckLatencies: make([]int64, 4)}
	for i := 0; b.Loop(); i++ {
		ack.AckLatencies[i&3] = int64(i) & 0xfffff
		c.Timing(&ack)
	}
}
