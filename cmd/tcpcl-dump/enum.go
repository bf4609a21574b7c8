// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// choice is a flag that takes one of a list of words.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }

func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("must be one of %s", strings.Join(c.allowed, ", "))
	}
	c.value = s
	return nil
}

// addChoice registers a choice with its completion. The first word allowed is the default.
func addChoice(cmd *cobra.Command, c *choice, name, shorthand, usage string, allowed ...string) {
	c.value, c.allowed = allowed[0], allowed
	cmd.Flags().VarP(c, name, shorthand, usage)
	complete(cmd, name, allowed)
}

// complete makes the shell offer the words given as values of a flag.
func complete(cmd *cobra.Command, flag string, words []string) {
	// The only error is a flag that is not there or has a completion, which every test that runs the command would show.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// size is a flag that takes a number of octets: 512, 64k, 1.5G, 32MiB.
type size int64

var sizeUnits = []struct {
	name   string
	octets float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"", 1}}

func (s *size) String() string {
	v := int64(*s)
	for _, unit := range slices.Backward(sizeUnits[:3]) {
		if n := int64(unit.octets); v >= n && v%n == 0 {
			return strconv.FormatInt(v/n, 10) + unit.name
		}
	}
	return strconv.FormatInt(v, 10)
}

func (s *size) Type() string { return "size" }

func (s *size) Set(text string) error {
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(digits, 64)
		if err != nil || !(v > 0) || v*unit.octets > math.MaxInt64/2 || strings.ContainsAny(digits, "xXpPeEiI_+") {
			break
		}
		*s = size(v * unit.octets)
		return nil
	}
	return fmt.Errorf("%q is no size such as 500k, 64M, 2G or 64MiB", text)
}
