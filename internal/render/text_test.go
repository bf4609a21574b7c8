// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

func TestTextShowsEveryMessageAndGap(t *testing.T) {
	golden(t, "text", show(NewText(utc(TextOptions{}))))
	golden(t, "text-80", show(NewText(utc(TextOptions{Width: 80}))))
	golden(t, "text-60", show(NewText(utc(TextOptions{Width: 60}))))
	golden(t, "text-colour", show(NewText(utc(TextOptions{Theme: NewTheme(true)}))))
}

func TestTreeShowsEveryMessageAndGap(t *testing.T) {
	golden(t, "tree", show(NewTree(utc(TextOptions{}))))
	golden(t, "tree-colour", show(NewTree(utc(TextOptions{Theme: NewTheme(true)}))))
}

func TestHexShowsEveryMessageAndGap(t *testing.T) {
	golden(t, "hex", show(Hex{NewText(utc(TextOptions{}))}))
	golden(t, "hex-tree", show(Hex{NewTree(utc(TextOptions{}))}))
}

func TestColourIsAllThatAThemeAdds(t *testing.T) {
	for _, pair := range [][2]Encoder{
		{NewText(utc(TextOptions{})), NewText(utc(TextOptions{Theme: NewTheme(true)}))},
		{NewTree(utc(TextOptions{})), NewTree(utc(TextOptions{Theme: NewTheme(true)}))},
	} {
		plain, coloured := show(pair[0]), show(pair[1])
		if bytes.Equal(plain, coloured) {
			t.Error("no colour at all")
		}
		if got := stripColour(coloured); !bytes.Equal(plain, got) {
			t.Errorf("text under colours differs:\n%s\n%s", plain, got)
		}
	}
}

func stripColour(b []byte) []byte {
	var plain []byte
	for len(b) > 0 {
		if b[0] == 0x1b {
			b = b[bytes.IndexByte(b, 'm')+1:]
			continue
		}
		plain, b = append(plain, b[0]), b[1:]
	}
	return plain
}

func TestTimeFormatsAreThoseOfTshark(t *testing.T) {
	messages := v4Messages()[:3]
	for format, want := range map[TimeFormat][3]string{ // printed by tshark 4.0.17 -t for the same frames
		Absolute:       {"11:54:15.394533", "11:54:15.398170", "11:54:15.399493"},
		AbsoluteDate:   {"2026-11-22 11:54:15.394533", "2026-11-22 11:54:15.398170", "2026-11-22 11:54:15.399493"},
		DeltaDisplayed: {"0.000000", "0.003637", "0.001323"},
		Delta:          {"0.000000", "0.003637", "0.001323"},
		Epoch:          {"1795348455.394533", "1795348455.398170", "1795348455.399493"},
		Relative:       {"0.004276", "0.007913", "0.009236"},
		UTC:            {"11:54:15.394533", "11:54:15.398170", "11:54:15.399493"},
		UTCDate:        {"2026-11-22 11:54:15.394533", "2026-11-22 11:54:15.398170", "2026-11-22 11:54:15.399493"},
	} {
		text := NewText(utc(TextOptions{Time: format, Width: 80}))
		for i, m := range messages {
			line := strings.TrimSpace(string(text.AppendMessage(nil, m)))
			got := strings.TrimSpace(strings.TrimPrefix(line[:strings.Index(line, " s1")], fmt.Sprint(m.Frame)))
			if got != want[i] {
				t.Errorf("-t %s: %q, want %q", format, got, want[i])
			}
		}
		if _, err := ParseTimeFormat(string(format)); err != nil {
			t.Error(err)
		}
	}
	if _, err := ParseTimeFormat("x"); err == nil {
		t.Error("format x accepted")
	}
}

func TestTimesBeforeTheEpochAndTheFirstFrame(t *testing.T) {
	for ns, want := range map[int64]string{-1: "-0.000000001", -1500000000: "-1.500000000", 0: "0.000000000", -1 << 63: "-9223372036.854775808"} {
		if got := string(appendSeconds(nil, ns, 9)); got != want {
			t.Errorf("%d ns: %s, want %s", ns, got, want)
		}
	}
	c := newClock(UTCDate, nil)
	if got := string(c.append(nil, -1000, 0)); got != "1969-12-31 23:59:59.999999" {
		t.Error(got)
	}
}

func TestSizesPercentsAndShortDurations(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 10240: "10.2 kB", 999949: "999.9 kB", 999950: "1.0 MB", 1<<64 - 1: "18.4 EB"} {
		if got := string(appendSize(nil, n)); got != want {
			t.Errorf("size %d: %s, want %s", n, got, want)
		}
	}
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{{0, 0, "100 %"}, {0, 5, "0 %"}, {999, 1000, "99 %"}, {5, 5, "100 %"}, {6, 5, ">100 %"}, {1<<64 - 2, 1<<64 - 1, "99 %"}} {
		if got := string(appendPercent(nil, c.part, c.whole)); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.part, c.whole, got, c.want)
		}
	}
	for ns, want := range map[int64]string{179000: "0.179ms", 0: "0.000ms", 999999999: "999.999ms", 1e9: "1.000s", -2500000: "-2.500ms", -1 << 63: "-0.000ms"} {
		if got := string(appendShortDuration(nil, ns)); got != want {
			t.Errorf("%d ns: %s, want %s", ns, got, want)
		}
	}
}

// A message's lengths are captured: no combination of them may make an encoder fail.
func TestHostileNumbersDoNotBreakEncoders(t *testing.T) {
	extremes := []uint64{0, 1, 9, 1 << 32, 1<<64 - 1}
	for _, kind := range []string{contactHeader, sessInit, xferSegment, xferAck, xferRefuse, sessTerm, msgReject, dataSegment, ackSegment,
		refuseBundle, shutdown, lengthMessage, unknown, keepalive, ""} {
		for _, version := range []uint8{0, 3, 4, 255} {
			for _, n := range extremes {
				for _, octets := range []int{0, 1, 40} {
					m := message(version, n, 0, record.B, kind, strings.Repeat("ff", octets))
					m.Has = 1<<32 - 1
					m.Length, m.HeaderLength, m.Captured, m.DataLength, m.AckLength, m.TransferOctets, m.TransferTotal = n, n, n, n, ^n, n, ^n
					m.ExtensionsLength = uint32(n)
					m.Extensions = []record.Extension{{Type: 1, Length: 65535}, {Type: 1, Length: 8, Value: make([]byte, 8)}}
					m.Time, m.CaptureStart, m.CutShort = int64(n), -int64(n), n&1 == 0
					for _, e := range []Encoder{NewText(TextOptions{}), Hex{NewTree(TextOptions{})}, NewFollow(FollowOptions{})} {
						e.AppendMessage(nil, m)
					}
				}
			}
		}
	}
}

func TestEveryWidthKeepsTheFacts(t *testing.T) {
	for width := 1; width <= 200; width++ {
		out := string(show(NewText(utc(TextOptions{Width: width}))))
		for _, fact := range []string{"id=1", "20000/70138", "[28 %]", "CUT SHORT 10 of 22", "MISSED 1400", "(frame 13)", "gap: 542 octets"} {
			if !strings.Contains(out, fact) {
				t.Fatalf("width %d: %q is missing", width, fact)
			}
		}
	}
}

func TestTextAllocatesNothing(t *testing.T) {
	messages, gap := append(v4Messages(), v3Messages()...), gaps()[0]
	for _, format := range []TimeFormat{Relative, AbsoluteDate} {
		text := NewText(TextOptions{Theme: NewTheme(true), Time: format})
		buffer := make([]byte, 0, 16<<10)
		if n := testing.AllocsPerRun(100, func() {
			b := buffer
			for _, m := range messages {
				b = text.AppendMessage(b, m)
			}
			text.AppendGap(b, gap)
		}); n != 0 {
			t.Errorf("-t %s: %v allocations", format, n)
		}
	}
}

func BenchmarkTextSegment(b *testing.B) {
	text, m := NewText(TextOptions{}), v4Messages()[4]
	buffer := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		text.AppendMessage(buffer, m)
	}
}

func BenchmarkTextAck(b *testing.B) {
	text, m := NewText(TextOptions{}), v4Messages()[5]
	buffer := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		text.AppendMessage(buffer, m)
	}
}
