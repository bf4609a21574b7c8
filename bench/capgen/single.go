// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"crypto/sha256"
	"hash/crc32"
)

// minSingle keeps the wanted size of the one segment far from the size of the bundle's own header.
const minSingle = 1 << 10

// runSingle sends one bundle in one segment whose data are size octets long (a few less where the lengths' own lengths
// do not allow it). The bundle never exists in memory: it may be larger.
func (g *generator) runSingle(size int64) {
	f := g.newFlow(0, 0)
	g.truth.Flows = 1
	g.open(f)
	s := &f.sides[0]
	g.sequence++

	tail := bundleTail(0)
	if g.o.V3 {
		tail = nil
	}
	head, _ := g.bundleHead(f, 0, uint64(size))
	payload := size - int64(len(head)+len(tail))
	head, crc := g.bundleHead(f, 0, uint64(payload))
	total := int64(len(head)) + payload + int64(len(tail))

	header := g.segmentHeader(s.id, segmentStart|segmentEnd, uint64(total), uint64(total))
	start := s.queued
	s.bundleStart = start
	hash := sha256.New()
	put := func(b []byte) {
		s.buf = append(s.buf, b...)
		s.queued += int64(len(b))
		g.flush(f, 0, false)
	}
	data := func(b []byte) {
		hash.Write(b)
		put(b)
	}
	put(header)
	data(head)
	for left := payload; left > 0; {
		piece := g.pool[:min(left, int64(len(g.pool)))]
		crc = crc32.Update(crc, castagnoli, piece)
		data(piece)
		left -= int64(len(piece))
	}
	if !g.o.V3 {
		data(bundleTail(crc))
	}

	m := g.segmentMessage(s, uint64(total))
	g.observe(f, 0, m)
	g.truth.TransfersStarted++
	s.pend = append(s.pend, pending{start: start, end: s.queued, kind: m.Kind})
	b := Bundle{Length: total}
	hash.Sum(b.SHA256[:0])
	g.complete(f, s, b)
	g.ack(f, 1, s.id, segmentStart|segmentEnd, uint64(total))
	g.flush(f, 0, true)
	g.flush(f, 1, true)
	g.end(f)
}
