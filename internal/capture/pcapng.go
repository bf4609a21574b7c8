// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// A pcapng is a sequence of blocks: type, total length, body, total length again. A section header block starts a section,
// which has its own octet order and its own interfaces.
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockStatistics = 5
	blockEnhanced   = 6
	blockSecrets    = 10

	byteOrderMagic = 0x1a2b3c4d

	blockOverhead = 12 // octets of a block around its body
	minSection    = 28 // octets of a section header without options

	// maxMeta is how much of a block that is neither packets nor secrets is looked at: its fixed fields and its first options.
	maxMeta = 64 << 10
)

func isSectionHeader(b []byte) bool { return bytes.HasPrefix(b, []byte{0x0a, 0x0d, 0x0d, 0x0a}) }

// nextBlock reads blocks up to and including the next packet.
func (f *File) nextBlock(p *reassembly.Packet) error {
	for {
		if !f.need(8) {
			if n := len(f.unread()); n > 0 {
				return f.stop(f.cutShort(f.offset(), "the header of a block has %d of 8 octets", n))
			}
			return f.finish()
		}
		b := f.buf[f.lo : f.lo+8]
		kind, size := load32(b, f.big), load32(b[4:], f.big)
		if kind == blockSection {
			if err := f.readSectionHeader(); err != nil {
				return f.stop(err.(*Error))
			}
			continue
		}
		if size < blockOverhead || size%4 != 0 {
			return f.stop(f.badLength(size))
		}
		switch kind {
		case blockEnhanced, blockSimple, blockPacket:
			return f.packetBlock(p, kind, size)
		case blockInterface, blockStatistics, blockSecrets:
			if err := f.metaBlock(kind, size); err != nil {
				return err
			}
		default:
			if err := f.skipBlock(f.offset(), int64(size), size); err != nil {
				return err
			}
		}
	}
}

func (f *File) badLength(size uint32) *Error {
	return f.fault(f.offset(), "damaged: block length %d is not a multiple of 4 of at least %d", size, blockOverhead)
}

// skipBlock uses up the left octets that remain of a block that began at an offset, and compares its two lengths.
func (f *File) skipBlock(offset, left int64, size uint32) error {
	if !f.skip(left-4) || !f.need(4) {
		return f.stop(f.cutShort(offset, "a block has %d of %d octets", f.offset()+int64(len(f.unread()))-offset, size))
	}
	if again := load32(f.unread(), f.big); again != size {
		return f.stop(f.unequalLengths(offset, size, again))
	}
	f.lo += 4
	return nil
}

func (f *File) unequalLengths(offset int64, size, again uint32) *Error {
	return f.fault(offset, "damaged: a block begins with length %d and ends with length %d", size, again)
}

// readSectionHeader starts a section. Its errors are of type *Error.
func (f *File) readSectionHeader() error {
	start := f.offset()
	if !f.need(16) {
		return f.cutShort(start, "the section header has %d of %d octets", len(f.unread()), minSection)
	}
	b := f.unread()
	switch magic := load32(b[8:], false); magic {
	case byteOrderMagic:
		f.big = false
	case 0x4d3c2b1a:
		f.big = true
	default:
		return f.fault(start, "damaged: the section header has byte-order magic %08x", magic)
	}
	size := load32(b[4:], f.big)
	if size%4 != 0 || size < minSection {
		return f.fault(start, "damaged: section header length %d is not a multiple of 4 of at least %d", size, minSection)
	}
	if major, minor := load16(b[12:], f.big), load16(b[14:], f.big); major != 1 {
		return f.fault(start, "pcapng version %d.%d is not read, only 1.x", major, minor)
	}
	f.section++
	f.interfaces = f.interfaces[:0]
	return f.metaBlock(blockSection, size)
}

// metaBlock reads a block of which something is kept.
func (f *File) metaBlock(kind, size uint32) error {
	start := f.offset()
	look := min(size, maxMeta)
	if kind == blockSecrets && size < maxSecrets {
		look = size
	}
	if !f.need(int(look)) {
		return f.stop(f.cutShort(start, "a block has %d of %d octets", len(f.unread()), size))
	}
	body := f.unread()[8:min(look, size-4)]
	var err *Error
	switch kind {
	case blockSection:
		f.sectionOptions(body[16:])
	case blockInterface:
		if err = f.interfaceBlock(start, body); err != nil {
			return f.stop(err)
		}
	case blockStatistics:
		f.statisticsBlock(body)
	case blockSecrets:
		err = f.secretsBlock(start, body, size)
	}
	if damage := f.skipBlock(start, int64(size), size); damage != nil {
		return damage
	}
	if err != nil {
		return err
	}
	return nil
}
