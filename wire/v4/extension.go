// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/dtn-tools/tcpcl/wire"
)

const (
	// MaxExtensionsLen is the length in octets of the longest extension list that a message can hold.
	MaxExtensionsLen = math.MaxUint32
	// MaxItemLen is the length in octets of the longest value that an extension item can hold.
	MaxItemLen = math.MaxUint16

	listLengthLen = 4
	itemHeaderLen = 5
)

// ExtensionList is the octets of a message's extension items, its length field not included. Any octets are one: the
// length field alone says where the message goes on, so that items which do not fit it spoil only themselves.
type ExtensionList []byte

// Item is one extension item of a session (RFC 9174 4.8) or of a transfer (5.2.5):
//
//	+-------+-----------+-------------+-----------+
//	| flags | item type | item length |   value   |
//	|  U8   |    U16    |   U16 = L   | L octets  |
//	+-------+-----------+-------------+-----------+
type Item struct {
	Flags  ItemFlags
	Type   uint16 // see SessionItemName and TransferItemName
	Length uint16 // as announced; more than len(Value) where the item overruns its list. Append does not use it
	Value  []byte // a view
}

// Append appends the item to the list dst, with len(i.Value) as its length.
func (i *Item) Append(dst ExtensionList) ExtensionList {
	if len(i.Value) > MaxItemLen {
		return dst
	}
	dst = append(dst, byte(i.Flags))
	dst = binary.BigEndian.AppendUint16(dst, i.Type)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(i.Value)))
	return append(dst, i.Value...)
}

// Clone returns a copy of the list.
func (l ExtensionList) Clone() ExtensionList { return bytes.Clone(l) }

// Items returns an iterator at the start of the list:
//
//	items := list.Items()
//	for items.Next() {
//		item := items.Item()
//		...
//	}
//	if err := items.Err(); err != nil {
//		...
//	}
func (l ExtensionList) Items() Items { return Items{list: l} }

// Items walks an extension list without allocating.
type Items struct {
	list ExtensionList
	next int // offset of the next item
	item Item
	torn bool // what begins at next, or the item in hand, does not fit the list
	size int  // where torn: the octets that it would take, its header alone where even that is cut
}

// Next goes to the next item and reports whether there is one. The last item may overrun the list: its Length is then
// more than len(Value). Octets at the end that are too few for an item's header give no item, only an error.
func (it *Items) Next() bool {
	rest := it.list[it.next:]
	if it.torn || len(rest) == 0 {
		return false
	}
	if len(rest) < itemHeaderLen {
		it.torn, it.size = true, itemHeaderLen
		return false
	}
	length := binary.BigEndian.Uint16(rest[3:])
	size := itemHeaderLen + int(length)
	end := size
	if size > len(rest) {
		it.torn, it.size, end = true, size, len(rest)
	}
	it.item = Item{
		Flags:  ItemFlags(rest[0]),
		Type:   binary.BigEndian.Uint16(rest[1:]),
		Length: length,
		Value:  rest[itemHeaderLen:end:end],
	}
	if !it.torn {
		it.next += size
	}
	return true
}

// Item returns the item that Next went to; its Value points into the list.
func (it *Items) Item() Item { return it.item }

// Err returns nil if the items met so far fill the list without a remainder or an overrun, and else a *wire.Error of kind
// [wire.BadLength] whose Offset is where in the list the item begins that does not fit, and whose Value is the octets
// that it would take at least. Ask after Next has returned false.
func (it *Items) Err() error {
	if !it.torn {
		return nil
	}
	return &wire.Error{Kind: wire.BadLength, Offset: it.next, Value: uint64(it.size)}
}

// parseExtensions reads the list whose length field is at offset at of b, which is there, and returns it with the offset of
// what follows it. Another after octets of the message, at least, come behind the list.
func parseExtensions(b []byte, at, after int) (l ExtensionList, next int, err error) {
	at += listLengthLen
	need := uint64(at) + uint64(binary.BigEndian.Uint32(b[at-listLengthLen:])) + uint64(after)
	if need > uint64(len(b)) {
		return nil, 0, wire.ShortBy(need - uint64(len(b)))
	}
	next = int(need) - after
	return ExtensionList(b[at:next:next]), next, nil
}

// appendExtensions appends the list with its length.
func appendExtensions(dst []byte, l ExtensionList) []byte {
	l = l.encodable()
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(l)))
	return append(dst, l...)
}

// encodable is the list where it fits its length field, and none else.
func (l ExtensionList) encodable() ExtensionList {
	if uint64(len(l)) > MaxExtensionsLen {
		return nil
	}
	return l
}
