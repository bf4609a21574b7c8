// SPDX-License-Identifier: Apache-2.0

package record

import (
	"net/netip"
	"slices"
	"time"
)

// TLS is a message of TLS below a session (RFC 8446, RFC 5246), or something that its decryption found. What a message does not have,
// or what cannot be read without keys, is empty.
type TLS struct {
	Session      int
	Frame        uint64
	Time         int64
	CaptureStart int64 // time of the first frame of the capture, ns since the epoch
	From         From
	Src, Dst     string
	Type         string // a handshake message by its name in TLS, or one of the TLS constants
	Encrypted    bool   // it was

	Version      string   // chosen; in a client_hello the newest that is offered
	CipherSuites []string // offered
	CipherSuite  string   // chosen
	ServerName   string
	ALPN         []string
	ClientRandom []byte // what the secrets stand under in a key log
	Resumption   bool   // a session goes on, or is offered to
	EarlyData    bool   // 0-RTT data are sent, or taken
	Certificates []Certificate
	Alert        Code   // HasAlert: its description
	AlertLevel   string // "warning", "fatal"
	HasAlert     bool   // it could be read
	Text         string // what else is to be said, for people
}

// Events that are no handshake messages.
const (
	TLSClientHello       = "client_hello"
	TLSServerHello       = "server_hello"
	TLSHelloRetryRequest = "hello_retry_request"
	TLSCertificate       = "certificate"
	TLSAlert             = "alert"
	TLSChangeCipherSpec  = "change_cipher_spec"
	TLSMissingKeys       = "missing_keys"   // no key log has the secrets
	TLSKeysFound         = "keys_found"     // secrets were found by trying: the beginning was not captured
	TLSDecryptFailed     = "decrypt_failed" // a record could not be decrypted although its key is known
	TLSUnsupported       = "unsupported"    // the version or the cipher suite cannot be decrypted
	TLSMalformed         = "malformed"      // something does not follow the protocol
)

// Certificate is what a certificate says of its holder. Nothing of it was verified.
type Certificate struct {
	Subject, Issuer string // distinguished names as RFC 2253 writes them
	Serial          string // hexadecimal
	NotBefore       time.Time
	NotAfter        time.Time
	NodeIDs         []string     // NODE-ID (RFC 9174 section 4.4.1)
	DNSNames        []string     // DNS-ID
	Addresses       []netip.Addr // IPADDR-ID
}

// AppendJSON appends the record as one JSON object without line end.
func (r *TLS) AppendJSON(dst []byte) []byte {
	dst = slices.Grow(dst, 1024)
	dst = append(dst, `{"record":"tls","session":`...)
	dst = appendOrigin(dst, r.Session, r.Frame, r.Time, r.From)
	dst = append(dst, '"')
	dst = appendAddresses(dst, r.Src, r.Dst)
	dst = append(dst, `","type":`...)
	dst = AppendString(dst, r.Type)
	dst = append(dst, `,"encrypted":`...)
	dst = appendBool(dst, r.Encrypted)
	for _, k := range [...]struct{ key, value string }{{"tls_version", r.Version}, {"cipher_suite", r.CipherSuite}, {"server_name", r.ServerName}, {"text", r.Text}} {
		dst = appendNamed(dst, k.key, k.value)
	}
	if r.CipherSuites != nil {
		dst = appendStrings(append(dst, `,"cipher_suites":`...), r.CipherSuites)
	}
	if r.ALPN != nil {
		dst = appendStrings(append(dst, `,"alpn":`...), r.ALPN)
	}
	if r.ClientRandom != nil {
		dst = append(dst, `,"client_random":"`...)
		dst = append(appendHex(dst, r.ClientRandom), '"')
	}
	switch r.Type {
	case TLSClientHello, TLSServerHello:
		dst = appendBool(append(dst, `,"resumption":`...), r.Resumption)
	case TLSCertificate:
		dst = append(dst, `,"certificates":[`...)
		for i := range r.Certificates {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = r.Certificates[i].appendJSON(dst)
		}
		dst = append(dst, ']')
	}
	if r.EarlyData {
		dst = append(dst, `,"early_data":true`...)
	}
	if r.HasAlert {
		dst = AppendString(append(dst, `,"level":`...), r.AlertLevel)
		dst = appendCode(append(dst, `,"description":`...), r.Alert)
	}
	return append(dst, '}')
}

// appendNamed appends a key and its value, unless that is empty.
func appendNamed(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return AppendString(append(append(append(dst, `,"`...), key...), `":`...), value)
}

func (c *Certificate) appendJSON(dst []byte) []byte {
	dst = AppendString(append(dst, `{"subject":`...), c.Subject)
	dst = AppendString(append(dst, `,"issuer":`...), c.Issuer)
	dst = AppendString(append(dst, `,"serial_number":`...), c.Serial)
	dst = appendClock(append(dst, `,"not_before":`...), c.NotBefore)
	dst = appendClock(append(dst, `,"not_after":`...), c.NotAfter)
	dst = appendStrings(append(dst, `,"node_ids":`...), c.NodeIDs)
	dst = appendStrings(append(dst, `,"dns_names":`...), c.DNSNames)
	dst = append(dst, `,"ip_addresses":[`...)
	for i, a := range c.Addresses {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(a.AppendTo(append(dst, '"')), '"')
	}
	return append(dst, "]}"...)
}

// appendClock appends a time of a certificate, which may lie outside of what nanoseconds since 1970 can say; null for none.
func appendClock(dst []byte, t time.Time) []byte {
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return append(dst, "null"...)
	}
	return t.UTC().AppendFormat(dst, `"2006-01-02T15:04:05.000000000Z"`)
}

// AppendCSVHeader appends the names of the columns of AppendCSV, which are those of messages. The receiver may be nil.
func (*TLS) AppendCSVHeader(dst []byte) []byte { return append(dst, messageColumns...) }

// AppendCSV appends the record as a row with the columns of messages, without line end: type is the event.
func (r *TLS) AppendCSV(dst []byte) []byte {
	dst = append(dst, "tls,"...)
	dst = csvOrigin(dst, r.Session, r.Frame, r.Time, r.From)
	dst = csvText(append(dst, ','), r.Type)
	dst = csvText(append(dst, ",,,"...), r.Src)
	dst = csvText(append(dst, ','), r.Dst)
	dst = appendBool(append(dst, ','), r.Encrypted)
	return append(dst, ",,,,,,,,,,,,,,,,,,,,,,,,,,,"...) // flags to cause
}
