// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline is one of a usual bundle.
func outline(tb testing.TB, flags BundleFlags) Outline {
	return Outline{Flags: flags, Destination: eid(tb, "ipn:2.1"), Source: eid(tb, "ipn:1.1"), ReportTo: eid(tb, "dtn:none"),
		Created: Timestamp{848663895, 3}, Lifetime: 3600}
}

func build6(tb testing.TB, w Builder6) []byte {
	tb.Helper()
	if w.Custodian.Form == EIDAbsent {
		w.Custodian = eid(tb, "dtn:none")
	}
	octets, err := w.Append(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return octets
}

func build7(tb testing.TB, w Builder7) []byte {
	tb.Helper()
	w.CRC = CRC32C
	octets, err := w.Append(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return octets
}

// admin returns a bundle with an administrative record.
func admin(tb testing.TB, version int, record []byte) []byte {
	tb.Helper()
	if version == 6 {
		return build6(tb, Builder6{Outline: outline(tb, FlagAdmin|FlagSingleton), Payload: record})
	}
	return build7(tb, Builder7{Outline: outline(tb, FlagAdmin), Payload: record})
}

// extended6 is a bundle of BPv6 with a dictionary and all blocks that are known.
func extended6(tb testing.TB) []byte {
	o := outline(tb, FlagSingleton|FlagCustody)
	o.Source, o.ReportTo = eid(tb, "dtn://node-a/app"), eid(tb, "dtn://node-a/app")
	return build6(tb, Builder6{Outline: o, Custodian: eid(tb, "dtn://node-a/app"), Payload: []byte("hello"), Blocks: []NewBlock{
		{Type: BlockPreviousHop, Flags: BlockDiscard, Data: []byte("dtn\x00//node-b/\x00")},
		{Type: BlockCTEB, Data: []byte("\x81\x00dtn://node-a/app")},
		{Type: BlockECOS, Data: []byte{ECOSLabel | ECOSCritical, 7, 0x81, 0x01}},
		{Type: BlockAge6, Flags: BlockReplicate, Data: []byte{0x82, 0x2c}},
		{Type: BlockMetadata, Data: []byte("\x01ftp://x/\x00")},
		{Type: BlockPIB, Data: []byte("\x02\x07\x09\x03\x01\x01\x2a\x04\x05\x02\xab\xcd")},
	}})
}

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// handmade are bundles of kinds that no recording has.
func handmade(tb testing.TB) [][]byte {
	inner := unhex(tb, fragment7)
	return [][]byte{
		extended6(tb),
		admin(tb, 6, statusReport6(tb)),
		admin(tb, 6, cat([]byte{0x20, 0x84}, []byte{10, 20, 30, 40, 7}, []byte("ipn:1.1"))),
		admin(tb, 6, []byte{0x40, 0x80, 5, 3, 2, 1}),
		admin(tb, 7, cat([]byte{0x82, 3, 0x83, 1, 2}, appendBytes(nil, inner))),
		admin(tb, 7, cat([]byte{0x82, 7, 0x83, 0, 0}, appendBytes(nil, inner))),
		admin(tb, 7, []byte{0x82, 4, 0x82, 0, 0x81, 0x82, 5, 3}),
		unhex(tb, "06 40 07 0101 0202 0000 0000 01 01 01 00 05 50 01 0101 00 01 08 01 78"),
		unhex(tb, "9f 9f 07 04 00 9f0282 0101ff 820282 0201 820100 9f186401ff 18c8 ff 9f 01 01 00 00 41 78 ff ff"),
		unhex(tb, "9f 89 07 04 02 8202820101 8202820201 820100 82186401 18c8 44 00000000 860101000041784100ff"),
	}
}

func statusReport6(tb testing.TB) []byte {
	return cat([]byte{0x11, 0x05, 2, 100, 50, 10, 20, 30, 40, 60, 70, 7}, []byte("ipn:3.4"))
}

func TestTheBlocksOfVersion6AreDecoded(t *testing.T) {
	b := read(extended6(t))
	if b.State != Complete || b.FindingCount != 0 || len(b.Blocks) != 7 {
		t.Fatalf("%v %+v %+v", b.State, b.Stop, b.Findings)
	}
	if got := b.Source.String() + " " + b.Destination.String() + " " + b.Custodian.String(); got != "dtn://node-a/app ipn:2.1 dtn://node-a/app" {
		t.Error(got)
	}
	if e, err := b.Blocks[0].PreviousNode(); err != nil || e.String() != "dtn://node-b/" {
		t.Errorf("previous hop: %v %v", e, err)
	}
	if c, err := b.Blocks[1].CustodyEnhancement(); err != nil || c.ID != 128 || c.Custodian.String() != "dtn://node-a/app" {
		t.Errorf("%+v %v", c, err)
	}
	if s, err := b.Blocks[2].ClassOfService(); err != nil || s.Flags != 5 || s.Ordinal != 7 || s.Label != 129 || s.LabelSpan.Length != 2 {
		t.Errorf("%+v %v", s, err)
	}
	if age, err := b.Blocks[3].Age(); err != nil || age != 300 {
		t.Errorf("%v %v", age, err)
	}
	if m, err := b.Blocks[4].Metadata(); err != nil || m.Type != MetadataURI || string(m.Data) != "ftp://x/\x00" {
		t.Errorf("%+v %v", m, err)
	}
	s, err := b.Blocks[5].BSP()
	if err != nil || s.CiphersuiteName() != "PIB-RSA-SHA256" || s.Correlator != 9 || len(s.Parameters) != 1 || len(s.Results) != 1 ||
		s.Results[0].Name() != "Integrity Signature" || !bytes.Equal(s.Results[0].Value, []byte{0xab, 0xcd}) {
		t.Errorf("%+v %v", s, err)
	}
	if _, err := b.Blocks[5].Age(); err != ErrKind {
		t.Errorf("the age of a PIB: %v", err)
	}
}

// unplaced takes the places out of a report, so that the rest can be compared.
func unplaced(s *StatusReport) {
	for _, a := range []*Assertion{&s.Received, &s.CustodyAccepted, &s.Forwarded, &s.Delivered, &s.Deleted} {
		a.Span = Span{}
	}
	s.ReasonSpan, s.Subject.SourceSpan, s.Subject.CreatedSpan, s.Subject.FragmentSpan = Span{}, Span{}, Span{}, Span{}
}

func TestAStatusReportOfVersion7IsDecoded(t *testing.T) {
	octets := unhex(t, report7)
	a, err := read(octets).AdminRecord()
	if err != nil {
		t.Fatal(err)
	}
	s := a.Status
	for span, want := range map[Span]string{s.Received.Span: "82f51b000000b5998c99a8", s.Deleted.Span: "81f4", s.ReasonSpan: "00",
		s.Subject.SourceSpan: "8201662f2f7372632f", s.Subject.CreatedSpan: "821b000000b5998c982b07"} {
		if got := hex.EncodeToString(octets[span.Offset:span.End()]); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	want := StatusReport{Received: Assertion{Asserted: true, HasTime: true, Time: 779965209000}}
	unplaced(&a.Status)
	want.Subject.Source, want.Subject.Created = eid(t, "dtn://src/"), Timestamp{779965208619, 7}
	want.Subject.Source.asText = true
	if diff := cmp.Diff(want, a.Status, everything); diff != "" || a.Name() != "Bundle Status Report" {
		t.Errorf("%s", diff)
	}
	if at, ok := a.Status.Received.TimeOf(7); !ok || at.Format("15:04:05") != "09:00:09" {
		t.Errorf("%v", at)
	}
}

func TestAStatusReportOfVersion6IsDecoded(t *testing.T) {
	b := read(admin(t, 6, statusReport6(t)))
	a, err := b.AdminRecord()
	if err != nil || b.FindingCount != 0 {
		t.Fatal(err, b.Findings)
	}
	if octets := admin(t, 6, statusReport6(t)); octets[a.Status.ReasonSpan.Offset] != 2 || string(octets[a.Status.Subject.SourceSpan.Offset:][:7]) != "ipn:3.4" {
		t.Errorf("%+v", a.Status)
	}
	unplaced(&a.Status)
	want := StatusReport{Reason: 2, Received: Assertion{Asserted: true, HasTime: true, Time: 10, Nanos: 20},
		Forwarded: Assertion{Asserted: true, HasTime: true, Time: 30, Nanos: 40}}
	want.Subject = Subject{Source: eid(t, "ipn:3.4"), Created: Timestamp{60, 70}, IsFragment: true, FragmentOffset: 100, FragmentLength: 50}
	if diff := cmp.Diff(want, a.Status, everything); diff != "" {
		t.Error(diff)
	}
	if a.Status.Reason.Name(6) != "Forwarded over unidirectional link" {
		t.Error(a.Status.Reason.Name(6))
	}
}

func TestCustodySignalsAreDecoded(t *testing.T) {
	made := handmade(t)
	a, err := read(made[2]).AdminRecord()
	if err != nil || !a.Custody.Succeeded || a.Custody.Reason != 4 || a.Custody.Time != 10 || a.Custody.Subject.Source.String() != "ipn:1.1" ||
		a.Custody.Subject.Created != (Timestamp{30, 40}) {
		t.Errorf("%+v %v", a, err)
	}
	// Runs of a first ID and a length: 5, 6, 7 and then, two behind the last, 9.
	a, err = read(made[3]).AdminRecord()
	if diff := cmp.Diff([]Fill{{5, 3}, {9, 1}}, a.Custody.Fills); diff != "" || err != nil {
		t.Errorf("%s %v", diff, err)
	}
	a, err = read(made[6]).AdminRecord()
	if diff := cmp.Diff([]Fill{{5, 3}}, a.Custody.Fills); diff != "" || err != nil || !a.Custody.Succeeded {
		t.Errorf("%s %v", diff, err)
	}
}

func TestABundleInABundleIsFound(t *testing.T) {
	inner := unhex(t, fragment7)
	for i, id := range map[int]uint64{4: 1, 5: 0} {
		octets := handmade(t)[i]
		b := read(octets)
		a, err := b.AdminRecord()
		e := a.Encapsulated
		if err != nil || e.TransmissionID != id || !bytes.Equal(e.Octets, inner) || !bytes.Equal(octets[e.Span.Offset:e.Span.End()], inner) {
			t.Errorf("%+v %v", a, err)
		}
		if read(e.Octets).State != Complete {
			t.Error("the inner bundle is not complete")
		}
	}
}

func TestALargeRecordIsKeptInPart(t *testing.T) {
	inner := make([]byte, MaxBlockData+100)
	b := read(admin(t, 7, cat([]byte{0x82, 3, 0x83, 1, 2}, appendBytes(nil, inner))))
	a, err := b.AdminRecord()
	if err != nil || !a.Cut || a.Encapsulated.Span.Length != uint64(len(inner)) || len(a.Encapsulated.Octets) >= len(inner) {
		t.Errorf("%v, cut %v, %+v", err, a.Cut, a.Encapsulated.Span)
	}
	if b.FindingCount != 0 {
		t.Errorf("%+v", b.Findings)
	}
}

func TestDataOfABlockThatIsTooLargeAreNotKept(t *testing.T) {
	for size, want := range map[int]error{MaxBlockData: ErrContent, MaxBlockData + 1: ErrNotKept} {
		octets := build7(t, Builder7{Outline: outline(t, 0), Payload: []byte("x"), Blocks: []NewBlock{
			{Type: BlockPreviousNode, CRC: CRC16, Data: make([]byte, size)}}})
		for _, b := range []*Bundle{read(octets), inPieces(octets, 0, 1000)} {
			k := &b.Blocks[0]
			if _, err := k.PreviousNode(); !errors.Is(err, want) || k.CRC.State != CRCValid || k.DataSpan.Length != uint64(size) {
				t.Errorf("%d octets: %v, %+v", size, err, k.CRC)
			}
		}
	}
}

func TestEndpointIDsAreWrittenAsTheyAreRead(t *testing.T) {
	for _, text := range []string{"dtn:none", "dtn://node-b/x", "dtn://node/", "ipn:1.1", "ipn:977000.100.1", "ipn:!.5", "ipn:0.0"} {
		e := eid(t, text)
		if e.String() != text {
			t.Errorf("%s: %s", text, e.String())
		}
		octets, ok := e.AppendCBOR(nil)
		c := cursor{b: octets}
		var back EID
		c.eid(&back)
		if !ok || c.fault != faultNone || c.i != len(octets) || !back.Equal(&e) || back.String() != text {
			t.Errorf("%s: %x, %s", text, octets, back.String())
		}
	}
	two, three := eid(t, "ipn:977000.100.1"), eid(t, "ipn:977000.100.1")
	two.Elements, three.Elements = 2, 3
	a, _ := two.AppendCBOR(nil)
	b, _ := three.AppendCBOR(nil)
	if !bytes.Equal(a, unhex(t, "8202821b000ee8680000006401")) || !bytes.Equal(b, unhex(t, "8202831a000ee868186401")) || !two.Equal(&three) {
		t.Errorf("%x %x", a, b)
	}
	for _, text := range []string{"", "x", "ipn:", ":x"} {
		if e, ok := ParseEID(text); ok {
			t.Errorf("%q is %+v", text, e)
		}
	}
	for _, text := range []string{"ipn:01.1", "ipn:1", "ipn:1.2.3.4", "ipn:4294967296.1.1", "ipn:99999999999999999999.1"} {
		if e, ok := ParseEID(text); !ok || e.Form != EIDURI || e.String() != text {
			t.Errorf("%q is %+v", text, e)
		}
	}
}
