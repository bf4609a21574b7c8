// SPDX-License-Identifier: Apache-2.0

package pcapfilter

// node is a part of a filter. Its parts make their conditions in the order of the text, because tags change what is behind them.
type node interface {
	generate(g *generator) condition
}

type (
	// junction is two conditions with and, or between.
	junction struct {
		both        bool
		left, right node
	}

	negation struct{ of node }

	// networkProtocol is what the link header says is behind it.
	networkProtocol struct {
		etherType uint32
		token     *token
	}

	// ipProtocol is what the IP header says is behind it, in one version of IP or in both.
	ipProtocol struct {
		number uint32
		within *protocol // nil: both
		token  *token
	}

	// lengthLimit is the length of the packet, up to octets or from there on.
	lengthLimit struct {
		octets uint32
		most   bool
	}

	ipv4Hosts struct {
		proto         *protocol // nil: of IP, ARP or RARP
		direction     direction
		address, mask uint32
		token         *token
	}

	ipv6Hosts struct {
		direction     direction
		address, mask [4]uint32
		token         *token
	}

	etherHosts struct {
		direction direction
		address   [6]byte
		token     *token
	}

	ports struct {
		transports []uint32
		direction  direction
		low, high  uint32
		token      *token
	}

	// linkCast is a destination address of Ethernet that is for many.
	linkCast struct {
		broadcast bool
		token     *token
	}

	// multicast is an address of IP that is for many.
	multicast struct {
		proto *protocol
		token *token
	}
)

func (n *junction) generate(g *generator) condition {
	left := n.left.generate(g)
	return combine(n.both, []condition{left, n.right.generate(g)})
}

func (n *negation) generate(g *generator) condition { return not(n.of.generate(g)) }

func (n *networkProtocol) generate(g *generator) condition { return g.carries(n.etherType, n.token) }

func (n *ipProtocol) generate(g *generator) condition {
	var c []condition
	if n.within != protoIP6 {
		c = append(c, all(g.carries(etherTypeIPv4, n.token), equal(loadByte, g.network()+9, n.number)))
	}
	if n.within != protoIP {
		const fragment = 44
		c = append(c, all(g.carries(etherTypeIPv6, n.token), either(equal(loadByte, g.network()+6, n.number),
			all(equal(loadByte, g.network()+6, fragment), equal(loadByte, g.network()+40, n.number)))))
	}
	return either(c...)
}

func (n *lengthLimit) generate(*generator) condition {
	length := []Instruction{{Op: loadLength}}
	if n.most {
		return not(&test{length, jumpGreater, n.octets})
	}
	return &test{length, jumpAtLeast, n.octets}
}

func (n *ipv4Hosts) generate(g *generator) condition {
	addresses := func(etherType, src, dst uint32) condition {
		return all(g.carries(etherType, n.token), n.direction.when(
			masked(loadWord, g.network()+src, n.address, n.mask), masked(loadWord, g.network()+dst, n.address, n.mask)))
	}
	if n.proto != nil && n.proto != protoIP {
		return addresses(n.proto.number, 14, 24)
	}
	c := addresses(etherTypeIPv4, 12, 16)
	if n.proto == nil && g.labels == 0 {
		c = either(c, addresses(etherTypeARP, 14, 24), addresses(etherTypeRARP, 14, 24))
	}
	return c
}

func (n *ipv6Hosts) generate(g *generator) condition {
	address := func(place uint32) condition {
		c := make([]condition, len(n.address))
		for i := range c {
			c[i] = masked(loadWord, g.network()+place+4*uint32(i), n.address[i], n.mask[i])
		}
		return all(c...)
	}
	return all(g.carries(etherTypeIPv6, n.token), n.direction.when(address(8), address(24)))
}

func (n *etherHosts) generate(g *generator) condition {
	if g.kind != ethernetLink {
		return g.impossible(n.token, "there are no Ethernet addresses here")
	}
	return n.direction.when(g.etherAddress(6, n.address), g.etherAddress(0, n.address))
}

// etherAddress compares an Ethernet address.
func (g *generator) etherAddress(place uint32, a [6]byte) condition {
	return all(equal(loadWord, g.link+place+2, uint32(a[2])<<24|uint32(a[3])<<16|uint32(a[4])<<8|uint32(a[5])),
		equal(loadHalf, g.link+place, uint32(a[0])<<8|uint32(a[1])))
}

func (n *ports) generate(g *generator) condition {
	return either(g.ipv6Ports(n), g.ipv4Ports(n))
}

func (g *generator) ipv4Ports(n *ports) condition {
	port := func(place uint32) condition {
		return n.within([]Instruction{{Op: loadXHeader, K: g.network()}, {Op: loadHalf + indirect, K: g.network() + place}})
	}
	return all(g.carries(etherTypeIPv4, n.token), n.transport(g.network()+9), g.firstFragment(), n.direction.when(port(0), port(2)))
}

// ipv6Ports is for packets without extension headers.
func (g *generator) ipv6Ports(n *ports) condition {
	port := func(place uint32) condition { return n.within(at(loadHalf, g.network()+40+place)) }
	return all(g.carries(etherTypeIPv6, n.token), n.transport(g.network()+6), n.direction.when(port(0), port(2)))
}

// transport tests whether the protocol at a place is one of those meant.
func (n *ports) transport(place uint32) condition {
	var c []condition
	for _, number := range n.transports {
		c = append(c, equal(loadByte, place, number))
	}
	return either(c...)
}

// within tests whether what is loaded is a port meant.
func (n *ports) within(load []Instruction) condition {
	if n.low == n.high {
		return &test{load, jumpEqual, n.low}
	}
	return all(&test{load, jumpAtLeast, n.low}, not(&test{load, jumpGreater, n.high}))
}

// firstFragment tests that an IPv4 packet is no later fragment: only the first has the transport header.
func (g *generator) firstFragment() condition {
	const fragmentOffset = 0x1fff
	return not(&test{at(loadHalf, g.network()+6), jumpAnySet, fragmentOffset})
}

func (n *linkCast) generate(g *generator) condition {
	switch {
	case g.kind != ethernetLink:
		return g.impossible(n.token, "there are no Ethernet addresses here")
	case n.broadcast:
		return g.etherAddress(0, [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	}
	return &test{at(loadByte, g.link), jumpAnySet, 1}
}

func (n *multicast) generate(g *generator) condition {
	if n.proto == protoIP6 {
		return all(g.carries(etherTypeIPv6, n.token), equal(loadByte, g.network()+24, 0xff))
	}
	return all(g.carries(etherTypeIPv4, n.token), &test{at(loadByte, g.network()+16), jumpAtLeast, 224})
}
