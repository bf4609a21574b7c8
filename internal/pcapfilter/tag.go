// SPDX-License-Identifier: Apache-2.0

package pcapfilter

// tag is vlan, mpls or pppoes, with the number it has to have or without. All that is to the right of it in the filter looks at what the
// tag stands before, even behind an "or".
type tag struct {
	number   uint32
	numbered bool
	token    *token
}

func (n *tag) generate(g *generator) condition {
	switch n.token.text {
	case "vlan":
		return n.vlan(g)
	case "mpls":
		return n.mpls(g)
	}
	return n.pppoes(g)
}

func (n *tag) vlan(g *generator) condition {
	if g.labels > 0 || g.kind != ethernetLink && g.kind != bareLink && g.kind != taggedLink {
		return g.impossible(n.token, "there is no vlan behind mpls or pppoes")
	}
	g.vlans++
	if g.tagBeside && g.vlans == 1 {
		if n.numbered {
			return vlanTagIs(n.number)
		}
		return constant(true)
	}
	c := either(g.carries(etherTypeVLAN, n.token), g.carries(etherTypeQinQ, n.token), g.carries(etherTypeQinQOld, n.token))
	if n.numbered {
		c = all(c, masked(loadHalf, g.payload, n.number, 0xfff))
	}
	if g.kind == bareLink {
		g.kind = taggedLink
	}
	g.typeAt = g.payload + 2
	g.payload += 4
	return c
}

func (n *tag) mpls(g *generator) condition {
	var c condition
	switch {
	case g.labels > 0: // the label before must not be the last one
		c = masked(loadByte, g.network()-2, 0, 1)
	case g.kind == ethernetLink || g.kind == ciscoLink || g.kind == bareLink || g.kind == taggedLink:
		c = g.carries(etherTypeMPLS, n.token)
	case g.kind == pppLink:
		const unicast = 0x281
		c = g.carries(unicast, n.token)
	default:
		return g.impossible(n.token, "there is no mpls here")
	}
	if n.numbered {
		c = all(c, masked(loadWord, g.network(), n.number<<12, 0xfffff000))
	}
	g.labels++
	return c
}

func (n *tag) pppoes(g *generator) condition {
	c := g.carries(etherTypePPPoE, n.token)
	if n.numbered {
		c = all(c, masked(loadWord, g.network(), n.number, 0xffff))
	}
	const header = 6
	ppp := g.network() + header
	g.headers = headers{kind: pppLink, link: ppp, typeAt: ppp, payload: ppp + 2}
	return c
}

// vlanTagPresent tests in the kernel whether there is a VLAN tag beside the packet.
func vlanTagPresent() condition { return equal(loadWord, besideVLANTagPresent, 1) }

// vlanTagIs tests in the kernel the number of the tag beside the packet.
func vlanTagIs(number uint32) condition {
	load := append(at(loadWord, besideVLANTag), Instruction{Op: arithmetic + opAnd, K: 0xfff})
	return &test{load, jumpEqual, number}
}
