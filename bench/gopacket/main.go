// SPDX-License-Identifier: Apache-2.0

// Command gopacket is the baseline that tcpcl-dump is measured against: what a Go program gets that uses
// github.com/google/gopacket well. It reads a pcap file with pcapgo, decodes Ethernet, IPv4 and TCP with a
// DecodingLayerParser, puts the streams together with package reassembly, counts TCPCLv4 messages, and does nothing else.
//
//	gopacket FILE
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/google/gopacket/reassembly"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gopacket FILE")
		os.Exit(2)
	}
	f, err := os.Open(os.Args[1])
	if err == nil {
		var c counts
		if err = count(f, &c); err == nil {
			fmt.Printf("messages %d bundles %d lost %d\n", c.total(), c.bundles, c.lost)
			return
		}
	}
	fmt.Fprintln(os.Stderr, "gopacket:", err)
	os.Exit(1)
}

// count decodes a whole capture.
func count(r io.Reader, c *counts) error {
	packets, err := pcapgo.NewReader(bufio.NewReaderSize(r, 1<<20))
	if err != nil {
		return err
	}
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(&factory{c}))
	var (
		ethernet layers.Ethernet
		ip       layers.IPv4
		tcp      layers.TCP
		payload  gopacket.Payload
		context  captureContext
	)
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &ip, &tcp, &payload)
	decoded := make([]gopacket.LayerType, 0, 8)
	for {
		var frame []byte
		frame, context.info, err = packets.ZeroCopyReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if parser.DecodeLayers(frame, &decoded) != nil || len(decoded) < 3 {
			continue
		}
		assembler.AssembleWithContext(ip.NetworkFlow(), &tcp, &context)
	}
	assembler.FlushAll()
	return nil
}

type captureContext struct{ info gopacket.CaptureInfo }

func (c *captureContext) GetCaptureInfo() gopacket.CaptureInfo { return c.info }

type factory struct{ counts *counts }

func (f *factory) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return &stream{[2]direction{{counts: f.counts}, {counts: f.counts}}}
}

// stream is one TCP connection: client to server, server to client.
type stream struct{ directions [2]direction }

func (s *stream) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, _ reassembly.Sequence, _ *bool,
	_ reassembly.AssemblerContext) bool {
	return true
}

func (s *stream) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	if n == 0 {
		return
	}
	dir, _, _, skipped := sg.Info()
	d := &s.directions[0]
	if dir == reassembly.TCPDirServerToClient {
		d = &s.directions[1]
	}
	if skipped > 0 {
		d.skip(uint64(skipped))
	}
	d.feed(sg.Fetch(n))
}

func (s *stream) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }
