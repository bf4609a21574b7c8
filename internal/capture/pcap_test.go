// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/google/go-cmp/cmp"
)

func TestPcapMagicsGiveOctetOrderUnitAndRecordHeader(t *testing.T) {
	for name, c := range map[string]struct {
		magic  uint32
		extra  int
		behind int // octets between the file header and the first record
		unit   int64
	}{
		"microseconds":       {magicMicro, 0, 0, 1000},
		"nanoseconds":        {magicNano, 0, 0, 1},
		"Kuznetsov modified": {magicModified, 8, 0, 1000},
		"ss990915":           {magicModified, 12, 0, 1000},
		"Nokia":              {magicMicro, 4, 0, 1000},
		"IXIA hardware":      {magicIxiaHW, 0, 4, 1000},
		"IXIA software":      {magicIxiaSW, 0, 4, 1000},
	} {
		for _, o := range []order{little, bigEnd} {
			t.Run(name+" "+o.String(), func(t *testing.T) {
				b := join(pcapHeader(o, c.magic, 65535, 1), make([]byte, c.behind))
				var want []packet
				for i := range uint32(5) {
					data := octets(60 + int(i))
					b = append(b, record(o, 1700000000+i, 123456+i, 100, c.extra, data)...)
					want = append(want, packet{uint64(i + 1), int64(1700000000+i)*1e9 + int64(123456+i)*c.unit, 100,
						reassembly.LinkEthernet, string(data)})
				}
				_, got := mustRead(t, b)
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

// A standard file whose later records are odd must not be taken for another layout.
func TestRecordHeaderOfAnOddStandardPcapIsTheStandardOne(t *testing.T) {
	b := join(pcapHeader(little, magicMicro, 0, 1),
		record(little, 5, 2_000_000, 10, 0, octets(10)), // a fraction of more than a second
		record(little, 1700000000, 1, 4, 0, octets(10)), // more captured than was on the wire, decades later
		record(little, 1, 1, 0, 0, nil))
	_, got := mustRead(t, b)
	want := []packet{
		{1, 7e9, 10, 1, string(octets(10))},
		{2, 1700000000_000001000, 10, 1, string(octets(10))},
		{3, 1_000001000, 0, 1, ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPcapLinkTypeIsTheLow16BitsAndFCSIsTakenOff(t *testing.T) {
	for name, c := range map[string]struct {
		network          uint32
		captured, length int
		data, wire       int
		link             reassembly.LinkType
	}{
		"no FCS":             {1, 64, 64, 64, 64, 1},
		"bits without flag":  {0x20000001, 64, 64, 64, 64, 1},
		"reserved bits":      {0x00030114, 64, 64, 64, 64, 276},
		"whole":              {0x24000001, 64, 64, 60, 60, 1},
		"cut in front of it": {0x24000001, 50, 64, 50, 60, 1},
		"cut within":         {0x24000001, 62, 64, 60, 60, 1},
		"shorter than it":    {0x24000001, 2, 2, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			data := octets(c.captured)
			_, got := mustRead(t, join(pcapHeader(bigEnd, magicMicro, 0, c.network),
				record(bigEnd, 0, 0, uint32(c.length), 0, data)))
			want := []packet{{1, 0, c.wire, c.link, string(data[:c.data])}}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPcapOfAnOldVersionMayHaveTheLengthsSwapped(t *testing.T) {
	b := pcapHeader(little, magicMicro, 0, 1)
	b[6] = 2
	r := record(little, 1, 0, 20, 0, octets(20))
	r[8] = 60 // on the wire; 20 were captured
	b = append(b, r...)
	_, got := mustRead(t, b)
	if d := cmp.Diff([]packet{{1, 1e9, 60, 1, string(octets(20))}}, got); d != "" {
		t.Error(d)
	}
}

func TestPcapToleratesPacketsOverTheSnapshotLength(t *testing.T) {
	f, got := mustRead(t, join(pcapHeader(little, magicMicro, 64, 1), record(little, 0, 0, 1<<31+5, 0, octets(700_000))))
	if len(got) != 1 || got[0].Data != string(octets(700_000)) {
		t.Error("packet not delivered whole")
	}
	if got[0].Length != 1<<31-1 {
		t.Errorf("length %d", got[0].Length)
	}
	if want := []Interface{{Link: 1, Snaplen: 64}}; cmp.Diff(want, f.Info().Interfaces) != "" {
		t.Errorf("%+v", f.Info().Interfaces)
	}
}

func TestPcapWithoutPacketsIsACleanEnd(t *testing.T) {
	if _, got := mustRead(t, pcapHeader(little, magicNano, 0, 1)); got != nil {
		t.Error(got)
	}
}
