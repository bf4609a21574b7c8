// SPDX-License-Identifier: Apache-2.0

package reassembly

import "encoding/binary"

// Nearly all packets of a capture are plain: Ethernet, IPv4 without options, TCP without SYN, FIN and RST, of a connection that is
// known, and next in its stream. What Decoder.Decode, Table.Lookup and Conn.Push do with such a packet one after the other is done
// here in one go. Everything else is left to them.

// plainFlow is one direction of an IPv4 connection, by the octets of its packets.
type plainFlow struct {
	addresses uint64 // source and destination, as they lie in the header
	ports     uint32 // likewise
	side      Side
	c         *Conn
}

// plainFlows is how many are kept: they are looked up without a search.
const plainFlows = 512

func plainSlot(addresses uint64, ports uint32) uint32 {
	return (uint32(addresses>>32) ^ uint32(addresses)*31 ^ ports) * 0x9e3779b1 >> 23 % plainFlows
}

// Straight takes a plain packet from its first octet to the Receiver of its connection, which it returns, and counts it in d's
// Stats. Where it returns nil nothing was done. It must be called in the goroutine of the connections' Assembler.
func (t *Table) Straight(d *Decoder, p *Packet) *Conn {
	const (
		ip, tcp = 14, 34 // offsets of the headers
		least   = 54
	)
	if len(p.Data) < least || p.Link != LinkEthernet || uint64(p.Time-t.clock) >= uint64(expireGrain) {
		return nil
	}
	b := p.Data
	h := (*[least]byte)(b)
	end := ip + int(binary.BigEndian.Uint16(h[ip+2:]))
	payload := tcp + int(h[tcp+12]>>4)*4
	if binary.LittleEndian.Uint32(h[12:])&0xffffff != 0x450008 || h[ip+9] != protocolTCP || h[ip+6]&0x3f != 0 || h[ip+7] != 0 ||
		h[tcp+13]&(SYN|FIN|RST|ACK) != ACK || payload < least || payload > end || end > len(b) {
		return nil
	}
	addresses, ports := binary.LittleEndian.Uint64(h[ip+12:]), binary.LittleEndian.Uint32(h[tcp:])
	f := &t.plain[plainSlot(addresses, ports)]
	if f.addresses != addresses || f.ports != ports || f.c == nil {
		return nil
	}
	c, side := f.c, f.side&1
	half, st, peer := &c.entry.halves[side], &c.streams[side], &c.streams[side^1]
	seq, ack := binary.BigEndian.Uint32(h[tcp+4:]), binary.BigEndian.Uint32(h[tcp+8:])
	if half.watched || seq != st.next || !st.flowing || c.busy != 0 || int32(ack-peer.next) > 0 && peer.known && !peer.ended ||
		c.ignored.Load() {
		return nil
	}

	d.stats.Packets++
	t.before, t.now, t.last = p.Time, p.Time, c
	n := uint32(end - payload)
	if next := seq + n; next-half.high-1 < reach { // as half.see does
		half.high = next
	}
	if t.now-c.entry.touched >= touchGrain {
		t.touch(c)
	}
	c.frame, c.time = p.Frame, p.Time
	if n == 0 {
		return c
	}
	st.remember().take(seq, n, binary.BigEndian.Uint16(h[tcp+16:]), b[tcp:payload])
	offset := st.pos - st.base
	st.pos += uint64(n)
	st.next += n
	c.r.Data(side, Chunk{Offset: offset, Data: b[payload:end:end], Frame: p.Frame, Time: p.Time})
	return c
}

// know makes c one that Straight finds.
func (t *Table) know(c *Conn) {
	if c.entry.plain || !c.ends[SideA].Is4() || !c.ends[SideB].Is4() {
		return
	}
	c.entry.plain = true
	for side := range c.ends {
		from, to := &c.ends[side], &c.ends[1-side]
		var b [12]byte
		binary.BigEndian.PutUint32(b[0:], uint32(from.Lo))
		binary.BigEndian.PutUint32(b[4:], uint32(to.Lo))
		binary.BigEndian.PutUint16(b[8:], from.Port)
		binary.BigEndian.PutUint16(b[10:], to.Port)
		addresses, ports := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint32(b[8:])
		f := &t.plain[plainSlot(addresses, ports)]
		if f.c != nil {
			f.c.entry.plain = f.c == c
		}
		*f = plainFlow{addresses, ports, Side(side), c}
	}
}

// forget makes Straight find a connection no more.
func (t *Table) forget(c *Conn) {
	for i := range t.plain {
		if t.plain[i].c == c {
			t.plain[i] = plainFlow{}
		}
	}
}
