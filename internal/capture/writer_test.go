// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/reassembly"
	"github.com/klauspost/compress/zstd"
)

type order = binary.AppendByteOrder

var (
	little order = binary.LittleEndian
	bigEnd order = binary.BigEndian
)

// pcapHeader is a pcap file header.
func pcapHeader(o order, magic, snaplen, network uint32) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, snaplen)
	return o.AppendUint32(b, network)
}

// record is a pcap record; extra stands between its header and its data.
func record(o order, sec, frac, length uint32, extra int, data []byte) []byte {
	b := o.AppendUint32(nil, sec)
	b = o.AppendUint32(b, frac)
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, length)
	b = append(b, make([]byte, extra)...)
	return append(b, data...)
}

// block is a pcapng block.
func block(o order, kind uint32, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	body = append(body, make([]byte, -len(body)&3)...)
	size := uint32(len(body) + 12)
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, size)
	b = append(b, body...)
	return o.AppendUint32(b, size)
}

func words(o order, values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = o.AppendUint32(b, v)
	}
	return b
}

// opt is an option of a block, end the end of a list of them.
func opt(o order, code uint16, value []byte) []byte {
	b := o.AppendUint16(nil, code)
	b = o.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(b)&3)...)
}

func end(o order) []byte { return opt(o, 0, nil) }

func sectionBlock(o order, options ...[]byte) []byte {
	fixed := o.AppendUint32(nil, byteOrderMagic)
	fixed = o.AppendUint16(fixed, 1)
	fixed = o.AppendUint16(fixed, 0)
	fixed = o.AppendUint64(fixed, ^uint64(0))
	return block(o, blockSection, append([][]byte{fixed}, options...)...)
}

func interfaceBlock(o order, link uint16, snaplen uint32, options ...[]byte) []byte {
	fixed := o.AppendUint16(nil, link)
	fixed = o.AppendUint16(fixed, 0)
	fixed = o.AppendUint32(fixed, snaplen)
	return block(o, blockInterface, append([][]byte{fixed}, options...)...)
}

func enhanced(o order, number uint32, ts uint64, length uint32, data []byte, options ...[]byte) []byte {
	fixed := words(o, number, uint32(ts>>32), uint32(ts), uint32(len(data)), length)
	padded := append(bytes.Clone(data), make([]byte, -len(data)&3)...)
	return block(o, blockEnhanced, append([][]byte{fixed, padded}, options...)...)
}

func simple(o order, length uint32, data []byte) []byte {
	return block(o, blockSimple, words(o, length), data)
}

func secretsBlock(o order, kind uint32, data []byte) []byte {
	return block(o, blockSecrets, words(o, kind, uint32(len(data))), data)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gunzip(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func zstded(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// octets are n octets that differ from their neighbours.
func octets(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

// packet is a Packet with octets of its own.
type packet struct {
	Frame  uint64
	Time   int64
	Length int
	Link   reassembly.LinkType
	Data   string
}

type source interface {
	Next(p *reassembly.Packet) error
}

// readAll returns everything that a source gives until io.EOF, which must stay io.EOF.
func readAll(t testing.TB, s source) (packets []packet, errs []error) {
	t.Helper()
	for {
		var p reassembly.Packet
		switch err := s.Next(&p); err {
		case nil:
			packets = append(packets, packet{p.Frame, p.Time, p.Length, p.Link, string(p.Data)})
		case io.EOF:
			if err := s.Next(&p); err != io.EOF {
				t.Errorf("after io.EOF: %v", err)
			}
			return packets, errs
		default:
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Errorf("error of type %T: %v", err, err)
			}
			errs = append(errs, err)
		}
	}
}

// readBytes reads a capture in memory under the name "x".
func readBytes(t testing.TB, b []byte) (*File, []packet, []error) {
	t.Helper()
	f, err := NewReader("x", bytes.NewReader(b))
	if err != nil {
		return nil, nil, []error{err}
	}
	t.Cleanup(func() { f.Close() })
	packets, errs := readAll(t, f)
	return f, packets, errs
}

// mustRead is readBytes of a capture without faults.
func mustRead(t testing.TB, b []byte) (*File, []packet) {
	t.Helper()
	f, packets, errs := readBytes(t, b)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return f, packets
}

func texts(errs []error) string {
	var s []string
	for _, err := range errs {
		s = append(s, err.Error())
	}
	return strings.Join(s, "\n")
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// writeFile writes a file into a directory of the test and returns its path.
func writeFile(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
