// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dtn-tools/tcpcl/wire"
)

func walk(l ExtensionList) (got []Item, err error) {
	items := l.Items()
	for items.Next() {
		got = append(got, items.Item())
	}
	return got, items.Err()
}

func TestItemsOfExtensionLists(t *testing.T) {
	five := Item{Flags: ItemCritical, Type: 10, Length: 2, Value: []byte{5, 6}}
	empty := Item{Flags: 0xfe, Type: 0x8001, Value: []byte{}}
	for _, c := range []struct {
		name, octets string
		want         []Item
		err          *wire.Error
	}{
		{"no items", "", nil, nil},
		{"one item", "01000a00020506", []Item{five}, nil},
		{"empty item last", "01000a00020506 fe80010000", []Item{five, empty}, nil},
		{"empty item first", "fe80010000 01000a00020506", []Item{empty, five}, nil},
		{"header cut", "01000a00020506 fe8001", []Item{five}, &wire.Error{Kind: wire.BadLength, Offset: 7, Value: 5}},
		{"header cut at its last octet", "fe800100", nil, &wire.Error{Kind: wire.BadLength, Offset: 0, Value: 5}},
		{"value cut", "fe80010000 01000a00020506 00000100080000",
			[]Item{empty, five, {Type: 1, Length: 8, Value: []byte{0, 0}}}, &wire.Error{Kind: wire.BadLength, Offset: 12, Value: 13}},
		{"value missing", "010001ffff", []Item{{Flags: ItemCritical, Type: 1, Length: 0xffff, Value: []byte{}}},
			&wire.Error{Kind: wire.BadLength, Offset: 0, Value: 5 + 0xffff}},
	} {
		got, err := walk(unhex(t, c.octets))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		var e *wire.Error
		if errors.As(err, &e); (err != nil) != (c.err != nil) || e != nil && *e != *c.err {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestItemsStayAtTheirEnd(t *testing.T) {
	for _, octets := range []string{"", "fe80010000", "fe8001", "fe80010001"} {
		items := ExtensionList(unhex(t, octets)).Items()
		for items.Next() {
		}
		for range 2 {
			if items.Next() {
				t.Errorf("%s: another item", octets)
			}
		}
	}
}

func TestTransferLength(t *testing.T) {
	for _, c := range []struct {
		name, octets string
		total        uint64
		ok           bool
	}{
		{"no items", "", 0, false},
		{"alone", "01 0001 0008 0000000000000019", 25, true},
		{"not critical, after others", "01 8001 0001 00  00 0001 0008 ffffffffffffffff", 1<<64 - 1, true},
		{"of four octets", "01 0001 0004 00000019", 0, false},
		{"cut", "01 0001 0008 00000000000019", 0, false},
		{"cut to eight octets", "01 0001 0014 0000000000000019", 0, false},
		{"well-formed after one that is not", "01 0001 0000 01 0001 0008 0000000000000007", 7, true},
		{"the first of two", "01 0001 0008 0000000000000001 01 0001 0008 0000000000000002", 1, true},
		{"before a torn item", "01 0001 0008 0000000000000001 ff", 1, true},
	} {
		if total, ok := TransferLength(unhex(t, c.octets)); total != c.total || ok != c.ok {
			t.Errorf("%s: %d, %v", c.name, total, ok)
		}
	}
}

func TestAppendTransferLengthIsFoundAgain(t *testing.T) {
	other := Item{Type: 0x9000, Value: []byte("x")}
	l := AppendTransferLength(other.Append(nil), ItemCritical, 1<<40)
	if total, ok := TransferLength(l); total != 1<<40 || !ok || len(l) != 6+13 {
		t.Errorf("%x: %d, %v", l, total, ok)
	}
	got, err := walk(l)
	if err != nil || len(got) != 2 || got[1].Flags != ItemCritical {
		t.Errorf("%+v, %v", got, err)
	}
}
