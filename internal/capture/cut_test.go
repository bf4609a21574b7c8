// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// smallNg is a pcapng with every kind of block, in two octet orders.
func smallNg() []byte {
	var b []byte
	for _, o := range []order{little, bigEnd} {
		b = append(b, join(sectionBlock(o, opt(o, 1, []byte("comment")), end(o)),
			interfaceBlock(o, 1, 0, opt(o, 2, []byte("if0")), end(o)),
			enhanced(o, 0, 1, 25, octets(25), opt(o, 1, []byte("text")), end(o)),
			block(o, 4, words(o, 0)),
			simple(o, 9, octets(9)),
			secretsBlock(o, SecretTLSKeyLog, octets(10)),
			block(o, blockPacket, words(o, 0, 0, 1, 6, 60), octets(6)),
			block(o, 0xbad, words(o, 1)),
			block(o, blockStatistics, words(o, 0, 0, 0)),
			enhanced(o, 0, 2, 3, octets(3)))...)
	}
	return b
}

// borders returns where a capture may end without being cut short, and after each the number of packets before it.
func borders(b []byte) map[int]int {
	at := map[int]int{}
	packets := 0
	if !isSectionHeader(b) {
		for n := pcapHeaderLen; ; packets++ {
			at[n] = packets
			if n == len(b) {
				return at
			}
			n += recordStandard + int(binary.LittleEndian.Uint32(b[n+8:]))
		}
	}
	var o order
	for n := 0; n < len(b); {
		if isSectionHeader(b[n:]) {
			o = little
			if b[n+8] == 0x1a {
				o = bigEnd
			}
		}
		if kind := o.(binary.ByteOrder).Uint32(b[n:]); kind == blockEnhanced || kind == blockPacket || kind == blockSimple {
			packets++
		}
		n += int(o.(binary.ByteOrder).Uint32(b[n+4:]))
		at[n] = packets
	}
	return at
}

func TestACaptureCutAtAnyOctetGivesThePacketsBeforeTheCut(t *testing.T) {
	for name, b := range map[string][]byte{
		"seed-v4-idle.pcap":              testdata(t, "seed-v4-idle.pcap"),
		"seed-v4-plain.snap96-ng.pcapng": testdata(t, "seed-v4-plain.snap96-ng.pcapng"),
		"every kind of block":            smallNg(),
	} {
		t.Run(name, func(t *testing.T) {
			_, whole := mustRead(t, b)
			border := borders(b)
			if border[len(b)] != len(whole) {
				t.Fatalf("%d packets, want %d", len(whole), border[len(b)])
			}
			before := 0 // packets that end before the cut
			for n := range len(b) {
				f, err := newFile("x", bytes.NewReader(b[:n]), new(kept), 256) // every packet moves or grows the buffer
				if err != nil {
					if _, ok := border[n]; ok || before > 0 {
						t.Fatalf("cut at %d: %v", n, err)
					}
					continue
				}
				packets, errs := readAll(t, f)
				f.Close()
				if at, ok := border[n]; ok {
					before = at
					if len(errs) > 0 {
						t.Fatalf("cut between records, at %d: %v", n, errs)
					}
					if len(packets) != before {
						t.Fatalf("cut at %d: %d packets, want %d", n, len(packets), before)
					}
				} else if len(errs) != 1 || !errs[0].(*Error).Truncated || !strings.Contains(errs[0].Error(), "cut short") {
					t.Fatalf("cut at %d: %v", n, errs)
				}
				for i, p := range packets {
					if i < before && p != whole[i] {
						t.Fatalf("cut at %d: packet %d differs", n, i+1)
					}
					w := whole[i]
					if i == before && (!strings.HasPrefix(w.Data, p.Data) || p.Length != w.Length || p.Time != w.Time) {
						t.Fatalf("cut at %d: the partial packet %d differs", n, i+1)
					}
				}
				if len(packets) < before || len(packets) > before+1 {
					t.Fatalf("cut at %d: %d packets, %d before the cut", n, len(packets), before)
				}
			}
		})
	}
}

func TestACompressedCaptureCutAtAnyOctetSaysSo(t *testing.T) {
	plain := testdata(t, "seed-v4-idle.pcap")
	_, whole := mustRead(t, plain)
	for name, b := range map[string][]byte{"gzip": gzipped(t, plain), "zstd": zstded(t, plain)} {
		t.Run(name, func(t *testing.T) {
			most := 0
			for n := 4; n < len(b); n++ {
				var packets []packet
				f, err := newFile("x", bytes.NewReader(b[:n]), new(kept), 4096)
				errs := []error{err}
				if err == nil {
					packets, errs = readAll(t, f)
					f.Close()
				}
				if len(errs) != 1 || !errs[0].(*Error).Truncated {
					t.Fatalf("cut at %d: %v", n, errs)
				}
				for i, p := range packets {
					if i < len(packets)-1 && p != whole[i] {
						t.Fatalf("cut at %d: packet %d differs", n, i+1)
					}
				}
				most = max(most, len(packets))
			}
			if name == "gzip" && most != len(whole) {
				t.Errorf("at most %d packets of %d", most, len(whole))
			}
		})
	}
}
