// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// readWithPcapgo reads a capture with gopacket's readers.
func readWithPcapgo(t *testing.T, b []byte) (packets []packet) {
	t.Helper()
	var read func() ([]byte, gopacket.CaptureInfo, error)
	var link func(gopacket.CaptureInfo) layers.LinkType
	if isSectionHeader(b) {
		r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			t.Fatal(err)
		}
		read = r.ReadPacketData
		link = func(ci gopacket.CaptureInfo) layers.LinkType { return ci.AncillaryData[0].(layers.LinkType) }
	} else {
		r, err := pcapgo.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		read = r.ReadPacketData
		link = func(gopacket.CaptureInfo) layers.LinkType { return r.LinkType() }
	}
	for {
		data, ci, err := read()
		if err == io.EOF {
			return packets
		}
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, packet{uint64(len(packets) + 1), ci.Timestamp.UnixNano(), ci.Length,
			reassembly.LinkType(link(ci)), string(data)})
	}
}

func TestPacketsAreThoseThatPcapgoReads(t *testing.T) {
	captures := map[string][]byte{}
	frames := map[string]int{
		"seed-v4-idle.pcap":              18,
		"seed-v4-tls13-dsb.pcapng":       44,
		"seed-v4-plain.gz.pcap.gz":       40,
		"seed-v4-plain.snap96-ng.pcapng": 40,
		binaryUnits:                      40,
	}
	for name := range frames {
		captures[name] = testdata(t, name)
	}
	for _, o := range []order{little, bigEnd} {
		for name, magic := range map[string]uint32{"us ": magicMicro, "ns ": magicNano} {
			b := pcapHeader(o, magic, 65535, 113)
			for i := range 500 {
				b = append(b, record(o, 1700000000+uint32(i), uint32(i*777), uint32(i*3), 0, octets(i*3))...)
			}
			captures[name+o.String()], frames[name+o.String()] = b, 500
		}
		b := join(sectionBlock(o), interfaceBlock(o, 1, 0), interfaceBlock(o, 228, 0, opt(o, 9, []byte{9})))
		for i := range 500 {
			b = append(b, enhanced(o, uint32(i%2), 1<<50+uint64(i), uint32(i*3+5), octets(i*3), opt(o, 2, words(o, 1)), end(o))...)
		}
		captures["pcapng "+o.String()], frames["pcapng "+o.String()] = b, 500
	}
	for name, b := range captures {
		t.Run(name, func(t *testing.T) {
			_, got := mustRead(t, b)
			if len(got) != frames[name] {
				t.Errorf("%d frames, want %d", len(got), frames[name])
			}
			if strings.HasSuffix(name, ".gz") {
				b = gunzip(t, b)
			}
			want := readWithPcapgo(t, b)
			if name == binaryUnits {
				for i := range min(len(want), len(got)) {
					want[i].Time = got[i].Time // pcapgo is wrong there, see the test below
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// binaryUnits has interfaces whose timestamps count 2^-n seconds.
const binaryUnits = "seed-v4-plain.ng-be-3if-extra.pcapng"

func TestTimesInBinaryUnitsAreThoseThatTsharkShows(t *testing.T) {
	_, got := mustRead(t, testdata(t, binaryUnits))
	for i, want := range []int64{1795348455_390256881, 1795348455_390270000, 1795348455_390281677} {
		if got[i].Time != want {
			t.Errorf("packet %d: %d, want %d", i+1, got[i].Time, want)
		}
	}
}

func TestSecretsOfARealCapture(t *testing.T) {
	f, _ := mustRead(t, testdata(t, "seed-v4-tls13-dsb.pcapng"))
	s := f.Secrets()
	if len(s) != 1 || s[0].Type != SecretTLSKeyLog || !bytes.Contains(s[0].Data, []byte("CLIENT_TRAFFIC_SECRET_0 ")) {
		t.Errorf("%d secrets", len(s))
	}
}
