// SPDX-License-Identifier: Apache-2.0

package bundle

import "math"

// recordCustody7 are the custody signals of BIBE: 4 in the drafts and HDTN, 8 in ION.
const recordCustody7 RecordType = 8

// decode7 reads the record of a BPv7 bundle, [type, content] (RFC 9171 6.1).
func (a *AdminRecord) decode7(c *cursor, k *Block) {
	indefinite := c.array(2)
	a.Type = RecordType(c.uint())
	a.setContent(c, k)
	switch a.Type {
	case RecordStatusReport:
		c.statusReport7(&a.Status)
	case RecordBIBE3, RecordBIBE:
		a.encapsulated7(c, k)
	case RecordAggregate, recordCustody7:
		c.custody7(&a.Custody)
	default:
		c.item()
	}
	c.end(indefinite)
}

// statusReport7 reads a status report (RFC 9171 6.1.1).
func (c *cursor) statusReport7(s *StatusReport) {
	at := c.i
	h := c.of(cborArray)
	if c.fault == faultNone && !h.indefinite() && h.arg != 4 && h.arg != 6 {
		c.fail(faultType, at, 0)
	}
	c.assertions7(s)
	i := c.i
	s.Reason = ReportReason(c.uint())
	s.ReasonSpan = c.span(i)
	i = c.i
	c.eid(&s.Subject.Source)
	s.Subject.SourceSpan = c.span(i)
	i = c.i
	indefinite := c.array(2)
	s.Subject.Created = Timestamp{c.uint(), c.uint()}
	c.end(indefinite)
	s.Subject.CreatedSpan = c.span(i)
	s.Subject.IsFragment = h.arg == 6
	if h.indefinite() {
		octet, ok := c.peek()
		s.Subject.IsFragment = ok && octet != cborBreak
	}
	if s.Subject.IsFragment {
		i = c.i
		s.Subject.FragmentOffset, s.Subject.FragmentLength = c.uint(), c.uint()
		s.Subject.FragmentSpan = c.span(i)
	}
	c.end(h.indefinite())
}

// assertions7 reads the statements of a status report, at least four.
func (c *cursor) assertions7(s *StatusReport) {
	at := c.i
	h := c.of(cborArray)
	if c.fault == faultNone && !h.indefinite() && h.arg < 4 {
		c.fail(faultType, at, 0)
	}
	for _, a := range [...]*Assertion{&s.Received, &s.Forwarded, &s.Delivered, &s.Deleted} {
		c.assertion7(a)
	}
	n := h.arg - 4
	for c.fault == faultNone {
		if h.indefinite() {
			if octet, ok := c.peek(); !ok || octet == cborBreak {
				c.end(true)
				return
			}
		} else if n == 0 {
			return
		}
		n--
		c.item()
		s.More++
	}
}

func (c *cursor) assertion7(a *Assertion) {
	at := c.i
	h := c.of(cborArray)
	if c.fault == faultNone && !h.indefinite() && h.arg != 1 && h.arg != 2 {
		c.fail(faultType, at, 0)
	}
	a.Asserted = c.bool()
	a.HasTime = h.arg == 2
	if h.indefinite() {
		octet, ok := c.peek()
		a.HasTime = ok && octet != cborBreak
	}
	if a.HasTime {
		a.Time = c.uint()
	}
	c.end(h.indefinite())
	a.Span = c.span(at)
}

// encapsulated7 reads a bundle in a bundle: [transmission ID, retransmission time, bundle].
func (a *AdminRecord) encapsulated7(c *cursor, k *Block) {
	e := &a.Encapsulated
	indefinite := c.array(3)
	e.TransmissionID, e.RetransmitTime = c.uint(), c.uint()
	at := c.i
	h := c.of(cborBytes)
	if c.fault != faultNone {
		return
	}
	if h.indefinite() {
		c.fail(faultType, at, 0)
		return
	}
	e.Span = Span{k.DataSpan.Offset + uint64(c.i), h.arg}
	n := int(min(h.arg, uint64(len(c.b)-c.i)))
	e.Octets = c.take(n)
	if uint64(n) < h.arg {
		c.fail(faultShort, at, int(min(h.arg-uint64(n), math.MaxInt)))
	}
	c.end(indefinite)
}

// custody7 reads a custody signal of BIBE: [disposition, [[first, count], ...]].
func (c *cursor) custody7(s *CustodySignal) {
	outer := c.array(2)
	at := c.i
	reason := c.uint()
	if c.fault == faultNone && reason > math.MaxUint8 {
		c.fail(faultType, at, 0)
	}
	s.Reason, s.Succeeded = CustodyReason(reason), c.fault == faultNone && reason == 0
	c.list(func() {
		inner := c.array(2)
		f := Fill{c.uint(), c.uint()}
		c.end(inner)
		if c.fault == faultNone {
			s.Fills = append(s.Fills, f)
		}
	})
	c.end(outer)
}
