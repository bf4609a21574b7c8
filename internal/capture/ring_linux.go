// SPDX-License-Identifier: Apache-2.0

//go:build !libpcap

package capture

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dtn-tools/tcpcl/internal/pcapfilter"
	"github.com/dtn-tools/tcpcl/reassembly"
)

const (
	ringBlock   = 1 << 20 // holds the largest packets that offloading makes
	retireAfter = 10      // ms after which the kernel hands over a block that is not full
)

// ring is a packet socket whose packets the kernel writes into memory that it shares with us (TPACKET_V3; packet(7) and the kernel's
// packet_mmap.rst). A block of packets is the kernel's or ours, as its status says.
type ring struct {
	fd     int
	cooked bool // packets come without their link header, and get one of LINKTYPE_LINUX_SLL2
	link   reassembly.LinkType
	memory []byte
	block  int    // number of the next block to be read, or being read
	left   uint32 // packets of the block that were not read
	next   uint32 // where in the block the next one is
	have   bool   // the block is ours
	drops  uint64
}

// openRing opens the socket of one interface, 0 being all of them, and attaches program before the first packet can come.
func openRing(index int, cooked bool, link reassembly.LinkType, program pcapfilter.Program, size int) (*ring, error) {
	kind := unix.SOCK_RAW
	if cooked {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	r := &ring{fd: fd, cooked: cooked, link: link}
	if err := r.setUp(index, program, size); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *ring) setUp(index int, program pcapfilter.Program, size int) error {
	if program != nil {
		filter := make([]unix.SockFilter, len(program))
		for i, ins := range program {
			filter[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
		}
		prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
		if len(program) > 4096 {
			return fmt.Errorf("the capture filter makes %d instructions, the kernel takes 4096", len(program))
		}
		if err := unix.SetsockoptSockFprog(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
			return fmt.Errorf("attaching the capture filter: %w", err)
		}
	}
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("asking for a ring of version 3: %w", err)
	}
	// Room in front of a packet, to put back the tag that the kernel takes out.
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_RESERVE, 16); err != nil {
		return fmt.Errorf("asking for room for tags: %w", err)
	}
	blocks := max(2, (size+ringBlock-1)/ringBlock)
	request := unix.TpacketReq3{Block_size: ringBlock, Block_nr: uint32(blocks), Frame_size: 2048,
		Frame_nr: uint32(blocks) * (ringBlock / 2048), Retire_blk_tov: retireAfter}
	if err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &request); err != nil {
		return fmt.Errorf("a ring of %d MiB: %w", blocks, err)
	}
	var err error
	if r.memory, err = unix.Mmap(r.fd, 0, blocks*ringBlock, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("mapping the ring: %w", err)
	}
	return r.bind(index)
}

func (r *ring) bind(index int) error {
	return unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: toNetwork(unix.ETH_P_ALL), Ifindex: index})
}

// toNetwork gives a number the octet order of the network.
func toNetwork(n uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, n))
}

func (r *ring) promiscuous(index int) error {
	return unix.SetsockoptPacketMreq(r.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
		&unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC})
}

func (r *ring) close() {
	if r.memory != nil {
		_ = unix.Munmap(r.memory) // what was mapped can be
	}
	_ = unix.Close(r.fd)
}

// Where things are in a block (struct tpacket_block_desc) and in front of a packet (struct tpacket3_hdr, struct sockaddr_ll).
const (
	blockStatus = 8
	blockCount  = 12
	blockFirst  = 16

	packetNext     = 0
	packetSecond   = 4
	packetNano     = 8
	packetSnap     = 12
	packetLength   = 16
	packetStatus   = 20
	packetStart    = 24
	packetTag      = 32
	packetTagType  = 36
	packetProtocol = 48 + 2
	packetIndex    = 48 + 4
	packetHardware = 48 + 8
	packetKind     = 48 + 10
	packetAddrLen  = 48 + 11
	packetAddr     = 48 + 12
)

func (r *ring) current() []byte { return r.memory[r.block*ringBlock : (r.block+1)*ringBlock] }

// status is the word by which the kernel and we hand a block to each other.
func (r *ring) status() *uint32 { return (*uint32)(unsafe.Pointer(&r.current()[blockStatus])) }

// ready says whether a packet can be read.
func (r *ring) ready() bool {
	for {
		if r.left > 0 {
			return true
		}
		if r.have { // used up
			atomic.StoreUint32(r.status(), unix.TP_STATUS_KERNEL)
			r.have = false
			if r.block++; r.block*ringBlock == len(r.memory) {
				r.block = 0
			}
		}
		if atomic.LoadUint32(r.status())&unix.TP_STATUS_USER == 0 {
			return false
		}
		b := r.current()
		r.have, r.left, r.next = true, binary.NativeEndian.Uint32(b[blockCount:]), binary.NativeEndian.Uint32(b[blockFirst:])
	}
}

// time is when the packet that can be read came.
func (r *ring) time() int64 {
	h := r.current()[r.next:]
	return int64(binary.NativeEndian.Uint32(h[packetSecond:]))*1e9 + int64(binary.NativeEndian.Uint32(h[packetNano:]))
}

// read takes the packet that can be read. Its octets are the ring's until ready is called.
func (r *ring) read(p *reassembly.Packet) (index int, kind uint8) {
	o := binary.NativeEndian
	h := r.current()[r.next:]
	p.Time = r.time()
	start, snap, length := int(o.Uint16(h[packetStart:])), int(o.Uint32(h[packetSnap:])), int(o.Uint32(h[packetLength:]))
	status := o.Uint32(h[packetStatus:])
	index, kind = int(int32(o.Uint32(h[packetIndex:]))), h[packetKind]
	p.Data, p.Length, p.Link = h[start:start+snap:start+snap], max(length, snap), r.link
	tag, tagType := o.Uint16(h[packetTag:]), uint16(0x8100)
	if status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		tagType = o.Uint16(h[packetTagType:])
	}
	tagged := status&unix.TP_STATUS_VLAN_VALID != 0
	switch {
	case r.cooked:
		const size = 20
		proto := binary.BigEndian.Uint16(h[packetProtocol:])
		hardware, addrLen := o.Uint16(h[packetHardware:]), h[packetAddrLen]
		addr := [8]byte(h[packetAddr:])
		if tagged { // becomes the first of the packet's own octets, as on a wire
			start -= 4
			binary.BigEndian.PutUint16(h[start:], tag)
			binary.BigEndian.PutUint16(h[start+2:], proto)
			proto, snap, p.Length = tagType, snap+4, p.Length+4
		}
		b := h[start-size:]
		binary.BigEndian.PutUint16(b, proto)
		binary.BigEndian.PutUint16(b[2:], 0)
		binary.BigEndian.PutUint32(b[4:], uint32(index))
		binary.BigEndian.PutUint16(b[8:], hardware)
		b[10], b[11] = kind, addrLen
		copy(b[12:size], addr[:])
		p.Data = b[: size+snap : size+snap]
		p.Length += size
	case tagged && r.link == reassembly.LinkEthernet && snap >= 12:
		b := h[start-4:]
		copy(b[:12], b[4:16])
		binary.BigEndian.PutUint16(b[12:], tagType)
		binary.BigEndian.PutUint16(b[14:], tag)
		p.Data = b[: 4+snap : 4+snap]
		p.Length += 4
	}
	r.left--
	r.next += o.Uint32(h[packetNext:])
	return index, kind
}

// dropped counts what the kernel had no room for; reading its count resets it.
func (r *ring) dropped() uint64 {
	if s, err := unix.GetsockoptTpacketStatsV3(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		r.drops += uint64(s.Drops)
	}
	return r.drops
}
