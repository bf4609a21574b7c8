// SPDX-License-Identifier: Apache-2.0

package tlsdec

const (
	// maxAhead bounds how many lost records a sequence number is searched behind.
	maxAhead = 4096
	// maxBlind bounds the sequence numbers tried where it is not known what came before.
	maxBlind = 1 << 16
	// maxGenerations bounds the KeyUpdates that may have been lost.
	maxGenerations = 8
	// maxSpent bounds the octets that are decrypted in vain before a side is given up.
	maxSpent = 256 << 20
	// maxTry and maxBlindTry are for one record.
	maxTry      = 80 << 20
	maxBlindTry = 8 << 20
	// deriveCost is what making a key counts, in octets.
	deriveCost = 8 << 10
)

// trial is the search for the key and the sequence number of one record.
type trial struct {
	h        *half
	hd       *header
	fragment []byte
	left     int // octets that may be decrypted for it
}

// search decrypts a record that has not the key or the sequence number that it should have: because of what was lost before it,
// because a message that changes the key was not understood, or because the connection's beginning was not captured.
func (h *half) search(hd *header, fragment []byte, at Mark) ([]byte, bool) {
	c := h.c
	if c.haveServer && c.suite == nil || h.spent >= maxSpent || c.keys == nil {
		return nil, false
	}
	t := trial{h: h, hd: hd, fragment: fragment, left: maxTry}
	if h.blind {
		t.left = maxBlindTry
	}
	if !c.haveClient || !c.haveServer {
		return t.unknown(at)
	}
	if h.p != nil && (h.doubt > 0 || h.blind) {
		if plain, ok := t.ahead(h.p, h.seq+1); ok {
			return plain, true
		}
	}
	if c.version == TLS13 {
		return t.later()
	}
	return nil, false
}

// spend says whether there is still something left for a decryption.
func (t *trial) spend(p *protection) bool {
	cost := len(t.fragment) + 64
	if p.suite.bulk != gcm {
		cost *= 4
	}
	t.left -= cost
	t.h.spent += cost
	return t.left > 0 && t.h.spent < maxSpent
}

func (t *trial) derive() bool {
	t.left -= deriveCost
	t.h.spent += deriveCost
	return t.left > 0 && t.h.spent < maxSpent
}

func (t *trial) open(p *protection, seq uint64) ([]byte, bool) {
	if !t.spend(p) {
		return nil, false
	}
	return p.open(t.h.c.scratch(len(t.fragment)), t.hd, t.fragment, seq)
}

// window is how many records may have been lost.
func (t *trial) window(p *protection) uint64 {
	if t.h.blind {
		return maxBlind
	}
	return min(t.h.doubt/uint64(p.overhead())+1, maxAhead)
}

// ahead tries a key with the sequence numbers from one on.
func (t *trial) ahead(p *protection, from uint64) ([]byte, bool) {
	if p.explicit == 8 { // nearly everybody takes the sequence number for the explicit part of the nonce (RFC 5288 section 3)
		if seq, ok := explicitNonce(t.fragment); ok && seq >= from {
			if plain, ok := t.open(p, seq); ok {
				return t.found(p, from, seq, plain)
			}
		}
	}
	for n := t.window(p); n > 0 && t.left > 0; n-- {
		seq := from + t.window(p) - n
		if plain, ok := t.open(p, seq); ok {
			return t.found(p, from, seq, plain)
		}
	}
	return nil, false
}

// found takes a key and a sequence number that are right.
func (t *trial) found(p *protection, from, seq uint64, plain []byte) ([]byte, bool) {
	h := t.h
	if p == h.p {
		from--
	}
	if h.misses {
		h.missing.Records = add(h.missing.Records, seq-from)
	}
	h.p, h.seq = p, seq
	return plain, true
}

// later tries the keys of TLS 1.3 that come after the one in use.
func (t *trial) later() ([]byte, bool) {
	h := t.h
	for s := h.stage + 1; s < keyStages; s++ {
		p, secret := h.stageKey(s)
		if p == nil || !t.derive() {
			continue
		}
		if plain, ok := t.ahead(p, 0); ok {
			h.stage, h.secret = s, secret
			return plain, true
		}
	}
	secret := h.secret
	if h.stage != trafficKey || secret == nil {
		return nil, false
	}
	generations := 1
	if h.doubt > 0 || h.blind {
		generations = maxGenerations
	}
	for ; generations > 0 && t.derive(); generations-- {
		secret = nextSecret(h.c.suite.hash, secret)
		if p := newProtection13(h.c.suite, secret); p != nil {
			if plain, ok := t.ahead(p, 0); ok {
				h.secret = secret
				return plain, true
			}
		}
	}
	return nil, false
}
