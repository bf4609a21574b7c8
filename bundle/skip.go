// SPDX-License-Identifier: Apache-2.0

package bundle

import "math"

// maxDepth is how deeply items may be nested in what is skipped. What bundles nest is far below.
const maxDepth = 16

// endless is the count of an item that ends with a break.
const endless = math.MaxUint64

// skipper passes over CBOR items of any kind and size as their octets arrive, checking that they are well-formed (RFC 8949
// Appendix C). It holds a fixed number of levels and no octets.
type skipper struct {
	level [maxDepth]level
	depth int
	octet uint64 // octets left of the content of a string
	bad   bool   // not CBOR, or nested too deeply
}

type level struct {
	left  uint64 // items; endless up to a break
	chunk uint8  // the major type of all items, if they are the chunks of a string; otherwise 0
	inMap bool
	odd   bool // of an indefinite map: a key has no value yet
}

// begin prepares for n items; for those up to a break if n is endless.
func (s *skipper) begin(n uint64) {
	*s = skipper{depth: 1}
	s.level[0].left = n
}

// skip passes over b and returns how many octets it used. need is 0 after the last item, and otherwise the number of octets
// missing, at least: the unused ones, which are the beginning of a head, are to be given again.
func (s *skipper) skip(b []byte) (used, need int) {
	for {
		if s.octet > 0 {
			n := min(s.octet, uint64(len(b)-used))
			s.octet -= n
			used += int(n)
			if s.octet > 0 {
				return used, int(min(s.octet, math.MaxInt))
			}
		}
		for s.depth > 0 && s.level[s.depth-1].left == 0 {
			s.depth--
		}
		if s.depth == 0 {
			return used, 0
		}
		h, need := parseHead(b[used:])
		if need > 0 {
			return used, need
		}
		if h.len == 0 || !s.enter(h) {
			s.bad = true
			return used, 0
		}
		used += int(h.len)
	}
}

// enter takes the head of an item, and reports whether it may be here.
func (s *skipper) enter(h head) bool {
	l := &s.level[s.depth-1]
	if h.major == cborSimple && h.indefinite() {
		if l.left != endless || l.odd {
			return false
		}
		l.left = 0
		return true
	}
	if l.chunk != 0 && (h.major != l.chunk || h.indefinite()) {
		return false
	}
	if l.left != endless {
		l.left--
	} else if l.inMap {
		l.odd = !l.odd
	}
	switch {
	case h.major == cborBytes || h.major == cborText:
		if !h.indefinite() {
			s.octet = h.arg
			return true
		}
		return s.push(level{left: endless, chunk: h.major})
	case h.major == cborArray && !h.indefinite():
		return s.push(level{left: h.arg})
	case h.major == cborMap && !h.indefinite():
		return h.arg < math.MaxInt64 && s.push(level{left: 2 * h.arg})
	case h.major == cborArray || h.major == cborMap:
		return s.push(level{left: endless, inMap: h.major == cborMap})
	case h.major == cborTag:
		return s.push(level{left: 1})
	}
	return true
}

func (s *skipper) push(l level) bool {
	if s.depth == maxDepth {
		return false
	}
	s.level[s.depth] = l
	s.depth++
	return true
}
