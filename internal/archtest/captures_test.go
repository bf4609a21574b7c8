// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	captures         = root + "/testdata/pcaps"
	maxCaptureOctets = 6_000_000
)

// A name in the first cell of a table row, which may hold several.
var firstCell = regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|")

func TestEveryCaptureIsNamedInTheReadmeAndTheOtherWayRound(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(captures, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	octets := int64(0)
	err = filepath.WalkDir(captures, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		octets += info.Size()
		if d.Name() != "README.md" {
			there = append(there, d.Name())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	named := namedFiles(string(readme))
	for _, name := range there {
		if !slices.Contains(named, name) {
			t.Errorf("testdata/pcaps/README.md does not name %s", name)
		}
	}
	for i, name := range named {
		if !slices.Contains(there, name) {
			t.Errorf("testdata/pcaps/README.md names %s, which is not there", name)
		}
		if slices.Contains(named[:i], name) {
			t.Errorf("testdata/pcaps/README.md names %s twice", name)
		}
	}
	if octets > maxCaptureOctets {
		t.Errorf("the captures have %d octets, more than %d", octets, maxCaptureOctets)
	}
}

// namedFiles lists the files that the tables of a page begin their rows with; * stands in a name of several, which is no file.
func namedFiles(page string) (names []string) {
	for _, row := range firstCell.FindAllStringSubmatch(page, -1) {
		for name := range strings.SplitSeq(row[1], ",") {
			if name = strings.Trim(name, " `"); !strings.Contains(name, "*") {
				names = append(names, name)
			}
		}
	}
	return names
}

func TestNamedFilesAreThoseOfFirstCells(t *testing.T) {
	page := "# `not.pcap`\n\n| `x-*` | program |\n|---|---|\n| `a.pcap` | like `b.pcap` |\n| `c.keys`, `d.keys` | keys |\n| e.pcap | plain |\n"
	if got := namedFiles(page); !slices.Equal(got, []string{"a.pcap", "c.keys", "d.keys"}) {
		t.Errorf("got %q", got)
	}
}
