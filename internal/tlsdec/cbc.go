// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"hash"
)

// cbcOpener opens records of AES-CBC suites (RFC 5246 section 6.2.3.2).
type cbcOpener struct {
	mode           cbcMode
	mac            hash.Hash
	encryptThenMAC bool // RFC 7366
	sum            [64]byte
	aad            [13]byte
}

// cbcMode is what the standard library's CBC can do besides: it takes another IV.
type cbcMode interface {
	cipher.BlockMode
	SetIV([]byte)
}

// newCBCOpener returns nil if the key does not fit.
func newCBCOpener(key, macKey []byte, mac func() hash.Hash, encryptThenMAC bool) *cbcOpener {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	mode, ok := cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).(cbcMode)
	if !ok {
		return nil
	}
	return &cbcOpener{mode: mode, mac: hmac.New(mac, macKey), encryptThenMAC: encryptThenMAC}
}

// open is protection.open.
func (c *cbcOpener) open(dst []byte, h *header, fragment []byte, seq uint64) ([]byte, bool) {
	size := c.mac.Size()
	sealed := fragment
	if c.encryptThenMAC {
		n := len(fragment) - size
		if n < 0 || !c.verify(h, fragment[:n], fragment[n:], seq) {
			return nil, false
		}
		sealed = fragment[:n]
	}
	if len(sealed) < 2*aes.BlockSize || len(sealed)%aes.BlockSize != 0 {
		return nil, false
	}
	plain := dst[:len(sealed)-aes.BlockSize]
	c.mode.SetIV(sealed[:aes.BlockSize])
	c.mode.CryptBlocks(plain, sealed[aes.BlockSize:])
	padding := plain[len(plain)-1]
	n := len(plain) - 1 - int(padding)
	if n < 0 {
		return nil, false
	}
	for _, b := range plain[n:] {
		if b != padding {
			return nil, false
		}
	}
	if c.encryptThenMAC {
		return plain[:n], true
	}
	n -= size
	if n < 0 || !c.verify(h, plain[:n], plain[n:n+size], seq) {
		return nil, false
	}
	return plain[:n], true
}

// verify checks the MAC over a record's content.
func (c *cbcOpener) verify(h *header, content, mac []byte, seq uint64) bool {
	c.mac.Reset()
	c.mac.Write(additional(&c.aad, h, seq, len(content)))
	c.mac.Write(content)
	return hmac.Equal(c.mac.Sum(c.sum[:0]), mac)
}
