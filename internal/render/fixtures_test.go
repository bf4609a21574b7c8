// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/NAME.golden.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs (-want +got):\n%s", path, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
	}
}

// captureStart is 2026-11-22 11:54:15.390257 UTC, the first frame of the capture that the v4 messages are taken from.
const captureStart = 1795348455390257000

const (
	clientAddress = "127.0.0.1:41950"
	serverAddress = "127.0.0.1:4556"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// message fills what all messages have. at is in microseconds since the start of the capture.
func message(version uint8, frame uint64, at int64, from record.From, kind, octets string) *record.Message {
	o := unhex(octets)
	m := &record.Message{Session: 1, Frame: frame, FirstFrame: frame, Time: captureStart + at*1000, FirstTime: captureStart + at*1000,
		CaptureStart: captureStart, From: from, Src: clientAddress, Dst: serverAddress, Version: version, Type: kind,
		Length: uint64(len(o)), HeaderLength: uint64(len(o)), Octets: o}
	if len(o) > 0 {
		m.Header = o[0]
	}
	if from == record.Passive || from == record.B {
		m.Src, m.Dst = m.Dst, m.Src
	}
	return m
}

func with(m *record.Message, has record.Fields, set func(*record.Message)) *record.Message {
	m.Has |= has
	set(m)
	return m
}

// v4Messages is a session with every TCPCLv4 message; the first ones are those of a real capture.
func v4Messages() []*record.Message {
	a, p := record.Active, record.Passive
	init := record.HasKeepalive | record.HasSegmentMRU | record.HasTransferMRU | record.HasNodeID | record.HasExtensions
	segment := record.HasFlags | record.HasTransferID | record.HasDataLength | record.HasTransferOctets
	ack := record.HasFlags | record.HasTransferID | record.HasAckLength | record.HasTransferOctets
	total := record.HasTransferTotal | record.HasAnnouncedTotal
	return []*record.Message{
		with(message(4, 4, 4276, a, contactHeader, "64746e210400"), record.HasFlags, func(m *record.Message) {}),
		with(message(4, 6, 7913, p, contactHeader, "64746e210401"), record.HasFlags, func(m *record.Message) {
			m.Flags, m.FlagNames = 1, []string{"CAN_TLS"}
		}),
		with(message(4, 8, 9236, a, sessInit, "07 0001 0000000000a00000 ffffffffffffffff 000d 64746e3a2f2f6e6f64652d622f 00000000"), init,
			func(m *record.Message) {
				m.StreamOffset, m.Keepalive, m.SegmentMRU, m.TransferMRU = 6, 1, 10485760, 1<<64-1
				m.NodeID = []byte("dtn://node-b/")
			}),
		with(message(4, 9, 15117, p, sessInit, "07 0002 0000000000a00000 ffffffffffffffff 0007 6e1b5b32 4ac3a9 0000000f 01 00ff 000a 00010203040506070809"), init,
			func(m *record.Message) {
				m.StreamOffset, m.Keepalive, m.SegmentMRU, m.TransferMRU = 6, 2, 10485760, 1<<64-1
				m.NodeID = []byte("n\x1b[2Jé")
				m.ExtensionsLength = 15
				m.Extensions = []record.Extension{{Type: 0xff, Name: "unassigned", Flags: 1, Critical: true, Length: 10, Value: unhex("00010203040506070809")}}
			}),
		with(message(4, 13, 114715, a, xferSegment, "01 02 0000000000000001 0000000d 00 0001 0008 00000000000111fa 0000000000004e20 9f890704028201"),
			segment|total|record.HasExtensions|record.HasTransferStart, func(m *record.Message) {
				m.StreamOffset, m.HeaderLength, m.Length, m.FirstFrame = 44, 35, 20035, 10
				m.Flags, m.FlagNames, m.TransferID, m.DataLength = 2, []string{"START"}, 1, 20000
				m.ExtensionsLength = 13
				m.Extensions = []record.Extension{{Type: 1, Name: "Transfer Length", Length: 8, Value: unhex("00000000000111fa")}}
				m.TransferOctets, m.TransferTotal = 20000, 70138
				m.TransferStartFrame, m.TransferStartTime = 13, m.Time
			}),
		with(message(4, 14, 126141, p, xferAck, "02 02 0000000000000001 0000000000004e20"), ack|total|record.HasAckLatency|record.HasTransferStart,
			func(m *record.Message) {
				m.StreamOffset, m.Flags, m.FlagNames, m.TransferID, m.AckLength = 59, 2, []string{"START"}, 1, 20000
				m.TransferOctets, m.TransferTotal, m.AckLatency, m.AckedFrame = 20000, 70138, 11426000, 13
				m.TransferStartFrame, m.TransferStartTime = 13, captureStart+114715000
			}),
		with(message(4, 15, 126167, a, xferSegment, "01 01 0000000000000001 000000000000c3da 2074656c"), segment|total|record.HasTransferStart,
			func(m *record.Message) {
				m.StreamOffset, m.HeaderLength, m.Length = 20079, 18, 50156
				m.Flags, m.FlagNames, m.TransferID, m.DataLength = 1, []string{"END"}, 1, 50138
				m.TransferOctets, m.TransferTotal, m.MissedOctets = 70138, 70138, 1400
				m.TransferStartFrame, m.TransferStartTime = 13, captureStart+114715000
			}),
		with(message(4, 16, 1128070, p, xferAck, "02 01 0000000000000001 00000000000111fa"), ack|total|record.HasAckLatency|record.HasTransferStart,
			func(m *record.Message) {
				m.StreamOffset, m.Flags, m.FlagNames, m.TransferID, m.AckLength = 77, 1, []string{"END"}, 1, 70138
				m.TransferOctets, m.TransferTotal, m.AckLatency, m.AckedFrame = 70138, 70138, 1001903000, 15
				m.TransferStartFrame, m.TransferStartTime = 13, captureStart+114715000
			}),
		with(message(4, 17, 1128071, a, xferSegment, "01 00 0000000000000002 00000000 0000000000000002 6869"), segment|record.HasExtensions,
			func(m *record.Message) {
				m.HeaderLength, m.TransferID, m.DataLength, m.TransferOctets = 22, 2, 2, 3002
				m.Quirks = []string{"extension list length without START"}
			}),
		with(message(4, 18, 1128072, p, xferRefuse, "03 02 0000000000000002"), record.HasTransferID|record.HasReason, func(m *record.Message) {
			m.TransferID, m.Reason, m.AckedFrame = 2, record.Code{Code: 2, Name: "No Resources"}, 17
		}),
		message(4, 24, 1188334, a, keepalive, "04"),
		with(message(4, 25, 1188400, p, msgReject, "06 44 02"), record.HasReason|record.HasRejectedType, func(m *record.Message) {
			m.Reason, m.RejectedType = record.Code{Code: 2, Name: "Message Unsupported"}, record.Code{Code: 0x44, Name: "unassigned"}
			m.Quirks = []string{"MSG_REJECT octets swapped"}
		}),
		with(message(4, 35, 3594263, a, sessTerm, "05 00 ee"), record.HasFlags|record.HasReason, func(m *record.Message) {
			m.Reason = record.Code{Code: 0xee, Name: "unassigned"}
		}),
		with(message(4, 37, 3596602, p, sessTerm, "05 81 00"), record.HasFlags|record.HasReason, func(m *record.Message) {
			m.Flags, m.FlagNames, m.Reason, m.Encrypted = 0x81, []string{"REPLY", "0x80"}, record.Code{Code: 0, Name: "Unknown"}, true
		}),
		with(message(4, 38, 3596603, record.A, unknown, "e7"), record.HasResync, func(m *record.Message) {
			m.Resync, m.ResyncBits = "chain", 40
		}),
		with(message(4, 39, 3596604, record.B, xferSegment, "01 03 0000000000000007"), record.HasFlags|record.HasTransferID, func(m *record.Message) {
			m.Flags, m.FlagNames, m.TransferID = 3, []string{"START", "END"}, 7
			m.CutShort, m.Captured, m.Length, m.HeaderLength = true, 10, 22, 22
		}),
	}
}

// v3Messages is a session with every TCPCLv3 message, over IPv6.
func v3Messages() []*record.Message {
	a, p := record.Active, record.Passive
	contact := record.HasFlags | record.HasKeepalive | record.HasNodeID
	messages := []*record.Message{
		with(message(3, 4, 100, a, contactHeader, "64746e21 03 0f 000f 07 69706e3a312e30"), contact, func(m *record.Message) {
			m.Flags, m.FlagNames = 0x0f, []string{"ACK", "FRAGMENT", "REFUSE", "LENGTH"}
			m.Keepalive, m.NodeID = 15, []byte("ipn:1.0")
		}),
		with(message(3, 6, 200, p, contactHeader, "64746e21 03 00 0000 8000"), contact, func(m *record.Message) {}),
		with(message(3, 8, 300, a, lengthMessage, "60 22"), record.HasTotalLength|record.HasImpliedTransferID, func(m *record.Message) {
			m.TotalLength, m.ImpliedTransferID = 34, 1
		}),
		with(message(3, 10, 400, a, dataSegment, "12 80 0a 06811011020101010000"),
			record.HasFlags|record.HasDataLength|record.HasImpliedTransferID|record.HasTransferOctets|record.HasTransferTotal|record.HasAnnouncedTotal|record.HasTransferStart,
			func(m *record.Message) {
				m.HeaderLength, m.Flags, m.FlagNames, m.DataLength, m.ImpliedTransferID = 3, 2, []string{"START"}, 10, 1
				m.TransferOctets, m.TransferTotal = 10, 34
				m.TransferStartFrame, m.TransferStartTime = 10, m.Time
			}),
		with(message(3, 12, 556, p, ackSegment, "20 0a"),
			record.HasAckLength|record.HasImpliedTransferID|record.HasTransferOctets|record.HasTransferTotal|record.HasAckLatency|record.HasTransferStart,
			func(m *record.Message) {
				m.AckLength, m.ImpliedTransferID, m.TransferOctets, m.TransferTotal = 10, 1, 10, 34
				m.AckLatency, m.AckedFrame = 156000, 10
				m.TransferStartFrame, m.TransferStartTime = 10, captureStart+400000
			}),
		with(message(3, 13, 600, p, refuseBundle, "32"), record.HasReason|record.HasImpliedTransferID, func(m *record.Message) {
			m.Reason, m.ImpliedTransferID = record.Code{Code: 2, Name: "receiver resources exhausted"}, 1
		}),
		message(3, 14, 700, a, keepalive, "40"),
		with(message(3, 15, 800, a, shutdown, "53 00 82 2c"), record.HasFlags|record.HasReason|record.HasDelay, func(m *record.Message) {
			m.Flags, m.FlagNames, m.Delay = 3, []string{"REASON", "DELAY"}, 300
			m.Reason = record.Code{Code: 0, Name: "Idle timeout"}
		}),
		with(message(3, 16, 900, p, shutdown, "51 00"), record.HasFlags|record.HasDelay, func(m *record.Message) { m.Flags = 1 }),
		message(3, 17, 1000, p, unknown, "f0"),
	}
	for _, m := range messages {
		m.Session, m.Src, m.Dst = 12, "[::1]:43664", "[::1]:4658"
		if m.From == p {
			m.Src, m.Dst = m.Dst, m.Src
		}
	}
	return messages
}

func gaps() []*record.Gap {
	var all []*record.Gap
	for i, cause := range []string{record.GapLost, record.GapUnseen, record.GapTruncated, record.GapMidStream, record.GapUndecoded, record.GapMemory} {
		g := &record.Gap{Session: 1, Frame: 40, Time: captureStart + 4e9, CaptureStart: captureStart, From: record.From(i & 3),
			Src: clientAddress, Dst: serverAddress, StreamOffset: 1234, Length: 542, Cause: cause}
		if cause == record.GapMidStream {
			g.Length = 0
		}
		all = append(all, g)
	}
	return all
}

// show runs an encoder over both sessions and the gaps.
func show(e Encoder) []byte {
	var b []byte
	for _, m := range append(v4Messages(), v3Messages()...) {
		b = e.AppendMessage(b, m)
	}
	for _, g := range gaps() {
		b = e.AppendGap(b, g)
	}
	return b
}

func utc(o TextOptions) TextOptions {
	o.Location = time.UTC
	return o
}
