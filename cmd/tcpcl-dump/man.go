// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "man [flags] [COMMAND]",
		Short: "Write the manual pages",
		Long:  "Write the manual page of tcpcl-dump or of one of its commands to standard output, or with -C all of them to a directory.",
		Example: "  tcpcl-dump man | man -l -\n" +
			"  tcpcl-dump man sessions | man -l -\n" +
			"  tcpcl-dump man -C /usr/local/share/man/man1",
		Args: cobra.MaximumNArgs(1),
	}
	var dir string
	cmd.Flags().StringVarP(&dir, "directory", "C", "", "write all pages to `DIR`, which is made where it does not exist")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		root := cmd.Root()
		if dir != "" {
			return outputFailed(writeManPages(root, dir))
		}
		page := root
		if len(args) > 0 {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 || found == root {
				return usage(cmd, "%s is no command", args[0])
			}
			page = found
		}
		_, err := os.Stdout.WriteString(manPage(page))
		return outputFailed(err)
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage(cmd, "one command at most")
		}
		return nil
	}
	return cmd
}

func writeManPages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return cannotWrite(dir, err)
	}
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd.Name() == "help" {
			continue
		}
		name := filepath.Join(dir, manName(cmd)+".1")
		if err := os.WriteFile(name, []byte(manPage(cmd)), 0o666); err != nil {
			return cannotWrite(name, err)
		}
	}
	return nil
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the page of a command, in the macros of man(7).
func manPage(cmd *cobra.Command) string {
	var b strings.Builder
	text := func(s string) {
		for line := range strings.Lines(strings.TrimSpace(s) + "\n") {
			b.WriteString(roffLine(strings.TrimRight(line, "\n")) + "\n")
		}
	}
	section := func(name string) { fmt.Fprintf(&b, ".SH %s\n", name) }

	fmt.Fprintf(&b, ".TH %s 1\n", roff(strings.ToUpper(manName(cmd))))
	section("NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", roff(manName(cmd)), roff(cmd.Short))
	section("SYNOPSIS")
	fmt.Fprintf(&b, ".B %s\n", roff(cmd.CommandPath()))
	if _, arguments, ok := strings.Cut(cmd.Use, " "); ok {
		text(arguments)
	}
	section("DESCRIPTION")
	text(cmd.Long)
	if commands := visible(cmd); len(commands) > 0 {
		section("COMMANDS")
		for _, sub := range commands {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(sub.Name()), roffLine(sub.Short))
		}
	}
	section("OPTIONS")
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, meaning := pflag.UnquoteUsage(f)
		fmt.Fprintf(&b, ".TP\n.B ")
		if f.Shorthand != "" {
			b.WriteString(roff("-" + f.Shorthand + ", "))
		}
		b.WriteString(roff("--" + f.Name))
		if value != "" {
			b.WriteString(" \\fI" + roff(value) + "\\fR")
		}
		b.WriteByte('\n')
		text(meaning)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			text("(default: " + f.DefValue + ")")
		}
	})
	section("EXAMPLES")
	for line := range strings.Lines(cmd.Example + "\n") {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(&b, ".PP\n.EX\n%s\n.EE\n", roffLine(line))
		}
	}
	section("EXIT STATUS")
	for _, s := range exitStatus {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", s[0], roffLine(s[1]))
	}
	if parent := cmd.Parent(); parent != nil {
		section("SEE ALSO")
		fmt.Fprintf(&b, ".BR %s (1)\n", roff(manName(parent)))
	}
	return b.String()
}

var exitStatus = [][2]string{
	{"0", "done"},
	{"2", "wrong usage, or input that cannot be opened, is cut short or damaged; everything that could be decoded was delivered"},
	{"4", "results could not be written"},
	{"130", "interrupted; what was known was delivered"},
}

// visible lists the commands that help shows.
func visible(cmd *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			list = append(list, sub)
		}
	}
	return list
}

var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`)

func roff(s string) string { return roffEscapes.Replace(s) }

// roffLine is text at the beginning of a line, where a point or an apostrophe would begin a request.
func roffLine(s string) string {
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + roff(s)
	}
	return roff(s)
}
