// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// watch is a session whose told transfers are written down as "side:id state acked/length".
type watch struct {
	*Session
	told []string
	now  int64
}

func newWatch(version uint8) *watch {
	w := &watch{}
	w.Session = New(func(side int, t *Transfer) {
		state := "incomplete"
		if t.Complete() {
			state = "complete"
		} else if t.Refused {
			state = "refused"
		}
		w.told = append(w.told, fmt.Sprintf("%d:%d %s %d/%d", side, t.ID, state, t.Acked, t.Length))
	})
	w.Version = version
	return w
}

func (w *watch) mark() Mark { w.now++; return Mark{Frame: uint64(w.now), Time: w.now * 1000} }

func (w *watch) send(side int, id uint64, flags string, length uint64) {
	w.Segment(side, id, flags == "S" || flags == "SE", length, w.mark())
	w.SegmentEnd(side, flags == "E" || flags == "SE", w.mark())
}

func (w *watch) ack(side int, id, length uint64) (a Answer) {
	w.Ack(side, id, length, w.mark(), &a)
	return a
}

func (w *watch) want(t *testing.T, told ...string) {
	t.Helper()
	if !slices.Equal(w.told, told) {
		t.Errorf("told %q, want %q", w.told, told)
	}
}

func TestTransferIsToldWithItsLastAck(t *testing.T) {
	w := newWatch(4)
	w.send(0, 7, "S", 100)
	w.send(0, 7, "E", 50)
	if a := w.ack(1, 7, 100); a.Serial != 1 || a.Segment.Frame != 2 || !a.HasTotal {
		t.Errorf("first ack: %+v", a)
	}
	w.want(t)
	if a := w.ack(1, 7, 150); a.Segment.Frame != 4 || a.First.Frame != 2 || !a.HasTotal || a.Total != 150 || a.Announced {
		t.Errorf("last ack: %+v", a)
	}
	w.want(t, "0:7 complete 150/150")
}

func TestPipelinedV3AcksAreCreditedToTheOldestTransfer(t *testing.T) {
	w := newWatch(3)
	for range 3 {
		w.send(0, 0, "SE", 40)
	}
	for range 3 {
		if w.ack(1, 0, 40).Serial == 0 {
			t.Error("an ack fits nothing")
		}
	}
	w.want(t, "0:1 complete 40/40", "0:2 complete 40/40", "0:3 complete 40/40")
}

func TestAckBeforeItsSegmentIsKept(t *testing.T) {
	for _, version := range []uint8{3, 4} {
		w := newWatch(version)
		id := uint64(1)
		if w.ack(1, id, 10).Serial != 0 {
			t.Errorf("v%d: an ack fits a segment not seen", version)
		}
		w.send(0, id, "SE", 10)
		w.want(t, "0:1 complete 10/10")
	}
}

func TestV3AcksThatRunAheadStayInOrder(t *testing.T) {
	w := newWatch(3)
	w.ack(1, 0, 1000)
	w.Segment(0, 0, true, 1000, w.mark())
	w.ack(1, 0, 40) // that of the next transfer, not a part of this one
	w.SegmentEnd(0, true, w.mark())
	w.want(t, "0:1 complete 1000/1000")
	w.send(0, 0, "SE", 40)
	w.want(t, "0:1 complete 1000/1000", "0:2 complete 40/40")
}

func TestRefusalBeforeItsSegmentIsKept(t *testing.T) {
	for _, version := range []uint8{3, 4} {
		w := newWatch(version)
		w.Refuse(1, 1, 2)
		w.send(0, 1, "SE", 10)
		w.want(t, "0:1 refused 0/10")
	}
}

func TestRefusedTransferIsToldWhenTheNextBegins(t *testing.T) {
	for _, version := range []uint8{3, 4} {
		w := newWatch(version)
		w.send(0, 1, "S", 10)
		w.Refuse(1, 1, 2)
		w.want(t)
		w.send(0, 1, "", 10) // it was on its way
		w.send(0, 2, "SE", 5)
		w.want(t, "0:1 refused 0/20")
		w.ack(1, 2, 5)
		w.want(t, "0:1 refused 0/20", "0:2 complete 5/5")
	}
}

func TestInterleavedTransfersAreKeptApart(t *testing.T) {
	w := newWatch(4)
	w.send(0, 1, "S", 10)
	w.send(0, 2, "S", 100)
	w.send(0, 1, "E", 1)
	w.send(0, 2, "E", 2)
	for _, a := range [][2]uint64{{1, 10}, {2, 100}, {1, 11}, {2, 102}} {
		w.ack(1, a[0], a[1])
	}
	w.want(t, "0:1 complete 11/11", "0:2 complete 102/102")
}

func TestLostHeadersMakeTheTransferUnderWayIncomplete(t *testing.T) {
	w := newWatch(4)
	w.send(0, 1, "S", 10)
	w.Lost(0)
	w.send(0, 1, "E", 10)
	w.send(0, 2, "SE", 10)
	w.Close()
	w.want(t, "0:1 incomplete 0/20", "0:2 complete 0/10")
}

func TestWithoutAcksTransfersAreToldAtTheirEnd(t *testing.T) {
	w := newWatch(3)
	w.ContactHeader(0, 3, 0)
	w.ContactHeader(1, 3, 1)
	w.send(0, 0, "SE", 10)
	w.want(t, "0:1 complete 0/10")
}

func TestOneDirectionAloneIsBounded(t *testing.T) {
	w := newWatch(4)
	for id := range uint64(3 * maxOpen) {
		w.send(0, id, "SE", 1)
	}
	if open := len(w.sides[0].out.open()); open > maxOpen || len(w.told) != 2*maxOpen {
		t.Errorf("%d transfers open, %d told", open, len(w.told))
	}
	w.Close()
	if len(w.told) != 3*maxOpen {
		t.Errorf("%d transfers told at the end", len(w.told))
	}
}

func TestHistoryFoldsRunsAndIsBounded(t *testing.T) {
	w := newWatch(4)
	w.ContactHeader(0, 4, 0)
	w.ContactHeader(1, 4, 0)
	w.Note(0, 'I')
	w.Note(1, 'I')
	for range 5 {
		w.Note(0, 'K')
	}
	w.Term(0, false)
	w.Term(1, true)
	if h, cut := w.History(0); h != "CcIiKTt" || cut {
		t.Errorf("history %q %v", h, cut)
	}
	for range maxHistory {
		w.Note(0, 'K')
		w.Note(1, 'K')
	}
	if h, cut := w.History(1); len(h) != maxHistory || !cut {
		t.Errorf("history of %d letters, cut %v", len(h), cut)
	}
}

func TestSegmentsAndAcksAllocateNothing(t *testing.T) {
	w := New(func(int, *Transfer) {})
	w.Version = 4
	id := uint64(0)
	step := func() {
		for range 8 {
			w.Segment(0, id, true, 1000, Mark{1, 1})
			w.SegmentEnd(0, true, Mark{1, 1})
			id++
		}
		for i := range uint64(8) {
			w.Ack(1, id-8+i, 1000, Mark{2, 2}, nil)
		}
	}
	for range 100 {
		step()
	}
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSegmentAndAck(b *testing.B) {
	w := New(func(int, *Transfer) {})
	w.Version = 4
	for id := range uint64(b.N) {
		w.Segment(0, id, true, 1000, Mark{1, 1})
		w.SegmentEnd(0, true, Mark{1, 1})
		w.Ack(1, id, 1000, Mark{2, 2}, nil)
	}
}

// A transfer of one segment takes a shorter way. Whatever happens to it there, it must be told as it would be on the long way.
func TestSingleSegmentsAreToldAsOthersAre(t *testing.T) {
	for seed := range uint64(400) {
		for _, version := range []uint8{3, 4} {
			r := rand.New(rand.NewPCG(seed, uint64(version)))
			short, long := newWatch(version), newWatch(version)
			lengths := map[uint64]uint64{}
			for range 60 {
				id := uint64(r.IntN(12))
				a, b := short.mark(), short.mark()
				long.now = short.now
				switch length := uint64(1 + r.IntN(3)); r.IntN(10) {
				case 0, 1, 2, 3:
					lengths[id] = length
					if _, ok := short.Single(0, id, length, a, b); !ok {
						short.Segment(0, id, true, length, a)
						short.SegmentEnd(0, true, b)
					}
					long.Segment(0, id, true, length, a)
					long.SegmentEnd(0, true, b)
				case 4:
					for _, w := range []*watch{short, long} {
						w.Segment(0, id, true, length, a)
						w.SegmentEnd(0, false, b)
					}
				case 5:
					short.Refuse(1, id, 1)
					long.Refuse(1, id, 1)
				case 6:
					short.Lost(0)
					long.Lost(0)
				default:
					if l := lengths[id]; l != 0 {
						length = l
					}
					if x, y := short.ack(1, id, length), long.ack(1, id, length); x != y {
						t.Fatalf("seed %d v%d: ack %d %d answers %+v, want %+v", seed, version, id, length, x, y)
					}
				}
			}
			short.Close()
			long.Close()
			slices.Sort(short.told)
			slices.Sort(long.told)
			short.want(t, long.told...)
			for side := range 2 {
				a, b, c := short.Counts(side)
				if x, y, z := long.Counts(side); a != x || b != y || c != z || side == 0 && int(a+b+c) != len(short.told) {
					t.Errorf("seed %d v%d: counts %d %d %d, want %d %d %d", seed, version, a, b, c, x, y, z)
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d v%d", seed, version)
			}
		}
	}
}
