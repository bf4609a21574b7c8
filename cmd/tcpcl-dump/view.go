// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/internal/render"
)

// view is what all commands that read captures have in common: the flags, and how input becomes output.
type view struct {
	cmd *cobra.Command

	input
	recording
	display   displayFilter
	decodeAs  decodeAs
	keyLogs   keyLogs
	security  securityKeys
	sessions  []int
	jobs      uint8
	maxMemory size
	format    choice
	output    string
	colour    choice
	progress  choice
	quiet     bool

	ran func() // is called when everything was read, before anything is said of it; nil: nothing
}

// newView registers the flags that all views have, with the command's own in the middle of them. The first of the formats is
// the default.
func newView(cmd *cobra.Command, own func(*pflag.FlagSet), formats ...string) *view {
	v := &view{cmd: cmd, maxMemory: dissect.DefaultMaxMemory}
	f := cmd.Flags()
	f.SortFlags = false
	v.input.register(f)
	v.recording.register(f)
	addChoice(cmd, &v.format, "format", "T", "what the output looks like", formats...)
	own(f)
	f.VarP(&v.display, "display-filter", "Y", "only the messages that the display `FILTER` chooses, in Wireshark's language, and the transfers and sessions that they are of")
	f.IntSliceVar(&v.sessions, "session", nil, "only session `N` (repeatable)")
	f.StringVar(&v.output, "output", "", "write to `FILE` instead of standard output")
	f.BoolVarP(&v.quiet, "quiet", "q", false, "no notes on standard error")
	f.VarP(&v.decodeAs, "decode-as", "d", "take the streams of a port for TCPCL, or for none; needed only where their content does not tell")
	v.keyLogs.register(f)
	f.StringArrayVar((*[]string)(&v.security), "bpsec-key", nil, "check and decrypt bundles with the keys in `FILE`: lines of a security source, or *, and a key in hex (repeatable)")
	f.Uint8Var(&v.jobs, "jobs", 0, "`N` workers (default: one a core)")
	f.Var(&v.maxMemory, "max-memory", "memory for data that waits for missing packets")
	addChoice(cmd, &v.colour, "color", "", "colour the output", "auto", "always", "never")
	addChoice(cmd, &v.progress, "progress", "", "show progress on standard error", "auto", "always", "never")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveDefault // files
	}
	return v
}

// addTime registers the flag of the time format.
func addTime(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVarP(format, "time", "t", string(render.Relative), "show times in `FORMAT` a, ad, d, dd, e, r, u or ud, as tshark has them")
	complete(cmd, "time", []string{"a", "ad", "d", "dd", "e", "r", "u", "ud"})
}

// files are the captures to read.
func (v *view) files(args []string) ([]string, error) {
	files, err := v.input.files(v.cmd, args)
	if err != nil {
		return nil, err
	}
	return files, v.recording.check(v.cmd, files, &v.stop, v.display.Filter != nil, v.output)
}

// open makes the place for results.
func (v *view) open() (*results, error) {
	r, err := newResults(v.output, v.format.value == "json")
	if err != nil {
		return nil, err
	}
	if v.colour.value == "always" || v.colour.value == "auto" && r.width > 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		r.theme = render.NewTheme(true)
	}
	return r, nil
}

// run reads the captures named by args and by -r into sinks that newSink makes, one for each worker.
func (v *view) run(args []string, o dissect.Options, out io.Writer, newSink func(*dissect.Output) dissect.Sink) (dissect.Summary, error) {
	return v.runContext(v.cmd.Context(), args, o, out, newSink)
}

// runContext is run until ctx is done.
func (v *view) runContext(ctx context.Context, args []string, o dissect.Options, out io.Writer, newSink func(*dissect.Output) dissect.Sink) (sum dissect.Summary, failed error) {
	files, err := v.files(args)
	if err != nil {
		return dissect.Summary{}, err
	}
	in, err := v.input.open(ctx, files, v.quiet)
	if err != nil {
		return dissect.Summary{}, err
	}
	defer in.close(v.quiet)
	if o.Keys, err = v.keyLogs.open(in.timeline, files); err != nil {
		return dissect.Summary{}, err
	}
	defer o.Keys.Close()
	if v.recording.file != "" {
		to, err := v.recording.open(in, v.filter, &v.display, o.Keys, &v.stop)
		if err != nil {
			return dissect.Summary{}, err
		}
		in.Source = to
		if to.selected != nil {
			o.Jobs = 1 // whoever chooses is told by the one who reads
		}
		defer func() { failed = errors.Join(failed, to.close()) }()
	}
	if o.Security, err = v.security.open(); err != nil {
		return dissect.Summary{}, err
	}
	if o.Jobs == 0 {
		o.Jobs = v.workers()
	}
	o.MaxMemory, o.DecodeAs, o.Live = int64(v.maxMemory), v.decodeAs, in.live != nil
	stop := func() {}
	if in.timeline != nil && v.showsProgress() {
		p := startProgress(os.Stderr, in.timeline)
		newSink, stop = p.count(newSink), p.stop
	}
	newSink = v.display.apply(&o, newSink)
	var chosen []*only
	newSink = v.only(newSink, &chosen)
	if v.metrics != "" {
		server, telling, err := v.serveMetrics(in, &o, newSink)
		if err != nil {
			return dissect.Summary{}, err
		}
		defer server.Close()
		newSink = telling
	}
	sum, err = dissect.Run(ctx, v.bounded(in.Source), o, out, newSink)
	stop()
	if v.ran != nil {
		v.ran()
	}
	if err = interrupted(ctx, err); in.live != nil {
		err = finished(ctx, err)
	}
	if err == nil {
		err = v.absent(chosen)
	}
	if err == nil && sum.Sessions == 0 && !v.quiet {
		noteNothingFound(os.Stderr, in.names, &sum, in.filtered)
	}
	if !v.quiet {
		noteMissingKeys(os.Stderr, &sum, v.sessions)
	}
	return sum, err
}

// workers is how many there are.
func (v *view) workers() int {
	if v.jobs > 0 {
		return int(v.jobs)
	}
	return dissect.DefaultJobs()
}

// showsProgress says whether progress may be shown: never into a list that grows on the same terminal.
func (v *view) showsProgress() bool {
	switch v.progress.value {
	case "always":
		return true
	case "never":
		return false
	}
	return isTerminal(os.Stderr) && (v.output != "" || !isTerminal(os.Stdout)) && os.Getenv("TERM") != "dumb"
}

// only lets through what --session asks for, with sinks that it adds to chosen.
func (v *view) only(newSink func(*dissect.Output) dissect.Sink, chosen *[]*only) func(*dissect.Output) dissect.Sink {
	if len(v.sessions) == 0 {
		return newSink
	}
	return func(out *dissect.Output) dissect.Sink {
		o := &only{newSink(out), v.sessions, make([]bool, len(v.sessions))}
		*chosen = append(*chosen, o)
		return o
	}
}

// absent is an error for each session asked for of which nothing came.
func (v *view) absent(chosen []*only) error {
	var errs []error
	for i, number := range v.sessions {
		if !slices.ContainsFunc(chosen, func(o *only) bool { return o.seen[i] }) {
			errs = append(errs, fmt.Errorf("no session %d in what was read; the sessions command lists them", number))
		}
	}
	return errors.Join(errs...)
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// ended puts together what a view returns: interruptions and damaged input still show what is known, and failures to write
// come on top.
func ended(err error, writing ...error) error {
	return errors.Join(err, outputFailed(errors.Join(writing...)))
}
