// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// FuzzBundle asserts that a bundle is read alike in one piece, octet by octet and in two pieces, and that all that can be asked of
// the result can be asked.
func FuzzBundle(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v), 40)
	}
	realBundles(f, "testdata/real", func(_ truth, octets []byte) { f.Add(octets, 9) })
	for _, octets := range handmade(f) {
		f.Add(octets, 60)
	}
	f.Fuzz(func(t *testing.T, octets []byte, split int) {
		if len(octets) > 2000 {
			return
		}
		whole := read(octets)
		for _, other := range []*Bundle{inPieces(octets, 0, 1), inPieces(octets, min(max(split, 0), len(octets)), len(octets)+1)} {
			if diff := differ(whole, other); diff != "" {
				t.Fatalf("%x in pieces:\n%s", octets, diff)
			}
		}
		if whole.Length+whole.Behind != uint64(len(octets)) {
			t.Fatalf("%x: %d octets and %d behind", octets, whole.Length, whole.Behind)
		}
		if whole.State == Incomplete {
			t.Fatalf("%x: incomplete when closed", octets)
		}
		askEverything(t, octets, whole.Clone())
	})
}

// askEverything calls all that decodes, and asserts that what lies in the bundle lies in its octets.
func askEverything(t *testing.T, octets []byte, b *Bundle) {
	inside := func(what string, s Span) {
		if s.Offset > uint64(len(octets)) || s.Length > uint64(len(octets))-s.Offset {
			t.Fatalf("%x: %s at %+v", octets, what, s)
		}
	}
	p := b.PrimaryFields()
	for _, s := range []Span{p.Block, p.Head, p.Version, p.Flags, p.BlockLength, p.CRCType, p.Destination, p.Source, p.ReportTo, p.Custodian,
		p.Time, p.Sequence, p.Lifetime, p.DictLength, p.Dictionary, p.FragmentOffset, p.TotalLength, p.CRC} {
		inside("a field of the primary block", s)
	}
	for _, e := range []EID{b.Destination, b.Source, b.ReportTo, b.Custodian} {
		_ = e.String()
	}
	o := NewOpener(octets, b)
	for i := range b.Blocks {
		k := &b.Blocks[i]
		inside("a block", k.Span)
		fields := k.Fields()
		for _, s := range []Span{fields.Head, fields.Type, fields.Number, fields.Flags, fields.EIDs, fields.CRCType, fields.DataHead, fields.Data, fields.CRC} {
			inside("a field of a block", s)
		}
		k.PreviousNode()
		k.Age()
		k.HopCount()
		k.CustodyEnhancement()
		k.ClassOfService()
		k.Metadata()
		k.BSP()
		if s, err := k.Security(); err == nil {
			inside("results", s.ResultsSpan)
		}
		o.Verify(k, make([]byte, 16))
		o.Decrypt(k, make([]byte, 16))
		_ = k.Name() + k.CRC.Type.String()
	}
	b.Flags.Names(b.Version)
	b.CreationTime()
	b.LifetimeDuration()
	if a, err := b.AdminRecord(); err == nil {
		inside("what is behind the type of a record", a.ContentSpan)
	}
	for _, f := range b.Findings {
		inside("a finding", Span{Offset: f.Offset})
	}
}

// FuzzCBOR compares what is well-formed with another reader of CBOR: whatever both take must have the same length, and what that one
// takes must be taken, within our limit of depth.
func FuzzCBOR(f *testing.F) {
	for _, text := range []string{"00", "1b000000b5998c982b", "9f0102ff", "bf6161019f01ffff", "5f4101420203ff", "7f6161ff", "c074", "f97e00", "f4",
		"d9d9f781820102", "a201028103ff", "f818", "f820", "fb7ff0000000000000", "1c", "ff", "9bffffffffffffffff", "bbffffffffffffffff"} {
		f.Add(unhex(f, text))
	}
	mode, err := cbor.DecOptions{MaxNestedLevels: maxDepth - 4, UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := cursor{b: b}
		c.item()
		var raw cbor.RawMessage
		rest, err := mode.UnmarshalFirst(b, &raw)
		if err == nil && (c.fault != faultNone || c.i != len(b)-len(rest)) {
			t.Fatalf("%x: %d octets, fault %d; fxamacker takes %d", b, c.i, c.fault, len(b)-len(rest))
		}
		used, bad, whole := skipSlowly(b)
		if bad != (c.fault == faultForm) || whole != (c.fault == faultNone) || whole && used != c.i {
			t.Fatalf("%x: %d octets, fault %d; octet by octet %d, %v, %v", b, c.i, c.fault, used, bad, whole)
		}
		if c.fault != faultNone {
			return
		}
		u := cursor{b: b}
		if v := u.uint(); u.fault == faultNone {
			var want uint64
			if err := mode.Unmarshal(b[:u.i], &want); err != nil || v != want {
				t.Fatalf("%x: %d, fxamacker has %d, %v", b, v, want, err)
			}
		}
	})
}

// skipSlowly passes over an item octet by octet; the head that is not whole is given again.
func skipSlowly(b []byte) (used int, bad, whole bool) {
	var s skipper
	s.begin(1)
	for end := range len(b) + 1 {
		n, need := s.skip(b[used:end])
		used += n
		if s.bad || need == 0 {
			return used, s.bad, !s.bad
		}
	}
	return used, false, false
}

// FuzzBPSec asserts that whatever the data of a security block are, they are read, or not, without harm, in the bundle they lie in; and that
// nothing which was not signed or encrypted with the key passes for genuine.
func FuzzBPSec(f *testing.F) {
	for _, text := range []string{example1, example2, example3, example4} {
		b := read(unhex(f, text))
		for i := range b.Blocks {
			if k := &b.Blocks[i]; k.Type == BlockBIB || k.Type == BlockBCB {
				f.Add(k.Data, k.Type == BlockBCB, unhex(f, hmacKey))
				f.Add(k.Data, k.Type == BlockBCB, unhex(f, cek))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, encrypts bool, key []byte) {
		kind := BlockBIB
		if encrypts {
			kind = BlockBCB
		}
		null := EID{Form: EIDDTN, SSP: []byte("none")}
		w := Builder7{Outline: Outline{Source: EID{Form: EIDIPN, Node: 1}, Destination: null, ReportTo: null, Created: Timestamp{1, 1}}, CRC: CRC32C,
			Payload: []byte("payload"), Blocks: []NewBlock{{Type: kind, Number: 2, Data: data}, AgeBlock(7)}}
		octets, err := w.Append(nil)
		if err != nil {
			return // the builder writes legal bundles only
		}
		b := read(octets)
		askEverything(t, octets, b)
		k := b.numbered(2)
		if k == nil {
			return
		}
		s, err := k.Security()
		for _, span := range []Span{s.TargetsSpan, s.ContextSpan, s.FlagsSpan, s.SourceSpan, s.ParametersSpan, s.ResultsSpan} {
			if span.Length > 0 && (span.Offset < k.DataSpan.Offset || span.End() > k.DataSpan.End()) {
				t.Fatalf("%+v lies outside of %+v", span, k.DataSpan)
			}
		}
		if err == nil && len(s.Results) != len(s.Targets) {
			t.Fatalf("%d results for %d targets", len(s.Results), len(s.Targets))
		}
		o := NewOpener(octets, b)
		verified, _ := o.Verify(k, key)
		decrypted, _ := o.Decrypt(k, key)
		for _, r := range append(verified, decrypted...) {
			if r.Err == nil {
				t.Fatalf("target %d is genuine, says a block of %x with key %x", r.Target, data, key)
			}
		}
	})
}
