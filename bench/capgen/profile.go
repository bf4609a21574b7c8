// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"math"
	"math/rand"
	"slices"
)

// A profile is the mix of traffic that a capture holds.
type profile struct {
	conc, flows int // concurrent and total flows
	bundle      func(r *rand.Rand) int
	seg         func(r *rand.Rand) int
	burst       int     // max bundles (small) or segments a step
	bidirEvery  int     // every n-th flow transfers in both directions
	keepalive   float64 // a step
	refuse      float64 // a segment of a multi-segment transfer
	quota       int64   // octets of bundles a flow; 0: the size of the capture spread over the flows
	tls         bool    // behind the contact headers
	oneSegment  bool    // one transfer in one segment of the wanted size, nothing else

	// Impairments of the capture, not of the connection: the peers got everything.
	reorder    float64
	retrans    float64
	lossyFlows float64 // share of flows that lose packets in the capture
	loss       float64 // a packet of a lossy flow
	midstream  float64 // share of flows whose first packets are not captured
}

var profiles = map[string]profile{
	"tiny":  {conc: 64, flows: 128, bundle: between(1, 64), seg: always(65536), burst: 32, bidirEvery: 3, keepalive: .005},
	"small": {conc: 64, flows: 256, bundle: between(120, 1920), seg: always(65536), burst: 8, bidirEvery: 3, keepalive: .005},
	"bulk":  {conc: 4, flows: 8, bundle: always(10_000_000), seg: always(65536), burst: 1, bidirEvery: 4, keepalive: .001},
	"mixed": {conc: 16, flows: 64, bundle: mixedBundle, seg: between(4096, 65536), burst: 3, bidirEvery: 3, keepalive: .01, refuse: .001},
	"adverse": {conc: 16, flows: 64, bundle: mixedBundle, seg: between(4096, 65536), burst: 3, bidirEvery: 3, keepalive: .01, refuse: .001,
		reorder: .02, retrans: .01, lossyFlows: .2, loss: .001, midstream: .15},
	"churn": {conc: 32, flows: math.MaxInt, bundle: between(120, 1920), seg: always(65536), burst: 2, bidirEvery: 3, keepalive: .005,
		quota: 2500},
	"tls":    {conc: 4, flows: 8, bundle: always(10_000_000), seg: always(65536), burst: 1, bidirEvery: 4, keepalive: .001, tls: true},
	"single": {conc: 1, flows: 1, oneSegment: true},
}

// Profiles are the names of the profiles, sorted.
func Profiles() []string {
	names := make([]string, 0, len(profiles))
	for n := range profiles {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func between(a, b int) func(*rand.Rand) int {
	return func(r *rand.Rand) int { return a + r.Intn(b-a+1) }
}

func always(a int) func(*rand.Rand) int { return func(*rand.Rand) int { return a } }

func mixedBundle(r *rand.Rand) int {
	switch x := r.Float64(); {
	case x < .70:
		return 200 + r.Intn(1800)
	case x < .98:
		return 10_000 + r.Intn(190_000)
	default:
		return 1_000_000 + r.Intn(4_000_000)
	}
}
