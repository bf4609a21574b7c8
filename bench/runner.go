// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A cost is what one run of a command took, as bench/measure prints it.
type cost struct {
	CPU   float64 `json:"cpu"`   // seconds, user and system, of the whole process
	Wall  float64 `json:"wall"`  // seconds
	RSS   float64 `json:"rss"`   // octets, peak
	First float64 `json:"first"` // seconds to the first octet of output
}

func cpu(c cost) float64  { return c.CPU }
func wall(c cost) float64 { return c.Wall }
func rss(c cost) float64  { return c.RSS }

// A command is one side of a comparison.
type command struct {
	label  string
	args   []string
	on     *capture
	before func() error // what has to be done before each run and is not measured
}

// A runner measures commands.
type runner struct {
	ctx      context.Context
	out      io.Writer
	rounds   int
	sizes    sizes
	bin      string // folder of the programs that take part
	dump     string // tcpcl-dump
	tshark   string // empty: not installed
	captures *captures
}

// program is the path of a program of this folder.
func (r *runner) program(name string) string { return filepath.Join(r.bin, name) }

// build builds the programs that take part. dump is a tcpcl-dump that is already there, or empty.
func (r *runner) build(dump string) error {
	packages := []string{"./bench/measure", "./bench/gopacket", "./bench/createfiles", "./bench/aesgcm"}
	r.dump = dump
	if dump == "" {
		packages = append(packages, "./cmd/tcpcl-dump")
		r.dump = r.program("tcpcl-dump")
	}
	cmd := exec.CommandContext(r.ctx, "go", append([]string{"build", "-o", r.bin + "/"}, packages...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building (run this in the repository's root): %w\n%s", err, out)
	}
	return nil
}

// inTurn runs the commands in turn, A B C A B C, prints their medians, and gives the costs of each by round. A first round
// is not counted, and leaves out tshark, which is too slow for that to matter.
func (r *runner) inTurn(rounds int, measureFlags []string, commands ...command) ([][]cost, error) {
	costs := make([][]cost, len(commands))
	for round := -1; round < rounds; round++ {
		for i, c := range commands {
			if round < 0 && c.args[0] == r.tshark {
				continue
			}
			got, err := r.once(measureFlags, c)
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				costs[i] = append(costs[i], got)
			}
		}
	}
	r.printCosts(commands, costs)
	return costs, nil
}

func (r *runner) once(measureFlags []string, c command) (cost, error) {
	var got cost
	if c.before != nil {
		if err := c.before(); err != nil {
			return got, err
		}
	}
	cmd := exec.CommandContext(r.ctx, r.program("measure"), slices.Concat(measureFlags, []string{"--"}, c.args)...)
	out, err := cmd.Output()
	if r.ctx.Err() != nil {
		return got, r.ctx.Err()
	}
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return got, fmt.Errorf("%s: %w", c.label, err)
	}
	return got, json.Unmarshal(out, &got)
}

// compare measures commands as often as the user wants.
func (r *runner) compare(commands ...command) ([][]cost, error) {
	return r.inTurn(r.rounds, nil, commands...)
}

// ours is a command line of tcpcl-dump on a capture.
func (r *runner) ours(on *capture, args ...string) command {
	label := strings.Join(append([]string{"tcpcl-dump"}, args...), " ")
	if on.keys != "" {
		args = slices.Concat(args, []string{"--keylog", on.keys})
	}
	return command{label: label, args: slices.Concat([]string{r.dump}, args, []string{on.path}), on: on}
}

func (r *runner) cat(on *capture) command {
	return command{label: "cat", args: []string{"cat", on.path}, on: on}
}

// tsharkArgs is what a user of tshark gives to see every message.
var tsharkArgs = []string{"-d", "tcp.port==4556,tcpcl", "-Y", "tcpcl", "-T", "fields", "-e", "frame.number", "-e", "tcpcl.v4.mhdr.type",
	"-e", "tcpcl.v4.xfer_id", "-e", "tcpcl.v4.xfer_segment.data_len"}

func (r *runner) tsharkFields(on *capture) command {
	args := slices.Concat([]string{r.tshark, "-r", on.path}, tsharkArgs)
	if on.keys != "" {
		args = append(args, "-o", "tls.keylog_file:"+on.keys)
	}
	return command{label: "tshark (as above)", args: args, on: on}
}

// ratio is the median over the rounds of a to b.
func ratio(a, b []cost, of func(cost) float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = of(a[i]) / of(b[i])
	}
	return median(ratios)
}

func medianOf(costs []cost, of func(cost) float64) float64 {
	values := make([]float64, len(costs))
	for i, c := range costs {
		values[i] = of(c)
	}
	return median(values)
}

// median of at least one value; it does not change their order.
func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}
