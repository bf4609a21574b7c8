// SPDX-License-Identifier: Apache-2.0

// Package capgen generates captures of TCPCL traffic of any size, together with the truth about what they hold.
//
// The same options always give the same octets. Frames are Ethernet/IPv4/TCP with timestamps and right checksums, from SYN
// to FIN, with pure ACKs in between; TCPCL messages are packed into TCP segments, and split over them, as a sender with a send
// buffer does. Bundles are BPv7 with CRCs, or BPv6 with TCPCLv3. The profiles:
//
//	tiny     payloads of 1 to 64 octets: the cost of a message
//	small    payloads of 120 to 1920 octets, a segment each
//	bulk     payloads of 10 MB in segments of 64 KiB
//	mixed    all of these, some transfers refused
//	adverse  mixed, in a capture that reorders, repeats and loses packets, or begins after the session did
//	churn    many short sessions of a few small bundles each
//	tls      as bulk, encrypted with TLS 1.3; keys are random, so that these captures alone differ each time
//	single   one transfer in one segment: its size is the wanted size
package capgen

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"slices"
	"strings"
)

// Options of Write. Profile and Size are needed.
type Options struct {
	Profile   string
	Size      int64 // wanted octets of the capture; it ends when open transfers are finished. single: octets of the segment's data
	Seed      int64
	V3        bool          // TCPCLv3 with BPv6 bundles
	MSS       int           // data octets a TCP segment, up to 65000; 0: 1448
	AckEvery  int           // a pure TCP ACK every so many data segments; 0: 2
	Flows     int           // flows in total; 0: the profile's
	Conc      int           // flows at a time; 0: the profile's
	Port      int           // the passive side's; 0: 4556
	KeyLog    io.Writer     // takes the secrets of the profile tls
	OnMessage func(Message) // called for every message, in the order in which they were sent within one direction
}

const (
	maxMSS   = 65000
	poolSize = 24 << 20 // random octets that payloads are cut from
)

// generator is the state of one Write.
type generator struct {
	o    Options
	p    profile
	rand *rand.Rand
	w    *bufio.Writer

	err     error  // of TLS
	written int64  // octets of the file
	clock   uint64 // microseconds since the first second
	packets int64
	held    []heldFrame
	record  [16]byte // scratch for a packet record's header

	pool     []byte
	sequence uint64 // of the last bundle

	truth            Truth
	impaired         map[string]int64
	before, captured map[string]int64 // messages by kind, as in AdverseTruth
}

// Write writes a capture in pcap format to w and returns the truth about it.
func Write(w io.Writer, o Options) (*Truth, error) {
	p, ok := profiles[o.Profile]
	if !ok {
		return nil, fmt.Errorf("no profile %q: there are %s", o.Profile, strings.Join(Profiles(), ", "))
	}
	if p.tls && (o.KeyLog == nil || o.V3) {
		return nil, errors.New("the profile tls is TCPCLv4, and needs somewhere for its secrets")
	}
	if p.oneSegment && o.Size < minSingle {
		return nil, fmt.Errorf("size %d is too small for one segment with a bundle: at least %d", o.Size, minSingle)
	}
	if o.Flows > 0 {
		p.flows = o.Flows
	}
	if o.Conc > 0 {
		p.conc = o.Conc
	}
	o.MSS, o.AckEvery, o.Port = orDefault(o.MSS, 1448), orDefault(o.AckEvery, 2), orDefault(o.Port, 4556)
	if o.MSS < 1 || o.MSS > maxMSS {
		return nil, fmt.Errorf("TCP segments of %d octets: possible are 1 to %d", o.MSS, maxMSS)
	}
	g := &generator{o: o, p: p, rand: rand.New(rand.NewSource(o.Seed)), w: bufio.NewWriterSize(w, 1<<20),
		impaired: map[string]int64{}, before: map[string]int64{}, captured: map[string]int64{}}
	g.truth.Messages = map[string]int64{}
	g.pool = randomOctets(g.rand, poolSize)
	g.writeFileHeader()
	if p.oneSegment {
		g.runSingle(o.Size)
	} else {
		g.run(o.Size)
	}
	for len(g.held) > 0 {
		h := g.held[0]
		g.held = g.held[1:]
		g.writeFrame(h.frame)
	}
	if err := errors.Join(g.err, g.w.Flush()); err != nil {
		return nil, err
	}
	return g.conclude(), nil
}

// randomOctets gives what r.Read gives, which captures' octets depend on, several times as fast: seven octets of each number.
func randomOctets(r *rand.Rand, n int) []byte {
	b := make([]byte, n+7)
	for i := 0; i < n; i += 7 {
		binary.LittleEndian.PutUint64(b[i:], uint64(r.Int63()))
	}
	return b[:n]
}

func orDefault(v, d int) int {
	if v == 0 {
		return d
	}
	return v
}

// run opens flows, lets a random one make a step, and closes those that have sent their share, up to the wanted size.
func (g *generator) run(size int64) {
	quota := g.p.quota
	if quota == 0 {
		quota = int64(float64(size) / float64(g.p.flows) * .9)
	}
	var active []*flow
	next := 0
	for g.written < size || len(active) > 0 {
		for len(active) < g.p.conc && g.written < size && (next < g.p.flows || len(active) == 0) {
			f := g.newFlow(next, quota)
			next++
			g.open(f)
			active = append(active, f)
		}
		i := g.rand.Intn(len(active))
		if !g.step(active[i], g.written >= size) {
			active = slices.Delete(active, i, i+1)
		}
	}
	g.truth.Flows = next
}

// step sends a burst of segments of one flow, with what the peer answers. It ends the flow, and returns false, when the
// flow or the capture (full) has had its share and no transfer is open.
func (g *generator) step(f *flow, full bool) bool {
	d := 0
	if f.bidir {
		d = g.rand.Intn(2)
	}
	over := f.quota <= 0 || full
	if over && f.sides[0].bundle == nil && f.sides[1].bundle == nil {
		g.end(f)
		return false
	}
	if over && f.sides[d].bundle == nil {
		d = 1 - d
	}
	for k := 1 + g.rand.Intn(g.p.burst); k > 0; k-- {
		done := g.segment(f, d)
		g.flush(f, d, done && g.rand.Float64() < .3)
		if done && over {
			break
		}
	}
	g.flush(f, d, true)
	if g.p.keepalive > 0 && g.rand.Float64() < g.p.keepalive {
		g.keepalive(f, g.rand.Intn(2))
	}
	g.flush(f, 1-d, true)
	return true
}
