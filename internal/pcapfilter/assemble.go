// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"slices"
)

// farthestJump is how many instructions a conditional jump can pass over.
const farthestJump = 255

// assembler makes a program from its end, so that all places to jump to are known. Places are counted from there.
type assembler struct{ reversed Program }

// assemble makes a program that takes the packets for which c holds.
func assemble(c condition) Program {
	if k, ok := c.(constant); ok {
		return Program{{Op: returnNumber, K: result(bool(k))}}
	}
	a := &assembler{reversed: Program{{Op: returnNumber, K: result(false)}, {Op: returnNumber, K: result(true)}}}
	a.add(c, 1, 0)
	slices.Reverse(a.reversed)
	return a.reversed
}

// result is what a program returns.
func result(take bool) uint32 {
	if take {
		return takeAll
	}
	return 0
}

// add puts the code of a condition in front, which goes on at yes where it holds and at no where it does not. It returns where it begins.
func (a *assembler) add(c condition, yes, no int) int {
	switch c := c.(type) {
	case constant:
		if c {
			return yes
		}
		return no
	case *inverse:
		return a.add(c.of, no, yes)
	case *combination:
		if c.both {
			return a.add(c.a, a.add(c.b, yes, no), no)
		}
		return a.add(c.a, yes, a.add(c.b, yes, no))
	case *test:
		return a.test(c, yes, no)
	}
	panic("pcapfilter: a condition of an unknown kind")
}

func (a *assembler) test(t *test, yes, no int) int {
	here := len(a.reversed)
	if here-1-yes >= farthestJump || here-1-no >= farthestJump { // one less: the jumps added for the one make the other farther
		no, yes = a.bridge(no), a.bridge(yes)
		here = len(a.reversed)
	}
	a.reversed = append(a.reversed, Instruction{Op: t.jump, Jt: uint8(here - 1 - yes), Jf: uint8(here - 1 - no), K: t.k})
	for i := range t.load {
		a.reversed = append(a.reversed, t.load[len(t.load)-1-i])
	}
	return len(a.reversed) - 1
}

// bridge puts a jump in front that reaches everything.
func (a *assembler) bridge(to int) int {
	here := len(a.reversed)
	a.reversed = append(a.reversed, Instruction{Op: jumpAlways, K: uint32(here - 1 - to)})
	return here
}
