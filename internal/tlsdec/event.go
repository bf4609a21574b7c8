// SPDX-License-Identifier: Apache-2.0

package tlsdec

// Mark says where octets were seen: the frame that held the last of them, and its time in nanoseconds since 1970.
type Mark struct {
	Frame uint64
	Time  int64
}

// Handler takes what a Conn finds, while its Data, Gap and Close run, of each side in the order of its stream.
type Handler interface {
	// Plaintext takes the application data of one record. They are borrowed: valid until it returns. at is the mark of the
	// record's last octet.
	Plaintext(side int, d []byte, at Mark)
	// Missing takes a place in the stream where records may have held application data that are not there.
	Missing(side int, m Missing)
	// Event takes anything else. What e points to is its own and may be kept.
	Event(side int, e Event, at Mark)
}

// Missing is a run of octets of the TLS stream that gave no plaintext, although they may have held application data. How much
// of those there were is not known but for Octets being more.
type Missing struct {
	Octets   uint64 // octets of records, captured or not
	Captured uint64 // of these
	Records  uint64 // that were lost, by the sequence numbers around the place; 0 where that is not known
	From     Mark   // where it began to show
	To       Mark   // of the last octet of the place
	Why      Reason
}

// Reason is why octets gave no plaintext.
type Reason uint8

const (
	NotCaptured   Reason = iota // octets are missing in the capture
	NoKeys                      // no key log has the secret
	NoSuite                     // the cipher suite or version cannot be decrypted
	NotAuthentic                // a record's tag or MAC is wrong
	NotTLS                      // there is no TLS record
	EarlyRejected               // 0-RTT data that the server did not take (RFC 8446 section 4.2.10)
	reasonCount
)

var reasons = [reasonCount]string{"not captured", "no keys", "unsupported cipher suite", "not authentic", "not TLS", "early data rejected"}

func (r Reason) String() string {
	if r < reasonCount {
		return reasons[r]
	}
	return codeName("reason", uint64(r), 2)
}

// Event is one of the structs below.
type Event interface{ event() }

// ClientHello is what the client offers (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).
type ClientHello struct {
	Version              Version // the newest that it offers
	Random               [32]byte
	SessionID            []byte
	CipherSuites         []CipherSuite
	ServerName           string // empty: none (RFC 6066 section 3)
	ALPN                 []string
	Versions             []Version // supported_versions; nil: not there
	Groups               []uint16  // supported_groups
	Ticket               int       // octets of the session ticket of TLS 1.2; -1: it does not know tickets
	PSK                  bool      // it offers a pre-shared key of TLS 1.3: resumption
	EarlyData            bool      // 0-RTT data follow
	EncryptThenMAC       bool
	ExtendedMasterSecret bool
	PostHandshakeAuth    bool
	ticket               []byte
}

// ServerHello is what the server chooses (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3).
type ServerHello struct {
	Version              Version
	Random               [32]byte
	SessionID            []byte
	CipherSuite          CipherSuite
	ALPN                 string // TLS 1.2; that of 1.3 is in EncryptedExtensions
	HelloRetryRequest    bool   // it asks for another ClientHello
	Resumed              bool   // a session goes on: by a pre-shared key in 1.3, by session ID or ticket in 1.2
	EncryptThenMAC       bool
	ExtendedMasterSecret bool
	Downgrade            bool // the server can do a newer version than this one (RFC 8446 section 4.1.3)
}

// EncryptedExtensions is what the server answers to the offers that the keys do not depend on (RFC 8446 section 4.3.1).
type EncryptedExtensions struct {
	ALPN      string
	EarlyData bool // it takes the 0-RTT data
}

// Certificates is the certificate chain of a side, its own first; empty if it has none.
type Certificates struct {
	Chain     []Certificate
	Encrypted bool
}

// NewSessionTicket lets the client resume the session (RFC 8446 section 4.6.1, RFC 5077 section 3.3).
type NewSessionTicket struct {
	Lifetime     uint32 // seconds
	Ticket       int    // octets
	MaxEarlyData uint32 // octets
	ticket       []byte // TLS 1.2
}

// KeyUpdate changes the sender's key from the next record on (RFC 8446 section 4.6.3).
type KeyUpdate struct {
	Requested bool // the peer shall change its own as well
}

// HandshakeMessage is any other handshake message.
type HandshakeMessage struct {
	Type      HandshakeType
	Length    int // octets without the header
	Encrypted bool
}

// Finished ends a side's part of a handshake.
type Finished struct{ Encrypted bool }

// ChangeCipherSpec says that the sender's records are protected from now on; in TLS 1.3 it means nothing.
type ChangeCipherSpec struct{}

// Alert is an alert (RFC 8446 section 6).
type Alert struct {
	Level       AlertLevel
	Description AlertDescription
	Encrypted   bool // it was protected
	Unreadable  bool // it is, and could not be decrypted: Level and Description are not known
}

// MissingKeys says, once for a connection, that no key log has a secret that is needed.
type MissingKeys struct {
	ClientRandom [32]byte
	Known        bool // the ClientHello was captured
	Label        Label
}

// KeysFound says that the secrets of a connection whose ClientHello was not captured were found by trying.
type KeysFound struct {
	ClientRandom [32]byte
	CipherSuite  CipherSuite
	Sequence     uint64 // of the first record that was decrypted
}

// DecryptFailed says that a record could not be decrypted although its key is known.
type DecryptFailed struct {
	Sequence uint64 // that it was expected to have
	Length   int    // octets without the header
}

// Unsupported says, once for a connection, that its version or cipher suite cannot be decrypted.
type Unsupported struct {
	Version     Version
	CipherSuite CipherSuite
}

// Malformed says that something does not follow the protocol.
type Malformed struct{ What string }

func (*ClientHello) event()         {}
func (*ServerHello) event()         {}
func (*EncryptedExtensions) event() {}
func (*Certificates) event()        {}
func (*NewSessionTicket) event()    {}
func (*KeyUpdate) event()           {}
func (*HandshakeMessage) event()    {}
func (*Finished) event()            {}
func (*ChangeCipherSpec) event()    {}
func (*Alert) event()               {}
func (*MissingKeys) event()         {}
func (*KeysFound) event()           {}
func (*DecryptFailed) event()       {}
func (*Unsupported) event()         {}
func (*Malformed) event()           {}
