// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"strings"
	"testing"
)

func TestMeasureGivesTheCommandsOwnCosts(t *testing.T) {
	c, err := measure([]string{"sh", "-c", "echo now; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.05"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if c.First <= 0 || c.First >= c.Wall-0.05 {
		t.Errorf("first output after %v s of %v s, want it at least 50 ms before the end", c.First, c.Wall)
	}
	if c.CPU <= 0 || c.CPU > c.Wall {
		t.Errorf("CPU %v s, wall %v s: want CPU above zero and below wall", c.CPU, c.Wall)
	}
	if c.RSS < 100_000 || c.RSS > 100_000_000 {
		t.Errorf("a shell with a peak memory of %d octets", c.RSS)
	}
}

func TestAFailedCommandIsAnErrorWithItsMessages(t *testing.T) {
	_, err := measure([]string{"sh", "-c", "echo no such thing >&2; exit 3"}, false)
	if err == nil || !strings.Contains(err.Error(), "no such thing") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error %v", err)
	}
}
