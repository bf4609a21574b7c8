// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"sort"
	"strings"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// FieldInfo describes a field of messages. The names and the way values are written are tshark's wherever it has the
// field; fields that it does not have say "ours" in their description.
type FieldInfo struct {
	Name        string
	Type        string // Wireshark's name of the type: FT_UINT8, FT_BOOLEAN, ...
	Description string
	Alias       string // another accepted spelling, or ""

	bundle    bool // it is of the bundle that the message completes
	hexDigits int  // above 0: written in hexadecimal, with so many digits
	extract   extractor
	later     later // what must be known to say the value, where the message alone does not tell it
	tell      func(dst []Value, k *knowledge) []Value
}

// extractor appends the field's values in a message, one for each occurrence, none where it has none.
type extractor func(dst []Value, m *record.Message) []Value

// Values appends the field's values in m, in the order of the wire. Fields that tell of other messages (Later) have none.
func (f *FieldInfo) Values(dst []Value, m *record.Message) []Value {
	if f.extract == nil {
		return dst
	}
	return f.extract(dst, m)
}

// Later reports whether the field's value may depend on messages that come after.
func (f *FieldInfo) Later() bool { return f.later != 0 }

// OfBundle reports whether the field is one of the bundle that a message completes.
func (f *FieldInfo) OfBundle() bool { return f.bundle }

// OfOctets reports whether the field shows octets of the message, which the record has only if they were kept.
func (f *FieldInfo) OfOctets() bool {
	return f.Type == "FT_BYTES" && !f.bundle && f.Name != "tcpcl.contact_hdr.magic"
}

// FieldTable lists all fields in the order of their names, for people. The slice is a copy.
func FieldTable() []FieldInfo {
	var all []FieldInfo
	for _, group := range fieldGroups {
		all = append(all, group...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// fieldGroups is the registry; it is never written to.
var fieldGroups = [...][]FieldInfo{frameFields, contactFields, v3Fields, v4Fields, bundleFields, analysisFields, ownFields}

// LookupField finds a field by name or alias. The error names the fields that come nearest.
func LookupField(name string) (*FieldInfo, error) {
	for _, group := range fieldGroups {
		for i := range group {
			if f := &group[i]; f.Name == name || f.Alias == name && name != "" {
				return f, nil
			}
		}
	}
	return nil, &UnknownFieldError{Name: name, Nearest: nearestFields(name)}
}

// UnknownFieldError is the error for a name that no field has.
type UnknownFieldError struct {
	Name    string
	Nearest []string // at most three, best first; may be empty
}

func (e *UnknownFieldError) Error() string {
	if len(e.Nearest) == 0 {
		return fmt.Sprintf("unknown field %q", e.Name)
	}
	return fmt.Sprintf("unknown field %q; did you mean %s?", e.Name, strings.Join(e.Nearest, " or "))
}

// nearestFields finds the names that take the fewest changes to reach, or end as the name given does.
func nearestFields(name string) []string {
	const most, longest = 3, 100
	if name == "" || len(name) > longest {
		return nil
	}
	type candidate struct {
		name    string
		changes int
	}
	var near []candidate
	for _, f := range FieldTable() {
		for _, spelling := range []string{f.Name, f.Alias} {
			if spelling == "" {
				continue
			}
			changes := editDistance(strings.ToLower(name), strings.ToLower(spelling))
			if strings.HasSuffix(spelling, "."+name) {
				changes = 1
			}
			if changes <= 1+len(name)/4 {
				near = append(near, candidate{spelling, changes})
			}
		}
	}
	sort.SliceStable(near, func(i, j int) bool { return near[i].changes < near[j].changes })
	var names []string
	for _, c := range near[:min(most, len(near))] {
		names = append(names, c.name)
	}
	return names
}

// editDistance counts the insertions, deletions and replacements of octets between a and b (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
