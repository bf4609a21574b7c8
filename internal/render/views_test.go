// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

func someSessions() []record.Session {
	second := int64(1e9)
	return []record.Session{
		{Session: 1, Client: clientAddress, Server: serverAddress, OpenerSeen: true, Version: 4, State: record.StateTerminated, End: "sess_term",
			TLS: "none", Keepalive: 1, HasKeepalive: true, FirstTime: captureStart, LastTime: captureStart + 3596602000, Peers: [2]record.Peer{
				{NodeID: "dtn://node-b/", HasNodeID: true, Messages: []record.Count{{Type: contactHeader, Count: 1}, {Type: xferSegment, Count: 5}},
					Transfers: [3]uint64{record.Complete: 2}, TransferOctets: 70224},
				{NodeID: "dtn://node-a/\x1b[31m", HasNodeID: true, Transfers: [3]uint64{record.Complete: 1, record.Refused: 1, record.Incomplete: 2}, TransferOctets: 5138}}},
		{Session: 2, Client: "[2001:db8:1234:5678:9abc:def0:1234:5678]:49152", Server: "[2001:db8::1]:4556", Version: 3, State: record.StateEstablished,
			TLS: "encrypted", HasKeepalive: true, FirstTime: captureStart + second, LastTime: captureStart + 4000*second, MissedOctets: 123456},
		{Session: 3, Client: "192.168.100.100:50000", Server: "192.168.100.101:4556", OpenerSeen: true, State: record.StateFailed, End: "reset", TLS: "none",
			FirstTime: captureStart, LastTime: captureStart, Peers: [2]record.Peer{{NodeID: "dtn://節点/" + strings.Repeat("long", 20), HasNodeID: true}}},
	}
}

func someTransfers() []record.Transfer {
	return []record.Transfer{
		{Session: 1, From: record.Active, Src: clientAddress, Dst: serverAddress, Version: 4, TransferID: 1, State: record.Complete, Length: 70138, TotalLength: 70138,
			HasTotalLength: true, Segments: 4, AckedLength: 70138, Acks: 4, StartFrame: 13, EndFrame: 15, StartTime: captureStart + 114715000,
			EndTime: captureStart + 126167000, AckTime: captureStart + 170791000,
			Bundle: &record.Bundle{ProtocolVersion: 7, Source: "dtn://node-b/a", Destination: "dtn://node-a/\u202e", Sequence: 42}},
		{Session: 1, From: record.Passive, Src: serverAddress, Dst: clientAddress, Version: 4, TransferID: 1<<64 - 1, State: record.Refused, Length: 20000, TotalLength: 1 << 30,
			HasTotalLength: true, Segments: 1, StartFrame: 20, StartTime: captureStart, HasReason: true, Reason: record.Code{Code: 2, Name: "No Resources"}},
		{Session: 12, From: record.B, Src: "[::1]:4658", Dst: "[::1]:43664", Version: 3, ImpliedTransferID: 3, State: record.Incomplete, Length: 999, MissedOctets: 100, Segments: 2,
			StartFrame: 30, StartTime: captureStart},
	}
}

func TestTablesAtSeveralWidths(t *testing.T) {
	for _, width := range []int{0, 160, 100, 60} {
		var b bytes.Buffer
		o := TableOptions{Width: width, Location: time.UTC}
		if err := errors.Join(Sessions(&b, someSessions(), o), Transfers(&b, someTransfers(), o)); err != nil {
			t.Fatal(err)
		}
		golden(t, fmt.Sprintf("tables-%d", width), b.Bytes())
	}
	var b bytes.Buffer
	o := TableOptions{Wide: true, Width: 80, Location: time.UTC, Theme: NewTheme(true)}
	if err := errors.Join(Sessions(&b, someSessions(), o), Transfers(&b, someTransfers(), o)); err != nil {
		t.Fatal(err)
	}
	golden(t, "tables-wide-colour", b.Bytes())
}

func TestTablesFitEveryWidth(t *testing.T) {
	for width := 40; width <= 200; width++ {
		const never = 86 // columns of those of transfers that are never dropped
		for name, write := range map[string]func(*bytes.Buffer, TableOptions) error{
			"sessions":  func(b *bytes.Buffer, o TableOptions) error { return Sessions(b, someSessions(), o) },
			"transfers": func(b *bytes.Buffer, o TableOptions) error { return Transfers(b, someTransfers(), o) },
			"bundles":   func(b *bytes.Buffer, o TableOptions) error { return Bundles(b, someBundles(), nil, o) },
		} {
			var b bytes.Buffer
			if err := write(&b, TableOptions{Width: width, Theme: NewTheme(true)}); err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(string(stripColour(b.Bytes())), "\n") {
				if n := twwidth.Width(line); n > max(width, never) {
					t.Errorf("%s at width %d: a line of %d: %s", name, width, n, line)
				}
			}
		}
	}
}

func TestATableWithoutRowsShowsItsColumns(t *testing.T) {
	var b bytes.Buffer
	table := Table{Columns: []Column{{Name: "type"}, {Name: "count", Right: true}}}
	if err := table.Write(&b, TableOptions{}); err != nil || b.String() != "type  count\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	table.Rows = [][]Cell{{{Text: "KEEP\x1bALIVE"}, {Text: "7"}}, {{Text: "short row"}}}
	b.Reset()
	if err := table.Write(&b, TableOptions{}); err != nil || b.String() != "type           count\nKEEP\\x1bALIVE      7\nshort row\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestTablesReportWriteErrors(t *testing.T) {
	if err := Sessions(brokenWriter{}, someSessions(), TableOptions{}); err == nil || err.Error() != "broken" {
		t.Error(err)
	}
}

// followSession feeds a conversation in pieces of a certain size.
func followSession(f *Follow, piece int) (b []byte) {
	m := v4Messages()
	data := []byte("first line\nsecond \x1b[2J line é節 and more octets\n  | forged margin\nno end")
	x := &record.Transfer{From: record.Active, Version: 4, TransferID: 1, Serial: 1}
	back := &record.Transfer{From: record.Passive, Version: 3, ImpliedTransferID: 9, Serial: 1}
	b = f.AppendMessage(b, m[2])
	for i := 0; i < len(data); i += piece {
		b = f.AppendData(b, x, uint64(i), data[i:min(len(data), i+piece)])
	}
	b = f.AppendMessage(b, m[4])
	b = f.AppendMessage(b, m[5])
	b = f.AppendData(b, x, uint64(len(data)), []byte("0123456789abcdefXYZ\xc3"))
	b = f.AppendData(b, back, 0, []byte("other side"))
	b = f.AppendData(b, x, uint64(len(data)+20), []byte("\xa9!"))
	b = f.AppendData(b, x, 5000, []byte("after missed octets"))
	b = f.AppendMessage(b, m[6])
	b = f.AppendGap(b, gaps()[0])
	return f.Flush(b)
}

func TestFollowShowsDataOfBothDirections(t *testing.T) {
	golden(t, "follow", followSession(NewFollow(FollowOptions{}), 1000))
	golden(t, "follow-text", followSession(NewFollow(FollowOptions{AsText: true}), 1000))
	golden(t, "follow-colour", followSession(NewFollow(FollowOptions{TextOptions: TextOptions{Theme: NewTheme(true)}}), 1000))
}

func TestFollowDoesNotDependOnHowDataIsCut(t *testing.T) {
	for _, asText := range []bool{false, true} {
		o := FollowOptions{AsText: asText}
		want := followSession(NewFollow(o), 1000)
		for piece := 1; piece < 70; piece++ {
			if got := followSession(NewFollow(o), piece); !bytes.Equal(got, want) {
				t.Fatalf("text %v, pieces of %d:\n%s\nwant\n%s", asText, piece, got, want)
			}
		}
	}
}

func FuzzFollowText(f *testing.F) {
	f.Add([]byte("line\n\xe7\xaf\x80\xff"), 3)
	f.Fuzz(func(t *testing.T, data []byte, piece int) {
		if piece < 1 || piece > len(data) {
			piece = 1
		}
		show := func(n int) []byte {
			follow := NewFollow(FollowOptions{AsText: true})
			var b []byte
			for i := 0; i < len(data); i += n {
				b = follow.AppendData(b, &record.Transfer{Version: 4, Serial: 1}, uint64(i), data[i:min(len(data), i+n)])
			}
			return follow.Flush(b)
		}
		if whole, cut := show(len(data)+1), show(piece); !bytes.Equal(whole, cut) {
			t.Fatalf("%q in pieces of %d:\n%s\nwant\n%s", data, piece, cut, whole)
		}
	})
}
