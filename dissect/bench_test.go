// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

// nullSink counts messages.
type nullSink struct{ messages int }

func (s *nullSink) Message(*record.Message)               { s.messages++ }
func (s *nullSink) Gap(*record.Gap)                       {}
func (s *nullSink) Data(*record.Transfer, uint64, []byte) {}
func (s *nullSink) Transfer(*record.Transfer)             {}
func (*nullSink) Bundle(*record.Bundle)                   {}
func (*nullSink) TLS(*record.TLS)                         {}
func (*nullSink) Timing(*record.Timing)                   {}
func (s *nullSink) Session(*record.Session)               {}

// transfers is a session of n transfers of size octets each, acknowledged in bursts, in packets of at most 1448 octets.
func transfers(n, size int) *script {
	s := newScript().open().say(client, contact4+init4).say(server, contact4+init4)
	var a, b []byte
	flush := func(from int, d []byte) []byte {
		for len(d) > 0 {
			k := min(len(d), 1448)
			s.send(from, d[:k])
			d = d[k:]
		}
		return nil
	}
	for id := range n {
		a = append(a, 1, 3)
		a = binary.BigEndian.AppendUint64(a, uint64(id))
		a = binary.BigEndian.AppendUint32(a, 0)
		a = binary.BigEndian.AppendUint64(a, uint64(size))
		a = append(a, make([]byte, size)...)
		b = append(b, 2, 3)
		b = binary.BigEndian.AppendUint64(b, uint64(id))
		b = binary.BigEndian.AppendUint64(b, uint64(size))
		if id%16 == 15 {
			a, b = flush(client, a), flush(server, b)
		}
	}
	flush(client, a)
	flush(server, b)
	return s.close()
}

func BenchmarkMessages(b *testing.B) {
	for _, want := range []struct {
		name string
		want dissect.Want
	}{{"counted", 0}, {"told", dissect.Messages}} {
		for _, size := range []int{30, 1000} {
			b.Run(fmt.Sprintf("%s/size=%d", want.name, size), func(b *testing.B) {
				s := transfers(2000, size)
				b.ReportAllocs()
				b.ResetTimer()
				messages := 0
				for range b.N {
					s.next = 0
					var sink nullSink
					o := dissect.Options{Want: want.want}
					if _, err := dissect.Run(context.Background(), s, o, io.Discard, func(*dissect.Output) dissect.Sink { return &sink }); err != nil {
						b.Fatal(err)
					}
					messages += 4004
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(messages), "ns/message")
			})
		}
	}
}
