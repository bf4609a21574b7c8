// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"crypto/hkdf"
	"crypto/hmac"
	"hash"
)

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446 section 7.1); n octets. A hash that refuses gives nil.
func expandLabel(h func() hash.Hash, secret []byte, label string, n int) []byte {
	info := make([]byte, 0, 32)
	info = append(info, byte(n>>8), byte(n), byte(len("tls13 ")+len(label)))
	info = append(info, "tls13 "...)
	info = append(info, label...)
	info = append(info, 0)
	out, err := hkdf.Expand(h, secret, string(info), n)
	if err != nil {
		return nil
	}
	return out
}

// nextSecret is the traffic secret behind a KeyUpdate (RFC 8446 section 7.2).
func nextSecret(h func() hash.Hash, secret []byte) []byte {
	return expandLabel(h, secret, "traffic upd", len(secret))
}

// prf is the pseudorandom function of TLS 1.2 (RFC 5246 section 5); n octets.
func prf(h func() hash.Hash, secret []byte, label string, seed []byte, n int) []byte {
	mac := hmac.New(h, secret)
	labelled := append([]byte(label), seed...)
	a := labelled
	out := make([]byte, 0, n+mac.Size())
	for len(out) < n {
		mac.Reset()
		mac.Write(a)
		a = mac.Sum(nil)
		mac.Reset()
		mac.Write(a)
		mac.Write(labelled)
		out = mac.Sum(out)
	}
	return out[:n]
}
