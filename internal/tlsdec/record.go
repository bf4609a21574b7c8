// SPDX-License-Identifier: Apache-2.0

package tlsdec

// Types of records (RFC 8446 section 5.1; heartbeat: RFC 6520).
const (
	recordChangeCipherSpec = 20
	recordAlert            = 21
	recordHandshake        = 22
	recordApplicationData  = 23
	recordHeartbeat        = 24
)

// record takes a whole record; at is the mark of its last octet. It returns false where the record has to wait.
func (h *half) record(hd *header, fragment []byte, at Mark) bool {
	h.lastMark = at
	if h.stage == clear || h.c.version == TLS13 && hd[0] != recordApplicationData {
		return h.clearRecord(hd, fragment, at)
	}
	return h.protected(hd, fragment, at)
}

// clearRecord takes a record that is not protected, or is the first that is.
func (h *half) clearRecord(hd *header, fragment []byte, at Mark) bool {
	switch hd[0] {
	case recordApplicationData:
		return h.unexpected(hd, fragment, at)
	case recordChangeCipherSpec:
		if h.stage == clear && h.c.version != TLS13 && h.c.early == noEarly && h.mustWait() {
			return false
		}
		h.content(hd[0], fragment, at)
	case recordHandshake:
		if !h.hello && len(h.hs) == 0 && len(fragment) > 0 {
			switch HandshakeType(fragment[0]) {
			case clientHello:
			case serverHello:
				if h.mustWait() {
					return false
				}
			default:
				h.noHello()
			}
		}
		h.content(hd[0], fragment, at)
	default:
		h.content(hd[0], fragment, at)
	}
	return true
}

// unexpected takes application data where no key is in use yet.
func (h *half) unexpected(hd *header, fragment []byte, at Mark) bool {
	c := h.c
	if !h.hello {
		h.noHello()
	}
	if h.mustWait() {
		return false
	}
	switch {
	case c.early == earlyOffered && h.side == c.client:
		c.earlyAnswer(earlyUnclear)
	case c.version == TLS12: // its ChangeCipherSpec is missing
		h.guard()
		h.blind = true
	default: // the stream's beginning is missing, or the other's ServerHello
		h.stage, h.blind = trafficKey, true
	}
	return h.protected(hd, fragment, at)
}

// noHello says that this side's hello was not captured.
func (h *half) noHello() {
	h.unheard = true
	h.c.changes++
}

// mustWait says whether what comes on the other side has to be known first. Directions are captured in order each for itself,
// and 0-RTT data come before the ServerHello.
func (h *half) mustWait() bool {
	peer := &h.c.halves[1-h.side]
	switch {
	case h.impatient || h.unheard:
		return false
	case peer.unheard || peer.lost:
		return false
	case !peer.hello:
		return true
	case h.c.retry && !h.c.haveServer: // peer's hello asked for another one
		return h.side == h.c.client
	}
	return h.c.early == earlyOffered && h.side == h.c.client
}

// content takes what a record holds, in the clear or decrypted; it is borrowed.
func (h *half) content(kind byte, b []byte, at Mark) {
	switch kind {
	case recordApplicationData:
		h.tellMissing()
		if len(b) > 0 {
			h.c.handler.Plaintext(h.side, b, at)
		}
	case recordHandshake:
		h.handshake(b, at)
	case recordAlert:
		h.alert(b, at)
	case recordChangeCipherSpec:
		h.changeCipherSpec(b, at)
	case recordHeartbeat:
	default:
		h.c.event(h.side, &Malformed{"record type " + codeName("", uint64(kind), 2)}, at)
	}
}

func (h *half) alert(b []byte, at Mark) {
	if len(b) != 2 {
		h.c.event(h.side, &Malformed{"alert of a length other than 2"}, at)
		return
	}
	h.c.event(h.side, &Alert{Level: AlertLevel(b[0]), Description: AlertDescription(b[1]), Encrypted: h.opened}, at)
}

// changeCipherSpec changes the key in TLS 1.2 (RFC 5246 section 7.1). In 1.3 it only pleases middleboxes (RFC 8446 appendix D.4).
func (h *half) changeCipherSpec(b []byte, at Mark) {
	if len(b) != 1 || b[0] != 1 {
		h.c.event(h.side, &Malformed{"change_cipher_spec other than 1"}, at)
		return
	}
	h.c.event(h.side, &ChangeCipherSpec{}, at)
	if h.c.haveServer && h.c.version != TLS13 {
		h.guard()
	}
}
