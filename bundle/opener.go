// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
)

// The parameters of BIB-HMAC-SHA2 (RFC 9173 3.3.4) and BCB-AES-GCM (4.3.5).
const (
	bibVariant = 1
	bibKey     = 2
	bibScope   = 3
	bcbIV      = 1
	bcbVariant = 2
	bcbKey     = 3
	bcbScope   = 4

	shaDefault   = 6 // HMAC 384/384
	aes128       = 1 // A128GCM
	aes256       = 3 // A256GCM, the default
	scopeDefault = 7
	gcmTag       = 16
)

// The scope flags of both contexts.
const (
	scopePrimary  = 0x01
	scopeTarget   = 0x02
	scopeSecurity = 0x04
)

// shaVariant returns the hash of a variant of BIB-HMAC-SHA2 (RFC 9173 3.3.1), nil if there is none.
func shaVariant(v uint64) func() hash.Hash {
	switch v {
	case 5:
		return sha256.New
	case 6:
		return sha512.New384
	case 7:
		return sha512.New
	}
	return nil
}

// Why a security block cannot be used.
var (
	ErrContext = errors.New("the security context is not one of RFC 9173")
	ErrKey     = errors.New("the key is not one for this security block")
	ErrAuth    = errors.New("the octets are not what was signed or encrypted, or the key is another")
	ErrTarget  = errors.New("the target is not there")
)

// Opener verifies and decrypts the security blocks of a bundle (RFC 9172, 9173) with keys of the user. What it decrypts it keeps, so
// that a BIB which is encrypted itself, or whose target is, can be verified behind it.
type Opener struct {
	octets []byte
	b      *Bundle
	plain  map[uint64][]byte
}

// NewOpener returns an Opener for a bundle whose octets are all there. Both are borrowed as long as it is used.
func NewOpener(octets []byte, b *Bundle) *Opener {
	return &Opener{octets: octets, b: b, plain: map[uint64][]byte{}}
}

// Opened is what came of one target of a security block.
type Opened struct {
	Target uint64
	Err    error  // nil if the target is genuine
	Data   []byte // what was encrypted, of a BCB
	// Wrapped says that the HMAC is one over the primary block with the head of a byte string before it, as example A.3 of
	// RFC 9173 has it against its section 3.7.
	Wrapped bool
}

// Plain returns the data of a block as they were before encryption; ok is false unless they were decrypted.
func (o *Opener) Plain(number uint64) (data []byte, ok bool) {
	data, ok = o.plain[number]
	return data, ok
}

// Security decodes a BIB or BCB, also one that was decrypted.
func (o *Opener) Security(k *Block) (s Security, err error) {
	data, ok := o.plain[k.Number]
	if !ok {
		return k.Security()
	}
	return s, k.security(&s, &cursor{b: data, base: k.DataSpan.Offset})
}

// at returns the octets of a span.
func (o *Opener) at(s Span) ([]byte, bool) {
	if s.Offset > uint64(len(o.octets)) || s.Length > uint64(len(o.octets))-s.Offset || s.Length == 0 {
		return nil, false
	}
	return o.octets[s.Offset:s.End()], true
}

// data returns the data of a block, decrypted if they were.
func (o *Opener) data(k *Block) ([]byte, bool) {
	if data, ok := o.plain[k.Number]; ok {
		return data, true
	}
	if k.DataLength == 0 && k.Whole {
		return nil, true
	}
	if !k.Whole || k.chunked {
		return nil, false
	}
	return o.at(k.DataSpan)
}

// Verify checks the BIB k with a key: the one of the HMAC, or the one that it is wrapped with (RFC 9173 3.3.2). It returns what came of
// each target. An error says that the BIB cannot be used at all.
func (o *Opener) Verify(k *Block, key []byte) ([]Opened, error) {
	s, err := o.Security(k)
	if err != nil {
		return nil, err
	}
	if k.Type != BlockBIB || s.Context != ContextBIBHMACSHA2 {
		return nil, ErrContext
	}
	variant, err := uintOf(&s, bibVariant, shaDefault)
	if err != nil {
		return nil, err
	}
	scope, err := uintOf(&s, bibScope, scopeDefault)
	if err != nil {
		return nil, err
	}
	sum := shaVariant(variant)
	if sum == nil {
		return nil, fmt.Errorf("%w: SHA variant %d", ErrContext, variant)
	}
	keys := keysOf(&s, bibKey, key)
	opened := make([]Opened, 0, len(s.Targets))
	for i, target := range s.Targets {
		r := Opened{Target: target, Err: ErrAuth}
		bare, wrapped, ok := o.signed(k, target, scope)
		mac := result(s.Results[i])
		if !ok || mac == nil {
			r.Err = ErrTarget
		}
		for _, key := range keys {
			switch {
			case r.Err != ErrAuth:
			case hmac.Equal(mac, hmacOf(sum, key, bare)):
				r.Err = nil
			case wrapped != nil && hmac.Equal(mac, hmacOf(sum, key, wrapped)):
				r.Err, r.Wrapped = nil, true
			}
		}
		opened = append(opened, r)
	}
	return opened, nil
}

func hmacOf(sum func() hash.Hash, key, text []byte) []byte {
	h := hmac.New(sum, key)
	h.Write(text)
	return h.Sum(nil)
}

// signed returns what the HMAC of a target is computed over (RFC 9173 3.7), and if it is the primary block also the other reading of
// the RFC.
func (o *Opener) signed(k *Block, target, scope uint64) (bare, wrapped []byte, ok bool) {
	prefix, t, ok := o.scoped(k, target, scope)
	if !ok {
		return nil, nil, false
	}
	if target == 0 {
		primary, ok := o.at(o.b.PrimaryFields().Block)
		return append(prefix[:len(prefix):len(prefix)], primary...), appendBytes(prefix[:len(prefix):len(prefix)], primary), ok
	}
	data, ok := o.data(t)
	return appendBytes(prefix, data), nil, ok
}

// scoped returns what the scope flags say is signed or authenticated besides the target, and the target unless it is the primary
// block (RFC 9173 3.7, 4.7.2). There are the headers of the target and of the security block itself.
func (o *Opener) scoped(k *Block, target, scope uint64) (prefix []byte, t *Block, ok bool) {
	prefix = appendUint(nil, scope)
	if target != 0 {
		if t = o.b.numbered(target); t == nil {
			return nil, nil, false
		}
		if scope&scopePrimary != 0 {
			primary, ok := o.at(o.b.PrimaryFields().Block)
			if !ok {
				return nil, nil, false
			}
			prefix = append(prefix, primary...)
		}
		if scope&scopeTarget != 0 {
			prefix = appendHeader(prefix, t)
		}
	}
	if scope&scopeSecurity != 0 {
		prefix = appendHeader(prefix, k)
	}
	return prefix, t, true
}

func appendHeader(dst []byte, k *Block) []byte {
	return appendUint(appendUint(appendUint(dst, uint64(k.Type)), k.Number), uint64(k.Flags))
}

// Decrypt decrypts the targets of the BCB k with a key: the one of the cipher, or the one that it is wrapped with (RFC 9173 4.3.3). It
// returns what came of each target and keeps the plaintext. An error says that the BCB cannot be used at all.
func (o *Opener) Decrypt(k *Block, key []byte) ([]Opened, error) {
	s, err := o.Security(k)
	if err != nil {
		return nil, err
	}
	if k.Type != BlockBCB || s.Context != ContextBCBAESGCM {
		return nil, ErrContext
	}
	variant, err := uintOf(&s, bcbVariant, aes256)
	if err != nil {
		return nil, err
	}
	scope, err := uintOf(&s, bcbScope, scopeDefault)
	if err != nil {
		return nil, err
	}
	size := map[uint64]int{aes128: 16, aes256: 32}[variant]
	p, _ := s.parameter(bcbIV)
	iv, ok := p.Bytes()
	if size == 0 || !ok || len(iv) == 0 || len(iv) > 16 {
		return nil, fmt.Errorf("%w: AES variant %d, an initialization vector of %d octets", ErrContext, variant, len(iv))
	}
	var ciphers []cipher.AEAD
	for _, key := range keysOf(&s, bcbKey, key) {
		if len(key) != size {
			continue
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		gcm, err := cipher.NewGCMWithNonceSize(block, len(iv))
		if err != nil {
			return nil, err
		}
		ciphers = append(ciphers, gcm)
	}
	if len(ciphers) == 0 {
		return nil, fmt.Errorf("%w: it takes one of %d octets", ErrKey, size)
	}
	opened := make([]Opened, 0, len(s.Targets))
	for i, target := range s.Targets {
		r := Opened{Target: target}
		r.Data, r.Err = o.decrypt(ciphers, iv, k, target, scope, result(s.Results[i]))
		if r.Err == nil {
			o.plain[target] = r.Data
		}
		opened = append(opened, r)
	}
	return opened, nil
}

func (o *Opener) decrypt(ciphers []cipher.AEAD, iv []byte, k *Block, target, scope uint64, tag []byte) ([]byte, error) {
	aad, t, ok := o.scoped(k, target, scope)
	if !ok || t == nil {
		return nil, ErrTarget
	}
	data, ok := o.data(t)
	if !ok {
		return nil, ErrTarget
	}
	sealed := append(data[:len(data):len(data)], tag...) // a tag that is no result is inside the ciphertext
	for _, c := range ciphers {
		if plain, err := c.Open([]byte{}, iv, sealed, aad); err == nil {
			return plain, nil
		}
	}
	return nil, ErrAuth
}

// result returns the one result that both contexts have, nil if it is not there.
func result(items []SecurityItem) []byte {
	for _, r := range items {
		if b, ok := r.Bytes(); r.ID == 1 && ok {
			return b
		}
	}
	return nil
}

// uintOf returns a parameter that is an unsigned integer, or what counts without it.
func uintOf(s *Security, id, otherwise uint64) (uint64, error) {
	p, ok := s.parameter(id)
	if !ok {
		return otherwise, nil
	}
	v, ok := p.Uint()
	if !ok {
		return 0, fmt.Errorf("%w: %s is no number", ErrContent, s.ParameterName(id))
	}
	return v, nil
}

// keysOf lists the keys that a user's key may mean: where a wrapped key is there the user's is the one to unwrap it with, or
// the one that is wrapped.
func keysOf(s *Security, id uint64, key []byte) [][]byte {
	if p, ok := s.parameter(id); ok {
		if wrapped, ok := p.Bytes(); ok {
			if inner, ok := unwrapKey(key, wrapped); ok {
				return [][]byte{inner, key}
			}
		}
	}
	return [][]byte{key}
}
