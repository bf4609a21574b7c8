// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

const pcaps = "../../testdata/pcaps"

// captures lists the captures in testdata, variants too.
func captures(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.pcap*", "variants/*.pcap*"} {
		some, err := filepath.Glob(filepath.Join(pcaps, pattern))
		if err != nil || len(some) == 0 {
			t.Fatalf("no captures: %v", err)
		}
		all = append(all, some...)
	}
	return all
}

// program runs the program in this process, which is faster than in its own where it is run thousands of times.
type program struct {
	t              *testing.T
	stdout, stderr *os.File
}

// newProgram puts files in the place of standard output and standard error until the test is over.
func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{t: t}
	// Each run leaves half a megabyte behind and keeps next to nothing: collecting that often takes longer than the runs.
	percent := debug.SetGCPercent(300)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	for _, f := range []struct{ mine, global **os.File }{{&p.stdout, &os.Stdout}, {&p.stderr, &os.Stderr}} {
		file, err := os.CreateTemp(t.TempDir(), "output")
		if err != nil {
			t.Fatal(err)
		}
		saved := *f.global
		*f.mine, *f.global = file, file
		t.Cleanup(func() {
			*f.global = saved
			file.Close()
		})
	}
	return p
}

// run gives what the program writes and its exit code.
func (p *program) run(args ...string) (stdout, stderr string, code int) {
	p.t.Helper()
	root := newRoot()
	root.SetArgs(args)
	code = diagnose(os.Stderr, root.ExecuteContext(p.t.Context()))
	return p.written(p.stdout), p.written(p.stderr), code
}

// written takes what is in a file out of it.
func (p *program) written(f *os.File) string {
	p.t.Helper()
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		p.t.Fatal(err)
	}
	text := make([]byte, size)
	if _, err := f.ReadAt(text, 0); err != nil && err != io.EOF {
		p.t.Fatal(err)
	}
	if err := f.Truncate(0); err != nil {
		p.t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}
