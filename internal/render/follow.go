// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"
	"unicode/utf8"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// FollowOptions of Follow. The zero value is usable.
type FollowOptions struct {
	TextOptions
	AsText bool // data as escaped text instead of a hex dump
}

// Follow shows a session as a conversation: the data of transfers as it arrives, and after each segment's data the line of
// its message, both directions in the order of the capture. Data is shown in full and in bounded memory: a segment of any
// size streams. Its offsets count from the start of the transfer.
type Follow struct {
	text  *Text
	theme *Theme
	plain bool
	sides [2]followed
	last  int // whose data was shown last, if nothing else came since; -1 otherwise
}

// followed is the data of a direction that does not fill a line yet.
type followed struct {
	octets   [dumpColumns]byte
	n        int    // octets in use
	offset   uint64 // of octets[0] in its transfer
	serial   int    // of the transfer
	id       uint64 // of the transfer, or its implied number
	implied  bool
	begun    bool // some of the transfer was shown
	openLine bool // text: the last line has no end yet
}

// NewFollow makes an encoder for one session.
func NewFollow(o FollowOptions) *Follow {
	return &Follow{text: NewText(o.TextOptions), theme: o.Theme, plain: o.AsText, last: -1}
}

// AppendData appends a piece of a transfer's data (see dissect.Sink.Data), up to the last full line of it.
func (f *Follow) AppendData(dst []byte, t *record.Transfer, offset uint64, d []byte) []byte {
	if len(d) == 0 {
		return dst
	}
	s := &f.sides[side(t.From)]
	if expected := s.offset + uint64(s.n); !s.begun || s.serial != t.Serial || expected != offset {
		dst = f.end(dst, t.From)
		s.serial, s.offset, s.begun = t.Serial, offset, true
		if s.id, s.implied = t.TransferID, t.Version == 3; s.implied {
			s.id = t.ImpliedTransferID
		}
		f.last = -1
	}
	if f.plain || s.n+len(d) >= dumpColumns {
		dst = f.appendHeading(dst, t.From)
	}
	dst = f.theme.start(dst, direction(t.From))
	if f.plain {
		dst = s.appendText(dst, d)
	} else {
		dst = s.appendDump(dst, d)
	}
	return f.theme.end(dst, direction(t.From))
}

// AppendMessage appends the rest of the data of m, if it is a segment, and the line of m.
func (f *Follow) AppendMessage(dst []byte, m *record.Message) []byte {
	if isSegment(m) {
		dst = f.end(dst, m.From)
	}
	dst = f.closeLine(dst)
	f.last = -1
	return f.text.AppendMessage(dst, m)
}

// AppendGap appends what is left of the direction's data and the line of g.
func (f *Follow) AppendGap(dst []byte, g *record.Gap) []byte {
	dst = f.closeLine(f.end(dst, g.From))
	f.last = -1
	return f.text.AppendGap(dst, g)
}

// Flush appends data that did not fill a line.
func (f *Follow) Flush(dst []byte) []byte {
	for _, from := range [...]record.From{record.Active, record.Passive} {
		dst = f.end(dst, from)
	}
	return f.closeLine(dst)
}

// appendHeading says whose data follows, unless that is the data above.
func (f *Follow) appendHeading(dst []byte, from record.From) []byte {
	if f.last == side(from) {
		return dst
	}
	f.last = side(from)
	s := &f.sides[f.last]
	dst = f.closeLine(dst)
	dst = f.theme.start(dst, direction(from))
	dst = append(append(dst, arrow(from)...), " data of transfer "...)
	if s.implied {
		dst = append(dst, '#')
	}
	dst = strconv.AppendUint(dst, s.id, 10)
	dst = append(dst, " from octet "...)
	dst = strconv.AppendUint(dst, s.offset, 10)
	dst = f.theme.end(dst, direction(from))
	return append(dst, '\n')
}

// end shows the octets that did not fill a line.
func (f *Follow) end(dst []byte, from record.From) []byte {
	s := &f.sides[side(from)]
	if s.n == 0 {
		return dst
	}
	dst = f.appendHeading(dst, from)
	dst = f.theme.start(dst, direction(from))
	if f.plain {
		if !s.openLine {
			dst = append(dst, textMargin...)
			s.openLine = true
		}
		dst = AppendEscaped(dst, s.octets[:s.n]) // the beginning of a character that never ended
	} else {
		dst = appendDumpLine(dst, s.octets[:s.n], s.offset)
	}
	s.offset += uint64(s.n)
	s.n = 0
	return f.theme.end(dst, direction(from))
}

// closeLine ends a line of text that is still open.
func (f *Follow) closeLine(dst []byte) []byte {
	for i := range f.sides {
		if f.sides[i].openLine {
			f.sides[i].openLine = false
			dst = append(dst, '\n')
		}
	}
	return dst
}

func (s *followed) appendDump(dst, d []byte) []byte {
	if s.n > 0 {
		n := copy(s.octets[s.n:], d)
		s.n += n
		if d = d[n:]; s.n < dumpColumns {
			return dst
		}
		dst = appendDumpLine(dst, s.octets[:], s.offset)
		s.offset += dumpColumns
	}
	whole := len(d) - len(d)%dumpColumns
	dst = appendHexDump(dst, d[:whole], s.offset)
	s.offset += uint64(whole)
	s.n = copy(s.octets[:], d[whole:])
	return dst
}

// textMargin begins each line of data shown as text, so that no data can pass for a line of ours.
const textMargin = "  | "

// appendText appends d as lines of escaped text. A character that d holds only the beginning of waits for the next piece.
func (s *followed) appendText(dst, d []byte) []byte {
	if s.n > 0 {
		n := copy(s.octets[s.n:utf8.UTFMax], d)
		joined := s.octets[:s.n+n]
		if !utf8.FullRune(joined) {
			s.n += n
			return dst
		}
		_, size := utf8.DecodeRune(joined)
		if size < s.n { // not a character after all: its first octets stand alone
			size = s.n
		}
		dst = s.appendLines(dst, joined[:size])
		s.offset += uint64(size)
		d = d[size-s.n:]
		s.n = 0
	}
	whole := len(d)
	for i := max(0, len(d)-utf8.UTFMax+1); i < len(d); i++ {
		if utf8.RuneStart(d[i]) && !utf8.FullRune(d[i:]) {
			whole = i
			break
		}
	}
	dst = s.appendLines(dst, d[:whole])
	s.offset += uint64(whole)
	s.n = copy(s.octets[:], d[whole:])
	return dst
}

func (s *followed) appendLines(dst, d []byte) []byte {
	for len(d) > 0 {
		if !s.openLine {
			dst = append(dst, textMargin...)
			s.openLine = true
		}
		end := 0
		for end < len(d) && d[end] != '\n' {
			end++
		}
		dst = AppendEscaped(dst, d[:end])
		if end < len(d) {
			dst = append(dst, '\n')
			s.openLine = false
			end++
		}
		d = d[end:]
	}
	return dst
}
