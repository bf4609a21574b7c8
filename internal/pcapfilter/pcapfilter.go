// SPDX-License-Identifier: Apache-2.0

// Package pcapfilter is the language of capture filters, pcap-filter(7): "tcp port 4556 and net 10.0.0.0/8". A filter is compiled to a
// classic BPF program for each link type, which either the kernel runs for a socket or a Matcher for the packets of files.
//
// What a filter answers is what libpcap's answers, packet for packet, including how it takes "vlan", "mpls" and "pppoes": each moves
// the place of the headers for all that stands to the right of it.
package pcapfilter

import (
	"fmt"
	"net"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// what texts are, in errors.
const what = "capture filter"

// maxText bounds filters, and with them what compiling takes.
const maxText = 64 << 10

// Filter is a filter that was read. It does not change any more.
type Filter struct {
	text string
	root node // nil: every packet
}

// Parse reads a filter. Text that is empty, or only spaces, takes every packet. Names of hosts and of ports are looked up. Errors in
// the text are of type *syntax.Error.
func Parse(text string) (*Filter, error) { return parse(text, names{net.LookupHost, net.LookupPort}) }

// names is how names are looked up, as package net does it.
type names struct {
	host func(name string) (addresses []string, err error)
	port func(network, name string) (port int, err error)
}

// parse is Parse with names looked up in another way.
func parse(text string, known names) (*Filter, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("%s: more than %d octets", what, maxText)
	}
	tokens, err := scan(text)
	if err == nil {
		f := &Filter{text: text}
		p := &parser{tokens: tokens, names: known}
		if f.root, err = p.parse(); err == nil {
			// Some mistakes only show when code is made; Ethernet has everything that filters speak of.
			g := newGenerator(ethernet)
			f.generate(g)
			err = g.err
		}
		if err == nil {
			return f, nil
		}
	}
	err.Text = text
	return nil, err
}

// String returns the text that the filter was read from.
func (f *Filter) String() string { return f.text }

// Program compiles the filter for the packets of files with a link type. What a link type has not, such as Ethernet addresses in packets
// without an Ethernet header, does not match. The error says that nothing is known of the link type.
func (f *Filter) Program(link reassembly.LinkType) (Program, error) {
	h := headersOf(link)
	if h.kind == unknownLink {
		return nil, fmt.Errorf("%s %q: packets of link type %d cannot be filtered", what, f.text, link)
	}
	return assemble(f.generate(newGenerator(h))), nil
}

// Kernel compiles the filter for a packet socket of Linux: for Ethernet frames or, if cooked, for packets without their link header
// (SOCK_DGRAM). The kernel takes the outermost VLAN tag out of packets and keeps it beside them: so a filter with "vlan" is compiled twice,
// for packets with such a tag and for those without.
func (f *Filter) Kernel(cooked bool) Program {
	h := ethernet
	if cooked {
		h = headers{kind: bareLink}
	}
	g := newGenerator(h)
	c := f.generate(g)
	if g.vlans > 0 {
		beside := newGenerator(h)
		beside.tagBeside = true
		c = either(all(vlanTagPresent(), f.generate(beside)), all(not(vlanTagPresent()), c))
	}
	return assemble(c)
}

// KernelIP is Kernel for sockets whose packets begin with an IP header.
func (f *Filter) KernelIP() Program {
	return assemble(f.generate(newGenerator(headersOf(reassembly.LinkRaw))))
}

func (f *Filter) generate(g *generator) condition {
	if f.root == nil {
		return constant(true)
	}
	return f.root.generate(g)
}
