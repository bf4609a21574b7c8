// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"crypto/tls"
	"fmt"
	"strings"
)

// codeName is a code that has no name.
func codeName(what string, code uint64, digits int) string {
	return fmt.Sprintf("%s(0x%0*x)", what, digits, code)
}

// CipherSuite is the code of a cipher suite.
type CipherSuite uint16

// Names that crypto/tls does not know.
var suiteNames = map[CipherSuite]string{
	0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", 0x5600: "TLS_FALLBACK_SCSV",
	0x1304: "TLS_AES_128_CCM_SHA256", 0x1305: "TLS_AES_128_CCM_8_SHA256",
	0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
	0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256", 0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", 0x006B: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
	0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
	0xC024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", 0xC028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
	0xC09C: "TLS_RSA_WITH_AES_128_CCM", 0xC09D: "TLS_RSA_WITH_AES_256_CCM", 0xC09E: "TLS_DHE_RSA_WITH_AES_128_CCM", 0xC09F: "TLS_DHE_RSA_WITH_AES_256_CCM",
	0xC0A0: "TLS_RSA_WITH_AES_128_CCM_8", 0xC0A1: "TLS_RSA_WITH_AES_256_CCM_8", 0xC0A2: "TLS_DHE_RSA_WITH_AES_128_CCM_8", 0xC0A3: "TLS_DHE_RSA_WITH_AES_256_CCM_8",
	0xC0AC: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", 0xC0AD: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
	0xC0AE: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", 0xC0AF: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
	0xCCAA: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
}

// String is the name in the IANA registry.
func (c CipherSuite) String() string {
	if name := suiteNames[c]; name != "" {
		return name
	}
	if name := tls.CipherSuiteName(uint16(c)); !strings.HasPrefix(name, "0x") {
		return name
	}
	return codeName("cipher suite", uint64(c), 4)
}

// Version is a protocol version.
type Version uint16

const (
	TLS12 Version = 0x0303
	TLS13 Version = 0x0304
)

func (v Version) String() string {
	switch v {
	case 0x0300:
		return "SSL 3.0"
	case 0x0301:
		return "TLS 1.0"
	case 0x0302:
		return "TLS 1.1"
	case TLS12:
		return "TLS 1.2"
	case TLS13:
		return "TLS 1.3"
	}
	return codeName("version", uint64(v), 4)
}

// HandshakeType is the type of a handshake message (RFC 8446 section 4).
type HandshakeType uint8

const (
	helloRequest        HandshakeType = 0
	clientHello         HandshakeType = 1
	serverHello         HandshakeType = 2
	newSessionTicket    HandshakeType = 4
	endOfEarlyData      HandshakeType = 5
	encryptedExtensions HandshakeType = 8
	certificate         HandshakeType = 11
	certificateRequest  HandshakeType = 13
	finished            HandshakeType = 20
	keyUpdate           HandshakeType = 24
)

var handshakeNames = map[HandshakeType]string{helloRequest: "hello_request", clientHello: "client_hello", serverHello: "server_hello",
	newSessionTicket: "new_session_ticket", endOfEarlyData: "end_of_early_data", encryptedExtensions: "encrypted_extensions",
	certificate: "certificate", 12: "server_key_exchange", certificateRequest: "certificate_request", 14: "server_hello_done",
	15: "certificate_verify", 16: "client_key_exchange", finished: "finished", 21: "certificate_url", 22: "certificate_status",
	keyUpdate: "key_update", 25: "compressed_certificate", 254: "message_hash"}

func (t HandshakeType) String() string {
	if name := handshakeNames[t]; name != "" {
		return name
	}
	return codeName("handshake type", uint64(t), 2)
}

// AlertDescription says what an alert is about (RFC 8446 section 6).
type AlertDescription uint8

// CloseNotify is the alert with which a side says that it sends no more.
const CloseNotify AlertDescription = 0

var alertNames = map[AlertDescription]string{CloseNotify: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
	22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
	43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
	47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
	70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
	100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
	113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity", 116: "certificate_required",
	120: "no_application_protocol", 121: "ech_required"}

func (d AlertDescription) String() string {
	if name := alertNames[d]; name != "" {
		return name
	}
	return codeName("alert", uint64(d), 2)
}

// AlertLevel is how bad an alert is; TLS 1.3 only means it with close_notify and user_canceled.
type AlertLevel uint8

const (
	Warning AlertLevel = 1
	Fatal   AlertLevel = 2
)

func (l AlertLevel) String() string {
	switch l {
	case Warning:
		return "warning"
	case Fatal:
		return "fatal"
	}
	return codeName("level", uint64(l), 2)
}
