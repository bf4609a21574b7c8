// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFilesHaveTheLengthsAskedFor(t *testing.T) {
	dir := t.TempDir()
	lengths := filepath.Join(t.TempDir(), "lengths")
	if err := os.WriteFile(lengths, []byte("5\n0\n70000\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := create(dir, lengths); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"1.bundle": 5, "2.bundle": 0, "3.bundle": 70000} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Size() != want {
			t.Errorf("%s: %v, %v, want %d octets", name, info, err, want)
		}
	}
	if err := create(dir, lengths); err == nil {
		t.Error("existing files were overwritten")
	}
}
