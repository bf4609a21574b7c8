// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/dtn-tools/tcpcl/internal/syntax"
)

// maxNesting bounds how deep parentheses and negations go.
const maxNesting = 100

// Parse understands the text of a filter. Names of hosts are looked up where they are not addresses. Errors are of type *syntax.Error.
func Parse(text string) (*Filter, error) {
	p := &parser{text: text}
	if err := p.split(); err != nil {
		return nil, err
	}
	root, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.text != "" {
		return nil, p.errorf(t, "%q is not expected here: and, or, or the end", t.text)
	}
	return &Filter{text, root}, nil
}

type token struct {
	text string // "" at the end
	at   int
}

type parser struct {
	text   string
	tokens []token
	next   int
	last   qualifiers // what a bare value after and, or takes over
}

func (p *parser) errorf(t token, format string, arguments ...any) error {
	return &syntax.Error{Of: "capture filter", Text: p.text, At: t.at, What: fmt.Sprintf(format, arguments...)}
}

// split cuts the text into tokens; && || ! become words.
func (p *parser) split() error {
	const space, own = " \t\r\n", "()!&|"
	for i := 0; i < len(p.text); {
		rest, t := p.text[i:], token{at: i}
		n := 1
		switch {
		case strings.ContainsRune(space, rune(rest[0])):
			i++
			continue
		case strings.HasPrefix(rest, "&&"):
			t.text, n = "and", 2
		case strings.HasPrefix(rest, "||"):
			t.text, n = "or", 2
		case rest[0] == '!':
			t.text = "not"
		case rest[0] == '(' || rest[0] == ')':
			t.text = rest[:1]
		case strings.ContainsRune(own, rune(rest[0])):
			return p.errorf(t, "%q alone means nothing here; and is &&, or is ||", rest[:1])
		default:
			if n = strings.IndexAny(rest, space+own); n < 0 {
				n = len(rest)
			}
			t.text = rest[:n]
		}
		p.tokens = append(p.tokens, t)
		i += n
	}
	return nil
}

func (p *parser) peek() token {
	if p.next < len(p.tokens) {
		return p.tokens[p.next]
	}
	return token{at: len(p.text)}
}

// take takes the next token if it is one of some words.
func (p *parser) take(words ...string) (token, bool) {
	t := p.peek()
	if t.text == "" || !slices.Contains(words, t.text) {
		return t, false
	}
	p.next++
	return t, true
}

// expression reads terms with and, or between them, which bind alike.
func (p *parser) expression(depth int) (node, error) {
	left, err := p.term(depth)
	for err == nil {
		t, ok := p.take("and", "or")
		if !ok {
			return left, nil
		}
		var right node
		right, err = p.term(depth)
		if t.text == "and" {
			left = and{left, right}
		} else {
			left = or{left, right}
		}
	}
	return nil, err
}

func (p *parser) term(depth int) (node, error) {
	if depth > maxNesting {
		return nil, p.errorf(p.peek(), "nested more than %d deep", maxNesting)
	}
	if _, ok := p.take("not"); ok {
		n, err := p.term(depth + 1)
		return not{n}, err
	}
	if _, ok := p.take("("); ok {
		n, err := p.expression(depth + 1)
		if err != nil {
			return nil, err
		}
		if t, ok := p.take(")"); !ok {
			return nil, p.errorf(t, "a ) is missing")
		}
		return n, nil
	}
	return p.primitive(depth)
}

// qualifiers say what a value is about.
type qualifiers struct {
	proto string // "" is any
	dir   direction
	kind  string // host, net, port, portrange, proto; "" is host
	given bool   // there were some
}

var ipProtocols = map[string]uint8{"icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58, "sctp": 132}

// primitive reads a test.
func (p *parser) primitive(depth int) (node, error) {
	t := p.peek()
	switch t.text {
	case "":
		return nil, p.errorf(t, "a test is missing")
	case "vlan":
		p.next++
		return p.vlan()
	case "less", "greater":
		p.next++
		n, err := p.number("a length", 1<<32-1)
		return lengthTest{t.text == "greater", uint32(n)}, err
	}
	q, err := p.qualifiers()
	switch {
	case err != nil:
		return nil, err
	case !q.given && !p.last.given && !isHost(t.text):
		return nil, p.errorf(t, "%q is no test; there are host, net, port, portrange, src, dst, ip, ip6, arp, rarp, tcp, udp, sctp, icmp, icmp6, "+
			"proto, vlan, less, greater", t.text)
	case !q.given && p.last.given:
		q = p.last
	case q.proto != "" && q.kind == "" && q.dir == srcOrDst && p.endsHere():
		p.last = q
		return protocol(q.proto), nil
	case ipProtocols[q.proto] != 0 && q.kind == "" && q.dir != srcOrDst:
		return nil, p.errorf(p.peek(), "port or portrange is missing: %s has no addresses", q.proto)
	case ipProtocols[q.proto] != 0 && q.kind == "":
		t := p.peek()
		return nil, p.errorf(t, "%q is not expected here: and, or, or the end", t.text)
	}
	p.last = q
	p.last.given = true
	if _, ok := p.take("("); ok {
		n, err := p.expression(depth + 1)
		if err != nil {
			return nil, err
		}
		if t, ok := p.take(")"); !ok {
			return nil, p.errorf(t, "a ) is missing")
		}
		return n, nil
	}
	return p.value(q)
}

// endsHere says whether no value follows.
func (p *parser) endsHere() bool {
	switch p.peek().text {
	case "", "and", "or", ")":
		return true
	}
	return false
}

// qualifiers reads protocol, direction and kind.
func (p *parser) qualifiers() (q qualifiers, err error) {
	if t, ok := p.take("ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "icmp", "icmp6"); ok {
		q.proto, q.given = t.text, true
	}
	if t, ok := p.take("src", "dst"); ok {
		q.given = true
		q.dir = srcOnly
		other := "dst"
		if t.text == "dst" {
			q.dir, other = dstOnly, "src"
		}
		if next := p.peek(); (next.text == "or" || next.text == "and") && p.next+1 < len(p.tokens) && p.tokens[p.next+1].text == other {
			q.dir = srcOrDst
			if next.text == "and" {
				q.dir = srcAndDst
			}
			p.next += 2
		}
	}
	if t, ok := p.take("host", "net", "port", "portrange", "proto"); ok {
		q.kind, q.given = t.text, true
	}
	t := p.peek()
	switch {
	case q.proto == "" || q.kind == "":
	case q.kind == "port" || q.kind == "portrange":
		if q.proto != "tcp" && q.proto != "udp" && q.proto != "sctp" {
			return q, p.errorf(t, "%s has no ports", q.proto)
		}
	case ipProtocols[q.proto] != 0 || q.kind == "proto" && q.proto != "ip" && q.proto != "ip6":
		return q, p.errorf(t, "%s does not go with %s", q.proto, q.kind)
	}
	if q.kind == "proto" && q.dir != srcOrDst {
		return q, p.errorf(t, "proto has no direction")
	}
	return q, nil
}

// protocol is the test for a protocol's name alone.
func protocol(name string) node {
	switch name {
	case "ip":
		return linkTest{etherIP}
	case "ip6":
		return linkTest{etherIPv6}
	case "arp":
		return linkTest{etherARP}
	case "rarp":
		return linkTest{etherRARP}
	}
	return protoTest{ipProtocols[name], name != "icmp6", name != "icmp"}
}

func (p *parser) vlan() (node, error) {
	p.last = qualifiers{}
	if t := p.peek(); t.text == "" || t.text[0] < '0' || t.text[0] > '9' {
		return vlanTest{}, nil
	}
	n, err := p.number("a VLAN", 4095)
	return vlanTest{uint16(n), true}, err
}

func (p *parser) number(what string, most uint64) (uint64, error) {
	t := p.peek()
	n, err := strconv.ParseUint(t.text, 0, 64)
	if err != nil || n > most {
		return 0, p.errorf(t, "%s is a number up to %d", what, most)
	}
	p.next++
	return n, nil
}

// value reads what qualifiers are about.
func (p *parser) value(q qualifiers) (node, error) {
	t := p.peek()
	if p.endsHere() || t.text == "not" || t.text == "(" {
		return nil, p.errorf(t, "a value for %s is missing", cmp.Or(q.kind, "host"))
	}
	p.next++
	text := strings.TrimPrefix(t.text, `\`) // names that are words of the language are written so
	switch q.kind {
	case "port", "portrange":
		return p.port(q, t, text)
	case "proto":
		number, ok := ipProtocols[text]
		if !ok {
			n, err := strconv.ParseUint(text, 0, 8)
			if err != nil {
				return nil, p.errorf(t, "%q is no protocol: a number up to 255 or one of icmp, tcp, udp, icmp6, sctp", text)
			}
			number = uint8(n)
		}
		return protoTest{number, q.proto != "ip6", q.proto != "ip"}, nil
	case "net":
		return p.net(q, t, text)
	}
	return p.host(q, t, text)
}

func (p *parser) port(q qualifiers, t token, text string) (node, error) {
	low, high := text, text
	if q.kind == "portrange" {
		if from, to, ok := strings.Cut(text, "-"); ok {
			low, high = from, to
		}
	}
	var ends [2]uint16
	for i, end := range []string{low, high} {
		network := "tcp"
		if q.proto == "udp" {
			network = "udp"
		}
		n, err := net.LookupPort(network, end)
		if err != nil || end == "" {
			return nil, p.errorf(t, "%q is no port: a number up to 65535 or the name of a service", end)
		}
		ends[i] = uint16(n)
	}
	test := portTest{dir: q.dir, low: min(ends[0], ends[1]), high: max(ends[0], ends[1])}
	if q.proto != "" {
		test.protocols = []uint32{uint32(ipProtocols[q.proto])}
	} else {
		test.protocols = []uint32{uint32(ipProtocols["tcp"]), uint32(ipProtocols["udp"]), uint32(ipProtocols["sctp"])}
	}
	return test, nil
}

// in makes the test for a network, in the headers that the qualifiers leave.
func (p *parser) in(q qualifiers, t token, network netip.Prefix) (node, error) {
	switch {
	case q.proto == "ip6" && network.Addr().Is4() || q.proto != "" && q.proto != "ip6" && network.Addr().Is6():
		return nil, p.errorf(t, "%s has no such addresses", q.proto)
	case network.Masked().Addr() != network.Addr():
		return nil, p.errorf(t, "bits are set in %s that its mask leaves out", network)
	}
	return netTest{network, q.dir, q.proto == "" || q.proto == "ip", q.proto == "" || q.proto == "arp", q.proto == "" || q.proto == "rarp"}, nil
}

// isHost says whether a word is an address.
func isHost(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func (p *parser) host(q qualifiers, t token, text string) (node, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return p.in(q, t, netip.PrefixFrom(a, a.BitLen()))
	}
	if text[0] >= '0' && text[0] <= '9' && strings.Trim(text, "0123456789./") == "" {
		return nil, p.errorf(t, "%q is no address of a host", text)
	}
	found, err := net.LookupHost(text)
	if err != nil {
		return nil, p.errorf(t, "%q is no address, and no host of that name was found", text)
	}
	var all node
	for _, address := range found {
		a, err := netip.ParseAddr(address)
		if a = a.WithZone(""); err != nil || q.proto == "ip6" && a.Is4() || q.proto != "" && q.proto != "ip6" && a.Is6() {
			continue
		}
		test, err := p.in(q, t, netip.PrefixFrom(a, a.BitLen()))
		switch {
		case err != nil:
			return nil, err
		case all == nil:
			all = test
		default:
			all = or{all, test}
		}
	}
	if all == nil {
		return nil, p.errorf(t, "%q has no %s address", text, q.proto)
	}
	return all, nil
}

func (p *parser) net(q qualifiers, t token, text string) (node, error) {
	address, bits, sized := strings.Cut(text, "/")
	network, err := netip.ParseAddr(address)
	length := 0
	if err == nil {
		length = network.BitLen()
	} else if octets := strings.Split(address, "."); len(octets) < 4 { // 10.1 is 10.1.0.0/16
		length = 8 * len(octets)
		network, err = netip.ParseAddr(address + strings.Repeat(".0", 4-len(octets)))
	}
	if err != nil || network.Zone() != "" {
		return nil, p.errorf(t, "%q is no network: an address, ADDRESS/BITS, or the first octets of an IPv4 address", text)
	}
	if sized {
		n, err := strconv.ParseUint(bits, 10, 8)
		if err != nil || int(n) > network.BitLen() {
			return nil, p.errorf(t, "%q is no length of a mask", bits)
		}
		length = int(n)
	} else if _, ok := p.take("mask"); ok {
		m := p.peek()
		p.next++
		mask, err := netip.ParseAddr(m.text)
		if err != nil || !mask.Is4() || !network.Is4() {
			return nil, p.errorf(m, "%q is no mask of an IPv4 network", m.text)
		}
		ones, total := net.IPMask(mask.AsSlice()).Size()
		if total == 0 {
			return nil, p.errorf(m, "masks with ones behind zeros are not supported")
		}
		length = ones
	}
	return p.in(q, t, netip.PrefixFrom(network, length))
}
