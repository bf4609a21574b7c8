// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// everything compares all that a Reader says, private fields too. A slice of nothing is one whether it is nil or not.
var everything = cmp.Options{cmp.AllowUnexported(Bundle{}, Block{}, EID{}, primaryEnds{}), cmpopts.EquateEmpty()}

// differ says how two bundles differ, "" if they do not.
func differ(a, b *Bundle) string {
	if reflect.DeepEqual(a, b) { // many times faster
		return ""
	}
	return cmp.Diff(a, b, everything)
}

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
		if diff := differ(whole, inPieces(octets, at, len(octets)+1)); diff != "" {
			t.Fatalf("%x\nsplit at %d:\n%s", octets, at, diff)
		}
	}
	for size := 1; size < 10; size++ {
		if diff := differ(whole, inPieces(octets, 0, size)); diff != "" {
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
			if diff := differ(whole, pieces); diff != "" {
				t.Fatalf("%x\noctet by octet:\n%s", octets[:n], diff)
			}
			if whole.State != Truncated || whole.Stop.Offset != uint64(n) || whole.Length != uint64(n) {
				t.Fatalf("%d octets: %v %+v", n, whole.State, whole.Stop)
			}
		}
	}
}

// Found by FuzzBundle: an item that failed when its last octet was there was only looked at again with the next one.
func TestAnItemThatFailsWithTheLastOctetIsPassedOverAtOnce(t *testing.T) {
	checkSplits(t, unhex(t, "9f88070400820282010182028202018201008218640118c8 8601010001 4178 3830"))
}

// Each octet of each bundle is changed in many ways: most results are wrong in one place and go on.
func TestChangedBundlesAreReadAlikeInPieces(t *testing.T) {
	var all [][]byte
	for _, v := range vectors {
		all = append(all, unhex(t, v))
	}
	for _, octets := range append(all, handmade(t)...) {
		changed := make([]byte, len(octets))
		for i := range octets {
			for _, to := range []byte{octets[i] ^ 0x80, octets[i] + 1, octets[i] - 1, 0x1b, 0x5f, 0x9f, 0xff} {
				copy(changed, octets)
				changed[i] = to
				whole := read(changed)
				if diff := differ(whole, inPieces(changed, 0, 1)); diff != "" {
					t.Fatalf("%x\noctet by octet:\n%s", changed, diff)
				}
				askEverything(t, changed, whole)
			}
		}
	}
}
