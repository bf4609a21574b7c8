// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program is tcpcl-dump, built anew by TestMain.
var program string

func TestMain(m *testing.M) { os.Exit(withPrograms(m)) }

func withPrograms(m *testing.M) int {
	for _, foreign := range []string{"tshark", "tcpdump"} {
		if _, err := exec.LookPath(foreign); err != nil {
			fmt.Fprintf(os.Stderr, "these tests need %s (Debian: apt-get install %s): %v\n", foreign, foreign, err)
			return 1
		}
	}
	dir, err := os.MkdirTemp("", "tcpcl-interop")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "tcpcl-dump")
	build := exec.Command("go", "build", "-o", program, "./cmd/tcpcl-dump")
	build.Dir = ".." // the program is of another module, with dependencies of its own
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building tcpcl-dump: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// tsharks bounds how many run at once: one can need a gigabyte of memory.
var tsharks = make(chan struct{}, 2)

// runTshark runs tshark on a capture with two passes, so that it can say what later messages tell, and with everything that
// makes its reassembly right. The reader sees its output while it comes.
func runTshark(t *testing.T, c capture, read func(io.Reader) error, args ...string) {
	t.Helper()
	runTsharkOnce(t, c, read, append([]string{"-2"}, args...)...)
}

// runTsharkOnce is runTshark with one pass.
func runTsharkOnce(t *testing.T, c capture, read func(io.Reader) error, args ...string) {
	t.Helper()
	tsharks <- struct{}{}
	defer func() { <-tsharks }()
	all := []string{"-n", "-r", c.path, "-o", "tcp.reassemble_out_of_order:TRUE", "-d", "tcp.port==" + c.port + ",tcpcl"}
	if c.keys != "" {
		all = append(all, "-o", "tls.keylog_file:"+c.keys)
	}
	cmd := exec.Command("tshark", append(all, args...)...)
	runReading(t, cmd, read)
}

// runDump runs tcpcl-dump, which needs to be told nothing of a capture.
func runDump(t *testing.T, read func(io.Reader) error, args ...string) {
	t.Helper()
	runReading(t, exec.Command(program, args...), read)
}

func runReading(t *testing.T, cmd *exec.Cmd, read func(io.Reader) error) {
	t.Helper()
	var diagnostics bytes.Buffer
	cmd.Stderr = &diagnostics
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	readErr := read(out)
	_, _ = io.Copy(io.Discard, out) // a reader that gave up must not leave the program waiting
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args[:2], " "), err, diagnostics.Bytes())
	}
	if readErr != nil {
		t.Fatalf("%s: %v", strings.Join(cmd.Args, " "), readErr)
	}
}

// tsharkFields gives the type of each TCPCL field that tshark knows, by name. Types of expert items are FT_NONE as well.
var tsharkFields = sync.OnceValues(func() (map[string]string, error) {
	out, err := exec.Command("tshark", "-G", "fields").Output()
	if err != nil {
		return nil, fmt.Errorf("tshark -G fields: %w", err)
	}
	types := map[string]string{}
	for line := range strings.Lines(string(out)) {
		column := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case len(column) > 2 && column[0] == "P" && column[2] == "tcpcl":
			types["tcpcl"] = "FT_PROTOCOL"
		case len(column) > 4 && column[0] == "F" && isTCPCL(column[2]):
			types[column[2]] = column[3]
		}
	}
	if len(types) < 80 {
		return nil, fmt.Errorf("tshark -G fields lists %d TCPCL fields", len(types))
	}
	return types, nil
})

func isTCPCL(field string) bool { return field == "tcpcl" || strings.HasPrefix(field, "tcpcl.") }

// dumpFields are the names of the fields that tcpcl-dump knows.
var dumpFields = sync.OnceValues(func() (map[string]bool, error) {
	out, err := exec.Command(program, "fields").Output()
	if err != nil {
		return nil, fmt.Errorf("tcpcl-dump fields: %w", err)
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if column := strings.Fields(line); len(column) > 1 && strings.HasPrefix(column[1], "FT_") {
			names[column[0]] = true
		}
	}
	if len(names) < 80 {
		return nil, fmt.Errorf("tcpcl-dump fields lists %d fields", len(names))
	}
	return names, nil
})
