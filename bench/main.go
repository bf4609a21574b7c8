// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Command bench measures tcpcl-dump against tshark, gopacket, cat, cp and itself, and says which of the project's goals hold.
//
//	go run ./bench [flags] [ROW...]
//
// It builds what it needs, generates its captures in a temporary folder, and removes everything. Machines are shared and noisy,
// so no absolute time counts: the sides of a comparison run in turn, round by round, on a capture in the page cache, and a
// figure is the median of the rounds' ratios. bench/README.md has the details.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/dtn-tools/tcpcl/bench/capgen"
)

// options of the command line.
type options struct {
	quick  bool
	rounds int
	sizes  sizes
	tmp    string
	dump   string
	rows   []row
}

// quickSlack is how many times worse than a goal a -quick run may be: its captures are too small for more than noticing that
// something has gone badly wrong.
const quickSlack = 4

func main() {
	o, err := parseOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := run(ctx, o)
	stop()
	switch {
	case errors.Is(err, context.Canceled):
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	case !ok:
		os.Exit(1)
	}
}

func parseOptions(args []string) (options, error) {
	var o options
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.Usage = func() {
		fmt.Fprintln(set.Output(), "usage: go run ./bench [flags] [ROW...]\n\nrows:")
		for _, w := range rows {
			fmt.Fprintf(set.Output(), "  %-15s %s\n", w.name, w.work)
		}
		fmt.Fprintln(set.Output(), "\nflags:")
		set.PrintDefaults()
	}
	set.BoolVar(&o.quick, "quick", false, "small captures, three rounds, and only gross failures count")
	set.IntVar(&o.rounds, "rounds", 0, "rounds (default 5; with -quick 3)")
	set.StringVar(&o.tmp, "tmp", os.TempDir(), "`folder` for the captures")
	set.StringVar(&o.dump, "dump", "", "measure this tcpcl-dump `program` instead of building one")
	var text [4]string
	for i, s := range []struct{ name, usage string }{
		{"fast", "`size` of captures for fast programs (default 400M; with -quick 64M)"},
		{"slow", "`size` of captures that tshark has to read (default 100M; with -quick 16M)"},
		{"single", "`size` of the one huge segment (default 1G; with -quick 128M)"},
		{"first", "`size` of the capture for the time to the first line (default 1M)"},
	} {
		set.StringVar(&text[i], s.name, "", s.usage)
	}
	if err := set.Parse(args); err != nil {
		return o, err
	}
	standard, rounds := [4]string{"400M", "100M", "1G", "1M"}, 5
	if o.quick {
		standard, rounds = [4]string{"64M", "16M", "128M", "1M"}, 3
	}
	if o.rounds == 0 {
		o.rounds = rounds
	}
	if o.rounds < 0 {
		return o, fmt.Errorf("%d rounds", o.rounds)
	}
	for i, size := range []*int64{&o.sizes.fast, &o.sizes.slow, &o.sizes.single, &o.sizes.first} {
		if text[i] == "" {
			text[i] = standard[i]
		}
		var err error
		if *size, err = capgen.ParseSize(text[i]); err != nil {
			return o, err
		}
	}
	var err error
	o.rows, err = chooseRows(set.Args())
	return o, err
}

// chooseRows gives the named rows in their standard order, all without names.
func chooseRows(names []string) ([]row, error) {
	if len(names) == 0 {
		return rows, nil
	}
	var chosen []row
	for _, w := range rows {
		if slices.Contains(names, w.name) {
			chosen = append(chosen, w)
		}
	}
	for _, n := range names {
		if !slices.ContainsFunc(rows, func(w row) bool { return w.name == n }) {
			return nil, fmt.Errorf("no row %q; go run ./bench -h lists them", n)
		}
	}
	return chosen, nil
}

// run measures the rows and tells whether all goals hold.
func run(ctx context.Context, o options) (bool, error) {
	dir, err := os.MkdirTemp(o.tmp, "tcpcl-bench-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	r := &runner{ctx: ctx, out: os.Stdout, rounds: o.rounds, sizes: o.sizes, bin: filepath.Join(dir, "bin"),
		captures: &captures{dir: dir, made: map[captureID]*capture{}}}
	if err := os.Mkdir(r.bin, 0o755); err != nil {
		return false, err
	}
	if err := r.build(o.dump); err != nil {
		return false, err
	}
	// Without a tshark its comparisons are missing from the result, which is then no success.
	r.tshark, _ = exec.LookPath("tshark")
	r.printPreamble()
	var outcomes []outcome
	for i, w := range o.rows {
		r.printHeading(w)
		values, err := w.run(r)
		if err != nil {
			return false, fmt.Errorf("%s: %w", w.name, err)
		}
		outcomes = append(outcomes, outcome{w, values})
		needed := map[captureID]bool{}
		for _, later := range o.rows[i+1:] {
			for _, id := range later.needs(o.sizes) {
				needed[id] = true
			}
		}
		if err := r.captures.keepOnly(needed); err != nil {
			return false, err
		}
	}
	slack := 1.0
	if o.quick {
		slack = quickSlack
	}
	return r.printSummary(outcomes, slack), nil
}
