// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"strings"
)

// maxNesting bounds how deep an expression goes.
const maxNesting = 100

// expr is an expression as it was written, before it is known whether it means anything.
type expr struct {
	op   string // "field", "text", "word", "call", "slice", "neg"; arithmetic; "exists"; comparisons; "contains", "matches", "in"; "and", "or", "not"
	at   int
	text string // of names and literals, of a slice's ranges
	all  bool   // of a comparison: it holds for all values, where "any" is usual, or the other way round
	set  bool   // all was said
	args []*expr
}

type parser struct {
	text   string
	tokens []token
	next   int
	depth  int
}

// parse reads a whole text.
func parse(text string) (*expr, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		return nil, p.mistake(t, "this is not expected here: an operator, and, or, or the end")
	}
	return e, nil
}

func (p *parser) mistake(t token, what string) error { return mistake(p.text, t.at, what) }

func (p *parser) peek() token { return p.tokens[p.next] }

// is says whether a token is one of some operators, by sign or by word.
func (t token) is(names ...string) bool {
	return (t.kind == symbol || t.kind == word) && slices.Contains(names, strings.ToLower(t.text))
}

func (p *parser) take(names ...string) (token, bool) {
	t := p.peek()
	if !t.is(names...) {
		return t, false
	}
	p.next++
	return t, true
}

func (p *parser) need(name, what string) error {
	if t, ok := p.take(name); !ok {
		return p.mistake(t, what)
	}
	return nil
}

func (p *parser) or() (*expr, error) { return p.chain("or", []string{"or", "||"}, p.and) }

func (p *parser) and() (*expr, error) { return p.chain("and", []string{"and", "&&"}, p.not) }

func (p *parser) chain(op string, names []string, part func() (*expr, error)) (*expr, error) {
	left, err := part()
	for err == nil {
		t, ok := p.take(names...)
		if !ok {
			return left, nil
		}
		var right *expr
		right, err = part()
		left = &expr{op: op, at: t.at, args: []*expr{left, right}}
	}
	return nil, err
}

func (p *parser) not() (*expr, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.mistake(p.peek(), "nested too deep")
	}
	defer func() { p.depth-- }()
	if t, ok := p.take("not", "!"); ok {
		e, err := p.not()
		return &expr{op: "not", at: t.at, args: []*expr{e}}, err
	}
	return p.test()
}

var comparisons = map[string]string{"==": "==", "eq": "==", "any_eq": "==", "!=": "!=", "ne": "!=", "all_ne": "!=", "~=": "~=", "!==": "~=", "any_ne": "~=",
	"===": "===", "all_eq": "===", "<": "<", "lt": "<", ">": ">", "gt": ">", "<=": "<=", "le": "<=", ">=": ">=", "ge": ">="}

// test reads a comparison, or a value of which it is asked whether it is there.
func (p *parser) test() (*expr, error) {
	start := p.peek()
	var all, set bool
	if start.is("any", "all") && p.tokens[p.next+1].kind == word {
		all, set = start.is("all"), true
		p.next++
	}
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	var tests *expr
	for {
		t := p.peek()
		op, compares := comparisons[strings.ToLower(t.text)]
		if t.kind != symbol && t.kind != word {
			compares = false
		}
		e := &expr{op: op, at: t.at, all: all, set: set}
		negated := t.is("not") && p.tokens[p.next+1].is("in")
		switch {
		case compares:
			p.next++
			right, err := p.sum()
			if err != nil {
				return nil, err
			}
			e.args = []*expr{left, right}
			left = right
		case t.is("contains"), t.is("matches", "~"):
			p.next++
			if e.op = "contains"; !t.is("contains") {
				e.op = "matches"
			}
			right, err := p.sum()
			if err != nil {
				return nil, err
			}
			e.args = []*expr{left, right}
		case t.is("in") || negated:
			p.next++
			if negated {
				p.next++
			}
			if e.args, err = p.members(left); err != nil {
				return nil, err
			}
			if e.op = "in"; negated {
				e = &expr{op: "not", at: t.at, args: []*expr{e}}
			}
		case tests != nil:
			return tests, nil
		case isTest(left): // in parentheses
			return left, nil
		default:
			return &expr{op: "exists", at: start.at, args: []*expr{left}, all: all, set: set}, nil
		}
		if tests == nil {
			tests = e
		} else {
			tests = &expr{op: "and", at: t.at, args: []*expr{tests, e}}
		}
		if !compares {
			return tests, nil
		}
	}
}

// isTest says whether an expression is true or false, and no value.
func isTest(e *expr) bool {
	switch e.op {
	case "and", "or", "not", "exists", "contains", "matches", "in":
		return true
	}
	return comparisons[e.op] != ""
}

// members reads a set: values and ranges of values between braces.
func (p *parser) members(of *expr) ([]*expr, error) {
	list := []*expr{of}
	if err := p.need("{", "a { is missing: in is followed by a set such as {1, 5..9}"); err != nil {
		return nil, err
	}
	for {
		low, err := p.sum()
		if err != nil {
			return nil, err
		}
		member := low
		if t, ok := p.take(".."); ok {
			high, err := p.sum()
			if err != nil {
				return nil, err
			}
			member = &expr{op: "..", at: t.at, args: []*expr{low, high}}
		}
		list = append(list, member)
		if _, ok := p.take("}"); ok {
			return list, nil
		}
		if t, ok := p.take(","); !ok {
			return nil, p.mistake(t, "a , or a } is missing")
		}
	}
}

// sum reads a value; & binds less than + and -, and those less than *, / and %.
func (p *parser) sum() (*expr, error) {
	return p.chain("&", []string{"&", "bitand", "bitwise_and"}, func() (*expr, error) { return p.operators([]string{"+", "-"}, p.product) })
}

func (p *parser) product() (*expr, error) { return p.operators([]string{"*", "/", "%"}, p.value) }

func (p *parser) operators(names []string, part func() (*expr, error)) (*expr, error) {
	left, err := part()
	for err == nil {
		t, ok := p.take(names...)
		if !ok {
			return left, nil
		}
		var right *expr
		right, err = part()
		left = &expr{op: t.text, at: t.at, args: []*expr{left, right}}
	}
	return nil, err
}

// value reads a name, a literal, a call, or something in parentheses, with slices behind it.
func (p *parser) value() (*expr, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.mistake(p.peek(), "nested too deep")
	}
	defer func() { p.depth-- }()
	t := p.peek()
	p.next++
	var e *expr
	switch {
	case t.is("("):
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		if err := p.need(")", "a ) is missing"); err != nil {
			return nil, err
		}
		if e = inner; e.op == "exists" && !e.set {
			e = e.args[0]
		}
	case t.is("-"):
		inner, err := p.value()
		if err != nil {
			return nil, err
		}
		e = &expr{op: "neg", at: t.at, args: []*expr{inner}}
	case t.kind == quoted:
		e = &expr{op: "text", at: t.at, text: t.text}
	case t.kind == word && p.peek().is("(") && p.peek().at == t.at+len(t.text):
		p.next++
		call := &expr{op: "call", at: t.at, text: strings.ToLower(t.text)}
		for {
			a, err := p.sum()
			if err != nil {
				return nil, err
			}
			call.args = append(call.args, a)
			if _, ok := p.take(","); !ok {
				break
			}
		}
		if err := p.need(")", "a ) is missing"); err != nil {
			return nil, err
		}
		e = call
	case t.kind == word && !t.is("and", "or", "not", "in", "contains", "matches") && comparisons[strings.ToLower(t.text)] == "":
		e = &expr{op: "word", at: t.at, text: t.text}
	default:
		p.next--
		return nil, p.mistake(t, "a field or a value is missing")
	}
	for p.peek().kind == slicing {
		s := p.peek()
		p.next++
		e = &expr{op: "slice", at: s.at, text: s.text, args: []*expr{e}}
	}
	return e, nil
}
