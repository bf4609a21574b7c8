// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// overwritten is a copy of octets with others at an offset.
func overwritten(octets []byte, at int, with ...byte) []byte {
	return slices.Replace(slices.Clone(octets), at, at+len(with), with...)
}

func zstded(t *testing.T, octets []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll(octets, nil)
}

// What a user sees of files that are not what they should be: how many messages, what is said about it, and the exit code.
func TestMalformedFiles(t *testing.T) {
	header, frames := idle(t)
	pcap := pcapOf(header, frames...)
	offset := func(packet int) int { return len(pcapOf(header, frames[:packet-1]...)) } // of its record header
	start := pcapngStart()
	pcapng := slices.Clone(start)
	block := []int{0} // offsets of the packets' blocks, by number
	for _, f := range frames {
		block = append(block, len(pcapng))
		pcapng = append(pcapng, pcapngPacket(f)...)
	}
	inBlock := func(packet, at int, with ...byte) []byte { return overwritten(pcapng, block[packet]+at, with...) }
	zipped, zstandard := gzipped(t, pcap), zstded(t, pcap)
	options := func(options ...byte) []byte { // of the interface and of each packet
		file := pcapngStart(options...)
		for _, f := range frames {
			file = append(file, pcapngPacket(f, options...)...)
		}
		return file
	}

	p := newProgram(t)
	t.Chdir(t.TempDir())
	if err := os.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	const before = "; everything before that was read"
	for name, c := range map[string]struct {
		file  []byte
		lines int    // messages, and behind the plus sign gaps and messages of which a part is missing
		said  string // behind "tcpcl-dump: x: "; nothing where the exit code is 0
	}{
		"empty":        {nil, 0, "the file is empty"},
		"text":         {[]byte("frame,time\n1,2\n"), 0, `not a capture file: it begins with 66 72 61 6d 65 2c ("frame,"); pcap and pcapng are read, plain or compressed with gzip or zstd`},
		"xz":           {[]byte("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46"), 0, "an xz archive, which is not read; unpack it first: xz -d"},
		"bzip2":        {[]byte("BZh91AY&SY"), 0, "a bzip2 archive, which is not read; unpack it first: bzip2 -d"},
		"zip":          {[]byte("PK\x03\x04\x14\x00"), 0, "a zip archive, which is not read; unpack it first: unzip"},
		"snoop":        {[]byte("snoop\x00\x00\x00\x00\x00\x00\x02"), 0, "a snoop capture, which is not read; convert it first: editcap -F pcapng"},
		"zeros":        {make([]byte, 4096), 0, `not a capture file: it begins with 00 00 00 00 00 00 ("\x00\x00\x00\x00\x00\x00"); pcap and pcapng are read, plain or compressed with gzip or zstd`},
		"pcap version": {overwritten(pcap, 4, 9), 0, "pcap version 9.4 is not read, only 2.x (offset 4)"},

		"pcap: incl_len over the limit":           {overwritten(pcap, offset(9)+8, 0xff, 0xff, 0xff, 0xff), 3, "damaged: packet 9 has a length of 4294967295 octets, over the limit of 16777216 (offset 746)" + before},
		"pcap: incl_len beyond the file":          {overwritten(pcap, offset(9)+8, 0, 0, 1), 3 + 1, "cut short: packet 9 has 1551 of 65536 octets (offset 746); the packets before it are whole"},
		"pcap: incl_len into the next":            {overwritten(pcap, offset(9)+8, 105), 3 + 1, "damaged: packet 10 has a length of 4009754626 octets, over the limit of 16777216 (offset 867)" + before},
		"pcap: incl_len 0":                        {overwritten(pcap, offset(9)+8, 0), 3, "cut short: packet 11 has 1519 of 8325647 octets (offset 778); the packets before it are whole"},
		"pcap: incl_len greater than on the wire": {overwritten(pcap, offset(9)+12, 10), 8, ""},

		"pcapng: block length 0":               {inBlock(9, 4, 0), 3, "damaged: block length 0 is not a multiple of 4 of at least 12 (offset 908)" + before},
		"pcapng: block length 8":               {inBlock(9, 4, 8), 3, "damaged: block length 8 is not a multiple of 4 of at least 12 (offset 908)" + before},
		"pcapng: block length 137":             {inBlock(9, 4, 137), 3, "damaged: block length 137 is not a multiple of 4 of at least 12 (offset 908)" + before},
		"pcapng: block length 132":             {inBlock(9, 4, 132), 3, "damaged: a block begins with length 132 and ends with length 0 (offset 908)" + before},
		"pcapng: block length beyond the file": {inBlock(9, 4, 0, 0, 1), 3 + 1, "cut short: packet 9 has 1744 of 65536 octets of its block (offset 908); the packets before it are whole"},
		"pcapng: block length 4 GiB":           {inBlock(9, 4, 0xfc, 0xff, 0xff, 0xff), 3, "cut short: a block has 1744 of 4294967292 octets (offset 908)" + before},
		"pcapng: other length behind":          {inBlock(9, len(pcapngPacket(frames[8]))-4, 12), 3, "damaged: a block begins with length 136 and ends with length 12 (offset 908)" + before},
		"pcapng: captured length":              {inBlock(9, 20, 105), 7 + 1, "packet 9 claims 105 octets in a block with room for 104 (offset 908); it is left out"},
		"pcapng: interface":                    {inBlock(9, 8, 7), 7 + 1, "packet 9 names interface 7, but the section has 1 so far (offset 908); it is left out"},
		"pcapng: byte-order magic":             {overwritten(pcapng, 8, 0), 0, "damaged: the section header has byte-order magic 1a2b3c00 (offset 0)"},
		"pcapng: version":                      {overwritten(pcapng, 12, 2), 0, "pcapng version 2.0 is not read, only 1.x (offset 0)"},
		"pcapng: an option beyond its block":   {options(2, 0, 0xff, 0xff, 'i', 'f', 0, 0), 8, ""},
		"pcapng: an option of half a header":   {options(9, 0, 0, 0), 8, ""},
		"pcapng: options without end":          {options(bytes.Repeat([]byte{1, 0, 0, 0}, 4000)...), 8, ""},
		"pcapng: an end before other options":  {options(0, 0, 0, 0, 9, 0, 1, 0, 6, 0, 0, 0), 8, ""},

		"gzip: cut short":        {zipped[:len(zipped)/2], 4 + 2, "the compressed data are cut short (offset 1004 of the decompressed data); the packets before it are whole"},
		"gzip: no end":           {zipped[:len(zipped)-8], 8, "the compressed data are cut short (offset 2313 of the decompressed data)" + before},
		"gzip: wrong checksum":   {overwritten(zipped, len(zipped)-8, 0, 0), 8, "the compressed data are damaged: gzip: invalid checksum (offset 2313 of the decompressed data)" + before},
		"gzip: damaged":          {overwritten(zipped, 300, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 1, "the compressed data are damaged: flate: corrupt input before offset 293 (offset 432 of the decompressed data); the packets before it are whole"},
		"gzip: more behind":      {append(slices.Clone(zipped), "and something else"...), 8, "the compressed data are damaged: gzip: invalid header (offset 2313 of the decompressed data)" + before},
		"gzip: not a capture":    {gzipped(t, []byte("frame,time\n")), 0, `not a capture file: it begins with 66 72 61 6d 65 2c ("frame,"); pcap and pcapng are read, plain or compressed with gzip or zstd`},
		"gzip: damaged inside":   {gzipped(t, overwritten(pcap, offset(9)+8, 0xff, 0xff, 0xff, 0xff)), 3, "damaged: packet 9 has a length of 4294967295 octets, over the limit of 16777216 (offset 746 of the decompressed data)" + before},
		"gzip: three times":      {gzipped(t, gzipped(t, zipped)), 0, "compressed more than 2 times; unpack it first"},
		"zstd: cut short":        {zstandard[:len(zstandard)/2], 0, "the compressed data are cut short"},
		"zstd: damaged":          {overwritten(zstandard, 20, 0xff, 0xff, 0xff, 0xff), 0, "the compressed data are damaged: corrupt input: last value not power of two"},
		"zstd: too much history": {[]byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0x90, 0, 0, 0}, 0, "decompressing takes more than 128 MiB of memory; unpack it first: zstd -d --long=31"},
	} {
		if err := os.WriteFile("x", c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		want, code := "", exitDone
		if c.said != "" {
			want, code = "tcpcl-dump: x: "+c.said+"\n", exitInput
		}
		stdout, stderr, got := p.run("x")
		if stderr != want || got != code || strings.Count(stdout, "\n") != c.lines {
			t.Errorf("%s: exit code %d, want %d; %d lines, want %d; said\n%swant\n%s", name, got, code, strings.Count(stdout, "\n"), c.lines, stderr, want)
		}
	}

	for name, want := range map[string]string{
		"missing": "tcpcl-dump: missing: cannot be opened: no such file or directory\n",
		"dir":     "tcpcl-dump: dir: cannot be read: is a directory\n",
		"./x/y":   "tcpcl-dump: ./x/y: cannot be opened: not a directory\n",
	} {
		if stdout, stderr, code := p.run("-r", name); stdout != "" || stderr != want || code != exitInput {
			t.Errorf("%s: %q, exit code %d", name, stderr, code)
		}
	}
}

// An Ethernet frame with IPv4 and TCP of the idle capture.
const (
	atEtherType  = 12
	atIP         = 14
	atTCP        = 34
	atTCPOptions = 54
)

// What comes of packets whose headers lie: alone, and in front of a session, which stays what it is.
func TestMalformedPackets(t *testing.T) {
	header, frames := idle(t)
	good := frames[3].octets // the first contact header: 20 octets of IPv4, 32 of TCP, 6 of data
	ethernet := func(etherType uint16, payload ...byte) []byte {
		return append(binary.BigEndian.AppendUint16(slices.Clone(good[:atEtherType]), etherType), payload...)
	}
	ipv4 := func(protocol byte, payload ...byte) []byte { // 20 octets of header
		b := append(slices.Clone(good[atIP:atTCP]), payload...)
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
		b[9] = protocol
		return b
	}
	ipv6 := func(next byte, payload ...byte) []byte {
		b := append(make([]byte, 40), payload...)
		b[0], b[6] = 0x60, next
		binary.BigEndian.PutUint16(b[4:], uint16(len(payload)))
		return b
	}
	fragment := func(offset uint16, more bool, payload ...byte) []byte {
		b := ipv4(6, payload...)
		flags := offset / 8
		if more {
			flags |= 0x2000
		}
		binary.BigEndian.PutUint16(b[6:], flags)
		return ethernet(0x0800, b...)
	}
	tcp := good[atTCP:]
	otherTCP := overwritten(tcp, 4, 0xff, 0xff, 0xff, 0xff)
	nested := func(n int, b []byte) []byte { // IPv4 in IPv4
		for range n {
			b = ipv4(4, b...)
		}
		return b
	}
	one := func(octets []byte) [][]byte { return [][]byte{octets} }

	p := newProgram(t)
	t.Chdir(t.TempDir())
	sessionList := func() string {
		stdout, stderr, code := p.run("x.pcap")
		if stderr != "" || code != exitDone {
			t.Errorf("exit code %d, said %s", code, stderr)
		}
		return stdout
	}
	write := func(packets [][]byte, and []recorded) {
		var all []recorded
		for _, octets := range packets {
			all = append(all, recorded{frames[0].header, octets})
		}
		for i := range all {
			binary.LittleEndian.PutUint32(all[i].header[12:], uint32(len(all[i].octets)))
		}
		if err := os.WriteFile("x.pcap", pcapOf(header, append(all, and...)...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	counters := func() map[string]uint64 {
		stdout, _, _ := p.run("stats", "-q", "-T", "ndjson", "x.pcap")
		var total struct{ Capture map[string]uint64 }
		if err := json.Unmarshal([]byte(stdout), &total); err != nil {
			t.Fatalf("%v in %s", err, stdout)
		}
		for _, key := range []string{"packets", "octets", "connections"} {
			delete(total.Capture, key)
		}
		maps.DeleteFunc(total.Capture, func(_ string, n uint64) bool { return n == 0 })
		return total.Capture
	}
	write(nil, frames)
	whole := withoutFrames(sessionList())

	const (
		none      = "nothing in them is TCP"
		malformed = "1 packets are malformed"
		silent    = "none of 1 TCP connections speaks it; give -d tcp.port==N,tcpcl if you know better"
	)
	type counts = map[string]uint64
	bad := counts{"malformed": 1}
	for name, c := range map[string]struct {
		packets [][]byte
		hint    string // what is said where there is nothing else
		counts  counts
	}{
		"no octets":                              {one(nil), malformed, bad},
		"half an Ethernet header":                {one(good[:7]), malformed, bad},
		"nothing behind Ethernet":                {one(good[:14]), malformed, bad},
		"IPv4: version 5":                        {one(overwritten(good, atIP, 0x55)), malformed, bad},
		"IPv4: header of 16 octets":              {one(overwritten(good, atIP, 0x44)), malformed, bad},
		"IPv4: header longer than the packet":    {one(ethernet(0x0800, overwritten(ipv4(6), 0, 0x4f)...)), malformed, bad},
		"IPv4: total length of half a header":    {one(overwritten(good, atIP+2, 0, 10)), malformed, bad},
		"IPv4: total length beyond the packet":   {one(overwritten(good, atIP+2, 0xff, 0xff)), malformed, bad},
		"IPv4: total length without TCP":         {one(overwritten(good, atIP+2, 0, 20)), malformed, bad},
		"IPv4: total length cuts the TCP header": {one(overwritten(good, atIP+2, 0, 45)), malformed, bad},
		"IPv6: length beyond the packet":         {one(ethernet(0x86dd, overwritten(ipv6(6, tcp...), 4, 0xff, 0xff)...)), malformed, bad},
		"IPv6: version 4":                        {one(ethernet(0x86dd, overwritten(ipv6(6, tcp...), 0, 0x40)...)), malformed, bad},
		"IPv6: extension header beyond":          {one(ethernet(0x86dd, ipv6(0, 6, 255, 0, 0, 0, 0, 0, 0)...)), malformed, bad},
		"IPv6: extension headers without end":    {one(ethernet(0x86dd, ipv6(0, bytes.Repeat([]byte{0, 0, 1, 4, 0, 0, 0, 0}, 5000)...)...)), malformed, bad},
		"TCP: data offset 0":                     {one(overwritten(good, atTCP+12, 0)), malformed, bad},
		"TCP: data offset 4":                     {one(overwritten(good, atTCP+12, 0x40)), malformed, bad},
		"TCP: data offset beyond the packet":     {one(overwritten(good, atTCP+12, 0xf0)), malformed, bad},
		"IPv4 in itself without end":             {one(ethernet(0x0800, nested(200, tcp)...)), malformed, bad},
		"VLAN tags without end":                  {one(ethernet(0x8100, bytes.Repeat([]byte{0, 1, 0x81, 0}, 500)...)), malformed, bad},
		"MPLS labels without bottom":             {one(ethernet(0x8847, make([]byte, 2000)...)), malformed, bad},
		"PPPoE length beyond the packet":         {one(ethernet(0x8864, append([]byte{0x11, 0, 0, 1, 0xff, 0xff, 0, 0x21}, good[atIP:]...)...)), malformed, bad},
		"not IP":                                 {one(ethernet(0x0806, make([]byte, 28)...)), none, counts{"not_ip": 1}},
		"not TCP":                                {one(ethernet(0x0800, ipv4(1, make([]byte, 20)...)...)), none, counts{"not_tcp": 1}},

		"fragment that is empty":            {one(fragment(8, true)), malformed, counts{"malformed": 1, "ip_fragments": 1}},
		"fragment of 9 octets and more":     {one(fragment(0, true, tcp[:9]...)), malformed, counts{"malformed": 1, "ip_fragments": 1}},
		"fragment beyond 65535 octets":      {one(fragment(65528, false, tcp[:16]...)), malformed, counts{"malformed": 1, "ip_fragments": 1}},
		"fragment without the others":       {one(fragment(0, true, tcp[:16]...)), "1 fragmented packets lack a fragment", counts{"ip_fragments": 1, "ip_fragments_incomplete": 1}},
		"fragments that overlap and agree":  {[][]byte{fragment(0, true, tcp[:24]...), fragment(16, true, tcp[16:32]...), fragment(24, false, tcp[24:32]...)}, silent, counts{"ip_fragments": 3}},
		"fragments that overlap and do not": {[][]byte{fragment(0, true, tcp[:24]...), fragment(0, true, otherTCP[:24]...), fragment(24, false, tcp[24:32]...)}, silent, counts{"ip_fragments": 3, "ip_fragment_conflicts": 1}},
		"fragments with two ends":           {[][]byte{fragment(24, false, tcp[24:32]...), fragment(16, false, tcp[16:24]...), fragment(0, true, tcp[:24]...)}, silent, counts{"ip_fragments": 3, "ip_fragment_conflicts": 1}},
	} {
		write(c.packets, nil)
		stdout, stderr, code := p.run("x.pcap")
		want := "tcpcl-dump: x.pcap: no TCPCL in " + map[int]string{1: "1", 3: "3"}[len(c.packets)] + " packets; " + c.hint + "\n"
		if stdout != "" || stderr != want || code != exitDone {
			t.Errorf("%s: exit code %d, said\n%swant\n%s", name, code, stderr, want)
		}
		write(c.packets, frames)
		if list := withoutFrames(sessionList()); list != whole {
			t.Errorf("%s: the session behind it is\n%s", name, list)
		}
		if got := counters(); !maps.Equal(got, c.counts) {
			t.Errorf("%s: counted %v, want %v", name, got, c.counts)
		}
	}
}

// What only a frame number says, which packets in front change.
var frameNumbers = regexp.MustCompile(`(?m)^ *\d+|\(frame \d+\)`)

func withoutFrames(list string) string { return frameNumbers.ReplaceAllString(list, "") }

// Options without end, or longer than the header, do not keep a packet from being read: what counts is the data offset.
func TestOptionsThatLieDoNotHideAPacket(t *testing.T) {
	header, frames := idle(t)
	t.Chdir(t.TempDir())
	p := newProgram(t)
	if err := os.WriteFile("x.pcap", pcapOf(header, frames...), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, _, _ := p.run("x.pcap")
	for name, options := range map[string][]byte{
		"length 0":            {8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"length 1":            {2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1},
		"beyond the header":   {8, 255, 3, 255, 2, 255, 4, 255, 5, 255, 1, 1},
		"kind without length": {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3},
	} {
		var changed []recorded
		for _, f := range frames {
			f.octets = overwritten(f.octets, atTCPOptions, options...)
			changed = append(changed, f)
		}
		if err := os.WriteFile("x.pcap", pcapOf(header, changed...), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, stderr, code := p.run("x.pcap"); list != whole || stderr != "" || code != exitDone {
			t.Errorf("TCP options, %s: exit code %d, said %q, shown\n%s", name, code, stderr, list)
		}
		changed = nil
		for _, f := range frames { // 12 octets of IPv4 options
			b := slices.Insert(slices.Clone(f.octets), atTCP, options...)
			b[atIP] = 0x48
			binary.BigEndian.PutUint16(b[atIP+2:], uint16(len(b)-atIP))
			changed = append(changed, recorded{f.header, b})
		}
		if err := os.WriteFile("x.pcap", pcapOf(header, changed...), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, stderr, code := p.run("x.pcap"); list != whole || stderr != "" || code != exitDone {
			t.Errorf("IPv4 options, %s: exit code %d, said %q, shown\n%s", name, code, stderr, list)
		}
	}
}

func TestALinkTypeThatIsNotReadIsNamed(t *testing.T) {
	header, frames := idle(t)
	t.Chdir(t.TempDir())
	p := newProgram(t)
	if err := os.WriteFile("wifi.pcap", pcapOf(overwritten(header, 20, 127), frames...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("usb.pcap", pcapOf(overwritten(header, 20, 189), frames[:2]...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"wifi.pcap"}, "tcpcl-dump: wifi.pcap: no TCPCL in 18 packets; link types that are not read: 127 (18 packets)\n"},
		{[]string{"-q", "wifi.pcap"}, ""},
		{[]string{"sessions", "-T", "csv", "wifi.pcap", "usb.pcap"}, "tcpcl-dump: wifi.pcap, usb.pcap: no TCPCL in 20 packets; link types that are not read: 127 (18 packets), 189 (2 packets)\n"},
	} {
		if _, stderr, code := p.run(c.args...); stderr != c.want || code != exitDone {
			t.Errorf("%q: exit code %d, said %q, want %q", c.args, code, stderr, c.want)
		}
	}
}
