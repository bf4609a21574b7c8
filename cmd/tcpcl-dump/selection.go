// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// selection writes the packets that hold messages which a display filter chose, or all those of their sessions. What a packet holds
// is known when the message is complete: until then packets wait, in bounded memory. It is for one goroutine, which is also that of the sink.
type selection struct {
	to      *capture.Recording
	whole   bool // of a session of which a message is chosen, everything
	limit   int  // octets of packets that wait
	decoder *reassembly.Decoder
	flows   map[[2]netip.AddrPort]*flow
	waiting []*kept // in the order of packets; waiting[:gone] are given up
	gone    int
	octets  int
	missed  uint64 // packets of sessions chosen that did not wait any more
}

// flow is a TCP connection.
type flow struct {
	key    [2]netip.AddrPort
	kept   []*kept
	chosen bool   // from now on, and what is kept
	gaveUp uint64 // packets
}

// kept is a packet that waits.
type kept struct {
	packet  reassembly.Packet
	from    capture.LiveInterface
	src     netip.AddrPort
	flow    *flow
	written bool
}

// selectionLimit is how much waits: what is sent on a fast link while a large message is under way.
const selectionLimit = 64 << 20

// maxFlows bounds the connections that are remembered without a packet that waits.
const maxFlows = 1 << 16

func newSelection(to *capture.Recording, whole bool) *selection {
	return &selection{to: to, whole: whole, limit: selectionLimit, decoder: reassembly.NewDecoder(reassembly.DecoderOptions{}),
		flows: map[[2]netip.AddrPort]*flow{}}
}

// pair is the same for both directions.
func pair(a, b netip.AddrPort) [2]netip.AddrPort {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return [2]netip.AddrPort{a, b}
}

// packet takes a packet that may be written. Its octets are copied if it has to wait.
func (s *selection) packet(p *reassembly.Packet, from capture.LiveInterface) {
	var segment reassembly.Segment
	if !s.decoder.Decode(p, &segment) {
		return
	}
	src := segment.Src.AddrPort()
	key := pair(src, segment.Dst.AddrPort())
	f := s.flows[key]
	if f == nil {
		s.forget()
		f = &flow{key: key}
		s.flows[key] = f
	}
	if f.chosen && segment.Flags&reassembly.SYN != 0 && segment.Flags&reassembly.ACK == 0 {
		f.chosen, f.gaveUp = false, 0 // the ports are used again
	}
	if f.chosen {
		s.to.Packet(p, from)
		return
	}
	k := &kept{packet: *p, from: from, src: src, flow: f}
	k.packet.Data = slices.Clone(p.Data)
	f.kept = append(f.kept, k)
	s.waiting = append(s.waiting, k)
	s.octets += len(p.Data)
	for s.octets > s.limit && s.gone < len(s.waiting) {
		s.giveUp()
	}
	if s.gone > 1024 && s.gone > len(s.waiting)/2 {
		s.waiting = slices.Delete(s.waiting, 0, s.gone)
		s.gone = 0
	}
}

// giveUp drops the packet that has waited longest.
func (s *selection) giveUp() {
	k := s.waiting[s.gone]
	s.waiting[s.gone] = nil
	s.gone++
	s.octets -= len(k.packet.Data)
	if i := slices.Index(k.flow.kept, k); i >= 0 { // the first one, or nearly
		k.flow.kept = slices.Delete(k.flow.kept, i, i+1)
	}
	if !k.written {
		k.flow.gaveUp++
	}
	k.packet.Data = nil
}

// forget drops connections of which nothing waits, when there are too many.
func (s *selection) forget() {
	if len(s.flows) < maxFlows {
		return
	}
	for key, f := range s.flows {
		if len(f.kept) == 0 {
			delete(s.flows, key)
		}
	}
}

// message writes the packets of a message, or of its session.
func (s *selection) message(m *record.Message) {
	src, err := netip.ParseAddrPort(m.Src)
	dst, err2 := netip.ParseAddrPort(m.Dst)
	f := s.flows[pair(src, dst)]
	if err != nil || err2 != nil || f == nil || f.chosen {
		return
	}
	for _, k := range f.kept {
		if !k.written && (s.whole || k.src == src && k.packet.Frame >= m.FirstFrame && k.packet.Frame <= m.Frame) {
			k.written = true
			s.to.Packet(&k.packet, k.from)
		}
	}
	if s.whole {
		f.chosen = true
		s.missed += f.gaveUp
	}
}

// err says what is missing from what was written.
func (s *selection) err() error {
	if s.missed == 0 {
		return nil
	}
	limit := size(s.limit)
	return fmt.Errorf("%d packets of sessions that were chosen late are missing from the file: no more than %s of packets wait for that", s.missed, &limit)
}
