// SPDX-License-Identifier: Apache-2.0

package tlsdec

import "slices"

// Extension types (RFC 8446 section 4.2 and the registry).
const (
	extServerName           = 0
	extGroups               = 10
	extALPN                 = 16
	extEncryptThenMAC       = 22
	extExtendedMasterSecret = 23
	extSessionTicket        = 35
	extPreSharedKey         = 41
	extEarlyData            = 42
	extSupportedVersions    = 43
	extPostHandshakeAuth    = 49
)

// retryRandom is the random of a ServerHello that is a HelloRetryRequest (RFC 8446 section 4.1.3).
var retryRandom = [randomLen]byte{0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
	0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C}

// parseClientHello reads a message without its header. What it returns is its own.
func parseClientHello(b []byte) (*ClientHello, bool) {
	m := &ClientHello{Ticket: -1}
	r := read(b)
	m.Version = Version(r.number(2))
	copy(m.Random[:], r.take(randomLen))
	m.SessionID = slices.Clone(r.vector(1))
	var ok bool
	if m.CipherSuites, ok = numbers[CipherSuite](r.sub(2)); !ok {
		return nil, false
	}
	r.vector(1) // compression methods
	if !r.more() {
		return m, r.done()
	}
	ok = extensions(r.sub(2), m.extension)
	for _, v := range m.Versions {
		if v >= 0x0300 && v <= TLS13 && v > m.Version { // others are there to see whether servers pass them over (RFC 8701)
			m.Version = v
		}
	}
	return m, ok
}

// extensions calls f with each extension of a list.
func extensions(r reader, f func(kind uint32, e reader) bool) bool {
	for r.more() {
		kind := r.number(2)
		e := r.sub(2)
		if !r.ok || !f(kind, e) {
			return false
		}
	}
	return r.ok
}

func (m *ClientHello) extension(kind uint32, e reader) bool {
	ok := true
	switch kind {
	case extServerName:
		list := e.sub(2)
		for list.more() {
			isHost := list.number(1) == 0
			if name := list.vector(2); isHost {
				m.ServerName = string(name)
			}
		}
		return list.ok
	case extGroups:
		m.Groups, ok = numbers[uint16](e.sub(2))
	case extALPN:
		m.ALPN, ok = names(e.sub(2))
	case extSupportedVersions:
		m.Versions, ok = numbers[Version](e.sub(1))
	case extSessionTicket:
		m.Ticket, m.ticket = len(e.b), slices.Clone(e.b)
	case extPreSharedKey:
		m.PSK = true
	case extEarlyData:
		m.EarlyData = true
	case extEncryptThenMAC:
		m.EncryptThenMAC = true
	case extExtendedMasterSecret:
		m.ExtendedMasterSecret = true
	case extPostHandshakeAuth:
		m.PostHandshakeAuth = true
	}
	return ok
}

// parseServerHello reads a message without its header.
func parseServerHello(b []byte) (*ServerHello, bool) {
	m := &ServerHello{}
	r := read(b)
	m.Version = Version(r.number(2))
	copy(m.Random[:], r.take(randomLen))
	m.SessionID = slices.Clone(r.vector(1))
	m.CipherSuite = CipherSuite(r.number(2))
	r.number(1) // compression method
	if !r.ok {
		return nil, false
	}
	if r.more() {
		ok := extensions(r.sub(2), func(kind uint32, e reader) bool {
			switch kind {
			case extSupportedVersions:
				m.Version = Version(e.number(2))
			case extALPN:
				if list, ok := names(e.sub(2)); ok && len(list) > 0 {
					m.ALPN = list[0]
				}
			case extPreSharedKey:
				m.Resumed = true
			case extEncryptThenMAC:
				m.EncryptThenMAC = true
			case extExtendedMasterSecret:
				m.ExtendedMasterSecret = true
			}
			return e.ok
		})
		if !ok {
			return nil, false
		}
	}
	m.HelloRetryRequest = m.Random == retryRandom
	end := string(m.Random[randomLen-8:])
	m.Downgrade = m.Version < TLS13 && (end == "DOWNGRD\x01" || end == "DOWNGRD\x00")
	return m, true
}

// parseEncryptedExtensions reads a message without its header.
func parseEncryptedExtensions(b []byte) (*EncryptedExtensions, bool) {
	m := &EncryptedExtensions{}
	r := read(b)
	ok := extensions(r.sub(2), func(kind uint32, e reader) bool {
		switch kind {
		case extALPN:
			if list, ok := names(e.sub(2)); ok && len(list) > 0 {
				m.ALPN = list[0]
			}
		case extEarlyData:
			m.EarlyData = true
		}
		return e.ok
	})
	return m, ok && r.done()
}

// parseNewSessionTicket reads a message without its header.
func parseNewSessionTicket(b []byte, tls13 bool) (*NewSessionTicket, bool) {
	m := &NewSessionTicket{}
	r := read(b)
	m.Lifetime = r.number(4)
	if !tls13 {
		m.ticket = slices.Clone(r.vector(2))
		m.Ticket = len(m.ticket)
		return m, r.done()
	}
	r.number(4) // ticket_age_add
	r.vector(1) // ticket_nonce
	m.Ticket = len(r.vector(2))
	ok := extensions(r.sub(2), func(kind uint32, e reader) bool {
		if kind == extEarlyData {
			m.MaxEarlyData = e.number(4)
		}
		return e.ok
	})
	return m, ok && r.done()
}
