// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/bench/capgen"
)

func TestRatioIsTheMedianOfTheRoundsRatiosNotTheRatioOfMedians(t *testing.T) {
	a := []cost{{CPU: 10}, {CPU: 2}, {CPU: 9}}
	b := []cost{{CPU: 1}, {CPU: 1}, {CPU: 3}}
	if got := ratio(a, b, cpu); got != 3 {
		t.Errorf("ratio %v, want 3 of 10, 2, 3", got)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median of four %v, want 2.5", got)
	}
}

func TestWhatAGoalAccepts(t *testing.T) {
	more := goal{unit: "x", hold: 100, reach: 250}
	less := goal{unit: "ns", hold: 40, reach: 25, atMost: true}
	exact := goal{unit: "%", hold: 95, reach: 99, exact: true}
	for _, c := range []struct {
		g       goal
		v       float64
		slack   float64
		holds   bool
		verdict string
	}{
		{more, 100, 1, true, "holds"},
		{more, 99, 1, false, "DOES NOT HOLD"},
		{more, 99, 4, true, "short, within the slack"},
		{more, 24, 4, false, "DOES NOT HOLD"},
		{more, 250, 1, true, "reached"},
		{less, 41, 1, false, "DOES NOT HOLD"},
		{less, 160, 4, true, "short, within the slack"},
		{less, 25, 1, true, "reached"},
		{exact, 94.9, 4, false, "DOES NOT HOLD"},
		{more, math.NaN(), 4, false, "NOT MEASURED"},
		{less, math.NaN(), 4, false, "NOT MEASURED"},
	} {
		if got := c.g.holds(c.v, c.slack); got != c.holds {
			t.Errorf("%+v holds %v with slack %v: %v", c.g, c.v, c.slack, got)
		}
		if got := c.g.verdict(c.v, c.slack); got != c.verdict {
			t.Errorf("%+v, %v with slack %v: %q, want %q", c.g, c.v, c.slack, got, c.verdict)
		}
	}
}

func TestASummaryWithAnyGoalUnmeasuredIsNoSuccess(t *testing.T) {
	w := row{name: "r", goals: []goal{{what: "a", unit: "x", hold: 1, reach: 2}, {what: "b", unit: "x", hold: 1, reach: 2}}}
	var out bytes.Buffer
	r := &runner{out: &out, tshark: "tshark"}
	if !r.printSummary([]outcome{{w, []float64{1, 2}}}, 1) {
		t.Errorf("all hold, but the summary says no:\n%s", &out)
	}
	if r.printSummary([]outcome{{w, []float64{math.NaN(), 2}}}, 4) {
		t.Errorf("one is not measured, but the summary says yes:\n%s", &out)
	}
	r.tshark = ""
	out.Reset()
	r.printSummary(nil, 1)
	if !strings.Contains(out.String(), "tshark is not installed") {
		t.Errorf("no word of the missing tshark:\n%s", &out)
	}
}

func TestEveryRowHasGoalsAndTheCapturesItNeeds(t *testing.T) {
	s := sizes{fast: 4, slow: 3, single: 2, first: 1}
	seen := map[string]bool{}
	for _, w := range rows {
		if seen[w.name] || len(w.goals) == 0 || len(w.needs(s)) == 0 || w.run == nil {
			t.Errorf("row %q is not complete, or there twice", w.name)
		}
		seen[w.name] = true
		for _, g := range w.goals {
			if !g.better(g.reach, g.hold) {
				t.Errorf("%s, %s: reach %v is worse than hold %v", w.name, g.what, g.reach, g.hold)
			}
		}
	}
}

func TestRowsAreChosenByName(t *testing.T) {
	chosen, err := chooseRows([]string{"extract", "decode-tiny"})
	if err != nil || len(chosen) != 2 || chosen[0].name != "decode-tiny" || chosen[1].name != "extract" {
		t.Errorf("%v, %v", chosen, err)
	}
	if _, err := chooseRows([]string{"decode-tiny", "speed"}); err == nil {
		t.Error("an unknown row is no error")
	}
}

func TestScoreTellsFoundFromInvented(t *testing.T) {
	whole := capgen.Bundle{SHA256: [32]byte{1}, BeforeGap: true, Captured: true}
	late := capgen.Bundle{SHA256: [32]byte{2}, Captured: true}
	torn := capgen.Bundle{SHA256: [32]byte{3}}
	ack := sentMessage{"10.1.0.1:1", "10.2.0.1:4556", "XFER_ACK", 7, 500}
	on := &capture{truth: &capgen.Truth{BundleList: []capgen.Bundle{whole, late, torn}}, sent: map[sentMessage]int{ack: 1}}
	var s score
	s.start(on)
	lines := `{"record":"message","src":"10.1.0.1:1","dst":"10.2.0.1:4556","type":"XFER_ACK","transfer_id":7,"ack_length":500}
{"record":"message","src":"10.1.0.1:1","dst":"10.2.0.1:4556","type":"XFER_ACK","transfer_id":7,"ack_length":500}
{"record":"message","src":"10.1.0.1:1","dst":"10.2.0.1:4556","type":"XFER_ACK","transfer_id":8,"ack_length":500}
{"record":"gap","src":"10.1.0.1:1"}
`
	if err := eachRecord(strings.NewReader(lines), s.message); err != nil {
		t.Fatal(err)
	}
	if s.messages != 3 || s.inventedMessages != 2 {
		t.Errorf("%d messages, %d invented, want 3 and 2: one sent once but found twice, one never sent", s.messages, s.inventedMessages)
	}
	for _, f := range []foundRecord{
		{Record: "transfer", State: "complete", SHA256: hex.EncodeToString(late.SHA256[:])},
		{Record: "transfer", State: "incomplete", SHA256: hex.EncodeToString(whole.SHA256[:])},
		{Record: "transfer", State: "complete", SHA256: strings.Repeat("0", 64)},
	} {
		s.transfer(&f)
	}
	if before, captured := s.recall(on.truth); before != 0 || captured != 1 || s.inventedBundles != 1 {
		t.Errorf("%d before the hole, %d captured, %d invented, want 0, 1, 1", before, captured, s.inventedBundles)
	}
	if err := eachRecord(strings.NewReader("{}\n{"), s.message); err == nil {
		t.Error("a torn line is no error")
	}
}

func TestSizesDependOnQuickUnlessGiven(t *testing.T) {
	o, err := parseOptions([]string{"-quick", "-slow", "2M", "ndjson"})
	if err != nil || o.sizes != (sizes{fast: 64 << 20, slow: 2 << 20, single: 128 << 20, first: 1 << 20}) || o.rounds != 3 || len(o.rows) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := parseOptions(nil); err != nil || o.sizes.fast != 400<<20 || o.rounds != 5 || len(o.rows) != len(rows) {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := parseOptions([]string{"-fast", "many"}); err == nil {
		t.Error("a size that is no number is no error")
	}
}
