// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"maps"
	"path/filepath"
	"sync"
	"testing"
)

// TestEveryValueOfTsharkIsOurs compares the messages of every capture, decrypted where that needs keys, and of every lossless variant, value by value.
func TestEveryValueOfTsharkIsOurs(t *testing.T) {
	types, err := tsharkFields()
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu             sync.Mutex
		applied        = map[string]int{}
		compared, runs int
		captures       = append(plainCaptures(t), tlsCaptures(t)...)
	)
	t.Run("captures", func(t *testing.T) {
		for _, c := range captures {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				cmp := compareCapture(t, c, types)
				mu.Lock()
				defer mu.Unlock()
				runs++
				compared += cmp.compared
				for name, n := range cmp.applied {
					applied[name] += n
				}
			})
		}
	})
	if runs < len(captures) {
		return // only some were asked for
	}
	total := 0
	for _, e := range exceptions {
		if applied[e.name] == 0 {
			t.Errorf("exception %q never applied: it is not needed", e.name)
		}
		t.Logf("%6d × %s: %s", applied[e.name], e.name, e.reason)
		total += applied[e.name]
	}
	t.Logf("%d captures: %d values compared, %d exceptions applied", runs, compared, total)
}

func compareCapture(t *testing.T, c capture, types map[string]string) *comparison {
	ours := dumpMessages(t, c)
	tshark, transfers := tsharkMessages(t, c)
	if reason := unreadable[c.name]; reason != "" {
		if len(tshark) != 0 {
			t.Errorf("tshark finds %d messages, so this is not true: %s", len(tshark), reason)
		}
		original := c
		original.path = filepath.Join(pcaps, c.of)
		tshark, transfers = tsharkMessages(t, original)
	}
	want := maps.Clone(c.truth.Messages)
	for kind := range want {
		want[kind] *= c.times
	}
	if got := countKinds(ours); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	cmp := newComparison(c, types, t.Errorf)
	cmp.compareLists(tshark, ours)
	cmp.compareReassembly(transfers)
	return cmp
}
