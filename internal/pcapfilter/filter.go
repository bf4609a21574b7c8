// SPDX-License-Identifier: Apache-2.0

// Package pcapfilter understands capture filters: the part of libpcap's language (pcap-filter(7)) that chooses packets by their headers.
// A filter is compiled to a classic BPF program, which the Linux kernel runs on packets as they come, and this package on those of files.
//
// The answers are libpcap's: "and" and "or" have the same precedence and associate to the left; a packet that is too short for a test is
// not taken, whatever surrounds the test; ports are looked for in packets that are no later fragments; "vlan" shifts all that stands to its
// right behind the tag.
package pcapfilter

import (
	"fmt"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// Filter is a capture filter. It is never written to.
type Filter struct {
	text string
	root node
}

// String returns the text that the filter was made from.
func (f *Filter) String() string { return f.text }

// Program compiles the filter for packets of a link type as they are in files. The error says that there is none for that type.
func (f *Filter) Program(link reassembly.LinkType) (Program, error) {
	forms := linkForms(link)
	if forms == nil {
		return nil, fmt.Errorf("capture filter %q: packets of link type %d cannot be filtered", f.text, link)
	}
	return f.compile(forms), nil
}

// Kernel compiles the filter for a packet socket of Linux: for Ethernet frames or, if cooked, for packets without their link header
// (SOCK_DGRAM). The kernel keeps the outermost VLAN tag apart from the octets, and the program looks for it there.
func (f *Filter) Kernel(cooked bool) Program {
	inline := linkForms(reassembly.LinkEthernet)[0]
	if cooked {
		inline = form{proto: kernelProto}
	}
	apart := inline
	apart.when, apart.apart = tagApart, true
	return f.compile([]form{apart, inline})
}

// KernelIP is Kernel for sockets whose packets begin with an IP header.
func (f *Filter) KernelIP() Program { return f.compile(linkForms(reassembly.LinkRaw)) }

// compile generates one program out of those for each form that the link headers have.
func (f *Filter) compile(forms []form) Program {
	a := newAssembler()
	for i := range forms {
		next := a.label()
		if forms[i].when != nil {
			yes := a.label()
			forms[i].when(a, yes, next)
			a.place(yes)
		}
		g := generator{a, forms[i]}
		g.node(f.root, accept, reject)
		a.place(next)
	}
	return a.finish()
}

// Matcher applies a filter to packets. It is for one goroutine.
type Matcher struct {
	filter   *Filter
	programs map[reassembly.LinkType]Program
	link     reassembly.LinkType
	program  Program // of link
}

// NewMatcher makes a Matcher.
func NewMatcher(f *Filter) *Matcher {
	return &Matcher{filter: f, programs: map[reassembly.LinkType]Program{}}
}

// Match says whether a packet is taken. The error tells of a link type whose packets cannot be filtered, once; none of them is taken.
func (m *Matcher) Match(p *reassembly.Packet) (bool, error) {
	if m.program == nil || p.Link != m.link {
		program, known := m.programs[p.Link]
		if !known {
			var err error
			if program, err = m.filter.Program(p.Link); err != nil {
				program = Program{{Op: opReturn}}
			}
			m.programs[p.Link] = program
			if err != nil {
				return false, err
			}
		}
		m.link, m.program = p.Link, program
	}
	return m.program.Run(p.Data, p.Length), nil
}
