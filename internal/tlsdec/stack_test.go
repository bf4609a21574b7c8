// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// tap records what is written to both ends of a connection, in order.
type tap struct {
	net.Conn
	side    int
	mu      *sync.Mutex
	flights *[]flight
}

func (c tap) Write(b []byte) (int, error) {
	c.mu.Lock()
	*c.flights = append(*c.flights, flight{c.side, bytes.Clone(b)})
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// converse connects a client (side 0) and a server (side 1) of crypto/tls, lets them talk, and returns what went over the wire
// and the key log.
func converse(t testing.TB, client, server *tls.Config, talk func(client, server *tls.Conn)) ([]flight, *KeyLog) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var flights []flight
	var secrets bytes.Buffer
	client, server = client.Clone(), server.Clone()
	client.KeyLogWriter = &secrets
	c, s := tls.Client(tap{a, 0, &mu, &flights}, client), tls.Server(tap{b, 1, &mu, &flights}, server)
	talk(c, s)
	c.Close()
	s.Close()
	k := NewKeyLog()
	k.Add(secrets.Bytes())
	return flights, k
}

// say writes to one end and reads it at the other.
func say(t testing.TB, from, to *tls.Conn, b []byte) {
	t.Helper()
	failed := make(chan error, 1)
	go func() {
		_, err := from.Write(b)
		failed <- err
	}()
	got := make([]byte, len(b))
	if _, err := io.ReadFull(to, got); err != nil {
		t.Error(err)
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

var (
	fromClient = numbered("from the client", 3000) // several records
	fromServer = numbered("from the server", 2500)
)

// numbered is text in which no two places look alike.
func numbered(text string, n int) (b []byte) {
	for i := range n {
		b = fmt.Appendf(b, "%s, %05d; ", text, i)
	}
	return b
}

func chat(t testing.TB) func(client, server *tls.Conn) {
	return func(client, server *tls.Conn) {
		say(t, client, server, fromClient[:17])
		say(t, server, client, fromServer)
		say(t, client, server, fromClient[17:])
	}
}

const testNodeID = "dtn://node_a/"

// newCertificate makes a certificate of a node.
func newCertificate(t testing.TB, key crypto.Signer) tls.Certificate {
	t.Helper()
	value := func(b []byte, err error) asn1.RawValue {
		if err != nil {
			t.Fatal(err)
		}
		return asn1.RawValue{FullBytes: b}
	}
	other := value(asn1.Marshal(struct {
		Kind  asn1.ObjectIdentifier
		Value string `asn1:"explicit,tag:0,ia5"`
	}{oidBundleEID, testNodeID}))
	names, err := asn1.Marshal([]asn1.RawValue{
		{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner(t, other.FullBytes)},
		{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte("node-a.example")},
		{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte("dtn://node_a/")},
		{Class: asn1.ClassContextSpecific, Tag: 7, Bytes: []byte{192, 0, 2, 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "node-a"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtraExtensions: []pkix.Extension{{Id: oidSubjectAltName, Value: names}}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func inner(t testing.TB, der []byte) []byte {
	t.Helper()
	var v asn1.RawValue
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		t.Fatal(err)
	}
	return v.Bytes
}

var testKeys = sync.OnceValues(func() (*ecdsa.PrivateKey, *rsa.PrivateKey) {
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return e, r
})

// configs are those of a client and a server that have certificates of both kinds.
func configs(t testing.TB) (client, server *tls.Config) {
	e, r := testKeys()
	both := []tls.Certificate{newCertificate(t, e), newCertificate(t, r)}
	return &tls.Config{InsecureSkipVerify: true, ServerName: "node-a.example", NextProtos: []string{"tcpcl"}},
		&tls.Config{Certificates: both, NextProtos: []string{"tcpcl"}}
}
