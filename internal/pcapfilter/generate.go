// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"encoding/binary"
	"net/netip"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// Ethernet types.
const (
	etherIP   = 0x0800
	etherARP  = 0x0806
	etherRARP = 0x8035
	etherIPv6 = 0x86dd
)

// form is a form that link headers have.
type form struct {
	when  func(a *assembler, yes, no label) // whether a packet has this form; nil: every one has
	proto func(a *assembler, f *form, etherType uint16, yes, no label)
	at    uint32 // where the type is
	base  uint32 // where the header of the network layer begins
	apart bool   // the kernel keeps a VLAN tag that is not in the octets
}

// linkForms returns the forms of a link type, nil if it is not known.
func linkForms(link reassembly.LinkType) []form {
	switch link {
	case reassembly.LinkEthernet:
		return []form{{proto: etherProto, at: 12, base: 14}}
	case reassembly.LinkSLL:
		return []form{{proto: etherProto, at: 14, base: 16}}
	case reassembly.LinkSLL2:
		return []form{{proto: etherProto, at: 0, base: 20}}
	case reassembly.LinkRaw, reassembly.LinkRaw12, reassembly.LinkRaw14, reassembly.LinkIPv4, reassembly.LinkIPv6:
		return []form{{proto: versionProto}}
	case reassembly.LinkNull, reassembly.LinkLoop:
		return []form{{proto: familyProto, base: 4}}
	case reassembly.LinkPPP, reassembly.LinkPPPHDLC:
		return []form{
			{when: func(a *assembler, yes, no label) {
				a.add(opLoad1, 0)
				a.jump(opJumpEqual, 0xff, yes, no) // the address of HDLC framing
			}, proto: pppProto, at: 2, base: 4},
			{proto: pppProto, at: 0, base: 2},
		}
	}
	return nil
}

func etherProto(a *assembler, f *form, etherType uint16, yes, no label) {
	a.add(opLoad2, f.at)
	a.jump(opJumpEqual, uint32(etherType), yes, no)
}

func kernelProto(a *assembler, _ *form, etherType uint16, yes, no label) {
	a.add(opLoad4, kernelProtocol)
	a.jump(opJumpEqual, uint32(etherType), yes, no)
}

func tagApart(a *assembler, yes, no label) {
	a.add(opLoad4, kernelTagPresent)
	a.jump(opJumpEqual, 1, yes, no)
}

// versionProto tells by the version of the IP header.
func versionProto(a *assembler, f *form, etherType uint16, yes, no label) {
	version, ok := map[uint16]uint32{etherIP: 0x40, etherIPv6: 0x60}[etherType]
	if !ok {
		a.goTo(no)
		return
	}
	a.add(opLoad1, f.base)
	a.add(opAnd, 0xf0)
	a.jump(opJumpEqual, version, yes, no)
}

// familyProto tells by the address family, in the octet order of whatever machine wrote it.
func familyProto(a *assembler, _ *form, etherType uint16, yes, no label) {
	families := map[uint16][]uint32{etherIP: {2}, etherIPv6: {10, 24, 28, 30}}[etherType]
	if families == nil {
		a.goTo(no)
		return
	}
	a.add(opLoad4, 0)
	var values []uint32
	for _, f := range families {
		values = append(values, f, f<<24)
	}
	a.oneOf(values, yes, no)
}

func pppProto(a *assembler, f *form, etherType uint16, yes, no label) {
	number, ok := map[uint16]uint32{etherIP: 0x21, etherIPv6: 0x57}[etherType]
	if !ok {
		a.goTo(no)
		return
	}
	a.add(opLoad2, f.at)
	a.jump(opJumpEqual, number, yes, no)
}

// oneOf asks whether the accumulator is one of some values.
func (a *assembler) oneOf(values []uint32, yes, no label) {
	for i, v := range values {
		if i == len(values)-1 {
			a.jump(opJumpEqual, v, yes, no)
			return
		}
		next := a.label()
		a.jump(opJumpEqual, v, yes, next)
		a.place(next)
	}
}

// generator generates the code of tests, in the order of the text: a VLAN test changes what follows it.
type generator struct {
	*assembler
	form form
}

// node is a part of a filter: and, or, not, or a test.
type node interface {
	generate(g *generator, yes, no label)
}

func (g *generator) node(n node, yes, no label) { n.generate(g, yes, no) }

type and struct{ a, b node }
type or struct{ a, b node }
type not struct{ a node }

func (n and) generate(g *generator, yes, no label) {
	both := g.label()
	g.node(n.a, both, no)
	g.place(both)
	g.node(n.b, yes, no)
}

func (n or) generate(g *generator, yes, no label) {
	other := g.label()
	g.node(n.a, yes, other)
	g.place(other)
	g.node(n.b, yes, no)
}

func (n not) generate(g *generator, yes, no label) { g.node(n.a, no, yes) }

// etherType asks for what the link header says that follows.
func (g *generator) etherType(t uint16, yes, no label) {
	g.form.proto(g.assembler, &g.form, t, yes, no)
}

// linkTest asks for a protocol by its Ethernet type.
type linkTest struct{ etherType uint16 }

func (t linkTest) generate(g *generator, yes, no label) { g.etherType(t.etherType, yes, no) }

// protoTest asks for a protocol above IP. For IPv6 that is the one that the fixed header names, or a fragment header behind it.
type protoTest struct {
	number   uint8
	ip4, ip6 bool
}

func (t protoTest) generate(g *generator, yes, no label) {
	if t.ip4 {
		is, other := g.label(), no
		if t.ip6 {
			other = g.label()
		}
		g.etherType(etherIP, is, other)
		g.place(is)
		g.add(opLoad1, g.form.base+9)
		g.jump(opJumpEqual, uint32(t.number), yes, no)
		if !t.ip6 {
			return
		}
		g.place(other)
	}
	is, notThere, fragment := g.label(), g.label(), g.label()
	g.etherType(etherIPv6, is, no)
	g.place(is)
	g.add(opLoad1, g.form.base+6)
	g.jump(opJumpEqual, uint32(t.number), yes, notThere)
	g.place(notThere)
	g.jump(opJumpEqual, 44, fragment, no)
	g.place(fragment)
	g.add(opLoad1, g.form.base+40)
	g.jump(opJumpEqual, uint32(t.number), yes, no)
}

// direction says which end of a packet a test is about.
type direction uint8

const (
	srcOrDst direction = iota
	srcAndDst
	srcOnly
	dstOnly
)

// ends asks of the ends that a direction names.
func (g *generator) ends(d direction, src, dst func(yes, no label), yes, no label) {
	other := g.label()
	switch d {
	case srcOnly:
		src(yes, no)
	case dstOnly:
		dst(yes, no)
	case srcAndDst:
		src(other, no)
		g.place(other)
		dst(yes, no)
	default:
		src(yes, other)
		g.place(other)
		dst(yes, no)
	}
}

// netTest asks for addresses of a network.
type netTest struct {
	net     netip.Prefix
	dir     direction
	ip, arp bool // look in IP headers, in ARP and RARP
	rarp    bool
}

func (t netTest) generate(g *generator, yes, no label) {
	address := func(at uint32) func(yes, no label) {
		return func(yes, no label) { g.address(t.net, g.form.base+at, yes, no) }
	}
	if t.net.Addr().Is6() {
		is := g.label()
		g.etherType(etherIPv6, is, no)
		g.place(is)
		g.ends(t.dir, address(8), address(24), yes, no)
		return
	}
	for _, header := range []struct {
		wanted    bool
		etherType uint16
		src, dst  uint32
	}{{t.ip, etherIP, 12, 16}, {t.arp, etherARP, 14, 24}, {t.rarp, etherRARP, 14, 24}} {
		if header.wanted {
			is, other := g.label(), g.label()
			g.etherType(header.etherType, is, other)
			g.place(is)
			g.ends(t.dir, address(header.src), address(header.dst), yes, no)
			g.place(other)
		}
	}
	g.goTo(no)
}

// address asks whether the address at a place is of a network.
func (g *generator) address(net netip.Prefix, at uint32, yes, no label) {
	octets, bits := net.Addr().AsSlice(), net.Bits()
	for i := 0; i < len(octets); i += 4 {
		next := g.label()
		g.add(opLoad4, at+uint32(i))
		if bits < 32 {
			g.add(opAnd, uint32(uint64(1)<<32-uint64(1)<<(32-max(bits, 0))))
		}
		g.jump(opJumpEqual, binary.BigEndian.Uint32(octets[i:]), next, no)
		g.place(next)
		bits -= 32
	}
	g.goTo(yes)
}

// portTest asks for ports from low to high of some protocols.
type portTest struct {
	protocols []uint32
	dir       direction
	low, high uint16
}

func (t portTest) generate(g *generator, yes, no label) {
	is4, not4, is6, first, ports, has := g.label(), g.label(), g.label(), g.label(), g.label(), g.label()
	base := g.form.base
	port := func(op uint16, at uint32) func(yes, no label) {
		return func(yes, no label) {
			g.add(op, at)
			if t.low == t.high {
				g.jump(opJumpEqual, uint32(t.low), yes, no)
				return
			}
			least := g.label()
			g.jump(opJumpAtLeast, uint32(t.low), least, no)
			g.place(least)
			g.jump(opJumpGreater, uint32(t.high), no, yes)
		}
	}
	g.etherType(etherIP, is4, not4)
	g.place(is4)
	g.add(opLoad1, base+9)
	g.oneOf(t.protocols, first, no)
	g.place(first)
	g.add(opLoad2, base+6)
	g.jump(opJumpBits, 0x1fff, no, ports) // no ports in later fragments
	g.place(ports)
	g.add(opLoadHeader, base)
	g.ends(t.dir, port(opLoad2Indirect, base), port(opLoad2Indirect, base+2), yes, no)
	g.place(not4)
	g.etherType(etherIPv6, is6, no)
	g.place(is6)
	g.add(opLoad1, base+6)
	g.oneOf(t.protocols, has, no)
	g.place(has)
	g.ends(t.dir, port(opLoad2, base+40), port(opLoad2, base+42), yes, no)
}

// vlanTest asks for a VLAN tag, and moves what follows in the text behind it.
type vlanTest struct {
	id    uint16
	hasID bool
}

func (t vlanTest) generate(g *generator, yes, no label) {
	if g.form.apart { // which is why this form was chosen
		g.form.apart = false
		if !t.hasID {
			g.goTo(yes)
			return
		}
		g.add(opLoad4, kernelTag)
	} else {
		tagged, qinq, old := g.label(), g.label(), g.label()
		g.etherType(0x8100, tagged, qinq)
		g.place(qinq)
		g.etherType(0x88a8, tagged, old)
		g.place(old)
		g.etherType(0x9100, tagged, no)
		g.place(tagged)
		tag := g.form.base
		g.form.proto, g.form.at, g.form.base = etherProto, tag+2, tag+4
		if !t.hasID {
			g.goTo(yes)
			return
		}
		g.add(opLoad2, tag)
	}
	g.add(opAnd, 0xfff)
	g.jump(opJumpEqual, uint32(t.id), yes, no)
}

// lengthTest asks for the length on the wire.
type lengthTest struct {
	atLeast bool // or at most
	n       uint32
}

func (t lengthTest) generate(g *generator, yes, no label) {
	g.add(opLoadLength, 0)
	if t.atLeast {
		g.jump(opJumpAtLeast, t.n, yes, no)
	} else {
		g.jump(opJumpGreater, t.n, no, yes)
	}
}
