// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// decode reads the JSON records that tcpcl-dump writes.
func decode[Record any](t *testing.T, args ...string) []Record {
	t.Helper()
	var all []Record
	runDump(t, func(r io.Reader) error {
		d := json.NewDecoder(bufio.NewReader(r))
		for d.More() {
			var record Record
			if err := d.Decode(&record); err != nil {
				return err
			}
			all = append(all, record)
		}
		return nil
	}, args...)
	return all
}

// TestExtractedBundlesAreTheOnesSent compares the files that "extract" writes, of every capture and every lossless variant,
// with the hashes of the bundles sent.
func TestExtractedBundlesAreTheOnesSent(t *testing.T) {
	for _, c := range append(plainCaptures(t), tlsCaptures(t)...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var want []string
			for _, s := range c.truth.Streams {
				for _, transfer := range s.Transfers {
					if transfer.State != "complete" {
						t.Fatalf("transfer %+v", transfer)
					}
					for range c.times {
						want = append(want, bundleKey(transfer.ID, transfer.SHA256))
					}
				}
			}
			dir := t.TempDir()
			var got, files []string
			for _, b := range decode[struct {
				File   string
				ID     *uint64 `json:"transfer_id"`
				SHA256 string
				Length int
			}](t, append([]string{"extract", "-C", dir, "-T", "ndjson"}, c.input()...)...) {
				octets, err := os.ReadFile(filepath.Join(dir, b.File))
				if err != nil {
					t.Fatal(err)
				}
				sum := sha256.Sum256(octets)
				if b.SHA256 != hex.EncodeToString(sum[:]) || b.Length != len(octets) {
					t.Errorf("%s: the manifest says %d octets, SHA-256 %s; the file has %d, %x", b.File, b.Length, b.SHA256, len(octets), sum)
				}
				got = append(got, bundleKey(b.ID, hex.EncodeToString(sum[:])))
				files = append(files, b.File)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d bundles, want %d:\n%q\n%q", len(got), len(want), got, want)
			}
			slices.Sort(files)
			if len(slices.Compact(files)) != len(want) {
				t.Errorf("files %q", files)
			}
		})
	}
}

func bundleKey(id *uint64, sum string) string {
	if id == nil {
		return "v3 " + sum
	}
	return fmt.Sprintf("%d %s", *id, sum)
}
