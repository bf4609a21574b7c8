// SPDX-License-Identifier: Apache-2.0

package v3

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const both = ShutdownHasReason | ShutdownHasDelay

// vectors are messages as others encode them, HDTN's unit tests (V3-n) and ION's and HDTN's traffic, and cases that none of
// them has.
var vectors = []struct {
	name   string
	octets string
	data   string // of a segment; follows octets
	want   message
}{
	{"V3-2", "1315", "74686973206973206120746573742062756e646c65", &DataSegment{SegmentStart | SegmentEnd, 21}},
	{"V3-3 start", "1208", "667261674f6e6520", &DataSegment{SegmentStart, 8}},
	{"V3-3 middle", "1008", "6672616754776f20", &DataSegment{0, 8}},
	{"V3-3 end", "1109", "667261675468726565", &DataSegment{SegmentEnd, 9}},
	{"V3-4", "208191d1ac7f", "", &AckSegment{AckLength: 0x1234567f}},
	{"V3-5", "32", "", &RefuseBundle{RefuseExhausted}},
	{"V3-6", "608df5b6fd6f", "", &Length{TotalLength: 0xdeadbeef}},
	{"V3-7", "40", "", &Keepalive{}},
	{"V3-8", "530287b2d0e410", "", &Shutdown{both, ShutdownBusy, 0x76543210}},
	{"V3-9", "50", "", &Shutdown{}},
	{"V3-10", "5200", "", &Shutdown{ShutdownHasReason, ShutdownIdleTimeout, 0}},
	{"V3-11", "5189c3d9a832", "", &Shutdown{ShutdownHasDelay, 0, 0x98765432}},

	{"never reconnect", "5100", "", &Shutdown{ShutdownHasDelay, 0, 0}},
	{"version mismatch", "530100", "", &Shutdown{both, ShutdownVersionMismatch, 0}},
	{"busy, 60 s", "53023c", "", &Shutdown{both, ShutdownBusy, 60}},
	{"300 s", "51822c", "", &Shutdown{ShutdownHasDelay, 0, 300}},
	{"largest segment", "1081ffffffffffffffff7f", "", &DataSegment{0, 1<<64 - 1}},
	{"empty segment", "1200", "", &DataSegment{SegmentStart, 0}},
	{"reserved bits of a segment", "1f01", "00", &DataSegment{0x0f, 1}},
	{"reserved bits of an ack", "2801", "", &AckSegment{0x08, 1}},
	{"reserved bits of a keepalive", "4f", "", &Keepalive{0x0f}},
	{"reserved bits of a shutdown", "5c", "", &Shutdown{Flags: 0x0c}},
	{"reserved bits of a length", "6101", "", &Length{0x01, 1}},
	{"reserved reason", "3f", "", &RefuseBundle{0xf}},
	{"unassigned reason", "52ff", "", &Shutdown{ShutdownHasReason, 0xff, 0}},
}

var contacts = []struct {
	name   string
	octets string
	want   ContactHeader
}{
	{"V3-1", "64746e210304123410746573742045696420537472696e6721",
		ContactHeader{3, ContactRefusal, 0x1234, []byte("test Eid String!")}},
	{"ION", "64746e21 03 01 000f 07 69706e3a312e30", ContactHeader{3, ContactAck, 15, []byte("ipn:1.0")}},
	{"empty EID", "64746e21 03 ff 0000 00", ContactHeader{3, 0xff, 0, []byte{}}},
	{"long EID", "64746e21 03 00 0000 8148" + strings.Repeat("61", 200), ContactHeader{3, 0, 0, []byte(strings.Repeat("a", 200))}},
}

// message is what all messages have in common.
type message interface {
	Parse(b []byte) (n int, err error)
	Append(dst []byte) []byte
	Len() int
}

// in returns the struct of m that its type names.
func (m *Message) in() message {
	return map[MessageType]message{
		TypeDataSegment: &m.DataSegment, TypeAckSegment: &m.AckSegment, TypeRefuseBundle: &m.RefuseBundle,
		TypeKeepalive: &m.Keepalive, TypeShutdown: &m.Shutdown, TypeLength: &m.Length,
	}[m.Type]
}

func checkAppend(t *testing.T, m message, octets []byte) {
	t.Helper()
	if got := m.Append([]byte("before")); string(got) != "before"+string(octets) {
		t.Errorf("appended %x", got)
	}
	if got := m.Len(); got != len(octets) {
		t.Errorf("Len %d, want %d", got, len(octets))
	}
}

func TestVectorsParseAndAppendAlike(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			octets := unhex(t, v.octets)
			var m Message
			n, err := m.Parse(append(octets, unhex(t, v.data)...))
			if err != nil || n != len(octets) {
				t.Fatalf("%d of %d octets, %v", n, len(octets), err)
			}
			if diff := cmp.Diff(v.want, m.in()); diff != "" {
				t.Error(diff)
			}
			checkAppend(t, v.want, octets)
		})
	}
}

func TestContactHeadersParseAndAppendAlike(t *testing.T) {
	for _, c := range contacts {
		t.Run(c.name, func(t *testing.T) {
			octets := unhex(t, c.octets)
			var h ContactHeader
			n, err := h.Parse(append(octets, 0x40))
			if err != nil || n != len(octets) {
				t.Fatalf("%d of %d octets, %v", n, len(octets), err)
			}
			if diff := cmp.Diff(c.want, h); diff != "" {
				t.Error(diff)
			}
			checkAppend(t, &c.want, octets)
		})
	}
}

func TestVectorsAtEverySplit(t *testing.T) {
	for _, v := range vectors {
		var m Message
		checkPrefixes(t, unhex(t, v.octets), m.Parse)
	}
	for _, c := range contacts {
		var h ContactHeader
		checkPrefixes(t, unhex(t, c.octets), h.Parse)
	}
}

// TestStreamOfAllVectors reads them from one slice with one Message, as a decoder does.
func TestStreamOfAllVectors(t *testing.T) {
	var stream []byte
	for _, v := range vectors {
		stream = append(stream, unhex(t, v.octets+v.data)...)
	}
	var m Message
	for _, v := range vectors {
		n, err := m.Parse(stream)
		if err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		if diff := cmp.Diff(v.want, m.in()); diff != "" {
			t.Errorf("%s: %s", v.name, diff)
		}
		stream = stream[n+len(unhex(t, v.data)):]
	}
	if len(stream) != 0 {
		t.Errorf("%d octets left", len(stream))
	}
}

// TestContactHeaderFollowsEachShutdown is V3-12.
func TestContactHeaderFollowsEachShutdown(t *testing.T) {
	for _, shutdown := range []string{"530287b2d0e410", "50", "5200", "5189c3d9a832"} {
		stream := unhex(t, shutdown+contacts[0].octets)
		var m Message
		n, err := m.Parse(stream)
		if err != nil || m.Type != TypeShutdown {
			t.Fatalf("%s: %v, %v", shutdown, m.Type, err)
		}
		var h ContactHeader
		if n, err = h.Parse(stream[n:]); err != nil || string(h.EID) != "test Eid String!" {
			t.Errorf("%s: %d, %v, %q", shutdown, n, err, h.EID)
		}
	}
}
