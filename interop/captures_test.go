// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"cmp"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const pcaps = "../testdata/pcaps"

// truth is what the captures hold, found out by programs that use neither tshark nor this repository.
type truth struct {
	Captures map[string]captureTruth `json:"captures"`
	Variants map[string]variantTruth `json:"variants"`
}

type captureTruth struct {
	Messages map[string]int `json:"messages"`
	Streams  []streamTruth  `json:"streams"`
}

type streamTruth struct {
	Server     string                    `json:"server"`
	Version    *int                      `json:"version"` // null: no TCPCL on TCP
	TLS        string                    `json:"tls"`
	Directions map[string]directionTruth `json:"directions"`
	Transfers  []transferTruth           `json:"transfers"`
}

type directionTruth struct {
	Octets   int            `json:"octets"`
	Messages map[string]int `json:"messages"`
}

type transferTruth struct {
	From   string  `json:"from"`
	ID     *uint64 `json:"transfer_id"`
	State  string  `json:"state"`
	SHA256 string  `json:"sha256"`
}

type variantTruth struct {
	Of       string `json:"of"`
	Times    int    `json:"times"`
	Lossless bool   `json:"lossless"`
}

var readTruth = sync.OnceValues(func() (truth, error) {
	var tr truth
	text, err := os.ReadFile(filepath.Join(pcaps, "truth.json"))
	if err == nil {
		err = json.Unmarshal(text, &tr)
	}
	return tr, err
})

// capture is a file with the messages of an original, a number of times.
type capture struct {
	name  string // as truth.json has it
	of    string // the original
	times int
	path  string
	port  string
	keys  string       // its key log; "": there is none
	truth captureTruth // of the original
}

// input are the arguments that name it to tcpcl-dump.
func (c capture) input() []string {
	if c.keys != "" {
		return []string{"--keylog", c.keys, c.path}
	}
	return []string{c.path}
}

// overTLS reports whether its sessions use TLS.
func (c capture) overTLS() bool { return c.truth.Streams[0].TLS != "none" }

// original reports whether it is a capture as it was made, not a variant.
func (c capture) original() bool { return c.name == c.of }

// reordered reports whether segments come in another order than they were sent in, or more than once, so that the frame in
// which a message becomes complete is a matter of view.
func (c capture) reordered() bool {
	for _, operation := range []string{"reorder", "mix", "dup", "overlap", "conflict", "seqwrap"} {
		if strings.Contains(strings.TrimPrefix(c.name, strings.TrimSuffix(c.of, ".pcap")), operation) {
			return true
		}
	}
	return false
}

// otherFrames reports whether the two programs' messages need not be in the same frames.
func (c capture) otherFrames() bool { return c.reordered() || unreadable[c.name] != "" }

// plainCaptures are the captures with TCPCL on TCP and without TLS, and the variants of these that lost nothing; the names
// in order.
func plainCaptures(t *testing.T) []capture {
	t.Helper()
	tr, err := readTruth()
	if err != nil {
		t.Fatal(err)
	}
	var all []capture
	for name, ct := range tr.Captures {
		if s := ct.Streams[0]; s.Version != nil && s.TLS == "none" {
			all = append(all, newCapture(t, pcaps, name, name, 1, ct))
		}
	}
	for name, v := range tr.Variants {
		if v.Lossless {
			all = append(all, newCapture(t, filepath.Join(pcaps, "variants"), name, v.Of, v.Times, tr.Captures[v.Of]))
		}
	}
	slices.SortFunc(all, func(a, b capture) int { return cmp.Compare(a.name, b.name) })
	if len(all) < 70 {
		t.Fatalf("truth.json lists %d plain captures", len(all))
	}
	return all
}

// tlsCaptures are those whose sessions use TLS, with their key logs; one has the secrets inside.
func tlsCaptures(t *testing.T) []capture {
	t.Helper()
	tr, err := readTruth()
	if err != nil {
		t.Fatal(err)
	}
	var all []capture
	for name, ct := range tr.Captures {
		if ct.Streams[0].Version == nil || ct.Streams[0].TLS == "none" {
			continue
		}
		c := newCapture(t, pcaps, name, name, 1, ct)
		if strings.HasSuffix(name, ".pcap") {
			c.keys = strings.TrimSuffix(c.path, ".pcap") + ".keys"
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b capture) int { return cmp.Compare(a.name, b.name) })
	if len(all) < 4 {
		t.Fatalf("truth.json lists %d captures with TLS", len(all))
	}
	return all
}

func newCapture(t *testing.T, dir, name, of string, times int, ct captureTruth) capture {
	t.Helper()
	_, port, err := net.SplitHostPort(ct.Streams[0].Server)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		path += ".gz" // the large ones are kept compressed
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return capture{name: name, of: of, times: times, path: path, port: port, truth: ct}
}
