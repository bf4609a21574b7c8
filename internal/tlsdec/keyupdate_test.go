// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"crypto/cipher"
	"fmt"
	"testing"
)

// sealer makes the records of the client of established.
type sealer struct {
	aead   cipher.AEAD
	iv     [12]byte
	seq    uint64
	secret []byte
}

func newSealer(aead cipher.AEAD, iv [12]byte) *sealer {
	return &sealer{aead: aead, iv: iv, secret: bytes.Repeat([]byte{7}, 32)}
}

func (s *sealer) seal(kind byte, content string, padding int) []byte {
	s.seq++
	return seal13(s.aead, s.iv, s.seq-1, kind, []byte(content), padding)
}

// update makes a KeyUpdate and goes on with the next key.
func (s *sealer) update() []byte {
	b := s.seal(recordHandshake, string([]byte{byte(keyUpdate), 0, 0, 1, 0}), 0)
	suite := suiteOf(0x1301)
	s.secret = nextSecret(suite.hash, s.secret)
	p := newProtection13(suite, s.secret)
	s.aead, s.iv, s.seq = p.aead, p.iv, 0
	return b
}

func TestPaddingIsTakenAway(t *testing.T) {
	j := &journal{}
	c, aead, iv := established(j)
	s := newSealer(aead, iv)
	for padding := range 40 {
		c.Data(0, s.seal(recordApplicationData, fmt.Sprint(padding, " "), padding*padding), Mark{})
	}
	c.Data(0, s.seal(recordApplicationData, "", 100), Mark{})
	c.Data(0, s.seal(0, "\x00", 100), Mark{}) // no type
	c.Data(0, s.seal(recordApplicationData, "end", 0), Mark{})
	c.Close()
	var want string
	for padding := range 40 {
		want += fmt.Sprint(padding, " ")
	}
	wantPlain(t, j, 0, []byte(want+"end"))
	one[*Malformed](t, j, 0)
}

func TestKeyUpdatesAreFollowedAlsoWhereTheyAreLost(t *testing.T) {
	for lost := -1; lost < 6; lost++ { // which record
		j := &journal{}
		c, aead, iv := established(j)
		s := newSealer(aead, iv)
		var want string
		for i := range 7 {
			var b []byte
			if i%2 == 1 {
				b = s.update()
			} else {
				b = s.seal(recordApplicationData, fmt.Sprint("record ", i, " "), 0)
			}
			if i == lost || lost == 5 && i > 0 && i < 6 {
				c.Gap(0, uint64(len(b)), Mark{})
				continue
			}
			if i%2 == 0 {
				want += fmt.Sprint("record ", i, " ")
			}
			c.Data(0, b, Mark{})
		}
		c.Close()
		wantPlain(t, j, 0, []byte(want))
		if n := len(all[*DecryptFailed](j, 0)); n > 0 {
			t.Errorf("record %d lost: %d failed", lost, n)
		}
	}
}

func TestManyLostRecordsAreSearchedBehind(t *testing.T) {
	for _, n := range []int{1, 100, maxAhead - 1} {
		j := &journal{}
		c, aead, iv := established(j)
		s := newSealer(aead, iv)
		missing := 0
		for range n {
			missing += len(s.seal(recordApplicationData, "x", 0))
		}
		c.Gap(0, uint64(missing), Mark{})
		c.Data(0, s.seal(recordApplicationData, "found", 0), Mark{})
		c.Close()
		wantPlain(t, j, 0, []byte("found"))
		if j.lost[0][0].Records != uint64(n) {
			t.Errorf("%d records lost, want %d", j.lost[0][0].Records, n)
		}
	}
}

func TestWhatIsNoTLSIsPassedOver(t *testing.T) {
	j := &journal{}
	c, aead, iv := established(j)
	s := newSealer(aead, iv)
	junk := bytes.Repeat([]byte("no record "), 9000)
	a, b := s.seal(recordApplicationData, "before, ", 0), s.seal(recordApplicationData, "after", 0)
	c.Data(0, append(append(bytes.Clone(a), junk...), b...), Mark{})
	c.Close()
	wantPlain(t, j, 0, []byte("before, after"))
	if m := j.lost[0]; len(m) != 1 || m[0].Why != NotTLS || m[0].Octets != uint64(len(junk)) {
		t.Errorf("%+v", m)
	}
}
