// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"io"
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// lendable are captures whose records are larger and smaller than the buffers of the tests.
func lendable(t *testing.T) map[string][]byte {
	large := pcapHeader(little, magicMicro, 1<<20, 1)
	for i := range 40 {
		large = append(large, record(little, uint32(i), 0, 0, 0, octets(i*i*200))...)
	}
	return map[string][]byte{"pcap": testdata(t, "seed-v4-idle.pcap"), "pcapng": testdata(t, "seed-v4-tls13-dsb.pcapng"), "large packets": large}
}

// TestLentPacketsStayAsTheyWere keeps all packets while their buffers are not given back, and then gives each back, spoilt, after the next
// one.
func TestLentPacketsStayAsTheyWere(t *testing.T) {
	for name, b := range lendable(t) {
		_, want, _ := readBytes(t, b)
		for _, size := range []int{16, 300, 5000, leastRoom + 100, bufferSize} {
			for _, back := range []bool{false, true} {
				f, err := newFile("x", &dribbler{b: b, next: size}, new(kept), size)
				if err != nil {
					t.Fatal(err)
				}
				var before []byte
				f.swap = func(used []byte) []byte {
					free := before
					before = used
					if !back {
						return nil
					}
					for i := range free {
						free[i] = 0xee
					}
					return free
				}
				var got [][]byte
				for {
					var p reassembly.Packet
					if err := f.Next(&p); err == io.EOF {
						break
					} else if err != nil {
						t.Fatal(err)
					}
					if back {
						p.Data = bytes.Clone(p.Data)
					}
					got = append(got, p.Data)
				}
				if len(got) != len(want) {
					t.Fatalf("%s, buffers of %d: %d packets, want %d", name, size, len(got), len(want))
				}
				for i := range got {
					if string(got[i]) != want[i].Data {
						t.Fatalf("%s, buffers of %d, back %v: packet %d differs", name, size, back, i+1)
					}
				}
			}
		}
	}
}

func TestABufferIsUsedUpBeforeItIsSwapped(t *testing.T) {
	b := pcapHeader(little, magicMicro, 1<<20, 1)
	for range 20_000 {
		b = append(b, record(little, 1, 0, 0, 0, octets(50))...)
	}
	f, err := newFile("x", &dribbler{b: b, next: 24}, new(kept), bufferSize)
	if err != nil {
		t.Fatal(err)
	}
	swaps := 0
	f.swap = func([]byte) []byte { swaps++; return nil }
	for err == nil {
		err = f.Next(new(reassembly.Packet))
	}
	if most := len(b)/(bufferSize-leastRoom) + 1; swaps > most || swaps == 0 {
		t.Errorf("%d buffers for %d octets that came in small pieces, want at most %d", swaps, len(b), most)
	}
}
