// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/ledger"
	"github.com/dtn-tools/tcpcl/internal/render"
)

func newBundles() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundles [flags] [CAPTURE|BUNDLE...]",
		Short: "List the bundles: source, destination, time, blocks, CRCs, fragments",
		Long: "List the bundles of the captures, a line each, in the order of the frames that hold their last octets: what each says of\n" +
			"itself, whether its CRCs are right, where the same bundle was seen before, and of which bundle a status report speaks. Of a\n" +
			"transfer that is not complete the bundle is shown as far as it is there. A file that is a bundle itself is listed too, before\n" +
			"the captures. With -q the table has only sums.",
		Example: "  tcpcl-dump bundles capture.pcap\n" +
			"  tcpcl-dump bundles bundles/*.bundle\n" +
			"  tcpcl-dump bundles -T ndjson capture.pcap | jq 'select(.crc == \"invalid\" or .problems)'",
		Args: cobra.ArbitraryArgs,
	}
	v := new(bundles)
	v.view = newView(cmd, func(f *pflag.FlagSet) {
		wideFlag(&v.wide)(f)
		f.BoolVar(&v.unhashed, "no-sha256", false, "leave out the SHA-256 of bundles, which takes longer than all the rest")
	}, "table", "json", "ndjson", "csv")
	cmd.Flags().Lookup("quiet").Usage = "in the table only the figures over all bundles, and no notes on standard error"
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if v.quiet && v.format.value == "table" {
			return v.totals(args)
		}
		return v.show(args)
	}
	return cmd
}

// bundles is the view of bundles.
type bundles struct {
	*view
	wide, unhashed bool
}

func (v *bundles) show(args []string) error {
	names, err := v.files(args)
	if err != nil {
		return err
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	if err := v.header(out, (*record.Bundle)(nil)); err != nil {
		return ended(err, out.close())
	}
	o := dissect.Options{Want: dissect.BundleList}
	list := &bundleList{table: v.format.value == "table"}
	if list.table {
		list.book = ledger.New(out, list.row)
		list.book.Join(ledger.Joining{Line: list.joinedRow})
	} else {
		list.setFormat(v.format.value, out)
		if !v.unhashed {
			o.Want |= dissect.Hashes
		}
	}
	own, captures := v.ownFiles(names)
	keys, err := v.security.open()
	if err != nil {
		return ended(err, out.close())
	}
	failed := list.read(own, v.ahead, o.Want&dissect.Hashes != 0, keys)
	if len(captures) > 0 && !isOutputError(failed) {
		v.captures = nil // they are in captures
		_, err = v.run(captures, o, list.book, list.newSink)
	}
	var written error
	if list.table {
		written = list.write(out, out.tableOptions(v.wide))
	}
	if n := list.unknown(); n > 0 && !v.quiet {
		fmt.Fprintf(os.Stderr, "tcpcl-dump: %d transfers are not complete, and their beginning is missing: what bundles they were is not known\n", n)
	}
	return ended(errors.Join(failed, err), written, out.close())
}

// setFormat makes the list write one of the formats for machines.
func (l *bundleList) setFormat(format string, out *results) {
	switch format {
	case "csv":
		l.open, l.part = (*record.Bundle).AppendCSVOpen, (*record.Bundle).AppendADUCSVOpen
		l.book = ledger.New(out, func(dst, text []byte, l *record.Links, _ bool) []byte {
			return append(l.AppendCSV(append(dst, text...)), '\n')
		})
		l.book.Join(ledger.Joining{Line: func(dst, text []byte, u *record.ADU) []byte {
			return append(u.AppendCSVRest(append(dst, text...)), '\n')
		}})
	case "json":
		l.open = func(b *record.Bundle, dst []byte) []byte { return b.AppendJSONOpen(append(dst, arrayComma...)) }
		l.part = func(b *record.Bundle, dst []byte) []byte { return b.AppendADUOpen(append(dst, arrayComma...)) }
		l.book = ledger.New(out, func(dst, text []byte, l *record.Links, subject bool) []byte {
			return l.AppendJSON(append(dst, text...), subject)
		})
		l.book.Join(ledger.Joining{Line: func(dst, text []byte, u *record.ADU) []byte { return u.AppendJSONRest(append(dst, text...)) }})
	default:
		l.open, l.part = (*record.Bundle).AppendJSONOpen, (*record.Bundle).AppendADUOpen
		l.book = ledger.New(out, jsonLine)
		l.book.Join(ledger.Joining{Line: joinedJSONLine})
	}
}

// joinedJSONLine completes an application data unit as a line of NDJSON.
func joinedJSONLine(dst, text []byte, u *record.ADU) []byte {
	return append(u.AppendJSONRest(append(dst, text...)), '\n')
}

// jsonLine completes a bundle as a line of NDJSON.
func jsonLine(dst, text []byte, l *record.Links, subject bool) []byte {
	return append(l.AppendJSON(append(dst, text...), subject), '\n')
}

// bundleList makes the list: with open a line at a time, for a table all that is in it.
type bundleList struct {
	book   *ledger.Ledger
	open   func(*record.Bundle, []byte) []byte // appends the text of an entry
	part   func(*record.Bundle, []byte) []byte // appends that for the unit of a fragment
	table  bool
	sinks  []*bundleSink
	order  []bundlePlace
	joined []joinedPlace
	files  bundleSink // those that are files
}

// place says which sink keeps a bundle (0: the one of files), and where.
type place struct{ sink, index uint32 }

// bundlePlace and joinedPlace say what comes next in a table.
type (
	bundlePlace struct {
		place
		links record.Links
	}
	joinedPlace struct {
		place
		unit *record.ADU
	}
)

// bundleSink lists the bundles of one worker.
type bundleSink struct {
	deaf
	list    *bundleList
	scribe  *ledger.Scribe
	out     *dissect.Output
	number  uint32 // in bundleList.sinks, from 1; 0: the one of files
	kept    []*record.Bundle
	unknown int // transfers of which not even that is known what bundle they are
}

func (l *bundleList) newSink(out *dissect.Output) dissect.Sink {
	s := &bundleSink{list: l, scribe: l.book.Scribe(), out: out, number: uint32(len(l.sinks)) + 1}
	l.sinks = append(l.sinks, s)
	return s
}

func (s *bundleSink) Bundle(b *record.Bundle) {
	s.out.Buf = s.entry(s.out.Buf, b, 0)
	s.out.End()
}

func (s *bundleSink) Transfer(t *record.Transfer) {
	if t.State != record.Complete && (t.Bundle == nil || t.Bundle.ProtocolVersion == 0) {
		s.unknown++
	}
}

// entry appends a bundle; file is the number of its file, where it is one.
func (s *bundleSink) entry(dst []byte, b *record.Bundle, file uint32) []byte {
	l := s.list
	if !l.table {
		return s.scribe.Append(dst, ledger.Seen|ledger.Line, b, file, func(dst []byte) []byte { return l.open(b, dst) },
			func(dst []byte) []byte { return l.part(b, dst) })
	}
	c := b.Clone()
	if b.Transfer != nil {
		t := *b.Transfer
		t.SHA256, t.Bundle, t.User = nil, nil, nil
		c.Transfer = &t
	}
	s.kept = append(s.kept, c)
	place := func(dst []byte) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(dst, s.number), uint32(len(s.kept)-1))
	}
	return s.scribe.Append(dst, ledger.Seen|ledger.Line, b, file, place, place)
}

// row takes what entry wrote for a table. The workers may be adding to what they keep: it is looked at when they are done.
func (l *bundleList) row(dst, text []byte, links *record.Links, _ bool) []byte {
	l.order = append(l.order, bundlePlace{place: placeOf(text), links: *links})
	return dst
}

// joinedRow is row for an application data unit.
func (l *bundleList) joinedRow(dst, text []byte, u *record.ADU) []byte {
	l.joined = append(l.joined, joinedPlace{placeOf(text), u})
	return dst
}

func placeOf(text []byte) place {
	return place{binary.LittleEndian.Uint32(text), binary.LittleEndian.Uint32(text[4:])}
}

// write writes the tables, when the workers are done.
func (l *bundleList) write(w io.Writer, o render.TableOptions) error {
	rows := make([]*record.Bundle, len(l.order))
	for i, p := range l.order {
		rows[i] = l.at(p.place)
		rows[i].Links = p.links
	}
	units := make([]*record.ADU, len(l.joined))
	for i, p := range l.joined {
		units[i] = p.unit
		units[i].Bundle = l.at(p.place)
	}
	return render.Bundles(w, rows, units, o)
}

// at gives the bundle at a place.
func (l *bundleList) at(p place) *record.Bundle {
	if p.sink == 0 {
		return l.files.kept[p.index]
	}
	return l.sinks[p.sink-1].kept[p.index]
}

// unknown counts the transfers of which not even that is known what bundle they were.
func (l *bundleList) unknown() (n int) {
	for _, s := range l.sinks {
		n += s.unknown
	}
	return n
}
