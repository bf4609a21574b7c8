// SPDX-License-Identifier: Apache-2.0

// Command pgo makes the profile by which the compiler optimises tcpcl-dump: where it spends its time on generated captures.
//
//	go run -trimpath ./bench/pgo -o cmd/tcpcl-dump/default.pgo
//
// The go command uses that file by itself. Make it anew when the paths that every message takes have changed.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"

	"github.com/dtn-tools/tcpcl/bench/capgen"
	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/capture"
)

func main() {
	output := flag.String("o", "default.pgo", "the profile to write")
	flag.Parse()
	if err := run(*output); err != nil {
		fmt.Fprintln(os.Stderr, "pgo:", err)
		os.Exit(1)
	}
}

// workloads are what counts: statistics and JSON of small and large bundles.
var workloads = []struct {
	profile string
	rounds  int
	want    dissect.Want
}{
	{"tiny", 40, dissect.Timings | dissect.Sessions},
	{"small", 80, dissect.Timings | dissect.Sessions},
	{"small", 30, dissect.Messages},
	{"small", 30, dissect.Bundles},
	{"mixed", 20, dissect.BundleList},
	{"mixed", 40, dissect.Messages},
	{"adverse", 40, dissect.Timings | dissect.Sessions},
}

func run(output string) error {
	dir, err := os.MkdirTemp("", "pgo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	captures := map[string]string{}
	for _, w := range workloads {
		if captures[w.profile] != "" {
			continue
		}
		name := filepath.Join(dir, w.profile)
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		_, err = capgen.Write(f, capgen.Options{Profile: w.profile, Size: 60e6})
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		captures[w.profile] = name
	}
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		return err
	}
	for _, w := range workloads {
		for range w.rounds {
			if err := dump(captures[w.profile], w.want); err != nil {
				return err
			}
		}
	}
	pprof.StopCPUProfile()
	return os.WriteFile(output, profile.Bytes(), 0o644)
}

func dump(name string, want dissect.Want) error {
	source := capture.NewTimeline([]string{name})
	defer source.Close()
	_, err := dissect.Run(context.Background(), source, dissect.Options{Want: want}, io.Discard, func(out *dissect.Output) dissect.Sink {
		return lines{out}
	})
	return err
}

// lines writes messages and bundles as JSON.
type lines struct{ out *dissect.Output }

func (l lines) Message(m *record.Message) {
	l.out.Buf = append(m.AppendJSON(l.out.Buf), '\n')
	l.out.End()
}

func (l lines) Gap(g *record.Gap) {
	l.out.Buf = append(g.AppendJSON(l.out.Buf), '\n')
	l.out.End()
}

func (l lines) Bundle(b *record.Bundle) {
	l.out.Buf = append(b.AppendJSON(l.out.Buf), '\n')
	l.out.End()
}

func (lines) Data(*record.Transfer, uint64, []byte) {}
func (lines) Transfer(*record.Transfer)             {}
func (lines) TLS(*record.TLS)                       {}
func (lines) Timing(*record.Timing)                 {}
func (lines) Session(*record.Session)               {}
