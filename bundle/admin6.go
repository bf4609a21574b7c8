// SPDX-License-Identifier: Apache-2.0

package bundle

import "bytes"

// decode6 reads the record of a BPv6 bundle (RFC 5050 6.1).
func (a *AdminRecord) decode6(c *cursor, k *Block) {
	first := c.octet()
	a.Type, a.Flags = RecordType(first>>4), first&0x0f
	a.setContent(c, k)
	switch a.Type {
	case RecordStatusReport:
		c.statusReport6(&a.Status, a.Flags&1 != 0)
	case RecordCustodySignal:
		c.custodySignal6(&a.Custody, a.Flags&1 != 0)
	case RecordAggregate:
		c.aggregate6(&a.Custody)
	case RecordBIBE:
		a.Encapsulated.Span, a.Encapsulated.Octets = a.ContentSpan, a.Content
		c.take(len(c.b) - c.i)
	default:
		c.take(len(c.b) - c.i)
	}
}

// statusReport6 reads a status report (RFC 5050 6.1.1).
func (c *cursor) statusReport6(s *StatusReport, fragment bool) {
	flags := c.octet()
	i := c.i
	s.Reason = ReportReason(c.octet())
	s.ReasonSpan = c.span(i)
	c.fragment6(&s.Subject, fragment)
	for bit, a := range [...]*Assertion{&s.Received, &s.CustodyAccepted, &s.Forwarded, &s.Delivered, &s.Deleted} {
		if flags&(1<<bit) != 0 {
			i := c.i
			*a = Assertion{Asserted: true, HasTime: true, Time: c.sdnv(), Nanos: c.sdnv()}
			a.Span = c.span(i)
		}
	}
	c.subject6(&s.Subject)
}

// custodySignal6 reads a custody signal (RFC 5050 6.1.2).
func (c *cursor) custodySignal6(s *CustodySignal, fragment bool) {
	status := c.octet()
	s.Succeeded, s.Reason = status&0x80 != 0, CustodyReason(status&0x7f)
	c.fragment6(&s.Subject, fragment)
	s.Time, s.Nanos = c.sdnv(), c.sdnv()
	c.subject6(&s.Subject)
}

func (c *cursor) fragment6(s *Subject, fragment bool) {
	if s.IsFragment = fragment; fragment {
		i := c.i
		s.FragmentOffset, s.FragmentLength = c.sdnv(), c.sdnv()
		s.FragmentSpan = c.span(i)
	}
}

// subject6 reads the identity of the bundle that a record is about.
func (c *cursor) subject6(s *Subject) {
	i := c.i
	s.Created = Timestamp{c.sdnv(), c.sdnv()}
	s.CreatedSpan = c.span(i)
	n := c.sdnv()
	if c.fault == faultNone && n > uint64(len(c.b)-c.i) {
		c.fail(faultShort, c.i, 1)
	}
	if c.fault != faultNone {
		return
	}
	i = c.i
	text := c.take(int(n))
	s.SourceSpan = c.span(i)
	scheme := bytes.IndexByte(text, ':')
	if scheme < 1 {
		s.Source = EID{Form: EIDBad, SSP: text}
		return
	}
	s.Source = textEID(text, scheme)
}

// aggregate6 reads an aggregate custody signal (CCSDS 734.2-B annex D). Only the first start counts from 0, the others from the last
// ID of the run before.
func (c *cursor) aggregate6(s *CustodySignal) {
	status := c.octet()
	s.Succeeded, s.Reason = status&0x80 != 0, CustodyReason(status&0x7f)
	last := uint64(0)
	for c.fault == faultNone && c.i < len(c.b) {
		f := Fill{last + c.sdnv(), c.sdnv()}
		if c.fault == faultNone {
			s.Fills = append(s.Fills, f)
			last = f.First + f.Count - 1
		}
	}
}
