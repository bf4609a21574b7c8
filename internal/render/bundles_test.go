// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

func someBundles() []*record.Bundle {
	transfer := func(session int, from record.From, version uint8, id, frame uint64) *record.Transfer {
		return &record.Transfer{Session: session, From: from, Version: version, TransferID: id, ImpliedTransferID: id, EndFrame: frame, State: record.Complete}
	}
	block := func(kind uint64, name string) record.Block {
		return record.Block{Type: kind, Name: name, CRC: record.CRCNone}
	}
	primary := record.Block{Primary: true, Name: "primary", CRC: record.CRCValid}
	plain := &record.Bundle{Transfer: transfer(1, record.Active, 4, 1, 15), ProtocolVersion: 7, Form: record.BundleWhole, Source: "ipn:1.1",
		Destination: "ipn:2.1", CreationTime: captureStart, HasCreationTime: true, Sequence: 42, Lifetime: 3600500, CRC: record.CRCValid,
		PayloadLength: 10000, Length: 10203, Blocks: []record.Block{primary, block(10, "hop count"), block(1, "payload")}}
	fragment := &record.Bundle{Transfer: transfer(2, record.Passive, 3, 7, 40), ProtocolVersion: 6, Form: record.BundleWhole, Source: "dtn://node-b/a",
		Destination: "dtn://node-a/", CreationTime: captureStart / 1e9 * 1e9, HasCreationTime: true, Sequence: 1, Lifetime: 86400000,
		IsFragment: true, FragmentOffset: 1000, TotalADULength: 5000, CRC: record.CRCNone, PayloadLength: 1000, Length: 1088,
		Blocks: []record.Block{{Primary: true}, block(1, "payload")}, Links: record.Links{SeenBefore: &record.Sighting{Session: 1, From: record.B,
			TransferID: 6, Implied: true, Frame: 12}}}
	report := &record.Bundle{Transfer: transfer(2, record.A, 4, 8, 44), ProtocolVersion: 7, Form: record.BundleWhole, Source: "ipn:2.0",
		Destination: "ipn:1.0", Sequence: 0, CRC: record.CRCValid, PayloadLength: 40, Length: 130, Blocks: []record.Block{primary, block(1, "payload")},
		Admin: "status report: delivered; No additional information; of ipn:1.1 2026-11-22T11:54:15.000000000Z #42", Subject: &record.Subject{},
		Links: record.Links{SubjectSeen: &record.Sighting{Session: 1, TransferID: 1, Frame: 15}, SeenBefore: &record.Sighting{File: "x.bundle"}}}
	broken := &record.Bundle{Transfer: transfer(2, record.B, 4, 9, 0), ProtocolVersion: 7, Form: record.BundleMalformed, CRC: record.CRCInvalid,
		Destination: "dtn://a\x1b[31m\u202e/", Length: 999, IsFragment: true, FragmentOffset: math.MaxUint64}
	broken.Transfer.State = record.Incomplete
	none := &record.Bundle{Transfer: transfer(3, record.Active, 4, 1, 50), Form: record.BundleMalformed, Length: 4}
	cut := &record.Bundle{Transfer: transfer(3, record.Active, 4, 2, 0), ProtocolVersion: 7, Form: record.BundleTruncated, Cut: true,
		Destination: "ipn:2.1", CRC: record.CRCUnchecked, Length: 30, Blocks: []record.Block{{Primary: true}}}
	cut.Transfer.State = record.Refused
	return []*record.Bundle{plain, fragment, report, broken, none, cut}
}

func TestABundleIsShownInAFewWords(t *testing.T) {
	for i, want := range []string{
		"ipn:1.1 -> ipn:2.1 #42 10.2 kB",
		"dtn://node-b/a -> dtn://node-a/ #1 1.1 kB [1000..1999 of 5000]",
		"ipn:2.0 -> ipn:1.0 #0 130 B (status report: delivered; No additional information; of ipn:1.1 2026-11-22T11:54:15.000000000Z #42)",
		`? -> dtn://a\x1b[31m\xe2\x80\xae/ #0 999 B [18446744073709551615.. of 0] MALFORMED CRC INVALID`,
		"NO BUNDLE",
		"? -> ipn:2.1 30 B TRUNCATED",
	} {
		if got := string((*Theme)(nil).appendBundle(nil, someBundles()[i])); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestTheMessageThatCompletesATransferEndsWithItsBundle(t *testing.T) {
	m := message(4, 15, 100, record.Active, xferSegment, "0101")
	plain := NewText(utc(TextOptions{})).AppendMessage(nil, m)
	m.Bundle = someBundles()[0]
	got := NewText(utc(TextOptions{})).AppendMessage(nil, m)
	want := append(bytes.TrimSuffix(bytes.Clone(plain), []byte("\n")), " ipn:1.1 -> ipn:2.1 #42 10.2 kB\n"...)
	if !bytes.HasSuffix(got, []byte(" ipn:1.1 -> ipn:2.1 #42 10.2 kB\n")) || len(got) < len(want) {
		t.Errorf("%q", got)
	}
}

func TestTablesOfBundles(t *testing.T) {
	var b bytes.Buffer
	inFile := *someBundles()[0]
	inFile.Transfer, inFile.File = nil, "some/x.bundle"
	parts := make([]record.ADUPart, 10)
	for i := range parts {
		parts[i] = record.ADUPart{Offset: uint64(i) * 500, Length: 500, Seen: record.Sighting{Session: 2, From: record.Passive, TransferID: uint64(i), Frame: 40}}
	}
	parts[1].Seen = record.Sighting{File: "x.bundle"}
	units := []*record.ADU{{Bundle: someBundles()[1], Parts: parts}}
	for _, o := range []TableOptions{{}, {Width: 160}, {Width: 100}, {Width: 60}, {Wide: true, Theme: NewTheme(true)}} {
		for _, list := range [][]*record.Bundle{someBundles(), {&inFile, someBundles()[1]}, {&inFile}, nil} {
			o.Location = time.UTC
			if err := Bundles(&b, list, units[:min(len(list)/5, 1)], o); err != nil {
				t.Fatal(err)
			}
			b.WriteByte('\n')
		}
	}
	golden(t, "bundles", b.Bytes())
}

func TestTheTreeOfABundleShowsItsFieldsAndWhatIsWrongWithIt(t *testing.T) {
	m := &record.Message{Version: 4, Type: xferSegment, Bundle: &record.Bundle{ProtocolVersion: 7, Form: record.BundleTruncated, Length: 40,
		Fields: []record.Field{{Name: "bpv7", Label: "Bundle Protocol version 7", Text: "40 octets", Length: 40},
			{Depth: 1, Name: "bpv7.primary.dst_uri", Label: "Destination", Kind: record.FieldText, Text: "ipn:2.\x1b", Offset: 7, Length: 5},
			{Depth: 1, Label: "Flags", Kind: record.FieldUint, Number: 5, Digits: 4, Offset: 12, Length: 1},
			{Depth: 2, Label: "Fragment", Kind: record.FieldBool, Number: 1}, {Depth: 2, Label: "Admin", Kind: record.FieldBool},
			{Depth: 1, Name: "bpv7.primary.lifetime", Label: "Lifetime", Kind: record.FieldUint, Number: 3, Text: "ms"},
			{Depth: 1, Name: "bpv7.canonical.data", Label: "Data", Kind: record.FieldUint, Number: 1, Text: "octets"},
			{Depth: 1, Name: "bpv7.crc_type", Label: "CRC Type", Kind: record.FieldUint, Number: 1, Text: "CRC-\x1b"},
			{Depth: 1, Name: "bpsec.x", Label: "Tag", Kind: record.FieldOctets, Octets: make([]byte, 40), Offset: 20, Length: 40},
			{Depth: 1, Name: "bpv7.primary.lifetime_exp", Label: "Expanded", Kind: record.FieldDuration, Number: 1500e6}},
		Problems: []record.Problem{{ID: "BPv7-14", Offset: 7, Text: "reserved\n"}}}}
	all := []string{"        0-39    Bundle Protocol version 7: 40 octets\n", `        7-11        Destination: ipn:2.\x1b` + "\n", "          12        Flags: 0x0005\n",
		"                        Fragment: True\n", "                        Admin: False\n", "Lifetime: 3 ms\n", "Data: 1 octet\n", `CRC Type: 1 (CRC-\x1b)` + "\n",
		"       20-59        Tag: " + strings.Repeat("00", 36) + "…\n", "Expanded: 1.500000000 seconds\n", `[BPv7-14 at octet 7 of the bundle: reserved\x0a]`}
	tree := string(NewTree(utc(TextOptions{})).AppendMessage(nil, m))
	for _, want := range all {
		if !strings.Contains(tree, want) {
			t.Errorf("%q is not in\n%s", want, tree)
		}
	}
	some := string(NewTree(utc(TextOptions{Protocols: []string{"bpsec"}})).AppendMessage(nil, m))
	if !strings.Contains(some, all[0]) || !strings.Contains(some, all[8]) || strings.Contains(some, "Destination") || strings.Contains(some, "Message Type") {
		t.Errorf("the fields of bpsec only:\n%s", some)
	}
	m.Bundle = &record.Bundle{Length: 3}
	if tree := string(NewTree(utc(TextOptions{})).AppendMessage(nil, m)); !strings.Contains(tree, "[The transfer is no bundle]") {
		t.Error(tree)
	}
}
