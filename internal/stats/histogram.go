// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"math/bits"
	"slices"
)

const (
	exactValues = 64 // so many values are kept as they are; the figures of a short session are exact
	subBits     = 6  // log2 of the buckets an octave has: a value is known to 1/128 of itself
	subBuckets  = 1 << subBits
)

// Histogram takes non-negative durations in nanoseconds. Up to exactValues of them are kept as they are, more are counted
// in log-linear buckets that reach only from the least octave seen to the greatest: an ordinary session fills three or four
// of them. Adding costs a few nanoseconds and allocates only where a new octave is seen. The zero value is empty.
type Histogram struct {
	count    uint64
	min, max int64
	exact    []int64
	octaves  []*octave // nil where nothing was seen
	first    int       // the number of octaves[0]
}

// Add counts v; a negative one, which only a capture with times going backwards has, counts as 0.
func (h *Histogram) Add(v int64) {
	v = max(v, 0)
	if h.count == 0 {
		h.min, h.max = v, v
	}
	h.min, h.max = min(h.min, v), max(h.max, v)
	h.count++
	switch {
	case h.octaves != nil:
		h.bucket(v)
	case len(h.exact) < exactValues:
		h.exact = append(h.exact, v)
	default:
		h.spill()
		h.bucket(v)
	}
}

// AddAll counts all values as Add does.
func (h *Histogram) AddAll(values []int64) {
	for len(values) > 0 && h.octaves == nil {
		h.Add(values[0])
		values = values[1:]
	}
	least, most := h.min, h.max
	for _, v := range values {
		v = max(v, 0)
		least, most = min(least, v), max(most, v)
		k, j := place(v)
		if i := uint(k - h.first); i < uint(len(h.octaves)) && h.octaves[i] != nil {
			h.octaves[i][j]++
		} else {
			h.octave(k)[j]++
		}
	}
	h.min, h.max = least, most
	h.count += uint64(len(values))
}

// Merge adds all values of o, which stays as it is.
func (h *Histogram) Merge(o *Histogram) {
	if o.count == 0 {
		return
	}
	if o.octaves == nil {
		for _, v := range o.exact {
			h.Add(v)
		}
		return
	}
	if h.octaves == nil {
		h.spill()
	}
	if h.count == 0 {
		h.min, h.max = o.min, o.max
	}
	h.min, h.max = min(h.min, o.min), max(h.max, o.max)
	h.count += o.count
	for i, counters := range o.octaves {
		if counters == nil {
			continue
		}
		mine := h.octave(o.first + i)
		for j, n := range counters {
			mine[j] += n
		}
	}
}

// Reset empties h and keeps its memory.
func (h *Histogram) Reset() {
	*h = Histogram{exact: h.exact[:0]}
}

// Distribution gives the figures of what was added so far.
func (h *Histogram) Distribution() Distribution {
	d := Distribution{Count: h.count, Min: h.min, Max: h.max}
	if h.octaves == nil {
		slices.Sort(h.exact)
	}
	d.P50, d.P90, d.P99 = h.quantile(50), h.quantile(90), h.quantile(99)
	return d
}

// Distribution tells how durations (nanoseconds) are spread. With Count 0 the others say nothing. P50 is the least value
// that at least half of all are not above; P90 and P99 likewise.
type Distribution struct {
	Count                   uint64
	Min, P50, P90, P99, Max int64
}

func (h *Histogram) quantile(percent uint64) int64 {
	if h.count == 0 {
		return 0
	}
	hi, lo := bits.Mul64(h.count, percent)
	rank, rest := bits.Div64(hi, lo, 100)
	if rest == 0 {
		rank-- // counted from 0
	}
	if h.octaves == nil {
		return h.exact[rank]
	}
	for i, counters := range h.octaves {
		if counters == nil {
			continue
		}
		for j, n := range counters {
			if rank < n {
				return min(max(middle(h.first+i, j), h.min), h.max)
			}
			rank -= n
		}
	}
	return h.max
}

func (h *Histogram) spill() {
	h.octaves = make([]*octave, 0, 8)
	for _, v := range h.exact {
		h.bucket(v)
	}
	h.exact = h.exact[:0]
}

// octave is the counters of one octave. Octave 0 holds the values below 2^subBits one by one, octave k > 0 those from
// 2^(subBits+k-1) on in subBuckets steps.
type octave [subBuckets]uint64

// place is the octave of v and its counter in it.
func place(v int64) (k int, j uint64) {
	k = bits.Len64(uint64(v) >> subBits)
	return k, uint64(v) >> max(k-1, 0) % subBuckets
}

// bucket counts v.
func (h *Histogram) bucket(v int64) {
	k, j := place(v)
	h.octave(k)[j]++
}

// octave returns the counters of octave k, new ones if need be.
func (h *Histogram) octave(k int) *octave {
	if len(h.octaves) == 0 {
		h.first = k
	}
	if k < h.first {
		h.octaves = append(make([]*octave, h.first-k), h.octaves...)
		h.first = k
	}
	for len(h.octaves) <= k-h.first {
		h.octaves = append(h.octaves, nil)
	}
	if h.octaves[k-h.first] == nil {
		h.octaves[k-h.first] = new(octave)
	}
	return h.octaves[k-h.first]
}

// middle is the value in the middle of bucket j of octave k.
func middle(k, j int) int64 {
	if k == 0 {
		return int64(j)
	}
	low := (uint64(subBuckets) + uint64(j)) << (k - 1)
	return int64(low + uint64(1)<<(k-1)>>1)
}
