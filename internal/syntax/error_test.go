// SPDX-License-Identifier: Apache-2.0

package syntax

import "testing"

func TestThePlaceIsBelowTheMistake(t *testing.T) {
	for _, c := range []struct {
		e    Error
		want string
	}{
		{Error{Of: "filter", Text: "a bcd e", At: 2, What: "no"}, "filter: no\n  a bcd e\n    ^"},
		{Error{Of: "filter", Text: "a bcd e", At: 2, End: 5, What: "no"}, "filter: no\n  a bcd e\n    ^^^"},
		{Error{Of: "filter", Text: "a bcd", At: 5, End: 5, What: "no"}, "filter: no\n  a bcd\n       ^"},
		{Error{Of: "filter", Text: "\té \x1b[1m x\u202ey\n", At: 4, End: 8, What: "no"}, "filter: no\n  \té  [1m x y \n  \t  ^^^^"},
		{Error{Of: "filter", What: "empty"}, "filter: empty\n  \n  ^"},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
