// SPDX-License-Identifier: Apache-2.0

package v3

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dtn-tools/tcpcl/wire"
)

func FuzzMessageV3(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.octets))
	}
	f.Add(unhex(f, "1280808005"))
	f.Add(unhex(f, "5300 82ffffffffffffffff7f"))
	f.Add([]byte{0x70})
	f.Fuzz(func(t *testing.T, b []byte) {
		var m, again Message
		n, err := m.Parse(b)
		if err != nil {
			checkFailure(t, b, n, err, m.Parse)
			return
		}
		want := m.in()
		octets := want.Append(nil)
		checkUse(t, b, n, want, octets)
		if _, err := again.Parse(octets); err != nil || !cmp.Equal(want, again.in()) {
			t.Fatalf("%x: parsed again as %+v, %v", octets, again.in(), err)
		}
		checkPrefixes(t, b[:n], new(Message).Parse)
	})
}

func FuzzContactHeaderV3(f *testing.F) {
	for _, c := range contacts {
		f.Add(unhex(f, c.octets))
	}
	f.Add([]byte("dtn!\x04\x01"))
	f.Add([]byte("dtn!\x03\x01\x00\x0f\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7fipn"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h ContactHeader
		n, err := h.Parse(b)
		if err != nil {
			checkFailure(t, b, n, err, h.Parse)
			return
		}
		checkUse(t, b, n, &h, h.Append(nil))
		checkPrefixes(t, b[:n], new(ContactHeader).Parse)
	})
}

// checkUse asserts that the n octets of b that m was parsed from are octets, m encoded, or a longer form of them.
func checkUse(t *testing.T, b []byte, n int, m message, octets []byte) {
	t.Helper()
	if n < 1 || n > len(b) || m.Len() != len(octets) || n < m.Len() {
		t.Fatalf("%x: %d octets used, Len %d, appended %x", b, n, m.Len(), octets)
	}
	if n == m.Len() && !bytes.Equal(octets, b[:n]) {
		t.Fatalf("%x: appended %x", b[:n], octets)
	}
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
