// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"fmt"
	"testing"
)

// tcpFlows makes n connections of which a table has seen the handshake, and a next segment of 1448 octets with
// timestamps for each.
func tcpFlows(n int) (*Table, []Segment) {
	a := NewAssembler(AssemblerOptions{})
	table := NewTable(TableOptions{
		OnOpen:    func(c *Conn) { c.Attach(a, countingReceiver{}) },
		OnRelease: (*Conn).Close,
	})
	payload := make([]byte, 1448)
	segs := make([]Segment, n)
	for i := range segs {
		s := &segs[i]
		*s = Segment{Src: tcpEndpoint(1, uint16(10000+i)), Dst: tcpEndpoint(2, 4556), Seq: 99, Flags: SYN}
		push(table, s)
		push(table, &Segment{Src: s.Dst, Dst: s.Src, Seq: 299, Ack: 100, Flags: SYN | ACK})
		s.Seq, s.Ack, s.Flags, s.Payload = 100, 300, ACK, payload
		tcpHeader(s)
		s.Header = append(s.Header, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8)
		s.Header[12] = 8 << 4
		for range 2 * maxRuns {
			push(table, s)
			s.Seq += 1448
		}
	}
	return table, segs
}

// The stream alone, then with the Table, whose cache of the last connection always or never hits.
func BenchmarkPushInOrder(b *testing.B) {
	b.Run("push", func(b *testing.B) {
		table, segs := tcpFlows(1)
		s := &segs[0]
		c, side := table.Lookup(s)
		b.ReportAllocs()
		for b.Loop() {
			c.Push(side, s)
			s.Seq += 1448
		}
	})
	for _, flows := range []int{1, 64, 10_000} {
		b.Run(fmt.Sprintf("lookup/flows=%d", flows), func(b *testing.B) {
			table, segs := tcpFlows(flows)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				s := &segs[i]
				push(table, s)
				s.Seq += 1448
				if i++; i == flows {
					i = 0
				}
			}
		})
	}
}

func BenchmarkReordered2Percent(b *testing.B) {
	table, segs := tcpFlows(1)
	s := &segs[0]
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		// Of every hundred segments two come three places late.
		switch i % 50 {
		case 40:
			s.Seq += 1448
			push(table, s)
			s.Seq += 1448
		case 41:
			push(table, s)
			s.Seq -= 2 * 1448
		case 42:
			push(table, s)
			s.Seq += 3 * 1448
		default:
			push(table, s)
			s.Seq += 1448
		}
		i++
	}
}

func BenchmarkOpenAndRelease(b *testing.B) {
	a := NewAssembler(AssemblerOptions{})
	table := NewTable(TableOptions{
		OnOpen:    func(c *Conn) { c.Attach(a, countingReceiver{}) },
		OnRelease: (*Conn).Close,
	})
	s := Segment{Src: tcpEndpoint(1, 1), Dst: tcpEndpoint(2, 4556)}
	b.ReportAllocs()
	for b.Loop() {
		s.Seq += 1 << 25
		s.Flags = SYN
		push(table, &s)
		s.Flags = RST
		push(table, &s)
		s.Src.Port++
	}
}
