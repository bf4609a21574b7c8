// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"io"
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// fuzz reads b and checks what must hold of any input: reading ends, frames count up, data are within bounds and the same
// for any size of the buffer and of reads, and memory is in proportion to the input.
func fuzz(t *testing.T, b []byte, size int) {
	large, largeErrs := walk(t, b, bufferSize, bytes.NewReader(b))
	small, smallErrs := walk(t, b, size, &dribbler{b: b, next: size})
	if large != small || largeErrs != smallErrs {
		t.Errorf("with a large buffer %v and errors\n%s\nwith a small one %v and\n%s", large, largeErrs, small, smallErrs)
	}
}

// summary is what reading gave, short.
type summary struct {
	packets, octets int
	sum             uint64
}

func walk(t *testing.T, b []byte, size int, r io.Reader) (s summary, errs string) {
	f, err := newFile("x", r, new(kept), size)
	if err != nil {
		return s, err.Error()
	}
	defer f.Close()
	// Each call uses up 12 octets or ends a file; compressed input can be long.
	const most = 100_000
	var frame uint64
	for range most {
		var p reassembly.Packet
		switch err := f.Next(&p); {
		case err == io.EOF:
			if !f.compressed && len(f.buf) > max(size, 2*len(b)) {
				t.Errorf("a buffer of %d octets for %d", len(f.buf), len(b))
			}
			return s, errs
		case err != nil:
			if len(errs) < 1000 {
				errs += err.Error() + "\n"
			}
			continue
		}
		if p.Frame <= frame {
			t.Fatalf("frame %d follows frame %d", p.Frame, frame)
		}
		frame = p.Frame
		if p.Length < len(p.Data) || cap(p.Data) != len(p.Data) {
			t.Fatalf("%d octets of %d, capacity %d", len(p.Data), p.Length, cap(p.Data))
		}
		s.packets++
		s.octets += len(p.Data)
		for _, c := range p.Data {
			s.sum = s.sum*31 + uint64(c)
		}
		s.sum = s.sum*31 + uint64(p.Time) + uint64(p.Length)
	}
	if !f.compressed && len(b) < 12*most {
		t.Fatal("reading does not end")
	}
	return s, errs
}

// dribbler gives next octets, and then 7 at a time.
type dribbler struct {
	b    []byte
	next int
}

func (d *dribbler) Read(b []byte) (int, error) {
	if len(d.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b, d.b[:min(len(d.b), d.next)])
	d.b, d.next = d.b[n:], 7
	return n, nil
}

func FuzzPcap(f *testing.F) {
	idle := testdata(f, "seed-v4-idle.pcap")
	f.Add(idle[:600])
	for _, magic := range []uint32{magicMicro, magicNano, magicModified, magicIxiaHW, magicIxiaSW} {
		for _, o := range []order{little, bigEnd} {
			for _, extra := range []int{0, 4, 8, 12} {
				f.Add(join(pcapHeader(o, magic, 96, 0x24000001), record(o, 1700000000, 1, 60, extra, octets(20)),
					record(o, 1700000001, 1, 9, extra, octets(9)), record(o, 1700000002, 1, 9, extra, octets(9))))
			}
		}
	}
	f.Add(gzipped(f, idle[:300]))
	f.Add(zstded(f, idle[:300]))
	f.Add(zstded(f, gzipped(f, idle[:300])))
	// The layout of records is told from the first octets that arrive, which must be as many both times.
	f.Fuzz(func(t *testing.T, b []byte) { fuzz(t, b, 16<<10) })
}

func FuzzPcapng(f *testing.F) {
	f.Add(smallNg())
	f.Add(testdata(f, "seed-v4-plain.ng-be-3if-extra.pcapng")[:1500])
	f.Add(testdata(f, "seed-v4-plain.snap96-ng.pcapng")[:800])
	f.Add(testdata(f, "seed-v4-tls13-dsb.pcapng")[:3000])
	f.Add(gzipped(f, smallNg()))
	f.Fuzz(func(t *testing.T, b []byte) { fuzz(t, b, 64) })
}
