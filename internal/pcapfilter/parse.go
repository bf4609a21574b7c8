// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import "github.com/dtn-tools/tcpcl/internal/syntax"

// maxDepth bounds how deep parentheses and "not" may be nested.
const maxDepth = 200

// parser makes nodes of tokens. "and" and "or" bind alike and from left to right, "not" binds closer.
type parser struct {
	tokens []token
	names  names
	at     int
	depth  int
}

// qualifiers are the words before a value: "tcp src port". A value without any has those of the value before it.
type qualifiers struct {
	proto     *protocol // nil: none was given
	direction direction
	what      string // host, net, port, portrange, proto; "": none was given
	none      bool   // there is nothing to take over: "tcp and 80"
}

type direction uint8

const (
	anyDirection direction = iota // source or destination
	source
	destination
	bothDirections
)

func (p *parser) parse() (node, *syntax.Error) {
	if p.peek().kind == tokenEnd {
		return nil, nil
	}
	n, _, err := p.expression(qualifiers{none: true})
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, t.errorf("an and or an or is missing before this")
	}
	return n, nil
}

func (p *parser) peek() *token { return &p.tokens[p.at] }

// ahead is the token n behind the next one.
func (p *parser) ahead(n int) *token { return &p.tokens[min(p.at+n, len(p.tokens)-1)] }

// next takes a token; the last one stays.
func (p *parser) next() *token {
	t := p.peek()
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

// accept takes the next token if it is this one.
func (p *parser) accept(text string) bool {
	if p.peek().is(text) {
		p.at++
		return true
	}
	return false
}

// deeper counts the nesting; the caller undoes it with p.depth--.
func (p *parser) deeper() *syntax.Error {
	if p.depth++; p.depth > maxDepth {
		return p.peek().errorf("nested too deep")
	}
	return nil
}

// expression is terms and values with and, or between. before is what a value at its beginning takes over, and it returns what one behind it does.
func (p *parser) expression(before qualifiers) (node, qualifiers, *syntax.Error) {
	left, q, err := p.term(before)
	for err == nil {
		both := p.accept("and")
		if !both && !p.accept("or") {
			break
		}
		var right node
		if p.valueFollows() {
			right, err = p.value(q)
		} else {
			right, q, err = p.term(q)
		}
		left = &junction{both, left, right}
	}
	return left, q, err
}

// valueFollows says whether what comes is a value without qualifiers of its own, rather than a term. A number may be either, and so may
// anything in parentheses: the sign behind them tells.
func (p *parser) valueFollows() bool {
	i, open := p.at, 0
	for ; p.tokens[i].is("not") || p.tokens[i].is("("); i++ {
		if p.tokens[i].is("(") {
			open++
		}
	}
	switch p.tokens[i].kind {
	case tokenIPv4, tokenIPv6, tokenMAC, tokenName:
		return true
	case tokenNumber:
		for i++; open > 0 && p.tokens[i].is(")"); i++ {
			open--
		}
		return !isOperator(&p.tokens[i])
	}
	return false
}

// isOperator says whether a token goes on with a calculation or compares its result.
func isOperator(t *token) bool { return isArithmetic(t) || isRelation(t) }

// term is a primitive, a comparison, or an expression in parentheses.
func (p *parser) term(before qualifiers) (node, qualifiers, *syntax.Error) {
	if err := p.deeper(); err != nil {
		return nil, before, err
	}
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case p.accept("not"):
		n, q, err := p.term(before)
		return &negation{n}, q, err
	case p.comparisonFollows():
		n, err := p.comparison()
		return n, qualifiers{none: true}, err
	case p.accept("("):
		n, _, err := p.expression(before)
		if err == nil && !p.accept(")") {
			err = p.peek().errorf("an and, an or, or a closing parenthesis is missing before this")
		}
		return n, before, err
	case t.kind == tokenProtocol, t.kind == tokenKeyword && !t.is("and") && !t.is("or"):
		return p.primitive()
	case t.kind == tokenEnd:
		return nil, before, t.errorf("the filter ends where a condition is awaited")
	case t.kind == tokenSign || t.kind == tokenKeyword:
		return nil, before, t.errorf("a condition is awaited here")
	}
	return nil, before, t.errorf("%q stands alone: say host, net, port or the like before it", t.text)
}

// value is what qualifiers speak of: an address, a number, a name, or several in parentheses with and, or between.
func (p *parser) value(q qualifiers) (node, *syntax.Error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case p.accept("not"):
		n, err := p.value(q)
		return &negation{n}, err
	case p.accept("("):
		left, err := p.value(q)
		for err == nil {
			both := p.accept("and")
			if !both && !p.accept("or") {
				break
			}
			var right node
			right, err = p.value(q)
			left = &junction{both, left, right}
		}
		if err == nil && !p.accept(")") {
			err = p.peek().errorf("in these parentheses may only be values with and, or between")
		}
		return left, err
	case t.kind == tokenEnd:
		return nil, t.errorf("the filter ends where %s is awaited", q.awaited())
	case t.kind == tokenSign || t.kind == tokenKeyword || t.kind == tokenProtocol:
		hint := ""
		if q.what == "proto" && (numberNames[t.text] != 0 || etherNames[t.text] != 0) {
			hint = `; to name a protocol here put \ before it`
		}
		return nil, t.errorf("%s is awaited here%s", q.awaited(), hint)
	}
	p.next()
	return p.primary(q, t)
}

// awaited says in words what kind of value qualifiers are followed by.
func (q *qualifiers) awaited() string {
	switch q.what {
	case "net":
		return "the address of a network"
	case "port":
		return "a port"
	case "portrange":
		return "a range of ports"
	case "proto":
		return "a protocol"
	}
	return "an address"
}
