// SPDX-License-Identifier: Apache-2.0

package reassembly_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dtn-tools/tcpcl/bench/capgen"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// journal writes down what becomes of all connections.
type journal struct {
	lines    []string
	straight int
}

type entryOf struct {
	j      *journal
	number uint64
}

func (e entryOf) add(format string, a ...any) {
	e.j.lines = append(e.j.lines, fmt.Sprintf("%d "+format, append([]any{e.number}, a...)...))
}

func (e entryOf) Data(side reassembly.Side, c reassembly.Chunk) {
	e.add("%v data %d %x #%d %d", side, c.Offset, c.Data, c.Frame, c.Time)
}
func (e entryOf) Gap(side reassembly.Side, g reassembly.Gap) { e.add("%v gap %+v", side, g) }
func (e entryOf) End(side reassembly.Side, n reassembly.End) { e.add("%v end %+v", side, n) }
func (e entryOf) Closed(frame uint64, time int64)            { e.add("closed #%d %d", frame, time) }

// journalOf reads a capture, with Straight before all else or without it.
func journalOf(t *testing.T, name string, straight bool) *journal {
	t.Helper()
	f, err := capture.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	j := new(journal)
	d := reassembly.NewDecoder(reassembly.DecoderOptions{})
	a := reassembly.NewAssembler(reassembly.AssemblerOptions{})
	table := reassembly.NewTable(reassembly.TableOptions{
		OnOpen: func(c *reassembly.Conn) { c.Attach(a, entryOf{j, c.Number()}) },
		OnRelease: func(c *reassembly.Conn) {
			c.Close()
			for _, side := range []reassembly.Side{reassembly.SideA, reassembly.SideB} {
				entryOf{j, c.Number()}.add("%v %+v", side, c.Stats(side))
			}
		},
	})
	for {
		var p reassembly.Packet
		var s reassembly.Segment
		if err := f.Next(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if straight && table.Straight(d, &p) != nil {
			j.straight++
			continue
		}
		if d.Decode(&p, &s) {
			if c, side := table.Lookup(&s); c != nil {
				c.Push(side, &s)
			}
		}
	}
	d.Flush()
	table.Flush()
	j.lines = append(j.lines, fmt.Sprintf("%+v", d.Stats()))
	return j
}

func TestTheStraightWayIsAShortCutAndNothingElse(t *testing.T) {
	var names []string
	for _, pattern := range []string{"../testdata/pcaps/*.pcap*", "../testdata/pcaps/variants/*.pcap*"} {
		list, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, list...)
	}
	for _, profile := range []string{"adverse", "churn", "tiny"} {
		name := filepath.Join(t.TempDir(), profile)
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := capgen.Write(f, capgen.Options{Profile: profile, Size: 3e6}); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	taken := 0
	for _, name := range names {
		want, got := journalOf(t, name, false), journalOf(t, name, true)
		if diff := cmp.Diff(want.lines, got.lines); diff != "" {
			t.Errorf("%s: %.2000s", name, diff)
		}
		taken += got.straight
	}
	if len(names) < 50 || taken < 10_000 {
		t.Errorf("%d captures, %d packets went straight: the test tests nothing", len(names), taken)
	}
}
