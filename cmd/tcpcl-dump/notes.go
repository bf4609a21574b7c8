// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// noteNothingFound tells why there may be nothing to show; kept is nil where no filter left packets out.
func noteNothingFound(w io.Writer, files []string, sum *dissect.Summary, kept *filtered) {
	what := fmt.Sprintf("no TCPCL in %d packets", sum.Packets)
	hint := "nothing in them is TCP"
	d := &sum.Decode
	switch {
	case sum.Packets == 0 && kept != nil && kept.left > 0:
		what, hint = "no TCPCL", fmt.Sprintf("-f takes none of %d packets", kept.left)
	case sum.Packets == 0:
		what, hint = "no packets", ""
	case sum.Connections > 0:
		hint = fmt.Sprintf("none of %d TCP connections speaks it; give -d tcp.port==N,tcpcl if you know better", sum.Connections)
	case len(d.UnsupportedLink) > 0:
		hint = "link types that are not read: " + linkTypes(d)
	case d.Truncated > 0:
		hint = fmt.Sprintf("%d packets were cut short by the snap length", d.Truncated)
	case d.Malformed+d.NestingTooDeep > 0:
		hint = fmt.Sprintf("%d packets are malformed", d.Malformed+d.NestingTooDeep)
	case d.FragmentsIncomplete > 0:
		hint = fmt.Sprintf("%d fragmented packets lack a fragment", d.FragmentsIncomplete)
	}
	if hint != "" {
		what += "; " + hint
	}
	fmt.Fprintf(w, "tcpcl-dump: %s: %s\n", strings.Join(files, ", "), what)
}

// linkTypes lists the link types that were passed over, in order.
func linkTypes(d *reassembly.DecodeStats) string {
	var list []string
	for _, n := range unsupported(d) {
		list = append(list, fmt.Sprintf("%s (%d packets)", n.Type, n.Count))
	}
	return strings.Join(list, ", ")
}

// unsupported counts the packets of link types that are not read, by number in order.
func unsupported(d *reassembly.DecodeStats) []record.Count {
	var list []record.Count
	for link, packets := range d.UnsupportedLink {
		list = append(list, record.Count{Type: fmt.Sprint(uint16(link)), Count: packets})
	}
	slices.SortFunc(list, func(a, b record.Count) int { return strings.Compare(a.Type, b.Type) })
	return list
}
