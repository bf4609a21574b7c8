// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// timedInterface is what reading the packets of an interface takes.
type timedInterface struct {
	unit    timeUnit
	snaplen uint32
	fcs     int // octets of the frame check sequence behind each packet
	listed  int // index in Info.Interfaces; -1: not there for lack of room
	link    reassembly.LinkType
}

// Options that every block may have.
const (
	optEnd     = 0
	optComment = 1
)

// option takes the first of a list of options: code, length, value padded to 4 octets. It is false at the end of the
// list, which need not be marked, and where a length lies: nothing behind it can be trusted.
func option(b []byte, big bool) (code uint16, value, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, nil, false
	}
	code, n := load16(b, big), int(load16(b[2:], big))
	if code == optEnd || 4+n > len(b) {
		return 0, nil, nil, false
	}
	return code, b[4 : 4+n], b[min(4+(n+3)&^3, len(b)):], true
}

func (f *File) sectionOptions(b []byte) {
	for {
		code, value, rest, ok := option(b, f.big)
		if !ok {
			return
		}
		if code == optComment {
			f.comment(value, -1, 0)
		}
		b = rest
	}
}

// interfaceBlock adds an interface to the section. Packets find it by its number, so it must not be left out.
func (f *File) interfaceBlock(start int64, body []byte) *Error {
	const (
		optName        = 2
		optDescription = 3
		optResolution  = 9
		optFilter      = 11
		optFCS         = 13
		optOffset      = 14
	)
	if len(body) < 8 {
		return f.fault(start, "damaged: the description of interface %d has %d of 8 octets", len(f.interfaces), len(body))
	}
	if len(f.interfaces) == maxInterfaces {
		return f.fault(start, "the section has more than %d interfaces", maxInterfaces)
	}
	shown := Interface{Section: f.section, Link: reassembly.LinkType(load16(body, f.big)), Snaplen: load32(body[4:], f.big)}
	in := timedInterface{link: shown.Link, snaplen: shown.Snaplen, listed: -1}
	resolution, offset := uint8(6), int64(0)
	for b := body[8:]; ; {
		code, value, rest, ok := option(b, f.big)
		if !ok {
			break
		}
		switch {
		case code == optComment:
			f.comment(value, len(f.interfaces), 0)
		case code == optName:
			shown.Name = f.text(value)
		case code == optDescription:
			shown.Description = f.text(value)
		case code == optFilter && len(value) > 1 && value[0] == 0: // 0: pcap's filter language
			shown.Filter = f.text(value[1:])
		case code == optResolution && len(value) >= 1:
			resolution = value[0]
		case code == optOffset && len(value) >= 8:
			offset = int64(load64(value, f.big))
		case code == optFCS && len(value) >= 1:
			in.fcs = int(value[0])
			if in.fcs >= 16 {
				in.fcs /= 8 // some writers count bits; no check sequence has 16 octets
			}
		}
		b = rest
	}
	in.unit = newTimeUnit(resolution, offset)
	if len(f.info.Interfaces) < maxInterfaces {
		in.listed = len(f.info.Interfaces)
		f.info.Interfaces = append(f.info.Interfaces, shown)
	}
	f.interfaces = append(f.interfaces, in)
	return nil
}

// statisticsBlock keeps the counters of an interface: they are totals, so the last ones replace those before.
func (f *File) statisticsBlock(body []byte) {
	const (
		fixed       = 12 // interface, timestamp
		optReceived = 4
		optDropped  = 5
	)
	if len(body) < fixed {
		return
	}
	number := load32(body, f.big)
	if uint64(number) >= uint64(len(f.interfaces)) || f.interfaces[number].listed < 0 {
		return
	}
	shown := &f.info.Interfaces[f.interfaces[number].listed]
	for b := body[fixed:]; ; {
		code, value, rest, ok := option(b, f.big)
		if !ok {
			return
		}
		switch {
		case code == optReceived && len(value) >= 8:
			shown.Received, shown.Counted = load64(value, f.big), true
		case code == optDropped && len(value) >= 8:
			shown.Dropped, shown.Counted = load64(value, f.big), true
		}
		b = rest
	}
}

// secretsBlock keeps decryption secrets: type, length, octets.
func (f *File) secretsBlock(start int64, body []byte, size uint32) *Error {
	const fixed = 8
	if len(body) < fixed {
		return f.leftOut(start, "the decryption secrets have %d of %d octets before them", len(body), fixed)
	}
	kind, length := load32(body, f.big), load32(body[4:], f.big)
	if room := size - blockOverhead - fixed; length > room {
		return f.leftOut(start, "the decryption secrets claim %d octets in a block with room for %d", length, room)
	}
	if uint64(length) <= uint64(len(body)-fixed) && f.kept.secret(kind, body[fixed:fixed+length]) {
		return nil
	}
	if f.kept.overflowed {
		return nil
	}
	f.kept.overflowed = true
	return f.leftOut(start, "more than %d octets of decryption secrets", maxSecrets)
}

func (f *File) leftOut(start int64, format string, args ...any) *Error {
	err := f.fault(start, format, args...)
	err.Hint = "they are left out"
	return err
}

// comment keeps a comment, unless there are too many.
func (f *File) comment(value []byte, number int, frame uint64) {
	if text, ok := f.kept.text(bytes.TrimRight(value, "\x00")); ok {
		f.info.Comments = append(f.info.Comments, Comment{f.section, number, frame, text})
	}
}

// text keeps a name or the like; it is empty when there are too many.
func (f *File) text(value []byte) string {
	text, _ := f.kept.text(bytes.TrimRight(value, "\x00"))
	return text
}
