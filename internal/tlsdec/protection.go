// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"
)

// protection opens the records of one direction under one key. What it works on is part of it, so that opening a record
// allocates nothing; it is not for concurrent use.
type protection struct {
	suite    *suite
	aead     cipher.AEAD // GCM and ChaCha20-Poly1305
	ccm      *ccmAEAD
	cbc      *cbcOpener
	iv       [12]byte // of 1.3 and ChaCha20 all of it is fixed, otherwise the first four
	nonce    [12]byte
	aad      [13]byte
	explicit int // octets of the nonce that each record carries
}

// header is that of a record (RFC 8446 section 5.1, RFC 5246 section 6.2.1).
type header [5]byte

const (
	headerLen = len(header{})
	// maxFragment is the most octets behind a record header (RFC 5246 section 6.2.3).
	maxFragment = 1<<14 + 2048
)

func (h *header) length() int { return int(binary.BigEndian.Uint16(h[3:])) }

// newProtection13 makes the protection that follows from a traffic secret (RFC 8446 section 7.3); nil if it does not fit.
func newProtection13(s *suite, secret []byte) *protection {
	if len(secret) != s.hash().Size() {
		return nil
	}
	p := &protection{suite: s}
	copy(p.iv[:], expandLabel(s.hash, secret, "iv", len(p.iv)))
	if !p.key(expandLabel(s.hash, secret, "key", s.key)) {
		return nil
	}
	return p
}

// newProtections12 makes those of client and server from a master secret (RFC 5246 section 6.3); nil if it does not fit.
func newProtections12(s *suite, master []byte, clientRandom, serverRandom *[randomLen]byte, encryptThenMAC bool) (of [2]*protection) {
	mac, iv := 0, 4
	switch s.bulk {
	case cbc:
		mac, iv = s.mac().Size(), 0
	case chacha:
		iv = 12
	}
	seed := append(append([]byte(nil), serverRandom[:]...), clientRandom[:]...)
	b := prf(s.hash, master, "key expansion", seed, 2*(mac+s.key+iv))
	for side := range of {
		p := &protection{suite: s}
		key := b[2*mac+side*s.key:][:s.key]
		copy(p.iv[:], b[2*mac+2*s.key+side*iv:][:iv])
		if s.bulk == cbc {
			p.cbc = newCBCOpener(key, b[side*mac:][:mac], s.mac, encryptThenMAC)
		} else if !p.key(key) {
			return of
		}
		if iv == 4 {
			p.explicit = 8
		}
		of[side] = p
	}
	return of
}

// key sets the key of an AEAD suite.
func (p *protection) key(key []byte) bool {
	var err error
	if p.suite.bulk == chacha {
		p.aead, err = chacha20poly1305.New(key)
		return err == nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return false
	}
	if p.suite.bulk == gcm {
		p.aead, err = cipher.NewGCM(block)
		return err == nil
	}
	p.ccm = &ccmAEAD{block: block, tag: p.suite.tag()}
	return true
}

// overhead is what a record has at least besides its content, header included, in octets.
func (p *protection) overhead() int {
	switch {
	case p.cbc != nil:
		return headerLen + 16 + p.cbc.mac.Size()
	case p.suite.tls3:
		return headerLen + p.suite.tag() + 1
	}
	return headerLen + p.suite.tag() + p.explicit
}

// open decrypts a record's fragment into dst, which has room for as many octets and lies elsewhere: the fragment stays as it
// is. It returns the plaintext, of TLS 1.3 with the inner type and the padding, and whether the sequence number is right.
func (p *protection) open(dst []byte, h *header, fragment []byte, seq uint64) ([]byte, bool) {
	dst = dst[:0]
	if p.cbc != nil {
		return p.cbc.open(dst, h, fragment, seq)
	}
	n := len(fragment) - p.explicit - p.suite.tag()
	if n < 0 {
		return nil, false
	}
	p.nonce = p.iv
	var aad []byte
	if p.suite.tls3 {
		aad = append(p.aad[:0], h[:]...)
	} else {
		aad = additional(&p.aad, h, seq, n)
	}
	if p.explicit > 0 {
		copy(p.nonce[4:], fragment[:p.explicit])
		fragment = fragment[p.explicit:]
	} else {
		low := p.nonce[4:]
		binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)^seq)
	}
	var plain []byte
	var err error
	if p.ccm != nil {
		plain, err = p.ccm.open(dst, p.nonce[:], fragment, aad)
	} else {
		plain, err = p.aead.Open(dst, p.nonce[:], fragment, aad)
	}
	return plain, err == nil
}

// additional fills what TLS 1.2 authenticates besides n octets of content (RFC 5246 section 6.2.3.3).
func additional(b *[13]byte, h *header, seq uint64, n int) []byte {
	binary.BigEndian.PutUint64(b[:], seq)
	copy(b[8:], h[:3])
	binary.BigEndian.PutUint16(b[11:], uint16(n))
	return b[:]
}
