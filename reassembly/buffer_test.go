// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Against a plain sorted slice as oracle.
func add(b *buffer, i int, pos uint64) {
	p := b.insert(i, pos)
	p.pos, p.length = pos, 1
}

func TestBufferKeepsPiecesSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &buffer{}
		var want []uint64
		low := uint64(0)
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			if rapid.IntRange(0, 2).Draw(t, "what") == 0 && len(want) > 0 {
				if got := b.pop(); got.pos != want[0] {
					t.Fatalf("popped %d, want %d", got.pos, want[0])
				}
				low, want = want[0]+1, want[1:]
			} else {
				pos := low + rapid.Uint64Range(0, 1000).Draw(t, "pos")
				i, found := slices.BinarySearch(want, pos)
				if found {
					continue
				}
				if got := b.search(pos); got != i {
					t.Fatalf("search %d: %d, want %d in %d", pos, got, i, want)
				}
				want = slices.Insert(slices.Clone(want), i, pos)
				add(b, i, pos)
			}
			if b.empty() != (len(want) == 0) || !slices.EqualFunc(b.pieces(), want, func(p piece, pos uint64) bool { return p.pos == pos }) {
				t.Fatalf("pieces %v, want %d", b.pieces(), want)
			}
		}
	})
}

func TestBufferListDoesNotGrowWhileItIsNeverEmpty(t *testing.T) {
	b := &buffer{}
	for i := range uint64(100_000) {
		add(b, b.search(i), i)
		if i >= 10 {
			b.pop()
		}
	}
	if cap(b.list) > 1000 {
		t.Errorf("%d pieces of room for 10", cap(b.list))
	}
}

func TestBufferPoolIsBoundedAndGivesRoomForWhatIsAskedFor(t *testing.T) {
	var pool bufferPool
	for _, n := range []int{1, 63, 64, 65, 1448, 65535, 65536, 65537, 1 << 20} {
		d := make([]byte, n)
		d[n-1] = 1
		for range 2 { // new, then again
			m := pool.copyOf(d)
			if !slices.Equal(m, d) || cap(m) > max(64, 2*n) {
				t.Fatalf("%d octets: got %d, room for %d", n, len(m), cap(m))
			}
			pool.put(m)
		}
	}
	for range 100 {
		pool.put(make([]byte, 1<<16))
	}
	if pool.kept > poolOctets {
		t.Errorf("%d octets kept", pool.kept)
	}
	for range 2 * poolBuffers {
		pool.putBuffer(&buffer{})
	}
	if len(pool.buffers) > poolBuffers {
		t.Errorf("%d buffers kept", len(pool.buffers))
	}
}
