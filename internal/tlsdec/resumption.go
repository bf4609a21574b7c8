// SPDX-License-Identifier: Apache-2.0

package tlsdec

import "crypto/sha256"

// maxResumable bounds the sessions of TLS 1.2 of which a key log remembers under which client random they began.
const maxResumable = 1 << 16

// remember says that a session with an ID or a ticket began with a client random. Some programs, crypto/tls as a client among
// them, write no key log line when they resume one.
func (k *KeyLog) remember(session []byte, random [randomLen]byte) {
	if k == nil || len(session) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	key := sha256.Sum256(session)
	if _, known := k.begun[key]; known || len(k.begun) < maxResumable {
		k.begun[key] = random
	}
}

// recall returns the client random that a session with an ID or a ticket began with.
func (k *KeyLog) recall(session []byte) (random [randomLen]byte, known bool) {
	if k == nil || len(session) == 0 {
		return random, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	random, known = k.begun[sha256.Sum256(session)]
	return random, known
}

// resumed finds the client random under which the master secret of a resumed session of TLS 1.2 was written (RFC 5246 section
// 7.3, RFC 5077 section 3.4).
func (c *Conn) resumed() {
	if random, known := c.keys.recall(c.offered.ticket); known {
		c.masterRandom = random
	} else if random, known := c.keys.recall(c.offered.SessionID); known {
		c.masterRandom = random
	}
}
