// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
)

func newTransfers() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "transfers [flags] [CAPTURE...]",
		Short: "List the transfers: length, segments, acknowledgements, fate",
		Long: "List the transfers of the captures, a line each, with the bundle that each carried. The table is in the order of sessions and of beginning; the other\n" +
			"formats write each transfer as it ends, with the SHA-256 of its data where that is complete.",
		Example: "  tcpcl-dump transfers capture.pcap\n" +
			"  tcpcl-dump transfers --session 2 -T csv capture.pcap > transfers.csv\n" +
			"  tcpcl-dump transfers -T ndjson capture.pcap | jq 'select(.state != \"complete\")'",
		Args: cobra.ArbitraryArgs,
	}
	var wide bool
	v := newView(cmd, wideFlag(&wide), "table", "json", "ndjson", "csv")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if v.format.value == "table" {
			return tables{&transferTable{most: v.mostRows()}}.show(v, args, wide)
		}
		add := rowFormat(v.format.value)
		return v.rows(args, dissect.Transfers|dissect.Hashes|dissect.Bundles, (*record.Transfer)(nil),
			func(o *dissect.Output) dissect.Sink { return &transferRows{rows{out: o, add: add}} }, nil)
	}
	return cmd
}
