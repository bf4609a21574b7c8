// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// corpus makes packets of a link type, always the same ones: the protocols and addresses that the expressions name and others, fragments,
// options, tags, and all of it cut short.
func corpus(link reassembly.LinkType) []reassembly.Packet {
	r := rand.New(rand.NewPCG(1, 2))
	var packets []reassembly.Packet
	for range 4000 {
		etherType, octets := network(r)
		data := linked(r, link, etherType, octets)
		p := reassembly.Packet{Link: link, Data: data, Length: len(data)}
		if r.IntN(5) == 0 {
			p.Data = data[:1+r.IntN(len(data))]
		}
		packets = append(packets, p)
	}
	return packets
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func be16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

// network makes a packet of the network layer.
func network(r *rand.Rand) (etherType uint16, octets []byte) {
	v4 := func() [4]byte {
		return pick(r, [4]byte{10, 1, 1, 1}, [4]byte{10, 1, 2, 3}, [4]byte{10, 200, 0, 1}, [4]byte{127, 0, 0, 1}, [4]byte{192, 168, 1, 77})
	}
	proto := pick[uint8](r, 1, 6, 6, 6, 17, 17, 132, 58, 50)
	port := func() []byte { return be16(pick[uint16](r, 4556, 4556, 4557, 80, 443, 53, 1113, 33000)) }
	transport := append(append(port(), port()...), make([]byte, 16+r.IntN(40))...)
	switch r.IntN(10) {
	case 0:
		a, b := v4(), v4()
		octets = append([]byte{0, 1, 8, 0, 6, 4, 0, 1, 1, 2, 3, 4, 5, 6}, a[:]...)
		octets = append(append(octets, 0, 0, 0, 0, 0, 0), b[:]...)
		return pick[uint16](r, etherARP, etherRARP), octets
	case 1, 2, 3:
		b := append([]byte{0x60, 0, 0, 0}, be16(uint16(len(transport)))...)
		if r.IntN(4) == 0 {
			b = append(b, 44, 64)
			transport = append([]byte{proto, 0, 0, 1, 0, 0, 0, 1}, transport...)
		} else {
			b = append(b, proto, 64)
		}
		for range 2 {
			a := [16]byte{0: 0xfd, 1: pick[byte](r, 0, 1), 9: pick[byte](r, 0, 9), 15: pick[byte](r, 1, 2)}
			b = append(b, a[:]...)
		}
		return etherIPv6, append(b, transport...)
	case 4:
		return pick[uint16](r, 0x88cc, 0x8847, 0x0842), make([]byte, 30)
	}
	return etherIP, ip4(proto, v4(), v4(), r.IntN(3)*4, transport, pick[byte](r, 0, 0, 0x20, 0x20, 0x00), pick[byte](r, 0, 0, 0, 9))
}

// ip4 makes an IPv4 packet with so many octets of options, and the octets of the fragment field, if given.
func ip4(proto uint8, src, dst [4]byte, options int, payload []byte, fragment ...byte) []byte {
	b := []byte{0x45 + byte(options/4), 0}
	b = append(b, be16(uint16(20+options+len(payload)))...)
	b = append(b, 0, 1)
	b = append(append(b, fragment...), make([]byte, 2-len(fragment))...)
	b = append(b, 64, proto, 0, 0)
	b = append(append(b, src[:]...), dst[:]...)
	return append(append(b, make([]byte, options)...), payload...)
}

// linked puts a link header in front.
func linked(r *rand.Rand, link reassembly.LinkType, etherType uint16, octets []byte) []byte {
	switch link {
	case reassembly.LinkEthernet:
		b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
		for range max(0, r.IntN(5)-2) {
			b = append(b, be16(pick[uint16](r, 0x8100, 0x88a8, 0x9100))...)
			b = append(b, be16(pick[uint16](r, 5, 0xa005, 7))...)
		}
		return append(append(b, be16(etherType)...), octets...)
	case reassembly.LinkSLL:
		return append(append([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, be16(etherType)...), octets...)
	case reassembly.LinkSLL2:
		return append(append(be16(etherType), 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0), octets...)
	case reassembly.LinkNull:
		family := map[uint16]byte{etherIP: 2, etherIPv6: 30}[etherType]
		return append([]byte{family, 0, 0, 0}, octets...)
	case reassembly.LinkPPP:
		number := map[uint16]uint16{etherIP: 0x21, etherIPv6: 0x57}[etherType]
		return append(append([]byte{0xff, 3}, be16(number)...), octets...)
	}
	return octets
}
