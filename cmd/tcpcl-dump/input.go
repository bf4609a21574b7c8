// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/internal/pcapfilter"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// input is where packets come from: files, or interfaces.
type input struct {
	captures      []string
	interfaces    []string
	filter        captureFilter
	snap          uint32
	noPromiscuous bool
	buffer        mebibytes
	count         uint64
	stop          autostop
	metrics       string
	ahead         []byte // octets of standard input that were looked at
}

// register adds the flags.
func (i *input) register(f *pflag.FlagSet) {
	f.StringArrayVarP(&i.captures, "read", "r", nil, "read this `FILE` too, - is standard input (repeatable)")
	f.StringArrayVarP(&i.interfaces, "interface", "i", nil, "capture from interface `IFACE`, or from any (repeatable); the interfaces command lists them")
	f.VarP(&i.filter, "capture-filter", "f", "only packets that the capture `FILTER` takes, in tcpdump's language: \"tcp port 4556\"")
	f.Uint32VarP(&i.snap, "snapshot-length", "s", 0, "capture `N` octets of each packet (default: all)")
	f.BoolVarP(&i.noPromiscuous, "no-promiscuous-mode", "p", false, "capture what is meant for this machine only")
	f.VarP(&i.buffer, "buffer-size", "B", "kernel memory for packets that wait, in MiB or with a unit (default 16MiB)")
	f.Uint64VarP(&i.count, "count", "c", 0, "stop after `N` packets")
	f.StringVar(&i.metrics, "metrics", "", "with -i: serve metrics for Prometheus at `ADDR`, HOST:PORT")
	f.VarP(&i.stop, "autostop", "a", "stop by `CONDITION` duration:SECONDS or packets:N, with -w filesize:KB or files:N (repeatable)")
}

// files are the captures to read, those of -r first; none where interfaces are captured.
func (i *input) files(cmd *cobra.Command, args []string) ([]string, error) {
	files := slices.Concat(i.captures, args)
	live := len(i.interfaces) > 0
	switch {
	case live && len(files) > 0:
		return nil, usage(cmd, "-i does not go with captures: %s", files[0])
	case !live && len(files) == 0:
		return nil, usage(cmd, "no capture given; name a file, - for standard input, or an interface with -i")
	}
	for _, flag := range []string{"snapshot-length", "no-promiscuous-mode", "buffer-size", "metrics"} {
		if !live && cmd.Flags().Changed(flag) {
			return nil, usage(cmd, "--%s needs -i", flag)
		}
	}
	return files, nil
}

// packets is an input that was opened.
type packets struct {
	Source   dissect.Source
	names    []string          // for people
	timeline *capture.Timeline // nil where interfaces are captured
	filtered *filtered         // nil where there is no filter, or the kernel has it
	live     *capture.Live     // nil where files are read
}

// open opens files or interfaces. When ctx is done a read that waits ends.
func (i *input) open(ctx context.Context, files []string, quiet bool) (*packets, error) {
	p := &packets{names: files}
	if len(i.interfaces) == 0 {
		interruptStdin(ctx, files)
		p.timeline = capture.NewTimeline(files)
		p.timeline.Ahead = i.ahead
		p.Source = p.timeline
		if i.filter.Filter != nil {
			p.filtered = &filtered{Timeline: p.timeline, ctx: ctx, matcher: pcapfilter.NewMatcher(i.filter.Filter)}
			p.Source = p.filtered
		}
	} else {
		note := func(text string) { fmt.Fprintln(os.Stderr, "tcpcl-dump: "+text) }
		if quiet {
			note = nil
		}
		live, err := capture.OpenLive(capture.LiveOptions{Interfaces: i.interfaces, Filter: i.filter.Filter, Snap: int(i.snap),
			Buffer: int(i.buffer), NoPromiscuous: i.noPromiscuous, Note: note})
		if err != nil {
			return nil, err
		}
		p.live, p.Source, p.names = live, live, nil
		for _, name := range i.interfaces {
			p.names = append(p.names, "interface "+name)
		}
		if !quiet {
			fmt.Fprintln(os.Stderr, "tcpcl-dump: capturing "+strings.Join(p.names, ", "))
		}
	}
	return p, nil
}

// bounded is a source that ends where -c and -a want it to.
func (i *input) bounded(s dissect.Source) dissect.Source {
	if n := i.stop.after(i.count); n > 0 {
		s = &limit{s, n}
	}
	if i.stop.duration > 0 {
		s = &timed{Source: s, until: time.Now().Add(i.stop.duration)}
	}
	return s
}

// close closes what is open, and tells what became of the packets of interfaces.
func (p *packets) close(quiet bool) {
	if p.timeline != nil {
		p.timeline.Close()
		return
	}
	p.live.Close()
	if c := p.live.Counters(); !quiet || c.Dropped > 0 {
		fmt.Fprintf(os.Stderr, "tcpcl-dump: %d packets received, %d dropped by the kernel, %d by the interface\n", c.Received, c.Dropped, c.InterfaceDropped)
		if c.Dropped > 0 {
			fmt.Fprintln(os.Stderr, "tcpcl-dump: what was dropped is missing above; a larger buffer (-B) or a capture filter (-f) may help")
		}
	}
}

// timed is a source that ends at a time of day.
type timed struct {
	dissect.Source
	until time.Time
	n     uint
}

func (t *timed) Next(p *reassembly.Packet) error {
	err := t.Source.Next(p)
	if t.n++; err == reassembly.ErrIdle || t.n%256 == 0 {
		if !time.Now().Before(t.until) {
			return io.EOF
		}
	}
	return err
}

// mebibytes is a size whose unit is the MiB if none is given, as tshark has it.
type mebibytes int64

func (m *mebibytes) Type() string { return "size" }

func (m *mebibytes) String() string {
	if *m == 0 {
		return ""
	}
	return (*size)(m).String()
}

func (m *mebibytes) Set(text string) error {
	if strings.Trim(text, "0123456789") == "" {
		text += "MiB"
	}
	var s size
	if err := s.Set(text); err != nil {
		return err
	}
	if s > 1<<30 {
		return fmt.Errorf("%s is more than 1GiB", text)
	}
	*m = mebibytes(s)
	return nil
}

// autostop is the flag -a: when to stop.
type autostop struct {
	duration time.Duration
	packets  uint64
	size     int64 // of the file that is written
	files    int   // that were written
}

func (*autostop) Type() string { return "CONDITION" }

func (*autostop) String() string { return "" }

var errAutostop = errors.New("is no condition: duration:SECONDS (or 10m), packets:N, filesize:KB (or 100M) or files:N")

func (a *autostop) Set(text string) error {
	what, value, _ := strings.Cut(text, ":")
	var ok bool
	switch what {
	case "duration":
		a.duration, ok = parseSeconds(value)
	case "packets":
		a.packets, ok = parseCount(value)
	case "filesize":
		a.size, ok = parseKilobytes(value)
	case "files":
		var n uint64
		n, ok = parseCount(value)
		a.files = int(min(n, 1<<30))
	}
	if !ok {
		return fmt.Errorf("%q %w", text, errAutostop)
	}
	return nil
}

// after is after how many packets to stop, 0 for never, with -c given too.
func (a *autostop) after(count uint64) uint64 {
	if count == 0 || a.packets > 0 && a.packets < count {
		return a.packets
	}
	return count
}
