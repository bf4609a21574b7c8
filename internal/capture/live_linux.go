// SPDX-License-Identifier: Apache-2.0

//go:build !libpcap

package capture

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dtn-tools/tcpcl/internal/pcapfilter"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// Live captures packets from interfaces. It is for one goroutine, but for Counters and Stop.
type Live struct {
	o      LiveOptions
	taps   []*tap
	poll   []unix.PollFd
	given  *tap // whose packet was handed out last
	frame  uint64
	quiet  bool         // nothing was handed out since Next returned reassembly.ErrIdle
	idle   time.Time    // when that was
	looked time.Time    // when the interfaces were looked after last
	loops  map[int]bool // indexes of interfaces, and whether they are loopback

	received, dropped, below atomic.Uint64
	stopped                  atomic.Bool
}

// tap is one interface with its ring.
type tap struct {
	LiveInterface
	*ring
	index int // 0 for all interfaces
	down  bool
	lost  uint64 // what the interface had dropped when the capture began
}

const (
	waitFor   = 50 * time.Millisecond // for a packet
	lookEvery = time.Second           // how often the interfaces are looked after
)

// OpenLive begins to capture. Errors are of type *NoCapture.
func OpenLive(o LiveOptions) (*Live, error) {
	if o.Buffer <= 0 {
		o.Buffer = DefaultBuffer
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	l := &Live{o: o, loops: map[int]bool{}, idle: time.Now(), looked: time.Now()}
	for _, name := range o.Interfaces {
		t, err := l.open(name)
		if err != nil {
			l.Close()
			return nil, &NoCapture{name, err, hintOf(err)}
		}
		l.taps = append(l.taps, t)
		l.poll = append(l.poll, unix.PollFd{Fd: int32(t.fd), Events: unix.POLLIN})
	}
	return l, nil
}

// Capturable says why nothing can be captured, nil if something can.
func Capturable() error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return &NoCapture{AnyInterface, err, hintOf(err)}
	}
	return unix.Close(fd)
}

func hintOf(err error) string {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return "it takes the capability CAP_NET_RAW: run as root, or once: setcap cap_net_raw,cap_net_admin=eip " + program()
	case errors.Is(err, errNoInterface):
		return "the interfaces command lists what there is"
	}
	return ""
}

// program is the path of the program that runs.
func program() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return os.Args[0]
}

var errNoInterface = errors.New("there is no such interface")

// find returns the index of an interface and how its packets begin.
func find(name string) (index int, cooked bool, link reassembly.LinkType, err error) {
	if name == AnyInterface {
		return 0, true, reassembly.LinkSLL2, nil
	}
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0, false, 0, errNoInterface
	}
	text, err := os.ReadFile(filepath.Join("/sys/class/net", name, "type"))
	if err != nil {
		return 0, false, 0, err
	}
	switch kind, _ := strconv.Atoi(string(bytes.TrimSpace(text))); kind {
	case unix.ARPHRD_ETHER, unix.ARPHRD_LOOPBACK:
		return i.Index, false, reassembly.LinkEthernet, nil
	case unix.ARPHRD_NONE:
		return i.Index, false, reassembly.LinkRaw, nil
	}
	return i.Index, true, reassembly.LinkSLL2, nil
}

func (l *Live) open(name string) (*tap, error) {
	index, cooked, link, err := find(name)
	if err != nil {
		return nil, err
	}
	r, err := openRing(index, cooked, link, l.program(cooked, link), l.o.Buffer)
	if err != nil {
		return nil, err
	}
	if index != 0 && !l.o.NoPromiscuous {
		if err := r.promiscuous(index); err != nil {
			l.o.Note(fmt.Sprintf("interface %s: not promiscuous: %v", name, err))
		}
	}
	return &tap{LiveInterface: LiveInterface{name, link}, ring: r, index: index, lost: interfaceDrops(name)}, nil
}

// program is what the kernel runs on each packet.
func (l *Live) program(cooked bool, link reassembly.LinkType) pcapfilter.Program {
	var p pcapfilter.Program
	switch {
	case l.o.Filter == nil && l.o.Snap == 0:
		return nil
	case l.o.Filter == nil:
		return pcapfilter.All().Cut(l.o.Snap)
	case link == reassembly.LinkRaw:
		p = l.o.Filter.KernelIP()
	default:
		p = l.o.Filter.Kernel(cooked)
	}
	if l.o.Snap > 0 {
		p = p.Cut(l.o.Snap)
	}
	return p
}

// Interfaces lists what is captured from, in the order of the options.
func (l *Live) Interfaces() []LiveInterface {
	var all []LiveInterface
	for _, t := range l.taps {
		all = append(all, t.LiveInterface)
	}
	return all
}

// From says which of Interfaces the last packet came from.
func (l *Live) From() int {
	for i, t := range l.taps {
		if t == l.given {
			return i
		}
	}
	return 0
}

// Next waits for a packet, for a moment only: then it returns reassembly.ErrIdle, with the time of day in p.Time, and also when all
// packets there are were given, and from time to time while they come without end. What p.Data points to is valid until the next call.
// It returns io.EOF once Stop was called. Other errors are about one interface; Next may be called again.
func (l *Live) Next(p *reassembly.Packet) error {
	for {
		if l.stopped.Load() {
			return io.EOF
		}
		if l.frame&0x3ff == 0 && !l.quiet && time.Since(l.idle) > waitFor {
			return l.pause(p)
		}
		t := l.first()
		if t == nil {
			if !l.quiet {
				l.quiet = true
				return l.pause(p)
			}
			if n, err := l.wait(); err != nil {
				return err
			} else if n == 0 {
				return l.pause(p)
			}
			continue
		}
		index, kind := t.read(p)
		if kind == unix.PACKET_OUTGOING && l.isLoopback(index) {
			continue // it comes in as well
		}
		l.given, l.quiet = t, false
		l.frame++
		p.Frame = l.frame
		l.received.Store(l.frame)
		return nil
	}
}

// first is the tap whose next packet is the oldest one, nil where there is no packet.
func (l *Live) first() *tap {
	var first *tap
	for _, t := range l.taps {
		if t.ready() && (first == nil || t.time() < first.time()) {
			first = t
		}
	}
	return first
}

// pause is when there is time for other things.
func (l *Live) pause(p *reassembly.Packet) error {
	l.idle = time.Now()
	if l.idle.Sub(l.looked) > lookEvery {
		l.looked = l.idle
		l.lookAfter()
	}
	p.Time = l.idle.UnixNano()
	return reassembly.ErrIdle
}

// wait waits for a packet or the end of its time, and returns on how many interfaces something happened.
func (l *Live) wait() (int, error) {
	n, err := unix.Poll(l.poll, int(waitFor/time.Millisecond))
	if err == unix.EINTR {
		return 0, nil
	} else if err != nil {
		return 0, fmt.Errorf("waiting for packets: %w", err)
	}
	for i, t := range l.taps {
		if l.poll[i].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) == 0 {
			continue
		}
		code, err := unix.GetsockoptInt(t.fd, unix.SOL_SOCKET, unix.SO_ERROR) // which resets it
		if err == nil && code == 0 {
			continue
		}
		if what := unix.Errno(code); err != nil || what != unix.ENETDOWN {
			return 0, &NoCapture{t.Name, cmp.Or(err, error(what)), ""}
		}
		t.down = true
		l.o.Note("interface " + t.Name + " went down; waiting for it to come back")
	}
	return n, nil
}

// lookAfter sees what became of the interfaces.
func (l *Live) lookAfter() {
	l.countDrops()
	for _, t := range l.taps {
		if t.index == 0 {
			continue
		}
		i, err := net.InterfaceByName(t.Name)
		if err != nil {
			if !t.down {
				t.down = true
				l.o.Note("interface " + t.Name + " is gone; waiting for it to come back")
			}
			continue
		}
		if i.Index != t.index { // made anew
			if err := t.bind(i.Index); err != nil {
				continue
			}
			t.index, t.lost = i.Index, 0
			if !l.o.NoPromiscuous {
				_ = t.promiscuous(i.Index) // as well as it goes: it is captured again
			}
		}
		if t.down && i.Flags&net.FlagUp != 0 {
			t.down = false
			l.o.Note("interface " + t.Name + " is back")
		}
	}
}

// countDrops brings the counters up to date.
func (l *Live) countDrops() {
	var kernel, below uint64
	for _, t := range l.taps {
		kernel += t.dropped()
		if n := interfaceDrops(t.Name); n > t.lost {
			below += n - t.lost
		}
	}
	l.dropped.Store(kernel)
	l.below.Store(below)
}

// interfaceDrops is how many packets an interface has dropped on their way in since it is there.
func interfaceDrops(name string) uint64 {
	var sum uint64
	for _, file := range []string{"rx_dropped", "rx_missed_errors", "rx_fifo_errors"} {
		text, err := os.ReadFile(filepath.Join("/sys/class/net", name, "statistics", file))
		if err != nil {
			return 0 // all interfaces together have no counters
		}
		n, _ := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
		sum += n
	}
	return sum
}

func (l *Live) isLoopback(index int) bool {
	loop, known := l.loops[index]
	if !known {
		i, err := net.InterfaceByIndex(index)
		loop = err == nil && i.Flags&net.FlagLoopback != 0
		l.loops[index] = loop
	}
	return loop
}

// Counters tell what became of the packets so far; what was dropped is as of the last second.
func (l *Live) Counters() Counters {
	return Counters{Received: l.received.Load(), Dropped: l.dropped.Load(), InterfaceDropped: l.below.Load()}
}

// Stop makes Next return io.EOF soon. It may be called from any goroutine.
func (l *Live) Stop() { l.stopped.Store(true) }

// Close ends the capture. Packets of it must not be used afterwards; Counters stay.
func (l *Live) Close() error {
	l.stopped.Store(true)
	l.countDrops()
	for _, t := range l.taps {
		t.close()
	}
	l.taps = nil
	return nil
}
