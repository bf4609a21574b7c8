// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"fmt"
	"math"
)

// The security contexts of RFC 9173.
const (
	ContextBIBHMACSHA2 = 1
	ContextBCBAESGCM   = 2
)

// SecurityHasParameters is the one flag of a security block (RFC 9172 3.6): parameters are there.
const SecurityHasParameters uint64 = 0x01

// Security is the content of a BIB or a BCB: an abstract security block (RFC 9172 3.6). Values are views of the block's data.
type Security struct {
	Targets    []uint64 // block numbers
	Context    int64
	Flags      uint64
	Source     EID
	Parameters []SecurityItem
	Results    [][]SecurityItem // those of each target

	TargetsSpan, ContextSpan, FlagsSpan, SourceSpan, ParametersSpan, ResultsSpan Span
}

// SecurityItem is a parameter or a result. Value is its CBOR item.
type SecurityItem struct {
	ID    uint64
	Value []byte
	Span  Span // of Value
}

// Uint returns the value of an item that is an unsigned integer.
func (i SecurityItem) Uint() (v uint64, ok bool) {
	c := cursor{b: i.Value}
	v = c.uint()
	return v, c.fault == faultNone && c.i == len(c.b)
}

// Bytes returns the value of an item that is a byte string, without its head.
func (i SecurityItem) Bytes() (b []byte, ok bool) {
	c := cursor{b: i.Value}
	b = c.str(cborBytes, MaxBlockData)
	return b, c.fault == faultNone && c.i == len(c.b)
}

// ContextName returns the name of the security context; "reserved" or "unassigned" where it has none.
func (s *Security) ContextName() string {
	switch {
	case s.Context == ContextBIBHMACSHA2:
		return "BIB-HMAC-SHA2"
	case s.Context == ContextBCBAESGCM:
		return "BCB-AES-GCM"
	case s.Context <= 0:
		return "reserved"
	}
	return "unassigned"
}

// ParameterName returns the name of a parameter in the security context, "" if it has none (RFC 9173 3.3.4, 4.3.5).
func (s *Security) ParameterName(id uint64) string {
	var names [5]string
	switch s.Context {
	case ContextBIBHMACSHA2:
		names = [...]string{1: "SHA Variant", 2: "Wrapped Key", 3: "Integrity Scope Flags", 4: ""}
	case ContextBCBAESGCM:
		names = [...]string{1: "Initialization Vector", 2: "AES Variant", 3: "Wrapped Key", 4: "AAD Scope Flags"}
	}
	if id < uint64(len(names)) {
		return names[id]
	}
	return ""
}

// ResultName returns the name of a result in the security context, "" if it has none (RFC 9173 3.4, 4.4).
func (s *Security) ResultName(id uint64) string {
	switch {
	case id != 1:
	case s.Context == ContextBIBHMACSHA2:
		return "Expected HMAC"
	case s.Context == ContextBCBAESGCM:
		return "Authentication Tag"
	}
	return ""
}

// parameter returns a parameter.
func (s *Security) parameter(id uint64) (item SecurityItem, ok bool) {
	for _, p := range s.Parameters {
		if p.ID == id {
			return p, true
		}
	}
	return item, false
}

// Security decodes a BIB or a BCB. It allocates the lists. On an error s has what was read before.
func (k *Block) Security() (s Security, err error) {
	c, err := k.content(7, BlockBIB, BlockBCB)
	if err != nil {
		return s, err
	}
	return s, k.security(&s, &c)
}

func (k *Block) security(s *Security, c *cursor) error {
	i := c.i
	c.list(func() {
		if v := c.uint(); c.fault == faultNone {
			s.Targets = append(s.Targets, v)
		}
	})
	s.TargetsSpan = c.span(i)
	i = c.i
	s.Context = c.int()
	s.ContextSpan = c.span(i)
	i = c.i
	s.Flags = c.uint()
	s.FlagsSpan = c.span(i)
	i = c.i
	c.eid(&s.Source)
	s.SourceSpan = c.span(i)
	if s.Flags&SecurityHasParameters != 0 {
		i = c.i
		s.Parameters = c.securityItems()
		s.ParametersSpan = c.span(i)
	}
	i = c.i
	c.list(func() {
		if items := c.securityItems(); c.fault == faultNone {
			s.Results = append(s.Results, items)
		}
	})
	s.ResultsSpan = c.span(i)
	if err := k.finish(c); err != nil {
		return err
	}
	if len(s.Results) != len(s.Targets) {
		return fmt.Errorf("%w: %d targets, results for %d", ErrContent, len(s.Targets), len(s.Results))
	}
	return nil
}

// securityItems reads an array of [id, value].
func (c *cursor) securityItems() (items []SecurityItem) {
	c.list(func() {
		indefinite := c.array(2)
		item := SecurityItem{ID: c.uint()}
		from := c.i
		item.Value = c.item()
		item.Span = c.span(from)
		c.end(indefinite)
		if c.fault == faultNone {
			items = append(items, item)
		}
	})
	return items
}

// list reads an array of items that read takes one by one.
func (c *cursor) list(read func()) {
	h := c.of(cborArray)
	for n := h.arg; c.fault == faultNone; n-- {
		if h.indefinite() {
			if octet, ok := c.peek(); !ok || octet == cborBreak {
				c.end(true)
				return
			}
		} else if n == 0 {
			return
		}
		read()
	}
}

// int reads an integer of either sign. One that does not fit is cut to the nearest that does.
func (c *cursor) int() int64 {
	at := c.i
	h := c.head()
	switch {
	case c.fault != faultNone:
		return 0
	case h.major == cborInt:
		return -1 - int64(min(h.arg, math.MaxInt64))
	case h.major != cborUint:
		c.fail(faultType, at, 0)
		return 0
	}
	return int64(min(h.arg, math.MaxInt64))
}
