// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

type number int

func (n number) before(other number) bool { return n < other }

func TestAHeapGivesTheLeastFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h heap[number]
		var model []number
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			if len(model) > 0 && rapid.IntRange(0, 2).Draw(t, "pop") == 0 {
				if got := h.pop(); got != model[0] {
					t.Fatalf("%d, want %d", got, model[0])
				}
				model = model[1:]
				continue
			}
			v := number(rapid.IntRange(0, 50).Draw(t, "value"))
			h.push(v)
			i, _ := slices.BinarySearch(model, v)
			model = slices.Insert(model, i, v)
		}
	})
}
