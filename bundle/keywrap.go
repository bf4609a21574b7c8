// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"crypto/aes"
	"crypto/subtle"
	"encoding/binary"
)

// unwrapKey undoes the AES key wrap (RFC 3394 2.2.2). ok is false if the key that wraps has no length of AES, or did not wrap this.
func unwrapKey(kek, wrapped []byte) (key []byte, ok bool) {
	n := len(wrapped)/8 - 1
	if n < 2 || len(wrapped)%8 != 0 || n > 64 {
		return nil, false
	}
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, false
	}
	var b [16]byte // A, then one R
	a := binary.BigEndian.Uint64(wrapped)
	r := append([]byte(nil), wrapped[8:]...)
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			binary.BigEndian.PutUint64(b[:8], a^uint64(n*j+i))
			copy(b[8:], r[8*(i-1):8*i])
			block.Decrypt(b[:], b[:])
			a = binary.BigEndian.Uint64(b[:8])
			copy(r[8*(i-1):], b[8:])
		}
	}
	binary.BigEndian.PutUint64(b[:8], a)
	return r, subtle.ConstantTimeCompare(b[:8], []byte{0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6}) == 1
}
