// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// version tells what this program was built from: module version, commit, Go version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "tcpcl-dump, built without module information"
	}
	commit, changed := "unknown", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case "vcs.modified":
			if s.Value == "true" {
				changed = ", changed"
			}
		}
	}
	v := strings.Trim(info.Main.Version, "()")
	if v == "" {
		v = "devel"
	}
	return fmt.Sprintf("tcpcl-dump %s (commit %s%s, %s)", v, commit, changed, info.GoVersion)
}
