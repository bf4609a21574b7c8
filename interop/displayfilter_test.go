// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bufio"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// filterExceptions are expressions that tshark answers otherwise, and why it is wrong or means something else.
var filterExceptions = map[string]string{
	"tcpcl.v4.xfer_segment.data[-1:] == ff": negativeOctets,
	"tcpcl.v4.xfer_segment.data[-1] == ff":  negativeOctets,
	"tcpcl.v4.xfer_ack.time_diff < 0.01":    "It credits the acknowledgements of TCPCLv3 to the newest transfer, not to the oldest one that waits for them.",
}

const negativeOctets = "Offsets from the end choose nothing in fields of octets, though they do in text, and its manual has them."

// TestDisplayFiltersChooseWhatTsharkChooses asks both programs which frames each expression of testdata/expressions.txt chooses. A filter
// chooses frames in tshark and messages in tcpcl-dump, so only frames with one message are compared.
func TestDisplayFiltersChooseWhatTsharkChooses(t *testing.T) {
	text, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	var expressions []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			expressions = append(expressions, line)
		}
	}
	if len(expressions) < 150 {
		t.Errorf("%d expressions", len(expressions))
	}
	chosen := make([]int, len(expressions)) // frames, over all captures
	answers := 0
	names := []string{"seed-v4-plain.pcap", "seed-v4-tests.pcap", "seed-v4-ipv6.pcap", "ion-v3-bpv6.pcap", "hdtn-v4-bpv7.pcap"}
	for _, c := range plainCaptures(t) {
		if !slices.Contains(names, c.name) {
			continue
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == c.name })
		single := singleFrames(t, c)
		theirs := tsharkCounts(t, c, expressions, single)
		for i, e := range expressions {
			answers++
			ours := 0
			for _, frame := range dumpFrames(t, c, "-Y", e) {
				if slices.Contains(single, frame) {
					ours++
				}
			}
			chosen[i] += ours
			if ours != theirs[i] && filterExceptions[e] == "" {
				t.Errorf("%s: %s: %d frames of %d, with tshark %d", c.name, e, ours, len(single), theirs[i])
			}
		}
	}
	if len(names) > 0 {
		t.Errorf("not there: %s", names)
	}
	some := 0
	for i := range chosen {
		if chosen[i] > 0 {
			some++
		}
	}
	t.Logf("%d expressions, %d answers, %d expressions choose something", len(expressions), answers, some)
	if some < len(expressions)*3/4 {
		t.Errorf("only %d of %d expressions choose anything", some, len(expressions))
	}
}

// dumpFrames lists the frames of the messages, in order.
func dumpFrames(t *testing.T, c capture, args ...string) (frames []string) {
	t.Helper()
	runDump(t, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			frames = append(frames, lines.Text())
		}
		return lines.Err()
	}, append(append([]string{"-q", "-T", "fields", "-e", "frame.number"}, args...), c.input()...)...)
	return frames
}

// singleFrames are the frames in which one message ends, at most 40 of them.
func singleFrames(t *testing.T, c capture) (single []string) {
	all := dumpFrames(t, c)
	for i, f := range all {
		if (i == 0 || all[i-1] != f) && (i == len(all)-1 || all[i+1] != f) {
			single = append(single, f)
		}
	}
	return single[:min(len(single), 40)]
}

// tsharkCounts asks tshark how many of some frames each expression chooses: many expressions in one run, those with commas alone.
func tsharkCounts(t *testing.T, c capture, expressions, frames []string) []int {
	t.Helper()
	const together = 60
	counts := make([]int, len(expressions))
	within := "(frame.number == " + strings.Join(frames, " || frame.number == ") + ")"
	var indexes []int
	ask := func() {
		if len(indexes) == 0 {
			return
		}
		statistic := "io,stat,0"
		for _, i := range indexes {
			statistic += ",(" + expressions[i] + ") && " + within
		}
		runTshark(t, c, func(r io.Reader) error {
			lines := bufio.NewScanner(r)
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				cells := strings.Split(lines.Text(), "|")
				if len(cells) < 2*len(indexes)+2 || !strings.Contains(cells[1], "<>") {
					continue
				}
				for k, i := range indexes {
					n, err := strconv.Atoi(strings.TrimSpace(cells[2+2*k]))
					if err != nil {
						return err
					}
					counts[i] = n
				}
			}
			return lines.Err()
		}, "-q", "-z", statistic)
		indexes = indexes[:0]
	}
	for i, e := range expressions {
		if strings.Contains(e, ",") {
			runTshark(t, c, func(r io.Reader) error {
				lines := bufio.NewScanner(r)
				for lines.Scan() {
					counts[i]++
				}
				return lines.Err()
			}, "-Y", "("+e+") && "+within, "-T", "fields", "-e", "frame.number")
			continue
		}
		if indexes = append(indexes, i); len(indexes) == together {
			ask()
		}
	}
	ask()
	return counts
}
