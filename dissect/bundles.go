// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"math"
	"strconv"

	"github.com/dtn-tools/tcpcl/bundle"
	"github.com/dtn-tools/tcpcl/dissect/record"
	"github.com/dtn-tools/tcpcl/session"
)

// describer turns what package bundle reads into records. It keeps texts that come again and again.
type describer struct {
	eids  map[string]string
	flags map[flagsKey][]string
	text  []byte
}

// flagsKey is a set of flags; kind tells those of bundles and blocks of both versions apart.
type flagsKey struct {
	kind  uint8
	flags uint64
}

// transferKey names a transfer. Its session.Transfer may be another one's soon.
type transferKey struct {
	c      *conn
	side   int
	serial uint64
}

// maxTexts bounds the texts that are kept.
const maxTexts = 4096

func (d *describer) eid(e *bundle.EID) string {
	d.text = e.Append(d.text[:0])
	if s, ok := d.eids[string(d.text)]; ok {
		return s
	}
	if d.eids == nil || len(d.eids) >= maxTexts {
		d.eids = make(map[string]string)
	}
	s := string(d.text)
	d.eids[s] = s
	return s
}

func (d *describer) names(kind uint8, flags uint64, names func() []string) []string {
	key := flagsKey{kind, flags}
	if list, ok := d.flags[key]; ok {
		return list
	}
	if d.flags == nil || len(d.flags) >= maxTexts {
		d.flags = make(map[flagsKey][]string)
	}
	list := names()
	d.flags[key] = list
	return list
}

var forms = [...]string{bundle.Incomplete: record.BundleTruncated, bundle.Complete: record.BundleWhole,
	bundle.Truncated: record.BundleTruncated, bundle.Malformed: record.BundleMalformed}

var crcStates = [...]string{bundle.CRCAbsent: record.CRCNone, bundle.CRCValid: record.CRCValid,
	bundle.CRCInvalid: record.CRCInvalid, bundle.CRCUnchecked: record.CRCUnchecked}

// completed tells what bundle a transfer is whose last segment has come, nil where that is not known. It is valid until the
// transfer is done.
func (c *conn) completed(side int, t *session.Transfer) *record.Bundle {
	x, _ := t.Slot.(*xfer)
	if x == nil || x.reader == nil || !t.Complete() || x.next != t.Length {
		return nil
	}
	if !x.whole {
		x.whole = true
		c.w.describer.describe(&x.bundle, x.reader.Close(), t.Length)
		c.w.described, c.w.describedOf = &x.bundle, transferKey{c, side, t.Serial}
	}
	return &x.bundle
}

// bundleOf is completed right behind the transfer's last segment, also where that ended the transfer.
func (c *conn) bundleOf(side int, t *session.Transfer) *record.Bundle {
	if c.w.describedOf == (transferKey{c, side, t.Serial}) {
		return c.w.described
	}
	return c.completed(side, t)
}

// describe fills r with what b says, using r's lists again. length is that of all octets there were.
func (d *describer) describe(r *record.Bundle, b *bundle.Bundle, length uint64) {
	*r = record.Bundle{Blocks: r.Blocks[:0], Problems: r.Problems[:0], Length: length, ProtocolVersion: b.Version,
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
	r.Source, r.Destination, r.ReportTo = d.eid(&b.Source), d.eid(&b.Destination), d.eid(&b.ReportTo)
	if b.Version == 6 {
		r.Custodian = d.eid(&b.Custodian)
	}
	if t, ok := b.CreationTime(); ok && t.Year() < 2262 {
		r.CreationTime, r.HasCreationTime = t.UnixNano(), true
	}
	r.Sequence = b.Created.Sequence
	if r.Lifetime = b.Lifetime; b.Version == 6 {
		r.Lifetime = math.MaxUint64
		if b.Lifetime < math.MaxUint64/1000 {
			r.Lifetime = b.Lifetime * 1000
		}
	}
	r.Flags = uint64(b.Flags)
	r.FlagNames = d.names(b.Version, r.Flags, func() []string { return b.Flags.Names(b.Version) })
	r.IsFragment, r.FragmentOffset, r.TotalADULength = b.IsFragment(), b.FragmentOffset, b.TotalLength
	d.blocks(r, b)
	if b.IsAdmin() && !b.IsFragment() {
		if a, err := b.AdminRecord(); err == nil {
			r.Admin = d.admin(&a)
		}
	}
}

// blocks fills in the list of blocks and what their CRCs say together.
func (d *describer) blocks(r *record.Bundle, b *bundle.Bundle) {
	var seen [len(crcStates)]bool
	seen[b.CRC.State] = true
	r.Blocks = append(r.Blocks, record.Block{Primary: true, Name: "primary", CRC: crcStates[b.CRC.State], Length: b.PrimaryFields().Block.Length})
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
		r.PayloadLength = p.DataLength
	}
}

// admin says in a few words what an administrative record says: "status report: delivered, No additional information, of
// ipn:1.1 823924800000 #3".
func (d *describer) admin(a *bundle.AdminRecord) string {
	b := append([]byte(nil), a.Name()...)
	var subject *bundle.Subject
	switch a.Type {
	case bundle.RecordStatusReport:
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
	case bundle.RecordCustodySignal:
		if a.Version == 6 {
			subject = &a.Custody.Subject
		}
	}
	if subject != nil {
		b = append(b, "; of "...)
		b = subject.Source.Append(b)
		b = append(b, ' ')
		b = strconv.AppendUint(b, subject.Created.Time, 10)
		b = append(b, " #"...)
		b = strconv.AppendUint(b, subject.Created.Sequence, 10)
	}
	return string(b)
}
