// SPDX-License-Identifier: Apache-2.0

package live

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// forward forwards frames between two interfaces of a namespace as a bad link does: 3 of 100 are lost, 3 come twice, all are late by up to
// 3 ms, so that some overtake others.
func forward(t *testing.T, s space, nameA, nameB string) {
	t.Helper()
	var fds [2]int
	var failed error
	s.do(t, func() {
		for i, name := range []string{nameA, nameB} {
			if fds[i], failed = open(name); failed != nil {
				return
			}
		}
	})
	if failed != nil {
		t.Fatal(failed)
	}
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(7, 7))
	draw := func() (times int, delay [2]time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		switch n := random.IntN(100); {
		case n < 3:
			times = 0
		case n < 6:
			times = 2
		default:
			times = 1
		}
		for i := range delay {
			delay[i] = time.Duration(random.IntN(3000)) * time.Microsecond
		}
		return times, delay
	}
	done := make(chan struct{})
	var readers, senders sync.WaitGroup
	for i := range fds {
		readers.Go(func() {
			b := make([]byte, 1<<17)
			for {
				select {
				case <-done:
					return
				default:
				}
				n, from, err := unix.Recvfrom(fds[i], b, 0)
				if err != nil || n == 0 { // it waits for a tenth of a second
					continue
				}
				if ll, ok := from.(*unix.SockaddrLinklayer); !ok || ll.Pkttype == unix.PACKET_OUTGOING {
					continue
				}
				frame := append([]byte(nil), b[:n]...)
				times, delay := draw()
				for k := range times {
					senders.Go(func() {
						time.Sleep(delay[k])
						unix.Write(fds[1-i], frame)
					})
				}
			}
		})
	}
	t.Cleanup(func() {
		close(done)
		readers.Wait()
		senders.Wait()
		unix.Close(fds[0])
		unix.Close(fds[1])
	})
}

// open opens a packet socket on an interface.
func open(name string) (int, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0, err
	}
	all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, int(all))
	if err != nil {
		return 0, err
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: i.Index}); err != nil {
		return 0, err
	}
	mreq := unix.PacketMreq{Ifindex: int32(i.Index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &mreq); err != nil {
		return 0, err
	}
	return fd, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
}
