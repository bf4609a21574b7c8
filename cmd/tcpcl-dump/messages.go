// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
)

// Octets of each message that are kept for those formats that show them.
const (
	keepForTree   = 64 << 10 // all headers and extension items, and the beginning of the data
	keepForHex    = 4 << 10
	keepForFields = 16 << 20 // data fields: the whole message, within reason
)

// messages is the default view: the list of messages.
type messages struct {
	*view
	fields       []string
	fieldOptions []string
	tree, hex    bool
	protocols    []string
	time         string
	numeric      bool
	lineBuffered bool
	statistics   []string
}

// addMessages makes cmd list messages.
func addMessages(cmd *cobra.Command) {
	v := new(messages)
	v.view = newView(cmd, v.flags, "text", "tree", "hex", "fields", "json", "ndjson", "csv")
	addTime(cmd, &v.time)
	complete(cmd, "statistics", []string{"tcpcl,stat", "tcpcl,sessions", "tcpcl,transfers"})
	complete(cmd, "protocol", render.TreeProtocols)
	complete(cmd, "fields-option", []string{"header=y", "separator=,", "separator=/t", "occurrence=f", "occurrence=l", "aggregator=,", "quote=d"})
	completeFields(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return v.show(args) }
}

func (v *messages) flags(f *pflag.FlagSet) {
	f.BoolVarP(&v.tree, "tree", "V", false, "the same as -T tree")
	f.BoolVarP(&v.hex, "hex", "x", false, "add a hex dump of each message to text or tree")
	f.StringSliceVarP(&v.protocols, "protocol", "O", nil, "the tree with the fields of protocol `NAME` only: "+strings.Join(render.TreeProtocols, ", ")+" (repeatable)")
	f.StringArrayVarP(&v.fields, "field", "e", nil, "with -T fields: show field `NAME` (repeatable); the fields command lists them")
	f.StringArrayVarP(&v.fieldOptions, "fields-option", "E", nil, "with -T fields: `KEY=VALUE` of bom, header, separator, occurrence, aggregator, quote")
	f.BoolVarP(&v.numeric, "numeric", "n", false, "show addresses, not names: the only way there is")
	f.BoolVarP(&v.lineBuffered, "line-buffered", "l", false, "write each message as soon as it is known, not in frame order; so it is where a pipe is shown on a terminal")
	f.StringArrayVarP(&v.statistics, "statistics", "z", nil, "add table `NAME` tcpcl,stat or tcpcl,sessions or tcpcl,transfers (repeatable); with -q instead of the list")
}

func (v *messages) show(args []string) error {
	if _, err := v.files(args); err != nil {
		return err
	}
	if err := v.settle(); err != nil {
		return err
	}
	tables, err := newTables(v.view, v.statistics)
	if err != nil {
		return err
	}
	if v.quiet && len(tables) > 0 {
		return tables.show(v.view, args, false)
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	o := dissect.Options{Want: dissect.Messages}
	newSink, finish, err := v.sink(&o, out)
	if err != nil {
		return errors.Join(err, out.close())
	}
	if v.lineBuffered || out.width > 0 && isPipe(os.Stdin) {
		o.Jobs, o.AsKnown = 1, true
		list := newSink
		newSink = func(o *dissect.Output) dissect.Sink { return &prompt{list(o), o, out} }
	}
	sum, err := v.run(args, tables.want(o), out, tables.sink(newSink))
	return ended(err, finish(), tables.write(out, out.tableOptions(false), &sum), out.close())
}

// settle works out the format from the flags that say it in other words.
func (v *messages) settle() error {
	given := v.cmd.Flags().Changed("format")
	switch {
	case len(v.protocols) > 0 || v.tree:
		for i, name := range v.protocols {
			v.protocols[i] = strings.ToLower(name)
			if !slices.Contains(render.TreeProtocols, v.protocols[i]) {
				return usage(v.cmd, "-O %s: none of the protocols known here: %s", name, strings.Join(render.TreeProtocols, ", "))
			}
		}
		if given && v.format.value != "tree" && v.format.value != "hex" {
			return usage(v.cmd, "-V and -O do not go with -T %s", v.format.value)
		}
		v.hex = v.hex || v.format.value == "hex"
		v.format.value = "tree"
	case v.format.value == "hex":
		v.format.value, v.hex = "text", true
	}
	if v.hex && v.format.value != "text" && v.format.value != "tree" {
		return usage(v.cmd, "-x does not go with -T %s", v.format.value)
	}
	if v.format.value == "fields" && len(v.fields) == 0 {
		return usage(v.cmd, "-T fields needs at least one -e NAME")
	}
	if v.format.value != "fields" && len(v.fields)+len(v.fieldOptions) > 0 {
		return usage(v.cmd, "-e and -E need -T fields")
	}
	if len(v.statistics) > 0 && rowFormat(v.format.value) != nil {
		return usage(v.cmd, "-z does not go with -T %s", v.format.value)
	}
	return nil
}

// sink says how messages are shown. finish is to be called when all have been.
func (v *messages) sink(o *dissect.Options, out *results) (newSink func(*dissect.Output) dissect.Sink, finish func() error, err error) {
	nothing := func() error { return nil }
	switch v.format.value {
	case "json", "ndjson", "csv":
		add := rowFormat(v.format.value)
		newSink = func(o *dissect.Output) dissect.Sink { return &messageRows{rows{out: o, add: add}} }
		return newSink, nothing, v.header(out, (*record.Message)(nil))
	case "fields":
		return v.fieldSink(o, out)
	}
	time, err := render.ParseTimeFormat(v.time)
	if err != nil {
		return nil, nil, usage(v.cmd, "-t: %w", err)
	}
	if time.OneWorker() {
		o.Jobs = 1
	}
	options := render.TextOptions{Time: time, Theme: out.theme, Width: out.width, Protocols: v.protocols}
	o.Want |= dissect.Bundles
	if v.format.value == "tree" {
		o.Want |= dissect.BundleFields
		o.KeepOctets = keepForTree
	} else if v.hex {
		o.KeepOctets = keepForHex
	}
	if v.hex {
		o.Want |= dissect.Data
	}
	return func(o *dissect.Output) dissect.Sink {
		var encoder render.Encoder = render.NewText(options)
		if v.format.value == "tree" {
			encoder = render.NewTree(options)
		}
		if v.hex {
			hex := render.Hex{Encoder: encoder}
			return &hexLines{lines{encoder: hex, out: o}, hex, map[transferKey][]byte{}}
		}
		return &lines{encoder: encoder, out: o}
	}, nothing, nil
}

func (v *messages) fieldSink(o *dissect.Options, out *results) (newSink func(*dissect.Output) dissect.Sink, finish func() error, err error) {
	options, err := render.ParseFieldOptions(v.fieldOptions)
	if err != nil {
		return nil, nil, usage(v.cmd, "-E: %w", err)
	}
	first, err := render.NewFields(v.fields, options)
	if err != nil {
		return nil, nil, usage(v.cmd, "-e: %w", err)
	}
	if first.Bundles() {
		o.Want |= dissect.BundleFields
	}
	if first.Data() {
		o.KeepOctets = keepForFields
	}
	if _, err := out.Write(first.AppendHeader(nil)); err != nil {
		return nil, nil, err
	}
	if first.OneWorker() {
		o.Jobs, o.AsKnown = 1, true // what belongs together is found by the order of each stream
		o.Want |= dissect.Sessions
	}
	newSink = func(o *dissect.Output) dissect.Sink {
		fields := first
		if !first.OneWorker() {
			fields, _ = render.NewFields(v.fields, options) // as above, so that it cannot fail
		}
		return &fieldLines{lines{encoder: fields, out: o}, fields}
	}
	finish = func() error {
		_, err := out.Write(first.Flush(nil))
		return err
	}
	return newSink, finish, nil
}

// lines shows what is in the list of messages with an encoder.
type lines struct {
	deaf
	encoder render.Encoder
	out     *dissect.Output
}

func (l *lines) Message(m *record.Message) {
	l.out.Buf = l.encoder.AppendMessage(l.out.Buf, m)
	l.out.End()
}

func (l *lines) Gap(g *record.Gap) {
	l.out.Buf = l.encoder.AppendGap(l.out.Buf, g)
	l.out.End()
}

func (l *lines) TLS(r *record.TLS) {
	l.out.Buf = l.encoder.AppendTLS(l.out.Buf, r)
	l.out.End()
}

// hexLines shows messages with their octets, and bundles of several segments with theirs.
type hexLines struct {
	lines
	hex   render.Hex
	begun map[transferKey][]byte // the first octets of transfers under way
}

type transferKey struct {
	session int
	from    record.From
	id      uint64
}

func (l *hexLines) Data(t *record.Transfer, offset uint64, d []byte) {
	key := transferKey{t.Session, t.From, t.TransferID + t.ImpliedTransferID} // one of them is 0
	b := l.begun[key]
	if offset == 0 { // an ID may be used again
		b = b[:0]
	}
	if offset == uint64(len(b)) && len(b) < keepForHex {
		l.begun[key] = append(b, d[:min(len(d), keepForHex-len(b))]...)
	}
}

func (l *hexLines) Message(m *record.Message) {
	l.lines.Message(m)
	const start = 0x02
	if m.Bundle == nil || m.Flags&start != 0 { // of a transfer in one segment the message's octets were shown
		return
	}
	key := transferKey{m.Session, m.From, m.TransferID}
	if m.Has&record.HasImpliedTransferID != 0 {
		key.id = m.ImpliedTransferID
	}
	if b := l.begun[key]; len(b) > 0 {
		l.out.Buf = l.hex.AppendBundle(l.out.Buf, b, m.Bundle.Length)
		l.out.End()
	}
}

func (l *hexLines) Transfer(t *record.Transfer) {
	delete(l.begun, transferKey{t.Session, t.From, t.TransferID + t.ImpliedTransferID})
}

// fieldLines shows fields of messages, some of which wait for the end of the session.
type fieldLines struct {
	lines
	fields *render.Fields
}

func (l *fieldLines) Session(s *record.Session) {
	l.out.Buf = l.fields.SessionEnd(l.out.Buf, s)
	l.out.End()
}
