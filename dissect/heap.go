// SPDX-License-Identifier: Apache-2.0

package dissect

// ordered is what a heap can hold.
type ordered[T any] interface{ before(other T) bool }

// heap is a binary heap: its first element is before all others, or as good as any.
type heap[T ordered[T]] []T

func (h *heap[T]) push(v T) {
	*h = append(*h, v)
	a := *h
	for i := len(a) - 1; i > 0; {
		up := (i - 1) / 2
		if !v.before(a[up]) {
			break
		}
		a[i], a[up] = a[up], v
		i = up
	}
}

func (h *heap[T]) pop() T {
	a := *h
	top, n := a[0], len(a)-1
	v := a[n]
	var none T
	a[n] = none // what it points to is not kept
	a = a[:n]
	*h = a
	for i := 0; i < n; {
		down := 2*i + 1
		if down+1 < n && a[down+1].before(a[down]) {
			down++
		}
		if down >= n || !a[down].before(v) {
			a[i] = v
			break
		}
		a[i] = a[down]
		i = down
	}
	return top
}
