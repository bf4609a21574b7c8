// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"math"
	"runtime"
	"strconv"
)

// The command lines of tcpcl-dump that stand for a kind of work.
var (
	decodeAll     = []string{"sessions", "-q", "-T", "ndjson", "--jobs", "1"}
	everyMessage  = []string{"-T", "ndjson", "--jobs", "1"}
	everyMessage2 = []string{"-T", "ndjson", "--jobs", "2"}
	transfers     = []string{"transfers", "-T", "ndjson", "--jobs", "1"}
	bundleSums    = []string{"bundles", "-q", "--jobs", "1"}
	bundleSums2   = []string{"bundles", "-q", "--jobs", "2"}
	everyBundle   = []string{"bundles", "-T", "ndjson", "--no-sha256", "--jobs", "1"}
	transfers2    = []string{"transfers", "-T", "ndjson", "--jobs", "2"}
)

func (r *runner) decode(profile string) ([]float64, error) {
	slow, err := r.captures.get(captureID{profile, r.sizes.slow})
	if err != nil {
		return nil, err
	}
	againstTshark, err := r.againstTshark(slow, decodeAll)
	if err != nil {
		return nil, err
	}
	found, err := r.messagesFound(slow)
	if err != nil {
		return nil, err
	}
	fast, err := r.captures.get(captureID{profile, r.sizes.fast})
	if err != nil {
		return nil, err
	}
	c, err := r.compare(r.ours(fast, decodeAll...), r.cat(fast),
		command{label: "gopacket (bench/gopacket)", args: []string{r.program("gopacket"), fast.path}, on: fast})
	if err != nil {
		return nil, err
	}
	return []float64{againstTshark, ratio(c[2], c[0], cpu), ratio(c[1], c[0], cpu), found}, nil
}

// againstTshark is how many times less CPU time than tshark tcpcl-dump takes, NaN without a tshark.
func (r *runner) againstTshark(on *capture, args []string) (float64, error) {
	if r.tshark == "" {
		return math.NaN(), nil
	}
	c, err := r.compare(r.ours(on, args...), r.tsharkFields(on))
	if err != nil {
		return 0, err
	}
	return ratio(c[1], c[0], cpu), nil
}

func (r *runner) bundles() ([]float64, error) {
	var values []float64
	found, sent := int64(0), int64(0)
	for _, profile := range []string{"small", "bulk"} {
		on, err := r.captures.get(captureID{profile, r.sizes.slow})
		if err != nil {
			return nil, err
		}
		x, err := r.againstTshark(on, bundleSums)
		if err != nil {
			return nil, err
		}
		values = append(values, x)
		sent += on.truth.Bundles
		err = r.records(r.ours(on, everyBundle...), func(f *foundRecord) {
			if f.State == "complete" && f.CRC == "valid" {
				found++
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return append(values, percent(found, sent)), nil
}

func (r *runner) tls() ([]float64, error) {
	slow, err := r.captures.get(captureID{"tls", r.sizes.slow})
	if err != nil {
		return nil, err
	}
	againstTshark, err := r.againstTshark(slow, decodeAll)
	if err != nil {
		return nil, err
	}
	found, err := r.messagesFound(slow)
	if err != nil {
		return nil, err
	}
	fast, err := r.captures.get(captureID{"tls", r.sizes.fast})
	if err != nil {
		return nil, err
	}
	octets := strconv.FormatInt(fast.truth.StreamBytes, 10)
	c, err := r.compare(r.ours(fast, decodeAll...),
		command{label: "AES-GCM Open (bench/aesgcm)", args: []string{r.program("aesgcm"), octets}, on: fast})
	if err != nil {
		return nil, err
	}
	return []float64{againstTshark, ratio(c[1], c[0], cpu), found}, nil
}

func (r *runner) decodeTiny() ([]float64, error) {
	on, err := r.captures.get(captureID{"tiny", r.sizes.fast})
	if err != nil {
		return nil, err
	}
	c, err := r.compare(r.ours(on, decodeAll...), r.cat(on))
	if err != nil {
		return nil, err
	}
	var ns []float64
	for i := range c[0] {
		ns = append(ns, (c[0][i].CPU-c[1][i].CPU)*1e9/float64(on.truth.MessagesTotal))
	}
	return []float64{median(ns)}, nil
}

func (r *runner) ndjson() ([]float64, error) {
	on, err := r.captures.get(captureID{"small", r.sizes.slow})
	if err != nil {
		return nil, err
	}
	x, err := r.againstTshark(on, everyMessage)
	return []float64{x}, err
}

func (r *runner) adverseSpeed() ([]float64, error) {
	slow, err := r.captures.get(captureID{"adverse", r.sizes.slow})
	if err != nil {
		return nil, err
	}
	againstTshark, err := r.againstTshark(slow, decodeAll)
	if err != nil {
		return nil, err
	}
	c, err := r.anOctet(captureID{"adverse", r.sizes.fast}, captureID{"mixed", r.sizes.fast})
	if err != nil {
		return nil, err
	}
	return []float64{againstTshark, ratio(c[0], c[1], cpu)}, nil
}

// anOctet measures the decoding of two captures; the CPU and wall times are those for an octet.
func (r *runner) anOctet(ids ...captureID) ([][]cost, error) {
	var commands []command
	for _, id := range ids {
		on, err := r.captures.get(id)
		if err != nil {
			return nil, err
		}
		commands = append(commands, r.ours(on, decodeAll...))
	}
	costs, err := r.compare(commands...)
	for i := range costs {
		octets := float64(commands[i].on.truth.PcapBytes)
		for j := range costs[i] {
			costs[i][j].CPU /= octets
			costs[i][j].Wall /= octets
		}
	}
	return costs, err
}

func (r *runner) oneSegment() ([]float64, error) {
	c, err := r.anOctet(captureID{"single", r.sizes.single}, captureID{"bulk", r.sizes.fast})
	if err != nil {
		return nil, err
	}
	return []float64{ratio(c[0], c[1], cpu), ratio(c[0], c[1], wall), medianOf(c[0], rss) / 1e6}, nil
}

var memoryProfiles = []string{"small", "bulk", "churn"}

func (r *runner) memory() ([]float64, error) {
	most, growth := 0.0, 0.0
	for _, profile := range memoryProfiles {
		less, err := r.captures.get(captureID{profile, r.sizes.slow})
		if err != nil {
			return nil, err
		}
		more, err := r.captures.get(captureID{profile, r.sizes.fast})
		if err != nil {
			return nil, err
		}
		works := [][]string{everyMessage, transfers}
		if profile != "churn" { // statistics of every session have to grow with the sessions
			works = append(works, []string{"stats", "-q", "--jobs", "1"})
		}
		for _, args := range works {
			c, err := r.compare(r.ours(less, args...), r.ours(more, args...))
			if err != nil {
				return nil, err
			}
			most = max(most, medianOf(c[0], rss), medianOf(c[1], rss))
			growth = max(growth, medianOf(c[1], rss)/medianOf(c[0], rss)-1)
		}
	}
	return []float64{most / 1e6, growth * 100}, nil
}

func (r *runner) cores() ([]float64, error) {
	if runtime.NumCPU() < 2 {
		r.note("this machine has one core")
		return []float64{math.NaN(), math.NaN(), math.NaN()}, nil
	}
	mixed, err := r.captures.get(captureID{"mixed", r.sizes.fast})
	if err != nil {
		return nil, err
	}
	crcs, err := r.compare(r.ours(mixed, bundleSums...), r.ours(mixed, bundleSums2...))
	if err != nil {
		return nil, err
	}
	hashes, err := r.compare(r.ours(mixed, transfers...), r.ours(mixed, transfers2...))
	if err != nil {
		return nil, err
	}
	small, err := r.captures.get(captureID{"small", r.sizes.fast})
	if err != nil {
		return nil, err
	}
	lines, err := r.compare(r.ours(small, everyMessage...), r.ours(small, everyMessage2...))
	if err != nil {
		return nil, err
	}
	return []float64{ratio(crcs[1], crcs[0], wall), ratio(hashes[1], hashes[0], wall), ratio(lines[1], lines[0], wall)}, nil
}

func (r *runner) firstLine() ([]float64, error) {
	on, err := r.captures.get(captureID{"small", r.sizes.first})
	if err != nil {
		return nil, err
	}
	c, err := r.inTurn(4*r.rounds, []string{"-first"}, r.ours(on), r.cat(on))
	if err != nil {
		return nil, err
	}
	var more []float64
	for i := range c[0] {
		more = append(more, (c[0][i].First-c[1][i].First)*1e3)
	}
	return []float64{median(more)}, nil
}
