// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	initPrefix = "07123400000000000f424000000000001e84800010746573742045696420537472696e6721"
	bundleData = "74686973206973206120746573742062756e646c65" // "this is a test bundle"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sessInit(extensions string) *SessInit {
	return &SessInit{Keepalive: 0x1234, SegmentMRU: 1_000_000, TransferMRU: 2_000_000, NodeID: []byte("test Eid String!"),
		Extensions: ExtensionList(extensions)}
}

func segment(flags SegmentFlags, id uint64, extensions string, length uint64) *XferSegment {
	s := &XferSegment{Flags: flags, TransferID: id, DataLength: length}
	if flags&SegmentStart != 0 {
		s.Extensions = ExtensionList(extensions)
	}
	return s
}

// vectors are messages as others encode them: HDTN's unit tests (V4-n), a session of two segments that tshark decodes
// without complaint (S-n), and cases that neither has.
var vectors = []struct {
	name   string
	octets string
	data   string // of a segment; follows octets
	want   message
}{
	{"V4-3", initPrefix + "00000000", "", sessInit("")},
	{"V4-4", initPrefix + "0000000701000a00020506", "", sessInit("\x01\x00\x0a\x00\x02\x05\x06")},
	{"V4-5", initPrefix + "0000000c01000a0002050601000f0000", "", sessInit("\x01\x00\x0a\x00\x02\x05\x06\x01\x00\x0f\x00\x00")},
	{"V4-6", initPrefix + "0000001101000a0002050601000f00000000140000", "",
		sessInit("\x01\x00\x0a\x00\x02\x05\x06\x01\x00\x0f\x00\x00\x00\x00\x14\x00\x00")},
	{"V4-7", "0103000000174876e800000000000000000000000015", bundleData, segment(3, 100000000000, "", 21)},
	{"V4-8", "0103000000174876e8040000000801000a00030506070000000000000015", bundleData,
		segment(3, 100000000004, "\x01\x00\x0a\x00\x03\x05\x06\x07", 21)},
	{"V4-9", "0103000000174876e8060000000d01000a000305060701000f00000000000000000015", bundleData,
		segment(3, 100000000006, "\x01\x00\x0a\x00\x03\x05\x06\x07\x01\x00\x0f\x00\x00", 21)},
	{"V4-10", "0103000000174876e8080000001201000a000305060701000f000000001400000000000000000015", bundleData,
		segment(3, 100000000008, "\x01\x00\x0a\x00\x03\x05\x06\x07\x01\x00\x0f\x00\x00\x00\x00\x14\x00\x00", 21)},
	{"V4-11 start", "01020000002e90edd001000000000000000000000008", "667261674f6e6520", segment(2, 200000000001, "", 8)},
	{"V4-11 middle", "01000000002e90edd0010000000000000008", "6672616754776f20", segment(0, 200000000001, "", 8)},
	{"V4-11 end", "01010000002e90edd0010000000000000009", "667261675468726565", segment(1, 200000000001, "", 9)},
	{"V4-12 start", "01020000002e90edd0010000000d010001000800000000000000190000000000000008", "667261674f6e6520",
		segment(2, 200000000001, "\x01\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\x00\x19", 8)},
	{"V4-13", "020200000002dfdc1c3e000000369d55f843", "", &XferAck{SegmentStart, 12345678910, 234567891011}},
	{"V4-14", "02010000050d80ea58e3000000cef5e80e38", "", &XferAck{SegmentEnd, 5555555555555, 888888888888}},
	{"V4-15", "030500000019debd01c7", "", &XferRefuse{RefuseExtensionFailure, 111111111111}},
	{"V4-16", "0601fd", "", &MsgReject{RejectTypeUnknown, 253}},
	{"V4-17", "04", "", &Keepalive{}},
	{"V4-18", "050101", "", &SessTerm{TermReply, TermIdleTimeout}},
	{"V4-19", "050003", "", &SessTerm{0, TermBusy}},

	{"S-1", "07 001e 0000000000000040 0000010000000000 0008 64746e3a2f2f612f 00000008 00 8001 0003 616263", "",
		&SessInit{30, 64, 1 << 40, []byte("dtn://a/"), ExtensionList("\x00\x80\x01\x00\x03abc")}},
	{"S-2", "01 02 0000000000000000 0000000d 01 0001 0008 0000000000000077 000000000000003c", strings.Repeat("9f", 60),
		segment(2, 0, "\x01\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\x00\x77", 60)},
	{"S-3", "01 01 0000000000000000 000000000000003b", strings.Repeat("ff", 59), segment(1, 0, "", 59)},
	{"S-4", "06 03 02", "", &MsgReject{RejectUnexpected, TypeXferAck}},
	{"S-5", "03 06 0000000000000000", "", &XferRefuse{RefuseSessionTerminating, 0}},

	{"no node ID", "07 0000 0000000000000000 ffffffffffffffff 0000 00000000", "",
		&SessInit{TransferMRU: 1<<64 - 1, NodeID: []byte{}, Extensions: ExtensionList{}}},
	{"largest segment", "01 00 ffffffffffffffff ffffffffffffffff", "", segment(0, 1<<64-1, "", 1<<64-1)},
	{"reserved bits", "01 fd 0000000000000001 0000000000000000", "", segment(0xfd, 1, "", 0)},
	{"reserved bits acknowledged", "02 fd 0000000000000001 0000000000000000", "", &XferAck{0xfd, 1, 0}},
	{"list that is no items", "01 02 0000000000000001 00000003 ffffff 0000000000000000", "", segment(2, 1, "\xff\xff\xff", 0)},
	{"unassigned reasons", "03 77 0000000000000001", "", &XferRefuse{0x77, 1}},
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
		TypeXferSegment: &m.XferSegment, TypeXferAck: &m.XferAck, TypeXferRefuse: &m.XferRefuse, TypeKeepalive: &Keepalive{},
		TypeSessTerm: &m.SessTerm, TypeMsgReject: &m.MsgReject, TypeSessInit: &m.SessInit,
	}[m.Type]
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
			if got := v.want.Append([]byte("before")); string(got) != "before"+string(octets) {
				t.Errorf("appended %x", got)
			}
			if got := v.want.Len(); got != len(octets) {
				t.Errorf("Len %d, want %d", got, len(octets))
			}
		})
	}
}

func TestVectorsAtEverySplit(t *testing.T) {
	for _, v := range vectors {
		var m Message
		checkPrefixes(t, unhex(t, v.octets), m.Parse)
	}
	for _, octets := range []string{"64746e210400", "64746e210401"} {
		var h ContactHeader
		checkPrefixes(t, unhex(t, octets), h.Parse)
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
