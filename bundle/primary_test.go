// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"os"
	"path/filepath"
	"testing"
)

func TestThePrimarySpanIsTheBlockOfThePrimaryFields(t *testing.T) {
	names, err := filepath.Glob("testdata/real/*.bundle")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		octets, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range min(len(octets), 200) + 1 {
			var r Reader
			if _, err := r.Write(octets[:n]); err != nil {
				t.Fatal(err)
			}
			b := r.Close()
			if got, want := b.PrimarySpan(), b.PrimaryFields().Block; got != want {
				t.Fatalf("%s up to %d: %v, want %v", name, n, got, want)
			}
		}
	}
}
