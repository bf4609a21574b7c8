// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"testing"
)

// The third example of NIST SP 800-38C appendix C: it has a nonce of 12 octets.
func TestCCMOpensTheExampleOfTheStandard(t *testing.T) {
	count := func(from, n int) (b []byte) {
		for i := range n {
			b = append(b, byte(from+i))
		}
		return b
	}
	block, err := aes.NewCipher(count(0x40, 16))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := hex.DecodeString("e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951")
	if err != nil {
		t.Fatal(err)
	}
	c := &ccmAEAD{block: block, tag: 8}
	nonce, aad := count(0x10, 12), count(0, 20)
	got, err := c.open(nil, nonce, sealed, aad)
	if err != nil || !bytes.Equal(got, count(0x20, 24)) {
		t.Fatalf("%x %v", got, err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x10
		if _, err := c.open(nil, nonce, bad, aad); err == nil {
			t.Errorf("opened although octet %d is wrong", i)
		}
		if _, err := c.open(nil, nonce, sealed[:i], aad); err == nil {
			t.Errorf("opened with %d octets", i)
		}
	}
	if _, err := c.open(nil, nonce, sealed, aad[1:]); err == nil {
		t.Error("opened with other additional data")
	}
}
