// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

const (
	groupViews     = "views"
	groupReference = "reference"
)

// newRoot makes the tree of commands. Without a command the messages are listed.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "tcpcl-dump [flags] [CAPTURE...]",
		Short: "Show what the DTN TCP convergence layer said in packet captures",
		Long: "tcpcl-dump reads packet captures and shows the TCPCL sessions in them, version 3 (RFC 7242) and version 4 (RFC 9174), on\n" +
			"whatever port: message by message, or as sessions, transfers, statistics and bundles. Captures are pcap or pcapng, plain or\n" +
			"compressed with gzip or zstd; several of them are one timeline; - is standard input. What a capture misses is said, and\n" +
			"decoding goes on behind it.",
		Example: "  tcpcl-dump capture.pcap\n" +
			"  tcpcl-dump -V --session 1 capture.pcapng.gz\n" +
			"  tcpcl-dump -T ndjson a.pcap b.pcap | jq 'select(.type == \"XFER_REFUSE\")'",
		Version:       version(),
		Args:          noUnknownCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SuggestionsMinimumDistance = 2
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{cmd.CommandPath(), err} })
	root.AddGroup(&cobra.Group{ID: groupViews, Title: "Views:"}, &cobra.Group{ID: groupReference, Title: "Reference and setup:"})
	addMessages(root)
	for _, cmd := range []*cobra.Command{newSessions(), newTransfers(), newBundles(), newStats(), newFollow(), newExtract()} {
		cmd.GroupID = groupViews
		root.AddCommand(cmd)
	}
	for _, cmd := range []*cobra.Command{newFields(), newInterfaces(), newMan()} {
		cmd.GroupID = groupReference
		root.AddCommand(cmd)
	}
	root.SetHelpCommandGroupID(groupReference)
	root.InitDefaultHelpCmd()
	addCompletion(root)
	return root
}

// noUnknownCommand takes a first argument that looks like a command and is no file for a mistyped command.
func noUnknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || strings.ContainsAny(args[0], "./\\") || args[0] == "-" {
		return nil
	}
	if _, err := os.Stat(args[0]); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = ", did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage(cmd, "%q is neither a file nor a command%s", args[0], hint)
}

// addCompletion gives cobra's completion command its place and its examples.
func addCompletion(root *cobra.Command) {
	root.SetCompletionCommandGroupID(groupReference)
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			cmd.Example = "  source <(tcpcl-dump completion bash)\n" +
				"  tcpcl-dump completion zsh > \"${fpath[1]}/_tcpcl-dump\"\n" +
				"  tcpcl-dump completion fish > ~/.config/fish/completions/tcpcl-dump.fish"
		}
	}
}
