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

const (
	separator  = "\x1f" // between columns, and
	aggregator = "\x1e" // between values: characters that no value has
)

// columns are the fields asked of tcpcl-dump: all that tell the messages apart, all of tshark's TCPCL fields that it has, and
// those of its own that the exceptions need.
func columns(t *testing.T) []string {
	t.Helper()
	types, err := tsharkFields()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := dumpFields()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"tcp.stream", "tcp.srcport", "frame.number", "frame.time_epoch", "tcpcl.quirk", "tcpcl.stream_offset", "tcpcl.length"}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if ours[name] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// dumpMessages lists all messages that tcpcl-dump finds in a capture.
func dumpMessages(t *testing.T, c capture) []*message {
	t.Helper()
	names := columns(t)
	args := []string{"-T", "fields", "-E", "separator=" + separator, "-E", "aggregator=" + aggregator}
	for _, name := range names {
		args = append(args, "-e", name)
	}
	var all []*message
	runDump(t, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 64<<20) // segments' data are in them
		for lines.Scan() {
			cells := strings.Split(lines.Text(), separator)
			if len(cells) != len(names) {
				return fmt.Errorf("a line has %d columns, not %d", len(cells), len(names))
			}
			m := &message{flow: flow{stream: cells[0], srcport: cells[1]}, frame: cells[2], epoch: cells[3], index: len(all), fields: map[string][]string{}}
			for i, cell := range cells[4:] {
				if cell != "" {
					m.fields[names[4+i]] = strings.Split(cell, aggregator)
				}
			}
			all = append(all, m)
		}
		return lines.Err()
	}, append(args, c.input()...)...)
	return all
}
