// SPDX-License-Identifier: Apache-2.0

package bundletree

import (
	"fmt"

	"github.com/dtn-tools/tcpcl/bundle"
)

var bundleFlags7 = []flag{
	{uint64(bundle.FlagReportDeletion), "bpv7.primary.bundle_flags.deletion_report", "Request reporting of bundle deletion"},
	{uint64(bundle.FlagReportDelivery), "bpv7.primary.bundle_flags.delivery_report", "Request reporting of bundle delivery"},
	{uint64(bundle.FlagReportForward), "bpv7.primary.bundle_flags.forwarding_report", "Request reporting of bundle forwarding"},
	{uint64(bundle.FlagReportReceived), "bpv7.primary.bundle_flags.reception_report", "Request reporting of bundle reception"},
	{uint64(bundle.FlagStatusTime), "bpv7.primary.bundle_flags.req_status_time", "Status time requested in reports"},
	{uint64(bundle.FlagAckRequested), "bpv7.primary.bundle_flags.user_app_ack", "Acknowledgement by application is requested"},
	{uint64(bundle.FlagNoFragment), "bpv7.primary.bundle_flags.no_fragment", "Bundle must not be fragmented"},
	{uint64(bundle.FlagAdmin), "bpv7.primary.bundle_flags.payload_admin", "Payload is an administrative record"},
	{uint64(bundle.FlagFragment), "bpv7.primary.bundle_flags.is_fragment", "Bundle is a fragment"},
}

var blockFlags7 = []flag{
	{uint64(bundle.BlockDiscard), "bpv7.canonical.block_flags.discard_if_no_process", "Discard block if not processed"},
	{uint64(bundle.BlockDelete), "bpv7.canonical.block_flags.delete_if_no_process", "Delete bundle if not processed"},
	{uint64(bundle.BlockReport), "bpv7.canonical.block_flags.status_if_no_process", "Status bundle if not processed"},
	{uint64(bundle.BlockReplicate), "bpv7.canonical.block_flags.replicate_in_fragment", "Replicate block in fragment"},
}

func (t *tree) bundle7(b *bundle.Bundle) {
	t.group("bpv7", "Bundle Protocol version 7", octetsText(b.Length), bundle.Span{Length: b.Length}, func() {
		indefinite := true
		for i := range b.Findings {
			indefinite = indefinite && b.Findings[i].ID != "BPv7-01" // an outer array of definite length
		}
		if indefinite {
			t.octets("bpv7.bundle_head", "Indefinite Array", []byte{0x9f}, bundle.Span{Length: 1})
		}
		t.primary7(b)
		for i := range b.Blocks {
			t.block7(b, &b.Blocks[i])
		}
		if indefinite && b.State == bundle.Complete {
			t.octets("bpv7.bundle_break", "Indefinite Break", []byte{0xff}, bundle.Span{Offset: b.Length - 1, Length: 1})
		}
	})
	if a, err := b.AdminRecord(); err == nil || a.Type != 0 {
		t.record7(&a)
	}
}

func (t *tree) primary7(b *bundle.Bundle) {
	p := b.PrimaryFields()
	t.group("bpv7.block", "Primary Block, CRC Type", crcName(b.CRC.Type), p.Block, func() {
		if p.Version.Length > 0 {
			t.uint("bpv7.primary.version", "Version", uint64(b.Version), p.Version)
		}
		if p.Flags.Length > 0 {
			t.flags("bpv7.primary.bundle_flags", "Bundle Flags", uint64(b.Flags), 16, p.Flags, bundleFlags7)
		}
		t.crcType(&b.CRC, p.CRCType)
		t.eid7("bpv7.primary.dst_eid", "bpv7.primary.dst_uri", "Destination Endpoint ID", &b.Destination, p.Destination)
		t.eid7("bpv7.primary.src_nodeid", "bpv7.primary.src_uri", "Source Node ID", &b.Source, p.Source)
		t.eid7("bpv7.primary.report_nodeid", "bpv7.primary.report_uri", "Report-to Node ID", &b.ReportTo, p.ReportTo)
		if p.Time.Length > 0 && p.Sequence.Length > 0 {
			at := bundle.Span{Offset: p.Time.Offset, Length: p.Sequence.Offset + p.Sequence.Length - p.Time.Offset}
			t.created7("bpv7.primary.create_ts", "Creation Timestamp", b.Created, at)
		}
		if p.Lifetime.Length > 0 {
			t.uint("bpv7.primary.lifetime", "Lifetime", b.Lifetime, p.Lifetime).Text = "ms"
			t.seconds("bpv7.primary.lifetime_exp", "Lifetime Expanded", b.Lifetime)
			if end, ok := bundle.TimeFromMillis(b.Created.Time); ok && b.Created.Time > 0 {
				if d, ok := b.LifetimeDuration(); ok {
					t.text("bpv7.primary.expire_time", "Expire Time", timeText(end.Add(d)), none)
				}
			}
		}
		if b.IsFragment() {
			t.uint("bpv7.primary.frag_offset", "Fragment Offset", b.FragmentOffset, p.FragmentOffset)
			t.uint("bpv7.primary.total_len", "Total Application Data Unit Length", b.TotalLength, p.TotalLength)
		}
		t.crc7(&b.CRC, p.CRC)
	})
	id := identity(&b.Source, b.Created)
	if b.IsFragment() {
		id += fmt.Sprintf(", Frag Offset: %d, Total Length: %d", b.FragmentOffset, b.TotalLength)
	}
	t.text("bpv7.bundle.identity", "Bundle Identity", id, none)
}

// identity is what tells bundles apart, as tshark writes it.
func identity(source *bundle.EID, created bundle.Timestamp) string {
	return fmt.Sprintf("Source: %s, DTN Time: %d, Seq: %d", source, created.Time, created.Sequence)
}

var crcNames = [...]string{bundle.CRCNone: "None", bundle.CRC16: "CRC-16", bundle.CRC32C: "CRC-32C"}

func crcName(c bundle.CRCType) string {
	if c < bundle.CRCType(len(crcNames)) {
		return crcNames[c]
	}
	return "Unknown"
}

func (t *tree) crcType(c *bundle.CRC, at bundle.Span) {
	if at.Length > 0 {
		t.uint("bpv7.crc_type", "CRC Type", uint64(c.Type), at).Text = crcName(c.Type)
	}
}

// The values of bpv7.crc_status are those of tshark's enumeration of checksums.
const (
	checksumBad        = 0
	checksumGood       = 1
	checksumUnverified = 2
)

// crc7 adds the value of a CRC, of which at has the head of its string.
func (t *tree) crc7(c *bundle.CRC, at bundle.Span) {
	n := uint64(c.Type.Len())
	if n == 0 || at.Length < n {
		return
	}
	value := bundle.Span{Offset: at.Offset + at.Length - n, Length: n}
	f := t.hex("bpv7.crc_field", "CRC field Integer", uint64(c.Value), uint8(2*n), value)
	status, text := uint64(checksumUnverified), "Unverified"
	switch c.State {
	case bundle.CRCValid:
		status, text, f.Text = checksumGood, "Good", "correct"
	case bundle.CRCInvalid:
		status, text, f.Text = checksumBad, "Bad", fmt.Sprintf("incorrect, should be %#0*x", 2*n+2, c.Computed)
	}
	t.uint("bpv7.crc_status", "CRC Status", status, none).Text = text
}

// eid7 adds an endpoint ID, of which the URI is a field of its own. Nothing is added where it is not there.
func (t *tree) eid7(name, uri, label string, e *bundle.EID, at bundle.Span) {
	if e.Form == bundle.EIDAbsent {
		return
	}
	text := e.String()
	t.group(name, label, text, at, func() {
		switch e.Form {
		case bundle.EIDDTN:
			t.uint("bpv7.eid.scheme", "Scheme Code", bundle.SchemeDTN, none).Text = "dtn"
			if string(e.SSP) == "none" {
				t.uint("bpv7.eid.dtn_ssp_code", "DTN SSP", 0, none).Text = "none"
				t.text("bpv7.eid.wkssp", "Well-known SSP", "none", none)
			} else {
				t.text("bpv7.eid.dtn_ssp_text", "DTN SSP", string(e.SSP), none)
				if d, ok := demux(e.SSP); ok {
					t.text("bpv7.eid.serv", "Service Name", d, none)
				}
			}
		case bundle.EIDIPN:
			t.uint("bpv7.eid.scheme", "Scheme Code", bundle.SchemeIPN, none).Text = "ipn"
			t.uint("bpv7.eid.ipn_node", "IPN Node Number", e.Node, none)
			t.uint("bpv7.eid.ipn_service", "IPN Service Number", e.Service, none)
		case bundle.EIDRaw:
			t.uint("bpv7.eid.scheme", "Scheme Code", e.Scheme, none).Text = "Unknown"
			t.octets("", "Scheme-Specific Part", e.SSP, none)
			return // tshark has no URI of it
		default:
			return
		}
		t.text(uri, uriLabels[uri], text, none)
	})
}

var uriLabels = map[string]string{"bpv7.primary.dst_uri": "Destination URI", "bpv7.primary.src_uri": "Source URI", "bpv7.primary.report_uri": "Report-to URI",
	"bpv7.previous_node.uri": "Previous URI", "bpv7.status_rep.subj_src_uri": "Subject Source URI", "bpsec.asb.secsrc.uri": "Security Source URI"}

// created7 adds a creation timestamp.
func (t *tree) created7(name, label string, ts bundle.Timestamp, at bundle.Span) {
	t.group(name, label, "", at, func() {
		t.time7("bpv7.create_ts.time", "Time", ts.Time, none)
		t.uint("bpv7.create_ts.seqno", "Sequence Number", ts.Sequence, none)
	})
}

// time7 adds a DTN time.
func (t *tree) time7(name, label string, ms uint64, at bundle.Span) {
	text := "undefined"
	when, ok := bundle.TimeFromMillis(ms)
	if ok = ok && ms > 0; ok {
		text = timeText(when)
	}
	t.group(name, label, text, at, func() {
		t.uint("bpv7.time.dtntime", "DTN Time", ms, none).Text = "ms"
		if ok {
			t.text("bpv7.time.utctime", "UTC Time", text, none)
		}
	})
}

func (t *tree) block7(b *bundle.Bundle, k *bundle.Block) {
	at := k.Fields()
	kind := fmt.Sprintf("%s, Block Num: %d, CRC Type: %s", canonicalName(k), k.Number, crcName(k.CRC.Type))
	t.group("bpv7.block", "Canonical Block", kind, k.Span, func() {
		if at.Type.Length > 0 {
			t.uint("bpv7.canonical.type_code", "Type Code", uint64(k.Type), at.Type).Text = named(k.Name())
		}
		if at.Number.Length > 0 {
			t.uint("bpv7.canonical.block_num", "Block Number", k.Number, at.Number)
		}
		if at.Flags.Length > 0 {
			t.flags("bpv7.canonical.block_flags", "Block Flags", uint64(k.Flags), 16, at.Flags, blockFlags7)
		}
		t.crcType(&k.CRC, at.CRCType)
		if at.DataHead.Length > 0 {
			t.uint("bpv7.canonical.data", "Block Type-Specific Data", k.DataLength, k.DataSpan).Text = "octets"
			t.depth++
			t.content7(b, k)
			t.depth--
		}
		t.crc7(&k.CRC, at.CRC)
	})
}

func canonicalName(k *bundle.Block) string {
	if k.Type == bundle.BlockBIB || k.Type == bundle.BlockBCB {
		return k.Name() + " Block"
	}
	if name := named(k.Name()); name != "Unknown" {
		return name
	}
	return fmt.Sprintf("Type %d", k.Type)
}

// content7 adds what is in a block's data. What cannot be read is told by the findings of the bundle.
func (t *tree) content7(b *bundle.Bundle, k *bundle.Block) {
	if k.Encrypted {
		t.text("", "Encrypted", "a Block Confidentiality block has it as its target", none)
		return
	}
	switch k.Type {
	case bundle.BlockPreviousNode:
		if e, err := k.PreviousNode(); err == nil {
			t.eid7("bpv7.previous_node.nodeid", "bpv7.previous_node.uri", "Previous Node ID", &e, k.DataSpan)
		}
	case bundle.BlockAge:
		if age, err := k.Age(); err == nil {
			t.uint("bpv7.bundle_age.time", "Bundle Age", age, k.DataSpan).Text = "ms"
		}
	case bundle.BlockHopCount:
		if h, err := k.HopCount(); err == nil {
			t.uint("bpv7.hop_count.limit", "Hop Limit", h.Limit, h.LimitSpan)
			t.uint("bpv7.hop_count.current", "Hop Count", h.Count, h.CountSpan)
		}
	case bundle.BlockBIB, bundle.BlockBCB:
		t.security(k)
	case bundle.BlockPayload:
	default:
		if len(k.Data) > 0 {
			t.octets("", "Data", k.Data, k.DataSpan)
		}
	}
}

// record7 adds an administrative record.
func (t *tree) record7(a *bundle.AdminRecord) {
	at := a.ContentSpan
	t.group("bpv7.admin_rec", "Administrative Record", named(a.Name()), at, func() {
		t.uint("bpv7.admin_rec.type_code", "Record Type Code", uint64(a.Type), none).Text = named(a.Name())
		if a.Type != bundle.RecordStatusReport {
			return
		}
		s := &a.Status
		t.group("bpv7.status_rep", "Status Report", "", at, func() {
			t.group("bpv7.status_rep.status_info", "Status Information", "", none, func() {
				t.assertion("bpv7.status_rep.received", "Reporting node received bundle", &s.Received)
				t.assertion("bpv7.status_rep.forwarded", "Reporting node forwarded bundle", &s.Forwarded)
				t.assertion("bpv7.status_rep.delivered", "Reporting node delivered bundle", &s.Delivered)
				t.assertion("bpv7.status_rep.deleted", "Reporting node deleted bundle", &s.Deleted)
			})
			t.uint("bpv7.status_rep.reason_code", "Reason Code", uint64(s.Reason), s.ReasonSpan).Text = s.Reason.Name(7)
			u := &s.Subject
			t.eid7("bpv7.status_rep.subj_src_nodeid", "bpv7.status_rep.subj_src_uri", "Subject Source Node ID", &u.Source, u.SourceSpan)
			t.created7("bpv7.status_rep.subj_ts", "Subject Creation Timestamp", u.Created, u.CreatedSpan)
			if u.IsFragment {
				t.uint("bpv7.status_rep.subj_frag_offset", "Subject Fragment Offset", u.FragmentOffset, none)
				t.uint("bpv7.status_rep.subj_payload_len", "Subject Payload Length", u.FragmentLength, none)
			}
			id := identity(&u.Source, u.Created)
			if u.IsFragment {
				id += fmt.Sprintf(", Frag Offset: %d, Payload Length: %d", u.FragmentOffset, u.FragmentLength)
			}
			t.text("bpv7.status_rep.identity", "Subject Identity", id, none)
		})
	})
}

func (t *tree) assertion(name, label string, a *bundle.Assertion) {
	t.group(name, label, "", a.Span, func() {
		t.bool("bpv7.status_assert.val", "Status Value", a.Asserted)
		if a.HasTime {
			t.time7("bpv7.status_assert.time", "Status at", a.Time, none)
		}
	})
}
