// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Command measure runs one command with its standard output thrown away and prints what it cost as JSON.
//
//	measure [-first] COMMAND ARGUMENT...
//
// It is a program of its own, and a small one, because Linux counts the memory of the process that starts a command into the
// command's peak memory: measured from the benchmark itself, which holds captures' truths, every peak would be the benchmark's.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// cost of a command: CPU time (user and system) and wall time in seconds, peak memory in octets, and the time
// from start to the first octet of output in seconds (with -first).
type cost struct {
	CPU   float64 `json:"cpu"`
	Wall  float64 `json:"wall"`
	RSS   int64   `json:"rss"`
	First float64 `json:"first"`
}

func main() {
	first := flag.Bool("first", false, "measure the time to the first octet of output")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	c, err := measure(flag.Args(), *first)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func measure(args []string, first bool) (cost, error) {
	// The command dies with the thread that started it, so that nothing is left behind after an interrupt.
	runtime.LockOSThread()
	var c cost
	var messages bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = &messages
	var out io.ReadCloser
	if first {
		var err error
		if out, err = cmd.StdoutPipe(); err != nil {
			return c, err
		}
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return c, err
	}
	if first {
		if _, err := io.ReadFull(out, make([]byte, 1)); err == nil {
			c.First = time.Since(start).Seconds()
		}
		if _, err := io.Copy(io.Discard, out); err != nil {
			return c, err
		}
	}
	err := cmd.Wait()
	c.Wall = time.Since(start).Seconds()
	if err != nil {
		return c, fmt.Errorf("%v: %w: %s", args, err, lastOctets(messages.Bytes(), 500))
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	c.CPU = float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	c.RSS = usage.Maxrss * 1024
	return c, nil
}

func lastOctets(b []byte, n int) []byte { return bytes.TrimSpace(b[max(0, len(b)-n):]) }
