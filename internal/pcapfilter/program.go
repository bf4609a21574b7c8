// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import "slices"

// Instruction is one of classic BPF, as the kernel takes it (struct sock_filter).
type Instruction struct {
	Op     uint16
	Jt, Jf uint8
	K      uint32
}

// Program is a classic BPF program: its last instruction returns, and all jumps go forward.
type Program []Instruction

// Operation codes, as the kernel defines them.
const (
	loadWord     = 0x20 // at a fixed place
	loadHalf     = 0x28
	loadByte     = 0x30
	loadLength   = 0x80
	loadNumber   = 0x00
	loadMemory   = 0x60
	indirect     = 0x20 // added to loadWord, loadHalf and loadByte: X more than the fixed place
	loadXHeader  = 0xb1 // four times the lower four bits of an octet: the length of an IPv4 header
	storeMemory  = 0x02
	arithmetic   = 0x04
	jumpAlways   = 0x05
	jumpEqual    = 0x15
	jumpGreater  = 0x25
	jumpAtLeast  = 0x35
	jumpAnySet   = 0x45
	withX        = 0x08 // added to arithmetic and jumps: the operand is X, not a number
	returnNumber = 0x06
	copyToX      = 0x07
)

// Where programs in the kernel find what is kept beside a packet (linux/filter.h).
const (
	besidePacket         = 0xfffff000 // SKF_AD_OFF
	besideProtocol       = besidePacket + 0
	besideVLANTag        = besidePacket + 44
	besideVLANTagPresent = besidePacket + 48
)

// takeAll is what a program returns for a packet that is taken: how much of it is wanted, more than any packet has.
const takeAll = 1 << 18

// All is the program that takes every packet.
func All() Program { return Program{{Op: returnNumber, K: takeAll}} }

// Cut returns the program that wants no more than n octets of each packet.
func (p Program) Cut(n int) Program {
	p = slices.Clone(p)
	for i := range p {
		if p[i].Op == returnNumber && p[i].K > 0 {
			p[i].K = uint32(n)
		}
	}
	return p
}
