// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Builder7 writes a bundle of BPv7 (RFC 9171). It writes legal bundles only.
type Builder7 struct {
	Outline
	CRC        CRCType    // of the primary block; CRCNone only if a BIB has the primary block as its target
	Blocks     []NewBlock // the extension blocks, in their order
	Payload    []byte
	PayloadCRC CRCType
	BlockFlags BlockFlags // of the payload block
}

// Append appends the bundle to dst. On an error dst is returned as it was.
func (w *Builder7) Append(dst []byte) ([]byte, error) {
	if err := w.check(); err != nil {
		return dst, err
	}
	start := len(dst)
	dst, ok := w.appendPrimary(append(dst, 0x9f))
	if !ok {
		return dst[:start], ErrEID
	}
	next := uint64(2)
	for _, k := range w.Blocks {
		if k.Number == 0 {
			for w.uses(next) {
				next++
			}
			k.Number = next
			next++
		}
		dst = appendBlock7(dst, k)
	}
	dst = appendBlock7(dst, NewBlock{Type: BlockPayload, Number: 1, Flags: w.BlockFlags, CRC: w.PayloadCRC, Data: w.Payload})
	return append(dst, cborBreak), nil
}

func (w *Builder7) uses(number uint64) bool {
	return slices.ContainsFunc(w.Blocks, func(k NewBlock) bool { return k.Number == number })
}

func (w *Builder7) check() error {
	if err := w.Outline.check(known7, reports7, len(w.Payload)); err != nil {
		return err
	}
	ages, integrity := 0, false
	for i, k := range w.Blocks {
		switch {
		case k.Type <= 5 || k.Type == BlockMetadata || k.Type == BlockESB:
			return fmt.Errorf("%w: %d", ErrBlockType, uint64(k.Type))
		case k.Number == 1 || k.Number != 0 && slices.ContainsFunc(w.Blocks[:i], func(o NewBlock) bool { return o.Number == k.Number }):
			return fmt.Errorf("%w: %d", ErrNumber, k.Number)
		case k.CRC > CRC32C:
			return ErrCRC
		case k.Flags&^knownBlock7 != 0 || k.Flags&BlockReport != 0 && (w.Flags&FlagAdmin != 0 || w.Source.IsNull()):
			return fmt.Errorf("%w: of a block: %#x", ErrFlags, uint64(k.Flags)) // RFC 9171 4.2.4
		case k.Type == BlockAge:
			ages++
		case k.Type == BlockBIB:
			integrity = true
		}
	}
	switch {
	case w.CRC > CRC32C || w.PayloadCRC > CRC32C || w.CRC == CRCNone && !integrity: // RFC 9171 4.3.1
		return ErrCRC
	case ages > 1 || w.Created.Time == 0 && ages == 0: // RFC 9171 4.4.2
		return ErrClock
	case w.BlockFlags&^knownBlock7 != 0 || w.BlockFlags&BlockReport != 0 && (w.Flags&FlagAdmin != 0 || w.Source.IsNull()):
		return fmt.Errorf("%w: of the payload block: %#x", ErrFlags, uint64(w.BlockFlags))
	}
	return nil
}

func (w *Builder7) appendPrimary(dst []byte) (b []byte, ok bool) {
	start := len(dst)
	items := byte(8)
	if w.CRC != CRCNone {
		items++
	}
	if w.Flags&FlagFragment != 0 {
		items += 2
	}
	dst = append(dst, cborArray<<5|items, 7)
	dst = appendUint(appendUint(dst, uint64(w.Flags)), uint64(w.CRC))
	for _, e := range []*EID{&w.Destination, &w.Source, &w.ReportTo} {
		if dst, ok = e.AppendCBOR(dst); !ok {
			return dst, false
		}
	}
	dst = appendUint(appendUint(append(dst, 0x82), w.Created.Time), w.Created.Sequence)
	dst = appendUint(dst, w.Lifetime)
	if w.Flags&FlagFragment != 0 {
		dst = appendUint(appendUint(dst, w.FragmentOffset), w.TotalLength)
	}
	return appendCRC(dst, start, w.CRC), true
}

func appendBlock7(dst []byte, k NewBlock) []byte {
	start := len(dst)
	items := byte(5)
	if k.CRC != CRCNone {
		items = 6
	}
	dst = appendUint(append(dst, cborArray<<5|items), uint64(k.Type))
	dst = appendUint(appendUint(appendUint(dst, k.Number), uint64(k.Flags)), uint64(k.CRC))
	return appendCRC(appendBytes(dst, k.Data), start, k.CRC)
}

// appendCRC appends the CRC of the block that begins at start.
func appendCRC(dst []byte, start int, t CRCType) []byte {
	if t == CRCNone {
		return dst
	}
	n := t.Len()
	dst = append(appendHead(dst, cborBytes, uint64(n)), make([]byte, n)...)
	var sum crcSum
	sum.begin(t)
	sum.update(dst[start:])
	if t == CRC16 {
		binary.BigEndian.PutUint16(dst[len(dst)-n:], uint16(sum.value()))
	} else {
		binary.BigEndian.PutUint32(dst[len(dst)-n:], sum.value())
	}
	return dst
}

// PreviousNodeBlock returns a previous node block (RFC 9171 4.4.1); ok is false for an EID that BPv7 cannot write.
func PreviousNodeBlock(node EID) (k NewBlock, ok bool) {
	data, ok := node.AppendCBOR(nil)
	return NewBlock{Type: BlockPreviousNode, Data: data}, ok
}

// AgeBlock returns a bundle age block (RFC 9171 4.4.2).
func AgeBlock(milliseconds uint64) NewBlock {
	return NewBlock{Type: BlockAge, Data: appendUint(nil, milliseconds)}
}

// HopCountBlock returns a hop count block (RFC 9171 4.4.3). The limit must be 1 to 255.
func HopCountBlock(limit, count uint64) NewBlock {
	return NewBlock{Type: BlockHopCount, Data: appendUint(appendUint([]byte{0x82}, limit), count)}
}
