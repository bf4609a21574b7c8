// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/reassembly"
)

const (
	// huntedBundle6 and huntedBundle7 are bundles whose inner lengths agree.
	huntedBundle6 = "06 8210 11 02 01 01 01 00 00 00 00 8394d6b773 01 8768 00 01 09 04 61626364"
	huntedBundle7 = "9f 89 07 00 01 820282 0201 820282 0101 820282 0100 82 1903e8 00 1903e8 42 abcd 85 01 01 00 00 44 61626364 ff"
	more6         = "06 8210 11 02 01 01 01 00 00 00 00 8394d6b773 01 8768 00 01 09 ce10" // its payload follows
)

// segment3 is a v3 segment.
func segment3(head, data string) string {
	b := unhex(data)
	return head + " " + hexOf(byte(len(b))) + " " + data
}

func hexOf(b byte) string {
	const digits = "0123456789abcdef"
	return digits[b>>4:b>>4+1] + digits[b&15:b&15+1]
}

func TestWholeBundlesOfACaptureFromMidSessionAreProof(t *testing.T) {
	for name, bundle := range map[string]string{"BPv6": huntedBundle6, "BPv7": huntedBundle7} {
		segment := segment3("13", bundle)
		got := newScript().say(client, "7878787878").say(client, segment+segment).close().run(t, dissect.Options{}).lines()
		if len(got) != 2 || !strings.Contains(got[0], "DATA_SEGMENT") {
			t.Errorf("%s: %q", name, got)
		}
		// With a wrong length inside, it is no bundle.
		broken := strings.Replace(segment, "8210 11", "8210 10", 1)
		broken = strings.Replace(broken, "9f 89 07", "9f 89 06", 1)
		if got := newScript().say(client, "7878787878").say(client, broken+broken).close().run(t, dissect.Options{}).lines(); len(got) > 0 {
			t.Errorf("%s, broken: %q", name, got)
		}
	}
}

func TestWhatTheSearchHasPassedOverMovesNoBoundary(t *testing.T) {
	s := newScript()
	s.port = dissect.Port
	segment := segment3("13", huntedBundle6)
	// 20 35 is text, not an acknowledgement: small packets begin anywhere.
	got := s.say(client, "78787878").say(client, "2035"+segment, 4).say(client, segment+segment).close().run(t, dissect.Options{}).lines()
	if len(got) != 3 || slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, "ACK") }) {
		t.Errorf("%q", got)
	}
}

func TestALongSegmentIsABoundaryToTakeUpAt(t *testing.T) {
	s := newScript()
	s.port = dissect.Port
	x := strings.Repeat("78", 40000)
	got := s.say(client, x[:200]).say(client, x[:20]+"10 82b840"+x).say(client, "11 82b840"+x).
		say(client, "12 82b840"+more6+x[:2*(40000-len(unhex(more6)))]).close().run(t, dissect.Options{}).lines()
	if len(got) != 3 {
		t.Errorf("%q", got)
	}
}

func TestTheMagicAloneTellsWhereTheSnapLengthCutsTheContactHeader(t *testing.T) {
	s := newScript().open()
	for from := range 2 {
		s.packet(from, reassembly.ACK, []byte("dtn!"), 6)
	}
	got := s.say(client, "07 001e 00", 4).lose(client, 38).say(server, "0700", 2).lose(server, 40).
		say(client, "04").say(client, "05 00 00").say(server, "05 01 00").close().run(t, dissect.Options{})
	if len(got.sessions) != 1 || len(got.gaps) == 0 {
		t.Fatalf("%+v", got.sessions)
	}
	if l := got.lines(); len(l) != 2 {
		t.Errorf("%q", l)
	}
}

func TestOneWholeBundleBetweenTwoGapsIsFound(t *testing.T) {
	for _, c := range []struct{ name, begin, segment, filler string }{
		{"v3", "64746e21 0300 000f 07 69706e3a312e30 10 40", segment3("13", huntedBundle6), "78"},
		{"v4", contact4 + init4 + "01 00 0000000000000007 0000000000000040",
			"01 03 0000000000000008 00000000 00000000000000" + hexOf(byte(len(unhex(huntedBundle7)))) + huntedBundle7, "78"},
	} {
		got := newScript().open().say(client, c.begin+strings.Repeat(c.filler, 10)).lose(client, 100).
			say(client, "787878"+c.segment).lose(client, 50).say(client, "787878").close().run(t, dissect.Options{})
		if n := len(got.transfers); n != 2 {
			t.Fatalf("%s: %d transfers", c.name, n)
		}
		if s := got.transfers[1].State.String() + got.transfers[0].State.String(); !strings.Contains(s, "complete") || !strings.Contains(s, "incomplete") {
			t.Errorf("%s: %q", c.name, got.lines())
		}
	}
}

func TestAChainThatEndsWithTheCaptureIsFound(t *testing.T) {
	// No FIN: nothing but that the octets are used up says that the stream ends here.
	got := newScript().open().say(client, contact4+init4).say(server, contact4+init4).lose(client, 100).say(client, "04").say(client, "050000").
		run(t, dissect.Options{})
	if l := got.lines(); len(l) != 6 || l[5] != "active SESS_TERM" {
		t.Errorf("%q", l)
	}
}

func TestTheEndOfAStreamWaitsForWhatTheOtherOneTells(t *testing.T) {
	// From mid-session on a port of no meaning: only the client says enough, and later.
	ack := "02 03 0000000000000001 00000000000003e8"
	s := newScript().say(server, strings.Repeat("78", 900)).say(server, "04").say(server, "05 00 05")
	s.packet(server, reassembly.FIN|reassembly.ACK, nil, 0)
	s.say(client, ack+"04 05 01 05")
	s.packet(client, reassembly.FIN|reassembly.ACK, nil, 0)
	got := s.run(t, dissect.Options{})
	if l := got.lines(); len(l) != 5 || len(got.sessions) != 1 || got.sessions[0].State != record.StateTerminated {
		t.Errorf("%q %+v", l, got.sessions)
	}
}

func TestRepeatedTextIsNoChain(t *testing.T) {
	for _, text := range []string{" ", " .", " |", "- "} {
		for _, port := range []uint16{dissect.Port, 5000} {
			s := newScript()
			s.port = port
			got := s.send(client, []byte(strings.Repeat(text, 700)+"y")).close().run(t, dissect.Options{})
			if len(got.sessions) > 0 {
				t.Errorf("%q, port %d: %d messages", text, port, len(got.messages))
			}
		}
	}
}
