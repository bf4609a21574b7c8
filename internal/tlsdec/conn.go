// SPDX-License-Identifier: Apache-2.0

// Package tlsdec decrypts observed TLS 1.2 and 1.3 connections with the secrets of a key log (RFC 5246, RFC 8446, RFC 9850).
// It only listens: what it cannot make sense of it says, and goes on with what comes behind it. Octets come from the caller;
// nothing but a key log file is ever read.
package tlsdec

// Conn decrypts one connection. Sides are 0 and 1; which of them is the client shows in the ClientHello. It is not for
// concurrent use.
type Conn struct {
	handler Handler
	keys    *KeyLog
	halves  [2]half

	client       int // side; -1: not known yet
	clientRandom [randomLen]byte
	serverRandom [randomLen]byte
	masterRandom [randomLen]byte // the client random of the session in TLS 1.2
	haveClient   bool            // clientRandom is known
	haveServer   bool            // there was a ServerHello, or its choice is known by trying
	version      Version
	suite        *suite // nil: none that can be decrypted
	code         CipherSuite
	offered      *ClientHello
	etm          bool
	retry        bool // there was a HelloRetryRequest
	early        early
	pair         [2]*protection // of client and server in TLS 1.2; nil: not made yet

	room        *Room  // for what halves hold while they wait
	changes     uint64 // counts what a waiting half may have waited for
	missingTold bool   // MissingKeys was told
	suiteTold   bool   // Unsupported was told
	plain       []byte // the plaintext of the record under way
}

// early is what became of 0-RTT data.
type early uint8

const (
	noEarly       early = iota
	earlyOffered        // the server has not answered yet
	earlyAccepted       // they are decrypted with the early secret
	earlyRejected       // they are passed over
	earlyUnclear        // the answer cannot be read: they are decrypted if that is possible
)

// NewConn makes a decryptor that tells h what it finds. keys may be nil, and shared with other connections.
func NewConn(h Handler, keys *KeyLog) *Conn {
	c := &Conn{handler: h, keys: keys, client: -1}
	for side := range c.halves {
		c.halves[side] = half{c: c, side: side}
	}
	return c
}

// Room is what connections of one goroutine may hold together while they wait for secrets, in octets. Without any left none waits.
type Room struct{ Left int }

// Share makes c hold octets in a room that it shares with others; before it is used.
func (c *Conn) Share(r *Room) { c.room = r }

// Data takes the next octets of a side's stream; at is the mark of the packet that held them. d is only read, and not kept.
func (c *Conn) Data(side int, d []byte, at Mark) {
	c.halves[side&1].data(d, at)
	c.resume()
}

// Gap takes n octets of a side's stream that will not come; at is the mark of what shows that.
func (c *Conn) Gap(side int, n uint64, at Mark) {
	if n > 0 {
		c.halves[side&1].gap(n, at)
		c.resume()
	}
}

// Close takes the end of the connection: what was waited for will not come.
func (c *Conn) Close() {
	for side := range c.halves {
		c.halves[side].impatient = true
	}
	c.changes++
	c.resume()
	for side := range c.halves {
		c.halves[side].close()
	}
	c.resume()
}

// Client returns the side that is the client, if that is known.
func (c *Conn) Client() (side int, known bool) { return max(c.client, 0), c.client >= 0 }

// Negotiated returns the version and cipher suite in use, if they are known.
func (c *Conn) Negotiated() (v Version, s CipherSuite, known bool) {
	return c.version, c.code, c.haveServer
}

// resume goes on with halves that wait for something that has come.
func (c *Conn) resume() {
	for again := true; again; {
		again = false
		for side := range c.halves {
			h := &c.halves[side]
			if h.waiting && (h.impatient || h.waitedAt != c.changes || h.waitsForKeys && h.keysCame()) {
				h.replay()
				again = true
			}
		}
	}
}

func (c *Conn) event(side int, e Event, at Mark) { c.handler.Event(side, e, at) }

// scratch is room for the plaintext of a fragment of n octets.
func (c *Conn) scratch(n int) []byte {
	if cap(c.plain) < n {
		c.plain = make([]byte, 0, min(max(n, 2*cap(c.plain)), maxFragment))
	}
	return c.plain[:0]
}

// lacking tells once that a secret is missing.
func (c *Conn) lacking(side int, l Label, at Mark) {
	if !c.missingTold {
		c.missingTold = true
		c.event(side, &MissingKeys{ClientRandom: c.clientRandom, Known: c.haveClient, Label: l}, at)
	}
}

// clientHello takes what a client offers; the second time after a HelloRetryRequest, or to renegotiate.
func (c *Conn) clientHello(side int, m *ClientHello) {
	c.client = side
	c.clientRandom, c.haveClient = m.Random, true
	c.masterRandom = m.Random
	c.offered = m
	if m.EarlyData && !c.retry && !c.haveServer {
		c.early = earlyOffered
	}
	c.changes++
}

// serverHello takes what a server chose.
func (c *Conn) serverHello(side int, m *ServerHello, at Mark) {
	c.client = 1 - side
	c.changes++
	if m.HelloRetryRequest { // RFC 8446 section 4.1.4
		c.retry = true
		if c.early == earlyOffered {
			c.early = earlyRejected
		}
		return
	}
	c.version, c.code = m.Version, m.CipherSuite
	c.serverRandom, c.haveServer = m.Random, true
	c.pair = [2]*protection{}
	c.etm = m.EncryptThenMAC
	c.suite = suiteOf(m.CipherSuite)
	if c.suite != nil && (m.Version != TLS12 && m.Version != TLS13 || c.suite.tls3 != (m.Version == TLS13)) {
		c.suite = nil
	}
	if c.suite == nil && !c.suiteTold {
		c.suiteTold = true
		c.event(side, &Unsupported{Version: m.Version, CipherSuite: m.CipherSuite}, at)
	}
	if m.Version != TLS13 {
		if m.Resumed {
			c.resumed()
		} else if c.haveClient {
			c.keys.remember(m.SessionID, c.clientRandom)
		}
		c.early = noEarly
		return
	}
	c.halves[side].enter(handshakeKey)
	client := &c.halves[1-side]
	switch c.early {
	case earlyOffered: // EncryptedExtensions tell
		if c.halves[side].p == nil && !c.keys.growing() {
			c.earlyAnswer(earlyUnclear)
		}
	case earlyRejected:
		client.enter(handshakeKey)
		client.rejecting = true
	default:
		client.enter(handshakeKey)
	}
}

// earlyAnswer decides what the client's records before its handshake are.
func (c *Conn) earlyAnswer(e early) {
	if c.early != earlyOffered || c.client < 0 {
		return
	}
	c.early = e
	c.changes++
	h := &c.halves[c.client]
	if e == earlyRejected {
		h.enter(handshakeKey)
		h.rejecting = true
		return
	}
	h.enter(earlyKey)
}

// protections12 makes the keys of TLS 1.2 once both hellos are known, and the master secret.
func (c *Conn) protections12() bool {
	if c.pair[0] != nil {
		return true
	}
	if !c.haveClient || !c.haveServer || c.version != TLS12 || c.suite == nil {
		return false
	}
	master := c.keys.Secret(c.clientRandom, MasterSecret)
	if master == nil {
		master = c.keys.Secret(c.masterRandom, MasterSecret)
	}
	if master == nil {
		return false
	}
	c.pair = newProtections12(c.suite, master, &c.clientRandom, &c.serverRandom, c.etm)
	return c.pair[0] != nil && c.pair[1] != nil
}
