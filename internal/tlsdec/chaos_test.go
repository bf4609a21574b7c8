// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"crypto/tls"
	"math/rand/v2"
	"testing"
)

func TestWhateverIsLostNoPlaintextIsInvented(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client, server := configs(t)
		client.MaxVersion = version
		flights, k := converse(t, client, server, chat(t))
		rng := rand.New(rand.NewPCG(3, uint64(version)))
		whole := 0
		for range 60 {
			r := &recorder{}
			c := NewConn(r, k)
			for i, f := range flights {
				at := Mark{Frame: uint64(i + 1)}
				from, to := rng.IntN(len(f.b)+1), rng.IntN(len(f.b)+1)
				switch rng.IntN(12) {
				case 0: // some of it is missing
					from, to = min(from, to), max(from, to)
					c.Data(f.side, f.b[:from], at)
					c.Gap(f.side, uint64(to-from), at)
					c.Data(f.side, f.b[to:], at)
				case 1: // some of it is wrong
					b := bytes.Clone(f.b)
					b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
					c.Data(f.side, b, at)
				default:
					c.Data(f.side, f.b, at)
				}
			}
			c.Close()
			for side, all := range [][]byte{fromClient, fromServer} {
				rest := all
				for _, d := range r.records[side] {
					i := bytes.Index(rest, d)
					if i < 0 {
						t.Fatalf("side %d: %.80q was not said", side, d)
					}
					rest = rest[i+len(d):]
				}
				if len(r.records[side]) > 0 && len(rest) == 0 {
					whole++
				}
			}
		}
		if whole < 40 {
			t.Errorf("version %x: only %d of 120 directions were decrypted to their end", version, whole)
		}
	}
}
