// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"encoding/binary"
	"math/bits"

	"github.com/dtn-tools/tcpcl/wire"
	"github.com/dtn-tools/tcpcl/wire/sdnv"
	"github.com/dtn-tools/tcpcl/wire/v3"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

// found is the outcome of a search.
type found struct {
	found   bool
	offset  int // of the boundary in the buffer
	version uint8
	contact bool // a contact header begins there
	bits    int
}

// Bounds of credibility, in bits. Payload is not random: it has runs of zeros, counters and text, and may hold a capture of
// TCPCL itself. So the evidence counted for a field is less than its width, a chain needs two messages, and one message alone must
// fit what is known of the session.
const (
	chainBits = 64 // for a chain of at least two messages
	aloneBits = 90 // for one message that fits the session
	wholeBits = 50 // for one message that is a whole transfer of a bundle whose inner lengths agree with it
	endBits   = 12 // what it is worth that a chain ends where the stream ends; then half of chainBits is enough
	cutBits   = 8  // the same where the capture does not show that the stream ends there
	gapBits   = 6  // the same where a gap follows; then it must begin where one ended, and fit the session
	exactBits = 12 // for a chain that begins where the gap ends, or a packet begins, and ends where the stream ends
	blindBits = 30 // more for all of these in a connection of which nothing says that it is TCPCL
	maxChain  = 64 // messages looked at in a chain
	// anchorBits is what the first message of a chain must be worth by itself, but where the gap ends or a packet begins: the octet
	// before a true boundary may look like a KEEPALIVE. A long one that ends at such a boundary needs less.
	anchorBits     = 12
	longAnchorBits = 18
	minAnchorPiece = 64 // octets of a packet: where all are small, one begins nearly everywhere
)

// find looks for a credible boundary in what the hunt holds: among the offsets that were open, and among those not judged
// yet. final: nothing follows.
func (s *stream) find(final bool) found {
	h := &s.hunt
	version := s.version
	if version == 0 && s.c.sess != nil {
		version = s.c.sess.Version
	}
	still := h.open[:0]
	for i, o := range h.open {
		if o.want > len(h.buf) && !final {
			still = append(still, o)
			continue
		}
		r, v, want := s.try(version, o.offset, final)
		if v == accepted {
			h.open = append(still, h.open[i+1:]...)
			return r
		}
		if v == open {
			still = append(still, opening{o.offset, want})
		}
	}
	h.open = still
	candidates := &starts[version&7]
	for ; h.judged < len(h.buf); h.judged++ {
		if !candidates[h.buf[h.judged]] {
			continue
		}
		r, v, want := s.try(version, h.judged, final)
		if v == accepted {
			return r
		}
		if v == open {
			h.open = append(h.open, opening{h.judged, want})
		}
	}
	return found{}
}

// try judges one offset; want is the length of the buffer with which more can be told, where it stays open.
func (s *stream) try(version uint8, offset int, final bool) (r found, v verdict, want int) {
	h := &s.hunt
	if version == 0 {
		// Type octets of v4 are all below those of v3.
		if version = 3; h.buf[offset] < 0x08 {
			version = 4
		}
	}
	c := &s.c.w.chain
	*c = chain{s: s, buf: h.buf, version: version, at: offset, first: offset == 0 && h.base == h.from, final: final, end: h.end}
	v = c.follow()
	return found{true, offset, c.version, c.contact, c.bits}, v, c.want
}

// starts says for each octet whether a chain can begin with it in a stream of a version: 3, 4, or 0 for any.
var starts = func() (t [8][256]bool) {
	for c := range 256 {
		b := uint8(c)
		t[3][c] = candidate(3, b)
		t[4][c] = candidate(4, b)
		t[0][c] = t[3][c] || t[4][c]
	}
	return t
}()

// candidate says whether a message of a version can begin with the octet.
func candidate(version, c uint8) bool {
	if c == wire.Magic[0] {
		return true
	}
	if version == 4 {
		return c >= 1 && c <= 7
	}
	flags := c & 15
	switch v3.MessageType(c >> 4) {
	case v3.TypeDataSegment, v3.TypeRefuseBundle, v3.TypeShutdown:
		return flags <= 3
	case v3.TypeAckSegment, v3.TypeKeepalive, v3.TypeLength:
		return flags == 0
	}
	return false
}

type verdict uint8

const (
	refuted verdict = iota
	open            // more octets are needed
	accepted
)

// chain is a run of messages, each beginning where the one before it ends.
type chain struct {
	s       *stream
	buf     []byte
	version uint8
	at      int  // where the next message begins
	first   bool // it begins where the gap ends, or where a packet does
	final   bool
	end     int  // what it is worth to end where buf does
	bundle  bool // one of its messages is a whole bundle
	contact bool
	bits    int
	n       int // messages
	want    int // length of buf with which it could be followed further

	// What the last segment of the chain implies for the next one.
	inTransfer bool
	known      bool // inTransfer is
	id         uint64
	size       uint64
	acked      uint64 // length of the last acknowledgement
	idle       int    // KEEPALIVEs in a row
	terminated bool
	context    bool // something in it fits what is known of the session
}

func (c *chain) follow() verdict {
	extra := 0
	if c.s.c.sess == nil && c.s.c.hint == noHint {
		extra = blindBits
	}
	for c.n < maxChain {
		if c.n >= 2 && c.bits >= chainBits+extra || c.n >= 1 && c.context && c.bits >= aloneBits+extra {
			return accepted
		}
		if c.at > len(c.buf) {
			return c.more(1)
		}
		if c.bundle && c.bits >= wholeBits+extra {
			return accepted
		}
		if c.at == len(c.buf) && c.n > 0 {
			if c.final && c.ends(extra) {
				return accepted
			}
			return c.more(1)
		}
		length, short, ok := c.message(c.buf[c.at:])
		if short > 0 {
			return c.more(short)
		}
		if !ok {
			return refuted
		}
		if c.n++; c.n == 1 && !c.anchored(length) {
			return refuted
		}
		if length > uint64(1<<62-c.at) {
			return refuted
		}
		c.at += int(length)
	}
	return refuted
}

// ends says whether a chain that uses up the octets before the stream's end or a gap is credible for that.
func (c *chain) ends(extra int) bool {
	bits := c.bits + c.end
	if c.end <= gapBits {
		return c.first && c.context && c.n >= 2 && bits >= chainBits/2+extra
	}
	return c.first && c.n >= 2 && c.bits >= exactBits+extra || bits >= chainBits/2+extra
}

// anchored says whether the first message of the chain, of this length, is more than octets before a true boundary that look like
// one: few of those are long, or begin where a packet does.
func (c *chain) anchored(length uint64) bool {
	if !c.first {
		begin, end := c.s.hunt.pieceAt(c.at)
		c.first = begin == c.at && (uint64(end-begin) == length || end-begin >= minAnchorPiece)
	}
	return c.first || c.bits >= anchorBits || c.bits+bits.Len64(length) >= longAnchorBits
}

// more says that a chain ends with the buffer for now.
func (c *chain) more(octets int) verdict {
	if c.final {
		return refuted
	}
	c.want = max(c.at, len(c.buf)) + octets
	return open
}

// message judges the message at the start of b: its length, or how many octets are missing to tell, or not ok.
func (c *chain) message(b []byte) (length uint64, short int, ok bool) {
	if b[0] == wire.Magic[0] {
		return c.contactHeader(b)
	}
	if c.version == 4 {
		return c.messageV4(b)
	}
	return c.messageV3(b)
}

// contactHeader is credible only where the stream's beginning may be.
func (c *chain) contactHeader(b []byte) (uint64, int, bool) {
	if c.n > 0 || c.s.c.sess != nil && c.s.c.sess.Side(c.s.side).Contact {
		return 0, 0, false
	}
	version, err := wire.PeekContact(b)
	if short, isShort := err.(wire.ErrShort); isShort {
		return 0, int(short), true
	}
	if err != nil || version != 3 && version != 4 {
		return 0, 0, false
	}
	c.version, c.contact, c.bits, c.context = version, true, c.bits+40, true
	if version == 4 {
		if len(b) < 6 {
			return 0, 6 - len(b), true
		}
		if b[5] > 1 {
			return 0, 0, false
		}
		c.bits += 7
		return 6, 0, true
	}
	var h v3.ContactHeader
	n, err := h.Parse(b)
	if short, isShort := err.(wire.ErrShort); isShort {
		if len(b) > 2048 {
			return 0, 0, false
		}
		return 0, int(short), true
	}
	if err != nil || h.Flags&0xf0 != 0 || len(h.EID) > 1024 {
		return 0, 0, false
	}
	c.bits += 20
	return uint64(n), 0, true
}

func (c *chain) messageV4(b []byte) (length uint64, short int, ok bool) {
	t := v4.MessageType(b[0])
	if !candidate(4, b[0]) || c.terminated && (t == v4.TypeSessInit || t == v4.TypeSessTerm) {
		return 0, 0, false
	}
	if t != v4.TypeKeepalive {
		c.idle = 0
	}
	switch t {
	case v4.TypeXferSegment:
		return c.segmentV4(b)
	case v4.TypeXferAck:
		if len(b) < 18 {
			if len(b) > 1 && b[1] > 3 {
				return 0, 0, false
			}
			return 0, 18 - len(b), true
		}
		id, acked := binary.BigEndian.Uint64(b[2:]), binary.BigEndian.Uint64(b[10:])
		if b[1] > 3 || acked == 0 || acked >= 1<<40 || !c.credibleID(id, 1-c.s.side) {
			return 0, 0, false
		}
		c.bits += 14 + 16
		if c.s.c.sess != nil && c.s.c.sess.Expects(1-c.s.side, id, acked) {
			c.bits += 40
			c.context = true
		}
		return 18, 0, true
	case v4.TypeXferRefuse:
		if len(b) < 10 {
			return 0, 10 - len(b), true
		}
		if b[1] > byte(v4.RefuseSessionTerminating) || !c.credibleID(binary.BigEndian.Uint64(b[2:]), 1-c.s.side) {
			return 0, 0, false
		}
		c.bits += 13
		return 10, 0, true
	case v4.TypeKeepalive:
		if c.idle++; c.idle == 1 {
			c.bits += 2
		}
		return 1, 0, true
	case v4.TypeSessTerm, v4.TypeMsgReject:
		if len(b) < 3 {
			return 0, 3 - len(b), true
		}
		if t == v4.TypeMsgReject {
			c.bits += 12
			return 3, 0, b[1] >= 1 && b[1] <= 3 && b[2] >= 1 && b[2] <= 7
		}
		c.bits += 12
		c.terminated = true
		return 3, 0, b[1] <= 1 && b[2] <= byte(v4.TermResourceExhaustion)
	}
	return c.sessInit(b)
}

func (c *chain) segmentV4(b []byte) (length uint64, short int, ok bool) {
	if len(b) < 18 {
		if len(b) > 1 && b[1] > 3 {
			return 0, 0, false
		}
		return 0, 18 - len(b), true
	}
	flags := v4.SegmentFlags(b[1])
	id := binary.BigEndian.Uint64(b[2:])
	start, end := flags&v4.SegmentStart != 0, flags&v4.SegmentEnd != 0
	if flags > 3 || !c.credibleID(id, c.s.side) || c.known && c.n > 0 && (c.inTransfer == start || c.inTransfer && id != c.id) {
		return 0, 0, false
	}
	n := 18
	var list v4.ExtensionList
	if start || c.s.listAlways {
		e := binary.BigEndian.Uint32(b[10:])
		if e > 4096 || !start && e != 0 {
			return 0, 0, false
		}
		n += 4 + int(e)
		if len(b) < n {
			return 0, n - len(b), true
		}
		list = v4.ExtensionList(b[14 : 14+e])
		c.bits += 12
	}
	size := binary.BigEndian.Uint64(b[n-8:])
	if size == 0 || size >= 1<<40 {
		return 0, 0, false
	}
	for items := list.Items(); ; {
		if !items.Next() {
			if items.Err() != nil {
				return 0, 0, false
			}
			break
		}
		i := items.Item()
		if i.Flags > 1 {
			return 0, 0, false
		}
		if i.Type == v4.ItemTransferLength {
			if total, is := v4.TransferLength(list); !is || total < size {
				return 0, 0, false
			}
			c.bits += 30
			c.context = true // thirteen octets that agree with the eight behind them
		}
	}
	if sess := c.s.c.sess; sess != nil {
		if other := sess.Side(1 - c.s.side); other.Init && size > other.SegmentMRU {
			return 0, 0, false
		}
	}
	c.bits += 14 + 20
	switch {
	case size == c.s.lastData && !end, c.n > 0 && size == c.size:
		c.bits += 10
	}
	if start && len(b) > n {
		n, whole := bundleBits(b[n:], size, end)
		c.bits += n
		c.bundle = c.bundle || whole
	}
	c.known, c.inTransfer, c.id, c.size = true, !end, id, size
	return add(uint64(n), size), 0, true
}

// credibleID judges a transfer ID of the transfers that sender sends.
func (c *chain) credibleID(id uint64, sender int) bool {
	if sess := c.s.c.sess; sess != nil {
		last, ok := sess.LastID(sender)
		if ok && id-last <= 64 {
			c.bits += 40
			c.context = true
			return true
		}
		if other := &c.s.c.streams[1-sender]; other.acked && id-other.lastAck+64 <= 128 {
			c.bits += 40
			c.context = true
			return true
		}
	}
	c.bits += 16
	return id < 1<<32
}

func (c *chain) sessInit(b []byte) (uint64, int, bool) {
	if len(b) < 21 {
		return 0, 21 - len(b), true
	}
	n := 21 + int(binary.BigEndian.Uint16(b[19:]))
	if n > 21+2048 || c.s.c.sess != nil && c.s.c.sess.Side(c.s.side).Init {
		return 0, 0, false
	}
	var i v4.SessInit
	used, err := i.Parse(b)
	if short, isShort := err.(wire.ErrShort); isShort {
		if len(b) > 1<<16 || int(short) > 1<<16 {
			return 0, 0, false
		}
		return 0, int(short), true
	}
	if err != nil || len(i.NodeID) < 5 || string(i.NodeID[:4]) != "dtn:" && string(i.NodeID[:4]) != "ipn:" {
		return 0, 0, false
	}
	c.bits += 60
	c.context = true
	return uint64(used), 0, true
}

func (c *chain) messageV3(b []byte) (length uint64, short int, ok bool) {
	t, flags := v3.MessageType(b[0]>>4), b[0]&15
	if !candidate(3, b[0]) || c.terminated {
		return 0, 0, false
	}
	if t != v3.TypeKeepalive {
		c.idle = 0
	}
	switch t {
	case v3.TypeDataSegment:
		if flags > 3 {
			return 0, 0, false
		}
		return c.segmentV3(b, flags)
	case v3.TypeAckSegment, v3.TypeLength:
		if flags != 0 {
			return 0, 0, false
		}
		v, n, err := sdnv.Parse(b[1:])
		if short, isShort := err.(wire.ErrShort); isShort {
			return 0, int(short), true
		}
		if err != nil || v == 0 || v >= 1<<40 || n != sdnv.Len(v) {
			return 0, 0, false
		}
		if sess := c.s.c.sess; t == v3.TypeAckSegment && sess != nil && sess.Expects(1-c.s.side, 0, v) {
			c.bits += 4 + 7*n
			c.context = true
		} else if v != c.acked { // spaces are acknowledgements of 32 octets, and text has other patterns that repeat
			c.bits += 4
		}
		c.acked = v
		return uint64(1 + n), 0, true
	case v3.TypeRefuseBundle:
		// Text is full of octets that look like this one: it proves nothing, and is possible only where it was negotiated.
		sess := c.s.c.sess
		if flags > 3 || sess != nil && (sess.Side(0).Contact && sess.Side(0).ContactFlags&4 == 0 || sess.Side(1).Contact && sess.Side(1).ContactFlags&4 == 0) {
			return 0, 0, false
		}
		return 1, 0, true
	case v3.TypeKeepalive:
		if c.idle++; c.idle == 1 {
			c.bits += 3
		}
		return 1, 0, flags == 0
	}
	var d v3.Shutdown
	n, err := d.Parse(b)
	if short, isShort := err.(wire.ErrShort); isShort {
		return 0, int(short), true
	}
	c.bits += 6
	c.terminated = true
	return uint64(n), 0, err == nil && flags <= 3 && d.Reason <= v3.ShutdownBusy
}

func (c *chain) segmentV3(b []byte, flags uint8) (uint64, int, bool) {
	size, n, err := sdnv.Parse(b[1:])
	if short, isShort := err.(wire.ErrShort); isShort {
		return 0, int(short), true
	}
	start, end := flags&2 != 0, flags&1 != 0
	if err != nil || size == 0 || size >= 1<<40 || n != sdnv.Len(size) || c.known && c.inTransfer == start {
		return 0, 0, false
	}
	c.bits += 7
	if c.known {
		c.bits++
	}
	if !end && size == c.s.lastData || c.n > 0 && size == c.size {
		c.bits += 7 * (n - 1)
	}
	if start {
		if want := 1 + n + int(min(size, bundleWant)); len(b) < want && !c.final {
			return 0, want - len(b), true
		}
		if len(b) > 1+n {
			n, whole := bundleBits(b[1+n:], size, end)
			c.bits += n
			c.bundle = c.bundle || whole
		}
	}
	c.known, c.inTransfer, c.size = true, !end, size
	return add(uint64(1+n), size), 0, true
}
