// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// bundle appends what bundle the transfer is that a segment completes: all its fields, with the octets of the bundle that they fill.
func (t *Tree) bundle(b *record.Bundle) {
	if b.ProtocolVersion == 0 {
		t.remark(Warning, func(dst []byte) []byte { return append(dst, "The transfer is no bundle"...) })
	}
	for i := range b.Fields {
		if f := &b.Fields[i]; t.shows(f.Name) {
			t.bundleField(f)
		}
	}
	for i := range b.Security {
		o := &b.Security[i]
		t.remark(securityMeaning(o.State), func(dst []byte) []byte {
			dst = strconv.AppendUint(append(append(dst, o.Kind()...), " of block "...), o.Target, 10)
			dst = strconv.AppendUint(append(dst, " by block "...), o.Block, 10)
			return append(append(dst, ": "...), o.State...)
		})
	}
	for i := range b.Problems {
		p := &b.Problems[i]
		t.remark(Warning, func(dst []byte) []byte {
			dst = append(append(dst, p.ID...), " at octet "...)
			dst = append(strconv.AppendUint(dst, p.Offset, 10), " of the bundle: "...)
			return AppendEscaped(dst, p.Text)
		})
	}
}

func securityMeaning(state string) Meaning {
	switch state {
	case record.SecurityVerified, record.SecurityDecrypted:
		return Good
	case record.SecurityFailed:
		return Error
	}
	return Plain
}

func (t *Tree) bundleField(f *record.Field) {
	t.at = f.Offset
	t.field(int(f.Depth)+1, f.Length, f.Label)
	dst := t.dst
	switch f.Kind {
	case record.FieldGroup:
		if f.Text != "" {
			dst = AppendEscaped(append(dst, ": "...), f.Text)
		}
	case record.FieldUint:
		dst = append(dst, ": "...)
		if f.Digits > 0 {
			dst = appendHex(dst, f.Number, int(f.Digits))
		} else {
			dst = strconv.AppendUint(dst, f.Number, 10)
		}
		dst = appendMeaning(dst, f)
	case record.FieldBool:
		if f.Number != 0 {
			dst = append(dst, ": True"...)
		} else {
			dst = append(dst, ": False"...)
		}
	case record.FieldText:
		dst = AppendEscaped(append(dst, ": "...), f.Text)
	case record.FieldOctets:
		shown := f.Octets[:min(previewOctets, len(f.Octets))]
		dst = appendHexOctets(append(dst, ": "...), shown)
		if len(shown) < len(f.Octets) {
			dst = append(dst, "…"...)
		}
	case record.FieldDuration:
		dst = append(appendSeconds(append(dst, ": "...), int64(f.Number), 9), " seconds"...)
	}
	t.dst = append(dst, '\n')
}

// appendMeaning appends what a number means: a unit, or in parentheses a name.
func appendMeaning(dst []byte, f *record.Field) []byte {
	switch f.Text {
	case "":
		return dst
	case "octets":
		if f.Number == 1 {
			return append(dst, " octet"...)
		}
		fallthrough
	case "ms", "s":
		return append(append(dst, ' '), f.Text...)
	}
	return append(AppendEscaped(append(dst, " ("...), f.Text), ')')
}

func (t *Tree) line(label, text string) {
	t.field(2, 0, label)
	t.dst = append(AppendEscaped(t.dst, text), '\n')
}
