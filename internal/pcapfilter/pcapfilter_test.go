// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/internal/pcapfilter/filtertest"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// few are the names known in tests.
var few = names{
	host: func(name string) ([]string, error) {
		if name != "node.example" {
			return nil, errors.New("no such host")
		}
		return []string{"10.1.2.3", "2001:db8::5", "fe80::9%eth0"}, nil
	},
	port: func(network, name string) (int, error) {
		switch {
		case name == "http" && network == "tcp":
			return 80, nil
		case name == "domain":
			return 53, nil
		}
		return 0, errors.New("no such port")
	},
}

func mustParse(t *testing.T, text string) *Filter {
	t.Helper()
	f, err := parse(text, few)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// matches is Match for link types that are known.
func matches(m *Matcher, p *reassembly.Packet) bool {
	taken, err := m.Match(p)
	if err != nil {
		panic(err)
	}
	return taken
}

// program is Program for link types that are known.
func program(t *testing.T, text string, link reassembly.LinkType) Program {
	t.Helper()
	p, err := mustParse(t, text).Program(link)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// taken lists the packets that a filter takes.
func taken(f *Filter, packets []reassembly.Packet) (frames []uint64) {
	m := NewMatcher(f)
	for i := range packets {
		if matches(m, &packets[i]) {
			frames = append(frames, packets[i].Frame)
		}
	}
	return frames
}

func TestPacketsTakenAreThoseThatTcpdumpTakes(t *testing.T) {
	answers := filtertest.Answers()
	for _, g := range filtertest.Handmade() {
		compared := 0
		for _, expression := range filtertest.Expressions() {
			want := answers[expression][g.Name]
			if want == "" {
				continue // tcpdump refuses it for this link type
			}
			compared++
			if got := filtertest.Digest(taken(mustParse(t, expression), g.Packets)); got != want {
				t.Errorf("%s: %s: %s, want %s", g.Name, expression, got, want)
			}
		}
		if compared < 240 {
			t.Errorf("%s: only %d answers", g.Name, compared)
		}
	}
}

func TestOneProgramServesAllPacketsOfATimeline(t *testing.T) {
	m := NewMatcher(mustParse(t, "tcp port 4556"))
	groups := filtertest.Handmade()
	for i := range 500 {
		for _, g := range groups {
			p := &g.Packets[i]
			if got, want := matches(m, p), matches(NewMatcher(mustParse(t, "tcp port 4556")), p); got != want {
				t.Fatalf("%s, packet %d: %t behind packets of other link types, %t alone", g.Name, p.Frame, got, want)
			}
		}
	}
}

func TestAnEmptyFilterTakesEveryPacket(t *testing.T) {
	for _, text := range []string{"", " \n"} {
		if !matches(NewMatcher(mustParse(t, text)), &reassembly.Packet{Link: reassembly.LinkEthernet}) {
			t.Errorf("%q does not take a packet", text)
		}
	}
}

func TestLinkTypesThatCannotBeFilteredAreToldOnce(t *testing.T) {
	m := NewMatcher(mustParse(t, "tcp"))
	p := reassembly.Packet{Link: 147, Data: make([]byte, 60)}
	if ok, err := m.Match(&p); ok || err == nil || !strings.Contains(err.Error(), "link type 147") {
		t.Errorf("%v, %v", ok, err)
	}
	if ok, err := m.Match(&p); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestNamesOfHostsStandForAllTheirAddresses(t *testing.T) {
	for text, same := range map[string]string{
		"src host node.example": "src host 10.1.2.3 or src host 2001:db8::5 or src host fe80::9",
		"ip host node.example":  "ip host 10.1.2.3",
		"ip6 dst node.example":  "ip6 dst host 2001:db8::5 or ip6 dst host fe80::9",
		"arp host node.example": "arp host 10.1.2.3",
	} {
		f, err := parse(text, few)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := f.Program(reassembly.LinkEthernet); err != nil || !slices.Equal(got, program(t, same, reassembly.LinkEthernet)) {
			t.Errorf("%q is not %q", text, same)
		}
	}
	for _, text := range []string{"host other.example", "tcp host node.example", "ether host node.example"} {
		if _, err := parse(text, few); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// Filters on the left mean what those on the right do.
func TestFiltersThatMeanTheSameAreTheSameProgram(t *testing.T) {
	for _, c := range [][2]string{
		{"tcp or udp and port 53", "(tcp or udp) and port 53"},
		{"udp and port 53 or tcp", "(udp and port 53) or tcp"},
		{"tcp and udp or icmp and arp or ip", "(((tcp and udp) or icmp) and arp) or ip"},
		{"not tcp or udp", "(not tcp) or udp"},
		{"not port 80 or 443", "(not port 80) or port 443"},
		{"not not not tcp", "not tcp"},
		{"! tcp && (udp || icmp)", "not tcp and (udp or icmp)"},
		{"port 80 or 443 or 22", "(port 80 or port 443) or port 22"},
		{"tcp port 80 or 443", "tcp port 80 or tcp port 443"},
		{"tcp src port 80 or (443 or not 22)", "tcp src port 80 or (tcp src port 443 or not tcp src port 22)"},
		{"port (80 or 443 and 22)", "((port 80 or port 443) and port 22)"},
		{"port 80 or (tcp) or 443", "port 80 or tcp or port 443"},
		{"port 80 or (host 10.0.0.1 or 10.0.0.2) or 443", "port 80 or (host 10.0.0.1 or host 10.0.0.2) or port 443"},
		{"host 10.0.0.1 or net 10 or 11", "host 10.0.0.1 or net 10 or net 11"},
		{"src or dst port 80", "port 80"},
		{"dst or src 10.0.0.1", "host 10.0.0.1"},
		{"dst and src 10.0.0.1", "src and dst host 10.0.0.1"},
		{"host 10.0", "net 10.0"},
		{"net 10", "net 10.0.0.0/8"},
		{"net 10.0.0.0 mask 255.0.0.0", "net 10.0.0.0/8"},
		{"ether host 2:0:0:0:0:1", "ether host 0200.0000.0001"},
		{"ip proto \\tcp", "ip proto 6"},
		{"ether proto \\ip", "ip"},
		{"link[0] = 1", "ether[0:1] == 0x1"},
		{"portrange 80-70", "portrange 70-80"},
		{"port http", "tcp port 80"},
		{"port domain", "port 53"},
		{"udp port domain", "udp port 53"},
		{"tcp portrange domain-http", "tcp portrange 53-80"},
		{"portrange 53-http", "tcp portrange 53-80"},
		{"length > 07", "len > 7"},
		{"ip[0] + 1 * 2 = 3", "ip[0] + (1 * 2) = 3"},
		{"ip[0] - 1 - 2 = 3", "(ip[0] - 1) - 2 = 3"},
		{"ip[0] & 1 << 2 | 3 = 3", "(ip[0] & (1 << 2)) | 3 = 3"},
		{"ip[0] % 2 + 1 = 3", "ip[0] % (2 + 1) = 3"},
		{"ip[0] + 1 % 2 * 3 = 3", "ip[0] + (1 % (2 * 3)) = 3"},
		{"tcp[tcpflags] & (tcp-syn|tcp-ack) != 0", "tcp[13] & (2|16) != 0"},
		{"tcp&&udp||icmp", "tcp and udp or icmp"},
		{"(80) = ip[0]", "80 = ip[0]"},
	} {
		for _, link := range []reassembly.LinkType{reassembly.LinkEthernet, reassembly.LinkRaw, reassembly.LinkSLL} {
			if !slices.Equal(program(t, c[0], link), program(t, c[1], link)) {
				t.Errorf("%q is not %q on link type %d", c[0], c[1], link)
			}
		}
	}
}

func TestTagsMoveOnlyWhatIsToTheRight(t *testing.T) {
	const link = reassembly.LinkEthernet
	if slices.Equal(program(t, "vlan and tcp", link), program(t, "tcp and vlan", link)) {
		t.Error("vlan moves nothing")
	}
	if !slices.Equal(program(t, "(not vlan) or (udp)", link), program(t, "not vlan or udp", link)) {
		t.Error("parentheses hold vlan back")
	}
}

// longest is a filter whose jumps are farther than an instruction reaches.
func longest() string {
	text := "vlan and (port 1"
	for range 300 {
		text += " or (tcp and not host 10.1.2.4 and port 53)"
	}
	return text + " or udp)"
}

func TestJumpsReachFarEnough(t *testing.T) {
	f := mustParse(t, longest())
	want := taken(mustParse(t, "vlan and (port 1 or (tcp and not host 10.1.2.4 and port 53) or udp)"), filtertest.Handmade()[2].Packets)
	if got := taken(f, filtertest.Handmade()[2].Packets); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%d packets, want %d", len(got), len(want))
	}
	if n := len(program(t, longest(), reassembly.LinkEthernet)); n < 4096 {
		t.Fatalf("only %d instructions", n)
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	m := NewMatcher(mustParse(t, "tcp port 4556 and not (host 10.0.0.1 or net 2001:db8::/32) and tcp[((tcp[12] & 0xf0) >> 2):4] = 0x64746e21"))
	packets := filtertest.Handmade()[2].Packets
	matches(m, &packets[0])
	if n := testing.AllocsPerRun(100, func() {
		for i := range packets {
			matches(m, &packets[i])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	f, err := Parse("tcp port 4556")
	if err != nil {
		b.Fatal(err)
	}
	m := NewMatcher(f)
	p := &filtertest.Handmade()[2].Packets[0]
	for b.Loop() {
		matches(m, p)
	}
}
