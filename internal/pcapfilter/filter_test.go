// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// The answers that the filters are compared with are tcpdump's, without its optimizer, which changes what becomes of packets that are cut short. -tcpdump asks it again and compares; with -update what it says is kept.
var (
	askTcpdump = flag.Bool("tcpdump", false, "ask tcpdump for the answers")
	update     = flag.Bool("update", false, "with -tcpdump: rewrite testdata/answers.txt")
)

const answersFile = "testdata/answers.txt"

// expressions are compared with tcpdump, each over the packets of all link types.
func expressions(t testing.TB) []string {
	text, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

var links = map[string]reassembly.LinkType{
	"ethernet": reassembly.LinkEthernet, "raw": reassembly.LinkRaw, "null": reassembly.LinkNull, "sll": reassembly.LinkSLL,
	"sll2": reassembly.LinkSLL2, "ppp": reassembly.LinkPPP,
}

// answer is a filter's: how many packets it takes, and a sum over their numbers.
func answer(taken []int) string {
	h := crc32.NewIEEE()
	for _, n := range taken {
		fmt.Fprintln(h, n)
	}
	return fmt.Sprintf("%d %08x", len(taken), h.Sum32())
}

func ours(t *testing.T, expression string, packets []reassembly.Packet) string {
	f, err := Parse(expression)
	if err != nil {
		return "refused"
	}
	m, taken := NewMatcher(f), []int(nil)
	for i := range packets {
		ok, err := m.Match(&packets[i])
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			taken = append(taken, i)
		}
	}
	return answer(taken)
}

func TestFiltersTakeThePacketsThatTcpdumpTakes(t *testing.T) {
	names := slices.Sorted(maps.Keys(links))
	var lines []string
	theirs := map[string]string{}
	if *askTcpdump {
		theirs = tcpdumpAnswers(t)
	} else {
		text, err := os.ReadFile(answersFile)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			key, value, _ := strings.Cut(line, "\t= ")
			theirs[key] = value
		}
	}
	for _, e := range expressions(t) {
		for _, name := range names {
			key := name + "\t" + e
			lines = append(lines, key+"\t= "+theirs[key])
			switch got := ours(t, e, corpus(links[name])); {
			case theirs[key] == "":
				t.Errorf("%q: no answer of tcpdump", key)
			case theirs[key] == "refused" && got != "refused" && (strings.Contains(e, "vlan") || strings.Contains(e, "arp")):
				// We take nothing where tcpdump says that the link type has no such thing.
			case got != theirs[key]:
				t.Errorf("%s: %s, with tcpdump %s", key, got, theirs[key])
			}
		}
	}
	if *update && *askTcpdump {
		if err := os.WriteFile(answersFile, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func tcpdumpAnswers(t *testing.T) map[string]string {
	answers, folder := map[string]string{}, t.TempDir()
	for name, link := range links {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, pcap(link, corpus(link)), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, e := range expressions(t) {
			cmd := exec.Command("tcpdump", "-O", "-r", file, "-w", "-", e)
			var errors bytes.Buffer
			cmd.Stderr = &errors
			out, err := cmd.Output()
			key := name + "\t" + e
			if err != nil {
				if _, failed := err.(*exec.ExitError); !failed {
					t.Fatalf("tcpdump is needed: %v", err)
				}
				answers[key] = "refused"
				continue
			}
			var taken []int
			for at := 24; at < len(out); {
				taken = append(taken, int(binary.LittleEndian.Uint32(out[at:]))) // the time is the number
				at += 16 + int(binary.LittleEndian.Uint32(out[at+8:]))
			}
			answers[key] = answer(taken)
		}
	}
	return answers
}

// pcap is a capture file whose times are the packets' numbers.
func pcap(link reassembly.LinkType, packets []reassembly.Packet) []byte {
	o := binary.LittleEndian
	b := o.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = o.AppendUint32(o.AppendUint32(b, 1<<18), uint32(link))
	for i := range packets {
		p := &packets[i]
		b = o.AppendUint32(o.AppendUint32(b, uint32(i)), 0)
		b = o.AppendUint32(o.AppendUint32(b, uint32(len(p.Data))), uint32(p.Length))
		b = append(b, p.Data...)
	}
	return b
}

func TestWrongFiltersSayWhereAndWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ text, what, mark string }{
		{"", "a test is missing", "\n  ^"},
		{"tcp prot 80", `"prot" is not expected here: and, or, or the end`, "\n      ^"},
		{"prot 80", `"prot" is no test`, "\n  ^"},
		{"tcp src 10.1.1.1", "port or portrange is missing", "\n          ^"},
		{"tcp and", "a test is missing", "\n         ^"},
		{"(tcp", "a ) is missing", "\n      ^"},
		{"tcp)", `")" is not expected here`, "\n     ^"},
		{"tcp & udp", `"&" alone means nothing`, "\n      ^"},
		{"port 70000", `"70000" is no port`, "\n       ^"},
		{"portrange 1-x", `"x" is no port`, "\n            ^"},
		{"icmp port 1", "icmp has no ports", "\n            ^"},
		{"host 1.2.3", `"1.2.3" is no address of a host`, "\n       ^"},
		{"net 10.1.0.0/8", "bits are set in 10.1.0.0/8 that its mask leaves out", "\n      ^"},
		{"net 10.0.0.0/33", `"33" is no length of a mask`, "\n      ^"},
		{"ip6 host 1.2.3.4", "ip6 has no such addresses", "\n           ^"},
		{"vlan 5000", "a VLAN is a number up to 4095", "\n       ^"},
		{"less x", "a length is a number up to 4294967295", "\n       ^"},
		{"proto foo", `"foo" is no protocol`, "\n        ^"},
		{"src proto 6", "proto has no direction", "\n            ^"},
		{strings.Repeat("(", 200) + "tcp", "nested more than 100 deep", "^"},
	} {
		_, err := Parse(c.text)
		if err == nil || !strings.Contains(err.Error(), c.what) || !strings.Contains(strings.ReplaceAll(err.Error(), c.text, ""), strings.TrimPrefix(c.mark, "\n  ")) {
			t.Errorf("%.40q: %v", c.text, err)
		}
	}
}

// In the kernel a VLAN tag is apart from the octets, so the programs differ; what they have in common is that they are well-formed.
func TestProgramsJumpForwardAndEndWithAReturn(t *testing.T) {
	long := "port 1"
	for i := range 200 {
		long += fmt.Sprintf(" or host 10.0.0.%d", i)
	}
	for _, e := range append(expressions(t), long, long+" and vlan 3 and "+long) {
		f, err := Parse(e)
		if err != nil {
			continue
		}
		for _, p := range []Program{f.Kernel(false), f.Kernel(true), f.KernelIP()} {
			if last := p[len(p)-1]; last.Op != opReturn || len(p) > 65535 {
				t.Errorf("%.60s: %d instructions, the last one %+v", e, len(p), last)
			}
			for i, ins := range p {
				far := max(int(ins.Jt), int(ins.Jf))
				if ins.Op == opJump {
					far = int(ins.K)
				}
				if ins.Op&7 == 5 && i+1+far >= len(p) {
					t.Errorf("%.60s: instruction %d jumps out", e, i)
				}
			}
		}
	}
	f, _ := Parse(long)
	m := NewMatcher(f)
	for i := range 200 {
		p := reassembly.Packet{Link: reassembly.LinkRaw, Data: ip4(17, [4]byte{10, 0, 0, byte(i)}, [4]byte{1, 1, 1, 1}, 0, make([]byte, 8))}
		if ok, err := m.Match(&p); !ok || err != nil {
			t.Fatalf("10.0.0.%d: %v, %v", i, ok, err)
		}
	}
}

func TestLinkTypesThatCannotBeFilteredAreToldOnce(t *testing.T) {
	f, _ := Parse("tcp")
	m := NewMatcher(f)
	p := reassembly.Packet{Link: 147, Data: make([]byte, 60)}
	if ok, err := m.Match(&p); ok || err == nil || !strings.Contains(err.Error(), "link type 147") {
		t.Errorf("%v, %v", ok, err)
	}
	if ok, err := m.Match(&p); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, e := range expressions(f) {
		f.Add(e, []byte("\x45\x00\x00\x28"))
	}
	f.Fuzz(func(t *testing.T, text string, octets []byte) {
		if strings.ContainsFunc(text, func(r rune) bool { return r >= 'g' && r <= 'z' || r == '-' || r > '~' }) && len(text) > 60 {
			return // not too many names to look up
		}
		filter, err := Parse(text)
		if err != nil {
			return
		}
		m := NewMatcher(filter)
		for _, link := range links {
			m.Match(&reassembly.Packet{Link: link, Data: octets, Length: len(octets)})
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	f, err := Parse("tcp port 4556 and not host 10.1.1.1")
	if err != nil {
		b.Fatal(err)
	}
	m, packets := NewMatcher(f), corpus(reassembly.LinkEthernet)
	b.ReportAllocs()
	for i := range b.N {
		m.Match(&packets[i%len(packets)])
	}
}
