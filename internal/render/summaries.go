// SPDX-License-Identifier: Apache-2.0

package render

import (
	"io"
	"strconv"
	"time"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// addressLeast is the room of the longest IPv4 address and port: only IPv6 addresses are ever shortened.
const addressLeast = len("255.255.255.255:65535")

// Sessions writes a table with a row a session; sent and received are the client's transfers. A narrow terminal loses, in this order: messages, start, keepalive, TLS,
// end, version, duration, data octets, node IDs, addresses.
func Sessions(w io.Writer, sessions []record.Session, o TableOptions) error {
	t := Table{Columns: []Column{
		{Name: "session", Right: true},
		{Name: "start", Drop: 2},
		{Name: "duration", Right: true, Drop: 7},
		{Name: "client", Min: addressLeast, Drop: 12},
		{Name: "server", Min: addressLeast, Drop: 13},
		{Name: "version", Drop: 6},
		{Name: "tls", Drop: 4},
		{Name: "state"},
		{Name: "end", Drop: 5},
		{Name: "client node", Min: 12, Drop: 10},
		{Name: "server node", Min: 12, Drop: 11},
		{Name: "keepalive", Right: true, Drop: 3},
		{Name: "messages", Right: true, Drop: 1},
		{Name: "sent"},
		{Name: "received"},
		{Name: "data sent", Right: true, Drop: 8},
		{Name: "data received", Right: true, Drop: 9},
		{Name: "missed", Right: true},
	}}
	for i := range sessions {
		t.Rows = append(t.Rows, sessionRow(&sessions[i], o))
	}
	return t.Write(w, o)
}

func sessionRow(s *record.Session, o TableOptions) []Cell {
	client, server := &s.Peers[0], &s.Peers[1]
	version := Cell{}
	if s.Version != 0 {
		version.Text = "v" + strconv.Itoa(int(s.Version))
	}
	first := Cell{Text: s.Client}
	if !s.OpenerSeen {
		first.Text += "?" // which of the two opened the connection is not known
	}
	interval := Cell{}
	if s.HasKeepalive {
		if interval.Text = strconv.Itoa(int(s.Keepalive)) + "s"; s.Keepalive == 0 {
			interval.Text = "off"
		}
	}
	return []Cell{
		{Text: strconv.Itoa(s.Session)},
		{Text: timeText(s.FirstTime, o), Meaning: Muted},
		{Text: durationText(s.LastTime-s.FirstTime, o)},
		first,
		{Text: s.Server},
		version,
		{Text: s.TLS},
		{Text: s.State, Meaning: stateMeaning(s.State)},
		endCell(s.End),
		nodeCell(client),
		nodeCell(server),
		interval,
		{Text: strconv.FormatUint(messageCount(client)+messageCount(server), 10)},
		outcomeCell(client),
		outcomeCell(server),
		{Text: sizeText(client.TransferOctets, o)},
		{Text: sizeText(server.TransferOctets, o)},
		missedCell(s.MissedOctets, o),
	}
}

func stateMeaning(state string) Meaning {
	switch state {
	case record.StateFailed:
		return Error
	case record.StateTerminated, record.StateEstablished:
		return Good
	case record.StateConnecting:
		return Muted
	}
	return Plain
}

func endCell(end string) Cell {
	switch end {
	case "":
		return Cell{Text: "open", Meaning: Muted}
	case "reset", "evicted":
		return Cell{Text: end, Meaning: Warning}
	}
	return Cell{Text: end}
}

func nodeCell(p *record.Peer) Cell {
	if !p.HasNodeID {
		return Cell{}
	}
	return Cell{Text: p.NodeID}
}

func messageCount(p *record.Peer) (n uint64) {
	for _, c := range p.Messages {
		n += c.Count
	}
	return n
}

// outcomeCell shows how the transfers of a side ended.
func outcomeCell(p *record.Peer) Cell {
	var text []byte
	for _, outcome := range [...]struct {
		state record.TransferState
		name  string
	}{{record.Complete, " ok"}, {record.Refused, " refused"}, {record.Incomplete, " incomplete"}} {
		if n := p.Transfers[outcome.state]; n > 0 {
			if len(text) > 0 {
				text = append(text, ", "...)
			}
			text = append(strconv.AppendUint(text, n, 10), outcome.name...)
		}
	}
	switch {
	case p.Transfers[record.Refused]+p.Transfers[record.Incomplete] > 0:
		return Cell{Text: string(text), Meaning: Warning}
	case len(text) > 0:
		return Cell{Text: string(text), Meaning: Good}
	}
	return Cell{Text: "-", Meaning: Muted}
}

func missedCell(n uint64, o TableOptions) Cell {
	if n == 0 {
		return Cell{Text: "0", Meaning: Muted}
	}
	return Cell{Text: sizeText(n, o), Meaning: Warning}
}

// Transfers writes a table with a row a transfer. A narrow terminal loses, in this order: end frame, acks, destination,
// source, segments, time to ack, duration, start, bundle, frame, reason.
func Transfers(w io.Writer, transfers []record.Transfer, o TableOptions) error {
	t := Table{Columns: []Column{
		{Name: "session", Right: true},
		{Name: "from"},
		{Name: "transfer", Right: true},
		{Name: "state"},
		{Name: "start", Drop: 8},
		{Name: "duration", Right: true, Drop: 7},
		{Name: "to ack", Right: true, Drop: 6},
		{Name: "length", Right: true},
		{Name: "acked", Right: true},
		{Name: "missed", Right: true},
		{Name: "segments", Right: true, Drop: 5},
		{Name: "acks", Right: true, Drop: 2},
		{Name: "frame", Right: true, Drop: 10},
		{Name: "last", Right: true, Drop: 1},
		{Name: "source", Min: addressLeast, Drop: 4},
		{Name: "destination", Min: addressLeast, Drop: 3},
		{Name: "reason", Min: 8, Drop: 11},
		{Name: "bundle", Min: 20, Drop: 9},
	}}
	for i := range transfers {
		t.Rows = append(t.Rows, transferRow(&transfers[i], o))
	}
	return t.Write(w, o)
}

func transferRow(x *record.Transfer, o TableOptions) []Cell {
	state := Cell{Text: x.State.String(), Meaning: [...]Meaning{record.Incomplete: Warning, record.Complete: Good, record.Refused: Error}[x.State]}
	length := Cell{Text: sizeText(x.Length, o)}
	if x.State != record.Complete && x.HasTotalLength && x.TotalLength != x.Length {
		length.Text += " of " + sizeText(x.TotalLength, o)
	}
	acked := Cell{Text: sizeText(x.AckedLength, o)}
	if x.AckedLength != x.Length {
		acked.Meaning = Warning
	}
	var took, ack, reason, bundle string
	if x.EndTime != 0 {
		took = durationText(x.EndTime-x.StartTime, o)
	}
	if x.AckTime != 0 {
		ack = durationText(x.AckTime-x.StartTime, o)
	}
	if x.HasReason {
		reason = string(appendCode(nil, x.Reason))
	}
	if b := x.Bundle; b != nil && b.ProtocolVersion != 0 {
		bundle = orUnknown(b.Source) + " -> " + orUnknown(b.Destination)
		if !b.Cut {
			bundle += " #" + strconv.FormatUint(b.Sequence, 10)
		}
	}
	return []Cell{
		{Text: strconv.Itoa(x.Session)},
		{Text: x.From.String(), Meaning: direction(x.From)},
		{Text: transferText(x)},
		state,
		{Text: timeText(x.StartTime, o), Meaning: Muted},
		{Text: took},
		{Text: ack},
		length,
		acked,
		missedCell(x.MissedOctets, o),
		{Text: strconv.FormatUint(x.Segments, 10)},
		{Text: strconv.FormatUint(x.Acks, 10)},
		{Text: strconv.FormatUint(x.StartFrame, 10)},
		{Text: strconv.FormatUint(x.EndFrame, 10)},
		{Text: x.Src},
		{Text: x.Dst},
		{Text: reason},
		{Text: bundle},
	}
}

// timeText is a local time of day; in wide tables with its date and nanoseconds.
func timeText(t int64, o TableOptions) string {
	location, layout := o.Location, "15:04:05.000"
	if location == nil {
		location = time.Local
	}
	if o.Wide {
		layout = "2006-01-02 15:04:05.000000000"
	}
	second, ns := floorSeconds(t)
	return time.Unix(second, ns).In(location).Format(layout)
}

func durationText(ns int64, o TableOptions) string {
	if o.Wide {
		return string(appendSeconds(nil, ns, 9))
	}
	return string(appendShortDuration(nil, ns))
}

func sizeText(n uint64, o TableOptions) string {
	if o.Wide {
		return strconv.FormatUint(n, 10)
	}
	return string(appendSize(nil, n))
}
