// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// overwrite returns b with other octets at an offset, counted from the end if it is negative.
func overwrite(b []byte, at int, with ...byte) []byte {
	if at < 0 {
		at += len(b)
	}
	return append(append(append([]byte(nil), b[:at]...), with...), b[at+len(with):]...)
}

// TestMalformedCaptures shows what a user sees of each fault, and how many packets are delivered all the same.
func TestMalformedCaptures(t *testing.T) {
	o := little
	header := pcapHeader(o, magicMicro, 65535, 1)
	one := record(o, 1700000000, 0, 20, 0, octets(20))
	pcap := join(header, one, one)
	start := join(sectionBlock(o), interfaceBlock(o, 1, 0))
	packet := enhanced(o, 0, 1, 20, octets(20))
	ng := join(start, packet, packet)
	const readBefore = "; everything before that was read"
	for name, c := range map[string]struct {
		capture []byte
		packets int
		want    string
	}{
		"empty":        {nil, 0, "x: the file is empty"},
		"three octets": {pcap[:3], 0, "x: not a capture file: it has only 3 octets, d4 c3 b2"},
		"text": {[]byte("# Captures\n"), 0, `x: not a capture file: it begins with 23 20 43 61 70 74 ("# Capt"); ` +
			"pcap and pcapng are read, plain or compressed with gzip or zstd"},
		"xz":    {[]byte("\xfd7zXZ\x00\x00\x04"), 0, "x: an xz archive, which is not read; unpack it first: xz -d"},
		"snoop": {[]byte("snoop\x00\x00\x00"), 0, "x: a snoop capture, which is not read; convert it first: editcap -F pcapng"},

		"gzip, empty":         {gzipped(t, nil), 0, "x: the decompressed file is empty"},
		"gzip, text":          {gzipped(t, []byte("abcd")), 0, `x: not a capture file: it begins with 61 62 63 64 ("abcd"); pcap and pcapng are read, plain or compressed with gzip or zstd`},
		"gzip, cut header":    {gzipped(t, pcap)[:5], 0, "x: the compressed data are cut short"},
		"gzip, no content":    {gzipped(t, pcap)[:10], 0, "x: the compressed data are cut short"},
		"gzip, bad checksum":  {overwrite(gzipped(t, pcap), -8, 1, 2, 3, 4), 2, "x: the compressed data are damaged: gzip: invalid checksum (offset 96 of the decompressed data)" + readBefore},
		"gzip, no checksum":   {gzipped(t, pcap)[:len(gzipped(t, pcap))-8], 2, "x: the compressed data are cut short (offset 96 of the decompressed data)" + readBefore},
		"gzip, garbage after": {join(gzipped(t, pcap), octets(20)), 2, "x: the compressed data are damaged: gzip: invalid header (offset 96 of the decompressed data)" + readBefore},
		"zstd, bad block":     {overwrite(zstded(t, pcap), 7, 0xff, 0xff), 0, "x: the compressed data are damaged: invalid input: compressed size too big"},
		"zstd, cut":           {zstded(t, pcap)[:20], 0, "x: the compressed data are cut short"},
		"zstd, too much memory": {[]byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0x90, 0, 0, 0}, 0,
			"x: decompressing takes more than 128 MiB of memory; unpack it first: zstd -d --long=31"},
		"three times compressed": {gzipped(t, gzipped(t, gzipped(t, pcap))), 0, "x: compressed more than 2 times; unpack it first"},

		"pcap, header cut":     {pcap[:23], 0, "x: cut short: the pcap file header has 23 of 24 octets (offset 0)"},
		"pcap, IXIA cut":       {pcapHeader(o, magicIxiaHW, 0, 1), 0, "x: cut short: the pcap file header has 24 of 28 octets (offset 0)"},
		"pcap, version":        {overwrite(pcap, 4, 3, 0, 1, 0), 0, "x: pcap version 3.1 is not read, only 2.x (offset 4)"},
		"pcap, record cut":     {pcap[:len(pcap)-21], 1, "x: cut short: the header of packet 2 has 15 of 16 octets (offset 60)" + readBefore},
		"pcap, no data":        {pcap[:len(pcap)-20], 2, "x: cut short: packet 2 has 0 of 20 octets (offset 60); the packets before it are whole"},
		"pcap, data cut":       {pcap[:len(pcap)-1], 2, "x: cut short: packet 2 has 19 of 20 octets (offset 60); the packets before it are whole"},
		"pcap, length lies":    {overwrite(pcap, 60+8, 1, 0, 0, 1), 1, "x: damaged: packet 2 has a length of 16777217 octets, over the limit of 16777216 (offset 60)" + readBefore},
		"pcap, first length":   {overwrite(pcap, 24+8, 0xff, 0xff, 0xff, 0xff), 0, "x: damaged: packet 1 has a length of 4294967295 octets, over the limit of 16777216 (offset 24)" + readBefore},
		"pcap, two in one":     {join(pcap, pcap), 3, "x: damaged: packet 4 has a length of 1700000000 octets, over the limit of 16777216 (offset 112)" + readBefore},
		"pcap in gzip, cut":    {gzipped(t, pcap[:len(pcap)-1]), 2, "x: cut short: packet 2 has 19 of 20 octets (offset 60 of the decompressed data); the packets before it are whole"},
		"pcapng, header cut":   {ng[:15], 0, "x: cut short: the section header has 15 of 28 octets (offset 0)"},
		"pcapng, options cut":  {ng[:27], 0, "x: cut short: a block has 27 of 28 octets (offset 0)"},
		"pcapng, magic":        {overwrite(ng, 8, 1, 2, 3, 4), 0, "x: damaged: the section header has byte-order magic 04030201 (offset 0)"},
		"pcapng, version":      {overwrite(ng, 12, 2, 0), 0, "x: pcapng version 2.0 is not read, only 1.x (offset 0)"},
		"pcapng, short header": {overwrite(ng, 4, 24), 0, "x: damaged: section header length 24 is not a multiple of 4 of at least 28 (offset 0)"},
		"pcapng, header ends":  {overwrite(ng, 24, 32), 0, "x: damaged: a block begins with length 28 and ends with length 32 (offset 0)"},

		"block header cut":      {join(ng, words(o, 6)), 2, "x: cut short: the header of a block has 4 of 8 octets (offset 152)" + readBefore},
		"block length 0":        {join(ng, words(o, 6, 0, 0)), 2, "x: damaged: block length 0 is not a multiple of 4 of at least 12 (offset 152)" + readBefore},
		"block length 8":        {join(ng, words(o, 0xbad, 8, 8)), 2, "x: damaged: block length 8 is not a multiple of 4 of at least 12 (offset 152)" + readBefore},
		"block length 53":       {join(start, packet, overwrite(packet, 4, 53)), 1, "x: damaged: block length 53 is not a multiple of 4 of at least 12 (offset 100)" + readBefore},
		"packet block ends":     {join(start, packet, overwrite(packet, -4, 48), packet), 1, "x: damaged: a block begins with length 52 and ends with length 48 (offset 100)" + readBefore},
		"unknown block ends":    {join(ng, words(o, 0xbad, 16, 7, 12)), 2, "x: damaged: a block begins with length 16 and ends with length 12 (offset 152)" + readBefore},
		"unknown block cut":     {join(ng, words(o, 0xbad, 4000, 7, 12)), 2, "x: cut short: a block has 16 of 4000 octets (offset 152)" + readBefore},
		"packet block cut":      {ng[:len(ng)-1], 2, "x: cut short: packet 2 has 51 of 52 octets of its block (offset 100); the packets before it are whole"},
		"packet data cut":       {ng[:len(ng)-10], 2, "x: cut short: packet 2 has 42 of 52 octets of its block (offset 100); the packets before it are whole"},
		"packet block cut soon": {ng[:len(ng)-25], 1, "x: cut short: packet 2 has 27 of 52 octets of its block (offset 100); the packets before it are whole"},
		"second section magic":  {join(ng, overwrite(sectionBlock(o), 8, 0)), 2, "x: damaged: the section header has byte-order magic 1a2b3c00 (offset 152)" + readBefore},
		"second section cut":    {join(ng, sectionBlock(o)[:14]), 2, "x: cut short: the section header has 14 of 28 octets (offset 152)" + readBefore},

		"unknown interface": {join(start, enhanced(o, 1, 0, 4, octets(4)), packet), 1, "x: packet 1 names interface 1, but the section has 1 so far (offset 48); it is left out"},
		"no interface": {join(sectionBlock(o), simple(o, 4, octets(4)), interfaceBlock(o, 1, 0), packet), 1,
			"x: packet 1 names interface 0, but the section has 0 so far (offset 28); it is left out"},
		"captured length lies":    {join(start, overwrite(packet, 20, 21), packet), 1, "x: packet 1 claims 21 octets in a block with room for 20 (offset 48); it is left out"},
		"packet without fields":   {join(start, block(o, blockEnhanced, octets(16)), packet), 1, "x: packet 1 is in a block with room for 16 of the 20 octets before its data (offset 48); it is left out"},
		"simple without fields":   {join(start, block(o, blockSimple), packet), 1, "x: packet 1 is in a block with room for 0 of the 4 octets before its data (offset 48); it is left out"},
		"packet too large":        {join(start, enhanced(o, 0, 0, 4, octets(maxBlock)), packet), 1, "x: packet 1 is in a block of 17039392 octets, over the limit of 17039360 (offset 48); it is left out"},
		"interface without field": {join(sectionBlock(o), block(o, blockInterface, octets(4)), packet), 0, "x: damaged: the description of interface 0 has 4 of 8 octets (offset 28)"},
		"secrets without fields":  {join(start, block(o, blockSecrets, octets(4)), packet), 1, "x: the decryption secrets have 4 of 8 octets before them (offset 48); they are left out"},
		"secrets lie":             {join(start, block(o, blockSecrets, words(o, SecretTLSKeyLog, 9), octets(8)), packet), 1, "x: the decryption secrets claim 9 octets in a block with room for 8 (offset 48); they are left out"},
		"secrets cut":             {join(start, packet, secretsBlock(o, SecretTLSKeyLog, octets(400))[:100]), 1, "x: cut short: a block has 100 of 420 octets (offset 100)" + readBefore},

		"option length lies":      {join(sectionBlock(o, words(o, 0xffff0001)), interfaceBlock(o, 1, 0, words(o, 0x00100002, 1)), enhanced(o, 0, 1, 4, octets(4), words(o, 0x00080001, 1))), 1, ""},
		"option header cut":       {join(sectionBlock(o), interfaceBlock(o, 1, 0, opt(o, 2, []byte("if0"))), enhanced(o, 0, 1, 3, octets(3), opt(o, 1, nil))), 1, ""},
		"options too short":       {join(sectionBlock(o), interfaceBlock(o, 1, 0, opt(o, 9, nil), opt(o, 14, octets(4)), opt(o, 13, nil), opt(o, 11, nil)), enhanced(o, 0, 1, 3, octets(3), opt(o, 2, []byte{1}))), 1, ""},
		"end with content":        {join(sectionBlock(o), interfaceBlock(o, 1, 0, words(o, 0x00080000, 1, 2)), packet), 1, ""},
		"statistics, no content":  {join(start, block(o, blockStatistics), block(o, blockStatistics, words(o, 0, 0, 0), opt(o, 4, octets(2))), packet), 1, ""},
		"blocks without content":  {join(start, block(o, 4), block(o, 9), block(o, 0xbad), block(o, 0x80000001), packet), 1, ""},
		"more captured than wire": {join(start, enhanced(o, 0, 1, 2, octets(20))), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, packets, errs := readBytes(t, c.capture)
			if d := cmp.Diff(c.want, texts(errs)); d != "" {
				t.Error(d)
			}
			if len(packets) != c.packets {
				t.Errorf("%d packets, want %d", len(packets), c.packets)
			}
			for _, err := range errs {
				e := err.(*Error)
				if e.Truncated != strings.Contains(e.What, "cut short") {
					t.Errorf("Truncated is %v of %q", e.Truncated, e.What)
				}
				if strings.Contains(e.What, "packet ") && e.Frame == 0 {
					t.Errorf("no frame in %q", e.What)
				}
			}
		})
	}
}

func TestOpenErrorsNameTheFileOnceAndKeepTheCause(t *testing.T) {
	name := filepath.Join(t.TempDir(), "none.pcap")
	_, err := Open(name)
	if want := name + ": cannot be opened: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	dir := t.TempDir()
	_, err = Open(dir)
	if want := dir + ": cannot be read: is a directory"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
