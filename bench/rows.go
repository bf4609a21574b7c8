// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import "math"

// A goal is one number to reach.
type goal struct {
	what   string
	unit   string  // "x", "%", "ns", "ms", "MB" or "" (a count)
	hold   float64 // must hold
	reach  float64 // where the limit is in sight
	atMost bool    // smaller is better
	exact  bool    // does not depend on the machine: -quick grants no slack
}

// holds tells whether value v is good enough. slack is how many times worse a machine-dependent value may be.
func (g goal) holds(v, slack float64) bool {
	hold := g.hold
	switch {
	case g.exact:
	case g.atMost:
		hold *= slack
	default:
		hold /= slack
	}
	return g.better(v, hold)
}

func (g goal) reached(v float64) bool { return g.better(v, g.reach) }

func (g goal) better(v, than float64) bool {
	if math.IsNaN(v) {
		return false
	}
	if g.atMost {
		return v <= than
	}
	return v >= than
}

// A row is one kind of work with its goals. run gives a value for each goal, NaN where it could not be measured.
type row struct {
	name  string
	work  string
	goals []goal
	needs func(s sizes) []captureID
	run   func(r *runner) ([]float64, error)
}

// sizes of the captures, in octets.
type sizes struct {
	fast   int64 // where fast programs are compared
	slow   int64 // where tshark takes part, or a file a bundle is written
	single int64 // the one segment
	first  int64 // time to the first line
}

// rows stand in an order that keeps few captures at a time.
var rows = []row{
	{
		name: "adverse-recall", work: "a capture with holes, reordering, retransmissions and late starts: what is found",
		goals: []goal{
			{what: "bundles that end before the first hole", unit: "%", hold: 100, reach: 100, exact: true},
			{what: "bundles with all octets captured", unit: "%", hold: 95, reach: 99, exact: true},
			{what: "invented messages and bundles", hold: 0, reach: 0, atMost: true, exact: true},
		},
		needs: func(s sizes) []captureID { return []captureID{{"adverse", s.slow}} },
		run:   (*runner).adverseRecall,
	},
	{
		name: "adverse", work: "the same capture: speed",
		goals: []goal{
			{what: "CPU: times as fast as tshark", unit: "x", hold: 40, reach: 100},
			{what: "CPU an octet against the mixed profile", unit: "x", hold: 1.5, reach: 1.2, atMost: true},
		},
		needs: func(s sizes) []captureID {
			return []captureID{{"adverse", s.slow}, {"adverse", s.fast}, {"mixed", s.fast}}
		},
		run: (*runner).adverseSpeed,
	},
	{
		name: "cores", work: "two workers against one (a quiet machine with two cores of its own shows more)",
		goals: []goal{
			{what: "wall: bundles with CRCs, mixed", unit: "x", hold: 0.85, reach: 0.75, atMost: true},
			{what: "wall: transfers with SHA-256, mixed", unit: "x", hold: 0.9, reach: 0.8, atMost: true},
			{what: "wall: every message as a line of JSON, small", unit: "x", hold: 0.9, reach: 0.75, atMost: true},
		},
		needs: func(s sizes) []captureID { return []captureID{{"mixed", s.fast}, {"small", s.fast}} },
		run:   (*runner).cores,
	},
	{
		name: "decode-small", work: "read, reassemble and decode all messages, one worker, small bundles",
		goals: []goal{
			{what: "CPU: times as fast as tshark", unit: "x", hold: 100, reach: 250},
			{what: "CPU: times as fast as gopacket", unit: "x", hold: 2.5, reach: 4},
			{what: "CPU: times as fast as cat", unit: "x", hold: 0.40, reach: 0.7},
			{what: "messages found of those sent", unit: "%", hold: 100, reach: 100, exact: true},
		},
		needs: func(s sizes) []captureID { return []captureID{{"small", s.slow}, {"small", s.fast}} },
		run:   func(r *runner) ([]float64, error) { return r.decode("small") },
	},
	{
		name: "ndjson", work: "every message as a line of JSON, small bundles",
		goals: []goal{{what: "CPU: times as fast as tshark -T fields", unit: "x", hold: 60, reach: 120}},
		needs: func(s sizes) []captureID { return []captureID{{"small", s.slow}} },
		run:   (*runner).ndjson,
	},
	{
		name: "bundles", work: "every bundle decoded, and all CRCs checked, one worker",
		goals: []goal{
			{what: "CPU: times as fast as tshark, small", unit: "x", hold: 75, reach: 150},
			{what: "CPU: times as fast as tshark, bulk", unit: "x", hold: 80, reach: 150},
			{what: "bundles found of those sent, with the right CRCs", unit: "%", hold: 100, reach: 100, exact: true},
		},
		needs: func(s sizes) []captureID { return []captureID{{"small", s.slow}, {"bulk", s.slow}} },
		run:   (*runner).bundles,
	},
	{
		name: "tls", work: "decrypt TLS 1.3, reassemble and decode all messages, one worker, bundles of 10 MB",
		goals: []goal{
			{what: "CPU: times as fast as tshark", unit: "x", hold: 8, reach: 12},
			{what: "CPU: times as fast as AES-GCM alone", unit: "x", hold: 0.6, reach: 0.8},
			{what: "messages found of those sent", unit: "%", hold: 100, reach: 100, exact: true},
		},
		needs: func(s sizes) []captureID { return []captureID{{"tls", s.slow}, {"tls", s.fast}} },
		run:   (*runner).tls,
	},
	{
		name: "decode-bulk", work: "read, reassemble and decode all messages, one worker, bundles of 10 MB",
		goals: []goal{
			{what: "CPU: times as fast as tshark", unit: "x", hold: 120, reach: 230},
			{what: "CPU: times as fast as gopacket", unit: "x", hold: 2.5, reach: 4},
			{what: "CPU: times as fast as cat", unit: "x", hold: 0.55, reach: 0.9},
			{what: "messages found of those sent", unit: "%", hold: 100, reach: 100, exact: true},
		},
		needs: func(s sizes) []captureID { return []captureID{{"bulk", s.slow}, {"bulk", s.fast}} },
		run:   func(r *runner) ([]float64, error) { return r.decode("bulk") },
	},
	{
		name: "decode-tiny", work: "the same, bundles of a few octets: what a message costs beyond reading (cat)",
		goals: []goal{{what: "CPU a message", unit: "ns", hold: 40, reach: 25, atMost: true}},
		needs: func(s sizes) []captureID { return []captureID{{"tiny", s.fast}} },
		run:   (*runner).decodeTiny,
	},
	{
		name: "memory", work: "peak memory on clean captures",
		goals: []goal{
			{what: "the most of all commands and captures", unit: "MB", hold: 32, reach: 16, atMost: true},
			{what: "the most growth from a capture to the larger one", unit: "%", hold: 5, reach: 0, atMost: true},
		},
		needs: func(s sizes) []captureID {
			var ids []captureID
			for _, p := range memoryProfiles {
				ids = append(ids, captureID{p, s.slow}, captureID{p, s.fast})
			}
			return ids
		},
		run: (*runner).memory,
	},
	{
		name: "extract", work: "every bundle into a file",
		goals: []goal{
			{what: "CPU against cp, bulk", unit: "x", hold: 1.5, reach: 1.2, atMost: true},
			{what: "CPU against a bare create-write-close loop, small", unit: "x", hold: 1.3, reach: 1.1, atMost: true},
		},
		needs: func(s sizes) []captureID { return []captureID{{"bulk", s.slow}, {"small", s.slow}} },
		run:   (*runner).extract,
	},
	{
		name: "first-line", work: "time from start to the first octet of output, small capture",
		goals: []goal{{what: "more than cat", unit: "ms", hold: 15, reach: 5, atMost: true}},
		needs: func(s sizes) []captureID { return []captureID{{"small", s.first}} },
		run:   (*runner).firstLine,
	},
	{
		name: "one-segment", work: "one transfer in one huge segment against the bulk profile",
		goals: []goal{
			// The goal is the same time; a tenth is what two runs of the same command may differ by.
			{what: "CPU an octet", unit: "x", hold: 1.1, reach: 1, atMost: true},
			{what: "wall an octet", unit: "x", hold: 1.1, reach: 1, atMost: true},
			{what: "peak memory", unit: "MB", hold: 32, reach: 16, atMost: true},
		},
		needs: func(s sizes) []captureID { return []captureID{{"bulk", s.fast}, {"single", s.single}} },
		run:   (*runner).oneSegment,
	},
}
