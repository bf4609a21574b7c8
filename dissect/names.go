// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/dtn-tools/tcpcl/wire/v3"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

// unknownKind is the index in kinds of a message whose type is not assigned; index 0 is the contact header, the others are
// the message types of the version.
const unknownKind = 8

// kinds names the messages of version 4 ([0]) and version 3 ([1]). The text form of the types is the same, but a table
// makes it one load on the path of every message.
var kinds = [2][unknownKind + 1]string{
	{"CONTACT_HEADER", v4.TypeXferSegment.String(), v4.TypeXferAck.String(), v4.TypeXferRefuse.String(), v4.TypeKeepalive.String(),
		v4.TypeSessTerm.String(), v4.TypeMsgReject.String(), v4.TypeSessInit.String(), "UNKNOWN"},
	{"CONTACT_HEADER", v3.TypeDataSegment.String(), v3.TypeAckSegment.String(), v3.TypeRefuseBundle.String(), v3.TypeKeepalive.String(),
		v3.TypeShutdown.String(), v3.TypeLength.String(), "", "UNKNOWN"},
}

func kindsOf(version uint8) *[unknownKind + 1]string { return &kinds[version&1] }

// causes are the record's words for reassembly's.
var causes = [...]string{
	reassembly.GapLost:      record.GapLost,
	reassembly.GapUnseen:    record.GapUnseen,
	reassembly.GapTruncated: record.GapTruncated,
	reassembly.GapMidStream: record.GapMidStream,
	reassembly.GapMemory:    record.GapMemory,
}

func refuseReason(version, reason uint8) record.Code {
	if version == 3 {
		return record.Code{Code: reason, Name: v3.RefuseReason(reason).String()}
	}
	return record.Code{Code: reason, Name: v4.RefuseReason(reason).String()}
}

// quirks are deviations of deployed software that are decoded all the same, and marked.
type quirks uint8

const (
	quirkListAlways    quirks = 1 << iota // dtn7-go: the extension list length also in segments without START
	quirkRejectSwapped                    // demo agent: MSG_REJECT's octets the other way round
	quirkNoContact                        // HDTN: messages before the contact header
	quirkLateContact                      // HDTN: the contact header behind them; or a second one
	quirkSDNVPadded                       // an SDNV longer than it has to be
)

var quirkNames = [...]string{"extension-list-without-start", "msg-reject-octets-swapped", "no-contact-header",
	"late-contact-header", "sdnv-padded"}

func (q quirks) names() []string {
	var names []string
	for i, name := range quirkNames {
		if q&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// mark records a quirk of the message under way.
func (s *stream) mark(q quirks) {
	s.quirks |= q
	if w := s.c.w; w.told {
		w.msg.Quirks = append(w.msg.Quirks, q.names()...)
	}
}

// tally counts what one direction held.
type tally struct {
	kinds     [unknownKind + 1]uint64
	data      uint64 // octets of segments' data
	dataStart int64  // time of the first segment
	dataEnd   int64  // time of the last segment, or of the last acknowledgement of one
	missed    uint64 // octets not captured
	undecoded uint64 // octets captured and not understood
	encrypted uint64 // octets of TLS
	refusals  []record.ReasonCount
}

// add counts n octets of the data of a segment.
func (t *tally) add(n uint64, begun, at int64) {
	t.data += n
	if t.dataStart == 0 {
		t.dataStart = begun
	}
	t.dataEnd = at
}

// answered notes that an acknowledgement of a segment came.
func (t *tally) answered(at int64) {
	if t.dataStart != 0 {
		t.dataEnd = at
	}
}

func (t *tally) refusal(reason record.Code) {
	for i := range t.refusals {
		if t.refusals[i].Reason == reason {
			t.refusals[i].Count++
			return
		}
	}
	t.refusals = append(t.refusals, record.ReasonCount{Reason: reason, Count: 1})
}

// peer makes the record of one side of a session.
func (s *stream) peer() record.Peer {
	p := s.c.sess.Side(s.side)
	tcp := s.c.tcp.Stats(reassembly.Side(s.side))
	r := record.Peer{
		NodeID: p.NodeID, HasNodeID: p.Init, Keepalive: p.Keepalive, SegmentMRU: p.SegmentMRU, TransferMRU: p.TransferMRU,
		ContactFlags: p.ContactFlags, HasContact: p.Contact, HasInit: p.Init,
		Octets: s.octets(), MissedOctets: s.tally.missed, Retransmitted: tcp.Retransmitted, Conflicting: tcp.Conflicting,
		TransferOctets: s.tally.data, DataStart: s.tally.dataStart,
		DataEnd: s.tally.dataEnd, Refusals: s.tally.refusals, Quirks: s.quirks.names(),
	}
	r.Transfers[record.Complete], r.Transfers[record.Refused], r.Transfers[record.Incomplete] = s.c.sess.Counts(s.side)
	if p.Contact {
		r.FlagNames = contactFlagNames(p.ContactVersion, p.ContactFlags)
	}
	for kind, n := range s.tally.kinds {
		if n > 0 {
			r.Messages = append(r.Messages, record.Count{Type: kindsOf(s.version)[kind], Count: n})
		}
	}
	return r
}

func contactFlagNames(version, flags uint8) []string {
	if version == 3 {
		return v3.ContactFlags(flags).Names()
	}
	return v4.ContactFlags(flags).Names()
}
