// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"testing"
)

type discard struct{ octets int }

func (d *discard) Plaintext(_ int, b []byte, _ Mark) { d.octets += len(b) }
func (d *discard) Missing(int, Missing)              {}
func (d *discard) Event(int, Event, Mark)            {}

// seal13 makes a record of TLS 1.3 with some octets of padding.
func seal13(aead cipher.AEAD, iv [12]byte, seq uint64, kind byte, content []byte, padding int) []byte {
	inner := append(append(bytes.Clone(content), kind), make([]byte, padding)...)
	b := []byte{recordApplicationData, 3, 3, 0, 0}
	binary.BigEndian.PutUint16(b[3:], uint16(len(inner)+aead.Overhead()))
	low := iv[4:]
	binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)^seq)
	return aead.Seal(b, iv[:], inner, b)
}

// established is a Conn in the middle of a TLS 1.3 session with TLS_AES_128_GCM_SHA256, and what seals its client's records.
func established(h Handler) (*Conn, cipher.AEAD, [12]byte) {
	secret := bytes.Repeat([]byte{7}, 32)
	k := NewKeyLog()
	c := NewConn(h, k)
	s := &secrets{}
	s.of[ClientTraffic].n = uint8(copy(s.of[ClientTraffic].octets[:], secret))
	k.sessions[s.random] = s
	c.client, c.haveClient, c.haveServer, c.version, c.suite, c.code = 0, true, true, TLS13, suiteOf(0x1301), 0x1301
	for side := range c.halves {
		c.halves[side].hello = true
	}
	c.halves[0].enter(trafficKey)
	p := c.halves[0].p
	return c, p.aead, p.iv
}

const (
	records = 64
	content = 16 << 10 // the most that a record holds (RFC 8446 section 5.1)
)

func sealedStream(aead cipher.AEAD, iv [12]byte) (stream []byte) {
	b := make([]byte, content)
	for seq := range records {
		stream = append(stream, seal13(aead, iv, uint64(seq), recordApplicationData, b, 0)...)
	}
	return stream
}

// feed gives a Conn a stream in pieces, from the first sequence number on.
func feed(c *Conn, stream []byte, piece int) {
	c.halves[0].seq = 0
	for b := stream; len(b) > 0; {
		n := min(piece, len(b))
		c.Data(0, b[:n], Mark{})
		b = b[n:]
	}
}

func TestRecordsOfApplicationDataAllocateNothing(t *testing.T) {
	for _, piece := range []int{1448, 1 << 20} {
		d := &discard{}
		c, aead, iv := established(d)
		stream := sealedStream(aead, iv)
		if n := testing.AllocsPerRun(10, func() { feed(c, stream, piece) }); n != 0 {
			t.Errorf("pieces of %d octets: %v allocations", piece, n)
		}
		if want := 11 * records * content; d.octets != want {
			t.Errorf("%d octets, want %d", d.octets, want)
		}
	}
}

func BenchmarkRecords(b *testing.B) {
	d := &discard{}
	c, aead, iv := established(d)
	stream := sealedStream(aead, iv)
	b.Run("aead only", func(b *testing.B) {
		block, err := aes.NewCipher(expandLabel(c.suite.hash, bytes.Repeat([]byte{7}, 32), "key", 16))
		if err != nil {
			b.Fatal(err)
		}
		plain, err := cipher.NewGCM(block)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(stream)))
		out := make([]byte, 0, maxFragment)
		for b.Loop() {
			for seq, s := uint64(0), stream; len(s) > 0; seq++ {
				n := headerLen + int(binary.BigEndian.Uint16(s[3:]))
				nonce := iv
				low := nonce[4:]
				binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)^seq)
				if _, err := plain.Open(out, nonce[:], s[headerLen:n], s[:headerLen]); err != nil {
					b.Fatal(err)
				}
				s = s[n:]
			}
		}
	})
	for name, piece := range map[string]int{"whole": 1 << 20, "packets of 1448": 1448, "packets of 65483": 65483} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(stream)))
			for b.Loop() {
				feed(c, stream, piece)
			}
		})
	}
}
