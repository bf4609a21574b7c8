// SPDX-License-Identifier: Apache-2.0

package tlsdec

// protected takes a record that is encrypted. It returns false where the record has to wait for its key.
func (h *half) protected(hd *header, fragment []byte, at Mark) bool {
	c := h.c
	if h.p == nil && !h.findKey() && c.keys.growing() && !h.impatient && c.suite != nil && c.haveClient {
		h.waitsForKeys = true
		return false
	}
	plain, ok := h.open(hd, fragment, at)
	if !ok {
		h.failed(hd, fragment, at)
		return true
	}
	h.authentic(hd, plain, at)
	return true
}

// open decrypts a record with the key and the sequence number that it should have, or else with those that it might have.
func (h *half) open(hd *header, fragment []byte, at Mark) ([]byte, bool) {
	if h.p != nil {
		if plain, ok := h.p.open(h.c.scratch(len(fragment)), hd, fragment, h.seq); ok {
			return plain, true
		}
	}
	return h.search(hd, fragment, at)
}

// authentic takes the plaintext of a record whose tag or MAC is right.
func (h *half) authentic(hd *header, plain []byte, at Mark) {
	h.seq++
	h.doubt, h.spent = 0, 0
	h.blind, h.rejecting, h.failing = false, false, false
	kind := hd[0]
	if h.c.version == TLS13 { // RFC 8446 section 5.2
		n := len(plain)
		for n > 0 && plain[n-1] == 0 {
			n--
		}
		if n == 0 {
			h.c.event(h.side, &Malformed{"record of nothing but padding"}, at)
			return
		}
		kind, plain = plain[n-1], plain[:n-1]
	}
	h.opened = true
	h.content(kind, plain, at)
	h.opened = false
}

// failed takes a record that could not be decrypted.
func (h *half) failed(hd *header, fragment []byte, at Mark) {
	c := h.c
	n := uint64(headerLen + len(fragment))
	if hd[0] == recordAlert {
		c.event(h.side, &Alert{Encrypted: true, Unreadable: true}, at)
	}
	switch {
	case h.rejecting:
		h.miss(n, n, EarlyRejected, at)
		return
	case h.p != nil:
		if !h.failing {
			c.event(h.side, &DecryptFailed{Sequence: h.seq, Length: len(fragment)}, at)
		}
		h.failing = true
		h.miss(n, n, NotAuthentic, at)
		h.missing.Records++
		h.seq++
		h.doubt = add(h.doubt, n)
	case c.haveServer && c.suite == nil:
		h.miss(n, n, NoSuite, at)
	default:
		label := h.label(h.stage)
		if !c.haveServer && label == MasterSecret {
			label = ClientTraffic
		}
		c.lacking(h.side, label, at)
		h.miss(n, n, NoKeys, at)
		h.blind = true
	}
}
