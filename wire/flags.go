// SPDX-License-Identifier: Apache-2.0

package wire

import "fmt"

// FlagBit names one bit of a flags octet.
type FlagBit struct {
	Bit  uint8
	Name string
}

// FlagNames lists, for each value of a flags octet, the names of the bits set in it. Its slices are shared by all
// callers, who must not change them.
type FlagNames [256][]string

// NewFlagNames makes the table in which the given bits come first, in the order given, under their names. The others
// follow in ascending order as "0x40". A list of no names is empty, not nil.
func NewFlagNames(assigned ...FlagBit) *FlagNames {
	order, known := assigned[:len(assigned):len(assigned)], uint8(0)
	for _, f := range assigned {
		known |= f.Bit
	}
	for bit := uint8(1); bit != 0; bit <<= 1 {
		if known&bit == 0 {
			order = append(order, FlagBit{bit, fmt.Sprintf("0x%02x", bit)})
		}
	}
	var table FlagNames
	all := make([]string, 0, 8*len(table)/2) // one array for all: each of eight bits is set in half of the values
	for value := range table {
		start := len(all)
		for _, f := range order {
			if uint8(value)&f.Bit != 0 {
				all = append(all, f.Name)
			}
		}
		table[value] = all[start:len(all):len(all)]
	}
	return &table
}
