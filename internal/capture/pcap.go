// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// A pcap has a header of 24 octets (magic, version, time zone, accuracy, snapshot length, link type), then records: time,
// octets captured and octets on the wire in 16 octets, and the data. All numbers are in the writer's octet order.
const (
	pcapHeaderLen = 24

	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // A. Kuznetsov's patches of libpcap: more in each record header
	magicIxiaHW   = 0x1c0001ac // one more word behind the file header
	magicIxiaSW   = 0x1c0001ab
)

// Lengths of a record header.
const (
	recordStandard = 16
	recordNokia    = 20 // the standard magic, and 4 octets of Nokia's
	recordModified = 24 // interface index, protocol, packet type
	recordSS990915 = 28 // the same, and the numbers of processors
)

// pcapLayout is how the records of a pcap look.
type pcapLayout struct {
	header  int   // octets of a record header; 0 until the first record has shown it
	unit    int64 // nanoseconds of a fraction's unit: 1000 or 1
	fcs     int   // octets of the frame check sequence behind each packet
	link    reassembly.LinkType
	maybe   [2]int // what header may be, the likelier first
	swapped bool   // versions before 2.4: some writers had the two lengths the other way round
	plain   bool   // records are recordStandard, little-endian and without any of the above
}

// pcapMagic tells whether b, of at least 4 octets, begins a pcap, which one, and in which octet order.
func pcapMagic(b []byte) (magic uint32, big, ok bool) {
	for _, big := range []bool{false, true} {
		magic := load32(b, big)
		switch magic {
		case magicMicro, magicNano, magicModified, magicIxiaHW, magicIxiaSW:
			return magic, big, true
		}
	}
	return 0, false, false
}

// load32 reads a number in the writer's octet order. The swap is cheaper than a call through binary.ByteOrder.
func load32(b []byte, big bool) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func load16(b []byte, big bool) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if big {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func load64(b []byte, big bool) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if big {
		v = bits.ReverseBytes64(v)
	}
	return v
}

func (f *File) readPcapHeader() error {
	magic, big, _ := pcapMagic(f.unread())
	f.big = big
	length := pcapHeaderLen
	if magic == magicIxiaHW || magic == magicIxiaSW {
		length += 4
	}
	if !f.need(length) {
		return f.cutShort(0, "the pcap file header has %d of %d octets", len(f.unread()), length)
	}
	b := f.unread()
	major, minor := load16(b[4:], big), load16(b[6:], big)
	if major != 2 {
		return f.fault(4, "pcap version %d.%d is not read, only 2.x", major, minor)
	}
	f.pcap = pcapLayout{unit: 1000, swapped: minor < 4, maybe: [2]int{recordStandard, recordStandard}}
	switch magic {
	case magicNano:
		f.pcap.unit = 1
	case magicModified:
		f.pcap.maybe = [2]int{recordModified, recordSS990915}
	case magicMicro:
		f.pcap.maybe[1] = recordNokia
	}
	// The low 16 bits are the link type. Bit 26 says that bits 28 to 31 count the 16-bit words of a frame check sequence.
	network := load32(b[20:], big)
	f.pcap.link = reassembly.LinkType(network)
	if network&0x04000000 != 0 {
		f.pcap.fcs = int(network>>28) * 2
	}
	f.info.Interfaces = []Interface{{Link: f.pcap.link, Snaplen: load32(b[16:], big)}}
	f.lo += length
	return nil
}

// nextRecord reads a packet of a pcap.
func (f *File) nextRecord(p *reassembly.Packet) error {
	if f.pcap.header == 0 {
		f.need(recordStandard)
		f.pcap.header = f.recordHeader()
		f.pcap.plain = f.pcap.header == recordStandard && !f.big && f.pcap.fcs == 0 && !f.pcap.swapped
	}
	header := f.pcap.header
	if !f.need(header) {
		return f.endOfRecords()
	}
	b, big := (*[recordStandard]byte)(f.buf[f.lo:]), f.big // one bounds check for all
	sec, frac := load32(b[0:], big), load32(b[4:], big)
	captured, length := load32(b[8:], big), load32(b[12:], big)
	if captured > length && f.pcap.swapped {
		captured, length = length, captured
	}
	if captured > maxPacket {
		f.frame++
		err := f.fault(f.offset(), "damaged: packet %d has a length of %d octets, over the limit of %d", f.frame, captured,
			maxPacket)
		err.Frame = f.frame
		return f.stop(err)
	}
	size := header + int(captured)
	if !f.need(size) {
		size = len(f.unread())
		f.end = f.cutPacket(f.offset(), size-header, int(captured))
	}
	end := f.lo + size
	p.Data = f.buf[f.lo+header : end : end]
	f.lo = end
	f.frame++
	p.Frame = f.frame
	p.Time = int64(sec)*1e9 + int64(frac)*f.pcap.unit
	p.Link = f.pcap.link
	p.Length = wireLength(captured, length)
	if f.pcap.fcs > 0 {
		stripFCS(p, f.pcap.fcs)
	}
	return nil
}

// cutPacket reports that of the next packet only some octets are there. It must be called before its octets are used.
func (f *File) cutPacket(offset int64, have, want int) error {
	err := f.cutShort(offset, "packet %d has %d of %d octets", f.frame+1, have, want)
	err.Frame = f.frame + 1
	err.Hint = "the packets before it are whole"
	return err
}

func (f *File) endOfRecords() error {
	if n := len(f.unread()); n > 0 {
		err := f.cutShort(f.offset(), "the header of packet %d has %d of %d octets", f.frame+1, n, f.pcap.header)
		err.Frame = f.frame + 1
		return f.stop(err)
	}
	return f.finish()
}

// recordHeader decides which of two record headers of different length a pcap has, since its magic does not tell: the
// first one, unless only with the other one plausible records follow each other. It looks only at octets that have
// arrived, so as not to hold up a live capture.
func (f *File) recordHeader() int {
	first, second := f.pcap.maybe[0], f.pcap.maybe[1]
	if first != second {
		if _, ok := f.plausible(first); !ok {
			if n, ok := f.plausible(second); ok && n >= 2 {
				return second
			}
		}
	}
	return first
}

// plausible walks the first few records and counts them. It is false when one cannot be a record.
func (f *File) plausible(header int) (n int, ok bool) {
	const (
		records = 4
		octets  = 8 << 10
		years   = 5 * 365 * 24 * 3600 // no capture pauses longer
	)
	b := f.unread()
	b = b[:min(len(b), octets)]
	var last uint32
	for n < records && len(b) >= recordStandard {
		sec, frac := load32(b, f.big), load32(b[4:], f.big)
		captured, length := load32(b[8:], f.big), load32(b[12:], f.big)
		apart := max(sec, last) - min(sec, last)
		if frac >= 1e6 || captured > length || length > maxPacket || n > 0 && apart > years {
			return n, false
		}
		last = sec
		n++
		b = b[min(header+int(captured), len(b)):]
	}
	return n, true
}

// wireLength is the length on the wire: not less than what was captured, whatever the file says.
func wireLength(captured, length uint32) int {
	return int(min(max(captured, length), math.MaxInt32))
}

// stripFCS takes a frame check sequence off the end of a packet, as far as it was captured.
func stripFCS(p *reassembly.Packet, octets int) {
	p.Length = max(p.Length-octets, 0)
	n := min(len(p.Data), p.Length)
	p.Data = p.Data[:n:n]
}
