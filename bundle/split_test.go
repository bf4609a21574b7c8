// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// everything compares all that a Reader says, private fields too. A slice of nothing is one whether it is nil or not.
var everything = cmp.Options{cmp.AllowUnexported(Bundle{}, Block{}, EID{}, primaryEnds{}), cmpopts.EquateEmpty()}

// inPieces reads a bundle given in pieces of a size, the first of which has another.
func inPieces(octets []byte, first, size int) *Bundle {
	var r Reader
	r.Write(octets[:first])
	for rest := octets[first:]; len(rest) > 0; {
		n := min(size, len(rest))
		r.Write(rest[:n])
		rest = rest[n:]
	}
	return r.Close()
}

// checkSplits asserts that a bundle is read alike however it is split, and that what a prefix of it gives is alike too.
func checkSplits(t *testing.T, octets []byte) {
	t.Helper()
	whole := read(octets)
	for at := range len(octets) + 1 {
		if diff := cmp.Diff(whole, inPieces(octets, at, len(octets)+1), everything); diff != "" {
			t.Fatalf("%x\nsplit at %d:\n%s", octets, at, diff)
		}
	}
	for size := 1; size < 10; size++ {
		if diff := cmp.Diff(whole, inPieces(octets, 0, size), everything); diff != "" {
			t.Fatalf("%x\nin pieces of %d:\n%s", octets, size, diff)
		}
	}
}

func TestABundleIsReadAlikeAtEverySplit(t *testing.T) {
	for _, v := range vectors {
		checkSplits(t, unhex(t, v))
	}
	realBundles(t, "testdata/real", func(_ truth, octets []byte) {
		checkSplits(t, octets[:min(len(octets), 250)])
		if testing.Short() || len(octets) > 300 {
			return
		}
		checkSplits(t, octets)
	})
}

func TestEveryPrefixOfABundleIsTruncatedAndReadAlike(t *testing.T) {
	for _, v := range vectors {
		octets := unhex(t, v)
		for n := range octets {
			whole, pieces := read(octets[:n]), inPieces(octets[:n], 0, 1)
			if diff := cmp.Diff(whole, pieces, everything); diff != "" {
				t.Fatalf("%x\noctet by octet:\n%s", octets[:n], diff)
			}
			if whole.State != Truncated || whole.Stop.Offset != uint64(n) || whole.Length != uint64(n) {
				t.Fatalf("%d octets: %v %+v", n, whole.State, whole.Stop)
			}
		}
	}
}
