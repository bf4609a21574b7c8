// SPDX-License-Identifier: Apache-2.0

package capture

import "github.com/dtn-tools/tcpcl/reassembly"

// What is kept of a capture besides its packets, at most. Beyond that it is passed over; only for secrets is that an error,
// since without them data stay encrypted.
const (
	maxSecrets    = 16 << 20 // octets of decryption secrets
	maxText       = 1 << 20  // octets of comments, names, descriptions and filters
	maxInterfaces = 1 << 16  // interfaces of a section; also what Info lists of all sections
	keepOverhead  = 64       // what an item costs besides its octets, so that empty ones are bounded too
)

// Info is what a capture file says of itself. Texts are the file's octets as they are: escape them before showing them.
type Info struct {
	File       string // "standard input" for "-"
	Format     string // "pcap" or "pcapng"
	Wraps      int    // how often it is compressed: 0 for a plain file
	Interfaces []Interface
	Comments   []Comment
}

// Interface is one capture interface. A pcap has one without a name.
type Interface struct {
	Section                   int // number of the pcapng section it belongs to, from 1; 0 in a pcap
	Name, Description, Filter string
	Link                      reassembly.LinkType
	Snaplen                   uint32 // most octets captured of a packet; 0: no limit
	Counted                   bool   // there were interface statistics; the last ones count
	Received, Dropped         uint64 // packets, as the statistics give them
}

// Comment is a comment on a section, on an interface or on a packet.
type Comment struct {
	Section   int    // from 1
	Interface int    // number in its section, from 0; -1 unless it is a comment on an interface
	Frame     uint64 // number of the packet in its file; 0 unless it is a comment on a packet
	Text      string
}

// SecretTLSKeyLog is the Type of a Secret that holds an NSS key log.
const SecretTLSKeyLog = 0x544c534b

// Secret is the content of one Decryption Secrets Block of a pcapng.
type Secret struct {
	Type uint32
	Data []byte // a copy that stays valid
}

// kept is what outlives the packets, for all files of one timeline together, and how much of it there is.
type kept struct {
	secrets      []Secret
	onSecret     func(Secret) // called for each, if there is one
	secretOctets int
	textOctets   int
	overflowed   bool // it has been said that secrets were left out
}

// secret keeps a copy of a secret. It reports whether there was room.
func (k *kept) secret(kind uint32, data []byte) bool {
	cost := len(data) + keepOverhead
	if k.secretOctets+cost > maxSecrets {
		return false
	}
	k.secretOctets += cost
	s := Secret{kind, append([]byte(nil), data...)}
	k.secrets = append(k.secrets, s)
	if k.onSecret != nil {
		k.onSecret(s)
	}
	return true
}

// text copies a text. It reports whether there was room.
func (k *kept) text(b []byte) (string, bool) {
	cost := len(b) + keepOverhead
	if k.textOctets+cost > maxText {
		return "", false
	}
	k.textOctets += cost
	return string(b), true
}
