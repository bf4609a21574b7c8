// SPDX-License-Identifier: Apache-2.0

package tlsdec

import "encoding/binary"

// explicitNonce is the part of the nonce that a record of GCM or CCM in TLS 1.2 carries.
func explicitNonce(fragment []byte) (uint64, bool) {
	if len(fragment) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(fragment), true
}

// unknown tries the secrets of the whole key log, for a connection of which a hello was not captured.
func (t *trial) unknown(at Mark) (plain []byte, ok bool) {
	h, c := t.h, t.h.c
	entries := c.keys.Len()
	if c.haveClient {
		entries = 1
	}
	if entries == 0 {
		return nil, false
	}
	per := t.left / entries // each gets as much as any other
	c.keys.each(func(s *secrets) bool {
		if c.haveClient && s.random != c.clientRandom {
			return true
		}
		h.spent += 64 // looking at it is not free either
		left := t.left
		t.left = per
		if c.haveServer && c.version == TLS12 {
			plain, ok = t.master(s)
		} else {
			plain, ok = t.traffic(s)
		}
		if t.left = left - (per - t.left); !ok {
			return t.left > 0 && h.spent < maxSpent
		}
		c.clientRandom, c.haveClient = s.random, true
		c.changes++
		c.event(h.side, &KeysFound{ClientRandom: s.random, CipherSuite: c.code, Sequence: h.seq}, at)
		return false
	})
	return plain, ok
}

// master tries a master secret of TLS 1.2, of which the ServerHello is known.
func (t *trial) master(s *secrets) ([]byte, bool) {
	h, c := t.h, t.h.c
	if s.of[MasterSecret].n == 0 || !t.derive() {
		return nil, false
	}
	pair := newProtections12(c.suite, s.of[MasterSecret].get(), &s.random, &c.serverRandom, c.etm)
	role := 0
	if h.side != c.client {
		role = 1
	}
	if pair[role] == nil {
		return nil, false
	}
	plain, ok := t.ahead(pair[role], 0)
	if ok {
		c.pair = pair
	}
	return plain, ok
}

// traffic tries the traffic secrets of TLS 1.3.
func (t *trial) traffic(s *secrets) ([]byte, bool) {
	h, c := t.h, t.h.c
	roles := []Label{ClientTraffic, ServerTraffic}
	if c.client >= 0 {
		roles = roles[:1]
		if h.side != c.client {
			roles[0] = ServerTraffic
		}
	}
	per := t.left / (len(roles) * 4) // as many suites share a hash
	for _, role := range roles {
		secret := s.of[role].get()
		if len(secret) == 0 {
			continue
		}
		for i := range suites {
			suite := &suites[i]
			if !suite.tls3 || c.haveServer && suite != c.suite || suite.hash().Size() != len(secret) {
				continue
			}
			left := t.left
			t.left = per
			plain, ok := t.generations(suite, secret)
			t.left = left - (per - t.left)
			if ok {
				t.adopt(suite, role == ClientTraffic)
				return plain, true
			}
		}
	}
	return nil, false
}

// generations tries a secret and those that KeyUpdates make of it.
func (t *trial) generations(s *suite, secret []byte) ([]byte, bool) {
	h := t.h
	all := t.left
	for g := 0; g <= maxGenerations && t.derive(); g++ {
		left := t.left
		t.left = all / (2 << min(g, 3)) // most connections never update
		share := t.left
		p := newProtection13(s, secret)
		if p == nil {
			return nil, false
		}
		if plain, ok := t.ahead(p, 0); ok {
			h.secret = append([]byte(nil), secret...)
			return plain, true
		}
		t.left = left - (share - t.left)
		secret = nextSecret(s.hash, secret)
	}
	return nil, false
}

// adopt takes what the right secret tells of the connection.
func (t *trial) adopt(s *suite, client bool) {
	h, c := t.h, t.h.c
	c.client = h.side
	if !client {
		c.client = 1 - h.side
	}
	c.version, c.suite, c.code, c.haveServer = TLS13, s, s.code, true
	h.stage = trafficKey
	if peer := &c.halves[1-h.side]; peer.p == nil {
		peer.stage, peer.blind, peer.lookedUp = trafficKey, true, false
	}
}
