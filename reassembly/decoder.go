// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"maps"
	"time"
)

// DecoderOptions bounds what a Decoder keeps of IP datagrams that came in fragments. The zero value is usable.
type DecoderOptions struct {
	MaxFragmentOctets int           // memory for fragments that wait for others; 0: 16 MiB
	MaxDatagrams      int           // datagrams that wait for fragments; 0: 4096
	FragmentTimeout   time.Duration // capture time from a datagram's first fragment until it is given up; 0: 30 s
}

// DecodeStats counts packets by what became of them. Every packet for which Decode returned false, fragments that only
// had to wait aside, is in exactly one of NotIP, NotTCP, Truncated, Malformed, NestingTooDeep and UnsupportedLink.
type DecodeStats struct {
	Packets         uint64              // all
	NotIP           uint64              // no IP packet inside: ARP, LLDP, ...
	NotTCP          uint64              // IP, but nothing that leads to TCP
	Truncated       uint64              // cut by the snap length in front of the 21st octet of the TCP header
	Malformed       uint64              // a header contradicts itself or the packet's length
	NestingTooDeep  uint64              // more headers inside one another than are gone through
	UnsupportedLink map[LinkType]uint64 // packets by link type that is not read

	PayloadCut          uint64 // segments with Missing octets
	Fragments           uint64 // packets that are IP fragments
	FragmentsIncomplete uint64 // datagrams given up because fragments did not come in time, or for want of memory
	FragmentConflicts   uint64 // fragments that say something else than an earlier one of the same octets or length
}

// Decoder finds the TCP segment in a packet, behind any supported encapsulation. It keeps IP fragments until their
// datagram is whole. A Decoder is for one goroutine.
type Decoder struct {
	stats     DecodeStats
	fragments fragmentTable
}

// NewDecoder returns a Decoder with the limits of o.
func NewDecoder(o DecoderOptions) *Decoder {
	d := &Decoder{}
	d.fragments.init(o, &d.stats)
	return d
}

// Decode fills s and returns true when p holds a TCP segment, or completes an IP datagram that does. Otherwise it
// returns false, what s holds then means nothing, and the reason is counted in Stats. Checksums are not looked at:
// offloading leaves wrong ones in good captures.
func (d *Decoder) Decode(p *Packet, s *Segment) bool {
	d.stats.Packets++
	// The plainest packets take a straight way; whatever is unusual in them is left to descend to judge.
	b, wire := p.Data, p.Length
	if p.Link == LinkEthernet && len(b) >= 54 && binary.BigEndian.Uint16(b[12:]) == etherTypeIPv4 {
		b, wire = b[14:], wire-14
	} else {
		n, etherType := plainLink(p)
		if etherType == etherTypeIPv6 && d.plainIPv6(p, n, s) {
			return true
		}
		if etherType != etherTypeIPv4 {
			return d.descend(p, s)
		}
		b, wire = b[n:], wire-n
	}
	if len(b) < 40 {
		return d.descend(p, s)
	}
	h := (*[40]byte)(b) // IPv4 without options, and TCP
	total := int(binary.BigEndian.Uint16(h[2:]))
	end := min(total, len(b))
	payload := 20 + int(h[32]>>4)*4
	if h[0] != 0x45 || h[9] != protocolTCP || binary.BigEndian.Uint16(h[6:])&0x3fff != 0 ||
		total > wire || payload < 40 || payload > end {
		return d.descend(p, s)
	}
	s.Src.Hi, s.Src.Lo = 0, mapped|uint64(binary.BigEndian.Uint32(h[12:]))
	s.Dst.Hi, s.Dst.Lo = 0, mapped|uint64(binary.BigEndian.Uint32(h[16:]))
	fillTCP(s, h[20:])
	s.Header, s.Payload = b[20:payload:payload], b[payload:end]
	s.Frame, s.Time = p.Frame, p.Time
	if s.Missing = total - end; s.Missing > 0 {
		d.stats.PayloadCut++
	}
	return true
}

// Stats returns the counts so far.
func (d *Decoder) Stats() DecodeStats {
	stats := d.stats
	stats.UnsupportedLink = maps.Clone(d.stats.UnsupportedLink)
	return stats
}

// Flush gives up and counts the datagrams that still wait for fragments. It is to be called when no packets are left.
func (d *Decoder) Flush() { d.fragments.flush() }

// maxLayers is how many headers in one packet are gone through, TCP's included.
const maxLayers = 16

// step names what the octets at hand begin with or, from stepSegment on, how the way down ended.
type step uint8

const (
	stepEthernet step = iota
	stepVLAN
	stepMPLS
	stepPPPoE
	stepPPP
	stepIP // version by the first four bits
	stepIPv4
	stepIPv6
	stepIPv6Extension
	stepIPv6Fragment
	stepAuthentication
	stepGRE
	stepUDP
	stepTCP

	stepSegment     // found
	stepOther       // nothing that leads to TCP
	stepTruncated   // the snap length cut what has to be known
	stepMalformed   // lengths that cannot be
	stepUnsupported // link type
	stepHeld        // a fragment that waits for others
)

// descent is the way down through the headers of one packet.
type descent struct {
	b    []byte // octets captured, from the header at hand on
	wire int    // octets that b had on the wire, at least len(b); what is more the snap length cut
	ip   bool   // there was an IP header
	v6   bool   // the innermost one was of IPv6
	s    *Segment
	p    *Packet
	d    *Decoder
}

// descend goes through the headers of p one by one.
func (d *Decoder) descend(p *Packet, s *Segment) bool {
	w := descent{b: p.Data, wire: max(p.Length, len(p.Data)), s: s, p: p, d: d}
	next := w.link(p.Link)
	for layer := 0; next < stepSegment; layer++ {
		if layer == maxLayers {
			d.stats.NestingTooDeep++
			return false
		}
		switch next {
		case stepEthernet:
			next = w.ethernet()
		case stepVLAN:
			next = w.vlan()
		case stepMPLS:
			next = w.mpls()
		case stepPPPoE:
			next = w.pppoe()
		case stepPPP:
			next = w.ppp()
		case stepIP:
			next = w.ipByVersion()
		case stepIPv4:
			next = w.ipv4()
		case stepIPv6:
			next = w.ipv6()
		case stepIPv6Extension:
			next = w.ipv6Extension()
		case stepIPv6Fragment:
			next = w.ipv6Fragment()
		case stepAuthentication:
			next = w.authentication()
		case stepGRE:
			next = w.gre()
		case stepUDP:
			next = w.udp()
		case stepTCP:
			next = w.tcp()
		}
	}
	return d.ended(next, &w)
}

// ended counts how the way down ended, and completes the segment where there is one.
func (d *Decoder) ended(end step, w *descent) bool {
	switch end {
	case stepSegment:
		w.s.Frame, w.s.Time = w.p.Frame, w.p.Time
		if w.s.Missing > 0 {
			d.stats.PayloadCut++
		}
		return true
	case stepTruncated:
		d.stats.Truncated++
	case stepMalformed:
		d.stats.Malformed++
	case stepUnsupported:
		if d.stats.UnsupportedLink == nil {
			d.stats.UnsupportedLink = make(map[LinkType]uint64)
		}
		d.stats.UnsupportedLink[w.p.Link]++
	case stepOther:
		if w.ip {
			d.stats.NotTCP++
		} else {
			d.stats.NotIP++
		}
	}
	return false
}

// skip passes n octets, of which the caller knows that they are there.
func (w *descent) skip(n int) {
	w.b = w.b[n:]
	w.wire -= n
}

// short tells why a header of n octets is not there as a whole.
func (w *descent) short(n int) step {
	if w.wire < n {
		return stepMalformed
	}
	return stepTruncated
}

// limit drops what follows the first n octets: padding and trailers behind what a header's length field covers.
// It returns false when there never were n.
func (w *descent) limit(n int) bool {
	if n > w.wire {
		return false
	}
	w.wire = n
	w.b = w.b[:min(n, len(w.b))]
	return true
}

// tcp reads the TCP header (RFC 9293 3.1). A header whose options the snap length cut still tells all about the sequence
// numbers: the whole payload is missing then.
func (w *descent) tcp() step {
	if len(w.b) < 20 {
		return w.short(20)
	}
	header := int(w.b[12]>>4) * 4
	if header < 20 || header > w.wire {
		return stepMalformed
	}
	fillTCP(w.s, w.b)
	captured := min(header, len(w.b))
	w.s.Header, w.s.Payload = w.b[:captured:captured], w.b[captured:]
	w.s.Missing = w.wire - header - len(w.s.Payload)
	return stepSegment
}

// fillTCP takes the fixed part of the TCP header that b begins with. It is small enough to be inlined.
func fillTCP(s *Segment, b []byte) {
	h := b[:20:20]
	s.Src.Port = binary.BigEndian.Uint16(h[0:])
	s.Dst.Port = binary.BigEndian.Uint16(h[2:])
	s.Seq = binary.BigEndian.Uint32(h[4:])
	s.Ack = binary.BigEndian.Uint32(h[8:])
	s.Flags = h[13]
	s.Window = binary.BigEndian.Uint16(h[14:])
	s.Checksum = binary.BigEndian.Uint16(h[16:])
}
