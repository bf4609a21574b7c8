// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"encoding/binary"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// Matcher applies a filter to packets. It is for one goroutine.
type Matcher struct {
	filter   *Filter
	programs map[reassembly.LinkType]Program
	link     reassembly.LinkType
	current  Program // of link
}

// NewMatcher makes a Matcher.
func NewMatcher(f *Filter) *Matcher {
	return &Matcher{filter: f, programs: map[reassembly.LinkType]Program{}}
}

// Match says whether a packet is taken. The error tells of a link type whose packets cannot be filtered, once; none of them is taken.
func (m *Matcher) Match(p *reassembly.Packet) (bool, error) {
	if m.current == nil || p.Link != m.link {
		if err := m.choose(p.Link); err != nil {
			return false, err
		}
	}
	return m.current.run(p.Data, uint32(p.Length)) != 0, nil
}

// choose takes the program for a link type, which is made when its first packet comes.
func (m *Matcher) choose(link reassembly.LinkType) (err error) {
	program, known := m.programs[link]
	if !known {
		if program, err = m.filter.Program(link); err != nil {
			program = assemble(constant(false))
		}
		m.programs[link] = program
	}
	m.link, m.current = link, program
	return err
}

// run runs the program on the octets captured of a packet, which had a length on the wire. It returns how many octets to take, 0 for none:
// also where the program looks for octets that are not there, or divides by zero.
func (program Program) run(data []byte, length uint32) uint32 {
	var (
		a, x   uint32
		memory [slots]uint32
	)
	for pc := 0; pc < len(program); pc++ {
		in := &program[pc]
		operand := in.K
		if in.Op&withX != 0 {
			operand = x
		}
		switch in.Op {
		case loadWord, loadWord + indirect:
			at := place(in, x)
			if at+4 > uint64(len(data)) {
				return 0
			}
			a = binary.BigEndian.Uint32(data[at:])
		case loadHalf, loadHalf + indirect:
			at := place(in, x)
			if at+2 > uint64(len(data)) {
				return 0
			}
			a = uint32(binary.BigEndian.Uint16(data[at:]))
		case loadByte, loadByte + indirect:
			at := place(in, x)
			if at >= uint64(len(data)) {
				return 0
			}
			a = uint32(data[at])
		case loadXHeader:
			if uint64(in.K) >= uint64(len(data)) {
				return 0
			}
			x = uint32(data[in.K]&0x0f) * 4
		case loadLength:
			a = length
		case loadNumber:
			a = in.K
		case loadMemory:
			a = memory[in.K%slots]
		case storeMemory:
			memory[in.K%slots] = a
		case copyToX:
			x = a
		case jumpAlways:
			pc += int(in.K)
		case jumpEqual, jumpEqual + withX:
			pc += branch(in, a == operand)
		case jumpGreater, jumpGreater + withX:
			pc += branch(in, a > operand)
		case jumpAtLeast, jumpAtLeast + withX:
			pc += branch(in, a >= operand)
		case jumpAnySet:
			pc += branch(in, a&operand != 0)
		case returnNumber:
			return in.K
		default:
			var ok bool
			if a, ok = calculate(in.Op, a, operand); !ok {
				return 0
			}
		}
	}
	return 0
}

// place is where a load looks.
func place(in *Instruction, x uint32) uint64 {
	if in.Op&0x40 != 0 {
		return uint64(in.K) + uint64(x)
	}
	return uint64(in.K)
}

func branch(in *Instruction, taken bool) int {
	if taken {
		return int(in.Jt)
	}
	return int(in.Jf)
}

// calculate does an operation of two operands; ok is false where it has no result.
func calculate(op uint16, a, operand uint32) (result uint32, ok bool) {
	switch op &^ withX {
	case arithmetic + opAdd:
		return a + operand, true
	case arithmetic + opSub:
		return a - operand, true
	case arithmetic + opMul:
		return a * operand, true
	case arithmetic + opDiv:
		if operand == 0 {
			return 0, false
		}
		return a / operand, true
	case arithmetic + opMod:
		if operand == 0 {
			return 0, false
		}
		return a % operand, true
	case arithmetic + opOr:
		return a | operand, true
	case arithmetic + opAnd:
		return a & operand, true
	case arithmetic + opXor:
		return a ^ operand, true
	case arithmetic + opLsh:
		return a << operand, true
	case arithmetic + opRsh:
		return a >> operand, true
	}
	return 0, false
}
