// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/dtn-tools/tcpcl/reassembly"
)

// DefaultMaxMemory is Options.MaxMemory's default.
const DefaultMaxMemory = 256 << 20

// Summary says what a Run saw.
type Summary struct {
	Packets     uint64
	Octets      uint64 // captured octets of packets
	Connections int    // TCP connections
	Sessions    int    // of these, TCPCL
	Decode      reassembly.DecodeStats
	Undecrypted int           // sessions whose TLS could not be decrypted for want of secrets
	MissingKeys []MissingKeys // of these, the first ones
}

// MissingKeys says that the TLS secrets of a session are missing.
type MissingKeys struct {
	Session      int
	ClientRandom [32]byte // what they stand under in a key log
	Known        bool     // ClientRandom was captured
}

// maxMissing bounds Summary.MissingKeys.
const maxMissing = 16

// maxSourceErrors bounds how often in a row a source may fail without giving a packet.
const maxSourceErrors = 4096

// ErrWrite wraps what the writer given to Run returned.
var ErrWrite = errors.New("writing results")

// Run reads all packets of src and hands what they hold to sinks, one for each worker, made by newSink. What the sinks write to
// their Outputs comes out of w in the same order and with the same content whatever the number of workers: that of the frames where
// messages or the list of bundles are wanted (see Sink), unless so much waits for missing packets that there is no room for it.
//
// Damaged input is no reason to stop: errors of src are collected, joined and returned at the end, when everything that
// could be decoded has been delivered. When ctx is done, Run stops reading, delivers what is known and returns ctx's
// error; when w fails it stops and returns an error that wraps ErrWrite.
func Run(ctx context.Context, src Source, o Options, w io.Writer, newSink func(*Output) Sink) (Summary, error) {
	if o.Jobs <= 0 {
		o.Jobs = 1
	}
	if o.MaxMemory <= 0 {
		o.MaxMemory = DefaultMaxMemory
	}
	var p pipeline
	if o.Live {
		o.Jobs, o.AsKnown = 1, true
	}
	if o.Jobs == 1 {
		p = newStraight(o, w, newSink)
	} else {
		p = newSharded(o, src, w, newSink)
	}
	r := reader{p: p, refresh: o.Refresh}
	return r.read(ctx, src, reassembly.TableOptions{MaxConns: maxConns(o.Live)})
}

// liveConns is how many connections are kept of a live capture, which may go on for weeks.
const liveConns = 1 << 16

func maxConns(live bool) int {
	if live {
		return liveConns
	}
	return 0
}

// pipeline is what the reader feeds: one worker at hand, or several behind queues.
type pipeline interface {
	// begin tells the time of the first packet, before anything else.
	begin(time int64)
	open(c *reassembly.Conn)
	// release tells that no segment of a connection follows, at the frame last read.
	release(c *reassembly.Conn, frame uint64)
	push(c *reassembly.Conn, side reassembly.Side, s *reassembly.Segment)
	// plain takes a packet as a whole if it is one that Table.Straight takes; otherwise it does nothing.
	plain(t *reassembly.Table, d *reassembly.Decoder, packet *reassembly.Packet) bool
	// poll says whether writing failed.
	poll() error
	// idle is called when there is no packet for now, at a time of day: what is known goes out.
	idle(now int64)
	// watcher is the sink, if it wants to be told how things are.
	watcher() Watcher
	// finish waits until everything is delivered.
	finish(s *Summary) error
}

// flusher is a writer that holds back what was written.
type flusher interface{ Flush() error }

// yieldAfter is after how many packets the reader gives way: every few milliseconds. What runs for 10 ms the runtime takes for
// stuck, and then watches all that the program does every 20 us, for some hundredths of its whole time.
const yieldAfter = 32 << 10

// reader feeds a pipeline.
type reader struct {
	p         pipeline
	refresh   time.Duration
	refreshed time.Time
}

// tell tells a watcher how things are, when it is time.
func (r *reader) tell(table *reassembly.Table, decoder *reassembly.Decoder, sum *Summary) {
	w := r.p.watcher()
	if r.refresh == 0 || w == nil || time.Since(r.refreshed) < r.refresh {
		return
	}
	r.refreshed = time.Now()
	sum.Connections, sum.Sessions = int(table.Opened()), 0
	table.Each(func(c *reassembly.Conn) {
		if c, ok := c.User.(*conn); ok && c.sess != nil {
			w.Ongoing(c.summary())
		}
	})
	sum.Decode = decoder.Stats()
	w.Refresh(sum)
	sum.Connections = 0
}

// read is packets to segments to connections.
func (r *reader) read(ctx context.Context, src Source, o reassembly.TableOptions) (Summary, error) {
	p := r.p
	var (
		sum     Summary
		errs    []error
		failed  int
		packet  reassembly.Packet
		segment reassembly.Segment
		frame   uint64 // of the last segment
	)
	decoder := reassembly.NewDecoder(reassembly.DecoderOptions{})
	o.OnOpen, o.OnRelease = p.open, func(c *reassembly.Conn) { p.release(c, frame) }
	table := reassembly.NewTable(o)
	for {
		if sum.Packets&1023 == 0 {
			if err := ctx.Err(); err != nil {
				errs = append(errs, err)
				break
			}
			if err := p.poll(); err != nil {
				break
			}
			if sum.Packets%yieldAfter == 0 {
				runtime.Gosched()
			}
		}
		if err := src.Next(&packet); err != nil {
			if err == io.EOF {
				break
			}
			if err == reassembly.ErrIdle {
				table.Expire(packet.Time)
				p.idle(packet.Time)
				r.tell(table, decoder, &sum)
				if ctx.Err() == nil && p.poll() == nil {
					continue
				}
				errs = append(errs, ctx.Err())
				break
			}
			errs = append(errs, err)
			if failed++; failed > maxSourceErrors {
				break
			}
			continue
		}
		failed = 0
		if sum.Packets++; sum.Packets == 1 {
			p.begin(packet.Time)
		}
		sum.Octets += uint64(len(packet.Data))
		if p.plain(table, decoder, &packet) {
			frame = packet.Frame
			continue
		}
		if !decoder.Decode(&packet, &segment) {
			continue
		}
		frame = segment.Frame
		c, side := table.Lookup(&segment)
		if c != nil {
			p.push(c, side, &segment)
		}
	}
	decoder.Flush()
	table.Flush()
	sum.Decode = decoder.Stats()
	if err := p.finish(&sum); err != nil {
		errs = append(errs, fmt.Errorf("%w: %w", ErrWrite, err))
	}
	return sum, errors.Join(errs...)
}

// straight is the pipeline of one worker: plain calls.
type straight struct{ w *worker }

func newStraight(o Options, w io.Writer, newSink func(*Output) Sink) *straight {
	return &straight{newWorker(o, &Output{w: w}, newSink)}
}

func (p *straight) begin(time int64)                         { p.w.captureStart = time }
func (p *straight) open(c *reassembly.Conn)                  { c.Attach(p.w.asm, p.w.newConn(c)) }
func (p *straight) release(c *reassembly.Conn, frame uint64) { p.w.release(c, frame) }
func (p *straight) push(c *reassembly.Conn, side reassembly.Side, s *reassembly.Segment) {
	if p.w.order == nil {
		c.Push(side, s)
		return
	}
	p.w.push(c, side, s)
}
func (p *straight) plain(t *reassembly.Table, d *reassembly.Decoder, packet *reassembly.Packet) bool {
	p.w.now = packet.Frame
	c := t.Straight(d, packet)
	if c != nil && p.w.pending() {
		p.w.settle(c)
	}
	return c != nil
}

func (p *straight) poll() error { return p.w.out.err }

func (p *straight) watcher() Watcher {
	w, _ := p.w.sink.(Watcher)
	return w
}

func (p *straight) idle(now int64) {
	p.w.asm.Tick(now)
	p.w.out.flush()
	if f, ok := p.w.out.w.(flusher); ok && p.w.out.err == nil {
		p.w.out.err = f.Flush()
	}
}

func (p *straight) finish(s *Summary) error {
	p.w.finish()
	p.w.out.flush()
	s.add(&p.w.summary)
	return p.w.out.err
}

func (s *Summary) add(w *Summary) {
	s.Connections += w.Connections
	s.Sessions += w.Sessions
	s.Undecrypted += w.Undecrypted
	s.MissingKeys = append(s.MissingKeys, w.MissingKeys...)
	slices.SortFunc(s.MissingKeys, func(a, b MissingKeys) int { return a.Session - b.Session })
	s.MissingKeys = s.MissingKeys[:min(len(s.MissingKeys), maxMissing)]
}

// DefaultJobs is the number of workers that uses all cores.
func DefaultJobs() int { return runtime.GOMAXPROCS(0) }
