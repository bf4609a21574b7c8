// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"maps"
	"slices"
	"testing"
)

// TestAWrongValueIsNoticed changes our values one after the other: each must be noticed, so no exception may be too wide.
func TestAWrongValueIsNoticed(t *testing.T) {
	types, err := tsharkFields()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"seed-v4-plain.pcap", "seed-v4-tests.pcap", "ion-v3-bpv6.pcap", "ion-v3-bpv6.mix.pcap", "seed-v4-plain.mix.pcap"}
	for _, c := range plainCaptures(t) {
		if !slices.Contains(names, c.name) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ours := dumpMessages(t, c)
			tshark, _ := tsharkMessages(t, c)
			wrong := func() bool {
				noticed := false
				cmp := newComparison(c, types, func(string, ...any) { noticed = true })
				cmp.compareLists(tshark, ours)
				return noticed
			}
			if wrong() {
				t.Fatal("the comparison fails without a change")
			}
			changes := 0
			for _, m := range ours {
				for _, field := range slices.Sorted(maps.Keys(m.fields)) {
					if !slices.ContainsFunc(tshark, func(m *message) bool { return len(m.fields[field]) > 0 }) {
						continue // tshark shows it nowhere
					}
					right := m.fields[field]
					m.fields[field] = append(slices.Clone(right[:len(right)-1]), right[len(right)-1]+"7")
					if !wrong() && !tsharkIsSilent(tshark, ours, m, field) {
						t.Errorf("%v: a wrong %s is not noticed", m, field)
					}
					m.fields[field] = right
					changes++
				}
			}
			t.Logf("%d changes", changes)
		})
	}
}

// tsharkIsSilent reports whether tshark has nothing to compare a value with: its message of the same place in the direction
// lacks the field.
func tsharkIsSilent(tshark, ours []*message, m *message, field string) bool {
	place := slices.Index(byFlow(ours)[m.flow], m)
	return len(byFlow(tshark)[m.flow][place].fields[field]) == 0
}
