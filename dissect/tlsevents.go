// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"fmt"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/tlsdec"
)

// Event implements tlsdec.Handler.
func (t *decryptor) Event(side int, e tlsdec.Event, at tlsdec.Mark) {
	r := &record.TLS{}
	switch e := e.(type) {
	case *tlsdec.ClientHello:
		t.clientHello(r, e)
	case *tlsdec.ServerHello:
		serverHello(r, e)
	case *tlsdec.EncryptedExtensions:
		r.Type, r.Encrypted, r.ALPN, r.EarlyData = "encrypted_extensions", true, protocols(e.ALPN), e.EarlyData
	case *tlsdec.Certificates:
		t.certificates(r, side, e)
	case *tlsdec.NewSessionTicket:
		r.Type = "new_session_ticket"
		r.Text = fmt.Sprintf("%d octets, for %d s", e.Ticket, e.Lifetime)
		if e.MaxEarlyData > 0 {
			r.Text += fmt.Sprintf(", with up to %d octets of early data", e.MaxEarlyData)
		}
		r.Encrypted = t.version13()
	case *tlsdec.KeyUpdate:
		r.Type, r.Encrypted = "key_update", true
		if e.Requested {
			r.Text = "the peer shall change its key as well"
		}
	case *tlsdec.HandshakeMessage:
		r.Type, r.Encrypted = e.Type.String(), e.Encrypted
	case *tlsdec.Finished:
		r.Type, r.Encrypted = "finished", e.Encrypted
	case *tlsdec.ChangeCipherSpec:
		r.Type = record.TLSChangeCipherSpec
	case *tlsdec.Alert:
		t.alert(r, e)
	case *tlsdec.MissingKeys:
		t.missingKeys(r, e)
	case *tlsdec.KeysFound:
		r.Type, r.ClientRandom, r.CipherSuite = record.TLSKeysFound, e.ClientRandom[:], e.CipherSuite.String()
		r.Text = fmt.Sprintf("from record %d on", e.Sequence)
	case *tlsdec.DecryptFailed:
		r.Type, r.Encrypted = record.TLSDecryptFailed, true
		r.Text = fmt.Sprintf("record %d, %d octets", e.Sequence, e.Length)
	case *tlsdec.Unsupported:
		r.Type, r.Version, r.CipherSuite = record.TLSUnsupported, e.Version.String(), e.CipherSuite.String()
	case *tlsdec.Malformed:
		r.Type, r.Text = record.TLSMalformed, e.What
	default:
		return
	}
	t.tell(side, r, at)
}

// tell gives a record to the sink, if messages are wanted.
func (t *decryptor) tell(side int, r *record.TLS, at tlsdec.Mark) {
	c := t.c
	if !c.w.told {
		return
	}
	r.Session, r.Frame, r.Time, r.CaptureStart = int(c.tcp.Number()), at.Frame, at.Time, c.w.captureStart
	r.From, r.Src, r.Dst = c.from[side], c.names[side], c.names[1-side]
	c.streams[side].place(at.Frame)
	c.w.sink.TLS(r)
}

func (t *decryptor) version13() bool {
	v, _, _ := t.tls.Negotiated()
	return v == tlsdec.TLS13
}

// clientHello takes what a client offers.
func (t *decryptor) clientHello(r *record.TLS, e *tlsdec.ClientHello) {
	t.serverName = e.ServerName
	r.Type, r.Version, r.ServerName, r.ClientRandom = record.TLSClientHello, e.Version.String(), e.ServerName, e.Random[:]
	r.ALPN, r.EarlyData, r.Resumption = e.ALPN, e.EarlyData, e.PSK || e.Ticket > 0
	r.CipherSuites = make([]string, len(e.CipherSuites))
	for i, s := range e.CipherSuites {
		r.CipherSuites[i] = s.String()
	}
}

// serverHello takes what a server chose.
func serverHello(r *record.TLS, e *tlsdec.ServerHello) {
	r.Type, r.Version, r.CipherSuite, r.ALPN, r.Resumption = record.TLSServerHello, e.Version.String(), e.CipherSuite.String(), protocols(e.ALPN), e.Resumed
	if e.HelloRetryRequest {
		r.Type = record.TLSHelloRetryRequest
	}
	if e.Downgrade {
		r.Text = "the server can do a newer version"
	}
}

func protocols(alpn string) []string {
	if alpn == "" {
		return nil
	}
	return []string{alpn}
}

// certificates takes the chain of a side.
func (t *decryptor) certificates(r *record.TLS, side int, e *tlsdec.Certificates) {
	r.Type, r.Encrypted = record.TLSCertificate, e.Encrypted
	for i := range e.Chain {
		c := &e.Chain[i]
		r.Certificates = append(r.Certificates, record.Certificate{Subject: c.Subject, Issuer: c.Issuer, NotBefore: c.NotBefore, NotAfter: c.NotAfter,
			NodeIDs: c.NodeIDs, DNSNames: c.DNSNames, Addresses: c.Addresses})
		if c.Serial != nil {
			r.Certificates[i].Serial = c.Serial.Text(16)
		}
	}
	if len(r.Certificates) > 0 {
		t.sides[side].certificate = &r.Certificates[0]
	}
}

// alert takes an alert.
func (t *decryptor) alert(r *record.TLS, e *tlsdec.Alert) {
	r.Type, r.Encrypted = record.TLSAlert, e.Encrypted
	if e.Unreadable {
		return
	}
	r.HasAlert, r.AlertLevel = true, e.Level.String()
	r.Alert = record.Code{Code: uint8(e.Description), Name: e.Description.String()}
	t.broken = t.broken || e.Level == tlsdec.Fatal && e.Description != tlsdec.CloseNotify
}

// missingKeys counts a connection that cannot be decrypted for want of secrets.
func (t *decryptor) missingKeys(r *record.TLS, e *tlsdec.MissingKeys) {
	session := int(t.c.tcp.Number())
	sum := &t.c.w.summary
	sum.Undecrypted++
	if len(sum.MissingKeys) < maxMissing {
		sum.MissingKeys = append(sum.MissingKeys, MissingKeys{session, e.ClientRandom, e.Known})
	}
	r.Type = record.TLSMissingKeys
	if e.Known {
		r.ClientRandom = e.ClientRandom[:]
	}
}

// describe says in a session's record what is known of its TLS. peers are the sides in the order of the record.
func (t *decryptor) describe(r *record.Session, peers [2]int) {
	if version, suite, known := t.tls.Negotiated(); known {
		r.TLSVersion, r.CipherSuite = version.String(), suite.String()
	}
	r.ServerName = t.serverName
	some, lacking := false, false
	for i, side := range peers {
		r.Peers[i].Certificate = t.sides[side].certificate
		some = some || t.sides[side].some
		lacking = lacking || t.c.streams[side].tally.encrypted > 0
	}
	switch {
	case some && lacking:
		r.TLS = "partly"
	case some:
		r.TLS = "decrypted"
	}
}

// refused says whether a connection came to its end without that anything was said over TLS, by an alert that could be read.
func (t *decryptor) refused() bool { return t.broken && !t.sides[0].some && !t.sides[1].some }
