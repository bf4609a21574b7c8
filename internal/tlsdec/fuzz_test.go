// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"testing"
)

// pieces takes a script apart: side, gap or data, and length of each piece, in two octets, and the data.
func pieces(script []byte, f func(side int, gap bool, b []byte)) {
	for len(script) > 2 {
		side, gap := int(script[0]&1), script[0]&0xfe == 0xfe
		n := min(int(script[0]>>1&0x1f)<<8|int(script[1]), len(script)-2)
		f(side, gap, script[2:2+n])
		script = script[2+n:]
	}
}

func appendPiece(script []byte, side int, b []byte) []byte {
	for len(b) > 0 {
		n := min(len(b), 0x1eff)
		script = append(append(script, byte(n>>8)<<1|byte(side), byte(n)), b[:n]...)
		b = b[n:]
	}
	return script
}

func FuzzConn(f *testing.F) {
	_, aead, iv := established(&discard{})
	s := newSealer(aead, iv)
	a, b := s.seal(recordApplicationData, "one", 0), s.update()
	tail := s.seal(recordApplicationData, "two", 3)
	f.Add(appendPiece(appendPiece(nil, 0, append(a, b...)), 0, tail), true)
	f.Add(append(appendPiece([]byte{0xfe, 30}, 0, bytes.Repeat([]byte{0}, 30)), appendPiece(nil, 0, tail)...), true)
	c, k := readCapture(f, "seed-v4-tls13-dsb.pcapng")
	var script []byte
	for _, fl := range c.flights[:min(8, len(c.flights))] {
		script = appendPiece(script, fl.side, fl.b)
	}
	f.Add(script, false)
	f.Fuzz(func(t *testing.T, script []byte, running bool) {
		run := func(step int) *journal {
			j := &journal{}
			conn := NewConn(j, k)
			if running {
				conn, _, _ = established(j)
			}
			pieces(script, func(side int, gap bool, b []byte) {
				if gap {
					conn.Gap(side, uint64(len(b)), Mark{})
					return
				}
				for len(b) > 0 {
					n := min(step, len(b))
					conn.Data(side, b[:n], Mark{})
					b = b[n:]
				}
			})
			conn.Close()
			return j
		}
		wantSame(t, run(1), run(1<<20))
	})
}

func FuzzKeyLog(f *testing.F) {
	f.Add([]byte("CLIENT_RANDOM 00 11\n# x\r\n"))
	f.Add(append([]byte("SERVER_TRAFFIC_SECRET_0 "), bytes.Repeat([]byte("a1 "), 60)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		k := NewKeyLog()
		if n := k.Add(text); n < k.Len() {
			t.Errorf("%d secrets for %d client randoms", n, k.Len())
		}
	})
}

func FuzzHandshake(f *testing.F) {
	c, _ := readCapture(f, "seed-v4-tls12.pcap") // its certificates are in the clear
	for _, fl := range c.flights {
		for b := fl.b; len(b) > headerLen+handshakeHeader && b[0] == recordHandshake; {
			hd := header(b)
			n := min(headerLen+hd.length(), len(b))
			f.Add(b[headerLen+handshakeHeader:n], b[headerLen])
			b = b[n:]
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, kind byte) {
		for _, version := range []Version{TLS12, TLS13} {
			conn, _, _ := established(&journal{})
			conn.version = version
			conn.halves[0].opened = true
			conn.halves[0].message(HandshakeType(kind), b, Mark{})
		}
	})
}
