// SPDX-License-Identifier: Apache-2.0

package bundletree

import (
	"strings"
	"time"

	"github.com/dtn-tools/tcpcl/bundle"
)

var generalFlags6 = []flag{
	{uint64(bundle.FlagFragment), "bundle.primary.proc.frag", "Bundle is a Fragment"},
	{uint64(bundle.FlagAdmin), "bundle.primary.proc.admin", "Administrative Record"},
	{uint64(bundle.FlagNoFragment), "bundle.primary.proc.dontfrag", "Do Not Fragment Bundle"},
	{uint64(bundle.FlagCustody), "bundle.primary.proc.xferreq", "Request Custody Transfer"},
	{uint64(bundle.FlagSingleton), "bundle.primary.proc.single", "Destination is Singleton"},
	{uint64(bundle.FlagAckRequested), "bundle.primary.proc.ack", "Request Acknowledgement by Application"},
}

// reportFlags6 are shifted down to bit 0.
var reportFlags6 = []flag{
	{0x01, "bundle.primary.srr.report", "Request Reception Report"},
	{0x02, "bundle.primary.srr.custaccept", "Request Report of Custody Acceptance"},
	{0x04, "bundle.primary.srr.forward", "Request Report of Bundle Forwarding"},
	{0x08, "bundle.primary.srr.delivery", "Request Report of Bundle Delivery"},
	{0x10, "bundle.primary.srr.delete", "Request Report of Bundle Deletion"},
}

var blockFlags6 = []flag{
	{0x01, "bundle.block.control.replicate", "Replicate Block in Every Fragment"},
	{0x02, "bundle.block.control.status", "Transmit Status if Block Can't be Processed"},
	{0x04, "bundle.block.control.delete", "Delete Bundle if Block Can't be Processed"},
	{0x08, "bundle.block.control.last", "Last Block"},
	{0x10, "bundle.block.control.discard", "Discard Block If Can't Process"},
	{0x20, "bundle.block.control.process", "Block Was Forwarded Without Processing"},
	{0x40, "bundle.block.control.eid", "Block Contains an EID-reference Field"},
}

var statusFlags6 = []flag{
	{0x01, "bundle.admin.status.rcvd", "Reporting Node Received Bundle"},
	{0x02, "bundle.admin.status.accept", "Reporting Node Accepted Custody"},
	{0x04, "bundle.admin.status.forward", "Reporting Node Forwarded Bundle"},
	{0x08, "bundle.admin.status.delivered", "Reporting Node Delivered Bundle"},
	{0x10, "bundle.admin.status.delete", "Reporting Node Deleted Bundle"},
}

func (t *tree) bundle6(b *bundle.Bundle) {
	t.group("bundle", "Bundle Protocol version 6", octetsText(b.Length), bundle.Span{Length: b.Length}, func() {
		t.primary6(b)
		for i := range b.Blocks {
			t.block6(&b.Blocks[i])
		}
	})
	if a, err := b.AdminRecord(); err == nil || a.Type != 0 {
		t.record6(&a)
	}
}

func (t *tree) primary6(b *bundle.Bundle) {
	p := b.PrimaryFields()
	t.group("", "Primary Bundle Header", "", p.Block, func() {
		t.uint("bundle.version", "Bundle Version", 6, p.Version)
		if p.Flags.Length > 0 {
			t.hex("bundle.primary.processing.control.flag", "Bundle Processing Control Flags", uint64(b.Flags), 16, p.Flags)
			t.depth++
			t.flags("bundle.primary.proc.gen", "General Flags", uint64(b.Flags)&0x7f, 2, none, generalFlags6)
			t.hex("bundle.primary.proc.cos", "Class of Service Flags", uint64(b.Flags)>>7&0x7f, 2, none)
			t.depth++
			t.uint("bundle.primary.cos.priority", "Priority", uint64(b.Flags.Priority()), none).Text = [...]string{"Bulk", "Normal", "Expedited", "Invalid"}[b.Flags.Priority()]
			t.depth--
			t.flags("bundle.primary.proc.status", "Status Report Flags", uint64(b.Flags)>>14&0x7f, 2, none, reportFlags6)
			t.depth--
		}
		if p.BlockLength.Length > 0 {
			t.uint("bundle.primary.len", "Bundle Header Length", p.Block.Offset+p.Block.Length-p.BlockLength.Offset-p.BlockLength.Length, p.BlockLength)
		}
		if p.Time.Length > 0 {
			if when, ok := bundle.TimeFromSeconds(b.Created.Time); ok {
				t.text("bundle.primary.timestamp", "Timestamp", timeText(when), p.Time)
			}
		}
		if p.Sequence.Length > 0 {
			t.uint("bundle.primary.timestamp_seq_num32", "Timestamp Sequence Number", b.Created.Sequence, p.Sequence)
		}
		if p.Lifetime.Length > 0 {
			t.uint("bundle.primary.lifetime_sdnv", "Lifetime", b.Lifetime, p.Lifetime).Text = "s"
		}
		if p.DictLength.Length > 0 {
			t.uint("bundle.primary.dictionary_len", "Dictionary Length", p.Dictionary.Length, p.DictLength)
			t.group("", "Dictionary", "", p.Dictionary, func() {
				t.eid6("bundle.primary.destination_scheme", "bundle.primary.destination", "Destination", &b.Destination, none)
				t.eid6("bundle.primary.source_scheme", "bundle.primary.source", "Source", &b.Source, none)
				t.eid6("bundle.primary.report_scheme", "bundle.primary.report", "Report", &b.ReportTo, none)
				t.eid6("bundle.primary.custodian_scheme", "bundle.primary.custodian", "Custodian", &b.Custodian, none)
			})
		}
		if b.IsFragment() {
			t.uint("bundle.primary.fragment_offset", "Fragment Offset", b.FragmentOffset, p.FragmentOffset)
			t.uint("bundle.primary.total_adu_len", "Total Application Data Unit Length", b.TotalLength, p.TotalLength)
		}
	})
}

// eid6 adds an endpoint ID in the two parts that a dictionary has of it.
func (t *tree) eid6(scheme, ssp, label string, e *bundle.EID, at bundle.Span) {
	if e.Form == bundle.EIDAbsent {
		return
	}
	before, after, _ := strings.Cut(e.String(), ":")
	t.text(scheme, label+" Scheme", before, none)
	t.text(ssp, label, after, at)
}

func (t *tree) block6(k *bundle.Block) {
	at := k.Fields()
	if k.Type == bundle.BlockPayload {
		t.group("", "Payload Block", "", k.Span, func() {
			t.uint("bundle.payload.proc.header_type", "Header Type", uint64(k.Type), at.Type)
			t.flags("bundle.block.control.flags", "Block Processing Control Flags", uint64(k.Flags), 2, at.Flags, blockFlags6)
			if at.DataHead.Length > 0 {
				t.uint("bundle.payload.length", "Payload Length", k.DataLength, at.DataHead)
			}
		})
		return
	}
	t.group("", "Extension Block", k.Name(), k.Span, func() {
		t.uint("bundle.block_type_code", "Block Type Code", uint64(k.Type), at.Type).Text = named(k.Name())
		t.flags("bundle.block.control.flags", "Block Processing Control Flags", uint64(k.Flags), 8, at.Flags, blockFlags6)
		if at.DataHead.Length > 0 {
			t.uint("bundle.block.length", "Block Length", k.DataLength, at.DataHead)
		}
		for i := range k.EIDs {
			t.text("", "EID Reference", k.EIDs[i].String(), none)
		}
		t.content6(k)
	})
}

// content6 adds what is in a block's data.
func (t *tree) content6(k *bundle.Block) {
	switch k.Type {
	case bundle.BlockPreviousHop:
		if e, err := k.PreviousNode(); err == nil {
			t.eid6("bundle.block.previous_hop_scheme", "bundle.block.previous_hop_eid", "Previous Hop", &e, k.DataSpan)
			return
		}
	case bundle.BlockAge6:
		if age, err := k.Age(); err == nil {
			t.uint("bundle.age_extension_block_code", "Bundle Age in seconds", age, k.DataSpan)
			return
		}
	case bundle.BlockCTEB:
		if c, err := k.CustodyEnhancement(); err == nil {
			t.uint("bundle.block.cteb_custody_id", "CTEB Custody ID", c.ID, c.IDSpan)
			t.text("bundle.block.cteb_creator_custodian_eid", "CTEB Creator Custodian EID", c.Custodian.String(), c.CustodianSpan)
			return
		}
	case bundle.BlockECOS:
		if c, err := k.ClassOfService(); err == nil {
			t.flags("bundle.block.ecos.flags", "ECOS Flags", uint64(c.Flags), 2, c.FlagsSpan, []flag{{1, "bundle.block.ecos.flags.critical", "Critical"},
				{2, "bundle.block.ecos.flags.streaming", "Streaming"}, {4, "bundle.block.ecos.flags.flowlabel", "Flow Label"},
				{8, "bundle.block.ecos.flags.reliable", "Reliable"}})
			t.uint("bundle.block.ecos.ordinal", "ECOS Ordinal", uint64(c.Ordinal), c.OrdinalSpan)
			if c.Flags&bundle.ECOSLabel != 0 {
				t.uint("bundle.block.ecos.flow_label", "ECOS Flow Label", c.Label, c.LabelSpan)
			}
			return
		}
	case bundle.BlockMetadata:
		if m, err := k.Metadata(); err == nil {
			t.uint("", "Metadata Type", m.Type, m.TypeSpan)
			t.octets("", "Metadata", m.Data, m.DataSpan)
			return
		}
	}
	if len(k.Data) > 0 {
		t.octets("", "Block Data", k.Data, k.DataSpan)
	}
}

// record6 adds an administrative record.
func (t *tree) record6(a *bundle.AdminRecord) {
	t.group("", "Administrative Record", named(a.Name()), a.ContentSpan, func() {
		t.uint("bundle.admin.record_type", "Administrative Record Type", uint64(a.Type), none).Text = named(a.Name())
		t.bool("bundle.admin.record_fragment", "Administrative Record for Fragment", a.Flags&1 != 0)
		switch a.Type {
		case bundle.RecordStatusReport:
			s := &a.Status
			flags := uint64(0)
			all := [...]*bundle.Assertion{&s.Received, &s.CustodyAccepted, &s.Forwarded, &s.Delivered, &s.Deleted}
			for i, x := range all {
				if x.Asserted {
					flags |= 1 << i
				}
			}
			t.flags("bundle.admin.status.flag", "Administrative Record Status Flags", flags, 2, none, statusFlags6)
			t.uint("bundle.status_report_reason_code", "Status Report Reason Code", uint64(s.Reason), s.ReasonSpan).Text = s.Reason.Name(6)
			t.fragment6(&s.Subject)
			for i, x := range all {
				if when, ok := x.TimeOf(6); ok {
					t.text(statusTimes6[i].name, statusTimes6[i].label, timeText(when), x.Span)
				}
			}
			t.subject6(&s.Subject)
		case bundle.RecordCustodySignal:
			c := &a.Custody
			t.bool("bundle.custody_trf_succ_flg", "Custody Transfer Succeeded Flag", c.Succeeded)
			t.uint("bundle.custody_signal_reason_code", "Custody Signal Reason Code", uint64(c.Reason), none).Text = c.Reason.String()
			t.fragment6(&c.Subject)
			if when, ok := bundle.TimeFromSeconds(c.Time); ok {
				t.text("bundle.admin.signal.time", "Bundle Signal Time", timeText(when.Add(time.Duration(min(c.Nanos, 999_999_999)))), none)
			}
			t.subject6(&c.Subject)
		case bundle.RecordAggregate:
			t.bool("bundle.custody_trf_succ_flg", "Custody Transfer Succeeded Flag", a.Custody.Succeeded)
			t.uint("bundle.custody_signal_reason_code", "Custody Signal Reason Code", uint64(a.Custody.Reason), none).Text = a.Custody.Reason.String()
			for _, f := range a.Custody.Fills {
				t.uint("bundle.custody_id_range_start", "CTEB Custody ID Range Start", f.First, none)
				t.uint("bundle.custody_id_range_end", "CTEB Custody ID Range End", f.First+f.Count-1, none)
			}
		}
	})
}

// statusTimes6 are those of the assertions, in the order of their flags.
var statusTimes6 = [...]flag{
	{name: "bundle.admin.status.receipttime", label: "Bundle Received Time"},
	{name: "bundle.admin.status.accepttime", label: "Bundle Accepted Time"},
	{name: "bundle.admin.status.forwardtime", label: "Bundle Forwarded Time"},
	{name: "bundle.admin.status.deliverytime", label: "Bundle Delivered Time"},
	{name: "bundle.admin.status.deletetime", label: "Bundle Deleted Time"},
}

func (t *tree) fragment6(s *bundle.Subject) {
	if s.IsFragment {
		t.uint("bundle.admin.fragment_offset", "Fragment Offset", s.FragmentOffset, none)
		t.uint("bundle.admin.fragment_length", "Fragment Length", s.FragmentLength, none)
	}
}

func (t *tree) subject6(s *bundle.Subject) {
	if when, ok := bundle.TimeFromSeconds(s.Created.Time); ok {
		t.text("bundle.admin.status.timecopy", "Bundle Creation Timestamp", timeText(when), s.CreatedSpan)
	}
	t.uint("bundle.admin.timestamp_seq_num32", "Timestamp Sequence Number", s.Created.Sequence, none)
	text := s.Source.String()
	t.uint("bundle.admin.endpoint_length", "Endpoint Length", uint64(len(text)), none)
	t.text("bundle.admin.endpoint_id", "Bundle Endpoint ID", text, s.SourceSpan)
}
