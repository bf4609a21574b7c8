// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"io"
	"reflect"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twcache"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/tw"
)

const columnGap = "  "

// TableOptions of tables. The zero value is usable.
type TableOptions struct {
	Theme    *Theme
	Width    int            // columns of the terminal, 0 where the output is none: nothing is dropped or shortened
	Wide     bool           // exact numbers, all columns, whatever the width
	Location *time.Location // of times; nil is time.Local
}

// Column is a column of a Table.
type Column struct {
	Name  string
	Right bool // aligned, for numbers
	Min   int  // columns of the terminal to which it may be shortened, 0: never
	Drop  int  // order in which columns go where there is not enough room, 1 first, 0: never
}

// Cell is a cell of a Table; captured text in it is escaped when it is written.
type Cell struct {
	Text    string
	Meaning Meaning
}

// Table is a bounded table: it is held in memory and written as a whole. Where a terminal is too narrow even with every
// column shortened as far as it may be, columns are dropped in their order until the others fit.
type Table struct {
	Columns []Column
	Rows    [][]Cell // missing cells are empty
}

// Write writes the header and the rows. The error is the writer's.
func (t *Table) Write(w io.Writer, o TableOptions) error { return WriteTables(w, o, *t) }

// WriteTables writes tables one after the other, with an empty line between them. The error is the writer's.
func WriteTables(w io.Writer, o TableOptions, tables ...Table) error {
	var b bytes.Buffer
	// One for all of them, with a cache for hardly any types of cells, as ours are strings: that of a new one, and of each Reset, is
	// memory for ten thousand types.
	types := tablewriter.WithStringerCacheCustom(twcache.NewLRU[reflect.Type, reflect.Value](1))
	writer := tablewriter.NewTable(&b, types, tablewriter.WithRendition(tw.Rendition{
		Borders: tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
		Settings: tw.Settings{
			Separators: tw.Separators{ShowHeader: tw.Off, ShowFooter: tw.Off, BetweenRows: tw.Off, BetweenColumns: tw.Off},
			Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: tw.Off, ShowFooterLine: tw.Off},
		},
	}))
	for i, t := range tables {
		if i > 0 {
			b.WriteByte('\n')
			writer.Reset()
		}
		if err := t.render(writer, o); err != nil {
			return err
		}
	}
	_, err := w.Write(trimLines(b.Bytes()))
	return err
}

func (t *Table) render(writer *tablewriter.Table, o TableOptions) error {
	text := t.escaped()
	widths := t.naturalWidths(text)
	shown := t.fit(widths, o)
	writer.Options(tablewriter.WithConfig(t.config(shown)))
	header := make([]string, len(shown))
	for i, c := range shown {
		header[i] = string(o.Theme.paint(nil, Muted, shorten(t.Columns[c].Name, widths[c])))
	}
	writer.Header(header)
	for r := range text {
		row := make([]string, len(shown))
		for i, c := range shown {
			row[i] = shorten(text[r][c], widths[c])
			if c < len(t.Rows[r]) && t.Rows[r][c].Meaning != Plain {
				row[i] = string(o.Theme.paint(nil, t.Rows[r][c].Meaning, row[i]))
			}
		}
		if err := writer.Append(row); err != nil {
			return err
		}
	}
	return writer.Render()
}

// config is one of a table without lines, whose cells are written as they are.
func (t *Table) config(shown []int) tablewriter.Config {
	align := make([]tw.Align, len(shown))
	for i, c := range shown {
		if align[i] = tw.AlignLeft; t.Columns[c].Right {
			align[i] = tw.AlignRight
		}
	}
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft, PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.Padding{Left: tw.Empty, Right: columnGap, Overwrite: true}},
	}
	return tablewriter.Config{Header: cell, Row: cell, Behavior: tw.Behavior{TrimSpace: tw.Off, TrimLine: tw.Off}}
}

func (t *Table) escaped() [][]string {
	text := make([][]string, len(t.Rows))
	for r, row := range t.Rows {
		text[r] = make([]string, len(t.Columns))
		for c := range min(len(row), len(t.Columns)) {
			text[r][c] = string(AppendEscaped(nil, row[c].Text))
		}
	}
	return text
}

func (t *Table) naturalWidths(text [][]string) []int {
	widths := make([]int, len(t.Columns))
	for c := range t.Columns {
		widths[c] = twwidth.Width(t.Columns[c].Name)
		for r := range text {
			widths[c] = max(widths[c], twwidth.Width(text[r][c]))
		}
	}
	return widths
}

// fit decides which columns are shown and shortens their widths.
func (t *Table) fit(widths []int, o TableOptions) (shown []int) {
	for c := range t.Columns {
		shown = append(shown, c)
	}
	if o.Wide || o.Width <= 0 {
		return shown
	}
	for t.leastWidth(shown, widths) > o.Width {
		worst := -1
		for i, c := range shown {
			if drop := t.Columns[c].Drop; drop > 0 && (worst < 0 || drop < t.Columns[shown[worst]].Drop) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		shown = append(shown[:worst], shown[worst+1:]...)
	}
	excess := len(columnGap)*(len(shown)-1) - o.Width
	for _, c := range shown {
		excess += widths[c]
	}
	for excess > 0 { // the widest of those that may be shortened gives first
		widest := -1
		for _, c := range shown {
			if m := t.Columns[c].Min; m > 0 && widths[c] > m && (widest < 0 || widths[c] > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		excess--
	}
	return shown
}

// leastWidth is the room that columns need when all are shortened as far as they may be.
func (t *Table) leastWidth(shown, widths []int) int {
	least := len(columnGap) * (len(shown) - 1)
	for _, c := range shown {
		if m := t.Columns[c].Min; m > 0 {
			least += min(m, widths[c])
		} else {
			least += widths[c]
		}
	}
	return least
}

func shorten(text string, width int) string {
	if twwidth.Width(text) <= width {
		return text
	}
	return twwidth.Truncate(text, width, "…")
}

// trimLines removes the blanks at the ends of lines, and between them the resets that tablewriter puts after padding.
func trimLines(text []byte) []byte {
	const reset = "\x1b[0m"
	lines := bytes.Split(text, []byte{'\n'})
	for i, line := range lines {
		trimmed := bytes.TrimRight(line, " ")
		for bytes.HasSuffix(trimmed, []byte(reset)) {
			trimmed = bytes.TrimRight(bytes.TrimSuffix(trimmed, []byte(reset)), " ")
		}
		if lines[i] = trimmed; bytes.Contains(line[len(trimmed):], []byte(reset)) {
			lines[i] = append(bytes.Clone(trimmed), reset...)
		}
	}
	return bytes.Join(lines, []byte{'\n'})
}
