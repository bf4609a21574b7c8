// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect"
	"github.com/dtn-tools/tcpcl/internal/capture"
	"github.com/dtn-tools/tcpcl/reassembly"
)

// keysOf reads the key log of a capture.
func keysOf(t *testing.T, name string) *dissect.Keys {
	t.Helper()
	name, _, _ = strings.Cut(name, ".")
	k, err := dissect.OpenKeys("../testdata/pcaps/" + strings.TrimSuffix(name, "-dsb") + ".keys")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func TestWithKeysTLSCapturesHoldWhatTheTruthSays(t *testing.T) {
	seen := 0
	for name, want := range readTruth(t).Captures {
		if want.MessagesWithoutKeys == nil {
			continue
		}
		seen++
		t.Run(name, func(t *testing.T) {
			k := keysOf(t, name)
			for _, jobs := range []int{1, 3} {
				got, _, err := run(t, dissect.Options{Keys: k, Jobs: jobs}, file(t, name))
				if err != nil {
					t.Fatal(err)
				}
				if n := got.countTypes(); !maps.Equal(n, want.Messages) {
					t.Errorf("messages %v, want %v", n, want.Messages)
				}
				if len(got.gaps) > 0 {
					t.Errorf("gaps: %+v", got.gaps)
				}
				if s := bundlesSHA256(got.transfers); s != want.BundlesSHA256 {
					t.Errorf("bundles differ: %s, want %s", s, want.BundlesSHA256)
				}
				for _, stream := range want.Streams {
					checkStream(t, got, stream)
				}
				for _, m := range got.messages {
					if m.Encrypted != (m.Type != "CONTACT_HEADER") {
						t.Errorf("%s in frame %d: encrypted %v", m.Type, m.Frame, m.Encrypted)
					}
				}
			}
		})
	}
	if seen < 4 {
		t.Errorf("%d captures with TLS", seen)
	}
}

func TestKeysOfAnotherConnectionChangeNothing(t *testing.T) {
	k := keysOf(t, "seed-v4-tls12.pcap")
	want := readTruth(t).Captures["seed-v4-tls13.pcap"]
	got, _, err := run(t, dissect.Options{Keys: k}, file(t, "seed-v4-tls13.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	if n := got.countTypes(); !maps.Equal(n, want.MessagesWithoutKeys) || got.sessions[0].TLS != "encrypted" {
		t.Errorf("messages %v, want %v; tls %s", n, want.MessagesWithoutKeys, got.sessions[0].TLS)
	}
	if _, err := dissect.OpenKeys("../testdata/no.keys"); err == nil {
		t.Error("a key log that is not there can be opened")
	}
}

// without is a source that leaves a frame out.
type without struct {
	dissect.Source
	frame uint64
}

func (s *without) Next(p *reassembly.Packet) error {
	err := s.Source.Next(p)
	if err == nil && p.Frame == s.frame {
		return s.Source.Next(p)
	}
	return err
}

func TestALostPacketOfTLSCostsItsRecordsOnly(t *testing.T) {
	for _, name := range []string{"seed-v4-tls12.pcap", "seed-v4-tls13.pcap"} {
		whole, _, err := run(t, dissect.Options{Keys: keysOf(t, name)}, file(t, name))
		if err != nil {
			t.Fatal(err)
		}
		first := whole.sessions[0].FirstFrame
		for frame := first + 14; frame <= whole.sessions[0].LastFrame; frame++ {
			f, err := capture.Open(file(t, name))
			if err != nil {
				t.Fatal(err)
			}
			got := &collector{}
			o := dissect.Options{Keys: keysOf(t, name), Want: dissect.Messages | dissect.Transfers | dissect.Sessions}
			_, err = dissect.Run(context.Background(), &without{f, frame}, o, io.Discard, func(*dissect.Output) dissect.Sink { return got })
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			// The loss may hide messages, but what is there was there before.
			was := map[string]bool{}
			for _, m := range whole.messages {
				was[fmt.Sprint(m.From, m.Type, m.Frame, m.Length)] = true
			}
			invented := 0
			for _, m := range got.messages {
				if !m.CutShort && m.MissedOctets == 0 && !was[fmt.Sprint(m.From, m.Type, m.Frame, m.Length)] {
					invented++
					t.Logf("%v %s in frame %d, %d octets", m.From, m.Type, m.Frame, m.Length)
				}
			}
			if invented > 0 {
				t.Errorf("%s without frame %d: %d messages that were not there", name, frame, invented)
			}
			if n := len(whole.messages) - len(got.messages); n > 4 {
				t.Errorf("%s without frame %d: %d messages less", name, frame, n)
			}
		}
	}
}
