// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"encoding/binary"
	"runtime"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// blocks appends pcapng blocks, all of them whole, in little-endian order.
type blocks struct{ b []byte }

// begin begins a block; end ends the one that began at a place.
func (w *blocks) begin(kind uint32) (at int) {
	at = len(w.b)
	w.b = binary.LittleEndian.AppendUint32(w.b, kind)
	w.b = binary.LittleEndian.AppendUint32(w.b, 0)
	return at
}

func (w *blocks) end(at int) {
	length := uint32(len(w.b) - at + 4)
	binary.LittleEndian.PutUint32(w.b[at+4:], length)
	w.b = binary.LittleEndian.AppendUint32(w.b, length)
}

func (w *blocks) u16(n uint16) { w.b = binary.LittleEndian.AppendUint16(w.b, n) }
func (w *blocks) u32(n uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, n) }

// octets appends octets with their padding.
func (w *blocks) octets(b []byte) {
	w.b = append(w.b, b...)
	w.b = append(w.b, make([]byte, -len(b)&3)...)
}

func (w *blocks) option(code uint16, value []byte) {
	value = value[:min(len(value), 0xffff)]
	w.u16(code)
	w.u16(uint16(len(value)))
	w.octets(value)
}

func (w *blocks) option64(code uint16, n uint64) {
	w.option(code, binary.LittleEndian.AppendUint64(nil, n))
}

func (w *blocks) endOptions() { w.u32(0) }

// section begins a section, said to be written by a program.
func (w *blocks) section(application string) {
	const optOS, optApplication = 3, 4
	at := w.begin(blockSection)
	w.u32(byteOrderMagic)
	w.u16(1)
	w.u16(0)
	w.u32(0xffffffff) // the section's length is not known
	w.u32(0xffffffff)
	w.option(optOS, []byte(runtime.GOOS))
	w.option(optApplication, []byte(application))
	w.endOptions()
	w.end(at)
}

// iface describes the next interface of the section. Times are in nanoseconds.
func (w *blocks) iface(i LiveInterface, filter string) {
	const optName, optResolution, optFilter = 2, 9, 11
	at := w.begin(blockInterface)
	w.u16(uint16(i.Link))
	w.u16(0)
	w.u32(0) // no limit
	if i.Name != "" {
		w.option(optName, []byte(i.Name))
	}
	w.option(optResolution, []byte{9})
	if filter != "" {
		w.option(optFilter, append([]byte{0}, filter...))
	}
	w.endOptions()
	w.end(at)
}

// packet appends a packet of an interface, with comments.
func (w *blocks) packet(p *reassembly.Packet, iface int, comments []string) {
	at := w.begin(blockEnhanced)
	w.u32(uint32(iface))
	w.time(p.Time)
	w.u32(uint32(len(p.Data)))
	w.u32(uint32(max(p.Length, len(p.Data))))
	w.octets(p.Data)
	for _, c := range comments {
		w.option(optComment, []byte(c))
	}
	if len(comments) > 0 {
		w.endOptions()
	}
	w.end(at)
}

func (w *blocks) time(t int64) {
	w.u32(uint32(uint64(t) >> 32))
	w.u32(uint32(t))
}

// secrets appends the lines of a TLS key log.
func (w *blocks) secrets(text []byte) {
	at := w.begin(blockSecrets)
	w.u32(SecretTLSKeyLog)
	w.u32(uint32(len(text)))
	w.octets(text)
	w.end(at)
}

// statistics appends what became of the packets of an interface.
func (w *blocks) statistics(iface int, t int64, c Counters) {
	const optReceived, optIfDropped, optOSDropped = 4, 5, 7
	at := w.begin(blockStatistics)
	w.u32(uint32(iface))
	w.time(t)
	w.option64(optReceived, c.Received)
	w.option64(optIfDropped, c.InterfaceDropped)
	w.option64(optOSDropped, c.Dropped)
	w.endOptions()
	w.end(at)
}
