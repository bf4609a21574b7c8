// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tcpcl-dump": main})
}

// TestScripts runs the program as users do. $PCAPS is the folder of captures.
func TestScripts(t *testing.T) {
	pcaps, err := filepath.Abs("../../testdata/pcaps")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PCAPS", pcaps)
			env.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "lines": countLines},
	})
}

// exits runs a command that must end with the code given: exits 2 tcpcl-dump nothing.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	script := `"$@"; code=$?; [ $code = ` + args[0] + ` ] || { echo "exit code $code, want ` + args[0] + `" >&2; exit 1; }`
	if err := ts.Exec("sh", append([]string{"-c", script, "sh"}, args[1:]...)...); err != nil {
		ts.Fatalf("%v", err)
	}
}

// countLines counts the lines of a file, "stdout" being the last command's: lines stdout 24.
func countLines(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: lines FILE COUNT")
	}
	n := strings.Count(ts.ReadFile(args[0]), "\n")
	if (strings.TrimSpace(args[1]) == strconv.Itoa(n)) == neg {
		ts.Fatalf("%s has %d lines", args[0], n)
	}
}

func TestEveryCommandHasThreeExamplesAndNoUndescribedFlag(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		shell := cmd.Parent() != nil && cmd.Parent().Name() == "completion"
		if n := len(strings.Split(strings.TrimSpace(cmd.Example), "\n")); n != 3 && !shell && cmd.Name() != "help" {
			t.Errorf("%s has %d examples", cmd.CommandPath(), n)
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.Contains(line, "tcpcl-dump") {
				t.Errorf("%s: an example without the program: %q", cmd.CommandPath(), line)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot())
}

func TestEveryManPageHasAllSections(t *testing.T) {
	dir := t.TempDir()
	if err := writeManPages(newRoot(), dir); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(files) < 8 {
		t.Fatalf("pages: %v %v", files, err)
	}
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range []string{".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", ".SH EXAMPLES", ".SH EXIT STATUS"} {
			if !strings.Contains("\n"+string(page), "\n"+section) {
				t.Errorf("%s has no %s", filepath.Base(file), section)
			}
		}
	}
}

func TestSizesTakeUnits(t *testing.T) {
	for text, want := range map[string]size{"1": 1, "500k": 500_000, "500K": 500_000, "2M": 2_000_000, "1.5G": 1_500_000_000, "64KiB": 65536,
		"3MiB": 3 << 20, "1GiB": 1 << 30} {
		var s size
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%s: %d, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "k", "-1", "0", "1T", "1e3", "0x10", "inf", "NaN", "9999999999G", "1 M"} {
		var s size
		if s.Set(text) == nil {
			t.Errorf("%q was taken for %d", text, s)
		}
	}
	for s, want := range map[size]string{1: "1", 1 << 20: "1MiB", 256 << 20: "256MiB", 3 << 30: "3GiB", 1000: "1000"} {
		if got := s.String(); got != want {
			t.Errorf("%d is shown as %s", s, got)
		}
	}
}

func TestDecodeAsTakesPortsAndRanges(t *testing.T) {
	var d decodeAs
	for _, s := range []string{"tcp.port==4556,tcpcl", "tcp.port == 10-12,TCPCL", "tcp.port==11,none", "tcp.port==65535,tcpcl"} {
		if err := d.Set(s); err != nil {
			t.Error(err)
		}
	}
	if len(d) != 5 || !d[4556] || !d[10] || d[11] || !d[12] || !d[65535] {
		t.Errorf("got %v", d)
	}
	for _, s := range []string{"", "4556", "tcp.port==4556", "udp.port==1,tcpcl", "tcp.port==x,tcpcl", "tcp.port==65536,tcpcl",
		"tcp.port==5-4,tcpcl", "tcp.port==1,http", "tcp.port==,tcpcl"} {
		if err := d.Set(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}
