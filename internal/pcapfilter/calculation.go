// SPDX-License-Identifier: Apache-2.0

package pcapfilter

// calculation is a number that is made of the packet.
type calculation interface {
	// checks is what has to hold for the octets that are looked at to be what they are taken for.
	checks(g *generator) condition
	// code leaves the number in A. Of the scratch memory it uses slot and those behind it.
	code(g *generator, slot uint32) []Instruction
}

// slots is how many numbers the scratch memory holds.
const slots = 16

type (
	number uint32

	packetLength struct{}

	negative struct{ of calculation }

	operation struct {
		op          uint16
		left, right calculation
		token       *token
	}

	// octets are one, two or four octets of a header, or behind it.
	octets struct {
		proto  *protocol
		offset calculation
		size   uint32
		token  *token
	}

	comparison struct {
		relation    relation
		left, right calculation
		token       *token
	}
)

func (number) checks(*generator) condition { return constant(true) }

func (n number) code(*generator, uint32) []Instruction {
	return []Instruction{{Op: loadNumber, K: uint32(n)}}
}

func (packetLength) checks(*generator) condition { return constant(true) }

func (packetLength) code(*generator, uint32) []Instruction {
	return []Instruction{{Op: loadLength}}
}

func (n *negative) checks(g *generator) condition { return n.of.checks(g) }

func (n *negative) code(g *generator, slot uint32) []Instruction {
	// Not every machine has an operation for it.
	return append(n.of.code(g, slot), Instruction{Op: arithmetic + opXor, K: ^uint32(0)}, Instruction{Op: arithmetic + opAdd, K: 1})
}

// checks are those of the left operand alone: so libpcap has it.
func (n *operation) checks(g *generator) condition { return n.left.checks(g) }

func (n *operation) code(g *generator, slot uint32) []Instruction {
	code, operand := g.operands(n.left, n.right, slot, n.token)
	return append(code, Instruction{Op: arithmetic + n.op + operand.Op, K: operand.K})
}

// operands leaves one number in A, and the other in X or, where it is constant, in K of what it returns.
func (g *generator) operands(left, right calculation, slot uint32, t *token) (code []Instruction, operand Instruction) {
	code = left.code(g, slot)
	if k, ok := right.(number); ok {
		return code, Instruction{K: uint32(k)}
	}
	if slot >= slots {
		g.impossible(t, "too many operations in one another")
		return code, operand
	}
	code = append(code, Instruction{Op: storeMemory, K: slot})
	code = append(code, right.code(g, slot+1)...)
	return append(code, Instruction{Op: copyToX}, Instruction{Op: loadMemory, K: slot}), Instruction{Op: withX}
}

func (n *octets) checks(g *generator) condition {
	inner := n.offset.checks(g)
	switch {
	case n.proto == protoLink:
		return inner
	case n.proto.kind == networkLayer:
		return all(inner, g.carries(n.proto.number, n.token))
	case n.proto == protoICMP6:
		return all(inner, g.carries(etherTypeIPv6, n.token), equal(loadByte, g.network()+6, protoICMP6.number))
	}
	carried := &ipProtocol{n.proto.number, n.proto.within, n.token}
	return all(g.carries(etherTypeIPv4, n.token), inner, carried.generate(g), g.firstFragment())
}

// farthestOctet is the farthest that is looked for at a fixed place.
const farthestOctet = 0xffff

func (n *octets) code(g *generator, slot uint32) []Instruction {
	load := map[uint32]uint16{1: loadByte, 2: loadHalf, 4: loadWord}[n.size]
	base, transport := g.network(), false
	switch {
	case n.proto == protoLink:
		base = g.link
	case n.proto == protoICMP6:
		const ipv6Header = 40
		base += ipv6Header
	case n.proto.kind == overIP:
		transport = true
	}
	header := Instruction{Op: loadXHeader, K: base}
	if k, ok := n.offset.(number); ok && k <= farthestOctet {
		if transport {
			return []Instruction{header, {Op: load + indirect, K: base + uint32(k)}}
		}
		return at(load, base+uint32(k))
	}
	code := n.offset.code(g, slot)
	if transport {
		if slot >= slots {
			g.impossible(n.token, "too many operations in one another")
			return code
		}
		code = append(code, Instruction{Op: storeMemory, K: slot}, header, Instruction{Op: loadMemory, K: slot},
			Instruction{Op: arithmetic + opAdd + withX})
	}
	return append(code, Instruction{Op: copyToX}, Instruction{Op: load + indirect, K: base})
}

func (n *comparison) generate(g *generator) condition {
	code, operand := g.operands(n.left, n.right, 0, n.token)
	var c condition = &test{code, n.relation.jump + operand.Op, operand.K}
	if n.relation.inverted {
		c = not(c)
	}
	return all(n.left.checks(g), n.right.checks(g), c)
}
