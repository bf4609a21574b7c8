// SPDX-License-Identifier: Apache-2.0

package extract

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// appendStem appends the name of a transfer's file without its extension: sNNN-<from>-xNNN.
func appendStem(dst []byte, session int, from record.From, id uint64) []byte {
	dst = append(dst, 's')
	dst = appendPadded(dst, uint64(session))
	dst = append(dst, '-')
	dst = append(dst, from.String()...)
	dst = append(dst, "-x"...)
	return appendPadded(dst, id)
}

func appendPadded(dst []byte, v uint64) []byte {
	for limit := uint64(100); limit > 1 && v < limit; limit /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, v, 10)
}

// idSet holds the transfer ids of one sender that a file was named after. Ids count up, so that it is one interval as a rule.
type idSet struct {
	spans []span            // in order, neither overlapping nor touching
	again map[uint64]uint64 // how many files an id has that was used more than once
}

type span struct{ first, last uint64 }

// use says how many files are named after id now.
func (s *idSet) use(id uint64) uint64 {
	if n := len(s.spans); n > 0 && s.spans[n-1].last != ^uint64(0) && id == s.spans[n-1].last+1 {
		s.spans[n-1].last = id
		return 1
	}
	i, found := slices.BinarySearchFunc(s.spans, id, func(have span, id uint64) int {
		if have.first <= id && id <= have.last {
			return 0
		}
		return cmp.Compare(have.first, id)
	})
	if found {
		if s.again == nil {
			s.again = make(map[uint64]uint64)
		}
		s.again[id] = max(s.again[id], 1) + 1
		return s.again[id]
	}
	after := i > 0 && s.spans[i-1].last+1 == id
	before := i < len(s.spans) && id+1 == s.spans[i].first
	switch {
	case after && before:
		s.spans[i-1].last = s.spans[i].last
		s.spans = slices.Delete(s.spans, i, i+1)
	case after:
		s.spans[i-1].last = id
	case before:
		s.spans[i].first = id
	default:
		s.spans = slices.Insert(s.spans, i, span{id, id})
	}
	return 1
}
