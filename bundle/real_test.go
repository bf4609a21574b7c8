// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// truth is what is known of a bundle of testdata/real from its maker and from other programs.
type truth struct {
	File            string
	SHA256          string
	Length          uint64
	ProtocolVersion uint8 `json:"protocol_version"`
	Source          string
	Destination     string
	ReportTo        string `json:"report_to"`
	Created         uint64 `json:"creation_dtn"`
	CreationTime    string `json:"creation_time"`
	Sequence        uint64
	Flags           BundleFlags
	Fragment        *struct {
		Offset uint64
		Total  uint64 `json:"total_length"`
	}
	CRC       string
	Blocks    []any
	BlockCRCs []string `json:"block_crcs"`
}

// realBundles calls f for each bundle of a folder.
func realBundles(tb testing.TB, folder string, f func(want truth, octets []byte)) {
	list, err := os.ReadFile(filepath.Join(folder, "truth.ndjson"))
	if err != nil {
		tb.Fatal(err)
	}
	for d := json.NewDecoder(bytes.NewReader(list)); d.More(); {
		var want truth
		if err := d.Decode(&want); err != nil {
			tb.Fatal(err)
		}
		octets, err := os.ReadFile(filepath.Join(folder, want.File))
		if err != nil {
			tb.Fatal(err)
		}
		if sum := sha256.Sum256(octets); hex.EncodeToString(sum[:]) != want.SHA256 {
			tb.Fatalf("%s is not the bundle that truth.ndjson tells of", want.File)
		}
		f(want, octets)
	}
}

func TestBundlesOfOtherProgramsAreReadAsTheyTell(t *testing.T) {
	seen := 0
	realBundles(t, "testdata/real", func(want truth, octets []byte) {
		seen++
		b := read(octets)
		checkTruth(t, want, b)
		for _, f := range b.Findings {
			t.Errorf("%s: %+v", want.File, f)
		}
	})
	if seen < 15 {
		t.Errorf("only %d bundles", seen)
	}
}

func checkTruth(t *testing.T, want truth, b *Bundle) {
	t.Helper()
	if b.State != Complete || b.Length != want.Length || b.Version != want.ProtocolVersion {
		t.Errorf("%s: version %d, %v, %d octets, %+v", want.File, b.Version, b.State, b.Length, b.Stop)
		return
	}
	for _, c := range []struct{ what, got, want string }{
		{"source", b.Source.String(), want.Source},
		{"destination", b.Destination.String(), want.Destination},
		{"report-to", b.ReportTo.String(), want.ReportTo},
		{"CRC", b.CRC.State.String(), want.CRC},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s %q, want %q", want.File, c.what, c.got, c.want)
		}
	}
	if b.Created.Time != want.Created || b.Created.Sequence != want.Sequence || b.Flags != want.Flags {
		t.Errorf("%s: created %v, flags %x", want.File, b.Created, b.Flags)
	}
	if at, _ := b.CreationTime(); at.Format("2006-01-02T15:04:05.000000000Z") != want.CreationTime {
		t.Errorf("%s: created %v, want %s", want.File, at, want.CreationTime)
	}
	if f := want.Fragment; (f != nil) != b.IsFragment() || f != nil && (f.Offset != b.FragmentOffset || f.Total != b.TotalLength) {
		t.Errorf("%s: fragment %d of %d, want %+v", want.File, b.FragmentOffset, b.TotalLength, f)
	}
	if len(b.Blocks)+1 != len(want.Blocks) {
		t.Errorf("%s: %d blocks, want %v", want.File, len(b.Blocks), want.Blocks)
		return
	}
	for i := range b.Blocks {
		if got := float64(b.Blocks[i].Type); got != want.Blocks[i+1] {
			t.Errorf("%s: block %d of type %v, want %v", want.File, i, got, want.Blocks[i+1])
		}
		if want.BlockCRCs != nil && b.Blocks[i].CRC.State.String() != want.BlockCRCs[i+1] {
			t.Errorf("%s: block %d: CRC %v, want %v", want.File, i, b.Blocks[i].CRC.State, want.BlockCRCs[i+1])
		}
	}
}
