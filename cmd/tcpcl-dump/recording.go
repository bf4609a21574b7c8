// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// recording is where packets go besides.
type recording struct {
	file  string
	ring  ring
	whole bool
}

// register adds the flags.
func (r *recording) register(f *pflag.FlagSet) {
	f.StringVarP(&r.file, "write", "w", "", "write the packets to `FILE` too, as pcapng with the TLS secrets that are known; - is standard output")
	f.VarP(&r.ring, "ring-buffer", "b", "with -w: begin another file by `CONDITION` duration:SECONDS, interval:SECONDS, filesize:KB or packets:N; keep files:N (repeatable)")
	f.BoolVar(&r.whole, "whole-sessions", false, "with -w and -Y: write all packets of the sessions of which a message is chosen, not only those of the messages")
}

// check says what is wrong with the flags; files are those that are read.
func (r *recording) check(cmd *cobra.Command, files []string, stop *autostop, filtered bool, output string) error {
	switch {
	case r.whole && (r.file == "" || !filtered):
		return usage(cmd, "--whole-sessions needs -w and -Y")
	case r.file == "" && (r.ring != ring{} || stop.size > 0 || stop.files > 0):
		return usage(cmd, "-b, -a filesize: and -a files: need -w")
	case r.ring.keep > 0 && !r.ring.next.Any() || stop.files > 0 && !r.ring.next.Any():
		return usage(cmd, "files: needs -b with duration:, interval:, filesize: or packets:, which say when a file ends")
	case r.file == "-" && output == "":
		return usage(cmd, "-w - takes standard output; give --output FILE for the rest")
	case r.file == "":
		return nil
	}
	mine, err := os.Stat(r.file)
	if err != nil {
		return nil
	}
	for _, name := range files {
		if read, err := os.Stat(name); err == nil && os.SameFile(mine, read) {
			return usage(cmd, "-w %s: this is a capture that is read", r.file)
		}
	}
	return nil
}

// open begins to record what p gives, or what of it a display filter chooses.
func (r *recording) open(p *packets, filter captureFilter, display *displayFilter, keys *dissect.Keys, stop *autostop) (*taped, error) {
	o := capture.RecordingOptions{Name: r.file, Application: version(), Filter: filter.String(), Next: r.ring.next, Keep: r.ring.keep,
		Secrets: keys.AppendText, Note: func(text string) { fmt.Fprintln(os.Stderr, "tcpcl-dump: "+text) }}
	if p.live != nil {
		o.Counters = p.live.Counters
	}
	to, err := capture.NewRecording(o)
	if err != nil {
		return nil, outputFailed(err)
	}
	d := &taped{Source: p.Source, to: to, stop: stop, reopen: hangUps()}
	if display.Filter != nil {
		d.selected = newSelection(to, r.whole)
		display.chosen = d.selected.message
	}
	if p.live != nil {
		d.live, d.interfaces = p.live, p.live.Interfaces()
	}
	return d, nil
}

// taped is a source whose packets are written.
type taped struct {
	dissect.Source
	to         *capture.Recording
	selected   *selection // nil: all packets are written
	live       *capture.Live
	interfaces []capture.LiveInterface
	stop       *autostop
	reopen     <-chan os.Signal // asks to begin the file anew
}

func (r *taped) Next(p *reassembly.Packet) error {
	if r.stop.size > 0 && r.to.Size() >= r.stop.size {
		return io.EOF
	}
	err := r.Source.Next(p)
	switch {
	case err == nil && r.stop.files > 0 && r.to.Files()+1 >= r.stop.files && r.to.Due(p.Time):
		return io.EOF
	case err == nil:
		from := capture.LiveInterface{Link: p.Link}
		if r.live != nil {
			from = r.interfaces[r.live.From()]
		}
		if r.selected != nil {
			r.selected.packet(p, from)
		} else {
			r.to.Packet(p, from)
		}
	case err == reassembly.ErrIdle:
		select {
		case <-r.reopen:
			r.to.Reopen()
		default:
		}
		r.to.Idle()
	}
	return err
}

// close ends the recording, and says what is missing from it.
func (r *taped) close() error {
	err := r.to.Close()
	if r.selected != nil {
		err = errors.Join(err, r.selected.err())
	}
	return outputFailed(err)
}

// ring is the flag -b.
type ring struct {
	next capture.Rotation
	keep int
}

func (*ring) Type() string { return "CONDITION" }

func (*ring) String() string { return "" }

var errRing = errors.New("is no condition: duration:SECONDS (or 10m), interval:SECONDS, filesize:KB (or 100M), packets:N or files:N")

func (r *ring) Set(text string) error {
	what, value, _ := strings.Cut(text, ":")
	var ok bool
	switch what {
	case "duration":
		r.next.Duration, ok = parseSeconds(value)
	case "interval":
		r.next.Interval, ok = parseSeconds(value)
	case "filesize":
		r.next.Size, ok = parseKilobytes(value)
	case "packets":
		r.next.Packets, ok = parseCount(value)
	case "files":
		var n uint64
		n, ok = parseCount(value)
		r.keep = int(min(n, 1<<30))
	}
	if !ok {
		return fmt.Errorf("%q %w", text, errRing)
	}
	return nil
}

// parseSeconds understands a number of seconds, or a duration with units.
func parseSeconds(text string) (time.Duration, bool) {
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		text = strconv.FormatFloat(s, 'f', -1, 64) + "s"
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}

// parseKilobytes understands a size in kB, as tshark has it, or with a unit.
func parseKilobytes(text string) (int64, bool) {
	if strings.Trim(text, "0123456789") == "" {
		text += "k"
	}
	var s size
	err := s.Set(text)
	return int64(s), err == nil
}

func parseCount(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && n > 0
}
