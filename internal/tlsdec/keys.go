// SPDX-License-Identifier: Apache-2.0

package tlsdec

// keyStage is which key protects the records of a direction (RFC 8446 section 7.1). TLS 1.2 has clear and trafficKey only.
type keyStage uint8

const (
	clear keyStage = iota
	earlyKey
	handshakeKey
	trafficKey
	keyStages
)

// label is the key log's name of the secret of a stage.
func (h *half) label(s keyStage) Label {
	client := h.side == h.c.client
	switch {
	case h.c.version == TLS12:
		return MasterSecret
	case s == earlyKey:
		return ClientEarlyTraffic
	case s == handshakeKey && client:
		return ClientHandshakeTraffic
	case s == handshakeKey:
		return ServerHandshakeTraffic
	case client:
		return ClientTraffic
	}
	return ServerTraffic
}

// enter changes to the key of a stage of TLS 1.3, if the key log has it.
func (h *half) enter(s keyStage) {
	h.stage, h.seq, h.p = s, 0, nil
	h.secret = nil
	h.lookedUp = false
	h.findKey()
}

// guard changes to the key of TLS 1.2.
func (h *half) guard() {
	h.stage, h.seq, h.p = trafficKey, 0, nil
	h.hs, h.hsSkip = h.hs[:0], 0 // where its ChangeCipherSpec was lost, it may be a part of what was encrypted
	h.lookedUp = false
	h.findKey()
}

// findKey looks for the key of the stage, and reports whether it is there. Where the key log was of no help it is not asked
// again before it has grown.
func (h *half) findKey() bool {
	c := h.c
	if h.p != nil {
		return true
	}
	if c.suite == nil || !c.haveClient {
		return false
	}
	if came := h.keysCame(); h.lookedUp && !came {
		return false
	}
	if c.version == TLS12 {
		if c.protections12() {
			h.p = c.pair[0]
			if h.side != c.client {
				h.p = c.pair[1]
			}
		}
	} else if p, secret := h.stageKey(h.stage); p != nil {
		h.p, h.secret = p, secret
	}
	if h.p == nil {
		h.lookedUp, h.triedKeys = true, c.keys.count()
	}
	return h.p != nil
}

// stageKey makes the protection of a stage of TLS 1.3; nil if its secret is not known.
func (h *half) stageKey(s keyStage) (*protection, []byte) {
	c := h.c
	if c.suite == nil || !c.haveClient || s == earlyKey && h.side != c.client {
		return nil, nil
	}
	secret := c.keys.Secret(c.clientRandom, h.label(s))
	if secret == nil {
		return nil, nil
	}
	return newProtection13(c.suite, secret), secret
}

// keysCame says whether the key log has grown since it had no secret for this half. A half that has stopped to wait for one has
// a look at the key log's file only now and then.
func (h *half) keysCame() bool {
	const rarely = 256 // records
	if h.lookedUp && h.impatient {
		if h.asked++; h.asked%rarely != 0 {
			return h.c.keys.count() != h.triedKeys
		}
	}
	return h.c.keys.look() != h.triedKeys
}

// update changes to the key behind a KeyUpdate (RFC 8446 section 7.2).
func (h *half) update() {
	if h.stage != trafficKey || h.secret == nil {
		return
	}
	h.secret = nextSecret(h.c.suite.hash, h.secret)
	h.p, h.seq = newProtection13(h.c.suite, h.secret), 0
}
