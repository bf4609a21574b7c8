// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// bulk is how a cipher suite protects records.
type bulk uint8

const (
	gcm bulk = iota
	ccm
	ccm8
	chacha
	cbc
)

// suite is a cipher suite that can be decrypted.
type suite struct {
	code CipherSuite
	bulk bulk
	key  int              // octets of the key
	hash func() hash.Hash // of the key schedule (1.3) or the PRF (1.2)
	mac  func() hash.Hash // of a CBC suite
	tls3 bool             // for TLS 1.3, not for 1.2
}

// tag is the length of the authentication tag of an AEAD suite in octets.
func (s *suite) tag() int {
	if s.bulk == ccm8 {
		return 8
	}
	return 16
}

var suites = []suite{
	{0x1301, gcm, 16, sha256.New, nil, true},
	{0x1302, gcm, 32, sha512.New384, nil, true},
	{0x1303, chacha, 32, sha256.New, nil, true},
	{0x1304, ccm, 16, sha256.New, nil, true},
	{0x1305, ccm8, 16, sha256.New, nil, true},

	{0xC02B, gcm, 16, sha256.New, nil, false},
	{0xC02C, gcm, 32, sha512.New384, nil, false},
	{0xC02F, gcm, 16, sha256.New, nil, false},
	{0xC030, gcm, 32, sha512.New384, nil, false},
	{0x009C, gcm, 16, sha256.New, nil, false},
	{0x009D, gcm, 32, sha512.New384, nil, false},
	{0x009E, gcm, 16, sha256.New, nil, false},
	{0x009F, gcm, 32, sha512.New384, nil, false},
	{0xCCA8, chacha, 32, sha256.New, nil, false},
	{0xCCA9, chacha, 32, sha256.New, nil, false},
	{0xCCAA, chacha, 32, sha256.New, nil, false},
	{0xC09C, ccm, 16, sha256.New, nil, false},
	{0xC09D, ccm, 32, sha256.New, nil, false},
	{0xC09E, ccm, 16, sha256.New, nil, false},
	{0xC09F, ccm, 32, sha256.New, nil, false},
	{0xC0A0, ccm8, 16, sha256.New, nil, false},
	{0xC0A1, ccm8, 32, sha256.New, nil, false},
	{0xC0A2, ccm8, 16, sha256.New, nil, false},
	{0xC0A3, ccm8, 32, sha256.New, nil, false},
	{0xC0AC, ccm, 16, sha256.New, nil, false},
	{0xC0AD, ccm, 32, sha256.New, nil, false},
	{0xC0AE, ccm8, 16, sha256.New, nil, false},
	{0xC0AF, ccm8, 32, sha256.New, nil, false},
	{0x002F, cbc, 16, sha256.New, sha1.New, false},
	{0x0033, cbc, 16, sha256.New, sha1.New, false},
	{0x0035, cbc, 32, sha256.New, sha1.New, false},
	{0x0039, cbc, 32, sha256.New, sha1.New, false},
	{0x003C, cbc, 16, sha256.New, sha256.New, false},
	{0x003D, cbc, 32, sha256.New, sha256.New, false},
	{0x0067, cbc, 16, sha256.New, sha256.New, false},
	{0x006B, cbc, 32, sha256.New, sha256.New, false},
	{0xC009, cbc, 16, sha256.New, sha1.New, false},
	{0xC00A, cbc, 32, sha256.New, sha1.New, false},
	{0xC013, cbc, 16, sha256.New, sha1.New, false},
	{0xC014, cbc, 32, sha256.New, sha1.New, false},
	{0xC023, cbc, 16, sha256.New, sha256.New, false},
	{0xC024, cbc, 32, sha512.New384, sha512.New384, false},
	{0xC027, cbc, 16, sha256.New, sha256.New, false},
	{0xC028, cbc, 32, sha512.New384, sha512.New384, false},
}

// suiteOf finds what a cipher suite that can be decrypted does; nil if it cannot.
func suiteOf(code CipherSuite) *suite {
	for i := range suites {
		if suites[i].code == code {
			return &suites[i]
		}
	}
	return nil
}
