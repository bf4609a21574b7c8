// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"
	"time"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// Terminal widths from which a line has more to show.
const (
	addressesFrom = 110 // columns that leave room for both addresses
	alignedFrom   = 72  // columns that leave room for aligned types
)

// Columns of a line. The pair of addresses is equally wide in both directions, so that lines of a session stay aligned
// even where it outgrows its column.
const (
	frameColumn   = 5
	sessionColumn = 3
	addressColumn = 36
	typeColumn    = len(contactHeader)
)

// TextOptions of Text and of what builds on it. The zero value is usable.
type TextOptions struct {
	Time     TimeFormat     // "" is Relative
	Location *time.Location // of absolute local times; nil is time.Local
	Theme    *Theme
	Width    int // columns of the terminal, 0 where the output is none

	// Protocols are those that a Tree shows the fields of, of which the others have a heading only; nil: all. See TreeProtocols.
	Protocols []string
}

// Text shows one line a message. It never cuts a line: a narrow terminal costs addresses and alignment, not facts.
type Text struct {
	clock     clock
	theme     *Theme
	addresses bool
	aligned   bool
}

// NewText makes an encoder for one worker.
func NewText(o TextOptions) *Text {
	return &Text{
		clock:     newClock(o.Time, o.Location),
		theme:     o.Theme,
		addresses: o.Width <= 0 || o.Width >= addressesFrom,
		aligned:   o.Width <= 0 || o.Width >= alignedFrom,
	}
}

// AppendMessage appends the line of m.
func (t *Text) AppendMessage(dst []byte, m *record.Message) []byte {
	dst = t.appendColumns(dst, m.Frame, m.Time, m.CaptureStart, m.Session, m.From, m.Src, m.Dst)
	dst = t.appendType(dst, m)
	empty := len(dst)
	if t.aligned {
		dst = append(dst, spaces[:max(0, typeColumn-len(m.Type))]...)
	}
	start := len(dst)
	dst = t.appendFields(dst, m)
	dst = t.appendRemarks(dst, m)
	if m.Bundle != nil {
		dst = t.theme.appendBundle(append(dst, ' '), m.Bundle)
	}
	if len(dst) == start {
		dst = dst[:empty]
	}
	return append(dst, '\n')
}

// AppendGap appends the line that says what is missing here and why.
func (t *Text) AppendGap(dst []byte, g *record.Gap) []byte {
	dst = t.appendColumns(dst, g.Frame, g.Time, g.CaptureStart, g.Session, g.From, g.Src, g.Dst)
	dst = t.theme.start(dst, Warning)
	dst = appendGap(dst, g)
	dst = t.theme.end(dst, Warning)
	return append(dst, '\n')
}

func (t *Text) appendColumns(dst []byte, frame uint64, at, start int64, session int, from record.From, src, to string) []byte {
	dst = appendUintColumn(dst, frame, frameColumn)
	dst = append(dst, ' ')
	dst = t.theme.start(dst, Muted)
	dst = t.clock.append(dst, at, start)
	dst = t.theme.end(dst, Muted)
	dst = append(dst, " s"...)
	column := len(dst)
	dst = strconv.AppendInt(dst, int64(session), 10)
	if t.aligned {
		dst = padTo(dst, column, sessionColumn-1)
	}
	dst = append(dst, ' ')
	dst = t.theme.paint(dst, direction(from), arrow(from))
	if t.addresses {
		dst = append(dst, ' ')
		column = len(dst)
		dst = AppendEscaped(dst, src)
		dst = append(dst, " > "...)
		dst = AppendEscaped(dst, to)
		dst = padTo(dst, column, addressColumn)
	}
	return append(dst, ' ')
}

func (t *Text) appendType(dst []byte, m *record.Message) []byte {
	meaning := direction(m.From)
	switch {
	case m.Type == keepalive:
		meaning = Muted
	case m.Type == unknown:
		meaning = Error
	case m.Type == msgReject || isRefusal(m):
		meaning = Warning
	}
	return t.theme.paint(dst, meaning, m.Type)
}

func appendGap(dst []byte, g *record.Gap) []byte {
	dst = append(dst, "gap: "...)
	if g.Length > 0 {
		dst = strconv.AppendUint(dst, g.Length, 10)
		dst = append(dst, " octets "...)
	}
	switch g.Cause {
	case record.GapLost:
		dst = append(dst, "lost, though acknowledged"...)
	case record.GapUnseen:
		dst = append(dst, "never seen, not acknowledged"...)
	case record.GapTruncated:
		dst = append(dst, "cut off by the snap length"...)
	case record.GapMidStream:
		dst = append(dst, "before the capture began"...)
	case record.GapUndecoded:
		dst = append(dst, "captured, but no message begins in them"...)
	case record.GapMemory:
		dst = append(dst, "given up, the memory budget was used up"...)
	default:
		dst = AppendEscaped(dst, g.Cause)
	}
	dst = append(dst, ", at stream offset "...)
	dst = strconv.AppendUint(dst, g.StreamOffset, 10)
	if g.Length == 0 {
		dst = append(dst, ", length unknown"...)
	}
	return dst
}
