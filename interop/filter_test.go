// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	captures "github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/internal/pcapfilter"
	"github.com/dtn-tools/tcpcl/internal/pcapfilter/filtertest"
	packets "github.com/dtn-tools/tcpcl/reassembly"
)

var update = flag.Bool("update", false, "rewrite "+answersFile+" with what tcpdump answers")

const answersFile = "../internal/pcapfilter/filtertest/" + filtertest.AnswersFile

// TestFiltersAnswerAsTcpdump compares the packets that each filter takes, of every link type: exactly with tcpdump as it is without its
// optimizer, which leaves tests out and so takes some packets that are cut short in the midst of what the filter looks at; the others must
// be the same with it.
func TestFiltersAnswerAsTcpdump(t *testing.T) {
	compareFilters(t, filtertest.Captured(packetsOf(t, pcaps)), func(string, string, []uint64) {})
}

// packetsOf reads the first packets of all captures below a folder.
func packetsOf(t *testing.T, folder string) (all []packets.Packet) {
	t.Helper()
	const mostOfAFile = 60 // those that follow are like them
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(d.Name(), ".pcap") {
			return err
		}
		f, err := captures.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		for range mostOfAFile {
			var p packets.Packet
			if err := f.Next(&p); err == io.EOF {
				break
			} else if err != nil {
				return err
			}
			p.Data = slices.Clone(p.Data)
			all = append(all, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAnswersToFiltersAreTcpdumps does the same with packets made by hand, whose answers are kept for tests that need no tcpdump.
func TestAnswersToFiltersAreTcpdumps(t *testing.T) {
	var mu sync.Mutex
	answers := map[string]map[string]string{}
	for _, expression := range filtertest.Expressions() {
		answers[expression] = map[string]string{}
	}
	compareFilters(t, filtertest.Handmade(), func(expression, group string, theirs []uint64) {
		mu.Lock()
		defer mu.Unlock()
		answers[expression][group] = filtertest.Digest(theirs)
	})
	var text strings.Builder
	for _, expression := range filtertest.Expressions() {
		text.WriteString(expression + "\t")
		for _, g := range filtertest.Handmade() {
			if digest := answers[expression][g.Name]; digest != "" {
				text.WriteString(" " + g.Name + "=" + digest)
			}
		}
		text.WriteString("\n")
	}
	if *update {
		if err := os.WriteFile(answersFile, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != text.String() {
		t.Errorf("%s is not what tcpdump answers; -update rewrites it", answersFile)
	}
}

// compareFilters runs all filters on all groups and tells note what tcpdump answers.
func compareFilters(t *testing.T, groups []*filtertest.Group, note func(expression, group string, theirs []uint64)) {
	expressions := filtertest.Expressions()
	if len(expressions) < 250 || len(groups) < 13 {
		t.Fatalf("%d filters and %d groups of packets", len(expressions), len(groups))
	}
	t.Run("groups", func(t *testing.T) {
		for _, g := range groups {
			t.Run(g.Name, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "packets.pcap")
				writeGroup(t, g, path)
				refused := 0
				for _, expression := range expressions {
					ours := filtered(t, g, expression)
					theirs, refusal := filteredByTcpdump(t, path, expression, "-O")
					if refusal != "" {
						if refused++; g.Name == "link-1" {
							t.Errorf("%s: %s", expression, refusal)
						}
						continue
					}
					note(expression, g.Name, theirs)
					if !slices.Equal(ours, theirs) {
						t.Errorf("%s: %s", expression, otherFrames(ours, theirs))
					}
					optimized, refusal := filteredByTcpdump(t, path, expression)
					if refusal != "" && refusal != "tcpdump: expression rejects all packets" {
						t.Errorf("%s: %s", expression, refusal)
					}
					if ours, optimized = whole(g, ours), whole(g, optimized); !slices.Equal(ours, optimized) {
						t.Errorf("%s, optimized: %s", expression, otherFrames(ours, optimized))
					}
				}
				t.Logf("%d packets, %d filters, %d of which tcpdump refuses for this link type", len(g.Packets), len(expressions), refused)
			})
		}
	})
}

// filtered gives the numbers of the packets that a filter takes.
func filtered(t *testing.T, g *filtertest.Group, expression string) (frames []uint64) {
	t.Helper()
	filter, err := pcapfilter.Parse(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	m := pcapfilter.NewMatcher(filter)
	for i := range g.Packets {
		taken, err := m.Match(&g.Packets[i])
		if err != nil {
			t.Fatal(err)
		}
		if taken {
			frames = append(frames, g.Packets[i].Frame)
		}
	}
	return frames
}

// whole leaves out packets that are cut.
func whole(g *filtertest.Group, frames []uint64) []uint64 {
	return slices.DeleteFunc(slices.Clone(frames), func(f uint64) bool {
		p := &g.Packets[f-1]
		return p.Length > len(p.Data)
	})
}

func writeGroup(t *testing.T, g *filtertest.Group, path string) {
	t.Helper()
	var pcap bytes.Buffer
	err := g.WritePcap(&pcap)
	if err == nil {
		err = os.WriteFile(path, pcap.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// filteredByTcpdump gives the numbers of the packets that tcpdump takes; the packets bear them as times. refusal is what it says of a
// filter that it does not take.
func filteredByTcpdump(t *testing.T, path, expression string, options ...string) (frames []uint64, refusal string) {
	t.Helper()
	cmd := exec.Command("tcpdump", append(options, "-n", "-r", path, "-w", "-", "--", expression)...)
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(diagnostics.String()), "\n")
		return nil, lines[len(lines)-1]
	}
	const fileHeader, recordHeader = 24, 16
	b := out.Bytes()
	if len(b) < fileHeader {
		t.Fatalf("tcpdump wrote %d octets", len(b))
	}
	var order binary.ByteOrder = binary.LittleEndian
	if binary.BigEndian.Uint32(b) == 0xa1b2c3d4 {
		order = binary.BigEndian
	}
	for b = b[fileHeader:]; len(b) >= recordHeader; {
		frames = append(frames, uint64(order.Uint32(b)))
		b = b[recordHeader+order.Uint32(b[8:]):]
	}
	return frames, ""
}

// otherFrames says in which packets two lists differ.
func otherFrames(ours, theirs []uint64) string {
	only := func(a, b []uint64) []uint64 {
		a = slices.DeleteFunc(slices.Clone(a), func(f uint64) bool { return slices.Contains(b, f) })
		return a[:min(len(a), 10)]
	}
	return fmt.Sprintf("%d packets, tcpdump has %d; only here %d, only there %d", len(ours), len(theirs), only(ours, theirs), only(theirs, ours))
}

// TestTheProgramFiltersAsTcpdump looks at what a user sees: how many packets and octets are left of a capture, compressed or not.
func TestTheProgramFiltersAsTcpdump(t *testing.T) {
	for _, name := range []string{"seed-v4-plain.pcap", "seed-v4-ipv6.pcap", "ion-v3-bpv7.pcap.gz", "variants/seed-v4-plain.qinq.pcap.gz",
		"variants/ion-v3-bpv6.sll2.pcap.gz", "variants/seed-v4-plain.null-be.pcap.gz", "variants/seed-v4-plain.snap200.pcap.gz",
		"variants/seed-v4-plain.ng-be.pcapng.gz"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(pcaps, name)
			plain := uncompressed(t, path)
			for _, expression := range []string{"tcp", "port 4556", "src port 4556 or 4656", "host 127.0.0.1 and greater 200", "ip6",
				"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "not tcp[13] & 8 != 0", "len > 66 and src portrange 4000-5000"} {
				frames, refusal := filteredByTcpdump(t, plain, expression)
				if refusal != "" {
					t.Fatalf("%s: %s", expression, refusal)
				}
				for _, jobs := range []string{"1", "3"} {
					all := decode[struct{ Capture struct{ Packets int } }](t, "stats", "-q", "-T", "ndjson", "--jobs", jobs, "-f", expression, path)
					if len(all) != 1 || all[0].Capture.Packets != len(frames) {
						t.Errorf("%s with %s workers: %+v, tcpdump takes %d packets", expression, jobs, all, len(frames))
					}
				}
			}
		})
	}
}

// uncompressed is a capture as tcpdump can read it.
func uncompressed(t *testing.T, path string) string {
	t.Helper()
	if !strings.HasSuffix(path, ".gz") {
		return path
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return plain
}
