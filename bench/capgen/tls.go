// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"time"
)

// wire is one end of the connection that TLS writes to: what it writes is queued to be sent, and until the handshake is over read by the
// other end.
type wire struct {
	net.Conn // never called
	d        int
	shared   *handshake
}

// handshake is what both ends of a flow have in common.
type handshake struct {
	mu      sync.Mutex
	changed *sync.Cond
	unread  [2][]byte // for each end
	over    bool
	write   func(d int, b []byte) // takes what an end writes
}

func (w *wire) Write(b []byte) (int, error) {
	h := w.shared
	h.mu.Lock()
	defer h.mu.Unlock()
	h.write(w.d, b)
	if !h.over {
		h.unread[1-w.d] = append(h.unread[1-w.d], b...)
		h.changed.Broadcast()
	}
	return len(b), nil
}

func (w *wire) Read(b []byte) (int, error) {
	h := w.shared
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.unread[w.d]) == 0 {
		if h.over {
			return 0, io.EOF
		}
		h.changed.Wait()
	}
	n := copy(b, h.unread[w.d])
	h.unread[w.d] = h.unread[w.d][n:]
	return n, nil
}

func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// secure does the handshake of TLS 1.3 between the sides of a flow (RFC 9174 4.4). What they queue from then on is encrypted.
func (g *generator) secure(f *flow) error {
	h := &handshake{}
	h.changed = sync.NewCond(&h.mu)
	h.write = func(d int, b []byte) {
		s := &f.sides[d]
		s.buf = append(s.buf, b...)
		s.queued += int64(len(b))
		if !h.over { // who speaks is heard before the other one answers
			g.flush(f, d, true)
		}
	}
	key, err := serverKey()
	if err != nil {
		return err
	}
	client := tls.Client(&wire{d: 0, shared: h}, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, KeyLogWriter: g.o.KeyLog, DynamicRecordSizingDisabled: true})
	server := tls.Server(&wire{d: 1, shared: h}, &tls.Config{Certificates: []tls.Certificate{*key}, MinVersion: tls.VersionTLS13, DynamicRecordSizingDisabled: true,
		SessionTicketsDisabled: true})
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	err = errors.Join(client.Handshake(), <-done)
	h.mu.Lock()
	h.over = true
	h.mu.Unlock()
	f.sides[0].tls, f.sides[1].tls = client, server
	return err
}

// serverKey is the certificate of all passive sides: nobody verifies it.
var serverKey = sync.OnceValues(func() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(4_000_000_000, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
})
