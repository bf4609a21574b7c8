// SPDX-License-Identifier: Apache-2.0

package ledger

import "encoding/binary"

// index finds the places of sightings by their keys: a hash table with linear probing. It is small, so that what is looked up for
// each bundle stays in the processor's cache, and has no pointers to follow; keys, being hashes, are not hashed again.
type index struct {
	slots []slot // a power of two, at most half of them used
	used  int
}

type slot struct {
	tag   uint32 // of the key
	place uint32 // of the sighting, from 1; 0: the slot is free
}

const minSlots = 1 << 10

// ofKey gives where the search for a key begins, before it is cut to the length of the table, and its tag.
func ofKey(k *key) (home, tag uint32) {
	h := binary.LittleEndian.Uint64(k[8:])
	return uint32(h), uint32(h >> 32)
}

// find returns the place of the sighting with a key among all, -1 for none.
func (x *index) find(k *key, all []sighting) int {
	if x.used == 0 {
		return -1
	}
	home, tag := ofKey(k)
	mask := uint32(len(x.slots) - 1)
	for i := home & mask; x.slots[i].place != 0; i = (i + 1) & mask {
		if s := x.slots[i]; s.tag == tag && all[s.place-1].key == *k {
			return int(s.place - 1)
		}
	}
	return -1
}

// add notes the place of a sighting that is not in the index. all has it.
func (x *index) add(place int, all []sighting) {
	if 2*x.used >= len(x.slots) {
		x.slots = make([]slot, max(2*len(x.slots), minSlots))
		x.used = 0
		for i := range all {
			if i != place {
				x.put(i, &all[i].key)
			}
		}
	}
	x.put(place, &all[place].key)
}

func (x *index) put(place int, k *key) {
	home, tag := ofKey(k)
	mask := uint32(len(x.slots) - 1)
	i := home & mask
	for x.slots[i].place != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = slot{tag, uint32(place + 1)}
	x.used++
}

// remove forgets the sighting at a place, which is in the index. What stands behind its slot moves up, so that no search ends too early.
func (x *index) remove(place int, all []sighting) {
	home, _ := ofKey(&all[place].key)
	mask := uint32(len(x.slots) - 1)
	free := home & mask
	for x.slots[free].place != uint32(place+1) {
		free = (free + 1) & mask
	}
	for i := (free + 1) & mask; x.slots[i].place != 0; i = (i + 1) & mask {
		home, _ := ofKey(&all[x.slots[i].place-1].key)
		if (i-home)&mask >= (i-free)&mask { // it may stand in the free slot
			x.slots[free] = x.slots[i]
			free = i
		}
	}
	x.slots[free] = slot{}
	x.used--
}
