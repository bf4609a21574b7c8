// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"math/bits"
)

// history remembers the Internet checksums of the segments that were delivered last, so that a retransmission with other
// octets is noticed although no octets are kept. The sum of a payload follows from the header alone: the TCP checksum makes
// pseudo-header, header and payload sum up to zero (RFC 9293 3.1). So in-order segments cost no pass over their payload.
type history struct {
	runs []run // a ring; its length is a power of two
	n    uint  // runs ever remembered
}

// run is the segment [seq, seq+length).
type run struct {
	seq, length uint32
	sum         uint16
	known       bool // sum is right; segments of checksum offload and cut headers have none
}

const (
	minRuns = 8
	maxRuns = 64
)

func (st *stream) remember(r run) {
	h := st.seen
	if h == nil || (h.n == uint(len(h.runs)) && h.n < maxRuns) {
		h = st.growHistory()
	}
	h.runs[h.n&uint(len(h.runs)-1)] = r
	h.n++
}

// growHistory makes room in a ring that is full for the first time, so that short connections stay small.
func (st *stream) growHistory() *history {
	if st.seen == nil {
		st.seen = &history{runs: make([]run, minRuns)}
		return st.seen
	}
	runs := make([]run, 2*len(st.seen.runs))
	copy(runs, st.seen.runs)
	st.seen.runs = runs
	return st.seen
}

// sum returns the checksum of [seq, seq+length) if remembered segments make up exactly that.
func (h *history) sum(seq, length uint32) (sum uint16, ok bool) {
	if h == nil {
		return 0, false
	}
	mask := uint(len(h.runs) - 1)
	oldest := h.n - min(h.n, uint(len(h.runs)))
	for i := oldest; i != h.n; i++ {
		if h.runs[i&mask].seq != seq {
			continue
		}
		var total uint32
		for ; i != h.n && total < length; i++ {
			r := &h.runs[i&mask]
			if r.seq != seq+total || !r.known {
				return 0, false
			}
			sum = appendSum(sum, total, r.sum)
			total += r.length
		}
		return sum, total == length
	}
	return 0, false
}

// appendSum is the checksum of two runs of octets, the first of length n.
func appendSum(first uint16, n uint32, second uint16) uint16 {
	if n&1 != 0 {
		second = bits.ReverseBytes16(second)
	}
	return foldSum(uint64(first) + uint64(second))
}

// foldSum reduces a sum of 16-bit words to one's complement arithmetic with a single zero.
func foldSum(s uint64) uint16 {
	s = s>>32 + s&0xffffffff
	s = s>>16 + s&0xffff
	s = s>>16 + s&0xffff
	s = s>>16 + s&0xffff
	if s == 0xffff {
		return 0
	}
	return uint16(s)
}

// octetSum is the checksum of d.
func octetSum(d []byte) uint16 {
	var s uint64
	for len(d) >= 16 {
		a, b := binary.LittleEndian.Uint64(d), binary.LittleEndian.Uint64(d[8:])
		s += a>>32 + a&0xffffffff + b>>32 + b&0xffffffff
		d = d[16:]
	}
	for len(d) >= 4 {
		s += uint64(binary.LittleEndian.Uint32(d))
		d = d[4:]
	}
	for i, o := range d {
		s += uint64(o) << (8 * (i & 1))
	}
	return bits.ReverseBytes16(foldSum(s))
}

// pseudoSum is the checksum of the pseudo-header between two addresses without the length, the same for both directions.
func pseudoSum(a, b Endpoint) uint16 {
	const protocol = 6
	var s uint64
	for _, w := range [...]uint64{a.Hi, a.Lo, b.Hi, b.Lo} {
		s += w>>32 + w&0xffffffff
	}
	// An IPv4 address is summed up without the ffff of its mapped form, which is zero in one's complement.
	return foldSum(s + protocol)
}

// payloadSum derives the checksum of the whole payload of s, captured or not, from its header. pseudo is the pseudoSum.
func payloadSum(s *Segment, pseudo uint16) (sum uint16, ok bool) {
	h := s.Header
	if len(h) < 20 || len(h) != int(h[12]>>4)*4 {
		return 0, false
	}
	length := uint64(len(h) + len(s.Payload) + s.Missing)
	part := uint64(pseudo) + length
	// A network card that is to fill the checksum in is handed the sum of the pseudo-header, some with a length of zero.
	if c := s.Checksum; c == 0 || c == foldSum(part) || c == pseudo {
		return 0, false
	}
	return foldSum(uint64(^foldSum(part + uint64(octetSum(h))))), true
}
