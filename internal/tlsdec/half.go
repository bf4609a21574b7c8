// SPDX-License-Identifier: Apache-2.0

package tlsdec

// half is one direction of a connection: it cuts the stream into records.
type half struct {
	c    *Conn
	side int

	buf  []byte // the record under way, as far as it is there
	hd   header // its header, once it is there
	skip int    // octets still to come of a record that lacks others

	stage     keyStage
	p         *protection // nil: the key is not known, or not needed
	seq       uint64      // sequence number that the next record should have
	secret    []byte      // that p was made from, in TLS 1.3
	triedKeys uint64      // version of the key log when it last had no secret; see lookedUp
	lookedUp  bool
	asked     uint32 // how often the key log was looked at since, or was not
	failing   bool   // the last record could not be decrypted
	rejecting bool   // 0-RTT data that the server does not take may come
	opened    bool   // the record under way was decrypted
	doubt     uint64 // octets that were lost since the last record that was decrypted, and may have been records
	blind     bool   // the stream's beginning is not known, but its keys
	spent     int    // octets that were decrypted in vain since the last record that was decrypted

	hs     []byte // the handshake message under way
	hsSkip int    // octets still to come of one that is too long

	hello    bool // this side's hello was seen
	unheard  bool // it will not be
	lost     bool // a record boundary has to be found
	hunt     marked
	tried    bool // the record that hunt begins with cannot be decrypted
	missing  Missing
	misses   bool // missing holds something
	lastMark Mark

	waiting      bool // octets are kept in held until something of the other side, or a key, has come
	waitsForKeys bool
	impatient    bool   // nothing is waited for any more
	waitedAt     uint64 // Conn.changes then
	held         []piece
	heldOctets   int
}

// piece is what came while a half waits.
type piece struct {
	octets []byte
	gap    uint64
	at     Mark
}

const (
	// maxHeld bounds the octets kept of a side that waits.
	maxHeld = 256 << 10
	// maxPieces bounds their pieces.
	maxPieces = 1 << 16
	// pieceCost is what a piece takes beyond its octets.
	pieceCost = 64
)

// credible says whether a record header is one (RFC 8446 section 5.1). Old clients write an old version into their first.
func (h *header) credible() bool {
	return h[0] >= recordChangeCipherSpec && h[0] <= recordHeartbeat && h[1] == 3 && h[2] <= 4 && h.length() <= maxFragment
}

func (h *half) data(d []byte, at Mark) {
	for len(d) > 0 {
		switch {
		case h.waiting:
			h.hold(d, 0, at)
			return
		case h.skip > 0:
			n := min(h.skip, len(d))
			h.skip -= n
			h.miss(uint64(n), uint64(n), NotCaptured, at)
			d = d[n:]
		case h.lost:
			d = h.seek(d, at)
		case len(h.buf) > 0:
			d = h.gather(d, at)
		default:
			d = h.straight(d, at)
		}
	}
}

// straight takes records that lie in d in one piece, and what there is of one that does not.
func (h *half) straight(d []byte, at Mark) []byte {
	for len(d) >= headerLen {
		h.hd = header(d)
		if !h.hd.credible() {
			break
		}
		n := headerLen + h.hd.length()
		if len(d) < n {
			break
		}
		if !h.record(&h.hd, d[headerLen:n], at) {
			h.wait()
			return d
		}
		d = d[n:]
	}
	return h.gather(d, at)
}

// gather puts a record together of which not all came at once, and returns the octets behind it, or behind what there is.
func (h *half) gather(d []byte, at Mark) []byte {
	if need := headerLen - len(h.buf); need > 0 {
		n := min(need, len(d))
		h.buf = append(h.buf, d[:n]...)
		d = d[n:]
		if n < need {
			return d
		}
	}
	h.hd = header(h.buf)
	if !h.hd.credible() {
		h.astray(at)
		return d
	}
	length := headerLen + h.hd.length()
	n := min(length-len(h.buf), len(d))
	h.buf = append(h.buf, d[:n]...)
	d = d[n:]
	if len(h.buf) < length {
		return d
	}
	whole := h.buf
	h.buf = h.buf[:0]
	if !h.record(&h.hd, whole[headerLen:], at) {
		h.wait()
		h.hold(whole, 0, at)
	}
	return d
}

// astray takes octets in buf that are no record header.
func (h *half) astray(at Mark) {
	if !h.hello {
		h.unheard = true
	}
	h.hunt.reset()
	h.hunt.add(h.buf, at)
	h.buf = h.buf[:0]
	h.lose(NotTLS, at)
	h.scan(false)
}

// gap takes n octets that will not come.
func (h *half) gap(n uint64, at Mark) {
	if h.waiting {
		h.hold(nil, n, at)
		return
	}
	if !h.hello {
		h.unheard = true
		h.c.changes++
	}
	if h.lost {
		h.seekEnd() // what was captured before the gap has to make sense without what comes behind it
	}
	if !h.lost {
		h.lackIn(&n, at)
		if n == 0 {
			return
		}
		h.lose(NotCaptured, at)
	}
	h.miss(n, 0, NotCaptured, at)
	h.doubt = add(h.doubt, n)
}

// lackIn takes missing octets that lie in the record under way, of which the end is known all the same.
func (h *half) lackIn(n *uint64, at Mark) {
	if len(h.buf) >= headerLen {
		hd := header(h.buf)
		h.miss(uint64(len(h.buf)), uint64(len(h.buf)), NotCaptured, at)
		h.missing.Records++
		h.skip = headerLen + hd.length() - len(h.buf)
		h.buf = h.buf[:0]
		h.hs, h.hsSkip = h.hs[:0], 0
		if h.stage != clear && (h.c.version != TLS13 || hd[0] == recordApplicationData) {
			h.seq++
		}
	}
	if h.skip == 0 {
		return
	}
	k := min(uint64(h.skip), *n)
	h.skip -= int(k)
	*n -= k
	h.miss(k, 0, NotCaptured, at)
	h.doubt = add(h.doubt, k)
}

// lose gives up the place in the stream: a record boundary has to be found.
func (h *half) lose(why Reason, at Mark) {
	if n := len(h.buf); n > 0 && why == NotCaptured {
		h.miss(uint64(n), uint64(n), why, at)
		h.buf = h.buf[:0]
	}
	h.lost = true
	h.hs, h.hsSkip = h.hs[:0], 0
	h.skip = 0
}

// close takes the end of the stream.
func (h *half) close() {
	if h.lost {
		h.seekEnd()
	}
	if len(h.buf) > 0 {
		n := uint64(len(h.buf))
		h.miss(n, n, NotCaptured, h.lastMark)
	}
	h.tellMissing()
	h.letGo()
	h.buf, h.hs, h.hunt = nil, nil, marked{}
}

// miss adds octets to the place that gives no plaintext.
func (h *half) miss(octets, captured uint64, why Reason, at Mark) {
	if h.misses && h.missing.Why != why && h.missing.Why != NotCaptured {
		h.tellMissing()
	}
	if !h.misses {
		h.misses = true
		h.missing = Missing{From: at, Why: why}
	}
	h.missing.Octets = add(h.missing.Octets, octets)
	h.missing.Captured += captured
	h.missing.To = at
}

// tellMissing hands that place out.
func (h *half) tellMissing() {
	if h.misses {
		h.misses = false
		h.c.handler.Missing(h.side, h.missing)
	}
}

// wait stops the stream until the other side has told what is needed.
func (h *half) wait() {
	h.waiting, h.waitedAt = true, h.c.changes
}

// hold keeps octets, or a gap, of a half that waits.
func (h *half) hold(d []byte, gap uint64, at Mark) {
	h.held = append(h.held, piece{append([]byte(nil), d...), gap, at})
	h.heldOctets += len(d)
	if r := h.c.room; r != nil {
		if r.Left -= len(d) + pieceCost; r.Left < 0 {
			h.impatient = true
		}
	}
	if h.heldOctets > maxHeld || len(h.held) > maxPieces {
		h.impatient = true
	}
}

// letGo gives the room back that is taken by what is held.
func (h *half) letGo() (held []piece) {
	held = h.held
	if r := h.c.room; r != nil {
		r.Left += h.heldOctets + pieceCost*len(held)
	}
	h.held, h.heldOctets = nil, 0
	return held
}

// replay goes on with what was kept.
func (h *half) replay() {
	held := h.letGo()
	h.waiting, h.waitsForKeys = false, false
	for i := range held {
		if p := &held[i]; p.gap > 0 {
			h.gap(p.gap, p.at)
		} else {
			h.data(p.octets, p.at)
		}
	}
}

// add is a sum that stays at the greatest value.
func add(a, b uint64) uint64 {
	if a+b < a {
		return ^uint64(0)
	}
	return a + b
}
