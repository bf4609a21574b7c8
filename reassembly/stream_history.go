// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"math/bits"
)

// A stream remembers the Internet checksums of the segments that were delivered last, so that a retransmission with other
// octets is noticed although no octets are kept. The sum of a payload follows from the header alone: the TCP checksum makes
// pseudo-header, header and payload sum up to zero (RFC 9293 3.1). So in-order segments cost no pass over their payload.

// run is the segment [seq, seq+length). Of an in-order one it has only what is cheap to take; most are never asked for. It is
// small, because each packet writes one: four of them share a cache line.
type run struct {
	seq, length uint32 // length 0: none was remembered
	sum         uint32 // of the header, as headerSum has it, or of the payload where there is no header
	checksum    uint16 // in the header
	header      uint8  // its length in words of 32 bits; 0: there is none
	known       bool   // sum is right
}

func (r *run) takeSegment(s *Segment) {
	r.take(s.Seq, uint32(len(s.Payload)+s.Missing), s.Checksum, s.Header)
}

// take makes r the run of a whole segment with the TCP header h and the checksum in it. It writes in place, as copying a
// struct just written stalls the processor.
func (r *run) take(seq, length uint32, checksum uint16, h []byte) {
	r.seq, r.length, r.checksum = seq, length, checksum
	if len(h) == 32 && h[12]>>4 == 8 { // timestamps, as nearly everywhere
		sum, carry := bits.Add64(binary.LittleEndian.Uint64(h), binary.LittleEndian.Uint64(h[8:]), 0)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(h[16:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(h[24:]), carry)
		sum, carry = bits.Add64(sum, 0, carry)
		r.sum, r.header, r.known = halve(sum+carry), 8, true
		return
	}
	r.known = len(h) >= 20 && len(h) == int(h[12]>>4)*4
	if r.known {
		r.sum, r.header = halve(headerSum(h)), h[12]>>4
	}
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
	if i := int(st.turn); i < len(st.seen) {
		st.turn++
		return &st.seen[i]
	}
	return st.rememberAfterLast()
}

// rememberAfterLast is remember at the end of the ring, which goes on at its start. A small ring grows instead: short
// connections shall stay small.
func (st *stream) rememberAfterLast() *run {
	n := len(st.seen)
	if n == maxRuns {
		n = 0
	} else {
		larger := make([]run, minRuns)
		if n > 0 {
			larger = make([]run, maxRuns)
		}
		copy(larger, st.seen)
		st.seen = larger
	}
	st.turn = uint8(n) + 1
	return &st.seen[n]
}

// sum returns the checksum of [seq, seq+length) if remembered segments make up exactly that.
func (st *stream) sum(seq, length uint32) (sum uint16, ok bool) {
	ring, oldest := st.seen, int(st.turn)
	mask, last := len(ring)-1, oldest+len(ring)
	for i := oldest; i < last; i++ {
		if r := &ring[i&mask]; r.seq != seq || r.length == 0 {
			continue
		}
		var total uint32
		for ; i < last && total < length; i++ {
			r := &ring[i&mask]
			part, ok := r.payload(st.pseudo)
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

// halve folds a sum of 16-bit words to 32 bits.
func halve(s uint64) uint32 {
	low, carry := bits.Add32(uint32(s>>32), uint32(s), 0)
	return low + carry
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

// headerSum is the sum of a TCP header of whole words, not folded and with the octets of each word swapped: folding and
// swapping commute with adding (RFC 1071 2), so they can wait until the sum is wanted.
func headerSum(h []byte) uint64 {
	var s uint64
	for ; len(h) >= 4; h = h[4:] {
		s += uint64(binary.LittleEndian.Uint32(h))
	}
	return s
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
