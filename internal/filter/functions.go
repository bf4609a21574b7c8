// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"math/bits"
	"strconv"
	"strings"
	"time"
)

func (c *compiler) arithmetic(e *expr) (operand, error) {
	a, b, err := c.both(e, e.args[0], e.args[1])
	o := operand{expr: e, class: a.class}
	switch {
	case err != nil:
		return o, err
	case a.class == numbers:
	case a.class == spans && (e.op == "+" || e.op == "-"):
	default:
		return o, c.mistake(e, "%s cannot be had of %s", e.op, a.class)
	}
	signed := a.class == spans
	o.push = pairs(a.push, b.push, func(x, y *value) (value, bool) {
		n, ok := calculate(e.op, x.n, y.n, signed)
		return value{n: n}, ok
	})
	return o, nil
}

// calculate works out numbers, which have no sign and may not leave their range, or durations, which have.
func calculate(op string, x, y uint64, signed bool) (n uint64, ok bool) {
	switch op {
	case "&":
		return x & y, true
	case "+":
		sum, carry := bits.Add64(x, y, 0)
		return sum, carry == 0 || signed
	case "-":
		return x - y, x >= y || signed
	case "*":
		high, low := bits.Mul64(x, y)
		return low, high == 0
	}
	if y == 0 {
		return 0, false
	}
	if op == "/" {
		return x / y, true
	}
	return x % y, true
}

// span is a range of a slice: from an offset, which counts from the end if it is negative, so many octets, or up to an offset.
type span struct {
	from, length, to int
	hasLength, hasTo bool
}

// slice makes what has parts of text or octets.
func (c *compiler) slice(e *expr) (operand, error) {
	of, err := c.sequence(e.args[0], "a slice")
	if err != nil {
		return of, err
	}
	var ranges []span
	for _, text := range strings.Split(e.text, ",") {
		r, ok := parseRange(strings.TrimSpace(text))
		if !ok {
			return of, c.mistake(e, "%q is no range: i, i:length, i-j, :length or i:", text)
		}
		ranges = append(ranges, r)
	}
	o := operand{expr: e, class: of.class}
	o.push = each(of.push, func(m *Matcher, v *value) (value, bool) {
		if len(ranges) == 1 {
			return part(v, ranges[0])
		}
		at := len(m.made)
		for _, r := range ranges {
			p, ok := part(v, r)
			if !ok {
				return p, false
			}
			m.made = append(append(m.made, p.s...), p.b...)
		}
		return value{b: m.made[at:len(m.made):len(m.made)]}, true
	})
	return o, nil
}

func part(v *value, r span) (value, bool) {
	n := v.length()
	from, to := r.from, n
	if from < 0 {
		from += n
	}
	if r.hasLength {
		to = from + r.length
	} else if r.hasTo {
		if to = r.to + 1; r.to < 0 {
			to += n
		}
	}
	if from < 0 || to > n || from >= to {
		return value{}, false
	}
	if v.b == nil {
		return value{s: v.s[from:to]}, true
	}
	return value{b: v.b[from:to]}, true
}

func parseRange(s string) (r span, ok bool) {
	number := func(s string) (n int, ok bool) {
		v, err := strconv.ParseInt(s, 0, 32)
		return int(v), err == nil
	}
	if i := strings.IndexByte(s, ':'); i >= 0 {
		from, length := s[:i], s[i+1:]
		ok = true
		if from != "" {
			if r.from, ok = number(from); !ok {
				return r, false
			}
		}
		if length != "" {
			r.hasLength = true
			r.length, ok = number(length)
			ok = ok && r.length > 0
		}
		return r, ok && (from != "" || length != "")
	}
	if len(s) > 1 {
		if i := strings.IndexByte(s[1:], '-') + 1; i > 0 {
			var ok2 bool
			r.hasTo = true
			r.from, ok = number(s[:i])
			r.to, ok2 = number(s[i+1:])
			return r, ok && ok2
		}
	}
	r.hasLength, r.length = true, 1
	r.from, ok = number(s)
	return r, ok
}

// call makes what has the values of a function.
func (c *compiler) call(e *expr) (operand, error) {
	o := operand{expr: e, class: numbers}
	if e.text == "max" || e.text == "min" {
		return c.extreme(e)
	}
	if len(e.args) != 1 {
		return o, c.mistake(e, "%s takes one argument", e.text)
	}
	switch e.text {
	case "len", "lower", "upper":
		of, err := c.sequence(e.args[0], e.text)
		switch {
		case err != nil:
			return o, err
		case e.text == "len":
			o.push = each(of.push, func(_ *Matcher, v *value) (value, bool) { return value{n: uint64(v.length())}, true })
			return o, nil
		case of.class != texts:
			return o, c.mistake(e, "%s needs text, and this is %s", e.text, of.class)
		}
		low, high, turn := byte('A'), byte('Z'), byte(0x20)
		if e.text == "upper" {
			low, high = 'a', 'z'
		}
		o.class = texts
		o.push = each(of.push, func(m *Matcher, v *value) (value, bool) {
			at := len(m.made)
			m.made = append(append(m.made, v.s...), v.b...)
			b := m.made[at:len(m.made):len(m.made)]
			for i, x := range b {
				if x >= low && x <= high {
					b[i] = x ^ turn
				}
			}
			return value{b: b}, true
		})
		return o, nil
	}
	of, err := c.operand(e.args[0])
	switch {
	case err != nil:
		return o, err
	case of.push == nil:
		return o, c.mistake(e.args[0], "%s needs a field", e.text)
	}
	switch e.text {
	case "count":
		o.push = func(m *Matcher) {
			base := len(m.stack)
			of.push(m)
			if n := len(m.stack) - base; n > 0 {
				m.stack = append(m.stack[:base], value{n: uint64(n)})
			}
		}
	case "abs":
		if o.class = of.class; of.class != numbers && of.class != spans {
			return o, c.mistake(e, "abs needs a number, and this is %s", of.class)
		}
		o.push = each(of.push, func(_ *Matcher, v *value) (value, bool) {
			if of.class == spans && int64(v.n) < 0 {
				return value{n: -v.n}, true
			}
			return *v, true
		})
	case "string":
		if of.field == nil || of.class == none || of.class == texts {
			return o, c.mistake(e, "string needs a field of something else than text")
		}
		o.class = texts
		o.push = func(m *Matcher) {
			m.values = of.field.Values(m.values[:0], m.message)
			for i := range m.values {
				at := len(m.made)
				m.made = of.field.AppendValue(m.made, m.values[i], time.Local)
				m.stack = append(m.stack, value{b: m.made[at:len(m.made):len(m.made)]})
			}
		}
	default:
		return o, c.mistake(e, "there is no function %s; there are len, count, lower, upper, max, min, abs, string", e.text)
	}
	return o, nil
}

// extreme is the largest or the smallest of the values of some operands of one class.
func (c *compiler) extreme(e *expr) (operand, error) {
	o := operand{expr: e}
	var of []operand
	for _, a := range e.args {
		x, err := c.operand(a)
		if err != nil {
			return o, err
		}
		if of = append(of, x); x.push != nil && o.class == none {
			o.class, o.field = x.class, x.field
		}
	}
	for i := range of {
		if of[i].push == nil && o.class != none {
			if err := c.literal(&of[i], &operand{expr: e, class: o.class, field: o.field}); err != nil {
				return o, err
			}
		}
		if of[i].class != o.class || o.class == none {
			return o, c.mistake(e, "%s needs fields of one kind, with values", e.text)
		}
	}
	want := 1
	if e.text == "min" {
		want = -1
	}
	class := o.class
	o.field = nil
	o.push = func(m *Matcher) {
		base := len(m.stack)
		for _, x := range of {
			x.push(m)
		}
		if len(m.stack) == base {
			return
		}
		best := base
		for i := base + 1; i < len(m.stack); i++ {
			if compare(class, &m.stack[i], &m.stack[best])*want > 0 {
				best = i
			}
		}
		m.stack[base] = m.stack[best]
		m.stack = m.stack[:base+1]
	}
	return o, nil
}
