// SPDX-License-Identifier: Apache-2.0

package record

// Field is a field of a bundle as trees and -T fields show it. The fields of a bundle come in the order of its octets, each before those
// that it is made of.
type Field struct {
	Depth  uint8  // in the tree, from 0
	Name   string // Wireshark's, "" where it has none
	Label  string // for people
	Kind   FieldKind
	Number uint64
	Digits uint8  // of a FieldUint, above 0: it is written in hexadecimal with so many
	Text   string // the value of a FieldText; elsewhere what the value means, if anything
	Octets []byte // borrowed, as all octets of a bundle

	// Offset and Length are its octets in the bundle; Length 0: it was worked out, or its place is not known.
	Offset, Length uint64
}

// FieldKind says which part of a Field is the value.
type FieldKind uint8

const (
	FieldGroup    FieldKind = iota // none: it is made of others, or only there
	FieldUint                      // Number
	FieldBool                      // Number, 0 or 1
	FieldText                      // Text
	FieldOctets                    // Octets
	FieldDuration                  // Number: int64 nanoseconds
)
