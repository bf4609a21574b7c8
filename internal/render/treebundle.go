// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"
	"strings"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// bundle appends what bundle the transfer is that a segment completes.
func (t *Tree) bundle(b *record.Bundle) {
	if b.ProtocolVersion == 0 {
		t.remark(Warning, func(dst []byte) []byte { return append(dst, "The transfer is no bundle"...) })
		t.problems(b)
		return
	}
	t.field(1, 0, "Bundle Protocol version ")
	t.dst = strconv.AppendUint(t.dst, uint64(b.ProtocolVersion), 10)
	t.dst = append(strconv.AppendUint(append(t.dst, ", "...), b.Length, 10), " octets\n"...)
	t.line("Destination: ", orUnknown(b.Destination))
	t.line("Source: ", orUnknown(b.Source))
	t.line("Report-to: ", orUnknown(b.ReportTo))
	if b.ProtocolVersion == 6 {
		t.line("Custodian: ", orUnknown(b.Custodian))
	}
	if !b.Cut {
		created := "unknown"
		if b.HasCreationTime {
			created = string(record.AppendTime(nil, b.CreationTime))
		}
		t.line("Creation Time: ", created)
		t.line("Sequence Number: ", strconv.FormatUint(b.Sequence, 10))
		t.line("Lifetime: ", lifetimeText(b.Lifetime))
		t.line("Flags: ", names(b.FlagNames))
	}
	if b.IsFragment {
		t.line("Fragment: ", string(appendFragment(nil, b)))
	}
	for i := range b.Blocks {
		t.block(&b.Blocks[i])
	}
	if b.Admin != "" {
		t.line("Administrative Record: ", b.Admin)
	}
	t.problems(b)
}

func (t *Tree) block(k *record.Block) {
	t.field(2, 0, "Block ")
	dst := strconv.AppendUint(t.dst, k.Number, 10)
	dst = append(append(dst, ": "...), k.Name...)
	if !k.Primary {
		dst = append(strconv.AppendUint(append(dst, " ("...), k.Type, 10), ')')
	}
	dst = append(strconv.AppendUint(append(dst, ", "...), k.Length, 10), " octets"...)
	if len(k.FlagNames) > 0 {
		dst = append(append(dst, ", "...), names(k.FlagNames)...)
	}
	if k.CRC != record.CRCNone {
		meaning := Good
		if k.CRC != record.CRCValid {
			meaning = Error
		}
		dst = t.theme.paint(append(dst, ", CRC "...), meaning, k.CRC)
	}
	t.dst = append(dst, '\n')
}

// problems appends what is wrong with a bundle, with the octet of it.
func (t *Tree) problems(b *record.Bundle) {
	for i := range b.Problems {
		p := &b.Problems[i]
		t.remark(Warning, func(dst []byte) []byte {
			dst = append(append(dst, p.ID...), " at octet "...)
			dst = append(strconv.AppendUint(dst, p.Offset, 10), ": "...)
			return AppendEscaped(dst, p.Text)
		})
	}
}

func (t *Tree) line(label, text string) {
	t.field(2, 0, label)
	t.dst = append(AppendEscaped(t.dst, text), '\n')
}

func names(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
