// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestPDMLShowsWhatTsharkWritesAsFields makes sure of the ground of the comparison: that the values taken from PDML, put together
// frame by frame, are to the letter those of "tshark -T fields", which is what tcpcl-dump promises to write.
func TestPDMLShowsWhatTsharkWritesAsFields(t *testing.T) {
	types, err := tsharkFields()
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(types))
	for _, c := range plainCaptures(t) {
		if !c.original() || c.of == "dtn7-v4-multiseg-ip6.pcap" { // which tshark makes thousands of messages of
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			messages, transfers := tsharkMessages(t, c)
			frames := map[string]map[string][]string{}
			add := func(frame string, fields map[string][]string) {
				if frames[frame] == nil {
					frames[frame] = map[string][]string{}
				}
				for name, values := range fields {
					frames[frame][name] = append(frames[frame][name], values...)
				}
			}
			for _, m := range messages {
				add(m.frame, m.fields)
			}
			for _, r := range transfers {
				add(r.frame, r.fields)
			}
			compareFrames(t, c, names, types, frames)
		})
	}
}

func compareFrames(t *testing.T, c capture, names []string, types map[string]string, frames map[string]map[string][]string) {
	args := []string{"-Y", "tcpcl", "-T", "fields", "-E", "separator=" + separator, "-E", "aggregator=" + aggregator, "-e", "frame.number"}
	for _, name := range names {
		args = append(args, "-e", name)
	}
	lines := 0
	runTshark(t, c, func(r io.Reader) error {
		s := bufio.NewScanner(r)
		s.Buffer(nil, 64<<20)
		for s.Scan() {
			cells := strings.Split(s.Text(), separator)
			if len(cells) != 1+len(names) {
				return fmt.Errorf("a line has %d columns", len(cells))
			}
			lines++
			for i, cell := range cells[1:] {
				name := names[i]
				want := strings.Join(frames[cells[0]][name], aggregator)
				if cell != want && !(types[name] == "FT_NONE" && want == "") { // expert items are left out of the comparison
					t.Errorf("frame %s: %s is %s in fields, %s in PDML", cells[0], name, shorten([]string{cell}), shorten([]string{want}))
				}
			}
		}
		return s.Err()
	}, args...)
	if lines != len(frames) {
		t.Errorf("%d frames in fields, %d in PDML", lines, len(frames))
	}
}
