// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

// TestMessagesCoverTheStreamsThatTsharkFollows compares the octets of the TCP streams, as tshark's Follow gives them, with our
// messages: they lie end to end from the first octet to the last, each begins with its header, and the data are where they say.
func TestMessagesCoverTheStreamsThatTsharkFollows(t *testing.T) {
	for _, c := range plainCaptures(t) {
		if !c.original() {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ours := byFlow(dumpMessages(t, c))
			checked := 0
			for stream := range c.truth.Streams {
				for port, octets := range followed(t, c, stream) {
					f := flow{stream: strconv.Itoa(stream), srcport: port}
					checkCover(t, f, octets, ours[f])
					checked += len(ours[f])
					delete(ours, f)
				}
			}
			if len(ours) != 0 || checked == 0 {
				t.Errorf("%d directions are not in tshark's streams; %d messages checked", len(ours), checked)
			}
		})
	}
}

func checkCover(t *testing.T, f flow, octets []byte, messages []*message) {
	t.Helper()
	at := 0
	for _, m := range messages {
		offset, errOffset := strconv.Atoi(m.first("tcpcl.stream_offset"))
		length, errLength := strconv.Atoi(m.first("tcpcl.length"))
		if errOffset != nil || errLength != nil || offset != at || length < 1 || length > len(octets)-at {
			t.Fatalf("%v: at %s, length %s; want it at %d of %d", m, m.first("tcpcl.stream_offset"), m.first("tcpcl.length"), at, len(octets))
		}
		message := hex.EncodeToString(octets[at : at+length])
		header := m.first("tcpcl.contact_hdr.magic")
		if kind := m.first("tcpcl.v4.mhdr.type"); kind != "" {
			header = strings.TrimPrefix(kind, "0x")
		} else if kind := m.first("tcpcl.pkt_type"); kind != "" {
			header = kind
		}
		data := m.first("tcpcl.v4.xfer_segment.data") + m.first("tcpcl.data")
		if header == "" || !strings.HasPrefix(message, header) || !strings.HasSuffix(message, data) || m.isSegment() != (data != "") {
			t.Errorf("%v: the octets are %s", m, shorten([]string{message}))
		}
		at += length
	}
	if at != len(octets) {
		t.Errorf("from port %s of stream %s: messages cover %d of %d octets", f.srcport, f.stream, at, len(octets))
	}
}

// followed gives the octets of both directions by the port that they come from.
func followed(t *testing.T, c capture, stream int) map[string][]byte {
	t.Helper()
	octets := map[string][]byte{}
	var ports [2]string
	runTshark(t, c, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			line := lines.Text()
			if node, address, ok := strings.Cut(line, ": "); ok {
				port := address[strings.LastIndexByte(address, ':')+1:]
				switch node {
				case "Node 0":
					ports[0] = port
				case "Node 1":
					ports[1] = port
				}
				continue
			}
			side := 0
			if strings.HasPrefix(line, "\t") {
				side, line = 1, line[1:]
			}
			if data, err := hex.DecodeString(line); err == nil {
				octets[ports[side]] = append(octets[ports[side]], data...)
			} else if !strings.HasPrefix(line, "====") {
				return fmt.Errorf("%q is not hexadecimal", line)
			}
		}
		return lines.Err()
	}, "-q", "-z", "follow,tcp,raw,"+strconv.Itoa(stream))
	delete(octets, "") // empty lines before the first node
	return octets
}
