// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/extract"
	"github.com/dtn-tools/tcpcl/internal/ledger"
	"github.com/dtn-tools/tcpcl/internal/render"
)

func newExtract() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "extract -C DIR [flags] [CAPTURE...]",
		Short: "Write every reconstructed bundle to a file, with a manifest",
		Long: "Write the data of every complete transfer, which is a bundle, to DIR/sNNN-FROM-xNNN.bundle (session, sender, transfer),\n" +
			"and " + extract.ManifestName + " with a line for each file: what the bundle says of itself, where in the capture it comes from, its\n" +
			"length and SHA-256. Application data units that were sent in fragments are joined, to DIR/adu-NNN.payload. The other formats than\n" +
			"the table write the manifest to standard output too.",
		Example: "  tcpcl-dump extract -C bundles capture.pcap\n" +
			"  tcpcl-dump extract -C bundles --partial --session 3 capture.pcap\n" +
			"  tcpcl-dump extract -C bundles -T ndjson capture.pcap | jq -r .sha256",
		Args: cobra.ArbitraryArgs,
	}
	var o extract.Options
	v := newView(cmd, func(f *pflag.FlagSet) {
		f.StringVarP(&o.Dir, "directory", "C", "", "write to `DIR`, which is made where it does not exist")
		f.BoolVar(&o.Partial, "partial", false, "write also what there is of transfers that are not complete, as .partial; what was missed is zero")
		f.BoolVar(&o.Overwrite, "overwrite", false, "replace files that exist")
		f.BoolVar(&o.Unhashed, "no-sha256", false, "leave out the SHA-256 of bundles, which takes as long as all the rest")
	}, "table", "json", "ndjson")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if o.Dir == "" {
			return usage(cmd, "no directory given: -C DIR")
		}
		want := dissect.Data | dissect.BundleList | dissect.Sessions
		if !o.Unhashed {
			want |= dissect.Hashes
		} else if v.jobs == 0 {
			v.jobs = 1 // handing octets to another worker costs more than writing them
		}
		return v.extract(args, want, o)
	}
	return cmd
}

func (v *view) extract(args []string, want dissect.Want, o extract.Options) error {
	if _, err := v.files(args); err != nil {
		return err
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(v.cmd.Context())
	defer cancel()
	o.Workers, o.OnError = v.workers(), func(error) { cancel() }
	e, err := extract.New(o)
	if err != nil {
		return ended(nil, err, out.close())
	}
	var workers []*extraction
	manifest := &tee{manifest: e.Manifest(), name: o.Dir + "/" + extract.ManifestName}
	if v.format.value != "table" {
		manifest.copy = &manifestCopy{out: out, array: v.format.value == "json"}
	}
	book := ledger.New(manifest, jsonLine)
	book.Join(ledger.Joining{Line: joinedJSONLine, Same: e.Same, Whole: func(u *record.ADU) error { return outputFailed(e.Join(u)) }})
	_, err = v.runContext(ctx, args, dissect.Options{Want: want, AsKnown: true}, book, func(out *dissect.Output) dissect.Sink {
		x := &extraction{worker: e.NewWorker(), scribe: book.Scribe(), out: out}
		workers = append(workers, x)
		return x
	})
	var counts extract.Counts
	var rows []extracted
	for _, x := range workers {
		x.worker.Close()
		counts.Add(x.worker.Counts)
		rows = append(rows, x.rows...)
	}
	if e.Err() != nil && v.cmd.Context().Err() == nil {
		err = withoutCancellation(err) // it was us who stopped it
	}
	writing := []error{e.Err(), e.Close()}
	if v.format.value == "table" && !v.quiet {
		writing = append(writing, writeExtracted(out, out.tableOptions(true), rows, counts, e.Joined()))
	}
	if counts.Skipped > 0 && !o.Partial && !v.quiet {
		fmt.Fprintf(os.Stderr, "tcpcl-dump: %d transfers are not complete and were not written; --partial writes what there is of them\n", counts.Skipped)
	}
	return ended(err, append(writing, out.close())...)
}

// withoutCancellation leaves the other errors.
func withoutCancellation(err error) error {
	return errors.Join(slices.DeleteFunc(flatten(err), func(err error) bool { return errors.Is(err, context.Canceled) })...)
}

// extraction writes the bundles of one worker and counts them by session and sender.
type extraction struct {
	deaf
	worker *extract.Worker
	scribe *ledger.Scribe
	out    *dissect.Output
	open   map[int]*[2]extracted
	rows   []extracted
}

// extracted is what came of one sender's transfers.
type extracted struct {
	session int
	from    record.From
	node    string
	counts  extract.Counts
}

func (x *extraction) Data(t *record.Transfer, offset uint64, d []byte) { x.worker.Data(t, offset, d) }

// Bundle notes a bundle when its last octet has come: its file is told later, and others may be before.
func (x *extraction) Bundle(b *record.Bundle) {
	x.out.Buf = x.scribe.Append(x.out.Buf, ledger.Seen, b, 0, nil, nil)
	x.out.End()
}

func (x *extraction) Transfer(t *record.Transfer) {
	before := x.worker.Counts
	if b := x.worker.Transfer(t); b != nil {
		x.out.Buf = x.scribe.Append(x.out.Buf, ledger.Line, b, 0, b.AppendJSONOpen, b.AppendADUOpen)
		x.out.End()
	}
	row := x.open[t.Session]
	if row == nil {
		if x.open == nil {
			x.open = make(map[int]*[2]extracted)
		}
		row = new([2]extracted)
		x.open[t.Session] = row
	}
	side := &row[t.From&1]
	side.from = t.From
	side.counts.Add(x.worker.Counts.Since(before))
}

// Discard leaves out a transfer that a display filter did not choose.
func (x *extraction) Discard(t *record.Transfer) { x.worker.Discard(t) }

func (x *extraction) Session(s *record.Session) {
	x.worker.Session(s)
	row := x.open[s.Session]
	if row == nil {
		return
	}
	delete(x.open, s.Session)
	for i := range row {
		if row[i].counts != (extract.Counts{}) {
			row[i].session, row[i].node = s.Session, s.Peers[i].NodeID
			x.rows = append(x.rows, row[i])
		}
	}
}

// maxExtracted bounds the table: who has more sessions reads the manifest.
const maxExtracted = 50

func writeExtracted(w io.Writer, o render.TableOptions, rows []extracted, total extract.Counts, joined int) error {
	slices.SortFunc(rows, func(a, b extracted) int {
		return cmp.Or(cmp.Compare(a.session, b.session), cmp.Compare(a.from, b.from))
	})
	t := render.Table{Columns: []render.Column{{Name: "session", Right: true}, {Name: "from"}, {Name: "node", Min: 8},
		{Name: "bundles", Right: true}, {Name: "octets", Right: true}, {Name: "partial", Right: true}, {Name: "missed", Right: true},
		{Name: "not written", Right: true}}}
	add := func(session, from, node string, c *extract.Counts) {
		t.Rows = append(t.Rows, []render.Cell{{Text: session}, {Text: from}, {Text: node}, number(c.Bundles), number(c.Octets),
			number(c.Partial), number(c.Missed), number(c.Skipped)})
	}
	shown := min(len(rows), maxExtracted)
	for i := range rows[:shown] {
		add(strconv.Itoa(rows[i].session), rows[i].from.String(), rows[i].node, &rows[i].counts)
	}
	if more := len(rows) - shown; more > 0 {
		t.Rows = append(t.Rows, []render.Cell{{}, {}, {Text: fmt.Sprintf("and %d more rows", more)}})
	}
	add("all", "", "", &total)
	if err := t.Write(w, o); err != nil || joined == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "\napplication data units joined from fragments: %d\n", joined)
	return err
}

// tee writes manifest lines to the manifest and to a copy. When nobody reads the copy any more the manifest goes on.
type tee struct {
	manifest io.Writer
	name     string
	copy     *manifestCopy
}

func (t *tee) Write(b []byte) (int, error) {
	if _, err := t.manifest.Write(b); err != nil {
		return 0, outputFailed(cannotWrite(t.name, err))
	}
	if t.copy != nil {
		if err := t.copy.write(b); err != nil {
			if !isClosedPipe(err) {
				return 0, err
			}
			t.copy = nil
		}
	}
	return len(b), nil
}

// manifestCopy writes whole manifest lines as NDJSON or as elements of a JSON array.
type manifestCopy struct {
	out     *results
	array   bool
	element []byte
}

func (c *manifestCopy) write(b []byte) error {
	if !c.array {
		_, err := c.out.Write(b)
		return err
	}
	c.element = c.element[:0]
	for line := range bytes.Lines(b) {
		c.element = append(append(c.element, arrayComma...), bytes.TrimSuffix(line, []byte{'\n'})...)
	}
	_, err := c.out.Write(c.element)
	return err
}
