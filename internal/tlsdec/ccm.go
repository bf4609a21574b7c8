// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

const ccmNonce = 12 // octets; the length field of a block then has 3 (RFC 5116 section 5.3)

var errCCM = errors.New("message authentication failed")

// ccmAEAD opens AES-CCM (RFC 3610) with nonces of 12 octets, as TLS uses it (RFC 6655). It is not for concurrent use: the
// blocks under work are part of it, so that opening allocates nothing.
type ccmAEAD struct {
	block    cipher.Block
	tag      int
	mac      [16]byte // the running CBC-MAC
	counter  [16]byte
	stream   [16]byte // the key stream of one block
	expected [16]byte
}

// open decrypts sealed behind dst, which has room for it, and returns dst with it, or an error if the tag is wrong. sealed may
// begin where dst ends.
func (c *ccmAEAD) open(dst, nonce, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < c.tag || len(nonce) != ccmNonce || len(sealed) > maxFragment {
		return nil, errCCM
	}
	n := len(sealed) - c.tag
	tag := sealed[n:]
	c.begin(nonce, n, aad)
	copy(c.expected[:], tag)
	for i := 0; i < c.tag; i++ {
		c.expected[i] ^= c.stream[i]
	}
	start := len(dst)
	dst = append(dst, sealed[:n]...)
	for b := dst[start:]; len(b) > 0; {
		k := min(16, len(b))
		c.next()
		if k == 16 {
			subtle.XORBytes(b, b[:16], c.stream[:])
			subtle.XORBytes(c.mac[:], c.mac[:], b[:16])
		} else {
			subtle.XORBytes(b, b[:k], c.stream[:k])
			subtle.XORBytes(c.mac[:k], c.mac[:k], b[:k])
		}
		c.block.Encrypt(c.mac[:], c.mac[:])
		b = b[k:]
	}
	if subtle.ConstantTimeCompare(c.mac[:c.tag], c.expected[:c.tag]) != 1 {
		return nil, errCCM
	}
	return dst, nil
}

// begin starts the MAC over the first block and the additional data, and leaves the key stream of the tag in stream.
func (c *ccmAEAD) begin(nonce []byte, n int, aad []byte) {
	const lengthOctets = 15 - ccmNonce
	c.mac[0] = byte((c.tag-2)/2<<3 | (lengthOctets - 1))
	if len(aad) > 0 {
		c.mac[0] |= 1 << 6
	}
	copy(c.mac[1:], nonce)
	c.mac[13], c.mac[14], c.mac[15] = byte(n>>16), byte(n>>8), byte(n)
	c.block.Encrypt(c.mac[:], c.mac[:])
	if len(aad) > 0 { // of less than 0xff00 octets
		c.mac[0] ^= byte(len(aad) >> 8)
		c.mac[1] ^= byte(len(aad))
		for at := 2; len(aad) > 0; at = 0 {
			n := subtle.XORBytes(c.mac[at:], c.mac[at:], aad)
			aad = aad[n:]
			c.block.Encrypt(c.mac[:], c.mac[:])
		}
	}
	c.counter = [16]byte{lengthOctets - 1}
	copy(c.counter[1:], nonce)
	c.block.Encrypt(c.stream[:], c.counter[:])
}

// next makes the key stream of the next block.
func (c *ccmAEAD) next() {
	low := c.counter[12:]
	binary.BigEndian.PutUint32(low, binary.BigEndian.Uint32(low)&0xffffff+1|uint32(low[0])<<24)
	c.block.Encrypt(c.stream[:], c.counter[:])
}
