// SPDX-License-Identifier: Apache-2.0

package render

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// appendBundle appends a bundle in a few words: "ipn:1.1 -> ipn:2.1 #42 10.2 kB", and what is special about it.
func (t *Theme) appendBundle(dst []byte, b *record.Bundle) []byte {
	if b.ProtocolVersion == 0 {
		return t.paint(dst, Warning, "NO BUNDLE")
	}
	dst = appendEIDs(dst, b)
	if !b.Cut {
		dst = strconv.AppendUint(append(dst, " #"...), b.Sequence, 10)
	}
	dst = appendSize(append(dst, ' '), b.Length)
	if b.IsFragment {
		dst = appendFragment(append(dst, ' '), b)
	}
	if b.Admin != "" {
		dst = append(AppendEscaped(append(dst, " ("...), b.Admin), ')')
	}
	for _, mark := range bundleMarks(b) {
		dst = t.paint(append(dst, ' '), Warning, mark)
	}
	return dst
}

// bundleMarks are what should make people look.
func bundleMarks(b *record.Bundle) (marks []string) {
	switch b.Form {
	case record.BundleMalformed:
		marks = append(marks, "MALFORMED")
	case record.BundleTruncated:
		marks = append(marks, "TRUNCATED")
	}
	if b.CRC == record.CRCInvalid {
		marks = append(marks, "CRC INVALID")
	}
	return marks
}

// appendEIDs appends source and destination, "?" for what a bundle ended before.
func appendEIDs(dst []byte, b *record.Bundle) []byte {
	dst = AppendEscaped(dst, orUnknown(b.Source))
	dst = append(dst, " -> "...)
	return AppendEscaped(dst, orUnknown(b.Destination))
}

func orUnknown(eid string) string {
	if eid == "" {
		return "?"
	}
	return eid
}

// appendFragment appends which octets of its application data unit a fragment holds: [0..999 of 5000].
func appendFragment(dst []byte, b *record.Bundle) []byte {
	dst = append(dst, '[')
	dst = append(strconv.AppendUint(dst, b.FragmentOffset, 10), ".."...)
	if b.PayloadLength > 0 && b.FragmentOffset+b.PayloadLength > b.FragmentOffset {
		dst = strconv.AppendUint(dst, b.FragmentOffset+b.PayloadLength-1, 10)
	}
	dst = append(dst, " of "...)
	return append(strconv.AppendUint(dst, b.TotalADULength, 10), ']')
}

// bundleColumn is a column of the table of bundles.
type bundleColumn struct {
	Column
	cell func(b *record.Bundle, o TableOptions) Cell
}

// Columns that tell where a bundle was: of those out of captures, and of those that were files of their own.
var (
	transferColumns = []bundleColumn{
		{Column{Name: "session", Right: true}, ofTransfer(func(t *record.Transfer) Cell { return Cell{Text: strconv.Itoa(t.Session)} })},
		{Column{Name: "from"}, ofTransfer(func(t *record.Transfer) Cell { return Cell{Text: t.From.String(), Meaning: direction(t.From)} })},
		{Column{Name: "transfer", Right: true}, ofTransfer(func(t *record.Transfer) Cell { return Cell{Text: transferText(t)} })},
		{Column{Name: "frame", Right: true, Drop: 4}, ofTransfer(func(t *record.Transfer) Cell {
			if t.EndFrame == 0 {
				return Cell{}
			}
			return Cell{Text: strconv.FormatUint(t.EndFrame, 10)}
		})},
	}
	fileColumn = bundleColumn{Column{Name: "file", Min: 8, Drop: 9}, func(b *record.Bundle, _ TableOptions) Cell { return Cell{Text: b.File} }}
)

var bundleColumns = []bundleColumn{
	{Column{Name: "bp", Right: true, Drop: 5}, ofBundle(func(b *record.Bundle, _ TableOptions) Cell {
		return Cell{Text: strconv.Itoa(int(b.ProtocolVersion))}
	})},
	{Column{Name: "source", Min: 8}, ofBundle(func(b *record.Bundle, _ TableOptions) Cell { return Cell{Text: b.Source} })},
	{Column{Name: "destination", Min: 8}, ofBundle(func(b *record.Bundle, _ TableOptions) Cell { return Cell{Text: b.Destination} })},
	{Column{Name: "created", Drop: 7}, ofPrimary(createdCell)},
	{Column{Name: "sequence", Right: true, Drop: 8}, ofPrimary(func(b *record.Bundle, _ TableOptions) Cell {
		return Cell{Text: strconv.FormatUint(b.Sequence, 10)}
	})},
	{Column{Name: "lifetime", Right: true, Drop: 2}, ofPrimary(func(b *record.Bundle, o TableOptions) Cell { return Cell{Text: lifetimeText(b.Lifetime)} })},
	{Column{Name: "length", Right: true}, func(b *record.Bundle, o TableOptions) Cell { return Cell{Text: sizeText(b.Length, o)} }},
	{Column{Name: "payload", Right: true, Drop: 3}, ofBundle(func(b *record.Bundle, o TableOptions) Cell { return Cell{Text: sizeText(b.PayloadLength, o)} })},
	{Column{Name: "blocks", Min: 12, Drop: 1}, ofBundle(blocksCell)},
	{Column{Name: "crc", Drop: 10}, ofBundle(crcCell)},
	{Column{Name: "remarks", Min: 12}, remarksCell},
}

// Bundles writes a table with a row a bundle, in the order given. A narrow terminal loses, in this order: blocks, lifetime, payload,
// frame, protocol version, creation time, sequence number, file, CRC. Where there are units, a table of them follows.
func Bundles(w io.Writer, bundles []*record.Bundle, units []*record.ADU, o TableOptions) error {
	columns := bundleColumns
	if slices.ContainsFunc(bundles, func(b *record.Bundle) bool { return b.File != "" }) {
		columns = append([]bundleColumn{fileColumn}, columns...)
	}
	if len(bundles) == 0 || slices.ContainsFunc(bundles, func(b *record.Bundle) bool { return b.Transfer != nil }) {
		columns = slices.Concat(transferColumns, columns)
	}
	var t Table
	for i := range columns {
		t.Columns = append(t.Columns, columns[i].Column)
	}
	for _, b := range bundles {
		row := make([]Cell, len(columns))
		for i := range columns {
			row[i] = columns[i].cell(b, o)
		}
		t.Rows = append(t.Rows, row)
	}
	if len(units) == 0 {
		return t.Write(w, o)
	}
	return WriteTables(w, o, t, unitTable(units, o))
}

// unitTable has a row for each application data unit that was joined. A narrow terminal loses, in this order: protocol version, sequence
// number, creation time, where the parts are.
func unitTable(units []*record.ADU, o TableOptions) Table {
	t := Table{Columns: []Column{{Name: "joined", Right: true}, {Name: "bp", Right: true, Drop: 1}, {Name: "source", Min: 8}, {Name: "destination", Min: 8},
		{Name: "created", Drop: 3}, {Name: "sequence", Right: true, Drop: 2}, {Name: "length", Right: true}, {Name: "parts", Right: true},
		{Name: "where", Min: 20, Drop: 4}}}
	for i, u := range units {
		b := u.Bundle
		t.Rows = append(t.Rows, []Cell{{Text: strconv.Itoa(i + 1)}, {Text: strconv.Itoa(int(b.ProtocolVersion))}, {Text: b.Source}, {Text: b.Destination},
			createdCell(b, o), {Text: strconv.FormatUint(b.Sequence, 10)}, {Text: sizeText(b.TotalADULength, o)}, {Text: strconv.Itoa(len(u.Parts))},
			{Text: partsText(u)}})
	}
	return t
}

// maxPartsShown bounds the parts in a cell.
const maxPartsShown = 8

// partsText lists parts: [0..999] s1 active x3 (frame 14).
func partsText(u *record.ADU) string {
	var text []byte
	for i := range u.Parts {
		if i > 0 {
			text = append(text, ", "...)
		}
		if i == maxPartsShown {
			return string(append(text, "and "+strconv.Itoa(len(u.Parts)-i)+" more"...))
		}
		p := &u.Parts[i]
		text = append(strconv.AppendUint(append(text, '['), p.Offset, 10), ".."...)
		text = append(strconv.AppendUint(text, p.Offset+p.Length-1, 10), "] "...)
		text = appendSighting(text, &p.Seen)
	}
	return string(text)
}

// ofTransfer is a cell that is empty where there is no transfer.
func ofTransfer(cell func(t *record.Transfer) Cell) func(*record.Bundle, TableOptions) Cell {
	return func(b *record.Bundle, _ TableOptions) Cell {
		if b.Transfer == nil {
			return Cell{}
		}
		return cell(b.Transfer)
	}
}

// ofBundle is a cell that is empty where the octets are no bundle.
func ofBundle(cell func(*record.Bundle, TableOptions) Cell) func(*record.Bundle, TableOptions) Cell {
	return func(b *record.Bundle, o TableOptions) Cell {
		if b.ProtocolVersion == 0 {
			return Cell{}
		}
		return cell(b, o)
	}
}

// ofPrimary is a cell that is empty where the bundle ends before.
func ofPrimary(cell func(*record.Bundle, TableOptions) Cell) func(*record.Bundle, TableOptions) Cell {
	return func(b *record.Bundle, o TableOptions) Cell {
		if b.ProtocolVersion == 0 || b.Cut {
			return Cell{}
		}
		return cell(b, o)
	}
}

// transferText is a transfer's id; TCPCLv3 has only its number.
func transferText(t *record.Transfer) string {
	if t.Version == 3 {
		return "#" + strconv.FormatUint(t.ImpliedTransferID, 10)
	}
	return strconv.FormatUint(t.TransferID, 10)
}

// createdCell is a local date and time: bundles may be old.
func createdCell(b *record.Bundle, o TableOptions) Cell {
	if !b.HasCreationTime {
		return Cell{Text: "-", Meaning: Muted}
	}
	location, layout := o.Location, "2006-01-02 15:04:05.000"
	if location == nil {
		location = time.Local
	}
	if b.ProtocolVersion == 6 {
		layout = time.DateTime // which has full seconds only
	}
	return Cell{Text: time.Unix(0, b.CreationTime).In(location).Format(layout), Meaning: Muted}
}

// lifetimeText is a lifetime of so many milliseconds.
func lifetimeText(ms uint64) string {
	text := strconv.FormatUint(ms/1000, 10)
	if ms %= 1000; ms > 0 {
		text += "." + strings.TrimRight(strconv.FormatUint(1000+ms, 10)[1:], "0")
	}
	return text + "s"
}

// maxBlockNames bounds the block names in a cell.
const maxBlockNames = 16

// blocksCell names the blocks behind the primary one.
func blocksCell(b *record.Bundle, _ TableOptions) Cell {
	var names []string
	for i := range b.Blocks {
		if !b.Blocks[i].Primary {
			names = append(names, b.Blocks[i].Name)
		}
	}
	if more := len(names) - maxBlockNames; more > 0 {
		names = append(names[:maxBlockNames], "and "+strconv.Itoa(more)+" more")
	}
	return Cell{Text: strings.Join(names, ", ")}
}

func crcCell(b *record.Bundle, _ TableOptions) Cell {
	switch b.CRC {
	case record.CRCValid:
		return Cell{Text: b.CRC, Meaning: Good}
	case record.CRCInvalid:
		return Cell{Text: b.CRC, Meaning: Error}
	}
	return Cell{Text: b.CRC, Meaning: Muted}
}

// remarksCell says what is special about a bundle.
func remarksCell(b *record.Bundle, _ TableOptions) Cell {
	var text []byte
	meaning := Plain
	remark := func(m Meaning, write func(dst []byte) []byte) {
		if len(text) > 0 {
			text = append(text, "; "...)
		}
		text = write(text)
		meaning = max(meaning, m)
	}
	words := func(m Meaning, words string) { remark(m, func(dst []byte) []byte { return append(dst, words...) }) }
	if b.ProtocolVersion == 0 {
		words(Warning, "no bundle")
	} else {
		for _, mark := range bundleMarks(b) {
			words(Warning, mark)
		}
	}
	if t := b.Transfer; t != nil && t.State != record.Complete {
		words(Warning, t.State.String())
	}
	if b.IsFragment {
		remark(Plain, func(dst []byte) []byte { return appendFragment(dst, b) })
	}
	if b.Admin != "" {
		words(Plain, b.Admin)
	}
	for i := range b.Security {
		if o := &b.Security[i]; o.State != record.SecurityUnchecked {
			remark(securityMeaning(o.State), func(dst []byte) []byte {
				dst = strconv.AppendUint(append(append(dst, o.Kind()...), " of block "...), o.Target, 10)
				return append(append(dst, ' '), o.State...)
			})
		}
	}
	if s := b.Links.SubjectSeen; s != nil {
		remark(Plain, func(dst []byte) []byte { return appendSighting(append(dst, "which was in "...), s) })
	}
	if s := b.Links.SeenBefore; s != nil {
		remark(Plain, func(dst []byte) []byte { return appendSighting(append(dst, "seen before in "...), s) })
	}
	return Cell{Text: string(text), Meaning: meaning}
}

// appendSighting appends where a bundle was seen: s1 active x3 (frame 14), in TCPCLv3 s1 active #3 (frame 14).
func appendSighting(dst []byte, s *record.Sighting) []byte {
	if s.Session == 0 {
		return append(dst, s.File...)
	}
	dst = strconv.AppendInt(append(dst, 's'), int64(s.Session), 10)
	dst = append(dst, ' ')
	dst = append(dst, s.From.String()...)
	if s.Implied {
		dst = append(dst, " #"...)
	} else {
		dst = append(dst, " x"...)
	}
	dst = strconv.AppendUint(dst, s.TransferID, 10)
	dst = strconv.AppendUint(append(dst, " (frame "...), s.Frame, 10)
	return append(dst, ')')
}
