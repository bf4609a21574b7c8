// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"fmt"
	"strconv"
)

// ParseSize reads a number of octets with an optional K, M or G (powers of 1024).
func ParseSize(s string) (int64, error) {
	unit := int64(1)
	number := s
	if n := len(s); n > 0 {
		switch s[n-1] {
		case 'K':
			unit = 1 << 10
		case 'M':
			unit = 1 << 20
		case 'G':
			unit = 1 << 30
		}
		if unit > 1 {
			number = s[:n-1]
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v >= 0) || v*float64(unit) >= 1<<62 {
		return 0, fmt.Errorf("size %q is not a number with K, M or G", s)
	}
	return int64(v * float64(unit)), nil
}
