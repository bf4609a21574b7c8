// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
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
			list = append(list, &sessionTable{})
		case "tcpcl,transfers":
			list = append(list, &transferTable{})
		default:
			return nil, usage(v.cmd, "-z %s: the tables are tcpcl,stat and tcpcl,sessions and tcpcl,transfers", name)
		}
	}
	return list, nil
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
	sum, err := v.run(args, t.want(dissect.Options{}), out, t.sink(nil))
	return ended(err, t.write(out, out.tableOptions(wide), &sum), out.close())
}

// sessionTable collects sessions.
type sessionTable struct{ workers []*sessionList }

type sessionList struct {
	deaf
	sessions []record.Session
}

func (t *sessionTable) want() dissect.Want { return dissect.Sessions }

func (t *sessionTable) newSink() dissect.Sink {
	l := new(sessionList)
	t.workers = append(t.workers, l)
	return l
}

func (l *sessionList) Session(s *record.Session) { l.sessions = append(l.sessions, cloneSession(s)) }

// all gives the sessions by number.
func (t *sessionTable) all() []record.Session {
	var all []record.Session
	for _, l := range t.workers {
		all = append(all, l.sessions...)
	}
	slices.SortFunc(all, func(a, b record.Session) int { return cmp.Compare(a.Session, b.Session) })
	return all
}

func (t *sessionTable) write(w io.Writer, o render.TableOptions, _ *dissect.Summary) error {
	return render.Sessions(w, t.all(), o)
}

// transferTable collects transfers.
type transferTable struct{ workers []*transferList }

type transferList struct {
	deaf
	transfers []record.Transfer
}

func (t *transferTable) want() dissect.Want { return dissect.Transfers | dissect.Bundles }

func (t *transferTable) newSink() dissect.Sink {
	l := new(transferList)
	t.workers = append(t.workers, l)
	return l
}

func (l *transferList) Transfer(t *record.Transfer) {
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
	return render.Transfers(w, t.all(), o)
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
