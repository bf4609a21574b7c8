// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/internal/syntax"
)

// The carets stand below what is wrong, which the second line marks.
func TestErrorsPointAtWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ text, carets, what string }{
		{"tcp prot 80",
			"    ^^^^", "and"},
		{"tcp port",
			"        ^", "ends where a port is awaited"},
		{"tcp and",
			"       ^", "ends where a condition is awaited"},
		{"and tcp",
			"^^^", "a condition is awaited"},
		{"tcp port 80 udp",
			"            ^^^", "and"},
		{"(tcp or udp",
			"^", "not closed"},
		{"tcp or udp)",
			"          ^", "nothing is open"},
		{"host example.org",
			"     ^^^^^^^^^^^", "no host of that name"},
		{"net localnet",
			"    ^^^^^^^^", "not looked up"},
		{"example.org",
			"^^^^^^^^^^^", "say host"},
		{"tcp and 80",
			"        ^^", "say host"},
		{"(port 80) or 443",
			"             ^^^", "say host"},
		{"port 65536",
			"     ^^^^^", "at most 65535"},
		{"port 4294967296",
			"     ^^^^^^^^^^", "32 bits"},
		{"port 089",
			"     ^^^", "octal"},
		{"port 10.0.0.1",
			"     ^^^^^^^^", "not an address"},
		{"port no-such-port",
			"     ^^^^^^^^^^^^", "is no port"},
		{"portrange 80-no",
			"          ^^^^^", "is no range of ports"},
		{"icmp port 80",
			"          ^^", "icmp has no ports"},
		{"tcp host 10.0.0.1",
			"         ^^^^^^^^", "after tcp"},
		{"tcp src 80",
			"        ^^", "say port"},
		{"ip host ::1",
			"        ^^^", "after ip"},
		{"ip6 host 10.0.0.1",
			"         ^^^^^^^^", "after ip6"},
		{"host 10.0.0.256",
			"     ^^^^^^^^^^", "no IPv4 address"},
		{"net 10.0.0.1/8",
			"    ^^^^^^^^", "beyond its prefix"},
		{"net 10.0.0.0/33",
			"             ^^", "0 to 32"},
		{"host 10.0.0.0/8",
			"             ^", "only a net"},
		{"net 10/8",
			"      ^", "dots"},
		{"net 2001:db8::/129",
			"               ^^^", "0 to 128"},
		{"host 2001:db8::/32",
			"                ^^", "only a net"},
		{"net 2001:db8::1/32",
			"    ^^^^^^^^^^^", "beyond its prefix"},
		{"host 02:00:00:00:00:01",
			"     ^^^^^^^^^^^^^^^^^", "ether host"},
		{"ether host 10.0.0.1",
			"           ^^^^^^^^", "after ether"},
		{"ip proto tcp",
			"         ^^^", `put \`},
		{"tcp proto 6",
			"          ^", "only ether, ip and ip6"},
		{"src proto 6",
			"    ^^^^^", "no source"},
		{"proto \\nothing",
			"      ^^^^^^^^", "give its number"},
		{"ether",
			"^^^^^", "says nothing alone"},
		{"ip broadcast",
			"   ^^^^^^^^^", "mask of the network"},
		{"tcp multicast",
			"^^^", "has no multicast"},
		{"vlan 4096",
			"     ^^^^", "at most 4095"},
		{"mpls and arp",
			"         ^^^", "behind mpls"},
		{"mpls and vlan",
			"         ^^^^", "no vlan"},
		{"pppoes and ether host 2:0:0:0:0:1",
			"                      ^^^^^^^^^^^", "no Ethernet"},
		{"gateway 10.0.0.1",
			"^^^^^^^", "not supported"},
		{"tcp[13 = 2",
			"       ^", "]"},
		{"tcp[13:3] = 2",
			"       ^", "1, 2 or 4"},
		{"tcp[13] &",
			"         ^", "awaited"},
		{"tcp[13] & 2",
			"           ^", "= !="},
		{"ip[0] / 0 = 1",
			"      ^", "division by zero"},
		{"ip[0] << 32 = 1",
			"      ^^", "31 bits"},
		{"esp[0] = 1",
			"^^^", "cannot be looked at"},
		{"less tcp",
			"     ^^^", "number of octets"},
		{"tcp ; udp",
			"    ^", "no meaning"},
		{"tcp \xff",
			"    ^", "no meaning"},
		{"port (80 or udp)",
			"            ^^^", "awaited"},
		{"len-4 > 10",
			"^^^^^", "say host"},
		{"host 10.0.0.1\tand\tprot 80",
			"             \t   \t^^^^", "no host of that name"},
	} {
		_, err := parse(c.text, few)
		if err == nil {
			t.Errorf("%s: no error", c.text)
			continue
		}
		e := err.(*syntax.Error)
		lines := strings.Split(e.Error(), "\n")
		if len(lines) != 3 || lines[1] != "  "+c.text && !strings.Contains(c.text, "\xff") || lines[2] != "  "+c.carets || !strings.Contains(e.What, c.what) {
			t.Errorf("%v\nwant\n  %s\nand %q", e, c.carets, c.what)
		}
	}
}

func TestFiltersHaveLimits(t *testing.T) {
	for name, text := range map[string]string{
		"length":      strings.Repeat(" ", maxText) + "tcp",
		"parentheses": strings.Repeat("(", maxDepth) + "tcp" + strings.Repeat(")", maxDepth),
		"not":         strings.Repeat("not ", maxDepth+1) + "tcp",
		"octets":      strings.Repeat("ip[", maxDepth) + "0" + strings.Repeat("]", maxDepth) + " = 0",
		"values":      "port " + strings.Repeat("(", maxDepth) + "80" + strings.Repeat(")", maxDepth),
		"slots":       "0" + strings.Repeat("+(len", slots+1) + strings.Repeat(")", slots+1) + " = 0",
	} {
		if _, err := parse(text, few); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
