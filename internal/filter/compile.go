// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/dtn-tools/tcpcl/internal/render"
)

// compiler checks expressions and makes functions of them.
type compiler struct {
	text          string
	bundles, data bool
}

func (c *compiler) mistake(e *expr, format string, arguments ...any) error {
	return mistake(c.text, e.at, fmt.Sprintf(format, arguments...))
}

// test makes the test that an expression is.
func (c *compiler) test(e *expr) (test, error) {
	switch e.op {
	case "and", "or":
		a, err := c.test(e.args[0])
		if err != nil {
			return nil, err
		}
		b, err := c.test(e.args[1])
		if e.op == "and" {
			return func(m *Matcher) bool { return a(m) && b(m) }, err
		}
		return func(m *Matcher) bool { return a(m) || b(m) }, err
	case "not":
		a, err := c.test(e.args[0])
		return func(m *Matcher) bool { return !a(m) }, err
	case "exists":
		return c.exists(e)
	case "contains":
		return c.contains(e)
	case "matches":
		return c.matches(e)
	case "in":
		return c.in(e)
	}
	if comparisons[e.op] == "" {
		return nil, c.mistake(e, "this is a value, and no test")
	}
	return c.comparison(e)
}

// present are protocols below ours: of each message it is known without looking whether they are there.
var present = map[string]test{
	"frame": func(*Matcher) bool { return true },
	"tcp":   func(*Matcher) bool { return true },
	"ip":    func(m *Matcher) bool { return !strings.HasPrefix(m.message.Src, "[") },
	"ipv6":  func(m *Matcher) bool { return strings.HasPrefix(m.message.Src, "[") },
	"tls":   func(m *Matcher) bool { return m.message.Encrypted },
}

func (c *compiler) exists(e *expr) (test, error) {
	of := e.args[0]
	if of.op == "word" && !e.set {
		if t := present[of.text]; t != nil {
			return t, nil
		}
	}
	o, err := c.operand(of)
	switch {
	case err != nil:
		return nil, err
	case e.set:
		return nil, c.mistake(e, "any and all stand before a comparison")
	case o.push == nil && of.op == "word" && (of.text[0] < '0' || of.text[0] > '9'):
		return nil, c.unknown(of)
	case o.push == nil || of.op != "word" && of.op != "slice" && of.op != "&":
		return nil, c.mistake(of, "this is a value, and no test; compare it with something")
	}
	nonzero := of.op == "&"
	return func(m *Matcher) bool {
		base := len(m.stack)
		o.push(m)
		some := m.stack[base:]
		m.stack = m.stack[:base]
		if nonzero {
			for i := range some {
				if some[i].n != 0 {
					return true
				}
			}
			return false
		}
		return len(some) > 0
	}, nil
}

// unknown says that there is no field of a name, and which ones are near.
func (c *compiler) unknown(e *expr) error {
	_, err := render.LookupField(e.text)
	if err == nil {
		err = errors.New("this is a value, and no field")
	}
	return c.mistake(e, "%v", err)
}

// operand makes what has the values of an expression. For literals push is nil.
func (c *compiler) operand(e *expr) (operand, error) {
	o := operand{expr: e}
	switch e.op {
	case "text":
		return o, nil
	case "word":
		info, err := render.LookupField(e.text)
		if err != nil {
			return o, nil
		}
		if info.Later() {
			return o, c.mistake(e, "%s is known only from later messages, for which a filter cannot wait", e.text)
		}
		c.bundles = c.bundles || info.OfBundle()
		c.data = c.data || info.OfOctets()
		o.field, o.class = info, classOf(info)
		o.push = pushField(info, o.class)
		return o, nil
	case "neg":
		inner := e.args[0]
		if inner.op == "word" {
			if _, err := render.LookupField(inner.text); err != nil {
				o.expr = &expr{op: "word", at: e.at, text: "-" + inner.text}
				return o, nil
			}
		}
		return o, c.mistake(e, "only numbers can be negative")
	case "slice":
		return c.slice(e)
	case "call":
		return c.call(e)
	case "+", "-", "*", "/", "%", "&":
		return c.arithmetic(e)
	}
	return o, c.mistake(e, "this is a test, and no value")
}

// both makes the operands of something that relates two of them, where a literal is what the other side makes of it.
func (c *compiler) both(e *expr, x, y *expr) (a, b operand, err error) {
	if a, err = c.operand(x); err != nil {
		return a, b, err
	}
	if b, err = c.operand(y); err != nil {
		return a, b, err
	}
	switch {
	case a.push == nil && b.push == nil:
		for _, o := range []operand{a, b} {
			if strings.Contains(o.expr.text, ".") && isLetter(o.expr.text[0]) {
				return a, b, c.unknown(o.expr)
			}
		}
		return a, b, c.mistake(x, "one side must be a field; %q is none", x.text)
	case a.push == nil:
		err = c.literal(&a, &b)
	case b.push == nil:
		err = c.literal(&b, &a)
	case a.class != b.class:
		err = c.mistake(e, "%s and %s do not go together", a.class, b.class)
	}
	return a, b, err
}

// literal makes o of the class that it stands beside.
func (c *compiler) literal(o, beside *operand) error {
	if beside.class == none {
		return c.mistake(beside.expr, "there is nothing of it to compare: it is there or not")
	}
	v, err := c.constant(o.expr, beside)
	if err != nil {
		return err
	}
	o.class = beside.class
	o.push = func(m *Matcher) { m.stack = append(m.stack, v) }
	return nil
}

// constant reads a literal as a value of the class of another operand.
func (c *compiler) constant(e *expr, beside *operand) (v value, err error) {
	ok := false
	switch s := e.text; beside.class {
	case numbers:
		if v.n, ok = parseNumber(s); !ok && e.op == "word" {
			v.n, ok = parseBool(s)
		}
		if !ok && beside.field != nil {
			v.n, ok = nameOf(beside.field.Name, s)
		}
	case texts:
		v.s, ok = s, e.op == "text" || !strings.Contains(s, ".")
	case octets:
		if e.op == "text" {
			v.b, ok = []byte(s), true
		} else if v.b, ok = parseOctets(s); !ok {
			n, err := strconv.ParseUint(s, 0, 8)
			v.b, ok = []byte{byte(n)}, err == nil
		}
	case instants:
		v.n, ok = parseInstant(s)
	case spans:
		v.n, ok = parseSpan(s)
	case ipv4, ipv6:
		v.net, ok = parseNet(s, beside.class)
	}
	switch {
	case ok:
		return v, nil
	case e.op == "word" && isLetter(e.text[0]) && strings.Contains(e.text, "."):
		return v, c.unknown(e)
	}
	what := beside.class.String()
	if beside.field != nil {
		what += ", as " + beside.field.Name + " is"
		if list := namesOf(beside.field.Name); list != "" {
			what += ", nor a name of one: " + list
		}
	}
	return v, c.mistake(e, "%q is not %s", e.text, what)
}

func (c *compiler) comparison(e *expr) (test, error) {
	a, b, err := c.both(e, e.args[0], e.args[1])
	if err != nil {
		return nil, err
	}
	if a.class == none {
		return nil, c.mistake(a.expr, "there is nothing of it to compare: it is there or not")
	}
	var f func(sign int) bool
	all := false
	switch e.op {
	case "==":
		f = func(sign int) bool { return sign == 0 }
	case "===":
		f, all = func(sign int) bool { return sign == 0 }, true
	case "!=":
		f, all = func(sign int) bool { return sign != 0 }, true
	case "~=":
		f = func(sign int) bool { return sign != 0 }
	case "<":
		f = func(sign int) bool { return sign < 0 }
	case "<=":
		f = func(sign int) bool { return sign <= 0 }
	case ">":
		f = func(sign int) bool { return sign > 0 }
	case ">=":
		f = func(sign int) bool { return sign >= 0 }
	}
	if e.set {
		all = e.all
	}
	class := a.class
	return related(a.push, b.push, all, func(x, y *value) bool { return f(compare(class, x, y)) }), nil
}

// sequence makes an operand of something that has octets or text.
func (c *compiler) sequence(e *expr, why string) (operand, error) {
	o, err := c.operand(e)
	switch {
	case err != nil:
		return o, err
	case o.push == nil && e.op == "word":
		return o, c.unknown(e)
	case o.push == nil:
		return o, c.mistake(e, "this is a value, and no field")
	case o.field != nil && o.field.Name == "tcpcl": // the whole message
		c.data = true
		o.class = octets
		o.push = func(m *Matcher) { m.stack = append(m.stack, value{b: m.message.Octets}) }
	case o.class != texts && o.class != octets:
		return o, c.mistake(e, "%s needs text or octets, and this is %s", why, o.class)
	}
	return o, nil
}

func (c *compiler) contains(e *expr) (test, error) {
	a, err := c.sequence(e.args[0], "contains")
	if err != nil {
		return nil, err
	}
	b, err := c.operand(e.args[1])
	switch {
	case err != nil:
		return nil, err
	case b.push == nil:
		if err := c.literal(&b, &a); err != nil {
			return nil, err
		}
	case b.class != texts && b.class != octets:
		return nil, c.mistake(b.expr, "contains needs text or octets, and this is %s", b.class)
	}
	return related(a.push, b.push, e.set && e.all, (*value).contains), nil
}

func (c *compiler) matches(e *expr) (test, error) {
	a, err := c.sequence(e.args[0], "matches")
	if err != nil {
		return nil, err
	}
	pattern := e.args[1]
	if pattern.op != "text" {
		return nil, c.mistake(pattern, "matches needs a regular expression in quotes")
	}
	re, err := regexp.Compile("(?i)" + pattern.text)
	if err != nil {
		return nil, c.mistake(pattern, "%v", err)
	}
	nothing := func(m *Matcher) { m.stack = append(m.stack, value{}) }
	return related(a.push, nothing, e.set && e.all, func(x, _ *value) bool {
		if x.b != nil {
			return re.Match(x.b)
		}
		return re.MatchString(x.s)
	}), nil
}

func (c *compiler) in(e *expr) (test, error) {
	a, err := c.operand(e.args[0])
	switch {
	case err != nil:
		return nil, err
	case a.push == nil && a.expr.op == "word":
		return nil, c.unknown(a.expr)
	case a.push == nil || a.class == none:
		return nil, c.mistake(a.expr, "there is nothing of it to compare")
	}
	var lows, highs []value
	for _, member := range e.args[1:] {
		ends := []*expr{member, member}
		if member.op == ".." {
			ends = member.args
		}
		var v [2]value
		for i, end := range ends {
			o, err := c.operand(end)
			if err != nil {
				return nil, err
			}
			if o.push != nil {
				return nil, c.mistake(end, "a set holds values, and no fields")
			}
			if v[i], err = c.constant(o.expr, &a); err != nil {
				return nil, err
			}
		}
		lows, highs = append(lows, v[0]), append(highs, v[1])
	}
	class := a.class
	nothing := func(m *Matcher) { m.stack = append(m.stack, value{}) }
	return related(a.push, nothing, e.set && e.all, func(x, _ *value) bool {
		for i := range lows {
			if compare(class, x, &lows[i]) >= 0 && compare(class, x, &highs[i]) <= 0 {
				return true
			}
		}
		return false
	}), nil
}
