// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"crypto/tls"
	"errors"
	"os"
	"testing"
)

// wantChat fails where the plaintext is not that of chat, or anything depends on how the octets are cut.
func wantChat(t *testing.T, k *KeyLog, flights []flight) *journal {
	t.Helper()
	j := decrypt(k, flights)
	wantClean(t, j)
	wantPlain(t, j, 0, fromClient)
	wantPlain(t, j, 1, fromServer)
	wantSame(t, decryptOctetwise(k, flights), j)
	return j
}

func TestEveryCipherSuiteOfTheStandardLibraryIsDecrypted(t *testing.T) {
	for _, suite := range []uint16{
		tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
	} {
		t.Run(tls.CipherSuiteName(suite), func(t *testing.T) {
			client, server := configs(t)
			client.MaxVersion = tls.VersionTLS12
			client.CipherSuites, server.CipherSuites = []uint16{suite}, []uint16{suite}
			flights, k := converse(t, client, server, chat(t))
			j := wantChat(t, k, flights)
			hello := one[*ServerHello](t, j, 1)
			if hello.CipherSuite != CipherSuite(suite) || hello.Version != TLS12 || hello.ALPN != "tcpcl" {
				t.Errorf("%+v", hello)
			}
			if hello.CipherSuite.String() != tls.CipherSuiteName(suite) {
				t.Error(hello.CipherSuite)
			}
		})
	}
}

func TestTheHandshakeOfTLS13IsTold(t *testing.T) {
	client, server := configs(t)
	client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	flights, k := converse(t, client, server, chat(t))
	j := wantChat(t, k, flights)
	offer := one[*ClientHello](t, j, 0)
	if offer.ServerName != "node-a.example" || len(offer.ALPN) != 1 || offer.ALPN[0] != "tcpcl" || offer.Version != TLS13 || offer.PSK {
		t.Errorf("%+v", offer)
	}
	hello := one[*ServerHello](t, j, 1)
	if hello.Version != TLS13 || hello.Resumed || hello.HelloRetryRequest {
		t.Errorf("%+v", hello)
	}
	if e := one[*EncryptedExtensions](t, j, 1); e.ALPN != "tcpcl" {
		t.Errorf("%+v", e)
	}
	if m := one[*NewSessionTicket](t, j, 1); m.Lifetime == 0 || m.Ticket == 0 {
		t.Errorf("%+v", m)
	}
	m := one[*Certificates](t, j, 1)
	if !m.Encrypted || len(m.Chain) != 1 {
		t.Fatalf("%+v", m)
	}
	c := m.Chain[0]
	if len(c.NodeIDs) != 1 || c.NodeIDs[0] != testNodeID || len(c.DNSNames) != 1 || c.DNSNames[0] != "node-a.example" ||
		len(c.URIs) != 1 || c.URIs[0] != testNodeID || len(c.Addresses) != 1 || c.Addresses[0].String() != "192.0.2.1" ||
		c.Subject != "CN=node-a" || c.NotBefore.IsZero() || c.Serial.Int64() != 7 {
		t.Errorf("%+v", c)
	}
	for side := range 2 {
		if a := one[*Alert](t, j, side); a.Description != CloseNotify || !a.Encrypted {
			t.Errorf("side %d: %+v", side, a)
		}
		if f := one[*Finished](t, j, side); !f.Encrypted {
			t.Errorf("side %d: Finished in the clear", side)
		}
	}
}

func TestClientCertificatesAreTold(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client, server := configs(t)
		client.Certificates, client.MaxVersion = server.Certificates[:1], version
		server.ClientAuth = tls.RequireAnyClientCert
		flights, k := converse(t, client, server, chat(t))
		j := wantChat(t, k, flights)
		m := one[*Certificates](t, j, 0)
		if len(m.Chain) != 1 || m.Chain[0].NodeIDs[0] != testNodeID || m.Encrypted != (version == tls.VersionTLS13) {
			t.Errorf("%+v", m)
		}
	}
}

func TestAHelloRetryRequestIsFollowed(t *testing.T) {
	client, server := configs(t)
	client.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP384}
	server.CurvePreferences = []tls.CurveID{tls.CurveP384}
	flights, k := converse(t, client, server, chat(t))
	j := wantChat(t, k, flights)
	hellos := all[*ServerHello](j, 1)
	if len(hellos) != 2 || !hellos[0].HelloRetryRequest || hellos[1].HelloRetryRequest {
		t.Errorf("%+v", hellos)
	}
	if n := len(all[*ClientHello](j, 0)); n != 2 {
		t.Errorf("%d ClientHellos", n)
	}
}

func TestResumedSessionsAreDecrypted(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client, server := configs(t)
		client.MaxVersion = version
		client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		server.SetSessionTicketKeys([][32]byte{{1}})
		k := NewKeyLog()
		for i := range 2 {
			flights, keys := converse(t, client, server, chat(t))
			keys.each(func(s *secrets) bool { // the client of crypto/tls writes nothing for a resumed session of TLS 1.2
				k.sessions[s.random] = s
				return true
			})
			j := wantChat(t, k, flights)
			if hello := one[*ServerHello](t, j, 1); hello.Resumed != (i == 1) {
				t.Errorf("%v, connection %d: resumed %v", hello.Version, i, hello.Resumed)
			}
			if n := len(all[*Certificates](j, 1)); n != 1-i {
				t.Errorf("connection %d: %d certificate messages", i, n)
			}
		}
	}
}

func TestWithoutKeysTheClearHandshakeIsTold(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client, server := configs(t)
		client.MaxVersion = version
		flights, _ := converse(t, client, server, chat(t))
		for _, k := range []*KeyLog{nil, NewKeyLog()} {
			j := decrypt(k, flights)
			if len(j.plain[0])+len(j.plain[1]) > 0 {
				t.Error("plaintext without keys")
			}
			offer := one[*ClientHello](t, j, 0)
			if hello := one[*ServerHello](t, j, 1); hello.Version != Version(version) {
				t.Errorf("%+v", hello)
			}
			missing := append(all[*MissingKeys](j, 0), all[*MissingKeys](j, 1)...)
			if len(missing) != 1 || missing[0].ClientRandom != offer.Random || !missing[0].Known {
				t.Errorf("%+v", missing)
			}
			for side := range 2 {
				if m := j.lost[side]; len(m) != 1 || m[0].Why != NoKeys || m[0].Captured < 10000 || m[0].Octets != m[0].Captured {
					t.Errorf("%+v", m)
				}
			}
			if n := len(all[*Certificates](j, 1)); version == tls.VersionTLS12 && n != 1 {
				t.Errorf("%d certificate messages", n)
			}
			if version == tls.VersionTLS12 && !one[*Alert](t, j, 0).Unreadable {
				t.Error("no unreadable alert")
			}
			wantSame(t, decryptOctetwise(k, flights), j)
		}
	}
}

func TestAFailedHandshakeTellsItsAlert(t *testing.T) {
	client, server := configs(t)
	client.InsecureSkipVerify = false // it does not know the server's issuer
	flights, k := converse(t, client, server, func(c, s *tls.Conn) {
		done := make(chan bool)
		go func() {
			s.Handshake()
			close(done)
		}()
		if c.Handshake() == nil {
			t.Error("the handshake succeeds")
		}
		<-done
	})
	j := decrypt(k, flights)
	if a := one[*Alert](t, j, 0); a.Description != 42 || a.Level != Fatal || a.Description.String() != "bad_certificate" {
		t.Errorf("%+v", a)
	}
}

func TestAServerThatComesFirstIsKeptUntilTheClientHasSpoken(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client, server := configs(t)
		client.MaxVersion = version
		flights, k := converse(t, client, server, chat(t))
		var ordered [2][]flight
		for _, f := range flights {
			ordered[f.side] = append(ordered[f.side], f)
		}
		for first := range 2 {
			j := decrypt(k, append(append([]flight(nil), ordered[first]...), ordered[1-first]...))
			wantClean(t, j)
			wantPlain(t, j, 0, fromClient)
			wantPlain(t, j, 1, fromServer)
		}
	}
}

func TestAKeyLogFileIsReadAsItGrows(t *testing.T) {
	client, server := configs(t)
	flights, full := converse(t, client, server, chat(t))
	name := t.TempDir() + "/keys"
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	k, err := OpenKeyLog(name)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	j := &journal{}
	c := NewConn(j, k)
	for i, fl := range flights {
		if i == len(flights)/2 {
			full.each(func(s *secrets) bool {
				for l := range s.of {
					if s.of[l].n > 0 {
						writeSecret(t, f, Label(l), s)
					}
				}
				return true
			})
		}
		c.Data(fl.side, fl.b, Mark{Frame: uint64(i + 1)})
	}
	c.Close()
	wantClean(t, j)
	wantPlain(t, j, 0, fromClient)
	wantPlain(t, j, 1, fromServer)
	if _, err := OpenKeyLog(name + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
