// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"crypto/sha256"
	"hash"
	"io"
	"math"
	"strconv"

	"github.com/dtn-tools/tcpcl/bundle"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/internal/bundletree"
	"github.com/dtn-tools/tcpcl/session"
)

// describer turns what package bundle reads into records. It keeps texts that come again and again.
type describer struct {
	eids  map[string]string
	last  [eidPlaces]knownEID // by the place in the primary block: as a rule the next bundle has the same
	flags map[flagsKey][]string
	text  []byte

	lastFlags [4]knownFlags // by the version and whether they are a block's

	fields   bool // all fields are wanted
	security *SecurityKeys
}

type knownFlags struct {
	flagsKey
	names []string
}

// The endpoint IDs of a bundle.
const (
	eidSource = iota
	eidDestination
	eidReportTo
	eidCustodian
	eidSubject
	eidPlaces
)

// knownEID is an endpoint ID with its text.
type knownEID struct {
	form                  bundle.EIDForm
	scheme, node, service uint64
	ssp, text             string
}

func (k *knownEID) is(e *bundle.EID) bool {
	return k.form == e.Form && k.node == e.Node && k.service == e.Service && k.scheme == e.Scheme && k.ssp == string(e.SSP)
}

// flagsKey is a set of flags; kind tells those of bundles and blocks of both versions apart.
type flagsKey struct {
	kind  uint8
	flags uint64
}

const (
	maxTexts = 4096 // that are kept
	maxText  = 256  // octets of each
)

func (d *describer) eid(place int, e *bundle.EID) string {
	k := &d.last[place]
	if !k.is(e) {
		d.text = e.Append(d.text[:0])
		*k = knownEID{e.Form, e.Scheme, e.Node, e.Service, string(e.SSP), d.known()}
	}
	return k.text
}

// known gives the text in d.text as a string.
func (d *describer) known() string {
	if s, ok := d.eids[string(d.text)]; ok {
		return s
	}
	if len(d.text) > maxText {
		return string(d.text)
	}
	if d.eids == nil || len(d.eids) >= maxTexts {
		d.eids = make(map[string]string)
	}
	s := string(d.text)
	d.eids[s] = s
	return s
}

func (d *describer) names(kind uint8, flags uint64, names func() []string) []string {
	if flags == 0 {
		return nil
	}
	key := flagsKey{kind, flags}
	last := &d.lastFlags[kind>>6|kind&1]
	if last.flagsKey == key {
		return last.names
	}
	list, ok := d.flags[key]
	if ok {
		*last = knownFlags{key, list}
		return list
	}
	if d.flags == nil || len(d.flags) >= maxTexts {
		d.flags = make(map[flagsKey][]string)
	}
	list = names()
	d.flags[key] = list
	return list
}

// nanoseconds is a DTN time in nanoseconds since the epoch, where it is known and before the year 2262.
func nanoseconds(version uint8, time uint64) (ns int64, ok bool) {
	const (
		epoch = 946_684_800   // the year 2000, in seconds since 1970
		end   = 8_267_961_600 // the year 2262, in seconds since 2000
	)
	switch {
	case time == 0:
		return 0, false
	case version == 6 && time < end:
		return int64(epoch+time) * 1e9, true
	case version == 7 && time < end*1000:
		return int64(epoch*1000+time) * 1e6, true
	}
	return 0, false
}

var forms = [...]string{bundle.Incomplete: record.BundleTruncated, bundle.Complete: record.BundleWhole,
	bundle.Truncated: record.BundleTruncated, bundle.Malformed: record.BundleMalformed}

var crcStates = [...]string{bundle.CRCAbsent: record.CRCNone, bundle.CRCValid: record.CRCValid,
	bundle.CRCInvalid: record.CRCInvalid, bundle.CRCUnchecked: record.CRCUnchecked}

// bundleEnd takes the last octet of a transfer, before the session does. It returns what bundle that is, nil where octets of it
// are missing. It is valid until another transfer begins.
func (c *conn) bundleEnd(side int, t *session.Transfer, at session.Mark) *record.Bundle {
	if t.Missed > 0 || t.Torn || t.Refused {
		return nil
	}
	w := c.w
	x := w.xferOf(t)
	if x.next != t.Length || x.reader.Bundle().Missed > 0 {
		return nil
	}
	if x.hash != nil {
		x.rec.SHA256 = x.hash.Sum(x.sum[:0])
	}
	x.whole = true
	w.describe(x, t.Length)
	if w.want&BundleList != 0 {
		c.fill(&x.rec, side, t)
		x.rec.State, x.rec.EndFrame, x.rec.EndTime = record.Complete, at.Frame, at.Time
		w.sink.Bundle(&x.bundle)
	}
	return &x.bundle
}

// bundleOf says what bundle a transfer is that is over. Of one that is not complete it is what there is of it.
func (c *conn) bundleOf(t *session.Transfer, x *xfer) {
	r := &x.rec
	if x.whole {
		r.Bundle = &x.bundle
		r.Bundle.SHA256 = r.SHA256
		return
	}
	if t.Length > x.next {
		x.reader.Skip(t.Length - x.next)
	}
	w := c.w
	w.describe(x, t.Length)
	if w.want&BundleList != 0 && (r.State == record.Complete || x.bundle.ProtocolVersion != 0) {
		w.sink.Bundle(&x.bundle)
	}
}

// describe ends the reading of a transfer's data, of which there are as many octets.
func (w *worker) describe(x *xfer, length uint64) {
	w.describer.describe(&x.bundle, x.reader.Close(), length, x.octets)
	x.bundle.Transfer, x.bundle.SHA256 = &x.rec, x.rec.SHA256
	x.rec.Bundle = &x.bundle
}

// describe fills r with what b says, using r's lists again. length is that of all octets there were, and octets are they, where they
// are wanted for security blocks and could be kept.
func (d *describer) describe(r *record.Bundle, b *bundle.Bundle, length uint64, octets []byte) {
	*r = record.Bundle{Blocks: r.Blocks[:0], Problems: r.Problems[:0], Fields: r.Fields[:0], Security: r.Security[:0], Length: length, ProtocolVersion: b.Version,
		Form: forms[b.State], CRC: record.CRCNone}
	for i := range b.Findings {
		r.Problems = append(r.Problems, record.Problem(b.Findings[i]))
	}
	if b.State != bundle.Complete && b.Stop.Reason != "" {
		r.Problems = append(r.Problems, record.Problem{ID: r.Form, Offset: b.Stop.Offset, Text: b.Stop.Reason})
	}
	if b.Version == 0 {
		return
	}
	if uint64(len(octets)) < length {
		octets = nil
	}
	r.Security = d.security.secure(r.Security, b, octets)
	if d.fields {
		r.Fields = bundletree.Append(r.Fields, b)
	}
	r.Source, r.Destination, r.ReportTo = d.eid(eidSource, &b.Source), d.eid(eidDestination, &b.Destination), d.eid(eidReportTo, &b.ReportTo)
	if b.Version == 6 {
		r.Custodian = d.eid(eidCustodian, &b.Custodian)
	}
	r.CreationTime, r.HasCreationTime = nanoseconds(b.Version, b.Created.Time)
	r.DTNTime, r.Sequence = b.Created.Time, b.Created.Sequence
	primary := b.PrimarySpan()
	r.Cut = b.State != bundle.Complete && b.BlockCount == 0 && b.PrimaryFields().Lifetime.Length == 0
	if r.Lifetime = b.Lifetime; b.Version == 6 {
		r.Lifetime = math.MaxUint64
		if b.Lifetime < math.MaxUint64/1000 {
			r.Lifetime = b.Lifetime * 1000
		}
	}
	r.Flags = uint64(b.Flags)
	r.FlagNames = d.names(b.Version, r.Flags, func() []string { return b.Flags.Names(b.Version) })
	r.IsFragment, r.FragmentOffset, r.TotalADULength = b.IsFragment(), b.FragmentOffset, b.TotalLength
	d.blocks(r, b, primary.Length)
	if b.IsAdmin() && !b.IsFragment() {
		if a, err := b.AdminRecord(); err == nil {
			d.admin(r, &a)
		}
	}
}

// blocks fills in the list of blocks and what their CRCs say together.
func (d *describer) blocks(r *record.Bundle, b *bundle.Bundle, primary uint64) {
	var seen [len(crcStates)]bool
	state := b.CRC.State
	if r.Cut && state == bundle.CRCAbsent {
		state = bundle.CRCUnchecked // it may have one
	}
	seen[state] = true
	r.Blocks = append(r.Blocks, record.Block{Primary: true, Name: "primary", CRC: crcStates[state], Length: primary})
	for i := range b.Blocks {
		k := &b.Blocks[i]
		seen[k.CRC.State] = true
		number := k.Number
		if b.Version == 6 {
			number = uint64(i) + 1
		}
		r.Blocks = append(r.Blocks, record.Block{Number: number, Type: uint64(k.Type), Name: k.Name(),
			FlagNames: d.names(b.Version|0x80, uint64(k.Flags), func() []string { return k.Flags.Names(b.Version) }),
			CRC:       crcStates[k.CRC.State], Length: k.DataLength})
	}
	switch {
	case seen[bundle.CRCInvalid]:
		r.CRC = record.CRCInvalid
	case seen[bundle.CRCUnchecked]:
		r.CRC = record.CRCUnchecked
	case seen[bundle.CRCValid]:
		r.CRC = record.CRCValid
	}
	if p := b.Payload(); p != nil {
		r.PayloadLength, r.PayloadOffset = p.DataLength, p.DataSpan.Offset
	}
}

// admin says in a few words what an administrative record says: "Bundle Status Report: delivered; No additional information; of
// ipn:1.1 2026-11-22T11:54:15.000000000Z #3".
func (d *describer) admin(r *record.Bundle, a *bundle.AdminRecord) {
	b := append([]byte(nil), a.Name()...)
	var subject *bundle.Subject
	switch {
	case a.Type == bundle.RecordStatusReport:
		s := &a.Status
		separator := ": "
		for _, one := range []struct {
			bundle.Assertion
			what string
		}{{s.Received, "received"}, {s.CustodyAccepted, "custody accepted"}, {s.Forwarded, "forwarded"}, {s.Delivered, "delivered"},
			{s.Deleted, "deleted"}} {
			if one.Asserted {
				b = append(append(b, separator...), one.what...)
				separator = ", "
			}
		}
		b = append(append(b, "; "...), s.Reason.Name(a.Version)...)
		subject = &s.Subject
	case a.Type == bundle.RecordCustodySignal && a.Version == 6:
		subject = &a.Custody.Subject
	}
	if subject != nil {
		r.Subject = d.subject(a.Version, subject)
		b = appendSubject(append(b, "; of "...), r.Subject)
	}
	r.Admin = string(b)
}

func (d *describer) subject(version uint8, s *bundle.Subject) *record.Subject {
	r := &record.Subject{Source: d.eid(eidSubject, &s.Source), DTNTime: s.Created.Time, Sequence: s.Created.Sequence, IsFragment: s.IsFragment,
		FragmentOffset: s.FragmentOffset, FragmentLength: s.FragmentLength}
	r.CreationTime, r.HasCreationTime = nanoseconds(version, s.Created.Time)
	return r
}

func appendSubject(b []byte, s *record.Subject) []byte {
	b = append(append(b, s.Source...), ' ')
	if s.HasCreationTime {
		b = record.AppendTime(b, s.CreationTime)
	} else {
		b = strconv.AppendUint(b, s.DTNTime, 10)
	}
	b = strconv.AppendUint(append(b, " #"...), s.Sequence, 10)
	if s.IsFragment {
		b = strconv.AppendUint(append(b, " ["...), s.FragmentOffset, 10)
		b = append(strconv.AppendUint(append(b, " + "...), s.FragmentLength, 10), ']')
	}
	return b
}

// ReadBundle reads a bundle that is not in a transfer, to the end of r; buffer is what it reads with, and hashed says whether the
// SHA-256 is wanted. It holds none of the payload unless there are keys for security blocks (nil: none). Where r fails, what was read is
// returned with the error.
func ReadBundle(r io.Reader, buffer []byte, hashed bool, keys *SecurityKeys) (*record.Bundle, error) {
	var reader bundle.Reader
	var length uint64
	var octets []byte
	var sum hash.Hash
	if hashed {
		sum = sha256.New()
	}
	var failed error
	for failed == nil {
		n, err := r.Read(buffer)
		reader.Write(buffer[:n])
		if sum != nil {
			sum.Write(buffer[:n])
		}
		if keys != nil && uint64(len(octets)) == length && len(octets)+n <= maxSecured {
			octets = append(octets, buffer[:n]...)
		}
		length += uint64(n)
		failed = err
	}
	if failed == io.EOF {
		failed = nil
	}
	b := new(record.Bundle)
	d := &describer{security: keys}
	d.describe(b, reader.Close(), length, octets)
	if sum != nil && failed == nil {
		b.SHA256 = sum.Sum(nil)
	}
	return b, failed
}
