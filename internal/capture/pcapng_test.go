// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"io"
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/google/go-cmp/cmp"
)

func both(t *testing.T, test func(t *testing.T, o order)) {
	for _, o := range []order{little, bigEnd} {
		t.Run(o.String(), func(t *testing.T) { test(t, o) })
	}
}

func TestPcapngInterfacesOfDifferentLinkTypesAndTimeUnits(t *testing.T) {
	both(t, func(t *testing.T, o order) {
		f, got := mustRead(t, join(sectionBlock(o),
			interfaceBlock(o, 1, 65535),
			interfaceBlock(o, 101, 0, opt(o, 2, []byte("wan0\x00")), opt(o, 3, []byte("uplink")), opt(o, 9, []byte{9}),
				opt(o, 11, []byte("\x00tcp port 4556")), end(o)),
			interfaceBlock(o, 276, 96, opt(o, 9, []byte{0x8a}), opt(o, 14, o.AppendUint64(nil, 1000))),
			enhanced(o, 0, 1_500000, 70, octets(61)),
			enhanced(o, 1, 1<<40, 40, octets(40)),
			enhanced(o, 2, 512, 10, octets(4)),
		))
		want := []packet{
			{1, 1_500000000, 70, 1, string(octets(61))},
			{2, 1 << 40, 40, 101, string(octets(40))},
			{3, 1000_500000000, 10, 276, string(octets(4))},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		wantInfo := &Info{File: "x", Format: "pcapng", Interfaces: []Interface{
			{Section: 1, Link: 1, Snaplen: 65535},
			{Section: 1, Link: 101, Name: "wan0", Description: "uplink", Filter: "tcp port 4556"},
			{Section: 1, Link: 276, Snaplen: 96},
		}}
		if d := cmp.Diff(wantInfo, f.Info()); d != "" {
			t.Error(d)
		}
	})
}

func TestPcapngSectionsHaveTheirOwnOctetOrderAndInterfaces(t *testing.T) {
	_, got, errs := readBytes(t, join(
		sectionBlock(little), interfaceBlock(little, 1, 0), interfaceBlock(little, 101, 0), enhanced(little, 1, 1, 4, octets(4)),
		sectionBlock(bigEnd), interfaceBlock(bigEnd, 228, 0), enhanced(bigEnd, 0, 2, 4, octets(4)),
		enhanced(bigEnd, 1, 2, 4, octets(4)), // an interface of the section before
		sectionBlock(little), enhanced(little, 0, 2, 4, octets(4)),
		interfaceBlock(little, 229, 0), enhanced(little, 0, 3, 4, octets(4)),
	))
	want := []packet{
		{1, 1000, 4, 101, string(octets(4))}, {2, 2000, 4, 228, string(octets(4))}, {5, 3000, 4, 229, string(octets(4))},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	wantErrs := "x: packet 3 names interface 1, but the section has 1 so far (offset 188); it is left out\n" +
		"x: packet 4 names interface 0, but the section has 0 so far (offset 252); it is left out"
	if d := cmp.Diff(wantErrs, texts(errs)); d != "" {
		t.Error(d)
	}
}

func TestSimplePacketsHaveTheTimeOfThePacketBeforeAndTheFirstInterface(t *testing.T) {
	both(t, func(t *testing.T, o order) {
		_, got := mustRead(t, join(sectionBlock(o), interfaceBlock(o, 1, 32), interfaceBlock(o, 101, 0),
			simple(o, 30, octets(30)),
			enhanced(o, 1, 7, 10, octets(10)),
			simple(o, 100, octets(32)), // cut by the snapshot length
			simple(o, 21, octets(21)),
			simple(o, 31, octets(8)), // less than there should be
		))
		want := []packet{
			{1, 0, 30, 1, string(octets(30))}, {2, 7000, 10, 101, string(octets(10))}, {3, 7000, 100, 1, string(octets(32))},
			{4, 7000, 21, 1, string(octets(21))}, {5, 7000, 31, 1, string(octets(8))},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

func TestObsoletePacketBlocks(t *testing.T) {
	both(t, func(t *testing.T, o order) {
		fixed := o.AppendUint16(nil, 1)   // interface
		fixed = o.AppendUint16(fixed, 99) // drops
		fixed = append(fixed, words(o, 0, 8, 6, 60)...)
		_, got := mustRead(t, join(sectionBlock(o), interfaceBlock(o, 1, 0), interfaceBlock(o, 113, 0),
			block(o, blockPacket, fixed, octets(6), make([]byte, 2), opt(o, 2, words(o, 0)), end(o))))
		if d := cmp.Diff([]packet{{1, 8000, 60, 113, string(octets(6))}}, got); d != "" {
			t.Error(d)
		}
	})
}

func TestPcapngFrameCheckSequenceIsTakenOff(t *testing.T) {
	flags := func(fcs uint32) []byte { return opt(little, 2, words(little, 1|fcs<<5)) }
	for name, c := range map[string]struct {
		fcslen  []byte
		options []byte
		want    int
	}{
		"none":                       {nil, nil, 64},
		"of the interface":           {[]byte{4}, nil, 60},
		"in bits":                    {[]byte{32}, nil, 60},
		"of the packet":              {nil, flags(2), 62},
		"packet goes over interface": {[]byte{4}, flags(2), 62},
		"packet does not know":       {[]byte{4}, flags(0), 60},
	} {
		t.Run(name, func(t *testing.T) {
			var options []byte
			if c.fcslen != nil {
				options = opt(little, 13, c.fcslen)
			}
			_, got := mustRead(t, join(sectionBlock(little), interfaceBlock(little, 1, 0, options),
				enhanced(little, 0, 0, 64, octets(64), c.options)))
			if d := cmp.Diff([]packet{{1, 0, c.want, 1, string(octets(64)[:c.want])}}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPcapngKeepsSecretsCommentsAndStatistics(t *testing.T) {
	both(t, func(t *testing.T, o order) {
		statistics := func(number uint32, options ...[]byte) []byte {
			return block(o, blockStatistics, words(o, number, 0, 0), join(options...))
		}
		count := func(code uint16, n uint64) []byte { return opt(o, code, o.AppendUint64(nil, n)) }
		f, _ := mustRead(t, join(
			sectionBlock(o, opt(o, 1, []byte("first")), opt(o, 4, []byte("dumpcap")), opt(o, 1, []byte("second")), end(o)),
			interfaceBlock(o, 1, 0), interfaceBlock(o, 1, 0, opt(o, 1, []byte("the other"))),
			secretsBlock(o, SecretTLSKeyLog, []byte("CLIENT_RANDOM 00 11\n")),
			enhanced(o, 0, 0, 4, octets(4)),
			enhanced(o, 0, 0, 5, octets(5), opt(o, 2, words(o, 1)), opt(o, 1, []byte("look here")), end(o)),
			statistics(0, count(4, 10), count(5, 1)), statistics(0, count(4, 1<<40), count(5, 2), end(o)),
			statistics(9, count(4, 10)), // no such interface
			secretsBlock(o, 0x5353484b, octets(3)),
		))
		wantSecrets := []Secret{{SecretTLSKeyLog, []byte("CLIENT_RANDOM 00 11\n")}, {0x5353484b, octets(3)}}
		if d := cmp.Diff(wantSecrets, f.Secrets()); d != "" {
			t.Error(d)
		}
		wantInfo := &Info{File: "x", Format: "pcapng",
			Interfaces: []Interface{{Section: 1, Link: 1, Counted: true, Received: 1 << 40, Dropped: 2}, {Section: 1, Link: 1}},
			Comments:   []Comment{{1, -1, 0, "first"}, {1, -1, 0, "second"}, {1, 1, 0, "the other"}, {1, -1, 2, "look here"}}}
		if d := cmp.Diff(wantInfo, f.Info()); d != "" {
			t.Error(d)
		}
	})
}

// What is kept of a hostile file is bounded, and lack of room costs no packet.
func TestPcapngWhatIsKeptIsBounded(t *testing.T) {
	comment := opt(little, 1, bytes.Repeat([]byte("x"), 60_000))
	parts := [][]byte{sectionBlock(little), interfaceBlock(little, 1, 0)}
	for range 40 {
		parts = append(parts, secretsBlock(little, SecretTLSKeyLog, octets(1<<20)),
			enhanced(little, 0, 0, 4, octets(4), comment))
	}
	parts = append(parts, secretsBlock(little, SecretTLSKeyLog, octets(maxSecrets)))
	f, packets, errs := readBytes(t, join(parts...))
	if len(packets) != 40 {
		t.Errorf("%d packets", len(packets))
	}
	if n := len(f.Secrets()); n != 15 {
		t.Errorf("%d secrets of 1 MiB kept", n)
	}
	if n := len(f.Info().Comments); n != 17 {
		t.Errorf("%d comments of 60000 octets kept", n)
	}
	want := "x: more than 16777216 octets of decryption secrets (offset 16629588); they are left out"
	if d := cmp.Diff(want, texts(errs)); d != "" {
		t.Error(d)
	}
}

// zeros gives n zero octets.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestPcapngSkipsAHugeBlockWithoutKeepingIt(t *testing.T) {
	const size = 512 << 20
	f, err := NewReader("x", io.MultiReader(
		bytes.NewReader(join(sectionBlock(little), interfaceBlock(little, 1, 0), words(little, 0xbad, size))), zeros(size-12),
		bytes.NewReader(join(words(little, size), enhanced(little, 0, 1, 4, octets(4))))))
	if err != nil {
		t.Fatal(err)
	}
	packets, errs := readAll(t, f)
	if d := cmp.Diff([]packet{{1, 1000, 4, 1, string(octets(4))}}, packets); d != "" || errs != nil {
		t.Error(d, errs)
	}
	if len(f.buf) != bufferSize {
		t.Errorf("the buffer has grown to %d octets", len(f.buf))
	}
}

func TestPacketsLargerThanTheBufferAreDeliveredWhole(t *testing.T) {
	data := octets(maxPacket)
	for name, b := range map[string][]byte{
		"pcap": join(pcapHeader(little, magicMicro, 0, 1), record(little, 0, 0, maxPacket, 0, data),
			record(little, 0, 0, 4, 0, octets(4))),
		"pcapng": join(sectionBlock(little), interfaceBlock(little, 1, 0), enhanced(little, 0, 0, maxPacket, data),
			enhanced(little, 0, 0, 4, octets(4))),
	} {
		t.Run(name, func(t *testing.T) {
			_, got := mustRead(t, b)
			if len(got) != 2 || got[0].Data != string(data) || got[1].Data != string(octets(4)) {
				t.Errorf("%d packets", len(got))
			}
		})
	}
}

// A length field makes no buffer: only octets that are there do.
func TestALengthThatLiesAllocatesNothing(t *testing.T) {
	for name, b := range map[string][]byte{
		"pcap":    join(pcapHeader(little, magicMicro, 0, 1), words(little, 0, 0, maxPacket, maxPacket), octets(1000)),
		"packet":  join(sectionBlock(little), interfaceBlock(little, 1, 0), words(little, blockEnhanced, maxBlock), octets(1000)),
		"secrets": join(sectionBlock(little), words(little, blockSecrets, maxSecrets-4), octets(1000)),
	} {
		t.Run(name, func(t *testing.T) {
			f, _, errs := readBytes(t, b)
			if len(errs) != 1 || !errs[0].(*Error).Truncated {
				t.Error(errs)
			}
			if len(f.buf) != bufferSize {
				t.Errorf("the buffer has grown to %d octets", len(f.buf))
			}
		})
	}
}

func TestPacketDataEndsWhereThePacketEnds(t *testing.T) {
	f, err := NewReader("x", bytes.NewReader(join(sectionBlock(little), interfaceBlock(little, 1, 0),
		enhanced(little, 0, 0, 4, octets(4)))))
	if err != nil {
		t.Fatal(err)
	}
	var p reassembly.Packet
	if err := f.Next(&p); err != nil || cap(p.Data) != 4 {
		t.Errorf("%v, capacity %d: append would write into the buffer", err, cap(p.Data))
	}
}
