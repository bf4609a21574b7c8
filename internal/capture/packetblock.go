// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"encoding/binary"
	"math"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// Octets of the fixed fields before the data.
const (
	fixedEnhanced = 20 // interface, timestamp (high word first), octets captured, octets on the wire
	fixedSimple   = 4  // octets on the wire
)

// plainBlock fills p from an enhanced packet block that is little-endian, lies in the buffer as a whole and has nothing
// wrong in it. It returns false, having done nothing, for whatever else comes next.
func (f *File) plainBlock(p *reassembly.Packet) bool {
	const header = 8 + fixedEnhanced
	b := f.unread()
	if len(b) < header+4 || f.big {
		return false
	}
	h := (*[header]byte)(b)
	size := uint64(binary.LittleEndian.Uint32(h[4:]))
	captured, length := binary.LittleEndian.Uint32(h[20:]), binary.LittleEndian.Uint32(h[24:])
	number := uint64(binary.LittleEndian.Uint32(h[8:]))
	options := header + (uint64(captured)+3)&^3
	if binary.LittleEndian.Uint32(h[0:]) != blockEnhanced || size%4 != 0 || size > uint64(len(b)) || options+4 > size ||
		captured > length || length > math.MaxInt32 || number >= uint64(len(f.interfaces)) ||
		uint64(binary.LittleEndian.Uint32(b[size-4:])) != size {
		return false
	}
	in := &f.interfaces[number]
	f.lo += int(size)
	f.frame++
	f.time = in.unit.nanoseconds(uint64(binary.LittleEndian.Uint32(h[12:]))<<32 | uint64(binary.LittleEndian.Uint32(h[16:])))
	end := header + uint64(captured)
	p.Data = b[header:end:end]
	p.Length = int(length)
	p.Frame = f.frame
	p.Time = f.time
	p.Link = in.link
	fcs := in.fcs
	if options+4 < size {
		fcs = f.packetOptions(b[options:size-4], fcs)
	}
	if fcs > 0 {
		stripFCS(p, fcs)
	}
	return true
}

// packetBlock reads a block that holds a packet.
func (f *File) packetBlock(p *reassembly.Packet, kind, size uint32) error {
	start := f.offset()
	if size > maxBlock {
		f.frame++
		bad := f.badPacket(start, "is in a block of %d octets, over the limit of %d", size, maxBlock)
		if err := f.skipBlock(start, int64(size), size); err != nil {
			return err
		}
		return bad
	}
	if !f.need(int(size)) {
		return f.cutPacketBlock(p, kind, size)
	}
	b := f.buf[f.lo : f.lo+int(size)]
	if again := load32(b[size-4:], f.big); again != size {
		return f.stop(f.unequalLengths(start, size, again))
	}
	f.lo += int(size)
	f.frame++
	body := b[8 : size-4]
	return f.packet(p, kind, body, len(body), start)
}

// cutPacketBlock delivers what is there of a last packet that is cut short, and leaves the error for the next call.
func (f *File) cutPacketBlock(p *reassembly.Packet, kind, size uint32) error {
	start := f.offset()
	have := f.unread()
	f.frame++
	cut := f.cutShort(start, "packet %d has %d of %d octets of its block", f.frame, len(have), size)
	cut.Frame = f.frame
	cut.Hint = "the packets before it are whole"
	f.lo = f.hi
	body := have[8:min(len(have), int(size)-4)]
	if f.packet(p, kind, body, int(size)-blockOverhead, start) != nil {
		return f.stop(cut)
	}
	f.end = cut
	return nil
}

// packet fills p from the body of a packet block, of which there should be room octets. An error means that this packet
// is left out.
func (f *File) packet(p *reassembly.Packet, kind uint32, body []byte, room int, start int64) error {
	fixed, big := fixedEnhanced, f.big
	if kind == blockSimple {
		fixed = fixedSimple
	}
	if len(body) < fixed {
		return f.badPacket(start, "is in a block with room for %d of the %d octets before its data", len(body), fixed)
	}
	room -= fixed

	var number, captured, length uint32
	if kind != blockSimple {
		number = load32(body, big)
		if kind == blockPacket {
			number = uint32(load16(body, big))
		}
		captured, length = load32(body[12:], big), load32(body[16:], big)
		if uint64(captured) > uint64(room) {
			return f.badPacket(start, "claims %d octets in a block with room for %d", captured, room)
		}
	}
	if uint64(number) >= uint64(len(f.interfaces)) {
		return f.badPacket(start, "names interface %d, but the section has %d so far", number, len(f.interfaces))
	}
	in := &f.interfaces[number]
	if kind == blockSimple {
		// It has no time: the one of the packet before is the best guess, and keeps the order.
		length = load32(body, big)
		captured = min(length, uint32(room))
		if in.snaplen > 0 {
			captured = min(captured, in.snaplen)
		}
	} else {
		f.time = in.unit.nanoseconds(uint64(load32(body[4:], big))<<32 | uint64(load32(body[8:], big)))
	}

	end := min(fixed+int(captured), len(body))
	p.Data = body[fixed:end:end]
	p.Length = wireLength(captured, length)
	p.Frame = f.frame
	p.Time = f.time
	p.Link = in.link
	fcs := in.fcs
	if options := fixed + (int(captured)+3)&^3; kind != blockSimple && options < len(body) {
		fcs = f.packetOptions(body[options:], fcs)
	}
	if fcs > 0 {
		stripFCS(p, fcs)
	}
	return nil
}

// packetOptions keeps the comments of a packet and returns the length of its frame check sequence, fcs if they do not say.
func (f *File) packetOptions(b []byte, fcs int) int {
	const optFlags = 2
	for {
		code, value, rest, ok := option(b, f.big)
		if !ok {
			return fcs
		}
		switch {
		case code == optComment:
			f.comment(value, -1, f.frame)
		case code == optFlags && len(value) >= 4:
			if n := load32(value, f.big) >> 5 & 0xf; n > 0 {
				fcs = int(n)
			}
		}
		b = rest
	}
}
