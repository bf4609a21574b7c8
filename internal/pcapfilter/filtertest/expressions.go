// SPDX-License-Identifier: Apache-2.0

package filtertest

import (
	_ "embed"
	"strings"
)

//go:embed expressions.txt
var expressions string

// Expressions are the filters to test with.
func Expressions() []string {
	var list []string
	for line := range strings.Lines(expressions) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}
