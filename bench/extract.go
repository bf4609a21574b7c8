// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strconv"
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
	ours := func(on *capture) command {
		return command{label: "tcpcl-dump extract -C DIR", args: []string{r.dump, "extract", "-C", out, on.path}, on: on, before: empty}
	}
	// cp may share blocks instead of copying where the file system can.
	cp := command{label: "cp --reflink=never", args: []string{"cp", "--reflink=never", bulk.path, out}, on: bulk, before: empty}
	lengths := filepath.Join(root, "lengths")
	if err := os.WriteFile(lengths, bundleLengths(small), 0o644); err != nil {
		return nil, err
	}
	loop := command{label: "create-write-close loop (bench/createfiles)", args: []string{r.program("createfiles"), out, lengths}, on: small, before: empty}
	big, err := r.compare(ours(bulk), cp)
	if err != nil {
		return nil, err
	}
	many, err := r.compare(ours(small), loop)
	if err != nil {
		return nil, err
	}
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
