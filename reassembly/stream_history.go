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

// run is the segment [seq, seq+length). Of an in-order one it has only what is cheap to take; most are never asked for.
type run struct {
	seq, length uint32
	sum         uint32 // of the header, or of the payload where there is no header
	checksum    uint16 // in the header
	header      uint8  // its length in words of 32 bits; 0: there is none
	known       bool   // sum is right
}

// take makes r the run of a whole segment. It writes in place, as copying a struct just written stalls the processor.
func (r *run) take(s *Segment) {
	h := s.Header
	r.seq, r.length = s.Seq, uint32(len(s.Payload)+s.Missing)
	if len(h) < 20 || len(h) != int(h[12]>>4)*4 {
		r.known = false
		return
	}
	r.sum, r.checksum, r.header, r.known = headerSum(h), s.Checksum, h[12]>>4, true
}

// summed is a run of octets that are at hand.
func summed(seq uint32, d []byte) run {
	return run{seq: seq, length: uint32(len(d)), sum: uint32(octetSum(d)), known: true}
}

// payload is the checksum of the run's octets. pseudo is the pseudoSum.
func (r *run) payload(pseudo uint16) (sum uint16, ok bool) {
	if !r.known || r.header == 0 {
		return uint16(r.sum), r.known
	}
	part := uint64(pseudo) + 4*uint64(r.header) + uint64(r.length)
	// A network card that is to fill the checksum in is handed the sum of the pseudo-header, some with a length of zero.
	if c := r.checksum; c == 0 || c == foldSum(part) || c == pseudo {
		return 0, false
	}
	header := bits.ReverseBytes16(foldSum(uint64(r.sum)))
	return foldSum(uint64(^foldSum(part + uint64(header)))), true
}

const (
	minRuns = 8
	maxRuns = 64
)

// remember returns the place for the next run, that of the oldest one.
func (st *stream) remember() *run {
	h := st.seen
	if h == nil || (h.n == uint(len(h.runs)) && h.n < maxRuns) {
		h = st.growHistory()
	}
	h.n++
	return &h.runs[(h.n-1)&uint(len(h.runs)-1)]
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
func (h *history) sum(seq, length uint32, pseudo uint16) (sum uint16, ok bool) {
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
			part, ok := r.payload(pseudo)
			if r.seq != seq+total || !ok {
				return 0, false
			}
			sum = appendSum(sum, total, part)
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
		s += wordAt(d, 0)
		d = d[4:]
	}
	for i, o := range d {
		s += uint64(o) << (8 * (i & 1))
	}
	return bits.ReverseBytes16(foldSum(s))
}

// headerSum is the sum of a TCP header of whole words, not folded and with the octets of each word swapped: folding and
// swapping commute with adding (RFC 1071 2), so they can wait until the sum is wanted.
func headerSum(h []byte) uint32 {
	s := wordAt(h, 0) + wordAt(h, 4) + wordAt(h, 8) + wordAt(h, 12) + wordAt(h, 16)
	if h = h[20:]; len(h) == 12 { // timestamps, as nearly everywhere
		s += wordAt(h, 0) + wordAt(h, 4) + wordAt(h, 8)
	} else {
		for ; len(h) >= 4; h = h[4:] {
			s += wordAt(h, 0)
		}
	}
	s = s>>32 + s&0xffffffff
	return uint32(s) + uint32(s>>32)
}

func wordAt(b []byte, i int) uint64 { return uint64(binary.LittleEndian.Uint32(b[i:])) }

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
