// SPDX-License-Identifier: Apache-2.0

package pcapfilter

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dtn-tools/tcpcl/internal/pcapfilter/filtertest"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// attach gives a socket a filter.
func attach(t *testing.T, socket int, program Program) {
	t.Helper()
	list := make([]unix.SockFilter, len(program))
	for i, in := range program {
		list[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	if err := unix.SetsockoptSockFprog(socket, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(list)), Filter: unsafe.SliceData(list)}); err != nil {
		t.Fatalf("the kernel does not take the program: %v", err)
	}
}

// A datagram between two sockets of this process is what the kernel runs the filter on, from its first octet on.
func TestTheKernelAnswersTheSame(t *testing.T) {
	sockets, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(sockets[0])
	defer unix.Close(sockets[1])
	var packets []reassembly.Packet
	for _, g := range filtertest.Handmade() {
		if g.Link == reassembly.LinkEthernet {
			for i := range g.Packets {
				if p := g.Packets[i]; p.Length == len(p.Data) || i%16 == 0 {
					p.Length = len(p.Data) // for the kernel there is no other
					packets = append(packets, p)
				}
			}
		}
	}
	buffer := make([]byte, 1<<16)
	for _, expression := range filtertest.Expressions() {
		f := mustParse(t, expression)
		attach(t, sockets[1], f.Kernel(false))
		m := NewMatcher(f)
		for i := range packets {
			if _, err := unix.Write(sockets[0], packets[i].Data); err != nil && err != unix.EPERM {
				t.Fatal(err)
			}
			_, err := unix.Read(sockets[1], buffer)
			if got, want := err == nil, matches(m, &packets[i]); got != want && !shiftsFar(expression) {
				t.Fatalf("%s: packet %d: %t, the kernel says %t (%v)", expression, i+1, want, got, err)
			}
		}
	}
}

// shiftsFar says whether a filter shifts by a number of bits that a packet gives: by more than 31, machines differ.
func shiftsFar(expression string) bool { return expression == "1 << ip[0] = 0" }
