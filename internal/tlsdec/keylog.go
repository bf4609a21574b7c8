// SPDX-License-Identifier: Apache-2.0

package tlsdec

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"sync"
)

// Label is the first field of a key log line: what a secret is for (RFC 9850 section 2).
type Label uint8

const (
	MasterSecret           Label = iota // CLIENT_RANDOM: the master secret of TLS 1.2, 48 octets
	ClientEarlyTraffic                  // CLIENT_EARLY_TRAFFIC_SECRET: 0-RTT data of TLS 1.3
	ClientHandshakeTraffic              // CLIENT_HANDSHAKE_TRAFFIC_SECRET
	ServerHandshakeTraffic              // SERVER_HANDSHAKE_TRAFFIC_SECRET
	ClientTraffic                       // CLIENT_TRAFFIC_SECRET_0; later ones follow from it
	ServerTraffic                       // SERVER_TRAFFIC_SECRET_0
	labelCount
)

var labels = [labelCount]string{"CLIENT_RANDOM", "CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}

// String is the label as a key log spells it.
func (l Label) String() string {
	if l < labelCount {
		return labels[l]
	}
	return codeName("label", uint64(l), 2)
}

const (
	// randomLen is the length of a client random in octets.
	randomLen = 32
	// maxSecret is the length of the longest secret, a TLS 1.2 master secret or one of a SHA-384 suite, in octets.
	maxSecret = 48
	// maxSessions bounds the client randoms that a key log keeps: 256 MiB of them.
	maxSessions = 1 << 20
	// maxLine bounds a line of a key log file. Longer ones hold nothing that is known here.
	maxLine = 512
)

// secret is one secret of a session; without octets it is not known.
type secret struct {
	n      uint8
	octets [maxSecret]byte
}

func (s *secret) get() []byte { return s.octets[:s.n] }

// secrets are all that a key log knows of one client random.
type secrets struct {
	random  [randomLen]byte
	of      [labelCount]secret
	version uint64 // of the key log when one of them was added
}

// KeyLog holds the secrets of key logs in the NSS format: lines of a label, a client random and a secret, the latter two in
// hex. Any number of connections may use it at a time.
type KeyLog struct {
	mu       sync.Mutex
	sessions map[[randomLen]byte]*secrets
	begun    map[[32]byte][randomLen]byte // see remember
	order    []*secrets                   // as they came, for connections whose client random was not captured
	version  uint64                       // counts what was added
	file     *follower                    // nil: there is no file to look at again

	last sync.Once
	more func() // adds what else there is, see Last
}

// NewKeyLog makes a key log that knows nothing yet.
func NewKeyLog() *KeyLog {
	return &KeyLog{sessions: make(map[[randomLen]byte]*secrets), begun: make(map[[32]byte][randomLen]byte)}
}

// Add takes the octets of a key log, such as those of a decryption secrets block, and returns how many secrets they gave.
// Comments, unknown labels and malformed lines are passed over. text is not kept.
func (k *KeyLog) Add(text []byte) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.add(text)
}

func (k *KeyLog) add(text []byte) (n int) {
	for len(text) > 0 {
		line := text
		if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = nil
		}
		if len(line) <= maxLine && k.addLine(line) {
			n++
		}
	}
	return n
}

func (k *KeyLog) addLine(line []byte) bool {
	fields := bytes.Fields(line)
	if len(fields) != 3 || len(fields[1]) != 2*randomLen || len(fields[2]) > 2*maxSecret {
		return false
	}
	label := labelCount
	for i, name := range labels {
		if string(fields[0]) == name {
			label = Label(i)
		}
	}
	if label == labelCount {
		return false
	}
	var random [randomLen]byte
	var s secret
	if _, err := hex.Decode(random[:], fields[1]); err != nil {
		return false
	}
	n, err := hex.Decode(s.octets[:], fields[2])
	if err != nil || n != maxSecret && (label == MasterSecret || n != 32) {
		return false
	}
	s.n = uint8(n)
	entry := k.sessions[random]
	if entry == nil {
		if len(k.order) == maxSessions {
			return false
		}
		entry = &secrets{random: random}
		k.sessions[random] = entry
		k.order = append(k.order, entry)
	}
	entry.of[label] = s // a later duplicate wins
	k.version++
	entry.version = k.version
	return true
}

// maxText bounds of how many client randoms AppendText writes the secrets, the last ones: 6 MiB of text.
const maxText = 8 << 10

// AppendText appends the secrets that were added since a version, as lines of a key log, and returns the version they are of.
func (k *KeyLog) AppendText(dst []byte, since uint64) ([]byte, uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.version == since {
		return dst, since
	}
	for _, entry := range k.order[max(0, len(k.order)-maxText):] {
		for l := range entry.of {
			if s := entry.of[l].get(); len(s) > 0 && entry.version > since {
				dst = fmt.Appendf(dst, "%s %x %x\n", labels[l], entry.random, s)
			}
		}
	}
	return dst, k.version
}

// Last sets what is called once, when a secret is wanted that is not there: it adds all that can be found. It is called before the key log
// is used.
func (k *KeyLog) Last(more func()) { k.more = more }

func (k *KeyLog) lastResort() {
	if k.more != nil {
		k.last.Do(k.more)
	}
}

// Len is the number of client randoms of which a secret is known.
func (k *KeyLog) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.order)
}

// Secret returns a copy of a secret of the connection with a client random; nil if there is none.
func (k *KeyLog) Secret(random [32]byte, l Label) []byte {
	if k == nil || l >= labelCount {
		return nil
	}
	if s := k.known(random, l); s != nil || k.more == nil {
		return s
	}
	k.lastResort()
	return k.known(random, l)
}

func (k *KeyLog) known(random [32]byte, l Label) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.sessions[random]; s != nil && s.of[l].n > 0 {
		return append([]byte(nil), s.of[l].get()...)
	}
	return nil
}

// growing says whether secrets may come that are not there yet.
func (k *KeyLog) growing() bool { return k != nil && k.file != nil }

// each calls f with what is known of every client random, in the order they came, until it returns false. f gets copies.
func (k *KeyLog) each(f func(*secrets) bool) {
	if k == nil {
		return
	}
	k.lastResort()
	for i := 0; ; i++ {
		k.mu.Lock()
		if i == len(k.order) {
			k.mu.Unlock()
			return
		}
		s := *k.order[i]
		k.mu.Unlock()
		if !f(&s) {
			return
		}
	}
}

// count counts the secrets that were added.
func (k *KeyLog) count() uint64 {
	if k == nil {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.version
}

// look reads what was appended to the key log's file, if there is one, and returns count.
func (k *KeyLog) look() uint64 {
	if k == nil {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file != nil {
		k.file.read(k)
	}
	return k.version
}
