// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"testing"
)

// FuzzConn pushes arbitrary segments on two pairs of endpoints. Each segment takes 8 octets: what it is, sequence and
// acknowledgment number near or far from the others, length and cut-off length.
func FuzzConn(f *testing.F) {
	seg := func(b ...byte) []byte { return append(b, make([]byte, 8-len(b))...) }
	join := func(s ...[]byte) (all []byte) {
		for _, b := range s {
			all = append(all, b...)
		}
		return all
	}
	const b, syn, fin, rst, ack, other, far = 1, 2, 4, 8, 16, 32, 64
	f.Add(join(seg(syn, 9), seg(b|syn|ack, 9, 0, 10), seg(ack, 10, 0, 10, 0, 5), seg(ack, 20, 0, 10, 0, 5), seg(ack, 12, 0, 10, 0, 12), seg(fin|ack, 25, 0, 10), seg(b|fin|ack, 10, 0, 26)))
	f.Add(join(seg(ack, 50, 0, 10, 0, 5), seg(ack, 40, 0, 10, 0, 10, 3), seg(b|ack, 10, 0, 70), seg(rst, 60), seg(syn, 200)))
	f.Add(join(seg(syn, 9), seg(ack|far, 10, 1, 10, 0, 5), seg(other|ack, 3, 0, 3, 0, 4), seg(ack, 11, 0, 10, 0, 200, 200), seg(ack, 11, 1, 10, 0, 200)))
	f.Fuzz(func(t *testing.T, in []byte) {
		const budget, limit = 16 << 10, 8 << 10
		a := NewAssembler(AssemblerOptions{Budget: budget, StreamLimit: limit, ReorderSlack: 8, HoldPackets: 4, LossTimeout: 100, HoldTimeout: 50})
		records := map[*Conn]*tcpRecord{}
		released := 0
		table := NewTable(TableOptions{
			IdleTimeout: 500, TimeWait: 100, MaxConns: 3, MaxEnded: 2,
			OnOpen: func(c *Conn) {
				r := &tcpRecord{fail: t.Fatalf}
				records[c] = r
				c.Attach(a, r)
			},
			OnRelease: func(c *Conn) { released++; c.Close() },
		})
		octets := make([]byte, 256)
		for frame := uint64(1); len(in) >= 8; frame++ {
			what := in[0]
			s := &Segment{Frame: frame, Time: int64(frame) * 10, Seq: uint32(binary.LittleEndian.Uint16(in[1:])),
				Ack: uint32(binary.LittleEndian.Uint16(in[3:])), Payload: octets[:in[5]], Missing: int(in[6])}
			if what&far != 0 {
				s.Seq <<= 21
				s.Ack <<= 19
				s.Missing <<= 20
			}
			for i, flag := range [...]uint8{SYN, FIN, RST, ACK} {
				if what&(2<<i) != 0 {
					s.Flags |= flag
				}
			}
			s.Src, s.Dst = tcpEndpoint(1, uint16(what&other)), tcpEndpoint(2, 4556)
			if what&1 != 0 {
				s.Src, s.Dst = s.Dst, s.Src
			}
			tcpHeader(s)
			s.Payload[:1:1][0] = in[7] // a checksum that may be wrong
			if c, side := table.Lookup(s); c != nil {
				c.Push(side, s)
				if in[7] == 99 {
					c.Ignore()
					records[c].end = [2]*End{{}, {}}
				}
			}
			if in[7] == 98 {
				a.Tick(s.Time)
				table.Expire(s.Time)
			}
			if a.Buffered() > budget {
				t.Fatalf("%d octets buffered", a.Buffered())
			}
			in = in[8:]
		}
		table.Flush()
		if a.Buffered() != 0 || a.waiting.head != nil || a.waiting.tail != nil || released != len(records) || table.Len() != 0 {
			t.Fatalf("%d octets buffered, %d of %d released", a.Buffered(), released, len(records))
		}
		for c, r := range records {
			if r.closed != 1 {
				t.Fatalf("closed %d times", r.closed)
			}
			for side := range Side(2) {
				if s := c.Stats(side); !c.ignored.Load() && s.Octets+s.Missed != r.end[side].Offset {
					t.Fatalf("%+v, ended at %d", s, r.end[side].Offset)
				}
			}
		}
	})
}
