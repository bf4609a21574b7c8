// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// decodeAs is the flag -d as tshark has it: tcp.port==N,tcpcl; N may be a range N-M. With "none" in the place of tcpcl the
// streams of a port are never taken for TCPCL.
type decodeAs map[uint16]bool

func (d *decodeAs) String() string { return "" }

func (d *decodeAs) Type() string { return "tcp.port==N,tcpcl" }

func (d *decodeAs) Set(s string) error {
	selector, protocol, ok := strings.Cut(s, ",")
	ports, isPort := strings.CutPrefix(strings.ReplaceAll(selector, " ", ""), "tcp.port==")
	if !ok || !isPort {
		return fmt.Errorf("%q is not of the form tcp.port==4556,tcpcl", s)
	}
	var tcpcl bool
	switch strings.ToLower(strings.TrimSpace(protocol)) {
	case "tcpcl":
		tcpcl = true
	case "none":
	default:
		return fmt.Errorf("%q is none of the protocols known here: tcpcl, none", protocol)
	}
	low, high, isRange := strings.Cut(ports, "-")
	if !isRange {
		high = low
	}
	first, err1 := strconv.ParseUint(low, 10, 16)
	last, err2 := strconv.ParseUint(high, 10, 16)
	if err1 != nil || err2 != nil || last < first {
		return fmt.Errorf("%q is no port or range of ports", ports)
	}
	if *d == nil {
		*d = make(decodeAs)
	}
	for port := first; port <= last; port++ {
		(*d)[uint16(port)] = tcpcl
	}
	return nil
}
