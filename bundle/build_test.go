// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"errors"
	"testing"
)

func TestWhatIsBuiltIsReadWithoutFindings(t *testing.T) {
	for _, crc := range []CRCType{CRC16, CRC32C} {
		node, _ := PreviousNodeBlock(eid(t, "dtn://node-c/"))
		node.CRC = crc
		w := Builder7{Outline: outline(t, FlagReportDelivery), CRC: crc, PayloadCRC: crc, Payload: []byte("hello"),
			Blocks: []NewBlock{node, AgeBlock(70000), {Type: 200, Number: 2, CRC: crc, Data: []byte("private")}, HopCountBlock(30, 2)}}
		octets, err := w.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		b := read(octets)
		if b.State != Complete || b.FindingCount != 0 || b.CRC.State != CRCValid || len(b.Blocks) != 5 {
			t.Fatalf("%v %+v %+v", b.State, b.Stop, b.Findings)
		}
		if b.Blocks[0].CRC.State != CRCValid || b.Blocks[2].CRC.State != CRCValid || b.Blocks[1].CRC.State != CRCAbsent {
			t.Errorf("%+v", b.Blocks)
		}
		if age, err := b.Blocks[1].Age(); age != 70000 || err != nil {
			t.Errorf("age %d, %v", age, err)
		}
		if h, err := b.Blocks[3].HopCount(); h.Limit != 30 || h.Count != 2 || err != nil {
			t.Errorf("%+v, %v", h, err)
		}
		p := b.Payload()
		if !bytes.Equal(octets[p.DataSpan.Offset:p.DataSpan.End()], w.Payload) {
			t.Errorf("payload at %+v", p.DataSpan)
		}
		checkSplits(t, octets)
	}
}

func TestTheVectorOfVersion6IsBuilt(t *testing.T) {
	o := outline(t, 0x90)
	o.Created, o.Lifetime = Timestamp{779965208, 1}, 3600
	octets := build6(t, Builder6{Outline: o, Payload: []byte("hello"), Blocks: []NewBlock{{Type: BlockAge6, Flags: BlockReplicate, Data: []byte{0x82, 0x2c}}}})
	if want := unhex(t, cbhe6); !bytes.Equal(octets, want) {
		t.Errorf("%x\n%x", octets, want)
	}
}

func TestIllegalBundlesAreNotBuilt(t *testing.T) {
	node := func(number uint64) []NewBlock { return []NewBlock{{Type: 200, Number: 5}, {Type: 200, Number: number}} }
	for name, c := range map[string]struct {
		change func(w *Builder7)
		want   error
	}{
		"no CRC":                    {func(w *Builder7) { w.CRC = CRCNone }, ErrCRC},
		"an unknown CRC":            {func(w *Builder7) { w.PayloadCRC = 3 }, ErrCRC},
		"a reserved flag":           {func(w *Builder7) { w.Flags = 8 }, ErrFlags},
		"a fragment not to be one":  {func(w *Builder7) { w.Flags = FlagFragment | FlagNoFragment }, ErrFlags},
		"a record with reports":     {func(w *Builder7) { w.Flags = FlagAdmin | FlagReportDeletion }, ErrFlags},
		"no source":                 {func(w *Builder7) { w.Source = w.ReportTo }, ErrFlags},
		"a fragment behind the end": {func(w *Builder7) { w.Flags, w.TotalLength, w.FragmentOffset = FlagFragment, 5, 2 }, ErrFragment},
		"a number twice":            {func(w *Builder7) { w.Blocks = node(5) }, ErrNumber},
		"the payload's number":      {func(w *Builder7) { w.Blocks = node(1) }, ErrNumber},
		"another payload":           {func(w *Builder7) { w.Blocks = []NewBlock{{Type: BlockPayload}} }, ErrBlockType},
		"no time":                   {func(w *Builder7) { w.Created.Time = 0 }, ErrClock},
		"two ages":                  {func(w *Builder7) { w.Blocks = []NewBlock{AgeBlock(1), AgeBlock(2)} }, ErrClock},
		"no destination":            {func(w *Builder7) { w.Destination = EID{} }, ErrEID},
	} {
		w := Builder7{Outline: outline(t, 0), CRC: CRC32C, Payload: []byte("hello")}
		if _, err := w.Append(nil); err != nil {
			t.Fatal(err)
		}
		c.change(&w)
		if octets, err := w.Append([]byte("kept")); !errors.Is(err, c.want) || string(octets) != "kept" {
			t.Errorf("%s: %v, %q", name, err, octets)
		}
	}
}

func TestStatusReportsAreWrittenAsTheyAreRead(t *testing.T) {
	for version, text := range map[int][]byte{6: admin(t, 6, statusReport6(t)), 7: unhex(t, report7)} {
		b := read(text)
		a, err := b.AdminRecord()
		if err != nil {
			t.Fatal(err)
		}
		var octets []byte
		if version == 6 {
			octets, err = a.Status.AppendSDNV(nil)
		} else {
			octets, err = a.Status.AppendCBOR(nil)
		}
		if span := b.Payload().DataSpan; err != nil || !bytes.Equal(octets, text[span.Offset:span.End()]) {
			t.Errorf("version %d: %x, %v", version, octets, err)
		}
	}
	s := StatusReport{CustodyAccepted: Assertion{Asserted: true}}
	if _, err := s.AppendCBOR(nil); !errors.Is(err, ErrFlags) {
		t.Errorf("custody in BPv7: %v", err)
	}
	if _, err := s.AppendSDNV(nil); !errors.Is(err, ErrFlags) {
		t.Errorf("no time in BPv6: %v", err)
	}
}
