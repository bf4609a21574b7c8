// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/dtn-tools/tcpcl/internal/syntax"
)

// primary makes a condition of qualifiers and one value, whose token was taken.
func (p *parser) primary(q qualifiers, t *token) (node, *syntax.Error) {
	if q.none {
		return nil, t.errorf("%q stands alone: say host, net, port or the like before it", t.text)
	}
	switch q.what {
	case "port", "portrange":
		return p.ports(q, t)
	case "proto":
		return p.protocolNumber(q, t)
	}
	switch t.kind {
	case tokenIPv4:
		return p.ipv4(q, t)
	case tokenIPv6:
		return p.ipv6(q, t)
	case tokenMAC:
		return p.mac(q, t)
	case tokenNumber:
		n, mask := t.number, ^uint32(0)
		for q.what == "net" && n != 0 && n&0xff000000 == 0 { // "net 10" is 10.0.0.0/8
			n, mask = n<<8, mask<<8
		}
		if p.peek().is("/") {
			return nil, p.peek().errorf("a network with a prefix is written with its dots: 10.0.0.0/8")
		}
		return hosts4(q, t, n, mask)
	}
	if q.what == "net" {
		return nil, t.errorf("names of networks are not looked up; give the address, such as 10.0.0.0/8")
	}
	return p.named(q, t)
}

// named is all addresses of a name, of the versions of IP that the qualifiers leave.
func (p *parser) named(q qualifiers, t *token) (node, *syntax.Error) {
	if q.proto != nil && q.proto.kind != networkLayer {
		return nil, q.misplaced(t, "the name of a host")
	}
	found, failed := p.names.host(t.text)
	if failed != nil {
		return nil, t.errorf("%q is no address, and no host of that name was found", t.text)
	}
	var all node
	for _, text := range found {
		address, failed := netip.ParseAddr(text)
		if failed != nil || address.Is4() && q.proto == protoIP6 || address.Is6() && q.proto != nil && q.proto != protoIP6 {
			continue
		}
		var n node
		if address.Is6() {
			n = ipv6Net(q, t, address.WithZone(""), 128)
		} else {
			octets := address.As4()
			n = &ipv4Hosts{q.proto, q.direction, binary.BigEndian.Uint32(octets[:]), ^uint32(0), t}
		}
		if all != nil {
			n = &junction{false, all, n}
		}
		all = n
	}
	if all == nil {
		return nil, t.errorf("%q has no address for this", t.text)
	}
	return all, nil
}

// ipv4 is an address, which may be short, or a network with its prefix or mask.
func (p *parser) ipv4(q qualifiers, t *token) (node, *syntax.Error) {
	n, mask, err := t.address4()
	if err != nil {
		return nil, err
	}
	slash := p.peek()
	switch {
	case p.accept("/"):
		length := p.next()
		if length.kind != tokenNumber || length.number > 32 {
			return nil, length.errorf("the length of a prefix, from 0 to 32, is awaited here")
		}
		mask = ^uint32(0) << (32 - length.number)
	case p.accept("mask"):
		word := p.next()
		if word.kind != tokenIPv4 {
			return nil, word.errorf("a mask such as 255.255.0.0 is awaited here")
		}
		if mask, _, err = word.address4(); err != nil {
			return nil, err
		}
	default:
		return hosts4(q, t, n, mask)
	}
	if q.what != "net" {
		return nil, slash.errorf("only a net has a prefix or a mask")
	}
	if n&^mask != 0 {
		return nil, t.errorf("the address of the network has bits beyond its prefix")
	}
	return hosts4(q, t, n, mask)
}

// address4 reads an address; of a short one the mask has as many octets.
func (t *token) address4() (n, mask uint32, err *syntax.Error) {
	shift := 32
	for part := range strings.SplitSeq(t.text, ".") {
		octet, failed := strconv.ParseUint(part, 10, 8)
		if failed != nil {
			return 0, 0, t.errorf("%s is no IPv4 address", t.text)
		}
		shift -= 8
		n |= uint32(octet) << shift
	}
	return n, ^uint32(0) << shift, nil
}

func hosts4(q qualifiers, t *token, n, mask uint32) (node, *syntax.Error) {
	switch q.proto {
	case nil, protoIP, protoARP, protoRARP:
		return &ipv4Hosts{q.proto, q.direction, n, mask, t}, nil
	}
	return nil, q.misplaced(t, "an IPv4 address")
}

// misplaced says that a value does not fit the protocol before it.
func (q *qualifiers) misplaced(t *token, what string) *syntax.Error {
	switch {
	case q.proto.kind == overIP:
		return t.errorf("%s after %s: say port before a port, or leave %s out", what, q.proto.name, q.proto.name)
	case q.proto == protoLink:
		return t.errorf("%s after ether: only an Ethernet address may stand here", what)
	}
	return t.errorf("%s after %s", what, q.proto.name)
}

func (p *parser) ipv6(q qualifiers, t *token) (node, *syntax.Error) {
	if q.proto != nil && q.proto != protoIP6 {
		return nil, q.misplaced(t, "an IPv6 address")
	}
	address, failed := netip.ParseAddr(t.text)
	if failed != nil {
		return nil, t.errorf("%s is no IPv6 address", t.text)
	}
	bits := 128
	if p.accept("/") {
		length := p.next()
		if length.kind != tokenNumber || length.number > 128 {
			return nil, length.errorf("the length of a prefix, from 0 to 128, is awaited here")
		}
		bits = int(length.number)
		if q.what != "net" && bits != 128 {
			return nil, length.errorf("only a net has a prefix")
		}
	}
	prefix := netip.PrefixFrom(address, bits)
	if prefix.Masked().Addr() != address {
		return nil, t.errorf("the address of the network has bits beyond its prefix")
	}
	return ipv6Net(q, t, address, bits), nil
}

func ipv6Net(q qualifiers, t *token, address netip.Addr, bits int) *ipv6Hosts {
	n := &ipv6Hosts{direction: q.direction, token: t}
	octets := address.As16()
	for i := range n.address {
		n.address[i] = binary.BigEndian.Uint32(octets[4*i:])
		n.mask[i] = ^uint32(0) << (32 - max(0, min(32, bits-32*i)))
	}
	return n
}

func (p *parser) mac(q qualifiers, t *token) (node, *syntax.Error) {
	if q.proto != protoLink || q.what != "" && q.what != "host" {
		return nil, t.errorf("an Ethernet address only stands behind ether host, ether src or ether dst")
	}
	n := &etherHosts{direction: q.direction, token: t}
	groups := strings.FieldsFunc(t.text, func(r rune) bool { return r == ':' || r == '-' || r == '.' })
	digits := ""
	for _, g := range groups {
		digits += strings.Repeat("0", len(g)%2) + g
	}
	for i := range n.address {
		octet, _ := strconv.ParseUint(digits[2*i:2*i+2], 16, 8) // the scanner saw the digits
		n.address[i] = byte(octet)
	}
	return n, nil
}

// maxPort is the highest port.
const maxPort = 65535

func (p *parser) ports(q qualifiers, t *token) (node, *syntax.Error) {
	n := &ports{direction: q.direction, token: t}
	switch q.proto {
	case nil:
		n.transports = []uint32{protoTCP.number, protoUDP.number, protoSCTP.number}
	case protoTCP, protoUDP, protoSCTP:
		n.transports = []uint32{q.proto.number}
	default:
		return nil, t.errorf("%s has no ports: only tcp, udp and sctp do", q.proto.name)
	}
	low, high := t.text, t.text
	if t.kind == tokenName && q.what == "portrange" {
		low, high, _ = strings.Cut(t.text, "-")
		if high == "" {
			high = low
		}
	}
	switch t.kind {
	case tokenNumber:
		if t.number > maxPort {
			return nil, t.errorf("a port is at most %d", maxPort)
		}
		n.low, n.high = t.number, t.number
		return n, nil
	case tokenName:
		for _, end := range []struct {
			name string
			port *uint32
		}{{low, &n.low}, {high, &n.high}} {
			port, transports := p.port(end.name, n.transports)
			if len(transports) == 0 {
				return nil, t.errorf("%q is no %s", t.text, strings.TrimPrefix(q.awaited(), "a "))
			}
			*end.port, n.transports = port, transports
		}
		n.low, n.high = min(n.low, n.high), max(n.low, n.high)
		return n, nil
	}
	return nil, t.errorf("%s is awaited here, not an address", q.awaited())
}

// port finds a port by number or name, and which of the transport protocols have it under that name.
func (p *parser) port(text string, transports []uint32) (port uint32, having []uint32) {
	if n, err := strconv.ParseUint(octal(text), 0, 16); err == nil {
		return uint32(n), transports
	}
	for _, transport := range transports {
		network := "tcp"
		switch transport {
		case protoUDP.number:
			network = "udp"
		case protoSCTP.number: // there is no table of its own
			if len(transports) > 1 && len(having) == 2 {
				having = append(having, transport)
			}
			continue
		}
		n, err := p.names.port(network, text)
		if err != nil || n < 0 || n > maxPort || len(having) > 0 && uint32(n) != port {
			continue
		}
		port, having = uint32(n), append(having, transport)
	}
	return port, having
}

func (p *parser) protocolNumber(q qualifiers, t *token) (node, *syntax.Error) {
	number, names := t.number, numberNames
	if q.proto == protoLink {
		names = etherNames
	}
	switch t.kind {
	case tokenNumber:
	case tokenName:
		var ok bool
		if number, ok = names[t.text]; !ok {
			return nil, t.errorf("%q is no protocol known here; give its number", t.text)
		}
	default:
		return nil, t.errorf("a protocol is awaited here, not an address")
	}
	switch q.proto {
	case protoLink:
		if name, ok := unlikeOthers[number]; ok {
			return nil, t.errorf("%s is not supported", name)
		}
		return &networkProtocol{number, t}, nil
	case nil, protoIP, protoIP6:
		return &ipProtocol{number, q.proto, t}, nil
	}
	return nil, t.errorf("%s proto has no meaning: only ether, ip and ip6 say what they carry", q.proto.name)
}

// unlikeOthers are protocols that Ethernet carries in more than one way.
var unlikeOthers = map[uint32]string{0xe0: "IPX", 0x809b: "AppleTalk", 0x80f3: "AARP"}
