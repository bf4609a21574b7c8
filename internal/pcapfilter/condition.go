// SPDX-License-Identifier: Apache-2.0

package pcapfilter

// condition is what a program tests, from left to right and no further than needed. The order shows: a packet that is too short for a
// test is not taken, whatever would come behind.
type condition interface{ isCondition() }

type (
	// constant is a condition that needs no test.
	constant bool

	// test is instructions that load something, and a jump that compares it.
	test struct {
		load []Instruction
		jump uint16 // with the source of the operand
		k    uint32
	}

	// combination is two conditions of which both or one have to hold.
	combination struct {
		both bool
		a, b condition
	}

	// inverse holds where its condition does not.
	inverse struct{ of condition }
)

func (constant) isCondition()     {}
func (*test) isCondition()        {}
func (*combination) isCondition() {}
func (*inverse) isCondition()     {}

// all holds where all conditions do.
func all(conditions ...condition) condition { return combine(true, conditions) }

// either holds where one condition does.
func either(conditions ...condition) condition { return combine(false, conditions) }

// combine leaves out what is constant, as long as that leaves no test out that would have been made.
func combine(both bool, conditions []condition) condition {
	var c condition = constant(both)
	for _, next := range conditions {
		switch {
		case c == constant(both):
			c = next
		case c == constant(!both) || next == constant(both):
		default:
			c = &combination{both, c, next}
		}
	}
	return c
}

func not(c condition) condition {
	if k, ok := c.(constant); ok {
		return !k
	}
	return &inverse{c}
}

// when chooses one of the two.
func (d direction) when(src, dst condition) condition {
	switch d {
	case source:
		return src
	case destination:
		return dst
	case bothDirections:
		return all(src, dst)
	}
	return either(src, dst)
}
