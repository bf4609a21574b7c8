// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"testing"

	"github.com/dtn-tools/tcpcl/internal/pcapfilter/filtertest"
	"github.com/dtn-tools/tcpcl/internal/syntax"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// FuzzFilter reads any text. Where it is a filter, its programs are valid, for every link type and for sockets, and both machines say the
// same of any packet; where it is none, the error can be shown.
func FuzzFilter(f *testing.F) {
	packets := filtertest.Handmade()[2].Packets
	for i, expression := range filtertest.Expressions() {
		f.Add(expression, packets[i%len(packets)].Data)
	}
	for _, text := range []string{"", "tcp prot 80", "(((", "ip[", "net 10.0.0.0/33", "port \\x", "ether host 1.2.3.4.5.6", "host 1::2.3.4.5", "tcp \xff é"} {
		f.Add(text, []byte{})
	}
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		filter, err := parse(text, few)
		if err != nil {
			e := err.(*syntax.Error)
			if e.What == "" || e.At > e.End || e.End > len(text) {
				t.Fatalf("%+v", e)
			}
			_ = e.Error() // it can be shown
			return
		}
		for link := range reassembly.LinkType(300) {
			program, err := filter.Program(link)
			if err != nil {
				continue
			}
			theirs, err := virtualMachine(t, program).Run(data)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if ours := program.run(data, uint32(len(data))); int(ours) != theirs {
				t.Fatalf("%s: link type %d: %d, the other machine says %d", text, link, ours, theirs)
			}
		}
		for _, program := range []Program{filter.Kernel(false), filter.Kernel(true), filter.KernelIP()} {
			virtualMachine(t, beside{}.with(program))
		}
	})
}
