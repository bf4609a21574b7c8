// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"net/netip"
)

// mapped is the third and fourth 16 bits of an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) in their place in Endpoint.Lo.
const mapped = 0xffff << 32

// is compares endpoints, first by what differs most often.
func (e *Endpoint) is(o *Endpoint) bool { return e.Port == o.Port && e.Lo == o.Lo && e.Hi == o.Hi }

// Is4 tells whether the address is an IPv4 one.
func (e Endpoint) Is4() bool { return e.Hi == 0 && e.Lo>>32 == mapped>>32 }

// AddrPort is the endpoint in the standard library's form; an IPv4 address comes as such, not IPv4-mapped.
func (e Endpoint) AddrPort() netip.AddrPort {
	var a [16]byte
	binary.BigEndian.PutUint64(a[:8], e.Hi)
	binary.BigEndian.PutUint64(a[8:], e.Lo)
	return netip.AddrPortFrom(netip.AddrFrom16(a).Unmap(), e.Port)
}

// String is address and port as people write them: 127.0.0.1:4556, [::1]:4556.
func (e Endpoint) String() string { return e.AddrPort().String() }
