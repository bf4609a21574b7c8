// SPDX-License-Identifier: Apache-2.0

package extract

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

func TestOverlapsOfFilesAreComparedToTheLastOctet(t *testing.T) {
	for _, size := range []int{1, writeSize - 1, writeSize, writeSize + 1, 3 * writeSize} {
		dir := t.TempDir()
		e := newExtractor(t, Options{Dir: dir})
		data := octets(size + 7)
		other := slices.Concat([]byte("head"), data[5:])
		write := func(name string, octets []byte) {
			if err := os.WriteFile(filepath.Join(dir, name), octets, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("a", data)
		write("b", other)
		a := record.ADUPart{File: "a", Payload: 2, Skip: 3, Length: uint64(size)}
		b := record.ADUPart{File: "b", Payload: 4, Length: uint64(size)}
		if !e.Same(a, b) || !e.Same(b, a) {
			t.Errorf("%d octets are not the same", size)
		}
		other[4+size-1] ^= 1
		write("b", other)
		if e.Same(a, b) || e.Same(b, a) {
			t.Errorf("%d octets are the same, though the last one is not", size)
		}
		if e.Err() != nil {
			t.Error(e.Err())
		}
		b.Length, b.File = b.Length+100, "missing"
		if e.Same(a, b); e.Err() == nil {
			t.Error("a file that is not there is no error")
		}
	}
}

func TestUnitsAreNumberedAndNeverOverwriteOrStayShort(t *testing.T) {
	dir := t.TempDir()
	e := newExtractor(t, Options{Dir: dir})
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	u := &record.ADU{Parts: []record.ADUPart{{File: "a", Payload: 5, Length: 3}, {File: "a", Payload: 1, Skip: 1, Length: 2}}}
	for i, name := range []string{"adu-001.payload", "adu-002.payload"} {
		sum := sha256.Sum256([]byte("56723"))
		if err := e.Join(u); err != nil || u.File != name || !bytes.Equal(u.SHA256, sum[:]) || e.Joined() != i+1 {
			t.Errorf("%v, %+v", err, u)
		}
		if got := contents(t, dir)[name]; got != "56723" {
			t.Errorf("%s is %q", name, got)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "adu-003.payload"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.Join(u); err == nil || contents(t, dir)["adu-003.payload"] != "mine" {
		t.Error("a file that was there is overwritten")
	}
	u.Parts[1].Length = 100
	if err := e.Join(u); err == nil {
		t.Error("a fragment whose file is too short is no error")
	}
}
