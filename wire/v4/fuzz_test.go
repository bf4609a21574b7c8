// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dtn-tools/tcpcl/wire"
)

func FuzzMessageV4(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.octets), false)
	}
	f.Add(unhex(f, "01 01 0000000000000005 00000000 0000000000000008"), true)
	f.Add(unhex(f, "01 02 0000000000000001 ffffffff 0000000000000000"), false)
	f.Add(unhex(f, "07 0000 0000000000000000 0000000000000000 ffff"), false)
	f.Add([]byte{0xf0}, false)
	f.Fuzz(func(t *testing.T, b []byte, listAlways bool) {
		m := Message{ListAlways: listAlways}
		n, err := m.Parse(b)
		if err != nil {
			checkFailure(t, b, n, err, m.Parse)
			return
		}
		if n < 1 || n > len(b) {
			t.Fatalf("%d of %d octets used", n, len(b))
		}
		checkPrefixes(t, b[:n], m.Parse)
		if listAlways && m.Type == TypeXferSegment && m.XferSegment.Flags&SegmentStart == 0 {
			return // not the RFC's encoding, so not what Append writes
		}
		if got := m.in().Append(nil); !bytes.Equal(got, b[:n]) || m.in().Len() != n {
			t.Fatalf("%x: appended %x, Len %d", b[:n], got, m.in().Len())
		}
	})
}

func FuzzContactHeaderV4(f *testing.F) {
	f.Add([]byte("dtn!\x04\x01"))
	f.Add([]byte("dtn!\x03\x01\x00\x0f\x07ipn:1.0"))
	f.Add([]byte("dtx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h ContactHeader
		n, err := h.Parse(b)
		if err != nil {
			checkFailure(t, b, n, err, h.Parse)
			return
		}
		checkPrefixes(t, b[:n], h.Parse)
		if got := h.Append(nil); !bytes.Equal(got, b[:n]) {
			t.Fatalf("%x: appended %x", b[:n], got)
		}
	})
}

// checkFailure asserts that a failed Parse used nothing, and that what it asks for is not too much: with one octet fewer
// it is still short, or fails for another reason that only then shows.
func checkFailure(t *testing.T, b []byte, n int, err error, parse func([]byte) (int, error)) {
	t.Helper()
	if n != 0 {
		t.Fatalf("%d octets used in spite of %v", n, err)
	}
	var short wire.ErrShort
	if !errors.As(err, &short) {
		return
	}
	if short < 1 {
		t.Fatalf("%x: %v", b, err)
	}
	if short > 1<<17 {
		return
	}
	if n, err = parse(append(bytes.Clone(b), make([]byte, short-1)...)); err == nil {
		t.Fatalf("%x: %d octets used with fewer than asked for", b, n)
	}
}

func FuzzExtensionList(f *testing.F) {
	for _, octets := range []string{"", "01000a00020506", "01000a0003050607 01000f0000 0000140000", "fe8001", "010001ffff00",
		"01 0001 0008 0000000000000019"} {
		f.Add(unhex(f, octets))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var again ExtensionList
		items, torn := ExtensionList(b).Items(), false
		for items.Next() {
			i := items.Item()
			if torn {
				t.Fatal("an item after the torn one")
			}
			if torn = int(i.Length) > len(i.Value); !torn {
				again = i.Append(again)
			}
		}
		switch err, e := items.Err(), (*wire.Error)(nil); {
		case err == nil:
			if torn || !bytes.Equal(again, b) {
				t.Fatalf("%x: appended %x", b, again)
			}
		case !errors.As(err, &e) || e.Kind != wire.BadLength || e.Offset != len(again) || !bytes.Equal(again, b[:e.Offset]) ||
			int(e.Value) <= len(b)-e.Offset:
			t.Fatalf("%x: %v after %d octets", b, err, len(again))
		}
		if _, ok := TransferLength(b); ok && len(b) < 13 {
			t.Fatalf("%x: a transfer length", b)
		}
	})
}
