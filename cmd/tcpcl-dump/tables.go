// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
)

// table is what can only be shown when everything was read.
type table interface {
	want() dissect.Want
	newSink() dissect.Sink // of one worker; not called concurrently
	write(w io.Writer, o render.TableOptions, sum *dissect.Summary) error
	setOngoing(list []record.Session) // what goes on in a live capture, to be shown by the next write
}

// tables are those that a command shows one after the other.
type tables []table

// newTables makes those named as arguments of -z.
func newTables(v *view, names []string) (tables, error) {
	var list tables
	for _, name := range names {
		switch name {
		case "tcpcl,stat", "tcpcl,stats":
			list = append(list, &statsTable{})
		case "tcpcl,sessions":
			list = append(list, &sessionTable{most: v.mostRows()})
		case "tcpcl,transfers":
			list = append(list, &transferTable{most: v.mostRows()})
		default:
			return nil, usage(v.cmd, "-z %s: the tables are tcpcl,stat and tcpcl,sessions and tcpcl,transfers", name)
		}
	}
	return list, nil
}

// mostRows is how many rows are kept, 0 for all.
func (v *view) mostRows() int {
	if len(v.interfaces) > 0 {
		return maxRows
	}
	return 0
}

// want adds what the tables need to what is wanted already.
func (t tables) want(o dissect.Options) dissect.Options {
	for _, one := range t {
		o.Want |= one.want()
	}
	return o
}

// sink adds the tables' sinks to another, which may be nil.
func (t tables) sink(other func(*dissect.Output) dissect.Sink) func(*dissect.Output) dissect.Sink {
	return func(out *dissect.Output) dissect.Sink {
		var all dissect.Sink
		if other != nil {
			all = other(out)
		}
		for _, one := range t {
			if all == nil {
				all = one.newSink()
			} else {
				all = &both{all, one.newSink()}
			}
		}
		return all
	}
}

// write writes the tables, with an empty line before each but the first of all output.
func (t tables) write(out *results, o render.TableOptions, sum *dissect.Summary) error {
	for _, one := range t {
		if out.began {
			if _, err := out.Write([]byte{'\n'}); err != nil {
				return err
			}
		}
		if err := one.write(out, o, sum); err != nil {
			return err
		}
	}
	return nil
}

// show runs a command that shows nothing but tables.
func (t tables) show(v *view, args []string, wide bool) error {
	if _, err := v.files(args); err != nil {
		return err
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	o, newSink := t.want(dissect.Options{}), t.sink(nil)
	if len(v.interfaces) > 0 && out.width > 0 {
		o.Refresh = redrawEvery
		plain := newSink
		s := &screen{tables: t, out: out, wide: wide}
		newSink = func(out *dissect.Output) dissect.Sink {
			s.Sink = plain(out)
			return s
		}
		v.ran = s.clear
		sum, err := v.run(args, o, out, newSink)
		out.began = false
		return ended(err, t.write(out, out.tableOptions(wide), &sum), out.close())
	}
	sum, err := v.run(args, o, out, newSink)
	return ended(err, t.write(out, out.tableOptions(wide), &sum), out.close())
}

// maxRows is how many rows of ended sessions and transfers a live capture keeps, the last ones; it may go on for weeks.
const maxRows = 10_000

// sessionTable collects sessions.
type sessionTable struct {
	workers []*sessionList
	ongoing []record.Session
	most    int // of each worker; 0: all
}

type sessionList struct {
	deaf
	sessions []record.Session
	most     int
	gone     int // in front of sessions
}

func (t *sessionTable) want() dissect.Want { return dissect.Sessions }

func (t *sessionTable) newSink() dissect.Sink {
	l := &sessionList{most: t.most}
	t.workers = append(t.workers, l)
	return l
}

func (l *sessionList) Session(s *record.Session) {
	if l.most > 0 && len(l.sessions) >= 2*l.most {
		l.gone += len(l.sessions) - l.most
		l.sessions = slices.Delete(l.sessions, 0, len(l.sessions)-l.most)
	}
	l.sessions = append(l.sessions, cloneSession(s))
}

func (t *sessionTable) setOngoing(list []record.Session) { t.ongoing = list }

// all gives the sessions by number.
func (t *sessionTable) all() []record.Session {
	var all []record.Session
	for _, l := range t.workers {
		all = append(all, l.sessions...)
	}
	all = append(all, t.ongoing...)
	slices.SortFunc(all, func(a, b record.Session) int { return cmp.Compare(a.Session, b.Session) })
	return all
}

func (t *sessionTable) write(w io.Writer, o render.TableOptions, _ *dissect.Summary) error {
	gone := 0
	for _, l := range t.workers {
		gone += l.gone
	}
	return errors.Join(render.Sessions(w, t.all(), o), writeGone(w, gone, "sessions"))
}

// writeGone says how many rows are not there any more.
func writeGone(w io.Writer, n int, what string) error {
	if n == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "and %d %s before\n", n, what)
	return err
}

// transferTable collects transfers.
type transferTable struct {
	workers []*transferList
	most    int // of each worker; 0: all
}

type transferList struct {
	deaf
	transfers []record.Transfer
	most      int
	gone      int // in front of transfers
}

func (t *transferTable) want() dissect.Want { return dissect.Transfers | dissect.Bundles }

func (t *transferTable) newSink() dissect.Sink {
	l := &transferList{most: t.most}
	t.workers = append(t.workers, l)
	return l
}

// setOngoing has nothing to show: a transfer is told when it is over.
func (t *transferTable) setOngoing([]record.Session) {}

func (l *transferList) Transfer(t *record.Transfer) {
	if l.most > 0 && len(l.transfers) >= 2*l.most {
		l.gone += len(l.transfers) - l.most
		l.transfers = slices.Delete(l.transfers, 0, len(l.transfers)-l.most)
	}
	c := *t
	c.SHA256, c.User = slices.Clone(t.SHA256), nil
	if b := t.Bundle; b != nil { // what a row shows of it
		c.Bundle = &record.Bundle{ProtocolVersion: b.ProtocolVersion, Source: b.Source, Destination: b.Destination, Sequence: b.Sequence, Cut: b.Cut}
	}
	l.transfers = append(l.transfers, c)
}

// all gives the transfers by session, and in each in the order of their first frames.
func (t *transferTable) all() []record.Transfer {
	var all []record.Transfer
	for _, l := range t.workers {
		all = append(all, l.transfers...)
	}
	slices.SortStableFunc(all, func(a, b record.Transfer) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.StartFrame, b.StartFrame), cmp.Compare(a.From, b.From),
			cmp.Compare(a.Serial, b.Serial))
	})
	return all
}

func (t *transferTable) write(w io.Writer, o render.TableOptions, _ *dissect.Summary) error {
	gone := 0
	for _, l := range t.workers {
		gone += l.gone
	}
	return errors.Join(render.Transfers(w, t.all(), o), writeGone(w, gone, "transfers"))
}

func cloneSession(s *record.Session) record.Session {
	c := *s
	for i := range c.Peers {
		p := &c.Peers[i]
		p.FlagNames, p.Messages = slices.Clone(p.FlagNames), slices.Clone(p.Messages)
		p.Refusals, p.Quirks = slices.Clone(p.Refusals), slices.Clone(p.Quirks)
	}
	return c
}
