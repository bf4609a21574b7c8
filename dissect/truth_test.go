// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
)

// truth is the part of testdata/pcaps/truth.json that the tests read. It was made by parsers of the octets that share
// nothing with this project.
type truth struct {
	Captures map[string]*captureTruth
	Variants map[string]*variantTruth
}

type captureTruth struct {
	Messages            map[string]int
	MessagesWithoutKeys map[string]int `json:"messages_without_keys"`
	Transfers           map[string]int
	BundlesSHA256       string `json:"bundles_sha256"`
	Streams             []streamTruth
	Bundles             []bundleTruth
}

type bundleTruth struct {
	Stream          int
	From            string
	TransferID      *uint64 `json:"transfer_id"`
	SHA256          string
	Length          uint64
	ProtocolVersion uint8 `json:"protocol_version"`
	Source          string
	Destination     string
	ReportTo        string `json:"report_to"`
	CreationTime    string `json:"creation_time"`
	DTNTime         uint64 `json:"creation_dtn"`
	Sequence        uint64
	Flags           uint64
	Fragment        *struct{ Offset, Total uint64 }
	CRC             string
	Blocks          []any    // types; "primary"
	BlockCRCs       []string `json:"block_crcs"` // BPv7
}

type streamTruth struct {
	Stream     int
	Client     string
	Server     string
	Version    int
	TLS        string
	Directions map[string]directionTruth
	Transfers  []struct {
		From        string
		TransferID  *uint64 `json:"transfer_id"`
		State       string
		Length      uint64
		Segments    uint64
		AckedLength uint64 `json:"acked_length"`
		SHA256      string
	}
}

type directionTruth struct {
	Octets   uint64
	Messages map[string]int
	List     [][]any `json:"message_list"`
}

type variantTruth struct {
	Of       string
	Times    int
	Lossless bool
	Lost     []struct {
		Stream int
		From   string
		Holes  [][2]uint64
	}
	MessagesWhole map[string]int `json:"messages_whole"`
	BundlesWhole  []string       `json:"bundles_whole"`
	Findable      []struct {
		Stream  int
		From    string
		Indexes []int
	}
}

func readTruth(t *testing.T) *truth {
	t.Helper()
	b, err := os.ReadFile("../testdata/pcaps/truth.json")
	if err != nil {
		t.Fatal(err)
	}
	var tr truth
	if err := json.Unmarshal(b, &tr); err != nil {
		t.Fatal(err)
	}
	return &tr
}

// file is the path of a capture or variant of truth.json, which may be kept compressed.
func file(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"../testdata/pcaps", "../testdata/pcaps/variants"} {
		for _, suffix := range []string{"", ".gz"} {
			if p := filepath.Join(dir, name+suffix); exists(p) {
				return p
			}
		}
	}
	t.Fatalf("%s is not in testdata/pcaps", name)
	return ""
}

func exists(name string) bool { _, err := os.Stat(name); return err == nil }

// collector is a sink that keeps everything.
type collector struct {
	messages  []record.Message
	tls       []record.TLS
	gaps      []record.Gap
	transfers []record.Transfer
	bundles   []*record.Bundle
	sessions  []record.Session
	data      map[[3]int][]byte // by session, side, serial
}

func (c *collector) Message(m *record.Message) {
	k := *m
	k.FlagNames, k.Quirks = slices.Clone(m.FlagNames), slices.Clone(m.Quirks)
	k.NodeID, k.Octets = slices.Clone(m.NodeID), slices.Clone(m.Octets)
	k.Extensions = slices.Clone(m.Extensions)
	for i := range k.Extensions {
		k.Extensions[i].Value = slices.Clone(k.Extensions[i].Value)
	}
	c.messages = append(c.messages, k)
}
func (c *collector) Gap(g *record.Gap) { c.gaps = append(c.gaps, *g) }
func (c *collector) Data(t *record.Transfer, offset uint64, d []byte) {
	key := [3]int{t.Session, int(t.From), t.Serial}
	if c.data == nil {
		c.data = map[[3]int][]byte{}
	}
	if uint64(len(c.data[key])) == offset {
		c.data[key] = append(c.data[key], d...)
	}
}
func (c *collector) Transfer(t *record.Transfer) {
	k := *t
	k.SHA256 = slices.Clone(t.SHA256)
	if t.Bundle != nil {
		k.Bundle = t.Bundle.Clone()
	}
	c.transfers = append(c.transfers, k)
}
func (c *collector) Bundle(b *record.Bundle) {
	k, t := b.Clone(), *b.Transfer
	k.Transfer = &t
	c.bundles = append(c.bundles, k)
}
func (c *collector) TLS(t *record.TLS)         { c.tls = append(c.tls, *t) }
func (*collector) Timing(*record.Timing)       {}
func (c *collector) Session(s *record.Session) { c.sessions = append(c.sessions, *s) }

// run dissects capture files with everything wanted. The source's errors are returned.
func run(t *testing.T, o dissect.Options, names ...string) (*collector, dissect.Summary, error) {
	t.Helper()
	src := capture.NewTimeline(names)
	defer src.Close()
	var c collector
	o.Want = dissect.Messages | dissect.Data | dissect.Transfers | dissect.Sessions | dissect.Hashes | dissect.BundleList
	sum, err := dissect.Run(context.Background(), src, o, io.Discard, func(*dissect.Output) dissect.Sink { return &c })
	return &c, sum, err
}

func (c *collector) countTypes() map[string]int {
	n := map[string]int{}
	for _, m := range c.messages {
		if !m.CutShort {
			n[m.Type]++
		}
	}
	return n
}

func bundlesSHA256(transfers []record.Transfer) string {
	var sums []string
	for _, t := range transfers {
		if t.State == record.Complete {
			sums = append(sums, hex.EncodeToString(t.SHA256)+"\n")
		}
	}
	slices.Sort(sums)
	sum := sha256.Sum256([]byte(strings.Join(sums, "")))
	return hex.EncodeToString(sum[:])
}

func TestCapturesHoldWhatTheTruthSays(t *testing.T) {
	for name, want := range readTruth(t).Captures {
		t.Run(name, func(t *testing.T) {
			got, sum, err := run(t, dissect.Options{}, file(t, name))
			if err != nil {
				t.Fatal(err)
			}
			messages := want.Messages
			if want.MessagesWithoutKeys != nil {
				messages = want.MessagesWithoutKeys
			}
			if n := got.countTypes(); !maps.Equal(n, messages) {
				t.Errorf("messages %v, want %v", n, messages)
			}
			if len(got.gaps) > 0 {
				t.Errorf("a capture without loss has gaps: %+v", got.gaps)
			}
			if sum.Connections != len(want.Streams) {
				t.Errorf("%d connections, want %d", sum.Connections, len(want.Streams))
			}
			if want.MessagesWithoutKeys != nil {
				return
			}
			if s := bundlesSHA256(got.transfers); s != want.BundlesSHA256 {
				t.Errorf("bundles differ: %s, want %s", s, want.BundlesSHA256)
			}
			for _, stream := range want.Streams {
				checkStream(t, got, stream)
			}
		})
	}
}

func checkStream(t *testing.T, got *collector, want streamTruth) {
	t.Helper()
	number := want.Stream + 1
	i := slices.IndexFunc(got.sessions, func(s record.Session) bool { return s.Session == number })
	if want.Version == 0 {
		if i >= 0 {
			t.Errorf("connection %d is not TCPCL, but listed", number)
		}
		return
	}
	if i < 0 {
		t.Fatalf("session %d is missing", number)
	}
	s := got.sessions[i]
	if s.Client != want.Client || s.Server != want.Server || int(s.Version) != want.Version || s.TLS != want.TLS {
		t.Errorf("session %d: %s > %s v%d tls %s, want %s > %s v%d tls %s", number, s.Client, s.Server, s.Version, s.TLS,
			want.Client, want.Server, want.Version, want.TLS)
	}
	for side, name := range []string{"active", "passive"} {
		d := want.Directions[name]
		if s.Peers[side].Octets != d.Octets {
			t.Errorf("session %d %s: %d octets, want %d", number, name, s.Peers[side].Octets, d.Octets)
		}
		n := map[string]int{}
		for _, c := range s.Peers[side].Messages {
			n[c.Type] = int(c.Count)
		}
		if !maps.Equal(n, d.Messages) {
			t.Errorf("session %d %s: messages %v, want %v", number, name, n, d.Messages)
		}
		if d.List != nil {
			checkList(t, got, number, name, d.List)
		}
	}
	next := map[string]int{}
	for _, w := range want.Transfers {
		next[w.From]++
		serial := next[w.From]
		j := slices.IndexFunc(got.transfers, func(r record.Transfer) bool {
			return r.Session == number && r.From.String() == w.From && r.Serial == serial
		})
		if j < 0 {
			t.Errorf("session %d %s: transfer %d is missing", number, w.From, serial)
			continue
		}
		r := got.transfers[j]
		if r.State.String() != w.State || r.Length != w.Length || r.Segments != w.Segments || r.AckedLength != w.AckedLength ||
			hex.EncodeToString(r.SHA256) != w.SHA256 || w.TransferID != nil && r.TransferID != *w.TransferID {
			t.Errorf("session %d %s: transfer %d is %+v, want %+v", number, w.From, serial, r, w)
		}
	}
}

// entry is a message as truth.json lists it: stream offset, type, length on the wire, transfer ID, data or acknowledged length.
type entry struct {
	offset uint64
	kind   string
	length uint64
	id     int64
	amount int64
}

func checkList(t *testing.T, got *collector, session int, from string, list [][]any) {
	t.Helper()
	if g, w := got.entries(session, from), wanted(list); !slices.Equal(g, w) {
		t.Errorf("session %d %s: messages\n%v\nwant\n%v", session, from, g, w)
	}
}

func wanted(list [][]any) []entry {
	var es []entry
	for _, e := range list {
		n := func(v any) int64 {
			if f, ok := v.(float64); ok {
				return int64(f)
			}
			return -1
		}
		es = append(es, entry{uint64(n(e[0])), e[1].(string), uint64(n(e[2])), n(e[3]), n(e[4])})
	}
	return es
}

func (c *collector) entries(session int, from string) []entry {
	var es []entry
	for _, m := range c.messages {
		if m.Session != session || m.From.String() != from || m.CutShort {
			continue
		}
		e := entry{m.StreamOffset, m.Type, m.Length, -1, -1}
		if m.Has&record.HasTransferID != 0 {
			e.id = int64(m.TransferID)
		}
		if m.Has&record.HasDataLength != 0 {
			e.amount = int64(m.DataLength)
		}
		if m.Has&record.HasAckLength != 0 {
			e.amount = int64(m.AckLength)
		}
		es = append(es, e)
	}
	return es
}

func TestLosslessVariantsHoldWhatTheirOriginalHolds(t *testing.T) {
	tr := readTruth(t)
	for name, v := range tr.Variants {
		if !v.Lossless {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got, _, err := run(t, dissect.Options{}, file(t, name))
			if err != nil {
				t.Fatal(err)
			}
			of := tr.Captures[v.Of]
			want := map[string]int{}
			for kind, n := range of.Messages {
				want[kind] = n * v.Times
			}
			if n := got.countTypes(); !maps.Equal(n, want) {
				t.Errorf("messages %v, want %v", n, want)
			}
			for _, g := range got.gaps {
				if g.Cause != record.GapMidStream || !strings.Contains(name, "nosyn") {
					t.Errorf("gap %+v in a capture without loss", g)
				}
			}
			if v.Times == 1 {
				if s := bundlesSHA256(got.transfers); s != of.BundlesSHA256 {
					t.Errorf("bundles differ: %s, want %s", s, of.BundlesSHA256)
				}
			}
		})
	}
}

func TestLossyVariantsGiveAllThatCanBeFoundAndNothingElse(t *testing.T) {
	tr := readTruth(t)
	for name, v := range tr.Variants {
		if v.Lossless {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got, _, err := run(t, dissect.Options{}, file(t, name))
			if err != nil && !errors.As(err, new(*capture.Error)) {
				t.Fatal(err)
			}
			midstart := strings.Contains(name, "midstart")
			for _, f := range v.Findable {
				number, from := f.Stream+1, f.From
				list := wanted(tr.Captures[v.Of].Streams[f.Stream].Directions[from].List)
				var shift uint64
				if midstart { // the opener was not seen, and offsets count from the first octet captured
					from = "b"
					if (got.sessions[0].Client == tr.Captures[v.Of].Streams[f.Stream].Client) == (f.From == "active") {
						from = "a"
					}
					for _, l := range v.Lost {
						if l.Stream == f.Stream && l.From == f.From {
							shift = l.Holes[0][1]
						}
					}
				}
				have := map[entry]bool{}
				for _, e := range got.entries(number, from) {
					e.offset += shift
					have[e] = true
					if !slices.Contains(list, e) {
						t.Errorf("invented %s: %+v", f.From, e)
					}
				}
				for _, i := range f.Indexes {
					if !have[list[i]] {
						t.Errorf("missing %s %d: %+v", f.From, i, list[i])
					}
				}
			}
			want := slices.Clone(v.BundlesWhole)
			var whole []string
			for _, tr := range got.transfers {
				if tr.State == record.Complete {
					whole = append(whole, hex.EncodeToString(tr.SHA256))
				}
			}
			slices.Sort(want)
			slices.Sort(whole)
			if !slices.Equal(whole, want) {
				t.Errorf("complete bundles %v, want %v", whole, want)
			}
		})
	}
}
