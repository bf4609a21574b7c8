// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// outcome is a row that has been measured.
type outcome struct {
	row    row
	values []float64 // a value a goal
}

// printPreamble says where and what is measured.
func (r *runner) printPreamble() {
	load := "unknown"
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(b), " ")
	}
	fmt.Fprintf(r.out, "%s, %s, %d cores, load %s, %d rounds\n", time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), load, r.rounds)
	fmt.Fprintf(r.out, "tshark is run as: tshark -r FILE %s\n", strings.Join(tsharkArgs, " "))
}

func (r *runner) printHeading(w row) { fmt.Fprintf(r.out, "\n%s: %s\n", w.name, w.work) }

// printCosts prints the medians of each command.
func (r *runner) printCosts(commands []command, costs [][]cost) {
	fmt.Fprintf(r.out, "  %9s %9s %9s %9s\n", "CPU s", "MB/CPU s", "wall s", "peak MB")
	for i, c := range commands {
		octets, seconds := float64(c.on.truth.PcapBytes), medianOf(costs[i], cpu)
		fmt.Fprintf(r.out, "  %9.4f %9.0f %9.4f %9.1f  %s [%s]\n", seconds, octets/1e6/seconds, medianOf(costs[i], wall),
			medianOf(costs[i], rss)/1e6, c.label, c.on.id)
	}
}

func (r *runner) note(s string) { fmt.Fprintf(r.out, "  %s\n", s) }

// printSummary prints a line a goal and tells whether all hold.
func (r *runner) printSummary(outcomes []outcome, slack float64) bool {
	fmt.Fprintln(r.out)
	all := true
	t := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ROW\tGOAL\tTODAY\tHOLD\tREACH\t")
	for _, o := range outcomes {
		for i, g := range o.row.goals {
			v := o.values[i]
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", o.row.name, g.what, g.format(v), g.bound(g.hold), g.bound(g.reach), g.verdict(v, slack))
			all = all && g.holds(v, slack)
		}
	}
	t.Flush()
	if r.tshark == "" {
		fmt.Fprintln(r.out, "\ntshark is not installed: the comparisons with it were not made (on Debian: apt-get install tshark)")
	}
	return all
}

func (g goal) verdict(v, slack float64) string {
	switch {
	case math.IsNaN(v):
		return "NOT MEASURED"
	case g.reached(v):
		return "reached"
	case g.holds(v, 1):
		return "holds"
	case g.holds(v, slack):
		return "short, within the slack"
	}
	return "DOES NOT HOLD"
}

func (g goal) bound(v float64) string {
	if g.atMost {
		return "<= " + g.format(v)
	}
	return ">= " + g.format(v)
}

func (g goal) format(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	var s string
	switch a := math.Abs(v); {
	case g.unit == "":
		s = fmt.Sprintf("%.0f", v)
	case a >= 100:
		s = fmt.Sprintf("%.0f", v)
	case a >= 10:
		s = fmt.Sprintf("%.1f", v)
	default:
		s = fmt.Sprintf("%.2f", v)
	}
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	switch g.unit {
	case "":
		return s
	case "x":
		return s + "x"
	}
	return s + " " + g.unit
}
