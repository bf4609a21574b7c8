// SPDX-License-Identifier: Apache-2.0

package tlsdec

import "sort"

// marked is a run of octets with the mark of each.
type marked struct {
	b     []byte
	start int // of those not used yet
	marks []reach
}

// reach says that the octets up to an offset of b have a mark.
type reach struct {
	end int
	at  Mark
}

func (m *marked) rest() []byte { return m.b[m.start:] }

func (m *marked) add(d []byte, at Mark) {
	if m.start > 0 {
		m.compact()
	}
	m.b = append(m.b, d...)
	if n := len(m.marks); n > 0 && m.marks[n-1].at == at {
		m.marks[n-1].end = len(m.b)
		return
	}
	m.marks = append(m.marks, reach{len(m.b), at})
}

// compact forgets the octets that were used.
func (m *marked) compact() {
	n := m.start
	m.b = m.b[:copy(m.b, m.b[n:])]
	keep := m.marks[:0]
	for _, r := range m.marks {
		if r.end > n {
			keep = append(keep, reach{r.end - n, r.at})
		}
	}
	m.marks, m.start = keep, 0
}

func (m *marked) reset() { m.b, m.marks, m.start = m.b[:0], m.marks[:0], 0 }

// at is the mark of the last one of the next n octets.
func (m *marked) at(n int) Mark {
	n += m.start
	i := sort.Search(len(m.marks), func(i int) bool { return m.marks[i].end >= n })
	return m.marks[min(i, len(m.marks)-1)].at
}

// each calls f with the next octets, those of one mark at a time.
func (m *marked) each(f func([]byte, Mark)) {
	from := m.start
	for _, r := range m.marks {
		if r.end > from {
			f(m.b[from:r.end], r.at)
			from = r.end
		}
	}
}
