// SPDX-License-Identifier: Apache-2.0

// Package filter chooses messages by Wireshark's display filter language: tests of fields, under Wireshark's names and ours. A filter is
// checked as a whole before any message is looked at, and made into functions that allocate nothing.
//
// Where Wireshark asks a frame, this asks one message. A field may have several values in it: a comparison holds if it does for any of
// them, != if it does for all, and none holds for a field that is not there.
package filter

import (
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
)

// Filter is a display filter. It is never written to.
type Filter struct {
	text    string
	test    test
	bundles bool
	data    bool
}

// Compile understands the text of a filter. Errors are of type *syntax.Error.
func Compile(text string) (*Filter, error) {
	e, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := &compiler{text: text}
	t, err := c.test(e)
	if err != nil {
		return nil, err
	}
	return &Filter{text, t, c.bundles, c.data}, nil
}

// String returns the text that the filter was made from.
func (f *Filter) String() string { return f.text }

// Bundles reports whether fields of bundles are asked for: they must be wanted (dissect.BundleFields).
func (f *Filter) Bundles() bool { return f.bundles }

// Data reports whether the octets of messages are asked for: they must be kept (dissect.Options.KeepOctets).
func (f *Filter) Data() bool { return f.data }

// Matcher applies a filter to messages. It is for one goroutine.
type Matcher struct {
	filter  *Filter
	message *record.Message
	stack   []value // values of the operands under way
	values  []render.Value
	made    []byte // octets that functions made
}

// NewMatcher makes a Matcher.
func (f *Filter) NewMatcher() *Matcher { return &Matcher{filter: f} }

// Match says whether a message is chosen.
func (m *Matcher) Match(message *record.Message) bool {
	m.message, m.made = message, m.made[:0]
	return m.filter.test(m)
}

// test is true or false of the message at hand.
type test func(m *Matcher) bool

// push puts an operand's values on the stack.
type push func(m *Matcher)

// operand is what has values.
type operand struct {
	expr  *expr
	class class
	push  push // nil: a literal, which means something only beside something else
	field *render.FieldInfo
}

// pushField makes what pushes the values of a field.
func pushField(info *render.FieldInfo, c class) push {
	return func(m *Matcher) {
		m.values = info.Values(m.values[:0], m.message)
		for i := range m.values {
			if x, ok := fieldValue(c, &m.values[i]); ok {
				m.stack = append(m.stack, x)
			}
		}
	}
}

// each makes a function that replaces the values of an operand by what f makes of them; ok is false for none.
func each(of push, f func(m *Matcher, v *value) (x value, ok bool)) push {
	return func(m *Matcher) {
		base := len(m.stack)
		of(m)
		to := base
		for i := base; i < len(m.stack); i++ {
			if x, ok := f(m, &m.stack[i]); ok {
				m.stack[to] = x
				to++
			}
		}
		m.stack = m.stack[:to]
	}
}

// pairs makes a function whose values are those that f makes of each value of one operand with each of another one.
func pairs(a, b push, f func(x, y *value) (value, bool)) push {
	return func(m *Matcher) {
		base := len(m.stack)
		a(m)
		middle := len(m.stack)
		b(m)
		last := len(m.stack)
		for i := base; i < middle; i++ {
			for j := middle; j < last; j++ {
				if x, ok := f(&m.stack[i], &m.stack[j]); ok {
					m.stack = append(m.stack, x)
				}
			}
		}
		n := copy(m.stack[base:], m.stack[last:])
		m.stack = m.stack[:base+n]
	}
}

// related makes a test that holds for any, or for all, of the pairs of two operands' values, of which there are some.
func related(a, b push, all bool, f func(x, y *value) bool) test {
	return func(m *Matcher) bool {
		base := len(m.stack)
		a(m)
		middle := len(m.stack)
		if middle > base {
			b(m)
		}
		x, y := m.stack[base:middle], m.stack[middle:]
		m.stack = m.stack[:base]
		if len(x) == 0 || len(y) == 0 {
			return false
		}
		for i := range x {
			for j := range y {
				if f(&x[i], &y[j]) != all {
					return !all
				}
			}
		}
		return all
	}
}
