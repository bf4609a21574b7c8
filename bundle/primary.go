// SPDX-License-Identifier: Apache-2.0

package bundle

// PrimarySpan returns where the primary block is, what PrimaryFields has as Block, for less work.
func (b *Bundle) PrimarySpan() Span {
	if p := &b.primary; p.end > p.start {
		return Span{p.start, p.end - p.start}
	}
	return Span{}
}
