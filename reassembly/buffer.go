// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"math/bits"
	"slices"
)

// piece is a run of octets that came before octets that precede them, copied out of its packet; or, without data, a run
// that the snap length cut off and that another copy may still bring.
type piece struct {
	pos    uint64
	frame  uint64
	oldest uint64 // no piece from here on is of a frame before this one
	time   int64
	data   []byte
	length uint32
	run    run // of data
}

func (p *piece) end() uint64 { return p.pos + uint64(p.length) }

// buffer is the state of a stream that cannot deliver what came: the pieces behind the first hole, and why it waits.
// Streams in order have none.
type buffer struct {
	list   []piece // from head on: sorted, disjoint, none empty
	head   int
	octets int    // cost of the pieces
	stored uint64 // octets that were ever put in

	// The peer acknowledged everything below proof, if that is above the stream's position.
	proof        uint64
	proofPos     uint64 // the stream's position when it was found, or when it last moved since
	proofPackets uint32 // the stream's count of packets with payload at that time
	proofAll     uint64 // the connection's count of packets
	proofStored  uint64 // stored at that time
	proofTime    int64

	// The look-out for the start of a stream without SYN.
	held        int    // data packets
	heldPackets uint64 // the connection's count of packets at the first of them
	heldTime    int64
}

const (
	pieceCost  = 96  // octets charged for a piece beyond its data
	bufferCost = 512 // octets charged for a buffer
)

func (b *buffer) pieces() []piece { return b.list[b.head:] }

func (b *buffer) empty() bool { return b == nil || b.head == len(b.list) }

// search returns the index of the first piece that ends behind pos.
func (b *buffer) search(pos uint64) int {
	ps := b.pieces()
	// Nearly all segments behind a hole come in order.
	if n := len(ps); n == 0 || ps[n-1].end() <= pos {
		return n
	}
	lo, hi := 0, len(ps)-1
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if ps[m].end() <= pos {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// insert makes room for a piece of a packet before the piece i and returns it for its other fields to be filled in place: copying a struct
// just written stalls the processor.
func (b *buffer) insert(i int, frame uint64) *piece {
	if i == 0 && b.head > 0 {
		b.head--
	} else {
		b.list = append(b.list, piece{})
		ps := b.pieces()
		copy(ps[i+1:], ps[i:])
	}
	ps := b.pieces()
	p := &ps[i]
	p.frame, p.oldest = frame, frame // those before it came before it: what they say stays true
	if i+1 < len(ps) {
		p.oldest = min(frame, ps[i+1].oldest)
	}
	return p
}

// pop takes the first piece off.
func (b *buffer) pop() piece {
	p := b.list[b.head]
	b.list[b.head] = piece{}
	b.head++
	switch n := len(b.list) - b.head; {
	case n == 0:
		b.list, b.head = b.list[:0], 0
	case b.head >= 64 && b.head > n: // else a stream that never catches up would grow the list for ever
		copy(b.list, b.list[b.head:])
		clear(b.list[n:])
		b.list, b.head = b.list[:n], 0
	}
	return p
}

// carve takes [pos, pos+n) out of piece i, which has no data, and returns by how many pieces there are more now.
func (b *buffer) carve(i int, pos, n uint64) int {
	p := b.pieces()[i]
	front, back := p, p
	front.length = uint32(pos - p.pos)
	back.pos = pos + n
	back.length = uint32(p.end() - back.pos)
	switch {
	case front.length > 0 && back.length > 0:
		b.pieces()[i] = front
		p := b.insert(i+1, back.frame)
		p.pos, p.time, p.data, p.length, p.run = back.pos, back.time, nil, back.length, run{}
		return 1
	case front.length > 0:
		b.pieces()[i] = front
	case back.length > 0:
		b.pieces()[i] = back
	default:
		b.list = slices.Delete(b.list, b.head+i, b.head+i+1)
		return -1
	}
	return 0
}

// bufferPool keeps a bounded store of memory to use again. Blocks come in powers of two.
type bufferPool struct {
	blocks  [maxBlockBits + 1][][]byte
	kept    int // octets in blocks
	buffers []*buffer
}

const (
	minBlockBits = 6
	maxBlockBits = 16
	poolOctets   = 1 << 20
	poolBuffers  = 64
	poolList     = 256 // pieces: longer lists are not kept
)

func blockBits(n int) int { return max(minBlockBits, bits.Len(uint(n-1))) }

// copyOf returns a copy of d, of which there is at least one octet.
func (bp *bufferPool) copyOf(d []byte) []byte {
	k := blockBits(len(d))
	if k > maxBlockBits {
		return slices.Clip(slices.Clone(d))
	}
	if l := bp.blocks[k]; len(l) > 0 {
		m := l[len(l)-1]
		l[len(l)-1] = nil
		bp.blocks[k] = l[:len(l)-1]
		bp.kept -= 1 << k
		m = m[:len(d)]
		copy(m, d)
		return m
	}
	m := make([]byte, len(d), 1<<k)
	copy(m, d)
	return m
}

// put gives memory of copyOf back.
func (bp *bufferPool) put(m []byte) {
	k := blockBits(cap(m))
	if k > maxBlockBits || cap(m) != 1<<k || bp.kept+cap(m) > poolOctets {
		return
	}
	bp.kept += cap(m)
	bp.blocks[k] = append(bp.blocks[k], m)
}

func (bp *bufferPool) buffer() *buffer {
	if n := len(bp.buffers); n > 0 {
		b := bp.buffers[n-1]
		bp.buffers = bp.buffers[:n-1]
		return b
	}
	return &buffer{list: make([]piece, 0, 8)}
}

// putBuffer gives a buffer without pieces back.
func (bp *bufferPool) putBuffer(b *buffer) {
	if len(bp.buffers) < poolBuffers && cap(b.list) <= poolList {
		*b = buffer{list: b.list[:0]}
		bp.buffers = append(bp.buffers, b)
	}
}
