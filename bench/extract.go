// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

func (r *runner) extract() ([]float64, error) {
	bulk, err := r.captures.get(captureID{"bulk", r.sizes.slow})
	if err != nil {
		return nil, err
	}
	small, err := r.captures.get(captureID{"small", r.sizes.slow})
	if err != nil {
		return nil, err
	}
	root, err := r.outputFolder(bulk.truth.PcapBytes + small.truth.PcapBytes)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	out := filepath.Join(root, "out")
	empty := func() error {
		if err := os.RemoveAll(out); err != nil {
			return err
		}
		return os.Mkdir(out, 0o755)
	}
	ours := func(on *capture, flags ...string) command {
		args := append([]string{"extract", "-C", "DIR"}, flags...)
		label := "tcpcl-dump " + strings.Join(args, " ")
		args[2] = out
		return command{label: label, args: append(append([]string{r.dump}, args...), on.path), on: on, before: empty}
	}
	// cp may share blocks instead of copying where the file system can.
	cp := command{label: "cp --reflink=never", args: []string{"cp", "--reflink=never", bulk.path, out}, on: bulk, before: empty}
	lengths := filepath.Join(root, "lengths")
	if err := os.WriteFile(lengths, bundleLengths(small), 0o644); err != nil {
		return nil, err
	}
	loop := command{label: "create-write-close loop (bench/createfiles)", args: []string{r.program("createfiles"), out, lengths}, on: small, before: empty}
	// Neither cp nor the loop hashes anything, so neither does what is held against them: SHA-256 takes as long as all of cp.
	big, err := r.compare(ours(bulk, "--no-sha256"), cp, ours(bulk))
	if err != nil {
		return nil, err
	}
	r.note(fmt.Sprintf("with the SHA-256 of every bundle in the manifest: %.2fx of cp", ratio(big[2], big[1], cpu)))
	many, err := r.compare(ours(small, "--no-sha256"), loop, ours(small))
	if err != nil {
		return nil, err
	}
	r.note(fmt.Sprintf("with the SHA-256 of every bundle in the manifest: %.2fx of the loop", ratio(many[2], many[1], cpu)))
	return []float64{ratio(big[0], big[1], cpu), ratio(many[0], many[1], cpu)}, nil
}

// bundleLengths is the input of bench/createfiles: a length a line.
func bundleLengths(c *capture) []byte {
	var b []byte
	for _, bundle := range c.truth.BundleList {
		b = append(strconv.AppendInt(b, bundle.Length, 10), '\n')
	}
	return b
}

// outputFolder makes a folder in memory where there is room for twice need, and beside the captures else: what a disk does is
// not the subject.
func (r *runner) outputFolder(need int64) (string, error) {
	const memory = "/dev/shm"
	parent := r.captures.dir
	var fs syscall.Statfs_t
	if syscall.Statfs(memory, &fs) == nil && int64(fs.Bavail)*fs.Bsize > 2*need {
		parent = memory
	}
	return os.MkdirTemp(parent, "tcpcl-bench-")
}
