// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestCompressionIsRecognisedByContent(t *testing.T) {
	plain := testdata(t, "seed-v4-idle.pcap")
	_, want := mustRead(t, plain)
	if len(want) != 18 {
		t.Fatalf("%d packets", len(want))
	}
	for name, c := range map[string]struct {
		capture []byte
		wraps   int
	}{
		"gzip":                  {gzipped(t, plain), 1},
		"gzip of two members":   {join(gzipped(t, plain[:1000]), gzipped(t, plain[1000:])), 1},
		"zstd":                  {zstded(t, plain), 1},
		"zstd of two frames":    {join(zstded(t, plain[:1000]), zstded(t, plain[1000:])), 1},
		"zstd, skippable frame": {join([]byte{0x5e, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7}, zstded(t, plain)), 1},
		"gzip in zstd":          {zstded(t, gzipped(t, plain)), 2},
		"zstd in gzip":          {gzipped(t, zstded(t, plain)), 2},
		"gzip in gzip":          {gzipped(t, gzipped(t, plain)), 2},
	} {
		t.Run(name, func(t *testing.T) {
			f, got := mustRead(t, c.capture)
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if f.Info().Wraps != c.wraps {
				t.Errorf("compressed %d times, want %d", f.Info().Wraps, c.wraps)
			}
		})
	}
}

// A pipe gives octets as they come.
func TestReadingDoesNotDependOnHowManyOctetsAReadGives(t *testing.T) {
	for _, name := range []string{"seed-v4-idle.pcap", "seed-v4-plain.ng-be-3if-extra.pcapng", "seed-v4-plain.gz.pcap.gz"} {
		b := testdata(t, name)
		_, want := mustRead(t, b)
		f, err := NewReader("x", iotest.DataErrReader(iotest.OneByteReader(bytes.NewReader(b))))
		if err != nil {
			t.Fatal(err)
		}
		got, errs := readAll(t, f)
		if d := cmp.Diff(want, got); d != "" || errs != nil {
			t.Error(name, d, errs)
		}
	}
}

func TestReadErrorsAreReportedAfterWhatWasRead(t *testing.T) {
	b := testdata(t, "seed-v4-idle.pcap")
	f, err := NewReader("x", iotest.TimeoutReader(iotest.HalfReader(bytes.NewReader(b))))
	if err != nil {
		t.Fatal(err)
	}
	packets, errs := readAll(t, f)
	if len(packets) == 0 {
		t.Error("no packets")
	}
	if len(errs) != 1 || errs[0].(*Error).Truncated || errs[0].(*Error).Err != iotest.ErrTimeout {
		t.Errorf("%v", errs)
	}
}
