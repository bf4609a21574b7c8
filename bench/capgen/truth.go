// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Truth says what a capture holds.
type Truth struct {
	Profile          string            `json:"profile"`
	Version          int               `json:"tcpcl_version"`
	Seed             int64             `json:"seed"`
	PcapBytes        int64             `json:"pcap_bytes"`
	Packets          int64             `json:"packets"`
	PacketsWithData  int64             `json:"packets_with_payload"`
	Flows            int               `json:"flows"`
	StreamBytes      int64             `json:"stream_bytes"`
	Messages         map[string]int64  `json:"messages"`
	MessagesTotal    int64             `json:"messages_total"`
	TransfersStarted int64             `json:"transfers_started"`
	Bundles          int64             `json:"bundles_complete"`
	BundleBytes      int64             `json:"bundle_bytes"`
	BundlesSHA       string            `json:"bundles_sha256"` // over the sorted 32-octet hashes of all complete bundles
	Adverse          *AdverseTruth     `json:"adverse,omitempty"`
	Impair           map[string]int64  `json:"impairments,omitempty"`
	Flags            map[string]string `json:"flags"`

	// BundleList holds every complete bundle in the order in which the last octets were sent.
	BundleList []Bundle `json:"-"`
}

// AdverseTruth says what a decoder can get out of a capture with holes: at least what lies before the first hole of each
// stream, and, when it resynchronises, everything whose octets are all in the capture.
type AdverseTruth struct {
	MsgsBeforeGap    map[string]int64 `json:"messages_before_gap"`
	BundlesBeforeGap int64            `json:"bundles_before_gap"`
	ShaBeforeGap     string           `json:"bundles_before_gap_sha256"`
	MsgsCaptured     map[string]int64 `json:"messages_all_bytes_captured"`
	BundlesCaptured  int64            `json:"bundles_all_bytes_captured"`
	ShaCaptured      string           `json:"bundles_all_bytes_captured_sha256"`
}

// Bundle is one complete bundle of a capture.
type Bundle struct {
	SHA256    [32]byte
	Length    int64
	BeforeGap bool // it ends before the first hole of its stream
	Captured  bool // all of its octets are in the capture
}

// pending is a message or a bundle whose octets are not all in packets yet.
type pending struct {
	start, end int64 // stream offsets
	kind       string
	bundle     *Bundle // nil for messages
}

// settle decides, once all octets of a message or bundle are in packets, in which truths it counts.
func (g *generator) settle(s *side, m pending) {
	before, whole := true, true
	if len(s.holes) > 0 {
		before = m.end <= s.holes[0].start
		for i := len(s.holes) - 1; i >= 0 && s.holes[i].end > m.start; i-- {
			if s.holes[i].start < m.end {
				whole = false
			}
		}
	}
	if m.bundle != nil {
		m.bundle.BeforeGap, m.bundle.Captured = before, whole
		g.truth.BundleList = append(g.truth.BundleList, *m.bundle)
		return
	}
	g.truth.Messages[m.kind]++
	if before {
		g.before[m.kind]++
	}
	if whole {
		g.captured[m.kind]++
	}
}

// conclude fills in what is known only at the end.
func (g *generator) conclude() *Truth {
	t := &g.truth
	t.Profile, t.Seed, t.PcapBytes, t.Packets = g.o.Profile, g.o.Seed, g.written, g.packets
	t.Version = 4
	if g.o.V3 {
		t.Version = 3
	}
	for _, n := range t.Messages {
		t.MessagesTotal += n
	}
	_, t.BundlesSHA = digest(t.BundleList, func(Bundle) bool { return true })
	if len(g.impaired) == 0 {
		return t
	}
	t.Impair = g.impaired
	a := &AdverseTruth{MsgsBeforeGap: g.before, MsgsCaptured: g.captured}
	a.BundlesBeforeGap, a.ShaBeforeGap = digest(t.BundleList, func(b Bundle) bool { return b.BeforeGap })
	a.BundlesCaptured, a.ShaCaptured = digest(t.BundleList, func(b Bundle) bool { return b.Captured })
	t.Adverse = a
	return t
}

// digest counts the bundles that keep chooses and hashes their sorted hashes.
func digest(bundles []Bundle, keep func(Bundle) bool) (int64, string) {
	var chosen [][32]byte
	for _, b := range bundles {
		if keep(b) {
			chosen = append(chosen, b.SHA256)
		}
	}
	slices.SortFunc(chosen, func(a, b [32]byte) int { return slices.Compare(a[:], b[:]) })
	h := sha256.New()
	for i := range chosen {
		h.Write(chosen[i][:])
	}
	return int64(len(chosen)), hex.EncodeToString(h.Sum(nil))
}
