// SPDX-License-Identifier: Apache-2.0

// Command gencap writes a deterministic capture full of TCPCL traffic and the truth about it as JSON.
//
//	go run ./bench/gencap -o bulk.pcap -size 200M -profile bulk [-v3] [-seed 1] > truth.json
//
// Package capgen describes the profiles.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/dtn-tools/tcpcl/bench/capgen"
)

func main() {
	os.Exit(run())
}

func run() int {
	var o capgen.Options
	out := flag.String("o", "", "pcap `file` to write")
	size := flag.String("size", "100M", "wanted size of the pcap (K, M, G); with -profile single, of the segment's data")
	truthFile := flag.String("truth", "", "`file` for the truth (default: standard output)")
	flag.StringVar(&o.Profile, "profile", "mixed", strings.Join(capgen.Profiles(), ", "))
	flag.Int64Var(&o.Seed, "seed", 1, "seed")
	flag.BoolVar(&o.V3, "v3", false, "TCPCLv3 with BPv6 bundles")
	flag.IntVar(&o.MSS, "mss", 1448, "TCP segment size (up to 65000: as a capture with segmentation offload)")
	flag.IntVar(&o.AckEvery, "ackevery", 2, "a pure TCP ACK every n data segments")
	flag.IntVar(&o.Flows, "flows", 0, "flows in total (0: the profile's)")
	flag.IntVar(&o.Conc, "conc", 0, "flows at a time (0: the profile's)")
	flag.IntVar(&o.Port, "port", 4556, "the passive side's port")
	keyLog := flag.String("keylog", "", "`file` for the secrets of the profile tls")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		return 2
	}
	var err error
	if o.Size, err = capgen.ParseSize(*size); err != nil {
		fmt.Fprintln(os.Stderr, "gencap:", err)
		return 2
	}
	if *keyLog != "" {
		f, err := os.Create(*keyLog)
		if err != nil {
			fmt.Fprintln(os.Stderr, "gencap:", err)
			return 1
		}
		defer f.Close()
		o.KeyLog = f
	}
	if err := generate(*out, *truthFile, o); err != nil {
		fmt.Fprintln(os.Stderr, "gencap:", err)
		return 1
	}
	return 0
}

func generate(out, truthFile string, o capgen.Options) error {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	truth, err := capgen.Write(f, o)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	truth.Flags = map[string]string{}
	flag.Visit(func(f *flag.Flag) {
		if f.Name != "o" && f.Name != "truth" {
			truth.Flags[f.Name] = f.Value.String()
		}
	})
	b, err := json.MarshalIndent(truth, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if truthFile == "" {
		_, err = os.Stdout.Write(b)
		return err
	}
	return os.WriteFile(truthFile, b, 0o644)
}
