// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"
	"net/netip"
	"time"

	"pgregory.net/rapid"
)

// The examples of docs/records.md, modelled on testdata/pcaps/seed-v4-plain.pcap and, where that capture has none, made up.

const (
	client = "127.0.0.1:41950"
	server = "127.0.0.1:4556"
)

func xferSegment() *Message {
	return &Message{Session: 1, Frame: 13, FirstFrame: 13, Time: 1795348455504972000, From: Active, Src: client, Dst: server,
		Version: 4, Type: "XFER_SEGMENT", Header: 1, Length: 20035, HeaderLength: 35, StreamOffset: 44,
		Has:       HasFlags | HasTransferID | HasDataLength | HasTotalLength | HasExtensions | HasTransferOctets | HasTransferTotal,
		FlagNames: []string{"START"}, Flags: 2, TransferID: 1, DataLength: 20000, TotalLength: 70138, ExtensionsLength: 13,
		Extensions: []Extension{{Type: 1, Name: "Transfer Length", Flags: 1, Critical: true, Length: 8,
			Value: []byte{0, 0, 0, 0, 0, 1, 0x11, 0xfa}}},
		TransferOctets: 20000, TransferTotal: 70138}
}

// middleSegment is what most messages are: a segment in the middle of a transfer.
func middleSegment() *Message {
	return &Message{Session: 1, Frame: 15, FirstFrame: 15, Time: 1795348455516424000, From: Active, Src: client, Dst: server,
		Version: 4, Type: "XFER_SEGMENT", Header: 1, Length: 20018, HeaderLength: 18, StreamOffset: 20079,
		Has:        HasFlags | HasTransferID | HasDataLength | HasTransferOctets | HasTransferTotal,
		TransferID: 1, DataLength: 20000, TransferOctets: 40000, TransferTotal: 70138}
}

func xferAck() *Message {
	return &Message{Session: 1, Frame: 14, FirstFrame: 14, Time: 1795348455516398000, From: Passive, Src: server, Dst: client,
		Version: 4, Type: "XFER_ACK", Header: 2, Length: 18, HeaderLength: 18, StreamOffset: 44,
		Has:       HasFlags | HasTransferID | HasAckLength | HasTransferOctets | HasTransferTotal | HasAckLatency,
		FlagNames: []string{"START"}, Flags: 2, TransferID: 1, AckLength: 20000, TransferOctets: 20000, TransferTotal: 70138,
		AckLatency: 11426000, AckedFrame: 13}
}

func sessInit() *Message {
	return &Message{Session: 1, Frame: 8, FirstFrame: 8, Time: 1795348455399493000, From: Active, Src: client, Dst: server,
		Version: 4, Type: "SESS_INIT", Header: 7, Length: 38, HeaderLength: 38, StreamOffset: 6,
		Has:       HasKeepalive | HasSegmentMRU | HasTransferMRU | HasNodeID | HasExtensions,
		Keepalive: 1, SegmentMRU: 10485760, TransferMRU: math.MaxUint64, NodeID: []byte("dtn://node-b/")}
}

func ackSegment() *Message {
	return &Message{Session: 2, Frame: 9, FirstFrame: 9, Time: 1795348455600000000, From: B, Src: "[::1]:4556", Dst: "[::1]:40000",
		Version: 3, Type: "ACK_SEGMENT", Header: 0x20, Length: 2, HeaderLength: 2, StreamOffset: 16,
		Has: HasAckLength | HasImpliedTransferID, AckLength: 44, ImpliedTransferID: 1}
}

func rejection() *Message {
	return &Message{Session: 3, Frame: 31, FirstFrame: 30, Time: 1795348460000000001, From: Passive, Src: server, Dst: client,
		Version: 4, Type: "MSG_REJECT", Header: 6, Length: 3, HeaderLength: 3, StreamOffset: 44, Encrypted: true,
		Has: HasReason | HasRejectedType | HasResync, Reason: Code{1, "Message Type Unknown"},
		RejectedType: Code{0x5a, "unassigned"}, Resync: "chain", ResyncBits: 52, Octets: []byte{6, 1, 0x5a}}
}

func cutShort() *Message {
	m := middleSegment()
	m.CutShort, m.Captured, m.MissedOctets, m.Has = true, 1448, 543, m.Has&^HasTransferTotal
	return m
}

func lostOctets() *Gap {
	return &Gap{Session: 1, Frame: 40, Time: 1795348456578591000, From: Active, Src: client, Dst: server, StreamOffset: 21527,
		Length: 543, Cause: GapLost}
}

func serverHello() *TLS {
	return &TLS{Session: 1, Frame: 9, Time: 1795348466800559000, From: Passive, Src: server, Dst: client, Type: TLSServerHello,
		Version: "TLS 1.3", CipherSuite: "TLS_AES_256_GCM_SHA384"}
}

func shownCertificate() *TLS {
	return &TLS{Session: 1, Frame: 9, Time: 1795348466800559000, From: Passive, Src: server, Dst: client, Type: TLSCertificate, Encrypted: true,
		Certificates: []Certificate{nodeCertificate()}}
}

func nodeCertificate() Certificate {
	return Certificate{Subject: "CN=node-a", Issuer: "CN=test CA", Serial: "217b5000", NotBefore: time.Unix(1795348235, 0), NotAfter: time.Unix(4947249035, 0),
		NodeIDs: []string{"dtn://node-a/"}, DNSNames: []string{"localhost"}, Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}}
}

func badCertificate() *TLS {
	return &TLS{Session: 1, Frame: 11, Time: 1795348466900000000, From: Active, Src: client, Dst: server, Type: TLSAlert, Encrypted: true,
		HasAlert: true, AlertLevel: "fatal", Alert: Code{42, "bad_certificate"}}
}

func clientHello() *TLS {
	return &TLS{Session: 1, Frame: 8, Time: 1795348466799979000, From: Active, Src: client, Dst: server, Type: TLSClientHello, Version: "TLS 1.3",
		ServerName: "node-a.example\x1b\"", CipherSuites: []string{"TLS_AES_256_GCM_SHA384", ""}, ALPN: []string{"tcpcl"}, ClientRandom: make([]byte, 32),
		Resumption: true, EarlyData: true, Text: "odd"}
}

func completeTransfer() *Transfer {
	return &Transfer{Session: 1, From: Active, Src: client, Dst: server, Version: 4, TransferID: 1, Serial: 1, State: Complete,
		Length: 70138, TotalLength: 70138, HasTotalLength: true, Segments: 4, AckedLength: 70138, Acks: 4, StartFrame: 13,
		EndFrame: 15, StartTime: 1795348455504972000, EndTime: 1795348455516424000, AckTime: 1795348455561048000,
		SHA256: []byte("\xf4\x6e\x96\x2f\x6b\x1c\xe8\xd3\x6f\xa4\x95\xef\x77\xd2\x2c\x73" +
			"\x03\xcd\xd5\xa1\x80\xbe\xfa\x10\x6b\x9f\x9f\xd5\x45\xeb\x7d\xff")}
}

func refusedTransfer() *Transfer {
	return &Transfer{Session: 2, From: A, Src: "[::1]:40000", Dst: "[::1]:4556", Version: 3, ImpliedTransferID: 7, Serial: 7,
		State: Refused, Length: 1000, Segments: 1, StartFrame: 20, StartTime: 1795348455504972000,
		Reason: Code{2, "Resources exhausted"}, HasReason: true, MissedOctets: 12}
}

// bundleOf7 is the bundle that completeTransfer carried.
func bundleOf7() *Bundle {
	t := completeTransfer()
	b := &Bundle{Transfer: t, ProtocolVersion: 7, Form: BundleWhole, Source: "dtn://node-b/", Destination: "dtn://node-a/",
		ReportTo: "dtn:none", CreationTime: 1795348455000000000, HasCreationTime: true, DTNTime: 848663655000, Sequence: 1,
		Lifetime: 3600500, FlagNames: []string{}, CRC: CRCValid, PayloadLength: 70000, Length: t.Length, SHA256: t.SHA256,
		Blocks: []Block{{Primary: true, Name: "primary", CRC: CRCValid, Length: 88},
			{Number: 1, Type: 1, Name: "payload", FlagNames: []string{"REPLICATE"}, CRC: CRCNone, Length: 70000}}}
	t.Bundle = b
	return b
}

// report is a status report that was seen before, of a bundle that was seen too.
func report() *Bundle {
	t := &Transfer{Session: 5, From: Passive, Src: server, Dst: client, Version: 3, ImpliedTransferID: 2, Serial: 2, State: Complete,
		Length: 74, Segments: 1, StartFrame: 60, EndFrame: 60, StartTime: 1795348460000000000, EndTime: 1795348460000000000}
	return &Bundle{Transfer: t, ProtocolVersion: 6, Form: BundleWhole, Source: "ipn:2.0", Destination: "ipn:1.0", ReportTo: "dtn:none",
		Custodian: "dtn:none", CreationTime: 1795348459000000000, HasCreationTime: true, DTNTime: 848663659, Sequence: 1,
		Lifetime: 86400000, FlagNames: []string{"ADMIN", "SINGLETON"}, CRC: CRCNone, PayloadLength: 40, Length: 74,
		Blocks: []Block{{Primary: true, Name: "primary", CRC: CRCNone, Length: 31},
			{Number: 1, Type: 1, Name: "payload", FlagNames: []string{"LAST"}, CRC: CRCNone, Length: 40}},
		Admin:   "Bundle Status Report: delivered; No additional information; of ipn:1.1 2026-11-22T11:54:15.000000000Z #42",
		Subject: &Subject{Source: "ipn:1.1", CreationTime: 1795348455000000000, HasCreationTime: true, DTNTime: 848663655, Sequence: 42},
		Links: Links{SubjectSeen: &Sighting{Session: 1, From: Active, TransferID: 7, Frame: 44},
			SeenBefore: &Sighting{Session: 3, From: Active, TransferID: 1, Implied: true, Frame: 58}}}
}

// joined is an application data unit in two fragments.
func joined() *ADU {
	b := bundleOf7()
	b.IsFragment, b.FragmentOffset, b.TotalADULength = true, 70000, 100000
	return &ADU{Bundle: b, File: "adu-001.payload", SHA256: make([]byte, 32), Conflicts: []ADUConflict{{60000, 10000}}, Parts: []ADUPart{
		{Length: 70000, Seen: Sighting{Session: 2, From: B, Implied: true, TransferID: 3, Frame: 12}, File: "s002-b-x003.bundle"},
		{Offset: 70000, Length: 30000, Skip: 10000, Seen: Sighting{Session: 1, TransferID: 1, Frame: 15}, File: "s001-active-x001.bundle"}}}
}

func terminatedSession() *Session {
	return &Session{Session: 1, Client: client, Server: server, OpenerSeen: true, Version: 4, State: StateTerminated,
		End: "sess_term", TLS: "none", Keepalive: 1, HasKeepalive: true, FirstFrame: 1, LastFrame: 40,
		FirstTime: 1795348455390257000, LastTime: 1795348458992514000, History: "CcIiSaSaTt",
		Peers: [2]Peer{
			{NodeID: "dtn://node-b/", HasNodeID: true, Keepalive: 1, SegmentMRU: 10485760, TransferMRU: math.MaxUint64,
				HasContact: true, HasInit: true, Octets: 70416,
				Messages: []Count{{"CONTACT_HEADER", 1}, {"SESS_INIT", 1}, {"XFER_SEGMENT", 5}, {"XFER_ACK", 1}, {"XFER_REFUSE", 0},
					{"KEEPALIVE", 3}, {"SESS_TERM", 1}},
				Transfers: [3]uint64{Complete: 2}, TransferOctets: 70224},
			{NodeID: "dtn://node-a/", HasNodeID: true, Keepalive: 2, SegmentMRU: 10485760, TransferMRU: math.MaxUint64,
				HasContact: true, HasInit: true, Octets: 5313,
				Messages: []Count{{"CONTACT_HEADER", 1}, {"SESS_INIT", 1}, {"XFER_SEGMENT", 1}, {"XFER_ACK", 5}, {"KEEPALIVE", 3},
					{"SESS_TERM", 1}},
				Transfers: [3]uint64{Complete: 1}, TransferOctets: 5138},
		}}
}

// encoder is what all records have in common.
type encoder interface {
	AppendJSON(dst []byte) []byte
	AppendCSV(dst []byte) []byte
	AppendCSVHeader(dst []byte) []byte
}

// extremes are records with everything that can be there, as hostile as it can be.
func extremes() []encoder {
	m := &Message{Session: math.MaxInt, Frame: math.MaxUint64, FirstFrame: 1, Time: math.MaxInt64, From: B, Src: `"\`,
		Dst: "a,b\r\n", Version: 255, Type: unknownType, Header: 255, Length: math.MaxUint64, StreamOffset: math.MaxUint64,
		Encrypted: true, CutShort: true, Captured: math.MaxUint64, MissedOctets: math.MaxUint64, Quirks: []string{`a"b`, "\x00"},
		Octets: []byte{0, 0xff}, Has: math.MaxUint32, FlagNames: []string{"END", "0x40"}, TransferID: math.MaxUint64,
		ImpliedTransferID: math.MaxUint64, DataLength: math.MaxUint64, AckLength: math.MaxUint64, TotalLength: math.MaxUint64,
		Reason: Code{255, "private"}, Keepalive: math.MaxUint16, SegmentMRU: math.MaxUint64, TransferMRU: math.MaxUint64,
		NodeID: []byte("=\xff\xc3(\u202e\x1b[31m\u009b\"\\,\n😀\xf0\x9f"), ExtensionsLength: math.MaxUint32,
		Extensions: []Extension{{}, {Type: 65535, Name: "a\tb", Flags: 0xff, Critical: true, Length: 65535, Value: []byte{1}}},
		Delay:      math.MaxUint64, TransferOctets: math.MaxUint64, TransferTotal: math.MaxUint64, AckLatency: math.MinInt64,
		AckedFrame: math.MaxUint64, Resync: "magic", ResyncBits: 1000}
	s := terminatedSession()
	s.OpenerSeen, s.End, s.HasKeepalive, s.Truncated = false, "", false, true
	s.Peers[0] = Peer{NodeID: "-\xff", HasNodeID: true, Messages: []Count{{"UNKNOWN", 1}, {"KEEPALIVE", 0}, {"UNKNOWN", 2}},
		Refusals: []ReasonCount{{Code{1, "Completed"}, 3}, {Code{2, "No Resources"}, 4}}, Quirks: []string{"x", "y"},
		HasContact: true, FlagNames: []string{"CAN_TLS"}}
	s.Peers[1] = Peer{}
	return []encoder{m, &Message{Session: 1, Frame: 1, FirstFrame: 1}, s,
		&Session{Session: 1, FirstFrame: 1, State: StateFailed, TLS: "none"},
		&Gap{Session: 1, Frame: 1, Time: math.MinInt64, Cause: GapMidStream},
		&Transfer{Session: 1, StartFrame: 1}, &Transfer{Session: 1, StartFrame: 1, State: 77, SHA256: make([]byte, 32)},
		bundleOf7().Transfer, &Bundle{}, &Bundle{File: "a b", Length: 3, SHA256: make([]byte, 32), Problems: []Problem{{ID: "truncated",
			Offset: 3, Text: "the octets end"}}}, &Bundle{Transfer: &Transfer{Session: 1, StartFrame: 1, Bundle: &Bundle{}}}, hostile()}
}

// hostile is a bundle with everything that can be there.
func hostile() *Bundle {
	text := "=\xff\xc3(\u202e\x1b[31m\u009b\"\\,\n😀\xf0\x9f"
	block := Block{Number: math.MaxUint64, Type: math.MaxUint64, Name: "unassigned", FlagNames: []string{"0x80", "a"}, CRC: CRCInvalid,
		Length: math.MaxUint64}
	return &Bundle{File: text, ProtocolVersion: 7, Form: BundleMalformed, Source: text, Destination: text, ReportTo: text, Custodian: text,
		CreationTime: math.MaxInt64, HasCreationTime: true, Sequence: math.MaxUint64, Lifetime: math.MaxUint64,
		FlagNames: []string{"FRAGMENT"}, IsFragment: true, FragmentOffset: math.MaxUint64, TotalADULength: math.MaxUint64,
		Blocks: []Block{block, block}, CRC: CRCUnchecked, PayloadLength: math.MaxUint64, Length: math.MaxUint64,
		Problems: []Problem{{"BPv7-01", math.MaxUint64, text}, {"malformed", 0, text}}, Admin: text,
		Subject: &Subject{Source: text, Sequence: math.MaxUint64, IsFragment: true, FragmentLength: math.MaxUint64},
		Links:   Links{SeenBefore: &Sighting{File: text}}}
}

func examples() map[string]encoder {
	return map[string]encoder{"segment": xferSegment(), "ack": xferAck(), "init": sessInit(), "ack3": ackSegment(),
		"reject": rejection(), "cut_short": cutShort(), "gap": lostOctets(), "transfer": bundleOf7().Transfer,
		"refused": refusedTransfer(), "session": terminatedSession(), "report": report(), "adu": joined(), "hello": serverHello(), "certificate": shownCertificate(), "alert": badCertificate()}
}

// samples are all hand-made records.
func samples() []encoder {
	list := append(extremes(), clientHello(), &TLS{Session: 1, Frame: 1, Certificates: []Certificate{{}}, Type: TLSCertificate}, middleSegment(), bundleOf7(), &ADU{Bundle: hostile(), Parts: []ADUPart{{Length: 1, Seen: Sighting{File: "x"}}}})
	for _, e := range examples() {
		list = append(list, e)
	}
	return list
}

func randomMessage() *rapid.Generator[*Message] {
	return rapid.Custom(func(t *rapid.T) *Message {
		u := func(name string) uint64 { return rapid.Uint64().Draw(t, name) }
		code := func(name string) Code { return Code{uint8(u(name)), rapid.String().Draw(t, name)} }
		m := &Message{Session: rapid.IntRange(1, math.MaxInt).Draw(t, "session"), Frame: u("frame")>>1 + 1, Time: rapid.Int64().Draw(t, "time"),
			FirstFrame: u("first")>>1 + 1, From: From(u("from") % 4), Src: rapid.String().Draw(t, "src"), Dst: rapid.String().Draw(t, "dst"),
			Version: uint8(u("version")), Type: rapid.SampledFrom([]string{"XFER_SEGMENT", "UNKNOWN", "SHUTDOWN"}).Draw(t, "type"),
			Header: uint8(u("header")), Length: u("length"), StreamOffset: u("offset"), Encrypted: rapid.Bool().Draw(t, "encrypted"),
			CutShort: rapid.Bool().Draw(t, "cut"), Captured: u("captured"), MissedOctets: u("missed"),
			Quirks: rapid.SliceOf(rapid.String()).Draw(t, "quirks"), Octets: rapid.SliceOf(rapid.Byte()).Draw(t, "octets"),
			Has: Fields(u("has")), FlagNames: rapid.SliceOf(rapid.String()).Draw(t, "flags"), TransferID: u("id"),
			ImpliedTransferID: u("implied"), DataLength: u("data"), AckLength: u("ack"), TotalLength: u("total"), Reason: code("reason"),
			Keepalive: uint16(u("keepalive")), SegmentMRU: u("mru"), TransferMRU: u("mru"),
			NodeID: rapid.SliceOf(rapid.Byte()).Draw(t, "node id"), ExtensionsLength: uint32(u("extensions")),
			RejectedType: code("type"), Delay: u("delay"), TransferOctets: u("octets"), TransferTotal: u("total"),
			AckLatency: rapid.Int64().Draw(t, "latency"), AckedFrame: u("acked"), Resync: rapid.String().Draw(t, "resync"),
			ResyncBits: rapid.IntRange(0, 1000).Draw(t, "bits")}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			m.Extensions = append(m.Extensions, Extension{uint16(u("type")), rapid.String().Draw(t, "name"), uint8(u("flags")),
				rapid.Bool().Draw(t, "critical"), uint16(u("length")), rapid.SliceOf(rapid.Byte()).Draw(t, "value")})
		}
		return m
	})
}

func randomTransfer() *rapid.Generator[*Transfer] {
	return rapid.Custom(func(t *rapid.T) *Transfer {
		u := func(name string) uint64 { return rapid.Uint64().Draw(t, name) }
		return &Transfer{Session: rapid.IntRange(1, math.MaxInt).Draw(t, "session"), From: From(u("from") % 4),
			Src: rapid.String().Draw(t, "src"), Dst: rapid.String().Draw(t, "dst"), Version: uint8(rapid.IntRange(3, 4).Draw(t, "version")),
			TransferID: u("id"), ImpliedTransferID: u("implied"), Serial: rapid.IntRange(1, math.MaxInt).Draw(t, "serial"),
			State: TransferState(u("state") % 3), Length: u("length"), TotalLength: u("total"),
			HasTotalLength: rapid.Bool().Draw(t, "total"), MissedOctets: u("missed"), Segments: u("segments"), AckedLength: u("acked"),
			Acks: u("acks"), StartFrame: u("start")>>1 + 1, EndFrame: u("end")>>1 + 1, StartTime: rapid.Int64().Draw(t, "start"),
			EndTime: rapid.Int64().Draw(t, "end"), AckTime: rapid.Int64().Draw(t, "ack"),
			Reason: Code{uint8(u("code")), rapid.String().Draw(t, "reason")}, HasReason: rapid.Bool().Draw(t, "reason"),
			SHA256: rapid.SampledFrom([][]byte{nil, make([]byte, 32)}).Draw(t, "hash"),
			Bundle: rapid.SampledFrom([]*Bundle{nil, {}, bundleOf7(), report(), hostile()}).Draw(t, "bundle")}
	})
}

func randomBundle() *rapid.Generator[*Bundle] {
	return rapid.Custom(func(t *rapid.T) *Bundle {
		u := func(name string) uint64 { return rapid.Uint64().Draw(t, name) }
		some := func(name string) bool { return rapid.Bool().Draw(t, name) }
		text := func(name string) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, name)) }
		crc := rapid.SampledFrom([]string{CRCValid, CRCInvalid, CRCNone, CRCUnchecked})
		sighting := func(name string) *Sighting {
			switch u(name) % 3 {
			case 0:
				return nil
			case 1:
				return &Sighting{File: text(name)}
			}
			return &Sighting{Session: 1 + int(u(name)>>2), From: From(u(name) % 4), TransferID: u(name), Implied: some(name), Frame: u(name)>>1 + 1}
		}
		b := &Bundle{ProtocolVersion: rapid.SampledFrom([]uint8{0, 6, 7}).Draw(t, "version"), File: text("file"),
			Form:   rapid.SampledFrom([]string{BundleWhole, BundleTruncated, BundleMalformed}).Draw(t, "form"),
			Source: text("source"), Destination: text("destination"), ReportTo: text("report to"), Custodian: text("custodian"),
			CreationTime: int64(u("time") >> 1), HasCreationTime: some("time"), Sequence: u("sequence"), Lifetime: u("lifetime"), Cut: some("cut"),
			FlagNames: rapid.SliceOf(rapid.String()).Draw(t, "flags"), IsFragment: some("fragment"), FragmentOffset: u("offset"),
			TotalADULength: u("total"), CRC: crc.Draw(t, "crc"), PayloadLength: u("payload"), Length: u("length"),
			SHA256: rapid.SampledFrom([][]byte{nil, make([]byte, 32)}).Draw(t, "hash"), Admin: text("admin")}
		if some("transfer") {
			b.Transfer = randomTransfer().Draw(t, "transfer")
		}
		for range rapid.IntRange(0, 3).Draw(t, "blocks") {
			b.Blocks = append(b.Blocks, Block{some("primary"), u("number"), u("type"), rapid.String().Draw(t, "name"),
				rapid.SliceOf(rapid.String()).Draw(t, "flags"), crc.Draw(t, "crc"), u("length")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "problems") {
			b.Problems = append(b.Problems, Problem{"BPv7-14", u("offset"), text("problem")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "operations") {
			b.Security = append(b.Security, SecurityOperation{u("block"), some("bcb"), u("target"), text("source"), rapid.String().Draw(t, "context"),
				rapid.SampledFrom([]string{SecurityVerified, SecurityDecrypted, SecurityFailed, SecurityUnchecked}).Draw(t, "state")})
		}
		if some("subject") {
			b.Subject = &Subject{Source: text("subject"), CreationTime: int64(u("time") >> 1), HasCreationTime: some("time"),
				Sequence: u("sequence"), IsFragment: some("fragment"), FragmentOffset: u("offset"), FragmentLength: u("length")}
		}
		b.Links = Links{sighting("before"), sighting("subject")}
		return b
	})
}

func randomSession() *rapid.Generator[*Session] {
	return rapid.Custom(func(t *rapid.T) *Session {
		u := func(name string) uint64 { return rapid.Uint64().Draw(t, name) }
		some := func(name string) bool { return rapid.Bool().Draw(t, name) }
		s := &Session{Session: rapid.IntRange(1, math.MaxInt).Draw(t, "session"), Client: rapid.String().Draw(t, "client"),
			Server: rapid.String().Draw(t, "server"), OpenerSeen: some("opener"), Version: uint8(u("version")),
			State: rapid.SampledFrom([]string{StateConnecting, StateContact, StateEstablished, StateEnding, StateTerminated,
				StateFailed}).Draw(t, "state"),
			End: rapid.SampledFrom([]string{"", "sess_term", "shutdown", "fin", "reset", "evicted"}).Draw(t, "end"),
			TLS: rapid.SampledFrom([]string{"none", "encrypted", "decrypted", "partly"}).Draw(t, "tls"), TLSVersion: rapid.String().Draw(t, "version"),
			CipherSuite: rapid.String().Draw(t, "suite"), ServerName: rapid.String().Draw(t, "name"),
			Keepalive: uint16(u("keepalive")), HasKeepalive: some("keepalive"), FirstFrame: u("first")>>1 + 1, LastFrame: u("last"),
			FirstTime: rapid.Int64().Draw(t, "first"), LastTime: rapid.Int64().Draw(t, "last"), MissedOctets: u("missed"),
			History: rapid.String().Draw(t, "history"), Truncated: some("truncated")}
		types := rapid.SampledFrom([]string{"XFER_SEGMENT", "XFER_ACK", "KEEPALIVE", "UNKNOWN"})
		for side := range s.Peers {
			p := Peer{Certificate: rapid.SampledFrom([]*Certificate{nil, {}, new(nodeCertificate())}).Draw(t, "certificate"), NodeID: string(rapid.SliceOf(rapid.Byte()).Draw(t, "id")), HasNodeID: some("id"), Keepalive: uint16(u("keepalive")),
				SegmentMRU: u("mru"), TransferMRU: u("mru"), FlagNames: rapid.SliceOf(rapid.String()).Draw(t, "flags"),
				HasContact: some("contact"), HasInit: some("init"), Octets: u("octets"), MissedOctets: u("missed"),
				Retransmitted: u("again"), Conflicting: u("conflict"), Transfers: [3]uint64{u("t"), u("t"), u("t")},
				TransferOctets: u("data"), Quirks: rapid.SliceOf(rapid.String()).Draw(t, "quirks")}
			for range rapid.IntRange(0, 6).Draw(t, "types") {
				p.Messages = append(p.Messages, Count{types.Draw(t, "type"), u("count") >> 3})
			}
			for range rapid.IntRange(0, 2).Draw(t, "refusals") {
				p.Refusals = append(p.Refusals, ReasonCount{Code{uint8(u("code")), rapid.String().Draw(t, "name")}, u("count")>>1 + 1})
			}
			s.Peers[side] = p
		}
		return s
	})
}
