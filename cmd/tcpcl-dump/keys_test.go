// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Decryption secrets count wherever in a file they stand, and for any number of workers.
func TestSecretsBehindThePacketsAreUsedToo(t *testing.T) {
	const secrets = 0x0a // type of a Decryption Secrets Block
	octets, err := os.ReadFile(filepath.Join(pcaps, "seed-v4-tls13-dsb.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]byte
	var dsb []byte
	for len(octets) > 0 {
		n := binary.LittleEndian.Uint32(octets[4:])
		if binary.LittleEndian.Uint32(octets) == secrets {
			dsb = octets[:n]
		} else {
			blocks = append(blocks, octets[:n])
		}
		octets = octets[n:]
	}
	p := newProgram(t)
	want, _, _ := p.run("-T", "ndjson", filepath.Join(pcaps, "seed-v4-tls13-dsb.pcapng"))
	for _, at := range []int{len(blocks), len(blocks) / 2, 8} {
		name := filepath.Join(t.TempDir(), "moved.pcapng")
		if err := os.WriteFile(name, slices.Concat(slices.Insert(slices.Clone(blocks), at, dsb)...), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, jobs := range []string{"1", "2"} {
			got, stderr, code := p.run("-T", "ndjson", "--jobs", jobs, name)
			if got != want || stderr != "" || code != exitDone {
				t.Errorf("secrets as block %d of %d, %s workers: %d lines, want %d; %s", at, len(blocks), jobs, strings.Count(got, "\n"), strings.Count(want, "\n"), stderr)
			}
		}
	}
}
