// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"errors"
	"math"
	"math/bits"
	"slices"
	"sync"
	"testing"

	"github.com/dtn-tools/tcpcl/wire"
)

func TestPeekContactReturnsAnyVersion(t *testing.T) {
	for _, version := range []byte{0, 3, 4, 255} {
		got, err := wire.PeekContact([]byte{'d', 't', 'n', '!', version, 0xff})
		if got != version || err != nil {
			t.Errorf("version %d: got %d, %v", version, got, err)
		}
	}
}

func TestPeekContactIsShortForEveryStrictPrefix(t *testing.T) {
	for n := range len(wire.Magic) + 1 {
		_, err := wire.PeekContact([]byte(wire.Magic[:n]))
		if err != wire.ErrShort(5-n) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}

func TestPeekContactNamesTheFirstWrongOctet(t *testing.T) {
	for _, c := range []struct {
		in     string
		offset int
	}{{"c", 0}, {"dd", 1}, {"dtv", 2}, {"dtd", 2}, {"dtnd", 3}, {"dtn?\x04", 3}, {"\x07tn!\x04", 0}, {"DTN!\x04", 0}} {
		_, err := wire.PeekContact([]byte(c.in))
		var e *wire.Error
		if !errors.As(err, &e) || *e != (wire.Error{Kind: wire.BadMagic, Offset: c.offset, Value: uint64(c.in[c.offset])}) {
			t.Errorf("%q: %v", c.in, err)
		}
	}
}

func TestShortByFitsAnInt(t *testing.T) {
	for missing, want := range map[uint64]wire.ErrShort{1: 1, math.MaxInt: math.MaxInt, math.MaxUint64: math.MaxInt} {
		if got := wire.ShortBy(missing); got != want {
			t.Errorf("%d: %d", missing, got)
		}
	}
}

func TestFlagNamesListAssignedBitsFirstAndTheOthersAsHex(t *testing.T) {
	names := wire.FlagNames{Assigned: []wire.FlagBit{{Bit: 2, Name: "START"}, {Bit: 1, Name: "END"}}}
	for value, want := range map[uint8][]string{
		0x00: {},
		0x01: {"END"},
		0x03: {"START", "END"},
		0x44: {"0x04", "0x40"},
		0xff: {"START", "END", "0x04", "0x08", "0x10", "0x20", "0x40", "0x80"},
	} {
		for range 2 { // made, then remembered
			if got := names.Of(value); got == nil || !slices.Equal(got, want) {
				t.Errorf("%#02x: %#v", value, got)
			}
		}
	}
}

func TestEveryValueOfAFlagsOctetNamesEachOfItsBitsOnce(t *testing.T) {
	names := wire.FlagNames{Assigned: []wire.FlagBit{{Bit: 0x80, Name: "HIGH"}, {Bit: 0x01, Name: "LOW"}}}
	for value := range 256 {
		var bits uint8
		for _, name := range names.Of(uint8(value)) {
			bit := map[string]uint8{"HIGH": 0x80, "LOW": 0x01, "0x02": 0x02, "0x04": 0x04, "0x08": 0x08, "0x10": 0x10, "0x20": 0x20,
				"0x40": 0x40}[name]
			if bit == 0 || bits&bit != 0 {
				t.Errorf("%#02x: %q is unknown or there twice", value, name)
			}
			bits |= bit
		}
		if int(bits) != value {
			t.Errorf("%#02x: %q", value, names.Of(uint8(value)))
		}
	}
}

func TestFlagNamesAllocateOnlyOnceForEachValue(t *testing.T) {
	names := wire.FlagNames{Assigned: []wire.FlagBit{{Bit: 1, Name: "END"}}}
	value := uint8(0)
	if n := testing.AllocsPerRun(1000, func() { names.Of(value & 7); value++ }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSeveralGoroutinesMayAskForFlagNamesAtOnce(t *testing.T) {
	names := wire.FlagNames{Assigned: []wire.FlagBit{{Bit: 1, Name: "END"}}}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for value := range 256 {
				if got, want := len(names.Of(uint8(value))), bits.OnesCount8(uint8(value)); got != want {
					t.Errorf("%#02x: %d names", value, got)
				}
			}
		})
	}
	all.Wait()
}

func TestAppendingToFlagNamesLeavesTheTableAlone(t *testing.T) {
	var names wire.FlagNames
	_ = append(names.Of(0x41), "changed")
	_ = append(names.Of(0x41)[:1:1], "changed")
	if !slices.Equal(names.Of(0x41), []string{"0x01", "0x40"}) || cap(names.Of(0x41)) != 2 {
		t.Errorf("got %q", names.Of(0x41))
	}
}

func TestErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&wire.Error{Kind: wire.BadVersion, Offset: 4, Value: 7}, "unsupported version (0x07) at octet 4"},
		{&wire.Error{Kind: wire.Kind(99), Offset: 1}, "Kind(0x63) (0x00) at octet 1"},
		{wire.ErrShort(3), "short by at least 3 octets"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
