// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"errors"
	"testing"
)

const (
	plaintext = "Ready to generate a 32-byte payload"
	hmacKey   = "1a2b1a2b1a2b1a2b1a2b1a2b1a2b1a2b"
	kek       = "6162636465666768696a6b6c6d6e6f70"
	cek       = "71776572747975696f70617364666768"
)

// open reads a bundle for an Opener and returns its blocks by number.
func open(t *testing.T, text string) (*Opener, map[uint64]*Block) {
	t.Helper()
	octets := unhex(t, text)
	b := read(octets)
	blocks := map[uint64]*Block{}
	for i := range b.Blocks {
		blocks[b.Blocks[i].Number] = &b.Blocks[i]
	}
	return NewOpener(octets, b), blocks
}

func wantOpened(t *testing.T, got []Opened, err error, wrapped bool, targets ...uint64) {
	t.Helper()
	if err != nil || len(got) != len(targets) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, r := range got {
		if r.Target != targets[i] || r.Err != nil || r.Wrapped != (wrapped && r.Target == 0) {
			t.Errorf("%+v, want target %d", r, targets[i])
		}
	}
}

func TestExample1OfRFC9173IsVerified(t *testing.T) {
	o, k := open(t, example1)
	got, err := o.Verify(k[2], unhex(t, hmacKey))
	wantOpened(t, got, err, false, 1)
}

func TestExample2OfRFC9173IsDecryptedWithTheWrappedKey(t *testing.T) {
	for _, key := range []string{kek, cek} {
		o, k := open(t, example2)
		got, err := o.Decrypt(k[2], unhex(t, key))
		wantOpened(t, got, err, false, 1)
		if string(got[0].Data) != plaintext {
			t.Errorf("%q", got[0].Data)
		}
	}
}

func TestExample3OfRFC9173IsVerifiedAndDecrypted(t *testing.T) {
	o, k := open(t, example3)
	got, err := o.Verify(k[3], unhex(t, hmacKey))
	wantOpened(t, got, err, true, 0, 2)
	got, err = o.Decrypt(k[4], unhex(t, cek))
	wantOpened(t, got, err, false, 1)
	if string(got[0].Data) != plaintext {
		t.Errorf("%q", got[0].Data)
	}
}

func TestExample4OfRFC9173IsDecryptedAndThenVerified(t *testing.T) {
	o, k := open(t, example4)
	if _, err := o.Verify(k[3], unhex(t, hmacKey)); !errors.Is(err, ErrEncrypted) {
		t.Errorf("the encrypted BIB: %v", err)
	}
	got, err := o.Decrypt(k[2], unhex(t, cek+cek))
	wantOpened(t, got, err, false, 3, 1)
	if plain, ok := o.Plain(1); !ok || string(plain) != plaintext {
		t.Errorf("%q", plain)
	}
	got, err = o.Verify(k[3], unhex(t, hmacKey))
	wantOpened(t, got, err, false, 1)
}

func TestAWrongKeyOpensNothing(t *testing.T) {
	o, k := open(t, example1)
	if got, err := o.Verify(k[2], unhex(t, cek)); err != nil || got[0].Err != ErrAuth {
		t.Errorf("%+v %v", got, err)
	}
	o, k = open(t, example2)
	if got, err := o.Decrypt(k[2], unhex(t, hmacKey)); err != nil || got[0].Err != ErrAuth {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := o.Decrypt(k[2], []byte("short")); !errors.Is(err, ErrKey) {
		t.Errorf("a key of 5 octets: %v", err)
	}
	if _, err := o.Verify(k[2], nil); err != ErrContext {
		t.Errorf("a BCB verified: %v", err)
	}
}

func TestAChangedOctetIsNoticed(t *testing.T) {
	octets := unhex(t, example1)
	octets[len(octets)-2] ^= 1
	b := read(octets)
	if got, err := NewOpener(octets, b).Verify(&b.Blocks[0], unhex(t, hmacKey)); err != nil || got[0].Err != ErrAuth {
		t.Errorf("%+v %v", got, err)
	}
}

// RFC 3394 4.6.
func TestAWrappedKeyIsUnwrapped(t *testing.T) {
	kek := unhex(t, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
	wrapped := unhex(t, "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
	key, ok := unwrapKey(kek, wrapped)
	if want := "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"; !ok || string(key) != string(unhex(t, want)) {
		t.Errorf("%x %v", key, ok)
	}
	wrapped[0] ^= 1
	if _, ok := unwrapKey(kek, wrapped); ok {
		t.Error("a changed key was unwrapped")
	}
}

func TestTheContentOfASecurityBlockIsDecoded(t *testing.T) {
	_, k := open(t, example3)
	s, err := k[3].Security()
	if err != nil || s.ContextName() != "BIB-HMAC-SHA2" || len(s.Targets) != 2 || s.Source.String() != "ipn:3.0" || len(s.Parameters) != 2 {
		t.Fatalf("%+v %v", s, err)
	}
	if v, ok := s.Parameters[0].Uint(); !ok || v != 5 || s.ParameterName(1) != "SHA Variant" {
		t.Errorf("%+v", s.Parameters[0])
	}
	if mac, ok := s.Results[1][0].Bytes(); !ok || len(mac) != 32 || s.ResultName(1) != "Expected HMAC" {
		t.Errorf("%+v", s.Results[1])
	}
	octets := unhex(t, example3)
	if at := s.Results[1][0].Span; octets[at.Offset] != 0x58 || at.Length != 34 {
		t.Errorf("%+v", at)
	}
}
