// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

func newSessions() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sessions [flags] [CAPTURE...]",
		Short: "List the sessions: peers, parameters, transfers, how they ended",
		Long: "List the TCPCL sessions of the captures, a line each, by number: who spoke with whom, what was negotiated, how many\n" +
			"transfers there were and how they fared, how the session ended, and what the capture missed of it.",
		Example: "  tcpcl-dump sessions capture.pcap\n" +
			"  tcpcl-dump sessions --wide monday.pcap.gz tuesday.pcap.gz\n" +
			"  tcpcl-dump sessions -T ndjson capture.pcap | jq 'select(.end == \"reset\")'",
		Args: cobra.ArbitraryArgs,
	}
	var wide bool
	v := newView(cmd, wideFlag(&wide), "table", "json", "ndjson", "csv")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		t := &sessionTable{most: v.mostRows()}
		if v.format.value == "table" {
			return tables{t}.show(v, args, wide)
		}
		if len(v.interfaces) > 0 { // as they end
			add := rowFormat(v.format.value)
			return v.rows(args, dissect.Sessions, (*record.Session)(nil), func(o *dissect.Output) dissect.Sink { return &sessionRows{rows{out: o, add: add}} }, nil)
		}
		return v.rows(args, dissect.Sessions, (*record.Session)(nil), func(*dissect.Output) dissect.Sink { return t.newSink() },
			func(write func(row) error) error {
				all := t.all()
				for i := range all {
					if err := write(&all[i]); err != nil {
						return err
					}
				}
				return nil
			})
	}
	return cmd
}

// wideFlag registers the flag of tables.
func wideFlag(wide *bool) func(*pflag.FlagSet) {
	return func(f *pflag.FlagSet) {
		f.BoolVar(wide, "wide", false, "table with all columns and exact numbers, however narrow the terminal")
	}
}

// rows runs a command in one of the formats for machines. What the sinks collect rather than write, rest writes at the end.
func (v *view) rows(args []string, want dissect.Want, head row, newSink func(*dissect.Output) dissect.Sink, rest func(write func(row) error) error) error {
	if _, err := v.files(args); err != nil {
		return err
	}
	out, err := v.open()
	if err != nil {
		return err
	}
	if err := v.header(out, head); err != nil {
		return ended(err, out.close())
	}
	_, err = v.run(args, dissect.Options{Want: want}, out, newSink)
	if rest == nil {
		return ended(err, out.close())
	}
	add, buffer := rowFormat(v.format.value), []byte(nil)
	failed := rest(func(r row) error {
		buffer = add(buffer[:0], r)
		_, err := out.Write(buffer)
		return err
	})
	return ended(err, failed, out.close())
}
