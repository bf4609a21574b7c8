// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// newBundle makes a bundle with n octets of payload out of the pool.
func (g *generator) newBundle(f *flow, d, n int) []byte {
	g.sequence++
	o := g.rand.Intn(len(g.pool) - n)
	payload := g.pool[o : o+n]
	head, crc := g.bundleHead(f, d, uint64(n))
	b := make([]byte, 0, len(head)+n+len(bundleTail(0)))
	b = append(append(b, head...), payload...)
	if g.o.V3 {
		return b
	}
	return append(b, bundleTail(crc32.Update(crc, castagnoli, payload))...)
}

// bundleHead is what stands before the payload of a bundle: BPv7 with a CRC-32C in each block (RFC 9171), or, with v3,
// BPv6 (RFC 5050). The CRC covers the payload block so far.
func (g *generator) bundleHead(f *flow, d int, n uint64) (head []byte, crc uint32) {
	node := uint64(1000 + f.n)
	if g.o.V3 {
		var primary []byte
		for _, v := range []uint64{node, 1, node + 1, 2, 0, 0, 0, 0, 803_000_000, g.sequence, 86400, 0} {
			primary = append(primary, sdnv(v)...)
		}
		b := append([]byte{6}, sdnv(0x10)...)
		b = append(b, sdnv(uint64(len(primary)))...)
		b = append(b, primary...)
		b = append(b, 1, 8)
		return append(b, sdnv(n)...), 0
	}
	b := make([]byte, 0, 96)
	b = append(b, 0x9f)
	start := len(b)
	b = append(b, 0x89, 7, 0, 2)
	destination := fmt.Sprintf("//node%d-%d/svc", f.n, 1-d)
	b = append(b, 0x82, 1)
	b = cborHead(b, 3, uint64(len(destination)))
	b = append(b, destination...)
	b = append(b, 0x82, 2, 0x82)
	b = cborHead(b, 0, node)
	b = cborHead(b, 0, 2)
	b = append(b, 0x82, 1, 0) // dtn:none
	b = append(b, 0x82)
	b = cborHead(b, 0, 803_000_000_000+g.sequence/1000)
	b = cborHead(b, 0, g.sequence)
	b = cborHead(b, 0, 86_400_000)
	b = appendCRC(b, crc32.Checksum(b[start:], castagnoli))
	start = len(b)
	b = append(b, 0x86, 1, 1, 0, 2)
	b = cborHead(b, 2, n)
	return b, crc32.Checksum(b[start:], castagnoli)
}

// bundleTail ends a BPv7 bundle: the payload block's CRC and the end of the array. crc covers the block so far.
func bundleTail(crc uint32) []byte { return append(appendCRC(nil, crc), 0xff) }

// appendCRC ends a block: its CRC covers the CRC field itself with zeros for the value (RFC 9171 4.2.1).
func appendCRC(b []byte, crc uint32) []byte {
	crc = crc32.Update(crc, castagnoli, []byte{0x44, 0, 0, 0, 0})
	return binary.BigEndian.AppendUint32(append(b, 0x44), crc)
}

func cborHead(b []byte, major byte, v uint64) []byte {
	m := major << 5
	switch {
	case v < 24:
		return append(b, m|byte(v))
	case v < 1<<8:
		return append(b, m|24, byte(v))
	case v < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, m|25), uint16(v))
	case v < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, m|26), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(b, m|27), v)
}
