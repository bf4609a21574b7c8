// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const atTCPData = 66 // in the frames of the idle capture: 32 octets of TCP header

// What a user sees of messages whose fields lie: malformed traffic is something to be shown, not an error of the file.
func TestMalformedMessages(t *testing.T) {
	header, frames := idle(t)
	t.Chdir(t.TempDir())
	p := newProgram(t)
	show := func(frames []recorded) []string {
		if err := os.WriteFile("x.pcap", pcapOf(header, frames...), 0o600); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := p.run("x.pcap")
		if stderr != "" || code != exitDone {
			t.Errorf("exit code %d, said %s", code, stderr)
		}
		return linesOf(beforeMessage.ReplaceAllString(stdout, "$1 $2 "))
	}
	whole := show(frames)
	for name, c := range map[string]struct {
		frame, at int // where in the TCP data of which frame
		octets    string
		lost      int    // lines of the whole list that are not there
		new       string // lines that are there and not in the whole list
	}{
		"contact header: magic": {4, 0, "dtnx", 2,
			"10 -> gap: 6 octets captured, but no message begins in them, at stream offset 0\n" +
				"8 -> SESS_INIT      node=dtn://node-b/ keepalive=off segment-mru=10485760 transfer-mru=unlimited RESYNC by chain, chance 2^-204\n"},
		"contact header: version": {4, 4, "\x09", 5,
			"4 -> CONTACT_HEADER v9\n" +
				"11 <- XFER_ACK       id=1 START|END ack=650\n" +
				"17 -> gap: 727 octets captured, but no message begins in them, at stream offset 5\n"},
		"SESS_INIT: node ID beyond the stream": {8, 19, "\xff\xff", 4,
			"11 <- XFER_ACK       id=1 START|END ack=650\n" +
				"17 -> SESS_INIT      CUT SHORT 726 of 726 octets\n"},
		"SESS_INIT: extension items beyond the stream": {8, 34, "\xff\xff\xff\xff", 2,
			"10 -> gap: 38 octets captured, but no message begins in them, at stream offset 6\n" +
				"10 -> XFER_SEGMENT   id=1 START|END len=650 650/650 [100 %] RESYNC by chain, chance 2^-144 dtn://node-b/app -> dtn://node-a/sink #0 650 B\n"},
		"XFER_SEGMENT: data of 2^64-1 octets": {10, 27, strings.Repeat("\xff", 8), 3,
			"11 <- XFER_ACK       id=1 START|END ack=650\n" +
				"17 -> XFER_SEGMENT   id=1 START|END len=18446744073709551615 18446744073709551615/650 [>100 %] CUT SHORT 688 of 18446744073709551615 octets\n"},
		"XFER_SEGMENT: extension items beyond the stream": {10, 10, "\x00\x01\x00\x0c", 3,
			"11 <- XFER_ACK       id=1 START|END ack=650\n" +
				"17 -> XFER_SEGMENT   CUT SHORT 688 of 688 octets\n"},
		"XFER_SEGMENT: an extension item longer than their list": {10, 17, "\xff\xff", 0, ""},
		"XFER_ACK: more than was sent": {11, 10, strings.Repeat("\xff", 8), 1,
			"11 <- XFER_ACK       id=1 START|END ack=18446744073709551615\n"},
		"unknown message type": {11, 0, "\x55", 2,
			"11 <- UNKNOWN        type=0x55\n" +
				"16 <- gap: 20 octets captured, but no message begins in them, at stream offset 45\n"},
	} {
		changed := slices.Clone(frames)
		changed[c.frame-1].octets = overwritten(frames[c.frame-1].octets, atTCPData+c.at, []byte(c.octets)...)
		list := show(changed)
		in := func(other []string) func(string) bool {
			return func(line string) bool { return slices.Contains(other, line) }
		}
		fresh := strings.Join(slices.DeleteFunc(slices.Clone(list), in(whole)), "")
		lost := slices.DeleteFunc(slices.Clone(whole), in(list))
		if fresh != c.new || len(lost) != c.lost {
			t.Errorf("%s: %d lines are lost, want %d:\n%snew are\n%swant\n%s", name, len(lost), c.lost, strings.Join(lost, ""), fresh, c.new)
		}
	}
}

// What stands in front of a message: frame, time, session, direction and addresses, of which frame and direction are kept.
var beforeMessage = regexp.MustCompile(`(?m)^ *(\d+) +[0-9.]+ s1 +(<-|->) \S+ > \S+ +`)
