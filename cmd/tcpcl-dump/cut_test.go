// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// The parts of a pcap file.
const (
	pcapHeaderSize   = 24
	recordHeaderSize = 16

	sectionHeaderSize = 28 // of a pcapng file
)

// recorded is a frame of a capture: its record header and its octets.
type recorded struct {
	header [recordHeaderSize]byte
	octets []byte
}

// idle is the smallest real capture: 8 messages in 18 frames of Ethernet, IPv4 and TCP with options, none of a frame with two.
func idle(t *testing.T) (header []byte, frames []recorded) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(pcaps, "seed-v4-idle.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	header, file = file[:pcapHeaderSize], file[pcapHeaderSize:]
	for len(file) > 0 {
		end := recordHeaderSize + int(binary.LittleEndian.Uint32(file[8:]))
		frames = append(frames, recorded{[recordHeaderSize]byte(file), file[recordHeaderSize:end]})
		file = file[end:]
	}
	return header, frames
}

// pcapOf writes frames as a pcap file. Frames that a test made longer or shorter have no other length on the wire either.
func pcapOf(header []byte, frames ...recorded) []byte {
	file := slices.Clone(header)
	for _, f := range frames {
		binary.LittleEndian.PutUint32(f.header[8:], uint32(len(f.octets)))
		if n := binary.LittleEndian.Uint32(f.header[12:]); int(n) < len(f.octets) {
			binary.LittleEndian.PutUint32(f.header[12:], uint32(len(f.octets)))
		}
		file = append(append(file, f.header[:]...), f.octets...)
	}
	return file
}

// pcapngBlock makes a little-endian block.
func pcapngBlock(kind uint32, body []byte) []byte {
	body = append(slices.Clone(body), make([]byte, -len(body)&3)...)
	length := uint32(12 + len(body))
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = append(binary.LittleEndian.AppendUint32(b, length), body...)
	return binary.LittleEndian.AppendUint32(b, length)
}

// pcapngStart is a section header and an Ethernet interface with microseconds.
func pcapngStart(interfaceOptions ...byte) []byte {
	section := []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	return append(pcapngBlock(0x0a0d0d0a, section), pcapngBlock(1, append([]byte{1, 0, 0, 0, 0, 0, 4, 0}, interfaceOptions...))...)
}

// pcapngPacket is an enhanced packet block of the first interface.
func pcapngPacket(f recorded, options ...byte) []byte {
	le := binary.LittleEndian
	micros := uint64(le.Uint32(f.header[0:]))*1e6 + uint64(le.Uint32(f.header[4:]))
	b := le.AppendUint32(nil, 0)
	b = le.AppendUint32(le.AppendUint32(b, uint32(micros>>32)), uint32(micros))
	b = le.AppendUint32(le.AppendUint32(b, uint32(len(f.octets))), le.Uint32(f.header[12:]))
	b = append(append(b, f.octets...), make([]byte, -len(f.octets)&3)...)
	return pcapngBlock(6, append(b, options...))
}

func gzipped(t *testing.T, octets []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(octets); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// frameOf is the number at the beginning of a line of the message list.
func frameOf(t *testing.T, line string) int {
	t.Helper()
	first, _, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
	n, err := strconv.Atoi(first)
	if err != nil {
		t.Fatalf("no frame number in %q", line)
	}
	return n
}

// checkCut fails unless a list shows all that the whole one has of the first frames, and of the frame behind them, of which
// only a part was there, no more than what says so itself. Where padded, that part may be all but padding.
func checkCut(t *testing.T, where string, list, whole []string, frames int, padded bool) {
	t.Helper()
	n := 0
	for n < len(whole) && frameOf(t, whole[n]) <= frames {
		n++
	}
	if len(list) < n || !slices.Equal(list[:n], whole[:n]) {
		t.Fatalf("%s: the list is\n%s\nwant\n%s", where, strings.Join(list, ""), strings.Join(whole[:n], ""))
	}
	for _, line := range list[n:] {
		if frameOf(t, line) != frames+1 || isWhole(line) && !(padded && slices.Contains(whole, line)) {
			t.Fatalf("%s: %q is not in the file", where, line)
		}
	}
}

// isWhole says whether a line of the list is a message of which nothing is missing.
func isWhole(line string) bool {
	return !strings.Contains(line, "gap: ") && !strings.Contains(line, " MISSED ") && !strings.Contains(line, "CUT SHORT")
}

func linesOf(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	return lines[:len(lines)-1]
}

func TestAPcapFileCutAtAnyOctetShowsEveryMessageBeforeTheCutAndSaysWhereItIs(t *testing.T) {
	header, frames := idle(t)
	file := pcapOf(header, frames...)
	t.Chdir(t.TempDir())
	p := newProgram(t)
	if err := os.WriteFile("x.pcap", file, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, _, _ := p.run("x.pcap")
	whole := linesOf(stdout)
	if len(whole) != 8 {
		t.Fatalf("the whole file has %d messages", len(whole))
	}
	// Where each frame begins and, as the last, where the file ends.
	borders := []int{pcapHeaderSize}
	for _, f := range frames {
		borders = append(borders, borders[len(borders)-1]+recordHeaderSize+len(f.octets))
	}
	for n := len(file); n >= 0; n-- {
		if err := os.Truncate("x.pcap", int64(n)); err != nil {
			t.Fatal(err)
		}
		before := 0 // whole frames
		for before < len(frames) && borders[before+1] <= n {
			before++
		}
		rest, want := n-borders[before], ""
		switch {
		case n == 0:
			want = "the file is empty"
		case n < 4:
			want = fmt.Sprintf("not a capture file: it has only %d octets, % x", n, file[:n])
		case n < pcapHeaderSize:
			want = fmt.Sprintf("cut short: the pcap file header has %d of 24 octets (offset 0)", n)
		case rest == 0:
		case rest < recordHeaderSize:
			want = fmt.Sprintf("cut short: the header of packet %d has %d of 16 octets (offset %d)", before+1, rest, borders[before])
			if before > 0 {
				want += "; everything before that was read"
			}
		default:
			want = fmt.Sprintf("cut short: packet %d has %d of %d octets (offset %d); the packets before it are whole", before+1,
				rest-recordHeaderSize, len(frames[before].octets), borders[before])
		}
		code := exitDone
		if want != "" {
			want, code = "tcpcl-dump: x.pcap: "+want+"\n", exitInput
		}
		where := fmt.Sprintf("cut at %d", n)
		stdout, stderr, got := p.run("-q", "x.pcap")
		if stderr != want || got != code {
			t.Fatalf("%s: exit code %d, %q; want %d, %q", where, got, stderr, code, want)
		}
		checkCut(t, where, linesOf(stdout), whole, before, false)
	}
}

func TestAPcapngOrCompressedFileCutAnywhereShowsEveryMessageBeforeTheCut(t *testing.T) {
	const step = 5 // the readers' own tests cut at every octet
	header, frames := idle(t)
	pcapng := pcapngStart()
	borders := []int{len(pcapng)}
	for _, f := range frames {
		pcapng = append(pcapng, pcapngPacket(f)...)
		borders = append(borders, len(pcapng))
	}
	t.Chdir(t.TempDir())
	p := newProgram(t)
	for name, c := range map[string]struct {
		file  []byte
		whole func(n int) int // frames of which n octets of the file hold all; -1 where that cannot be told
	}{
		"x.pcapng": {pcapng, func(n int) int { return max(0, sort.SearchInts(borders, n+1)-1) }},
		"x.gz":     {gzipped(t, pcapOf(header, frames...)), func(int) int { return -1 }},
	} {
		if err := os.WriteFile(name, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := p.run(name)
		whole := linesOf(stdout)
		if len(whole) != 8 || stderr != "" || code != exitDone {
			t.Fatalf("%s: %d messages, %q, exit code %d", name, len(whole), stderr, code)
		}
		shown := len(whole)
		for n := len(c.file) - 1; n >= 0; n -= step {
			if err := os.Truncate(name, int64(n)); err != nil {
				t.Fatal(err)
			}
			where := fmt.Sprintf("%s cut at %d", name, n)
			stdout, stderr, code := p.run("-q", name)
			list := linesOf(stdout)
			if between := n == sectionHeaderSize || slices.Contains(borders, n); c.whole(n) >= 0 && between {
				if stderr != "" || code != exitDone {
					t.Fatalf("%s: exit code %d, %q", where, code, stderr)
				}
			} else if code != exitInput || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "tcpcl-dump: "+name+": ") ||
				n >= 12 && !strings.Contains(stderr, "cut short") {
				t.Fatalf("%s: exit code %d, %q", where, code, stderr)
			}
			frames := c.whole(n)
			if frames < 0 {
				for frames = 0; len(list) > 0 && frames < frameOf(t, list[len(list)-1])-1; {
					frames++
				}
			}
			checkCut(t, where, list, whole, frames, true)
			if len(list) > shown+1 { // a gap and what is there of a message may stand for a message
				t.Fatalf("%s: %d lines, and %d with more octets", where, len(list), shown)
			}
			shown = len(list)
		}
	}
}

// Packets whose headers are cut by the snap length are counted; what is there of the stream is shown.
func TestPacketsCutAtAnyOctetAreCountedOrShownAsFarAsTheyGo(t *testing.T) {
	header, frames := idle(t)
	t.Chdir(t.TempDir())
	p := newProgram(t)
	longest, messages := 0, 0
	for _, f := range frames {
		longest = max(longest, len(f.octets))
	}
	for snap := 0; snap <= longest; snap++ {
		if snap == 160 { // beyond all headers
			snap = longest - 20
		}
		var cut []recorded
		for _, f := range frames {
			f.octets = f.octets[:min(snap, len(f.octets))]
			cut = append(cut, f)
		}
		if err := os.WriteFile("x.pcap", pcapOf(header, cut...), 0o600); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := p.run("x.pcap")
		const tcpHeaders = 14 + 20 + 20 // Ethernet, IPv4, TCP without options
		want := ""
		switch {
		case snap < tcpHeaders:
			want = "tcpcl-dump: x.pcap: no TCPCL in 18 packets; 18 packets were cut short by the snap length\n"
		case stdout == "":
			want = "tcpcl-dump: x.pcap: no TCPCL in 18 packets; none of 1 TCP connections speaks it; give -d tcp.port==N,tcpcl if you know better\n"
		}
		if stderr != want || code != exitDone {
			t.Fatalf("snap length %d: exit code %d, %q, want %q", snap, code, stderr, want)
		}
		n := 0
		for _, line := range linesOf(stdout) {
			if isWhole(line) {
				n++
			}
		}
		if n < messages {
			t.Fatalf("snap length %d: %d whole messages, fewer than with fewer octets (%d)", snap, n, messages)
		}
		messages = n
	}
	if messages != 8 {
		t.Errorf("%d messages", messages)
	}
}
