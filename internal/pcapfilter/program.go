// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"encoding/binary"
	"math"
	"slices"
)

// Instruction is one of classic BPF, as the kernel takes it (struct sock_filter).
type Instruction struct {
	Op     uint16
	Jt, Jf uint8
	K      uint32
}

// Program is a classic BPF program: its last instruction returns, and all jumps go forward.
type Program []Instruction

// The instructions that are generated.
const (
	opLoad4         = 0x20 // A = 4 octets at K
	opLoad2         = 0x28
	opLoad1         = 0x30
	opLoad2Indirect = 0x48 // A = 2 octets at X+K
	opLoadLength    = 0x80 // A = length on the wire
	opLoadHeader    = 0xb1 // X = 4 * (octet at K & 0xf): the length of an IPv4 header
	opAnd           = 0x54
	opJump          = 0x05
	opJumpEqual     = 0x15
	opJumpGreater   = 0x25
	opJumpAtLeast   = 0x35
	opJumpBits      = 0x45
	opReturn        = 0x06
)

// Places of what the kernel knows of a packet besides its octets.
const (
	kernelProtocol   = 0xfffff000 + 0
	kernelTag        = 0xfffff000 + 44
	kernelTagPresent = 0xfffff000 + 48
)

// takeAll is what a program returns for a packet that is taken: how much of it is wanted.
const takeAll = 1 << 18

// All is the program that takes every packet.
func All() Program { return Program{{Op: opReturn, K: takeAll}} }

// Cut returns the program that wants no more than n octets of each packet.
func (p Program) Cut(n int) Program {
	p = slices.Clone(p)
	for i := range p {
		if p[i].Op == opReturn && p[i].K > 0 {
			p[i].K = uint32(n)
		}
	}
	return p
}

// Run says whether a program takes a packet with so many octets on the wire. What only the kernel knows is not there: programs for
// it take nothing here.
func (p Program) Run(data []byte, length int) bool {
	var a, x uint32
	for i := 0; i < len(p); i++ {
		ins := &p[i]
		switch ins.Op {
		case opLoad4:
			if uint64(ins.K)+4 > uint64(len(data)) {
				return false
			}
			a = binary.BigEndian.Uint32(data[ins.K:])
		case opLoad2, opLoad2Indirect:
			at := uint64(ins.K)
			if ins.Op == opLoad2Indirect {
				at += uint64(x)
			}
			if at+2 > uint64(len(data)) {
				return false
			}
			a = uint32(binary.BigEndian.Uint16(data[at:]))
		case opLoad1, opLoadHeader:
			if uint64(ins.K) >= uint64(len(data)) {
				return false
			}
			if ins.Op == opLoad1 {
				a = uint32(data[ins.K])
			} else {
				x = uint32(data[ins.K]&0xf) * 4
			}
		case opLoadLength:
			a = uint32(min(length, math.MaxInt32))
		case opAnd:
			a &= ins.K
		case opJump:
			i += int(ins.K)
		case opJumpEqual:
			i += ins.skip(a == ins.K)
		case opJumpGreater:
			i += ins.skip(a > ins.K)
		case opJumpAtLeast:
			i += ins.skip(a >= ins.K)
		case opJumpBits:
			i += ins.skip(a&ins.K != 0)
		default:
			return ins.K > 0
		}
	}
	return false
}

func (i *Instruction) skip(yes bool) int {
	if yes {
		return int(i.Jt)
	}
	return int(i.Jf)
}

// label is a place that jumps go to, before it is known where that is.
type label int

const (
	accept label = iota
	reject
)

// assembler puts a program together.
type assembler struct {
	code   []pending
	places []int // of labels, in code
}

// pending is an instruction whose jumps are not resolved.
type pending struct {
	Instruction
	yes, no label
	jumps   bool
	far     bool // the places are too far off for the instruction's own fields: it is followed by two jumps
}

func newAssembler() *assembler { return &assembler{places: []int{-1, -1}} }

func (a *assembler) label() label {
	a.places = append(a.places, -1)
	return label(len(a.places) - 1)
}

// place says that a label is here.
func (a *assembler) place(l label) { a.places[l] = len(a.code) }

func (a *assembler) add(op uint16, k uint32) {
	a.code = append(a.code, pending{Instruction: Instruction{Op: op, K: k}})
}

// jump goes to one of two labels, which are both placed further on.
func (a *assembler) jump(op uint16, k uint32, yes, no label) {
	a.code = append(a.code, pending{Instruction: Instruction{Op: op, K: k}, yes: yes, no: no, jumps: true})
}

// goTo goes to a label.
func (a *assembler) goTo(l label) { a.jump(opJump, 0, l, l) }

// finish ends the program and resolves its jumps.
func (a *assembler) finish() Program {
	a.place(reject)
	a.add(opReturn, 0)
	a.place(accept)
	a.add(opReturn, takeAll)
	for {
		starts := a.starts()
		program, near := make(Program, 0, starts[len(a.code)]), true
		for i := range a.code {
			p := &a.code[i]
			here := starts[i] + 1
			if !p.jumps {
				program = append(program, p.Instruction)
				continue
			}
			yes, no := starts[a.places[p.yes]]-here, starts[a.places[p.no]]-here
			ins := p.Instruction
			switch {
			case p.Op == opJump:
				ins.K = uint32(yes)
				program = append(program, ins)
			case p.far:
				ins.Jt, ins.Jf = 0, 1
				program = append(program, ins, Instruction{Op: opJump, K: uint32(yes - 1)}, Instruction{Op: opJump, K: uint32(no - 2)})
			case max(yes, no) > math.MaxUint8:
				p.far, near = true, false
			default:
				ins.Jt, ins.Jf = uint8(yes), uint8(no)
				program = append(program, ins)
			}
		}
		if near {
			return program
		}
	}
}

// starts tells where each instruction will be, and the end.
func (a *assembler) starts() []int {
	starts, at := make([]int, len(a.code)+1), 0
	for i := range a.code {
		starts[i] = at
		if at++; a.code[i].far {
			at += 2
		}
	}
	starts[len(a.code)] = at
	return starts
}
