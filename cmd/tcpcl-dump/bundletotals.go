// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/render"
)

// bundleCounts adds up bundles of one version of the Bundle Protocol.
type bundleCounts struct {
	bundles, octets, payload        uint64
	whole, truncated, malformed     uint64
	valid, invalid, none, unchecked uint64 // by what their CRCs say
	fragments, records, problems    uint64 // those that are fragments, have administrative records, have problems
}

func (c *bundleCounts) count(b *record.Bundle) {
	c.bundles++
	c.octets += b.Length
	c.payload += b.PayloadLength
	switch b.Form {
	case record.BundleWhole:
		c.whole++
	case record.BundleTruncated:
		c.truncated++
	case record.BundleMalformed:
		c.malformed++
	}
	switch {
	case b.ProtocolVersion == 0:
	case b.CRC == record.CRCValid:
		c.valid++
	case b.CRC == record.CRCInvalid:
		c.invalid++
	case b.CRC == record.CRCNone:
		c.none++
	default:
		c.unchecked++
	}
	if b.IsFragment {
		c.fragments++
	}
	if b.Admin != "" {
		c.records++
	}
	if len(b.Problems) > 0 {
		c.problems++
	}
}

func (c *bundleCounts) add(o *bundleCounts) {
	c.bundles += o.bundles
	c.octets += o.octets
	c.payload += o.payload
	c.whole += o.whole
	c.truncated += o.truncated
	c.malformed += o.malformed
	c.valid += o.valid
	c.invalid += o.invalid
	c.none += o.none
	c.unchecked += o.unchecked
	c.fragments += o.fragments
	c.records += o.records
	c.problems += o.problems
}

// versions are the rows: octets that are no bundle, BPv6, BPv7.
const versions = 3

func versionRow(b *record.Bundle) int {
	if b.ProtocolVersion == 0 {
		return 0
	}
	return int(b.ProtocolVersion) - 5
}

// bundleTotals adds up the bundles of one worker.
type bundleTotals struct {
	deaf
	counts [versions]bundleCounts
}

func (t *bundleTotals) Transfer(x *record.Transfer) {
	if b := x.Bundle; b != nil && (b.ProtocolVersion != 0 || x.State == record.Complete) {
		t.counts[versionRow(b)].count(b)
	}
}

// totals shows nothing but figures over all bundles.
func (v *bundles) totals(args []string) error {
	names, err := v.files(args)
	if err != nil {
		return err
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	var all bundleTotals
	own, captures := v.ownFiles(names)
	failed := eachBundleFile(own, v.ahead, false, nil, func(b *record.Bundle) error {
		all.counts[versionRow(b)].count(b)
		return nil
	})
	if len(captures) > 0 {
		var workers []*bundleTotals
		v.captures = nil // they are in captures
		_, err = v.run(captures, dissect.Options{Want: dissect.Bundles}, out, func(*dissect.Output) dissect.Sink {
			t := new(bundleTotals)
			workers = append(workers, t)
			return t
		})
		for _, t := range workers {
			for i := range t.counts {
				all.counts[i].add(&t.counts[i])
			}
		}
	}
	return ended(errors.Join(failed, err), all.write(out, out.tableOptions(v.wide)), out.close())
}

func (t *bundleTotals) write(w io.Writer, o render.TableOptions) error {
	table := render.Table{Columns: []render.Column{{Name: "version"}, {Name: "bundles", Right: true}, {Name: "octets", Right: true},
		{Name: "payload", Right: true, Drop: 1}, {Name: "whole", Right: true, Drop: 2}, {Name: "truncated", Right: true}, {Name: "malformed", Right: true},
		{Name: "crc valid", Right: true, Drop: 5}, {Name: "invalid", Right: true}, {Name: "none", Right: true, Drop: 4},
		{Name: "unchecked", Right: true, Drop: 3}, {Name: "fragments", Right: true, Drop: 6}, {Name: "records", Right: true, Drop: 7},
		{Name: "problems", Right: true}}}
	row := func(name string, c *bundleCounts) {
		table.Rows = append(table.Rows, []render.Cell{{Text: name}, number(c.bundles), {Text: o.Size(c.octets)}, {Text: o.Size(c.payload)},
			number(c.whole), number(c.truncated), number(c.malformed), number(c.valid), number(c.invalid), number(c.none), number(c.unchecked),
			number(c.fragments), number(c.records), number(c.problems)})
	}
	var sum bundleCounts
	for i, name := range [versions]string{1: "BPv6", 2: "BPv7", 0: "no bundle"} {
		if c := &t.counts[i]; c.bundles > 0 {
			row(name, c)
			sum.add(c)
		}
	}
	row("all", &sum)
	return table.Write(w, o)
}
