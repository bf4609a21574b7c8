// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import "github.com/dtn-tools/tcpcl/internal/syntax"

// primitive is a condition that begins with a keyword or a protocol.
func (p *parser) primitive() (node, qualifiers, *syntax.Error) {
	alone := qualifiers{none: true}
	t := p.peek()
	switch {
	case t.is("less"), t.is("greater"):
		p.next()
		n := p.next()
		if n.kind != tokenNumber {
			return nil, alone, n.errorf("a number of octets is awaited here")
		}
		return &lengthLimit{n.number, t.is("less")}, alone, nil
	case t.is("vlan"), t.is("mpls"), t.is("pppoes"):
		p.next()
		n, err := p.tag(t)
		return n, alone, err
	case t.is("pppoed"):
		p.next()
		return &networkProtocol{etherTypePPPoEDiscovery, t}, alone, nil
	}
	return p.qualified()
}

// tag is "vlan", "mpls" or "pppoes", with a number or without.
func (p *parser) tag(t *token) (node, *syntax.Error) {
	n := &tag{token: t}
	end := p.at
	for p.tokens[end].is("(") {
		end++
	}
	if p.tokens[end].kind != tokenNumber || isOperator(&p.tokens[end+1]) {
		return n, nil
	}
	open := end - p.at
	p.at = end
	v := p.next()
	for ; open > 0 && p.accept(")"); open-- {
	}
	if open > 0 {
		return nil, p.peek().errorf("a closing parenthesis is awaited here")
	}
	limit := map[string]uint32{"vlan": 0xfff, "mpls": 0xfffff, "pppoes": 0xffff}[t.text]
	if v.number > limit {
		return nil, v.errorf("the number of %s is at most %d", t.text, limit)
	}
	n.number, n.numbered = v.number, true
	return n, nil
}

// qualified is qualifiers and a value, or a protocol alone.
func (p *parser) qualified() (node, qualifiers, *syntax.Error) {
	var q qualifiers
	first := p.peek()
	if first.kind == tokenProtocol {
		q.proto = first.proto
		p.next()
	}
	directed := p.direction(&q)
	t := p.peek()
	switch {
	case t.is("host"), t.is("net"), t.is("port"), t.is("portrange"):
		q.what = p.next().text
	case t.is("proto"):
		if directed {
			return nil, q, t.errorf("a protocol has no source and no destination")
		}
		q.what = p.next().text
	case directed: // a host is meant
	case t.is("broadcast"), t.is("multicast"):
		p.next()
		n, err := castOf(q.proto, first, t)
		return n, qualifiers{none: true}, err
	case q.proto != nil:
		n, err := alone(first)
		return n, qualifiers{none: true}, err
	default:
		return nil, q, t.errorf("a condition cannot begin with %s", t.text)
	}
	n, err := p.value(q)
	return n, q, err
}

// direction reads src, dst, or both of them with and, or between.
func (p *parser) direction(q *qualifiers) bool {
	t := p.peek()
	if !t.is("src") && !t.is("dst") {
		return false
	}
	p.next()
	q.direction = source
	other := "dst"
	if t.is("dst") {
		q.direction, other = destination, "src"
	}
	if p.ahead(1).is(other) {
		switch {
		case p.accept("or"):
			q.direction = anyDirection
			p.next()
		case p.accept("and"):
			q.direction = bothDirections
			p.next()
		}
	}
	return true
}

// alone is a protocol without anything behind it.
func alone(t *token) (node, *syntax.Error) {
	switch t.proto.kind {
	case networkLayer:
		return &networkProtocol{t.proto.number, t}, nil
	case overIP:
		return &ipProtocol{t.proto.number, t.proto.within, t}, nil
	}
	return nil, t.errorf("%s says nothing alone: host, proto, broadcast, multicast or [ has to follow", t.text)
}

// castOf is broadcast or multicast of a protocol.
func castOf(proto *protocol, first, t *token) (node, *syntax.Error) {
	switch {
	case proto == nil, proto == protoLink:
		return &linkCast{broadcast: t.is("broadcast"), token: t}, nil
	case t.is("multicast") && (proto == protoIP || proto == protoIP6):
		return &multicast{proto, t}, nil
	case proto == protoIP:
		return nil, t.errorf("ip broadcast needs the mask of the network, which is not known; name the address instead: dst host 10.0.0.255")
	}
	return nil, first.errorf("%s has no %s", first.text, t.text)
}
