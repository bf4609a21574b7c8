// SPDX-License-Identifier: Apache-2.0

package v3

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dtn-tools/tcpcl/wire"
)

// checkPrefixes asserts that each strict prefix of a message is short by no more than it is, and that a reader that gets
// exactly what each ErrShort asks for, from nothing on, arrives exactly at the message's end.
func checkPrefixes(t testing.TB, octets []byte, parse func([]byte) (int, error)) {
	t.Helper()
	for cut := range octets {
		n, err := parse(octets[:cut:cut])
		var short wire.ErrShort
		if n != 0 || !errors.As(err, &short) || short < 1 || int(short) > len(octets)-cut {
			t.Fatalf("%d of the octets %x: %d, %v", cut, octets, n, err)
		}
	}
	have := 0
	for {
		n, err := parse(octets[:have])
		if err == nil {
			if n != len(octets) {
				t.Fatalf("%x: %d octets used", octets, n)
			}
			return
		}
		var short wire.ErrShort
		if !errors.As(err, &short) {
			t.Fatalf("%x: %v", octets[:have], err)
		}
		have += int(short)
	}
}

func drawMessage(t *rapid.T) message {
	nibble, u64 := rapid.Uint8Range(0, 0xf), rapid.Uint64()
	switch MessageType(rapid.IntRange(1, 6).Draw(t, "message")) {
	case TypeDataSegment:
		return &DataSegment{SegmentFlags(nibble.Draw(t, "flags")), u64.Draw(t, "length")}
	case TypeAckSegment:
		return &AckSegment{ReservedFlags(nibble.Draw(t, "flags")), u64.Draw(t, "length")}
	case TypeRefuseBundle:
		return &RefuseBundle{RefuseReason(nibble.Draw(t, "reason"))}
	case TypeShutdown:
		s := &Shutdown{Flags: ShutdownFlags(nibble.Draw(t, "flags"))}
		if s.HasReason() {
			s.Reason = ShutdownReason(rapid.Byte().Draw(t, "reason"))
		}
		if s.HasDelay() {
			s.Delay = u64.Draw(t, "delay")
		}
		return s
	case TypeLength:
		return &Length{ReservedFlags(nibble.Draw(t, "flags")), u64.Draw(t, "length")}
	default:
		return &Keepalive{ReservedFlags(nibble.Draw(t, "flags"))}
	}
}

func TestAnyMessageSurvivesAppendAndParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawMessage(t)
		octets := want.Append(nil)
		if want.Len() != len(octets) {
			t.Fatalf("Len %d of %d octets", want.Len(), len(octets))
		}
		var m Message
		n, err := m.Parse(append(octets[:len(octets):len(octets)], rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "tail")...))
		if err != nil || n != len(octets) {
			t.Fatalf("%d of %d octets, %v", n, len(octets), err)
		}
		if diff := cmp.Diff(want, m.in()); diff != "" {
			t.Fatal(diff)
		}
		for cut := range octets {
			var short wire.ErrShort
			if _, err := m.Parse(octets[:cut:cut]); !errors.As(err, &short) || short < 1 || int(short) > len(octets)-cut {
				t.Fatalf("%d of %d octets: %v", cut, len(octets), err)
			}
		}
	})
}

func TestPaddedNumbersAreTakenAndShowInTheLength(t *testing.T) {
	for octets, want := range map[string]message{
		"12 80808005":         &DataSegment{SegmentStart, 5},
		"20 8000":             &AckSegment{0, 0},
		"60 808101":           &Length{0, 129},
		"53 02 803c":          &Shutdown{both, ShutdownBusy, 60},
		"51 8080808080808000": &Shutdown{ShutdownHasDelay, 0, 0},
	} {
		in := unhex(t, octets)
		var m Message
		n, err := m.Parse(in)
		if diff := cmp.Diff(want, m.in()); err != nil || n != len(in) || n <= want.Len() || diff != "" {
			t.Errorf("%s: %d, %v, Len %d, %s", octets, n, err, want.Len(), diff)
		}
		checkPrefixes(t, in, m.Parse)
	}
}

func TestNumbersThatOverflowAreErrorsAtTheirOffset(t *testing.T) {
	const tooLarge = "82ffffffffffffffff7f"
	for octets, offset := range map[string]int{
		"10" + tooLarge: 1, "20" + tooLarge: 1, "60" + tooLarge: 1, "51" + tooLarge: 1, "5300" + tooLarge: 2,
		"20 80808080808080808080808080808080": 1,
	} {
		var m Message
		n, err := m.Parse(unhex(t, octets))
		var e *wire.Error
		if n != 0 || !errors.As(err, &e) || *e != (wire.Error{Kind: wire.SDNVOverflow, Offset: offset}) {
			t.Errorf("%s: %d, %v", octets, n, err)
		}
	}
	var h ContactHeader
	_, err := h.Parse(unhex(t, "64746e21 03 01 000f"+tooLarge))
	var e *wire.Error
	if !errors.As(err, &e) || *e != (wire.Error{Kind: wire.SDNVOverflow, Offset: 8}) {
		t.Errorf("contact header: %v", err)
	}
}

func TestHugeEIDIsOnlyShort(t *testing.T) {
	var h ContactHeader
	_, err := h.Parse(unhex(t, "64746e21 03 01 000f 81ffffffffffffffff7f 6970"))
	if err != wire.ErrShort(math.MaxInt) {
		t.Errorf("got %v", err)
	}
}

func TestContactHeaderIsOfVersion3EvenWhenItSaysOtherwise(t *testing.T) {
	h := ContactHeader{Version: 9, Flags: ContactAck}
	if got := h.Append(nil); string(got) != "dtn!\x03\x01\x00\x00\x00" {
		t.Errorf("appended %x", got)
	}
}

func TestContactHeaderOfAnotherVersionOrNoneIsAnError(t *testing.T) {
	for _, c := range []struct {
		in      string
		want    wire.Error
		version uint8
	}{
		{"dtn!\x04", wire.Error{Kind: wire.BadVersion, Offset: 4, Value: 4}, 4},
		{"dtn!\x02\x01\x00\x0f\x00", wire.Error{Kind: wire.BadVersion, Offset: 4, Value: 2}, 2},
		{"dtn?", wire.Error{Kind: wire.BadMagic, Offset: 3, Value: '?'}, 0},
	} {
		var h ContactHeader
		n, err := h.Parse([]byte(c.in))
		var e *wire.Error
		if n != 0 || !errors.As(err, &e) || *e != c.want || h.Version != c.version {
			t.Errorf("%q: %d, %v, version %d", c.in, n, err, h.Version)
		}
	}
}

func TestUnassignedTypesAreErrorsFromTheirOneOctet(t *testing.T) {
	for octet := range 256 {
		var m Message
		_, err := m.Parse([]byte{byte(octet)})
		var e *wire.Error
		unknown := errors.As(err, &e) && *e == wire.Error{Kind: wire.UnknownType, Value: uint64(octet)}
		if unknown == MessageType(octet>>4).Assigned() || m.Type != MessageType(octet>>4) {
			t.Errorf("header %#02x: %v", octet, err)
		}
	}
}

func TestWhatHasNoRoomIsLeftOutWhole(t *testing.T) {
	for _, c := range []struct {
		in   message
		want string
	}{
		{&Shutdown{Reason: ShutdownBusy, Delay: 300}, "50"},
		{&Shutdown{Flags: ShutdownHasDelay, Reason: ShutdownBusy, Delay: 300}, "51822c"},
		{&Shutdown{Flags: 0xf0}, "50"},
		{&DataSegment{0xf1, 1}, "1101"},
		{&AckSegment{0xff, 1}, "2f01"},
		{&RefuseBundle{0x12}, "32"},
		{&Keepalive{0x10}, "40"},
		{&Length{0x80, 0}, "6000"},
	} {
		checkAppend(t, c.in, unhex(t, c.want))
	}
}

func TestCloneOutlivesTheOctetsParsed(t *testing.T) {
	b := unhex(t, contacts[0].octets)
	var h ContactHeader
	if _, err := h.Parse(b); err != nil {
		t.Fatal(err)
	}
	kept := h.Clone()
	clear(b)
	if diff := cmp.Diff(contacts[0].want, kept); diff != "" {
		t.Error(diff)
	}
}

func TestAppendingToAViewLeavesTheStreamAlone(t *testing.T) {
	b := unhex(t, contacts[0].octets+"40")
	before := bytes.Clone(b)
	var h ContactHeader
	if _, err := h.Parse(b); err != nil {
		t.Fatal(err)
	}
	_ = append(h.EID, 0xee)
	if !bytes.Equal(b, before) {
		t.Errorf("got %x", b)
	}
}
