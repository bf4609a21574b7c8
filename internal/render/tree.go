// SPDX-License-Identifier: Apache-2.0

package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

const (
	offsetColumn  = 12
	previewOctets = 36 // of data and values shown in a tree, as Wireshark does
)

// Tree shows a message as Wireshark's details pane does: every field under its name with the octets of the message it
// fills (counted from 0), flags bit by bit, and what was worked out rather than read in [brackets].
type Tree struct {
	clock     clock
	theme     *Theme
	protocols []string // nil: all

	dst []byte // being appended to
	at  uint64 // offset in the message of the next field
}

// NewTree makes an encoder for one worker. A tree does not depend on the terminal's width.
func NewTree(o TextOptions) *Tree {
	return &Tree{clock: newClock(o.Time, o.Location), theme: o.Theme, protocols: o.Protocols}
}

// TreeProtocols are the protocols that a tree can be limited to.
var TreeProtocols = []string{"tcpcl", "tls", "bundle", "bpv7", "bpsec"}

// has says whether the fields of a protocol are shown.
func (t *Tree) has(protocol string) bool {
	return t.protocols == nil || slices.Contains(t.protocols, protocol)
}

// shows says whether a field of a bundle is shown: one of a protocol asked for, or the heading of one.
func (t *Tree) shows(field string) bool {
	if t.protocols == nil || field == "bundle" || field == "bpv7" {
		return true
	}
	protocol, _, _ := strings.Cut(field, ".")
	return t.has(protocol)
}

// AppendMessage appends the tree of m and an empty line.
func (t *Tree) AppendMessage(dst []byte, m *record.Message) []byte {
	t.dst, t.at = dst, 0
	t.heading(m.Frame, m.Time, m.CaptureStart, m.Session, m.From, m.Src, m.Dst)
	t.title(m)
	switch {
	case !t.has("tcpcl"):
	case m.Type == contactHeader:
		t.contact(m)
	case m.Type == unknown:
		t.octet("Message Type: unknown ")
		t.dst = append(appendHex(t.dst, uint64(m.Header), 2), '\n')
	case m.Version == 3:
		t.v3(m)
	default:
		t.v4(m)
	}
	if t.has("tcpcl") {
		t.derived(m)
	}
	if m.Bundle != nil {
		t.bundle(m.Bundle)
	}
	dst, t.dst = append(t.dst, '\n'), nil
	return dst
}

// AppendGap appends a heading, what is missing, and an empty line.
func (t *Tree) AppendGap(dst []byte, g *record.Gap) []byte {
	t.dst = dst
	t.heading(g.Frame, g.Time, g.CaptureStart, g.Session, g.From, g.Src, g.Dst)
	dst, t.dst = t.dst, nil
	dst = t.theme.start(dst, Warning)
	dst = appendGap(dst, g)
	dst = t.theme.end(dst, Warning)
	return append(dst, "\n\n"...)
}

func (t *Tree) heading(frame uint64, at, start int64, session int, from record.From, src, to string) {
	dst := append(t.dst, "Frame "...)
	dst = strconv.AppendUint(dst, frame, 10)
	dst = t.theme.start(append(dst, ", "...), Muted)
	column := len(dst)
	dst = trimLeft(t.clock.append(dst, at, start), column)
	dst = t.theme.end(dst, Muted)
	dst = append(dst, ", session "...)
	dst = strconv.AppendInt(dst, int64(session), 10)
	dst = append(dst, ", "...)
	dst = t.theme.paint(dst, direction(from), from.String())
	dst = append(dst, ' ')
	dst = AppendEscaped(dst, src)
	dst = AppendEscaped(append(dst, " > "...), to)
	t.dst = append(dst, '\n')
}

func (t *Tree) title(m *record.Message) {
	dst := t.theme.start(t.dst, direction(m.From))
	dst = strconv.AppendUint(append(dst, "TCPCLv"...), uint64(m.Version), 10)
	dst = append(append(dst, ' '), m.Type...)
	dst = t.theme.end(dst, direction(m.From))
	if has(m, record.HasTransferID) {
		dst = appendItem(dst, "id=", m.TransferID)
	}
	if has(m, record.HasFlags) {
		dst = appendFlagNames(dst, m.FlagNames)
	}
	dst = append(dst, ", "...)
	dst = strconv.AppendUint(dst, m.Length, 10)
	dst = append(dst, " octets at stream offset "...)
	dst = strconv.AppendUint(dst, m.StreamOffset, 10)
	t.dst = append(dst, '\n')
}

// derived appends what the dissector worked out.
func (t *Tree) derived(m *record.Message) {
	if n, ok := transferNumber(m); ok && has(m, record.HasImpliedTransferID) {
		t.bracket("Implied Transfer ID: ", n, "")
	}
	if has(m, record.HasTransferOctets) {
		if isAck(m) {
			t.bracket("Acknowledged octets of the transfer: ", m.TransferOctets, "")
		} else {
			t.bracket("Seen Length: ", m.TransferOctets, " octets")
		}
	}
	if has(m, record.HasTransferTotal) {
		label := "Total Length: "
		if has(m, record.HasAnnouncedTotal) {
			label = "Expected Total Length: "
		}
		t.bracket(label, m.TransferTotal, " octets")
	}
	if frame := relatedSegment(m); frame != 0 {
		t.bracket("Related segment in frame: ", frame, "")
	}
	if has(m, record.HasAckLatency) {
		t.bracketSeconds("Acknowledgment Time: ", m.AckLatency)
	}
	if has(m, record.HasTransferStart) && (isAck(m) || isRefusal(m) || m.Flags&flagStart == 0) {
		t.bracket("Transfer started in frame: ", m.TransferStartFrame, "")
		t.bracketSeconds("Time since transfer start: ", m.Time-m.TransferStartTime)
	}
	if m.FirstFrame != 0 && m.FirstFrame != m.Frame {
		t.bracket("First octet in frame: ", m.FirstFrame, "")
	}
	if m.Encrypted {
		t.remark(Muted, func(dst []byte) []byte { return append(dst, "Decrypted from TLS"...) })
	}
	if m.CutShort {
		t.remark(Warning, func(dst []byte) []byte { return appendCutShort(dst, m) })
	}
	if m.MissedOctets > 0 {
		t.remark(Warning, func(dst []byte) []byte {
			return append(strconv.AppendUint(append(dst, "Missed: "...), m.MissedOctets, 10), " octets"...)
		})
	}
	if has(m, record.HasResync) {
		t.remark(Warning, func(dst []byte) []byte { return appendResync(dst, m) })
	}
	for _, quirk := range m.Quirks {
		t.remark(Warning, func(dst []byte) []byte { return AppendEscaped(append(dst, "Quirk: "...), quirk) })
	}
}

// field begins the line of a field of size octets and moves on behind it.
func (t *Tree) field(depth int, size uint64, label string) {
	dst := t.theme.start(t.dst, Muted)
	column := len(dst)
	if size > 0 {
		dst = strconv.AppendUint(dst, t.at, 10)
		if last := t.at + size - 1; last > t.at {
			dst = strconv.AppendUint(append(dst, '-'), last, 10)
		}
	}
	dst = rightAlign(dst, column, offsetColumn)
	dst = t.theme.end(dst, Muted)
	dst = append(dst, spaces[:4*depth]...)
	t.dst = append(dst, label...)
	t.at += size
}

func (t *Tree) octet(label string) { t.field(1, 1, label) }

func (t *Tree) number(size uint64, label string, n uint64, unit string) {
	t.field(1, size, label)
	t.dst = strconv.AppendUint(t.dst, n, 10)
	t.dst = append(append(t.dst, unit...), '\n')
}

func (t *Tree) code(depth int, label string, c record.Code) {
	t.field(depth, 1, label)
	t.dst = append(appendCode(t.dst, c), '\n')
}

// octets appends a field of which value is as much as is known; an ellipsis says that there is more.
func (t *Tree) octets(depth int, size uint64, label string, value []byte) {
	if size == 0 {
		return
	}
	t.field(depth, size, label)
	shown := value[:min(previewOctets, len(value))]
	t.dst = appendHexOctets(t.dst, shown)
	if uint64(len(shown)) < size {
		t.dst = append(t.dst, "…"...)
	}
	t.dst = append(t.dst, '\n')
}

func (t *Tree) bracket(label string, n uint64, unit string) {
	t.remark(Plain, func(dst []byte) []byte {
		return append(strconv.AppendUint(append(dst, label...), n, 10), unit...)
	})
}

func (t *Tree) bracketSeconds(label string, ns int64) {
	t.remark(Plain, func(dst []byte) []byte {
		return append(appendSeconds(append(dst, label...), ns, 9), " seconds"...)
	})
}

func (t *Tree) remark(m Meaning, text func(dst []byte) []byte) {
	t.field(1, 0, "")
	dst := append(t.theme.start(t.dst, m), '[')
	t.dst = append(t.theme.end(append(text(dst), ']'), m), '\n')
}

// trimLeft removes the blanks at the beginning of what was appended since at.
func trimLeft(dst []byte, at int) []byte {
	from := at
	for from < len(dst) && dst[from] == ' ' {
		from++
	}
	return append(dst[:at], dst[from:]...)
}
