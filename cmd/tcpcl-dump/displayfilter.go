// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/filter"
)

// displayFilter is the flag -Y.
type displayFilter struct {
	*filter.Filter
	chosen func(*record.Message) // is told of each message chosen; nil: nobody
}

func (d *displayFilter) Type() string { return "FILTER" }

func (d *displayFilter) String() string {
	if d.Filter == nil {
		return ""
	}
	return d.Filter.String()
}

func (d *displayFilter) Set(text string) (err error) {
	d.Filter, err = filter.Compile(text)
	return err
}

// apply makes sinks that are told what the filter chooses, and adds what it needs to what is wanted.
func (d *displayFilter) apply(o *dissect.Options, newSink func(*dissect.Output) dissect.Sink) func(*dissect.Output) dissect.Sink {
	if d.Filter == nil {
		return newSink
	}
	if o.Want&dissect.Messages == 0 {
		o.Want |= dissect.Messages
		o.AsKnown = o.AsKnown || o.Want&dissect.BundleList == 0 // the order of what is shown stays what it is without a filter
	}
	if d.Bundles() {
		o.Want |= dissect.BundleFields | dissect.Bundles
	}
	if d.Data() {
		o.KeepOctets = max(o.KeepOctets, keepForFields)
	}
	return func(out *dissect.Output) dissect.Sink {
		return &matching{next: newSink(out), filter: d.NewMatcher(), chosen: d.chosen, sessions: map[int]*matched{}}
	}
}

// matching hands on the messages that a display filter chooses, and the transfers, bundles and sessions that they are of. Gaps, and what
// TLS said, are no messages.
type matching struct {
	next     dissect.Sink
	filter   *filter.Matcher
	chosen   func(*record.Message)
	sessions map[int]*matched
}

// matched is what was chosen of a session so far.
type matched struct {
	some      bool
	transfers map[transferKey]bool // of those decided upon whether they are shown
}

// discarder is a sink that takes data, of which it is known only at the end of a transfer whether they are wanted.
type discarder interface{ Discard(t *record.Transfer) }

func (d *matching) session(number int) *matched {
	s := d.sessions[number]
	if s == nil {
		s = &matched{transfers: map[transferKey]bool{}}
		d.sessions[number] = s
	}
	return s
}

func (d *matching) Message(m *record.Message) {
	if !d.filter.Match(m) {
		return
	}
	if d.chosen != nil {
		d.chosen(m)
	}
	s := d.session(m.Session)
	s.some = true
	if m.Has&(record.HasTransferID|record.HasImpliedTransferID) != 0 {
		sender := m.From
		if m.Has&record.HasDataLength == 0 { // an acknowledgement or a refusal
			sender ^= 1
		}
		key := transferKey{m.Session, sender, m.TransferID}
		if m.Has&record.HasTransferID == 0 {
			key.id = m.ImpliedTransferID
		}
		s.transfers[key] = true
	}
	d.next.Message(m)
}

func (d *matching) Gap(*record.Gap) {}

func (d *matching) TLS(*record.TLS) {}

func (d *matching) Data(t *record.Transfer, offset uint64, octets []byte) {
	d.next.Data(t, offset, octets)
}

// Bundle comes before the message of the segment that completes it: the filter is asked about what is known of that.
func (d *matching) Bundle(b *record.Bundle) {
	t := b.Transfer
	s, key := d.session(t.Session), keyOf(t)
	if !s.transfers[key] {
		m := record.Message{Session: t.Session, From: t.From, Src: t.Src, Dst: t.Dst, Version: t.Version, Frame: t.EndFrame, Time: t.EndTime,
			Type: "XFER_SEGMENT", Header: 1, Flags: 1, Has: record.HasFlags | record.HasTransferID | record.HasTransferOctets,
			TransferID: t.TransferID, TransferOctets: t.Length, Bundle: b}
		if t.Version == 3 {
			m.Type, m.Header, m.Has, m.ImpliedTransferID = "DATA_SEGMENT", 0x11, record.HasImpliedTransferID|record.HasTransferOctets, t.ImpliedTransferID
		}
		s.transfers[key] = d.filter.Match(&m)
	}
	if s.transfers[key] {
		s.some = true
		d.next.Bundle(b)
	}
}

func (d *matching) Transfer(t *record.Transfer) {
	s, key := d.session(t.Session), keyOf(t)
	chosen := s.transfers[key]
	delete(s.transfers, key) // the ID may be used again
	if chosen {
		d.next.Transfer(t)
	} else if n, ok := d.next.(discarder); ok {
		n.Discard(t)
	}
}

func keyOf(t *record.Transfer) transferKey {
	return transferKey{t.Session, t.From, t.TransferID + t.ImpliedTransferID} // one of them is 0
}

func (d *matching) Timing(t *record.Timing) { d.next.Timing(t) }

func (d *matching) Session(s *record.Session) {
	if of := d.sessions[s.Session]; of != nil && of.some {
		d.next.Session(s)
	}
	delete(d.sessions, s.Session)
}

// Ongoing implements dissect.Watcher.
func (d *matching) Ongoing(s *record.Session) {
	w, ok := d.next.(dissect.Watcher)
	if of := d.sessions[s.Session]; ok && of != nil && of.some {
		w.Ongoing(s)
	}
}

// Refresh implements dissect.Watcher.
func (d *matching) Refresh(sum *dissect.Summary) {
	if w, ok := d.next.(dissect.Watcher); ok {
		w.Refresh(sum)
	}
}
