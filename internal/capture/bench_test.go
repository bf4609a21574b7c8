// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// repeated gives n octets of b, over and over.
type repeated struct {
	b  []byte
	at int
	n  int64
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(int64(len(b)), r.n)], r.b[r.at:])
	r.n -= int64(n)
	if r.at += n; r.at == len(r.b) {
		r.at = 0
	}
	return n, nil
}

// endless is a capture that begins with header and goes on with one record for ever.
func endless(t testing.TB, header, record []byte) *File {
	t.Helper()
	many := bytes.Repeat(record, max(1, 64<<10/len(record)))
	f, err := NewReader("x", io.MultiReader(bytes.NewReader(header), &repeated{b: many, n: 1 << 62}))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func endlessCaptures(size int) map[string][2][]byte {
	data := octets(size)
	return map[string][2][]byte{
		"pcap":    {pcapHeader(little, magicMicro, 0, 1), record(little, 1700000000, 5, uint32(size), 0, data)},
		"pcap-be": {pcapHeader(bigEnd, magicMicro, 0, 1), record(bigEnd, 1700000000, 5, uint32(size), 0, data)},
		"pcapng": {join(sectionBlock(little), interfaceBlock(little, 1, 0)),
			enhanced(little, 0, 1700000000_000000, uint32(size), data)},
		"pcapng-options": {join(sectionBlock(little), interfaceBlock(little, 1, 0, opt(little, 9, []byte{0x9e}))),
			enhanced(little, 0, 1700000000_000000, uint32(size), data, opt(little, 2, words(little, 1)), end(little))},
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	for name, c := range endlessCaptures(1500) {
		f := endless(t, c[0], c[1])
		var p reassembly.Packet
		if n := testing.AllocsPerRun(10_000, func() {
			if err := f.Next(&p); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a packet", name, n)
		}
	}
}

func TestTimelineNextAllocatesNothing(t *testing.T) {
	c := endlessCaptures(100)["pcap"]
	many := join(c[0], bytes.Repeat(c[1], 5000))
	tl := NewTimeline([]string{writeFile(t, "x", many), writeFile(t, "y", many)})
	defer tl.Close()
	var p reassembly.Packet
	next := func() {
		if err := tl.Next(&p); err != nil {
			t.Fatal(err)
		}
	}
	next()
	if n := testing.AllocsPerRun(9000, next); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// BenchmarkRead is what has to be spent on reading alone, to be taken off BenchmarkNext.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{100, 1500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := endlessCaptures(size)["pcap"]
			r := &repeated{b: bytes.Repeat(c[1], 64<<10/len(c[1])), n: 1 << 62}
			buf := make([]byte, bufferSize)
			b.SetBytes(int64(len(c[1])))
			for left := b.N * len(c[1]); left > 0; {
				n, _ := r.Read(buf)
				left -= n
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	for _, size := range []int{100, 1500} {
		for _, name := range []string{"pcap", "pcap-be", "pcapng", "pcapng-options"} {
			c := endlessCaptures(size)[name]
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				f := endless(b, c[0], c[1])
				var p reassembly.Packet
				b.SetBytes(int64(len(c[1])))
				b.ReportAllocs()
				for b.Loop() {
					if err := f.Next(&p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
