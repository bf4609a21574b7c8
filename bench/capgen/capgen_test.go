// SPDX-License-Identifier: Apache-2.0

package capgen

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/wire/v3"
	"github.com/dtn-tools/tcpcl/wire/v4"
)

// Captures are named in bug reports and benchmark results by their flags alone.
func TestTheSameFlagsGiveTheSameOctetsForEver(t *testing.T) {
	for _, c := range []struct {
		profile string
		v3      bool
		sha256  string
	}{
		{"tiny", false, "9177b1d675a87d3efe6db306a4056801c9d01c01ecb4ba688f26f5ef1412745c"},
		{"tiny", true, "fab5377499db40ebe0c55568d58f7d8c7f7ad097fd257db6cc783fac1e0265e5"},
		{"small", false, "b318e1ece1e9d97e1ceb2d97c587f923cf4b49829fa0d2702eecaf9a623cdd6d"},
		{"small", true, "e988e2b37b49519551cd0815de6586484eb0176c226485f676d8f5aeda5c4fbf"},
		{"mixed", false, "87e82ba48f6b3f0556cacf56d74ee2ebec563b0c6d5bd1728d0260c22e3de355"},
		{"mixed", true, "5a949ba9c3e1c3ad6c0f96a28804d4faa32722e5b14d85b07cbc943c32511abc"},
		{"adverse", false, "1747ce52096d2e63aa0392290ba2fef3d77f5340940f297164ce6d31a61d34eb"},
		{"adverse", true, "39fcfedb4ae5104af70feaaa1a52040dd8376a51de9b7d8c86c92c8c28e6cc35"},
		{"churn", false, "63398a9f3ec2ae05348000f74a59396daf16ab1b1885cd0119bdae2109d2ed04"},
		{"churn", true, "76951a4122cff5e02eff089c03a602ecdff101bc13db116187b23a5dc50a8d78"},
		{"single", false, "b62dda6135c41fad316669c145995c01aa394ba0fd284b88a8476298c9ac3cf7"},
		{"single", true, "a6b93ed7f48e77ca659847d1d677688a0763b4df22ef9fc5ebcfaeb8d6b5b5a1"},
	} {
		h := sha256.New()
		truth, err := Write(h, Options{Profile: c.profile, Size: 1 << 20, Seed: 1, V3: c.v3})
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != c.sha256 {
			t.Errorf("%s, v3 %v: sha256 %s, want %s", c.profile, c.v3, got, c.sha256)
		}
		if truth.PcapBytes < 1<<20 {
			t.Errorf("%s, v3 %v: %d octets, want at least %d", c.profile, c.v3, truth.PcapBytes, 1<<20)
		}
	}
}

func TestTheTruthOfACleanCaptureIsWhatTheCodecsFindInIt(t *testing.T) {
	for _, profile := range []string{"tiny", "small", "bulk", "mixed", "churn", "single"} {
		for _, isV3 := range []bool{false, true} {
			if isV3 && profile == "bulk" {
				continue // as mixed, only larger
			}
			var file bytes.Buffer
			sent := map[string]int64{}
			o := Options{Profile: profile, Size: 1 << 20, Seed: 3, V3: isV3, Conc: 1, OnMessage: func(m Message) { sent[m.Kind]++ }}
			truth, err := Write(&file, o)
			if err != nil {
				t.Fatal(err)
			}
			if int64(file.Len()) != truth.PcapBytes {
				t.Errorf("%s, v3 %v: %d octets, truth says %d", profile, isV3, file.Len(), truth.PcapBytes)
			}
			found, hashes := map[string]int64{}, map[[32]byte]bool{}
			for _, stream := range streams(t, file.Bytes()) {
				decode(t, stream, isV3, found, hashes)
			}
			if !maps.Equal(found, truth.Messages) || !maps.Equal(sent, truth.Messages) {
				t.Errorf("%s, v3 %v:\nfound %v\n sent %v\ntruth %v", profile, isV3, found, sent, truth.Messages)
			}
			if len(hashes) != len(truth.BundleList) || int64(len(hashes)) != truth.Bundles {
				t.Errorf("%s, v3 %v: %d bundles, truth says %d and lists %d", profile, isV3, len(hashes), truth.Bundles, len(truth.BundleList))
			}
			for _, b := range truth.BundleList {
				if !hashes[b.SHA256] || !b.Captured || !b.BeforeGap {
					t.Fatalf("%s, v3 %v: bundle %+v is not in the capture", profile, isV3, b)
				}
			}
			if truth.Adverse != nil {
				t.Errorf("%s, v3 %v: a clean capture with impairments", profile, isV3)
			}
		}
	}
}

func TestTheTruthsOfAnAdverseCaptureAreNested(t *testing.T) {
	truth, err := Write(io.Discard, Options{Profile: "adverse", Size: 8 << 20, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	a := truth.Adverse
	if a == nil || a.BundlesBeforeGap >= a.BundlesCaptured || a.BundlesCaptured >= truth.Bundles {
		t.Fatalf("%+v of %d bundles: want fewer before the first hole than captured than sent", a, truth.Bundles)
	}
	for kind, n := range truth.Messages {
		if a.MsgsBeforeGap[kind] > a.MsgsCaptured[kind] || a.MsgsCaptured[kind] > n {
			t.Errorf("%s: %d before the first hole, %d captured, %d sent", kind, a.MsgsBeforeGap[kind], a.MsgsCaptured[kind], n)
		}
	}
	for _, kind := range []string{"midstream_skipped", "lost", "reordered", "retrans_dup", "retrans_late", "retrans_overlap"} {
		if truth.Impair[kind] == 0 {
			t.Errorf("no packet is %s", kind)
		}
	}
	for _, b := range truth.BundleList {
		if b.BeforeGap && !b.Captured {
			t.Fatalf("%+v lies before the first hole but is not captured", b)
		}
	}
}

func TestASingleSegmentHasTheWantedLength(t *testing.T) {
	for _, size := range []int64{minSingle, 70_000, 1<<20 + 1} {
		var segments []Message
		truth, err := Write(io.Discard, Options{Profile: "single", Size: size, OnMessage: func(m Message) {
			if m.Kind == "xfer_segment" {
				segments = append(segments, m)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if len(segments) != 1 || int64(segments[0].Length) != size || truth.BundleBytes != size {
			t.Errorf("size %d: segments %+v, bundle of %d", size, segments, truth.BundleBytes)
		}
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	for want, o := range map[string]Options{
		`no profile "x"`: {Profile: "x", Size: 1},
		"too small":      {Profile: "single", Size: 10},
		"70000 octets":   {Profile: "small", Size: 1, MSS: 70000},
		"disk full":      {Profile: "small", Size: 1},
	} {
		_, err := Write(fullDisk{}, o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", o, err, want)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "17": 17, "2K": 2048, "1.5M": 3 << 19, "10G": 10 << 30} {
		if got, err := ParseSize(s); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "K", "-1", "1T", "NaN", "1e30", "Inf"} {
		if got, err := ParseSize(s); err == nil {
			t.Errorf("%q: %d, want an error", s, got)
		}
	}
}

// streams gives the octets of each direction. The packets of a clean capture are in order.
func streams(t *testing.T, file []byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for p := 24; p < len(file); {
		n := int(binary.LittleEndian.Uint32(file[p+8:]))
		frame := file[p+16 : p+16+n]
		p += 16 + n
		ip := frame[ethernetLen : ethernetLen+ipv4Len]
		segment := frame[ethernetLen+ipv4Len:]
		pseudo := addSum(ip[12:20], 6+uint64(len(segment)))
		if foldSum(addSum(ip, 0)) != 0 || foldSum(addSum(segment, pseudo)) != 0 {
			t.Fatalf("wrong checksum in the packet before offset %d", p)
		}
		key := string(ip[12:20]) + string(segment[:4])
		out[key] = append(out[key], segment[tcpLen:]...)
	}
	return out
}

// decode adds the messages and bundles of one direction.
func decode(t *testing.T, b []byte, isV3 bool, found map[string]int64, hashes map[[32]byte]bool) {
	t.Helper()
	var bundle []byte
	take := func(data []byte, start, end bool) {
		if start {
			bundle = bundle[:0]
		}
		bundle = append(bundle, data...)
		if end {
			hashes[sha256.Sum256(bundle)] = true
		}
	}
	fail := func(err error) {
		if err != nil {
			t.Fatalf("%v with %d octets left", err, len(b))
		}
	}
	found["contact_header"]++
	if isV3 {
		var h v3.ContactHeader
		n, err := h.Parse(b)
		fail(err)
		for b = b[n:]; len(b) > 0; {
			var m v3.Message
			n, err := m.Parse(b)
			fail(err)
			b = b[n:]
			found[strings.ToLower(m.Type.String())]++
			if m.Type == v3.TypeDataSegment {
				s := m.DataSegment
				take(b[:s.DataLength], s.Flags&segmentStart != 0, s.Flags&segmentEnd != 0)
				b = b[s.DataLength:]
			}
		}
		return
	}
	var h v4.ContactHeader
	n, err := h.Parse(b)
	fail(err)
	for b = b[n:]; len(b) > 0; {
		var m v4.Message
		n, err := m.Parse(b)
		fail(err)
		b = b[n:]
		found[strings.ToLower(m.Type.String())]++
		if m.Type == v4.TypeXferSegment {
			s := m.XferSegment
			take(b[:s.DataLength], s.Flags&segmentStart != 0, s.Flags&segmentEnd != 0)
			b = b[s.DataLength:]
		}
	}
}
