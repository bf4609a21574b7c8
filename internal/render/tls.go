// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"
	"time"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// AppendTLS appends the line of what TLS said.
func (t *Text) AppendTLS(dst []byte, r *record.TLS) []byte {
	dst = t.appendColumns(dst, r.Frame, r.Time, r.CaptureStart, r.Session, r.From, r.Src, r.Dst)
	dst = t.theme.paint(dst, tlsMeaning(r), "TLS")
	if t.aligned {
		dst = append(dst, spaces[:typeColumn-len("TLS")]...)
	}
	dst = append(dst, ' ')
	dst = AppendEscaped(dst, r.Type)
	dst = appendTLSWords(dst, r)
	if n := len(r.Certificates); n > 0 {
		dst = appendIdentities(dst, &r.Certificates[0])
		dst = appendDay(append(dst, " valid="...), r.Certificates[0].NotBefore)
		dst = appendDay(append(dst, ".."...), r.Certificates[0].NotAfter)
		dst = AppendEscaped(append(dst, ` issuer="`...), r.Certificates[0].Issuer)
		dst = append(dst, '"')
		if n > 1 {
			dst = append(strconv.AppendInt(append(dst, " chain="...), int64(n), 10), " certificates"...)
		}
	} else if r.Type == record.TLSCertificate {
		dst = append(dst, " none"...)
	}
	return append(dst, '\n')
}

func tlsMeaning(r *record.TLS) Meaning {
	switch r.Type {
	case record.TLSAlert:
		if r.HasAlert && r.Alert.Code == 0 {
			return direction(r.From) // close_notify
		}
		return Warning
	case record.TLSMissingKeys, record.TLSUnsupported:
		return Warning
	case record.TLSDecryptFailed, record.TLSMalformed:
		return Error
	}
	return direction(r.From)
}

// appendTLSWords appends what the record says, but for certificates.
func appendTLSWords(dst []byte, r *record.TLS) []byte {
	word := func(text string) {
		if text != "" {
			dst = AppendEscaped(append(dst, ' '), text)
		}
	}
	word(r.Version)
	word(r.CipherSuite)
	if r.ServerName != "" {
		dst = AppendEscaped(append(dst, " server-name="...), r.ServerName)
	}
	for _, p := range r.ALPN {
		dst = AppendEscaped(append(dst, " alpn="...), p)
	}
	if n := len(r.CipherSuites); n > 0 {
		dst = strconv.AppendInt(append(dst, " cipher-suites="...), int64(n), 10)
	}
	if r.Resumption {
		word("resumption")
	}
	if r.EarlyData {
		word("early-data")
	}
	switch {
	case r.HasAlert:
		word(r.AlertLevel)
		word(r.Alert.Name)
	case r.Type == record.TLSAlert:
		word("encrypted")
	}
	if r.ClientRandom != nil && r.Type != record.TLSClientHello {
		dst = appendHexOctets(append(dst, " client-random="...), r.ClientRandom)
	}
	if r.Text != "" {
		dst = append(AppendEscaped(append(dst, " ("...), r.Text), ')')
	}
	return dst
}

// appendIdentities appends whom a certificate is for.
func appendIdentities(dst []byte, c *record.Certificate) []byte {
	n := len(dst)
	for _, id := range c.NodeIDs {
		dst = AppendEscaped(append(dst, " node-id="...), id)
	}
	for _, id := range c.DNSNames {
		dst = AppendEscaped(append(dst, " dns-id="...), id)
	}
	for _, id := range c.Addresses {
		dst = AppendEscaped(append(dst, " ipaddr-id="...), id.String())
	}
	if len(dst) == n {
		dst = append(AppendEscaped(append(dst, ` subject="`...), c.Subject), '"')
	}
	return dst
}

func appendDay(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, '?')
	}
	return t.UTC().AppendFormat(dst, "2006-01-02")
}

// AppendTLS appends a heading, what TLS said, with all of a certificate chain, and an empty line.
func (t *Tree) AppendTLS(dst []byte, r *record.TLS) []byte {
	t.dst = dst
	t.heading(r.Frame, r.Time, r.CaptureStart, r.Session, r.From, r.Src, r.Dst)
	t.dst = AppendEscaped(append(t.theme.start(t.dst, tlsMeaning(r)), "TLS "...), r.Type)
	t.dst = append(t.theme.end(t.dst, tlsMeaning(r)), '\n')
	if t.has("tls") {
		t.tls(r)
	}
	dst, t.dst = append(t.dst, '\n'), nil
	return dst
}

// tls appends the fields of what TLS said.
func (t *Tree) tls(r *record.TLS) {
	for _, f := range [...]struct{ label, value string }{{"Version: ", r.Version}, {"Cipher Suite: ", r.CipherSuite}, {"Server Name: ", r.ServerName}} {
		if f.value != "" {
			t.line(f.label, f.value)
		}
	}
	for _, p := range r.ALPN {
		t.line("ALPN Protocol: ", p)
	}
	for _, s := range r.CipherSuites {
		t.line("Cipher Suite Offered: ", s)
	}
	if r.ClientRandom != nil {
		t.line("Client Random: ", string(appendHexOctets(nil, r.ClientRandom)))
	}
	for i := range r.Certificates {
		t.certificate(&r.Certificates[i])
	}
	if r.Resumption {
		t.line("Resumption", "")
	}
	if r.EarlyData {
		t.line("Early Data", "")
	}
	if r.HasAlert {
		t.line("Level: ", r.AlertLevel)
		t.line("Description: ", string(appendCode(nil, r.Alert)))
	}
	if r.Encrypted {
		t.remark(Plain, func(dst []byte) []byte { return append(dst, "Encrypted"...) })
	}
	if r.Text != "" {
		t.remark(Plain, func(dst []byte) []byte { return AppendEscaped(dst, r.Text) })
	}
}

func (t *Tree) certificate(c *record.Certificate) {
	t.line("Certificate: ", c.Subject)
	nested := func(label, value string) {
		t.field(2, 0, label)
		t.dst = append(AppendEscaped(t.dst, value), '\n')
	}
	nested("Issuer: ", c.Issuer)
	nested("Serial Number: ", c.Serial)
	nested("Not Before: ", c.NotBefore.UTC().Format(time.RFC3339))
	nested("Not After: ", c.NotAfter.UTC().Format(time.RFC3339))
	for _, id := range c.NodeIDs {
		nested("NODE-ID: ", id)
	}
	for _, id := range c.DNSNames {
		nested("DNS-ID: ", id)
	}
	for _, id := range c.Addresses {
		nested("IPADDR-ID: ", id.String())
	}
}

// AppendTLS appends what is left of the direction's data and the line of r.
func (f *Follow) AppendTLS(dst []byte, r *record.TLS) []byte {
	dst = f.closeLine(f.end(dst, r.From))
	f.last = -1
	return f.text.AppendTLS(dst, r)
}

// AppendTLS appends nothing: fields are those of messages.
func (f *Fields) AppendTLS(dst []byte, _ *record.TLS) []byte { return dst }
