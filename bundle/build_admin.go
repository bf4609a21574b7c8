// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"fmt"

	"github.com/dtn-tools/tcpcl/wire/sdnv"
)

// AppendCBOR appends the administrative record of a status report to dst, as BPv7 has it (RFC 9171 6.1.1): the payload of a bundle with
// FlagAdmin. Assertions that BPv7 has no place for are an error.
func (s *StatusReport) AppendCBOR(dst []byte) ([]byte, error) {
	if s.CustodyAccepted.Asserted || s.More > 0 {
		return dst, fmt.Errorf("%w: BPv7 has no report of custody", ErrFlags)
	}
	items := byte(4)
	if s.Subject.IsFragment {
		items = 6
	}
	out := append(dst, 0x82, byte(RecordStatusReport), cborArray<<5|items, 0x84)
	for _, a := range [...]Assertion{s.Received, s.Forwarded, s.Delivered, s.Deleted} {
		switch {
		case a.Asserted && a.HasTime:
			out = appendUint(append(out, 0x82, cborSimple<<5|cborTrue), a.Time)
		case a.Asserted:
			out = append(out, 0x81, cborSimple<<5|cborTrue)
		default:
			out = append(out, 0x81, cborSimple<<5|cborFalse)
		}
	}
	out, ok := s.Subject.Source.AppendCBOR(appendUint(out, uint64(s.Reason)))
	if !ok {
		return dst, ErrEID
	}
	out = appendUint(appendUint(append(out, 0x82), s.Subject.Created.Time), s.Subject.Created.Sequence)
	if s.Subject.IsFragment {
		out = appendUint(appendUint(out, s.Subject.FragmentOffset), s.Subject.FragmentLength)
	}
	return out, nil
}

// AppendSDNV appends the administrative record of a status report to dst, as BPv6 has it (RFC 5050 6.1.1). Each assertion must have a
// time.
func (s *StatusReport) AppendSDNV(dst []byte) ([]byte, error) {
	head, flags := byte(RecordStatusReport)<<4, byte(0)
	if s.Subject.IsFragment {
		head |= 1
	}
	var times []byte
	for bit, a := range [...]Assertion{s.Received, s.CustodyAccepted, s.Forwarded, s.Delivered, s.Deleted} {
		switch {
		case a.Asserted && a.HasTime:
			flags |= 1 << bit
			times = sdnv.Append(sdnv.Append(times, a.Time), a.Nanos)
		case a.Asserted:
			return dst, fmt.Errorf("%w: BPv6 reports nothing without its time", ErrFlags)
		}
	}
	if s.Reason > 255 {
		return dst, fmt.Errorf("%w: reason %d", ErrFlags, s.Reason)
	}
	out := append(dst, head, flags, byte(s.Reason))
	if s.Subject.IsFragment {
		out = sdnv.Append(sdnv.Append(out, s.Subject.FragmentOffset), s.Subject.FragmentLength)
	}
	out = sdnv.Append(sdnv.Append(append(out, times...), s.Subject.Created.Time), s.Subject.Created.Sequence)
	source := s.Subject.Source.Append(nil)
	return append(sdnv.Append(out, uint64(len(source))), source...), nil
}
