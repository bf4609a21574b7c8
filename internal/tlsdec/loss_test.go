// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"crypto/tls"
	"math/rand/v2"
	"testing"
)

// span is a record of a stream.
type span struct{ from, to int }

// spans finds the records of a stream that holds nothing else.
func spans(t testing.TB, b []byte) (out []span) {
	t.Helper()
	for at := 0; at < len(b); {
		hd := header(b[at:])
		if !hd.credible() {
			t.Fatal("no record")
		}
		out = append(out, span{at, at + headerLen + hd.length()})
		at += headerLen + hd.length()
	}
	return out
}

// recorder keeps the plaintext of each record.
type recorder struct {
	journal
	records [2][][]byte
}

func (r *recorder) Plaintext(side int, d []byte, at Mark) {
	r.records[side] = append(r.records[side], bytes.Clone(d))
	r.journal.Plaintext(side, d, at)
}

func TestALossCostsTheRecordsThatItTouchesAndNoOther(t *testing.T) {
	for _, suite := range []uint16{0, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256} {
		client, server := configs(t)
		if suite != 0 {
			client.MaxVersion, client.CipherSuites, server.CipherSuites = tls.VersionTLS12, []uint16{suite}, []uint16{suite}
		}
		flights, k := converse(t, client, server, chat(t))
		whole := &recorder{}
		c := NewConn(whole, k)
		var stream []byte // of the client
		handshake := 0    // octets of it that come before the server's application data
		for i, f := range flights {
			if f.side == 0 {
				stream = append(stream, f.b...)
			}
			c.Data(f.side, f.b, Mark{Frame: uint64(i + 1)})
		}
		c.Close()
		records, plain := spans(t, stream), whole.records[0]
		records = records[len(records)-1-len(plain) : len(records)-1] // an alert follows
		handshake = records[0].from
		rng := rand.New(rand.NewPCG(1, 2))
		for range 40 {
			from := handshake + rng.IntN(len(stream)-handshake)
			to := min(from+1+rng.IntN(20000), len(stream))
			var want []byte
			touched := 0
			for i, r := range records {
				if r.to <= from || r.from >= to {
					want = append(want, plain[i]...)
				} else {
					touched++
				}
			}
			lossy := func(step int) *journal {
				j := &journal{}
				c := NewConn(j, k)
				sent := 0
				for _, f := range flights {
					if f.side == 1 {
						c.Data(1, f.b, Mark{Frame: 1})
						continue
					}
					for b := f.b; len(b) > 0; {
						n := min(len(b), step)
						switch {
						case sent < from:
							n = min(n, from-sent)
							c.Data(0, b[:n], Mark{Frame: 1})
						case sent >= to:
							c.Data(0, b[:n], Mark{Frame: 1})
						default:
							n = min(n, to-sent)
							if sent == from {
								c.Gap(0, uint64(to-from), Mark{Frame: 1})
							}
						}
						sent += n
						b = b[n:]
					}
				}
				c.Close()
				return j
			}
			j := lossy(1 << 20)
			if !bytes.Equal(j.plain[0], want) {
				t.Fatalf("suite %x, octets %d to %d are missing: %d octets of plaintext, want %d", suite, from, to, len(j.plain[0]), len(want))
			}
			if n := len(all[*DecryptFailed](j, 0)); n > 0 {
				t.Fatalf("suite %x, octets %d to %d are missing: %d records said to have failed", suite, from, to, n)
			}
			if len(j.lost[0]) != 1 || j.lost[0][0].Why != NotCaptured || j.lost[0][0].Octets-j.lost[0][0].Captured != uint64(to-from) {
				t.Fatalf("suite %x, octets %d to %d are missing: %+v", suite, from, to, j.lost[0])
			}
			if m := j.lost[0][0]; to < records[len(records)-1].from && m.Records != uint64(touched) {
				t.Fatalf("suite %x, octets %d to %d are missing: %d records, want %d", suite, from, to, m.Records, touched)
			}
			wantSame(t, lossy(97), j)
		}
	}
}

func TestADamagedRecordIsToldAndTheNextOnesAreDecrypted(t *testing.T) {
	client, server := configs(t)
	flights, k := converse(t, client, server, chat(t))
	damaged := -1
	for i, f := range flights {
		if f.side == 0 && len(f.b) > 10000 {
			damaged = i
		}
	}
	flights[damaged].b[5000] ^= 1
	j := decrypt(k, flights)
	if n := len(all[*DecryptFailed](j, 0)); n != 1 {
		t.Errorf("%d records failed", n)
	}
	if len(j.lost[0]) != 1 || j.lost[0][0].Why != NotAuthentic || j.lost[0][0].Records != 1 {
		t.Errorf("%+v", j.lost[0])
	}
	if len(j.plain[0]) < len(fromClient)-maxFragment || len(j.plain[0]) >= len(fromClient) {
		t.Errorf("%d octets of %d", len(j.plain[0]), len(fromClient))
	}
	wantSame(t, decryptOctetwise(k, flights), j)
}

func TestACaptureThatBeginsInTheMiddleIsDecrypted(t *testing.T) {
	for _, hole := range []string{"both hellos", "ClientHello", "ServerHello"} {
		client, server := configs(t)
		flights, k := converse(t, client, server, chat(t))
		_, other := converse(t, client, server, chat(t))
		other.each(func(s *secrets) bool {
			k.sessions[s.random] = s
			k.order = append([]*secrets{s}, k.order...)
			return true
		})
		j := &journal{}
		c := NewConn(j, k)
		began := [2]bool{}
		for i, f := range flights {
			b := f.b
			if i < 2 && (hole == "both hellos" || hole == "ClientHello" && f.side == 0 || hole == "ServerHello" && f.side == 1) {
				hd := header(b)
				n := headerLen + hd.length()
				if hole == "both hellos" {
					n = len(b)
				}
				if !began[f.side] {
					c.Gap(f.side, uint64(n), Mark{Frame: 1})
				}
				began[f.side] = true
				b = b[n:]
			}
			c.Data(f.side, b, Mark{Frame: uint64(i + 1)})
		}
		c.Close()
		wantPlain(t, j, 0, fromClient)
		wantPlain(t, j, 1, fromServer)
		found := append(all[*KeysFound](j, 0), all[*KeysFound](j, 1)...)
		if len(found) != 1 {
			t.Errorf("without %s: keys found %d times", hole, len(found))
		}
		if side, known := c.Client(); side != 0 || !known {
			t.Errorf("without %s: client is side %d, known %v", hole, side, known)
		}
	}
}

func TestACutChangeCipherSpecOfTLS13CountsAsNoRecord(t *testing.T) {
	client, server := configs(t)
	flights, k := converse(t, client, server, chat(t))
	j := &journal{}
	c := NewConn(j, k)
	cut := 0
	for _, f := range flights {
		b := f.b
		for _, r := range spans(t, b) {
			if b[r.from] == recordChangeCipherSpec {
				c.Data(f.side, b[r.from:r.to-1], Mark{})
				c.Gap(f.side, 1, Mark{})
				cut++
				continue
			}
			c.Data(f.side, b[r.from:r.to], Mark{})
		}
	}
	c.Close()
	if cut != 2 {
		t.Fatalf("%d records cut", cut)
	}
	wantPlain(t, j, 0, fromClient)
	wantPlain(t, j, 1, fromServer)
	for side := range 2 {
		if f := one[*Finished](t, j, side); !f.Encrypted {
			t.Error("Finished in the clear")
		}
	}
}
