// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// together puts the octets of parts together.
func together(parts []Part, payloads [][]byte) (adu []byte) {
	for _, p := range parts {
		adu = append(adu, payloads[p.Ref][p.Skip:p.Skip+p.Length]...)
	}
	return adu
}

func TestFragmentsInAnyOrderWithOverlapsGiveTheUnit(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		adu := make([]byte, 1+random.IntN(200))
		for i := range adu {
			adu[i] = byte(random.Uint32())
		}
		covered := make([]bool, len(adu))
		var payloads [][]byte
		var offsets []uint64
		j := Joiner{Same: func(a, b uint64, offset, n uint64) bool {
			return bytes.Equal(payloads[a][offset-offsets[a]:][:n], payloads[b][offset-offsets[b]:][:n])
		}}
		id := Identity{Version: 7, Source: "ipn:1.1"}
		for whole := false; !whole; {
			from := random.IntN(len(adu))
			to := from + random.IntN(len(adu)-from+1)
			payloads, offsets = append(payloads, adu[from:to]), append(offsets, uint64(from))
			r := j.Add(id, Fragment{uint64(from), uint64(to - from), uint64(len(adu)), uint64(len(payloads) - 1)})
			have := uint64(0)
			for i := range covered {
				covered[i] = covered[i] || from <= i && i < to
				if covered[i] {
					have++
				}
			}
			whole = have == uint64(len(adu))
			if r.Have != have || r.Whole != whole || r.Conflicts != nil || r.Refused {
				t.Fatalf("%+v, want %d of %d", r, have, len(adu))
			}
			if whole && !bytes.Equal(together(r.Parts, payloads), adu) {
				t.Fatalf("other octets: %+v", r.Parts)
			}
		}
		payloads, offsets = append(payloads, adu), append(offsets, 0)
		if r := j.Add(id, Fragment{0, uint64(len(adu)), uint64(len(adu)), uint64(len(payloads) - 1)}); r.Whole || !r.Duplicate {
			t.Fatalf("once more: %+v", r)
		}
	}
}

func TestConflictingOverlapsAreTold(t *testing.T) {
	j := Joiner{Same: func(_, _, offset, n uint64) bool { return offset+n <= 5 }}
	id := Identity{Source: "dtn://a/"}
	j.Add(id, Fragment{0, 5, 20, 1})
	j.Add(id, Fragment{8, 4, 20, 2})
	r := j.Add(id, Fragment{2, 18, 20, 3})
	if !r.Whole || len(r.Conflicts) != 1 || r.Conflicts[0] != (Conflict{8, 4, 2, 3}) || len(r.Parts) != 4 {
		t.Errorf("%+v", r)
	}
}

func TestFragmentsThatCannotBelongAreRefused(t *testing.T) {
	var j Joiner
	id := Identity{Source: "dtn://a/"}
	for _, f := range []Fragment{{0, 1, 0, 0}, {5, 6, 10, 0}, {1<<64 - 1, 2, 10, 0}, {2, 1<<64 - 1, 10, 0}} {
		if r := j.Add(id, f); !r.Refused {
			t.Errorf("%+v: %+v", f, r)
		}
	}
	j.Add(id, Fragment{0, 5, 10, 0})
	if r := j.Add(id, Fragment{5, 5, 11, 1}); !r.Refused || r.Have != 5 {
		t.Errorf("another length: %+v", r)
	}
}

func TestAJoinerKeepsABoundedAmount(t *testing.T) {
	j := Joiner{MaxUnits: 2, MaxParts: 3}
	for i := range uint64(3) {
		r := j.Add(Identity{Created: Timestamp{Sequence: i}}, Fragment{0, 1, 10, 0})
		if (r.GivenUp != nil) != (i == 2) || r.GivenUp != nil && r.GivenUp.Created.Sequence != 0 {
			t.Errorf("%d: %+v", i, r)
		}
	}
	id := Identity{Created: Timestamp{Sequence: 2}}
	for i := range uint64(4) {
		if r := j.Add(id, Fragment{2 + 2*i, 1, 10, 0}); r.Refused != (i >= 2) {
			t.Errorf("part %d: %+v", i, r)
		}
	}
}

func TestFragmentsOfBothVersionsAreJoinedFromBundles(t *testing.T) {
	adu := []byte("an application data unit in three parts")
	for version := range []int{6, 7} {
		var j Joiner
		payloads := [][]byte{adu[20:], adu[:12], adu[10:25]}
		whole := false
		for i, offset := range []uint64{20, 0, 10} {
			o := Outline{Flags: FlagFragment, Destination: eid(t, "ipn:2.1"), Source: eid(t, "ipn:1.1"), ReportTo: eid(t, "dtn:none"),
				Created: Timestamp{848663895, 3}, Lifetime: 3600, FragmentOffset: offset, TotalLength: uint64(len(adu))}
			var octets []byte
			var err error
			if version == 0 {
				octets, err = (&Builder6{Outline: o, Custodian: eid(t, "dtn:none"), Payload: payloads[i]}).Append(nil)
			} else {
				octets, err = (&Builder7{Outline: o, CRC: CRC16, Payload: payloads[i]}).Append(nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			b := read(octets)
			r := j.Add(b.Identity(), Fragment{b.FragmentOffset, b.Payload().DataLength, b.TotalLength, uint64(i)})
			if whole = r.Whole; whole && !bytes.Equal(together(r.Parts, payloads), adu) {
				t.Errorf("%q", together(r.Parts, payloads))
			}
		}
		if !whole {
			t.Errorf("version %d: not whole", 6+version)
		}
	}
}
