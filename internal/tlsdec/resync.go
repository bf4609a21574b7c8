// SPDX-License-Identifier: Apache-2.0

package tlsdec

// huntLen is how many octets are looked at together to find a record boundary: two records, and more than a header.
const huntLen = 2 * (headerLen + maxFragment)

// seek looks for a record boundary in what was kept and d. It returns what of d lies behind the octets used.
func (h *half) seek(d []byte, at Mark) []byte {
	for len(d) > 0 && h.lost {
		n := min(len(d), huntLen-len(h.hunt.rest()))
		h.hunt.add(d[:n], at)
		d = d[n:]
		h.scan(false)
	}
	return d
}

// seekEnd looks for one where no octets follow.
func (h *half) seekEnd() {
	h.scan(true)
	if h.lost {
		h.pass(len(h.hunt.rest()))
	}
}

// scan takes the octets kept, as far as that is possible before more have come. What comes behind a boundary that was found is
// taken from there as well, so that no number of false ones makes it start over.
func (h *half) scan(final bool) {
	for again := true; again; {
		if h.lost {
			again = h.find(final)
		} else {
			again = h.follow()
		}
	}
}

// follow takes the next record behind a boundary. It returns false when there is no whole one.
func (h *half) follow() bool {
	b := h.hunt.rest()
	if len(b) >= headerLen {
		hd := header(b)
		if !hd.credible() {
			h.lose(NotTLS, h.hunt.at(headerLen))
			return true
		}
		if n := headerLen + hd.length(); len(b) >= n {
			at := h.hunt.at(n)
			if h.record(&hd, b[headerLen:n], at) {
				h.hunt.start += n
				return true
			}
			h.wait()
			h.hunt.each(func(d []byte, at Mark) { h.hold(d, 0, at) })
			h.hunt.reset()
			return false
		}
	}
	h.buf = append(h.buf[:0], b...)
	h.hunt.reset()
	return false
}

// find looks for a record that can be decrypted, or else for one that another one follows. It returns false when there is none
// before more octets have come.
func (h *half) find(final bool) bool {
	b := h.hunt.rest()
	for i := 0; ; i++ {
		if i+headerLen > len(b) {
			h.pass(min(i, len(b)))
			return false
		}
		if !likely(b[i:]) {
			continue
		}
		hd := header(b[i:])
		end := i + headerLen + hd.length()
		if end > len(b) {
			if final {
				continue
			}
			h.pass(i)
			return false
		}
		tried := h.tried && i == 0
		h.tried = false
		if !tried && h.proves(&hd, b[i+headerLen:end], i) {
			return true
		}
		if end+headerLen > len(b) {
			if final {
				continue
			}
			h.pass(i)
			h.tried = true
			return false
		}
		if likely(b[end:]) {
			h.pass(i)
			h.lost = false
			return true
		}
	}
}

// proves decrypts the record behind the next i octets, if it is one, and goes on behind it.
func (h *half) proves(hd *header, fragment []byte, i int) bool {
	if h.stage == clear || h.c.version == TLS13 && hd[0] != recordApplicationData {
		return false
	}
	h.findKey()
	at := h.hunt.at(i + headerLen + len(fragment))
	doubt := h.doubt
	h.doubt = add(doubt, uint64(i)) // what lies before it may have been records as well
	plain, ok := h.open(hd, fragment, at)
	if h.doubt = doubt; !ok {
		return false
	}
	h.pass(i)
	h.hunt.start += headerLen + len(fragment)
	h.lost, h.lastMark = false, at
	h.authentic(hd, plain, at)
	return true
}

// pass gives up the next n octets kept.
func (h *half) pass(n int) {
	if n == 0 {
		return
	}
	why := NotTLS
	if h.misses {
		why = h.missing.Why
	}
	h.miss(uint64(n), uint64(n), why, h.hunt.at(n))
	h.doubt = add(h.doubt, uint64(n))
	h.hunt.start += n
	h.tried = false
}

// likely says whether a record header in the middle of a stream may be one: all versions write the same into the records that
// follow a hello.
func likely(b []byte) bool {
	n := int(b[3])<<8 | int(b[4])
	return b[0] >= recordChangeCipherSpec && b[0] <= recordApplicationData && b[1] == 3 && b[2] == 3 && n > 0 && n <= maxFragment
}
