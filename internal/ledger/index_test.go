// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestTheIndexIsAMap compares it with one, for keys of which many begin at the same slot, or at the last ones, and some share their
// tag too.
func TestTheIndexIsAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	keyOf := func() (k key) {
		binary.LittleEndian.PutUint64(k[:], random.Uint64N(1000)+1)
		home, tag := random.Uint64N(4)*7-14, random.Uint64N(3)
		binary.LittleEndian.PutUint64(k[8:], tag<<32|home&0xffffffff)
		return k
	}
	for _, limit := range []int{1, 5, 700} {
		var x index
		var all []sighting
		want := map[key]int{}
		add := func(k key, place int) {
			all[place].key = k
			want[k] = place
			x.add(place, all)
		}
		for range 20_000 {
			k := keyOf()
			place, known := want[k]
			if !known {
				place = -1
			}
			if got := x.find(&k, all); got != place {
				t.Fatalf("limit %d: %x is at %d, want %d", limit, k, got, place)
			}
			switch {
			case known:
			case len(all) < limit:
				all = append(all, sighting{})
				add(k, len(all)-1)
			default:
				old := random.IntN(limit)
				x.remove(old, all)
				delete(want, all[old].key)
				add(k, old)
			}
			if x.used != len(want) || 2*x.used > len(x.slots) {
				t.Fatalf("limit %d: %d of %d slots used for %d keys", limit, x.used, len(x.slots), len(want))
			}
		}
	}
}
