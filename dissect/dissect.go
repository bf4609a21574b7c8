// SPDX-License-Identifier: Apache-2.0

// Package dissect is the facade: a source of packets in, records out. It puts reassembly, the codecs and the session rules
// together, recognises TCPCL by content on any port, takes decoding up again after missed octets, and spreads the work over
// the cores.
package dissect

import (
	"time"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// Source gives packets in order: the frame numbers grow. Next fills p; what p.Data points to is valid until the next call. It returns io.EOF
// after the last packet. After any other error Next may be called again: a source that lost one file of several goes on
// with the rest. A source that has no packet for now may return reassembly.ErrIdle, with the time of day in p.Time.
type Source interface {
	Next(p *reassembly.Packet) error
}

// Lender is a Source whose packets can stay valid for longer: it hands each buffer to swap when all packets in it were given, and fills it
// again only once swap has returned it, in place of another one. swap returns nil where it has none.
type Lender interface {
	Source
	Lend(swap func(used []byte) []byte)
}

// Sink takes records. Each worker has a sink of its own and calls it from one goroutine; a session's records all go to one
// sink. Records are borrowed, see package record.
//
// Where messages or the list of bundles are wanted, records come in the order of frames: those of a frame that a connection behind a hole holds back
// come before what other connections said since, which waits for it. A message belongs at its frame, but not before one that
// precedes it in its stream, a bundle at that of its transfer's last octet; a gap (and a message cut short by it) before what follows it in the stream, a transfer or a
// session where it became known. At most 16 MiB of records wait in a worker: over that, what is held back
// longest is not waited for any more, and its records come as they become known.
type Sink interface {
	// Message is called once for every message, when its last octet has been seen, or when it is certain that it never
	// will be (m.CutShort).
	Message(m *record.Message)
	// Gap is called for octets that could not be decoded because they are missing or because no message begins in them.
	Gap(g *record.Gap)
	// TLS is called for what TLS below a session said, and what its decryption found, in the order of the sender's stream.
	TLS(t *record.TLS)
	// Data is called with each piece of a transfer's data in order, before the Message of the segment that holds it.
	// offset counts octets from the start of the transfer; it jumps where octets were missed. t says which transfer it is; what has
	// come of it, Transfer says.
	Data(t *record.Transfer, offset uint64, d []byte)
	// Bundle is called once for every transfer of which it is known what bundle it is: when its last octet has come, before the
	// Message of the segment that holds it; or, where the transfer was not complete, right before Transfer, with what was there.
	// What b.Transfer says is what is known then.
	Bundle(b *record.Bundle)
	// Transfer is called once for every transfer when nothing more can be learned of it.
	Transfer(t *record.Transfer)
	// Timing is called for the acknowledgements of each frame that answer segments, and for every KEEPALIVE.
	Timing(t *record.Timing)
	// Session is called once for every session when it is over or the capture ends.
	Session(s *record.Session)
}

// Watcher is a Sink that is told in the middle of a live run how things are (Options.Refresh).
type Watcher interface {
	Sink
	// Ongoing is called for each session that goes on, as it is so far; it is only lent.
	Ongoing(s *record.Session)
	// Refresh is called behind that, with what was seen so far.
	Refresh(sum *Summary)
}

// Want says what a sink needs; what nobody wants is not computed.
type Want uint16

const (
	Messages     Want = 1 << iota // Message, Gap and TLS
	Data                          // Data
	Transfers                     // Transfer
	Sessions                      // Session
	Hashes                        // record.Transfer.SHA256
	Timings                       // Timing
	Bundles                       // record.Transfer.Bundle, and record.Message.Bundle of the segments that complete a transfer
	BundleList                    // Bundle; the order of records is as with messages
	BundleFields                  // record.Bundle.Fields
)

// Options of Run. The zero value is usable.
type Options struct {
	Want       Want
	Jobs       int             // workers; 0: one
	MaxMemory  int64           // octets for buffered stream data over all workers; 0: DefaultMaxMemory
	KeepOctets int             // how much of each message record.Message.Octets holds at most
	AsKnown    bool            // records come as soon as they are known, not in the order of frames
	Refresh    time.Duration   // with Live: how often a sink that is a Watcher is told how things are; 0: never
	Live       bool            // packets come as they are sent: one worker, AsKnown, and lost octets are given up after a time
	Keys       *Keys           // TLS secrets; nil: none
	Security   *SecurityKeys   // for the security blocks of bundles; nil: none
	DecodeAs   map[uint16]bool // ports whose streams are TCPCL even where the first octets do not tell (true), or never are (false)
}
