// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTextIsMergedInOrderAndOnlyWhatNothingCanComeBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		m := newMerger(&out, 3)
		type line struct {
			place
			text string
		}
		var all []line
		outs := [3]Output{}
		until := [3]place{}
		event := uint64(0)
		for range rapid.IntRange(1, 12).Draw(t, "stretches") {
			for range rapid.IntRange(0, 20).Draw(t, "records") {
				w := rapid.IntRange(0, 2).Draw(t, "worker")
				event++
				o := &outs[w]
				o.at = place{until[w].frame + uint64(rapid.IntRange(0, 3).Draw(t, "frame")), event}
				until[w] = o.at // each worker's places only grow
				text := strings.Repeat(string(rune('a'+w)), int(event%5)+1) + "\n"
				o.Buf = append(o.Buf, text...)
				o.End()
				all = append(all, line{o.at, text})
			}
			limit := until[0]
			for w := range outs {
				m.add(w, &outs[w])
				if until[w].before(limit) {
					limit = until[w]
				}
			}
			if err := m.write(limit); err != nil {
				t.Fatal(err)
			}
			slices.SortStableFunc(all, func(a, b line) int {
				if a.before(b.place) {
					return -1
				}
				return 1
			})
			want := ""
			for _, l := range all {
				if l.before(limit) {
					want += l.text
				}
			}
			if out.String() != want {
				t.Fatalf("up to %v: %q, want %q", limit, out.String(), want)
			}
		}
	})
}

func TestTextOverTheLimitDoesNotWait(t *testing.T) {
	var out bytes.Buffer
	m := newMerger(&out, 2)
	m.limit = 100
	var o Output
	for frame := uint64(1); frame <= 50; frame++ {
		o.at = place{frame: frame}
		o.Buf = append(o.Buf, "0123456789"...)
		o.End()
		m.add(1, &o)
		if err := m.write(place{frame: 1}); err != nil {
			t.Fatal(err)
		}
		if want := max(0, int(frame)*10-100); out.Len() != want || m.size != int(frame)*10-want {
			t.Fatalf("frame %d: %d octets written, want %d, and %d wait", frame, out.Len(), want, m.size)
		}
		if c := cap(m.queues[1].buf); c > 1000 {
			t.Fatalf("%d octets kept for 100", c)
		}
	}
}
