// SPDX-License-Identifier: Apache-2.0

package v4

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

func drawExtensions(t *rapid.T) ExtensionList {
	if rapid.Bool().Draw(t, "any octets") {
		return rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "octets")
	}
	l := ExtensionList{}
	for range rapid.IntRange(0, 4).Draw(t, "items") {
		i := Item{Flags: ItemFlags(rapid.Byte().Draw(t, "flags")), Type: rapid.Uint16().Draw(t, "type"),
			Value: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value")}
		l = i.Append(l)
	}
	return l
}

func drawMessage(t *rapid.T) message {
	octet, u64 := rapid.Byte(), rapid.Uint64()
	switch MessageType(rapid.IntRange(1, 7).Draw(t, "message")) {
	case TypeXferSegment:
		s := &XferSegment{Flags: SegmentFlags(octet.Draw(t, "flags")), TransferID: u64.Draw(t, "ID"), DataLength: u64.Draw(t, "length")}
		if s.Flags&SegmentStart != 0 {
			s.Extensions = drawExtensions(t)
		}
		return s
	case TypeXferAck:
		return &XferAck{SegmentFlags(octet.Draw(t, "flags")), u64.Draw(t, "ID"), u64.Draw(t, "length")}
	case TypeXferRefuse:
		return &XferRefuse{RefuseReason(octet.Draw(t, "reason")), u64.Draw(t, "ID")}
	case TypeSessTerm:
		return &SessTerm{TermFlags(octet.Draw(t, "flags")), TermReason(octet.Draw(t, "reason"))}
	case TypeMsgReject:
		return &MsgReject{RejectReason(octet.Draw(t, "reason")), MessageType(octet.Draw(t, "type"))}
	case TypeSessInit:
		return &SessInit{rapid.Uint16().Draw(t, "keepalive"), u64.Draw(t, "segment MRU"), u64.Draw(t, "transfer MRU"),
			rapid.SliceOfN(octet, 0, 300).Draw(t, "node ID"), drawExtensions(t)}
	default:
		return &Keepalive{}
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

func TestContactHeaderParsesAndAppendsAlike(t *testing.T) {
	for octets, want := range map[string]ContactHeader{
		"64746e210401": {4, ContactCanTLS}, "64746e210400": {4, 0}, "64746e2104ff": {4, 0xff},
	} {
		in := unhex(t, octets)
		var h ContactHeader
		if n, err := h.Parse(append(in, 0x07)); n != 6 || err != nil || h != want {
			t.Errorf("%s: %d, %v, %+v", octets, n, err, h)
		}
		if got := h.Append(nil); !bytes.Equal(got, in) || h.Len() != len(in) {
			t.Errorf("%s: appended %x, Len %d", octets, got, h.Len())
		}
	}
}

func TestContactHeaderIsOfVersion4EvenWhenItSaysOtherwise(t *testing.T) {
	h := ContactHeader{Version: 9, Flags: ContactCanTLS}
	if got := h.Append(nil); string(got) != "dtn!\x04\x01" {
		t.Errorf("appended %x", got)
	}
}

func TestContactHeaderOfAnotherVersionOrNoneIsAnError(t *testing.T) {
	for _, c := range []struct {
		in      string
		want    wire.Error
		version uint8
	}{
		{"dtn!\x03", wire.Error{Kind: wire.BadVersion, Offset: 4, Value: 3}, 3},
		{"dtn!\x05\x00", wire.Error{Kind: wire.BadVersion, Offset: 4, Value: 5}, 5},
		{"dtx", wire.Error{Kind: wire.BadMagic, Offset: 2, Value: 'x'}, 0},
		{"\x05\x00\x04", wire.Error{Kind: wire.BadMagic, Offset: 0, Value: 5}, 0},
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
		if unknown == MessageType(octet).Assigned() || m.Type != MessageType(octet) {
			t.Errorf("type %#02x: %v", octet, err)
		}
	}
}

func TestListAlwaysReadsTheListOfASegmentWithoutStart(t *testing.T) {
	const data = "fragTwo "
	in := append(unhex(t, "01 01 0000000000000005 00000000 0000000000000008"), data...)
	m := Message{ListAlways: true}
	n, err := m.Parse(in)
	want := XferSegment{SegmentEnd, 5, ExtensionList{}, uint64(len(data))}
	if diff := cmp.Diff(want, m.XferSegment); err != nil || string(in[n:]) != data || diff != "" {
		t.Errorf("%d, %v, %s", n, err, diff)
	}
	checkPrefixes(t, in[:n], m.Parse)

	// By the letter of the RFC the same octets are a segment of no data, and half of its length comes too late.
	m.ListAlways = false
	if n, err = m.Parse(in); err != nil || n != 18 || m.XferSegment.DataLength != 0 {
		t.Errorf("%d, %v, %+v", n, err, m.XferSegment)
	}
}

func TestSegmentWithoutStartForgetsTheListOfTheOneBefore(t *testing.T) {
	var m Message
	for _, in := range []string{"01 02 0000000000000001 00000003 ffffff 0000000000000000", "01 00 0000000000000001 0000000000000000"} {
		if _, err := m.Parse(unhex(t, in)); err != nil {
			t.Fatal(err)
		}
	}
	if m.XferSegment.Extensions != nil {
		t.Errorf("got %x", m.XferSegment.Extensions)
	}
}

func TestHugeExtensionListIsOnlyShort(t *testing.T) {
	var m Message
	_, err := m.Parse(unhex(t, "01 02 0000000000000001 ffffffff 0000000000000000"))
	if err != wire.ShortBy(math.MaxUint32) {
		t.Errorf("segment: %v", err)
	}
	_, err = m.Parse(unhex(t, "07 0000 0000000000000000 0000000000000000 0000 ffffffff"))
	if err != wire.ShortBy(math.MaxUint32) {
		t.Errorf("init: %v", err)
	}
}

func TestWhatHasNoRoomIsLeftOutWhole(t *testing.T) {
	s := &XferSegment{Flags: SegmentEnd, TransferID: 1, Extensions: AppendTransferLength(nil, 0, 5), DataLength: 5}
	if got, want := s.Append(nil), unhex(t, "01 01 0000000000000001 0000000000000005"); !bytes.Equal(got, want) || s.Len() != len(want) {
		t.Errorf("segment: %x, Len %d", got, s.Len())
	}
	for length, left := range map[int]int{MaxNodeIDLen: MaxNodeIDLen, MaxNodeIDLen + 1: 0} {
		i := &SessInit{NodeID: make([]byte, length)}
		if got := i.Append(nil); len(got) != 25+left || i.Len() != len(got) {
			t.Errorf("node ID of %d: %d octets, Len %d", length, len(got), i.Len())
		}
	}
	for length, left := range map[int]int{MaxItemLen: 5 + MaxItemLen, MaxItemLen + 1: 0} {
		i := &Item{Value: make([]byte, length)}
		if got := i.Append(nil); len(got) != left {
			t.Errorf("item of %d: %d octets", length, len(got))
		}
	}
}

func TestCloneOutlivesTheOctetsParsed(t *testing.T) {
	b := unhex(t, initPrefix+"0000000701000a00020506")
	var m Message
	if _, err := m.Parse(b); err != nil {
		t.Fatal(err)
	}
	init := m.SessInit.Clone()
	clear(b)
	if diff := cmp.Diff(sessInit("\x01\x00\x0a\x00\x02\x05\x06"), &init); diff != "" {
		t.Error(diff)
	}
	b = unhex(t, "01 02 0000000000000001 00000003 616263 0000000000000000")
	if _, err := m.Parse(b); err != nil {
		t.Fatal(err)
	}
	seg := m.XferSegment.Clone()
	clear(b)
	if string(seg.Extensions) != "abc" {
		t.Errorf("got %q", seg.Extensions)
	}
}

func TestAppendingToAViewLeavesTheStreamAlone(t *testing.T) {
	b := unhex(t, initPrefix+"0000000c 01000a00020506 01000f0000"+"04")
	before := bytes.Clone(b)
	var m Message
	if _, err := m.Parse(b); err != nil {
		t.Fatal(err)
	}
	_ = append(m.SessInit.NodeID, 0xee)
	_ = append(m.SessInit.Extensions, 0xee)
	items := m.SessInit.Extensions.Items()
	items.Next()
	_ = append(items.Item().Value, 0xee)
	if !bytes.Equal(b, before) {
		t.Errorf("got %x", b)
	}
}
