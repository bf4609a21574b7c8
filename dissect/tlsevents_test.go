// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

// flight is what one side wrote at once.
type flight struct {
	from   int
	octets []byte
}

// overTLS is a session over TLS between a client and a server of crypto/tls.
type overTLS struct {
	flights []flight
	secrets string
}

type tap struct {
	net.Conn
	from int
	mu   *sync.Mutex
	to   *[]flight
}

func (c tap) Write(b []byte) (int, error) {
	c.mu.Lock()
	*c.to = append(*c.to, flight{c.from, bytes.Clone(b)})
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// nodeKey is a certificate with a NODE-ID, a DNS-ID and an IPADDR-ID.
func nodeKey(t testing.TB, node string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	eid, _ := asn1.MarshalWithParams(node, "ia5")
	other, _ := asn1.Marshal(struct {
		ID    asn1.ObjectIdentifier
		Value asn1.RawValue
	}{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 8, 11}, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: eid}})
	other[0] = 0xa0 // [0] IMPLICIT
	names := slices.Concat(other, []byte{0x82, 4}, []byte("node"), []byte{0x87, 4, 127, 0, 0, 1})
	san, _ := asn1.Marshal(asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSequence, IsCompound: true, Bytes: names})
	template := &x509.Certificate{SerialNumber: big.NewInt(0xabc), Subject: pkix.Name{CommonName: node}, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(4e9, 0),
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: san}}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// converse lets a client send data that a server acknowledges, message by message. It returns what both wrote.
func converse(t testing.TB, client, server *tls.Config, said ...[2]string) *overTLS {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var mu sync.Mutex
	var o overTLS
	var secrets bytes.Buffer
	client.KeyLogWriter = &secrets
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		s := tls.Server(tap{c, 1, &mu, &o.flights}, server)
		for _, m := range said {
			if _, err := io.ReadFull(s, make([]byte, len(unhex(m[0])))); err != nil {
				return
			}
			if _, err := s.Write(unhex(m[1])); err != nil {
				return
			}
		}
		_, _ = s.Read(make([]byte, 1))
		_ = s.Close()
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s := tls.Client(tap{c, 0, &mu, &o.flights}, client)
	for _, m := range said {
		if _, err := s.Write(unhex(m[0])); err != nil {
			break
		}
		if _, err := io.ReadFull(s, make([]byte, len(unhex(m[1])))); err != nil {
			break
		}
	}
	_ = s.Close()
	<-done
	o.secrets = secrets.String()
	return &o
}

// script plays the session behind two contact headers with CAN_TLS, each flight cut into segments of at most size octets.
func (o *overTLS) script(size int) *script {
	const contact = "64746e21 04 01"
	s := newScript().open().say(client, contact).say(server, contact)
	for _, f := range o.flights {
		for part := range slices.Chunk(f.octets, size) {
			s.send(f.from, part)
		}
	}
	return s.close()
}

func (o *overTLS) keys(lacking string) *dissect.Keys {
	k := dissect.NewKeys()
	for line := range strings.Lines(o.secrets) {
		if lacking == "" || !strings.HasPrefix(line, lacking) {
			k.Add([]byte(line))
		}
	}
	return k
}

// dialogue is a session: parameters, three transfers with their acknowledgements, the end.
func dialogue() [][2]string {
	transfer := func(id string) [2]string {
		return [2]string{"01 03 00000000000000" + id + " 00000000 0000000000000064" + strings.Repeat(id, 100),
			"02 03 00000000000000" + id + " 0000000000000064"}
	}
	return [][2]string{{init4, init4}, transfer("01"), transfer("02"), transfer("03"), {"05 00 00", "05 01 00"}}
}

func (c *collector) tlsTypes(from record.From) (types []string) {
	for _, r := range c.tls {
		if r.From == from {
			types = append(types, r.Type)
		}
	}
	return types
}

func TestTheHandshakeIsToldWithAndWithoutKeys(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		o := converse(t, &tls.Config{InsecureSkipVerify: true, ServerName: "node.example", NextProtos: []string{"tcpcl"}, MaxVersion: version,
			Certificates: []tls.Certificate{nodeKey(t, "ipn:1.0")}},
			&tls.Config{Certificates: []tls.Certificate{nodeKey(t, "ipn:2.0")}, ClientAuth: tls.RequireAnyClientCert, NextProtos: []string{"tcpcl"}}, dialogue()...)
		got := o.script(1448).run(t, dissect.Options{Keys: o.keys("")})
		wantClient, wantServer := "client_hello change_cipher_spec certificate certificate_verify finished alert",
			"server_hello change_cipher_spec encrypted_extensions certificate_request certificate certificate_verify finished alert"
		if version == tls.VersionTLS12 {
			wantClient = "client_hello certificate client_key_exchange certificate_verify change_cipher_spec finished alert"
			wantServer = "server_hello certificate server_key_exchange certificate_request server_hello_done change_cipher_spec finished alert"
		}
		if types := strings.Join(got.tlsTypes(record.Active), " "); types != wantClient {
			t.Errorf("the client said %s", types)
		}
		if types := strings.Join(got.tlsTypes(record.Passive), " "); types != wantServer {
			t.Errorf("the server said %s", types)
		}
		s := got.sessions[0]
		want := map[uint16]string{tls.VersionTLS12: "TLS 1.2", tls.VersionTLS13: "TLS 1.3"}[version]
		if s.TLS != "decrypted" || s.TLSVersion != want || !strings.HasPrefix(s.CipherSuite, "TLS_") || s.ServerName != "node.example" || s.State != record.StateTerminated {
			t.Errorf("session %+v", s)
		}
		for i, node := range []string{"ipn:1.0", "ipn:2.0"} {
			c := s.Peers[i].Certificate
			if c == nil || !slices.Equal(c.NodeIDs, []string{node}) || !slices.Equal(c.DNSNames, []string{"node"}) || len(c.Addresses) != 1 ||
				c.Addresses[0].String() != "127.0.0.1" || c.Serial != "abc" || !c.NotAfter.Equal(time.Unix(4e9, 0)) || c.Issuer != "CN="+node {
				t.Errorf("certificate of %s: %+v", node, c)
			}
		}
		if hello := got.tls[0]; hello.ServerName != "node.example" || !slices.Equal(hello.ALPN, []string{"tcpcl"}) || hello.Version != want || len(hello.ClientRandom) != 32 {
			t.Errorf("%+v", hello)
		}

		blind := o.script(1448).run(t, dissect.Options{Keys: dissect.NewKeys()})
		if types := blind.tlsTypes(record.Active); types[0] != record.TLSClientHello || !slices.ContainsFunc(blind.tls, func(r record.TLS) bool { return r.Type == record.TLSMissingKeys }) {
			t.Errorf("without keys: %v", types)
		}
		if s := blind.sessions[0]; s.TLS != "encrypted" || s.TLSVersion != want || (s.Peers[1].Certificate != nil) != (version == tls.VersionTLS12) {
			t.Errorf("without keys: %+v", s)
		}
	}
}

func TestTLSIsToldAlikeForEverySplit(t *testing.T) {
	o := converse(t, &tls.Config{InsecureSkipVerify: true}, &tls.Config{Certificates: []tls.Certificate{nodeKey(t, "ipn:2.0")}}, dialogue()...)
	brief := func(size int) string {
		got := o.script(size).run(t, dissect.Options{Keys: o.keys("")})
		var types []string
		for _, r := range got.tls {
			types = append(types, r.From.String()+" "+r.Type)
		}
		if len(got.gaps) > 0 {
			t.Errorf("segments of %d: %+v", size, got.gaps)
		}
		return strings.Join(append(got.brief(), types...), "\n")
	}
	want := brief(1 << 16)
	for _, size := range []int{1, 2, 3, 5, 6, 7, 21, 64, 100, 333} {
		if got := brief(size); got != want {
			t.Errorf("segments of %d:\n%s\nwant\n%s", size, got, want)
		}
	}
}

func TestARefusedCertificateFailsTheSession(t *testing.T) {
	o := converse(t, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "node"}, &tls.Config{Certificates: []tls.Certificate{nodeKey(t, "ipn:2.0")}}, dialogue()...)
	got := o.script(1448).run(t, dissect.Options{Keys: o.keys("")})
	i := slices.IndexFunc(got.tls, func(r record.TLS) bool { return r.Type == record.TLSAlert })
	if i < 0 || !got.tls[i].HasAlert || got.tls[i].AlertLevel != "fatal" || got.tls[i].Alert != (record.Code{Code: 42, Name: "bad_certificate"}) || got.tls[i].From != record.Active {
		t.Errorf("%+v", got.tls)
	}
	if s := got.sessions[0]; s.State != record.StateFailed || s.TLS != "encrypted" {
		t.Errorf("%s, tls %s", s.State, s.TLS)
	}
}

// A record of the client that the capture lacks costs the messages in it, is told, and nothing else.
func TestALostTLSRecordIsTold(t *testing.T) {
	o := converse(t, &tls.Config{InsecureSkipVerify: true}, &tls.Config{Certificates: []tls.Certificate{nodeKey(t, "ipn:2.0")}}, dialogue()...)
	whole := o.script(1448).run(t, dissect.Options{Keys: o.keys("")})
	s := newScript().open().say(client, "64746e21 04 01").say(server, "64746e21 04 01")
	data := 0
	for _, f := range o.flights {
		if f.from == client && len(f.octets) == 100+22+22 { // a transfer of one segment in one record
			if data++; data == 2 {
				s.lose(client, len(f.octets))
				continue
			}
		}
		s.send(f.from, f.octets)
	}
	if data != 3 {
		t.Fatalf("%d records with transfers", data)
	}
	got := s.close().run(t, dissect.Options{Keys: o.keys("")})
	if len(got.messages) != len(whole.messages)-1 || len(got.gaps) != 1 || got.gaps[0].Length != 144 || got.gaps[0].From != record.Active || got.gaps[0].Cause != record.GapLost {
		t.Errorf("%d messages of %d, gaps %+v", len(got.messages), len(whole.messages), got.gaps)
	}
	if s := got.sessions[0]; s.MissedOctets != 144 || s.TLS != "decrypted" {
		t.Errorf("%+v", s)
	}
}

func TestWithTheKeysOfOneSideASessionIsDecryptedPartly(t *testing.T) {
	o := converse(t, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}, &tls.Config{Certificates: []tls.Certificate{nodeKey(t, "ipn:2.0")}}, dialogue()...)
	got := o.script(1448).run(t, dissect.Options{Keys: o.keys("SERVER_TRAFFIC_SECRET")})
	if s := got.sessions[0]; s.TLS != "partly" || s.Peers[0].Transfers[record.Complete] != 3 {
		t.Errorf("%+v", s)
	}
}
