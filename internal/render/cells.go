// SPDX-License-Identifier: Apache-2.0

package render

// Size is a number of octets as tables show it: humanised, exact in wide ones.
func (o TableOptions) Size(n uint64) string { return sizeText(n, o) }

// Duration is a duration in nanoseconds as tables show it: short, exact in wide ones.
func (o TableOptions) Duration(ns int64) string { return durationText(ns, o) }
