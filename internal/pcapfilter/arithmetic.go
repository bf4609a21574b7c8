// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import "github.com/dtn-tools/tcpcl/internal/syntax"

// Operations of BPF's arithmetic unit.
const (
	opAdd = 0x00
	opSub = 0x10
	opMul = 0x20
	opDiv = 0x30
	opOr  = 0x40
	opAnd = 0x50
	opLsh = 0x60
	opRsh = 0x70
	opMod = 0x90
	opXor = 0xa0
)

// Precedences of binary operators, low to high. The language gives % and ^ none, which makes them bind closer than what is to the left of
// them, and take all that is to the right.
const (
	precedenceOr = iota + 1
	precedenceAnd
	precedenceShift
	precedenceSum
	precedenceProduct
	precedenceSign
)

type operator struct {
	code       uint16
	precedence int // 0: none
}

var operators = map[string]operator{
	"|": {opOr, precedenceOr}, "&": {opAnd, precedenceAnd}, "<<": {opLsh, precedenceShift}, ">>": {opRsh, precedenceShift},
	"+": {opAdd, precedenceSum}, "-": {opSub, precedenceSum}, "*": {opMul, precedenceProduct}, "/": {opDiv, precedenceProduct},
	"%": {opMod, 0}, "^": {opXor, 0},
}

// relation is a comparison as BPF has it: the jump, and whether it is taken where the relation does not hold.
type relation struct {
	jump     uint16
	inverted bool
}

var relations = map[string]relation{
	"=": {jumpEqual, false}, "!=": {jumpEqual, true}, ">": {jumpGreater, false}, "<=": {jumpGreater, true}, ">=": {jumpAtLeast, false}, "<": {jumpAtLeast, true},
}

func isArithmetic(t *token) bool {
	_, ok := operators[t.text]
	return ok && t.kind == tokenSign
}

func isRelation(t *token) bool {
	_, ok := relations[t.text]
	return ok && t.kind == tokenSign
}

// comparisonFollows says whether a term is a comparison of numbers.
func (p *parser) comparisonFollows() bool {
	t := p.peek()
	switch {
	case t.kind == tokenNumber, t.is("len"), t.is("-"):
		return t.kind != tokenNumber || isOperator(p.ahead(1))
	case t.kind == tokenProtocol:
		return p.ahead(1).is("[")
	case t.is("("):
		return isOperator(&p.tokens[t.close+1])
	}
	return false
}

// comparison is two calculations with a relation between.
func (p *parser) comparison() (node, *syntax.Error) {
	left, err := p.calculation(precedenceOr)
	if err != nil {
		return nil, err
	}
	t := p.next()
	if !isRelation(t) {
		return nil, t.errorf("one of = != < <= > >= is awaited here")
	}
	right, err := p.calculation(precedenceOr)
	return &comparison{relations[t.text], left, right, t}, err
}

// calculation is terms with operators of at least a precedence between.
func (p *parser) calculation(least int) (calculation, *syntax.Error) {
	left, err := p.factor()
	for err == nil {
		t := p.peek()
		if !isArithmetic(t) {
			break
		}
		op := operators[t.text]
		if op.precedence != 0 && op.precedence < least {
			break
		}
		p.next()
		var right calculation
		if op.precedence == 0 {
			right, err = p.calculation(precedenceOr)
		} else {
			right, err = p.calculation(op.precedence + 1)
		}
		if err == nil {
			err = t.checkOperand(op.code, right)
		}
		left = &operation{op.code, left, right, t}
	}
	return left, err
}

// checkOperand refuses what no packet could make sense of.
func (t *token) checkOperand(code uint16, right calculation) *syntax.Error {
	n, ok := right.(number)
	switch {
	case !ok:
	case (code == opDiv || code == opMod) && n == 0:
		return t.errorf("division by zero")
	case (code == opLsh || code == opRsh) && n > 31:
		return t.errorf("a shift by more than 31 bits")
	}
	return nil
}

// factor is a number, the length of the packet, octets of it, or a calculation in parentheses.
func (p *parser) factor() (calculation, *syntax.Error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	t := p.next()
	switch {
	case t.kind == tokenNumber:
		return number(t.number), nil
	case t.is("len"):
		return packetLength{}, nil
	case t.is("-"):
		of, err := p.calculation(precedenceSign)
		return &negative{of}, err
	case t.is("("):
		c, err := p.calculation(precedenceOr)
		if err == nil && !p.accept(")") {
			err = p.peek().errorf("an operator or a closing parenthesis is awaited here")
		}
		return c, err
	case t.kind == tokenProtocol && p.accept("["):
		return p.octets(t)
	}
	return nil, t.errorf("a number, len, or octets of a header such as tcp[13] are awaited here")
}

// octets is what follows "tcp[".
func (p *parser) octets(of *token) (calculation, *syntax.Error) {
	if of.proto.name == "ah" || of.proto.name == "esp" {
		return nil, of.errorf("octets of %s cannot be looked at", of.text)
	}
	offset, err := p.calculation(precedenceOr)
	if err != nil {
		return nil, err
	}
	o := &octets{proto: of.proto, offset: offset, size: 1, token: of}
	if p.accept(":") {
		t := p.next()
		if t.kind != tokenNumber || t.number != 1 && t.number != 2 && t.number != 4 {
			return nil, t.errorf("the number of octets is 1, 2 or 4")
		}
		o.size = t.number
	}
	if !p.accept("]") {
		return nil, p.peek().errorf("a ] is awaited here")
	}
	return o, nil
}
