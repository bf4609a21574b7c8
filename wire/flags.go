// SPDX-License-Identifier: Apache-2.0

package wire

import "sync/atomic"

// FlagBit names one bit of a flags octet.
type FlagBit struct {
	Bit  uint8
	Name string
}

// FlagNames knows the names of the bits of a flags octet. Its lists are made when first asked for, because all of them would
// cost each start of a program more than the few that real traffic uses. All methods may be called from several goroutines.
type FlagNames struct {
	// Assigned are the bits that have a name, in the order in which they are listed. It must not change after first use.
	Assigned []FlagBit

	lists [256]atomic.Pointer[[]string]
}

// Of lists the names of the bits set in value: assigned ones first, the others behind them in ascending order as "0x40". A
// list of no names is empty, not nil. It allocates only the first time that a value is asked for. The list is shared by
// all callers, who must not change it.
func (n *FlagNames) Of(value uint8) []string {
	if list := n.lists[value].Load(); list != nil {
		return *list
	}
	return n.make(value)
}

// make lists the names for value and keeps them. Two goroutines may do that at once: their lists are the same.
func (n *FlagNames) make(value uint8) []string {
	list, rest := make([]string, 0, 8), value
	for _, f := range n.Assigned {
		if value&f.Bit != 0 {
			list = append(list, f.Name)
			rest &^= f.Bit
		}
	}
	for i, name := range unassigned {
		if rest&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	list = list[:len(list):len(list)] // so that appending to it leaves it alone
	n.lists[value].Store(&list)
	return list
}

// unassigned are the names of bits that have none.
var unassigned = [8]string{"0x01", "0x02", "0x04", "0x08", "0x10", "0x20", "0x40", "0x80"}
