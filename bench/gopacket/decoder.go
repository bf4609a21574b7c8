// SPDX-License-Identifier: Apache-2.0

package main

import "encoding/binary"

// Message types of TCPCLv4 (RFC 9174 9.6, 9.7). Type 0 stands for the contact header.
const (
	typeXferSegment = 1 + iota
	typeXferAck
	typeXferRefuse
	typeKeepalive
	typeSessTerm
	typeMsgReject
	typeSessInit
	typeCount
)

const (
	flagEnd, flagStart = 1, 2

	maxHeader = 4096 // a message whose header is longer is taken for garbage
)

// counts is what the decoder finds.
type counts struct {
	messages [typeCount]int64
	bundles  int64 // transfers whose data are complete
	lost     int64 // streams in which decoding stopped
}

func (c *counts) total() (n int64) {
	for _, m := range c.messages {
		n += m
	}
	return n
}

// direction decodes one direction of a TCPCLv4 session. It works on the slices it is given, and copies only headers that
// straddle two of them.
type direction struct {
	counts *counts
	begun  bool   // the contact header was seen
	lost   bool   // decoding has stopped
	carry  []byte // the beginning of a header
	data   uint64 // octets left of the segment
	end    bool   // the segment is its transfer's last
	holed  bool   // the transfer lacks octets
}

// feed decodes the next octets of the stream.
func (d *direction) feed(b []byte) {
	for len(b) > 0 && !d.lost {
		if d.data > 0 {
			n := min(uint64(len(b)), d.data)
			b = b[n:]
			d.consume(n)
			continue
		}
		if len(d.carry) == 0 {
			n := d.header(b)
			if n == 0 {
				d.carry = append(d.carry, b...)
				return
			}
			b = b[max(n, 0):]
			continue
		}
		old, more := len(d.carry), min(len(b), 128)
		d.carry = append(d.carry, b[:more]...)
		n := d.header(d.carry)
		if n == 0 {
			b = b[more:]
			if len(d.carry) > maxHeader {
				d.stop()
			}
			continue
		}
		d.carry = d.carry[:0]
		b = b[max(n-old, 0):]
	}
}

// skip tells that n octets are missing. Decoding goes on only if all of them are data of one segment.
func (d *direction) skip(n uint64) {
	if d.lost {
		return
	}
	if len(d.carry) > 0 || d.data < n {
		d.stop()
		return
	}
	d.holed = true
	d.consume(n)
}

func (d *direction) stop() {
	d.lost = true
	d.counts.lost++
}

// consume takes n octets of data off the segment.
func (d *direction) consume(n uint64) {
	d.data -= n
	if d.data == 0 && d.end {
		d.end = false
		if !d.holed {
			d.counts.bundles++
		}
	}
}

// header decodes the message header at the start of b. It returns the octets used, 0 if there are too few, and stops
// decoding, with -1, if it is none.
func (d *direction) header(b []byte) int {
	if !d.begun {
		if len(b) < 6 {
			return 0
		}
		if string(b[:5]) != "dtn!\x04" {
			d.stop()
			return -1
		}
		d.begun = true
		d.counts.messages[0]++
		return 6
	}
	n := headerLength(b)
	switch {
	case n < 0 || n > maxHeader:
		d.stop()
		return -1
	case n == 0 || n > len(b):
		return 0
	}
	d.counts.messages[b[0]]++
	if b[0] == typeXferSegment {
		if b[1]&flagStart != 0 {
			d.holed = false
		}
		d.end = b[1]&flagEnd != 0
		d.data = binary.BigEndian.Uint64(b[n-8:])
		d.consume(0)
	}
	return n
}

// headerLength is the length of the message header at the start of b: 0 if b does not tell yet, -1 if it is none.
func headerLength(b []byte) int {
	be := binary.BigEndian
	switch b[0] {
	case typeXferSegment:
		if len(b) < 14 {
			return 0
		}
		if b[1]&flagStart == 0 {
			return 18
		}
		return 22 + int(be.Uint32(b[10:]))
	case typeXferAck:
		return 18
	case typeXferRefuse:
		return 10
	case typeKeepalive:
		return 1
	case typeSessTerm, typeMsgReject:
		return 3
	case typeSessInit:
		if len(b) < 21 {
			return 0
		}
		n := 21 + int(be.Uint16(b[19:]))
		if len(b) < n+4 {
			return 0
		}
		return n + 4 + int(be.Uint32(b[n:]))
	}
	return -1
}
