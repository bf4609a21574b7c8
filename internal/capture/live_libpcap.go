// SPDX-License-Identifier: Apache-2.0

//go:build libpcap

package capture

import (
	"io"
	"sync/atomic"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcap"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// Live captures packets from interfaces with libpcap. It is for one goroutine, but for Counters and Stop.
type Live struct {
	interfaces []LiveInterface
	handles    []*pcap.Handle
	turn       int // whose packet was handed out last
	frame      uint64
	looked     time.Time

	received, dropped, below atomic.Uint64
	stopped                  atomic.Bool
}

const (
	waitFor   = 20 * time.Millisecond // for a packet
	lookEvery = time.Second           // how often the counters are read
	wholeSnap = 1 << 18
)

// OpenLive begins to capture. Errors are of type *NoCapture.
func OpenLive(o LiveOptions) (*Live, error) {
	l := new(Live)
	for _, name := range o.Interfaces {
		h, err := openHandle(name, o)
		if err != nil {
			l.Close()
			return nil, &NoCapture{name, err, ""}
		}
		l.handles = append(l.handles, h)
		l.interfaces = append(l.interfaces, LiveInterface{name, reassembly.LinkType(h.LinkType())})
	}
	return l, nil
}

func openHandle(name string, o LiveOptions) (*pcap.Handle, error) {
	inactive, err := pcap.NewInactiveHandle(name)
	if err != nil {
		return nil, err
	}
	defer inactive.CleanUp()
	snap, buffer := o.Snap, o.Buffer
	if snap == 0 {
		snap = wholeSnap
	}
	if buffer <= 0 {
		buffer = DefaultBuffer
	}
	for _, err := range []error{inactive.SetSnapLen(snap), inactive.SetPromisc(!o.NoPromiscuous && name != AnyInterface),
		inactive.SetTimeout(waitFor), inactive.SetBufferSize(buffer)} {
		if err != nil {
			return nil, err
		}
	}
	h, err := inactive.Activate()
	if err != nil {
		return nil, err
	}
	if o.Filter != nil {
		if err := h.SetBPFFilter(o.Filter.String()); err != nil {
			h.Close()
			return nil, err
		}
	}
	return h, nil
}

// Capturable says why nothing can be captured, nil if something can.
func Capturable() error {
	h, err := openHandle(AnyInterface, LiveOptions{})
	if err != nil {
		return &NoCapture{AnyInterface, err, ""}
	}
	h.Close()
	return nil
}

// Interfaces lists what is captured from, in the order of the options.
func (l *Live) Interfaces() []LiveInterface { return l.interfaces }

// From says which of Interfaces the last packet came from.
func (l *Live) From() int { return l.turn }

// Next is as with the other implementation of Live: it waits for a packet for a moment only, and then returns reassembly.ErrIdle.
func (l *Live) Next(p *reassembly.Packet) error {
	for range len(l.handles) {
		if l.stopped.Load() {
			return io.EOF
		}
		var info gopacket.CaptureInfo
		var err error
		p.Data, info, err = l.handles[l.turn].ZeroCopyReadPacketData()
		if err == nil {
			l.frame++
			l.received.Store(l.frame)
			p.Frame, p.Time, p.Length, p.Link = l.frame, info.Timestamp.UnixNano(), info.Length, l.interfaces[l.turn].Link
			return nil
		}
		if err != pcap.NextErrorTimeoutExpired {
			return &NoCapture{l.interfaces[l.turn].Name, err, ""}
		}
		l.turn = (l.turn + 1) % len(l.handles)
	}
	now := time.Now()
	if now.Sub(l.looked) > lookEvery {
		l.looked = now
		l.countDrops()
	}
	p.Time = now.UnixNano()
	return reassembly.ErrIdle
}

func (l *Live) countDrops() {
	var kernel, below uint64
	for _, h := range l.handles {
		if s, err := h.Stats(); err == nil {
			kernel, below = kernel+uint64(s.PacketsDropped), below+uint64(s.PacketsIfDropped)
		}
	}
	l.dropped.Store(kernel)
	l.below.Store(below)
}

// Counters tell what became of the packets so far; what was dropped is as of the last second.
func (l *Live) Counters() Counters {
	return Counters{Received: l.received.Load(), Dropped: l.dropped.Load(), InterfaceDropped: l.below.Load()}
}

// Stop makes Next return io.EOF soon. It may be called from any goroutine.
func (l *Live) Stop() { l.stopped.Store(true) }

// Close ends the capture.
func (l *Live) Close() error {
	l.stopped.Store(true)
	l.countDrops()
	for _, h := range l.handles {
		h.Close()
	}
	l.handles = nil
	return nil
}
