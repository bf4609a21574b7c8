// SPDX-License-Identifier: Apache-2.0

package tlsdec

// maxHandshake bounds a handshake message that is read, in octets: a certificate chain is the longest one.
const maxHandshake = 256 << 10

const handshakeHeader = 4 // type and length (RFC 8446 section 4)

// handshake takes octets of handshake messages, which records may cut anywhere.
func (h *half) handshake(b []byte, at Mark) {
	if h.hsSkip > 0 {
		n := min(h.hsSkip, len(b))
		h.hsSkip -= n
		b = b[n:]
	}
	if len(h.hs) > 0 {
		h.hs = append(h.hs, b...)
		b = h.hs
	}
	for len(b) >= handshakeHeader {
		length := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		if length > maxHandshake {
			h.c.event(h.side, &HandshakeMessage{Type: HandshakeType(b[0]), Length: length, Encrypted: h.opened}, at)
			n := min(handshakeHeader+length, len(b))
			h.hsSkip = handshakeHeader + length - n
			b = b[n:]
			continue
		}
		if len(b) < handshakeHeader+length {
			break
		}
		h.message(HandshakeType(b[0]), b[handshakeHeader:handshakeHeader+length], at)
		b = b[handshakeHeader+length:]
	}
	h.hs = append(h.hs[:0], b...)
}

// message takes a handshake message.
func (h *half) message(t HandshakeType, b []byte, at Mark) {
	c := h.c
	ok := true
	switch t {
	case clientHello:
		var m *ClientHello
		if m, ok = parseClientHello(b); ok {
			h.hello = true
			c.clientHello(h.side, m)
			c.event(h.side, m, at)
		}
	case serverHello:
		var m *ServerHello
		if m, ok = parseServerHello(b); ok {
			if o := c.offered; o != nil && m.Version == TLS12 {
				m.Resumed = len(m.SessionID) > 0 && string(m.SessionID) == string(o.SessionID)
			}
			h.hello = true
			c.event(h.side, m, at)
			c.serverHello(h.side, m, at)
		}
	case encryptedExtensions:
		var m *EncryptedExtensions
		if m, ok = parseEncryptedExtensions(b); ok {
			c.event(h.side, m, at)
		}
		answer := earlyRejected
		if ok && m.EarlyData {
			answer = earlyAccepted
		}
		c.earlyAnswer(answer)
	case certificate:
		var m *Certificates
		if m, ok = parseCertificates(b, c.version == TLS13); ok {
			m.Encrypted = h.opened
			c.event(h.side, m, at)
		}
	case newSessionTicket:
		var m *NewSessionTicket
		if m, ok = parseNewSessionTicket(b, c.version == TLS13); ok {
			c.keys.remember(m.ticket, c.masterRandom)
			c.event(h.side, m, at)
		}
	case keyUpdate:
		if ok = len(b) == 1 && b[0] <= 1; ok && h.opened {
			c.event(h.side, &KeyUpdate{Requested: b[0] == 1}, at)
			h.update()
		}
	case finished:
		c.event(h.side, &Finished{Encrypted: h.opened}, at)
		if c.version == TLS13 && h.stage == handshakeKey {
			h.enter(trafficKey)
		}
	default:
		c.event(h.side, &HandshakeMessage{Type: t, Length: len(b), Encrypted: h.opened}, at)
		if t == endOfEarlyData && h.stage == earlyKey {
			h.enter(handshakeKey)
		}
	}
	if !ok {
		c.event(h.side, &Malformed{t.String()}, at)
		if (t == clientHello || t == serverHello) && !h.hello {
			h.noHello()
		}
	}
}
