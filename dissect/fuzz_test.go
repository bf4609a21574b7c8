// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
)

// FuzzConversation lets two sides say anything, cut in any way, with octets lost. Whatever comes, nothing panics, every
// octet of a session is accounted for, and each session is told once.
//
// The script is a run of commands: an octet for side (bit 0), loss (bit 1) and length (the rest), and then so many octets.
func FuzzConversation(f *testing.F) {
	command := func(side byte, b []byte) []byte {
		var script []byte
		for len(b) > 0 {
			n := min(len(b), 63)
			script = append(append(script, side|byte(n)<<2), b[:n]...)
			b = b[n:]
		}
		return script
	}
	f.Add(append(command(0, unhex(active4)), command(1, unhex(passive4))...), true, true)
	f.Add(append(command(0, unhex(active3)), command(1, unhex(passive3))...), true, true)
	f.Add(append(command(0, unhex(active4)[47:]), command(1, unhex(passive4)[39:])...), false, false)
	f.Add(append(command(0, unhex(active3)[18:]), command(1, unhex(passive3)[16:])...), false, true)
	f.Add(append(append(command(0, unhex(contact4+init4)), 0x82, 0, 0), command(0, unhex("01030000000000000000000000000000000000000004aabbccdd04"))...), true, true)
	f.Fuzz(func(t *testing.T, b []byte, syn, fin bool) {
		s := newScript()
		if syn {
			s.open()
		}
		for len(b) > 0 {
			side, loss, n := int(b[0]&1), b[0]&2 != 0, min(int(b[0]>>2), len(b)-1)
			if loss {
				s.lose(side, n)
			} else {
				s.send(side, b[1:1+n])
			}
			b = b[1+n:]
		}
		if fin {
			s.close()
		}
		got := s.run(t, dissect.Options{KeepOctets: 64})
		if len(got.sessions) > 1 {
			t.Errorf("%d sessions", len(got.sessions))
		}
	})
}
