// SPDX-License-Identifier: Apache-2.0

package render

import "github.com/dtn-tools/tcpcl/dissect/record"

// bundleFields are those of bundles, in the message that completes their transfer.
var bundleFields = []FieldInfo{
	bundleField("bpsec.asb.ctxid", "FT_INT64", "Context ID"),
	bundleField("bpsec.asb.flags", "FT_UINT64", "Flags"),
	bundleField("bpsec.asb.flags.has_params", "FT_BOOLEAN", "Parameters Present"),
	bundleField("bpsec.asb.param", "FT_NONE", "Parameter"),
	bundleField("bpsec.asb.param.id", "FT_INT64", "Type ID"),
	bundleField("bpsec.asb.param_count", "FT_UINT64", "Security Parameters, Count"),
	bundleField("bpsec.asb.result", "FT_NONE", "Result"),
	bundleField("bpsec.asb.result.id", "FT_INT64", "Type ID"),
	bundleField("bpsec.asb.result_count", "FT_UINT64", "Security Result Targets, Count"),
	bundleField("bpsec.asb.result_tgt_ref", "FT_UINT64", "Associated Target Block Number"),
	bundleField("bpsec.asb.secsrc.nodeid", "FT_NONE", "Security Source"),
	bundleField("bpsec.asb.secsrc.uri", "FT_STRING", "Security Source URI"),
	bundleField("bpsec.asb.target", "FT_UINT64", "Target Block Number"),
	bundleField("bpsec.asb.target_count", "FT_UINT64", "Security Targets, Count"),
	bundleField("bpsec.bcb", "FT_PROTOCOL", "BPSec Block Confidentiality Block"),
	bundleField("bpsec.bib", "FT_PROTOCOL", "BPSec Block Integrity Block"),
	bundleField("bpsec.defaultsc.aesvar", "FT_UINT64", "AES Variant"),
	bundleField("bpsec.defaultsc.authtag", "FT_BYTES", "Authentication Tag"),
	bundleField("bpsec.defaultsc.hmac", "FT_BYTES", "Expected HMAC"),
	bundleField("bpsec.defaultsc.iv", "FT_BYTES", "IV"),
	bundleField("bpsec.defaultsc.scope", "FT_UINT64", "BIB Scope"),
	bundleField("bpsec.defaultsc.scope.pri_block", "FT_BOOLEAN", "Primary Block"),
	bundleField("bpsec.defaultsc.scope.sec_head", "FT_BOOLEAN", "Security Header"),
	bundleField("bpsec.defaultsc.scope.tgt_head", "FT_BOOLEAN", "Target Header"),
	bundleField("bpsec.defaultsc.shavar", "FT_UINT64", "SHA Variant"),
	bundleField("bpsec.defaultsc.wrappedkey", "FT_BYTES", "Wrapped Key"),
	bundleField("bpv7", "FT_PROTOCOL", "Bundle Protocol version 7"),
	bundleField("bpv7.admin_rec", "FT_PROTOCOL", "BPv7 Administrative Record"),
	bundleField("bpv7.admin_rec.type_code", "FT_UINT64", "Record Type Code"),
	bundleField("bpv7.block", "FT_PROTOCOL", "Block"),
	bundleField("bpv7.bundle.identity", "FT_STRING", "Bundle Identity"),
	bundleField("bpv7.bundle_age.time", "FT_UINT64", "Bundle Age"),
	bundleField("bpv7.bundle_break", "FT_BYTES", "Indefinite Break"),
	bundleField("bpv7.bundle_head", "FT_BYTES", "Indefinite Array"),
	bundleField("bpv7.canonical.block_flags", "FT_UINT64", "Block Flags"),
	bundleField("bpv7.canonical.block_flags.delete_if_no_process", "FT_BOOLEAN", "Delete bundle if not processed"),
	bundleField("bpv7.canonical.block_flags.discard_if_no_process", "FT_BOOLEAN", "Discard block if not processed"),
	bundleField("bpv7.canonical.block_flags.replicate_in_fragment", "FT_BOOLEAN", "Replicate block in fragment"),
	bundleField("bpv7.canonical.block_flags.status_if_no_process", "FT_BOOLEAN", "Status bundle if not processed"),
	bundleField("bpv7.canonical.block_num", "FT_UINT64", "Block Number"),
	bundleField("bpv7.canonical.data", "FT_UINT64", "Block Type-Specific Data"),
	bundleField("bpv7.canonical.type_code", "FT_UINT64", "Type Code"),
	bundleField("bpv7.crc_field", "FT_UINT16", "CRC Field Integer"),
	bundleField("bpv7.crc_status", "FT_UINT8", "CRC Status"),
	bundleField("bpv7.crc_type", "FT_UINT64", "CRC Type"),
	bundleField("bpv7.create_ts.seqno", "FT_UINT64", "Sequence Number"),
	bundleField("bpv7.create_ts.time", "FT_NONE", "Time"),
	bundleField("bpv7.eid.dtn_ssp_code", "FT_UINT64", "DTN SSP"),
	bundleField("bpv7.eid.dtn_ssp_text", "FT_STRING", "DTN SSP"),
	bundleField("bpv7.eid.ipn_node", "FT_UINT64", "IPN Node Number"),
	bundleField("bpv7.eid.ipn_service", "FT_UINT64", "IPN Service Number"),
	bundleField("bpv7.eid.scheme", "FT_UINT64", "Scheme Code"),
	bundleField("bpv7.eid.serv", "FT_STRING", "Service Name"),
	bundleField("bpv7.eid.wkssp", "FT_STRING", "Well-known SSP"),
	bundleField("bpv7.hop_count.current", "FT_UINT64", "Hop Count"),
	bundleField("bpv7.hop_count.limit", "FT_UINT64", "Hop Limit"),
	bundleField("bpv7.previous_node.nodeid", "FT_NONE", "Previous Node ID"),
	bundleField("bpv7.previous_node.uri", "FT_STRING", "Previous URI"),
	bundleField("bpv7.primary.bundle_flags", "FT_UINT64", "Bundle Flags"),
	bundleField("bpv7.primary.bundle_flags.deletion_report", "FT_BOOLEAN", "Request reporting of bundle deletion"),
	bundleField("bpv7.primary.bundle_flags.delivery_report", "FT_BOOLEAN", "Request reporting of bundle delivery"),
	bundleField("bpv7.primary.bundle_flags.forwarding_report", "FT_BOOLEAN", "Request reporting of bundle forwarding"),
	bundleField("bpv7.primary.bundle_flags.is_fragment", "FT_BOOLEAN", "Bundle is a fragment"),
	bundleField("bpv7.primary.bundle_flags.no_fragment", "FT_BOOLEAN", "Bundle must not be fragmented"),
	bundleField("bpv7.primary.bundle_flags.payload_admin", "FT_BOOLEAN", "Payload is an administrative record"),
	bundleField("bpv7.primary.bundle_flags.reception_report", "FT_BOOLEAN", "Request reporting of bundle reception"),
	bundleField("bpv7.primary.bundle_flags.req_status_time", "FT_BOOLEAN", "Status time requested in reports"),
	bundleField("bpv7.primary.bundle_flags.user_app_ack", "FT_BOOLEAN", "Acknowledgement by application is requested"),
	bundleField("bpv7.primary.create_ts", "FT_NONE", "Creation Timestamp"),
	bundleField("bpv7.primary.dst_eid", "FT_NONE", "Destination Endpoint ID"),
	bundleField("bpv7.primary.dst_uri", "FT_STRING", "Destination URI"),
	bundleField("bpv7.primary.expire_time", "FT_ABSOLUTE_TIME", "Expire Time"),
	bundleField("bpv7.primary.frag_offset", "FT_UINT64", "Fragment Offset"),
	bundleField("bpv7.primary.lifetime", "FT_UINT64", "Lifetime"),
	bundleField("bpv7.primary.lifetime_exp", "FT_RELATIVE_TIME", "Lifetime Expanded"),
	bundleField("bpv7.primary.report_nodeid", "FT_NONE", "Report-to Node ID"),
	bundleField("bpv7.primary.report_uri", "FT_STRING", "Report-to URI"),
	bundleField("bpv7.primary.src_nodeid", "FT_NONE", "Source Node ID"),
	bundleField("bpv7.primary.src_uri", "FT_STRING", "Source URI"),
	bundleField("bpv7.primary.total_len", "FT_UINT64", "Total Application Data Unit Length"),
	bundleField("bpv7.primary.version", "FT_UINT64", "Version"),
	bundleField("bpv7.status_assert.time", "FT_NONE", "Status at"),
	bundleField("bpv7.status_assert.val", "FT_BOOLEAN", "Status Value"),
	bundleField("bpv7.status_rep", "FT_PROTOCOL", "Status Report"),
	bundleField("bpv7.status_rep.deleted", "FT_NONE", "Reporting node deleted bundle"),
	bundleField("bpv7.status_rep.delivered", "FT_NONE", "Reporting node delivered bundle"),
	bundleField("bpv7.status_rep.forwarded", "FT_NONE", "Reporting node forwarded bundle"),
	bundleField("bpv7.status_rep.identity", "FT_STRING", "Subject Identity"),
	bundleField("bpv7.status_rep.reason_code", "FT_UINT64", "Reason Code"),
	bundleField("bpv7.status_rep.received", "FT_NONE", "Reporting node received bundle"),
	bundleField("bpv7.status_rep.status_info", "FT_NONE", "Status Information"),
	bundleField("bpv7.status_rep.subj_frag_offset", "FT_UINT64", "Subject Fragment Offset"),
	bundleField("bpv7.status_rep.subj_payload_len", "FT_UINT64", "Subject Payload Length"),
	bundleField("bpv7.status_rep.subj_src_nodeid", "FT_NONE", "Subject Source Node ID"),
	bundleField("bpv7.status_rep.subj_src_uri", "FT_STRING", "Subject Source URI"),
	bundleField("bpv7.status_rep.subj_ts", "FT_NONE", "Subject Creation Timestamp"),
	bundleField("bpv7.time.dtntime", "FT_UINT64", "DTN Time"),
	bundleField("bpv7.time.utctime", "FT_ABSOLUTE_TIME", "UTC Time"),
	bundleField("bundle", "FT_PROTOCOL", "Bundle Protocol version 6"),
	bundleField("bundle.admin.endpoint_id", "FT_STRING", "Bundle Endpoint ID"),
	bundleField("bundle.admin.endpoint_length", "FT_INT32", "Endpoint Length"),
	bundleField("bundle.admin.fragment_length", "FT_INT32", "Fragment Length"),
	bundleField("bundle.admin.fragment_offset", "FT_INT32", "Fragment Offset"),
	bundleField("bundle.admin.record_fragment", "FT_BOOLEAN", "Administrative Record for Fragment"),
	bundleField("bundle.admin.record_type", "FT_UINT8", "Administrative Record Type"),
	bundleField("bundle.admin.signal.time", "FT_ABSOLUTE_TIME", "Bundle Signal Time"),
	bundleField("bundle.admin.status.accept", "FT_BOOLEAN", "Reporting Node Accepted Custody"),
	bundleField("bundle.admin.status.accepttime", "FT_ABSOLUTE_TIME", "Bundle Accepted Time"),
	bundleField("bundle.admin.status.delete", "FT_BOOLEAN", "Reporting Node Deleted Bundle"),
	bundleField("bundle.admin.status.deletetime", "FT_ABSOLUTE_TIME", "Bundle Deleted Time"),
	bundleField("bundle.admin.status.delivered", "FT_BOOLEAN", "Reporting Node Delivered Bundle"),
	bundleField("bundle.admin.status.deliverytime", "FT_ABSOLUTE_TIME", "Bundle Delivered Time"),
	bundleField("bundle.admin.status.flag", "FT_UINT8", "Administrative Record Status Flags"),
	bundleField("bundle.admin.status.forward", "FT_BOOLEAN", "Reporting Node Forwarded Bundle"),
	bundleField("bundle.admin.status.forwardtime", "FT_ABSOLUTE_TIME", "Bundle Forwarded Time"),
	bundleField("bundle.admin.status.rcvd", "FT_BOOLEAN", "Reporting Node Received Bundle"),
	bundleField("bundle.admin.status.receipttime", "FT_ABSOLUTE_TIME", "Bundle Received Time"),
	bundleField("bundle.admin.status.timecopy", "FT_ABSOLUTE_TIME", "Bundle Creation Timestamp"),
	bundleField("bundle.admin.timestamp_seq_num32", "FT_INT32", "Timestamp Sequence Number"),
	bundleField("bundle.age_extension_block_code", "FT_INT32", "Bundle Age in seconds"),
	bundleField("bundle.block.control.delete", "FT_BOOLEAN", "Delete Bundle if Block Can't be Processed"),
	bundleField("bundle.block.control.discard", "FT_BOOLEAN", "Discard Block If Can't Process"),
	bundleField("bundle.block.control.eid", "FT_BOOLEAN", "Block Contains an EID-reference Field"),
	bundleField("bundle.block.control.flags", "FT_UINT8", "Block Processing Control Flags"),
	bundleField("bundle.block.control.last", "FT_BOOLEAN", "Last Block"),
	bundleField("bundle.block.control.process", "FT_BOOLEAN", "Block Was Forwarded Without Processing"),
	bundleField("bundle.block.control.replicate", "FT_BOOLEAN", "Replicate Block in Every Fragment"),
	bundleField("bundle.block.control.status", "FT_BOOLEAN", "Transmit Status if Block Can't be Processed"),
	bundleField("bundle.block.cteb_creator_custodian_eid", "FT_STRING", "CTEB Creator Custodian EID"),
	bundleField("bundle.block.cteb_custody_id", "FT_INT32", "CTEB Custody ID"),
	bundleField("bundle.block.ecos.flags", "FT_UINT8", "ECOS Flags"),
	bundleField("bundle.block.ecos.flags.critical", "FT_BOOLEAN", "Critical"),
	bundleField("bundle.block.ecos.flags.flowlabel", "FT_BOOLEAN", "Flow Label"),
	bundleField("bundle.block.ecos.flags.reliable", "FT_BOOLEAN", "Reliable"),
	bundleField("bundle.block.ecos.flags.streaming", "FT_BOOLEAN", "Streaming"),
	bundleField("bundle.block.ecos.flow_label", "FT_INT32", "ECOS Flow Label"),
	bundleField("bundle.block.ecos.ordinal", "FT_UINT8", "ECOS Ordinal"),
	bundleField("bundle.block.length", "FT_INT32", "Block Length"),
	bundleField("bundle.block.previous_hop_eid", "FT_STRING", "Previous Hop EID"),
	bundleField("bundle.block.previous_hop_scheme", "FT_STRING", "Previous Hop Scheme"),
	bundleField("bundle.block_type_code", "FT_UINT8", "Block Type Code"),
	bundleField("bundle.custody_id_range_end", "FT_INT32", "CTEB Custody ID Range End"),
	bundleField("bundle.custody_id_range_start", "FT_INT32", "CTEB Custody ID Range Start"),
	bundleField("bundle.custody_signal_reason_code", "FT_UINT8", "Custody Signal Reason Code"),
	bundleField("bundle.custody_trf_succ_flg", "FT_BOOLEAN", "Custody Transfer Succeeded Flag"),
	bundleField("bundle.payload.length", "FT_INT32", "Payload Length"),
	bundleField("bundle.payload.proc.header_type", "FT_UINT8", "Header Type"),
	bundleField("bundle.primary.cos.priority", "FT_UINT8", "Priority"),
	bundleField("bundle.primary.custodian", "FT_STRINGZ", "Custodian"),
	bundleField("bundle.primary.custodian_scheme", "FT_STRINGZ", "Custodian Scheme"),
	bundleField("bundle.primary.destination", "FT_STRINGZ", "Destination"),
	bundleField("bundle.primary.destination_scheme", "FT_STRINGZ", "Destination Scheme"),
	bundleField("bundle.primary.dictionary_len", "FT_INT32", "Dictionary Length"),
	bundleField("bundle.primary.fragment_offset", "FT_INT32", "Fragment Offset"),
	bundleField("bundle.primary.len", "FT_INT32", "Bundle Header Length"),
	bundleField("bundle.primary.lifetime_sdnv", "FT_INT32", "Lifetime"),
	bundleField("bundle.primary.proc.ack", "FT_BOOLEAN", "Request Acknowledgement by Application"),
	bundleField("bundle.primary.proc.admin", "FT_BOOLEAN", "Administrative Record"),
	bundleField("bundle.primary.proc.cos", "FT_UINT8", "Class of Service Flags"),
	bundleField("bundle.primary.proc.dontfrag", "FT_BOOLEAN", "Do Not Fragment Bundle"),
	bundleField("bundle.primary.proc.frag", "FT_BOOLEAN", "Bundle is a Fragment"),
	bundleField("bundle.primary.proc.gen", "FT_UINT8", "General Flags"),
	bundleField("bundle.primary.proc.single", "FT_BOOLEAN", "Destination is Singleton"),
	bundleField("bundle.primary.proc.status", "FT_UINT8", "Status Report Flags"),
	bundleField("bundle.primary.proc.xferreq", "FT_BOOLEAN", "Request Custody Transfer"),
	bundleField("bundle.primary.processing.control.flag", "FT_UINT64", "Bundle Processing Control Flags"),
	bundleField("bundle.primary.report", "FT_STRINGZ", "Report"),
	bundleField("bundle.primary.report_scheme", "FT_STRINGZ", "Report Scheme"),
	bundleField("bundle.primary.source", "FT_STRINGZ", "Source"),
	bundleField("bundle.primary.source_scheme", "FT_STRINGZ", "Source Scheme"),
	bundleField("bundle.primary.srr.custaccept", "FT_BOOLEAN", "Request Report of Custody Acceptance"),
	bundleField("bundle.primary.srr.delete", "FT_BOOLEAN", "Request Report of Bundle Deletion"),
	bundleField("bundle.primary.srr.delivery", "FT_BOOLEAN", "Request Report of Bundle Delivery"),
	bundleField("bundle.primary.srr.forward", "FT_BOOLEAN", "Request Report of Bundle Forwarding"),
	bundleField("bundle.primary.srr.report", "FT_BOOLEAN", "Request Reception Report"),
	bundleField("bundle.primary.timestamp", "FT_ABSOLUTE_TIME", "Timestamp"),
	bundleField("bundle.primary.timestamp_seq_num32", "FT_INT32", "Timestamp Sequence Number"),
	bundleField("bundle.primary.total_adu_len", "FT_INT32", "Total Application Data Unit Length"),
	bundleField("bundle.status_report_reason_code", "FT_UINT8", "Status Report Reason Code"),
	bundleField("bundle.version", "FT_UINT8", "Bundle Version"),
}

// bundleField makes the field with a name out of those that the record of a bundle has.
func bundleField(name, fieldType, description string) FieldInfo {
	return FieldInfo{Name: name, Type: fieldType, Description: description, bundle: true, extract: func(dst []Value, m *record.Message) []Value {
		if m.Bundle == nil {
			return dst
		}
		for i := range m.Bundle.Fields {
			if f := &m.Bundle.Fields[i]; f.Name == name {
				dst = append(dst, fieldValue(f))
			}
		}
		return dst
	}}
}

func fieldValue(f *record.Field) Value {
	switch f.Kind {
	case record.FieldUint:
		return Value{Kind: KindUint, Number: f.Number, digits: int(f.Digits)}
	case record.FieldBool:
		return boolean(f.Number != 0)
	case record.FieldText:
		return Value{Kind: KindText, Text: f.Text}
	case record.FieldOctets:
		return octets(f.Octets)
	case record.FieldDuration:
		return duration(int64(f.Number))
	}
	switch {
	case !isProtocol(f.Name):
		return Value{}
	case f.Text == "":
		return Value{Kind: KindText, Text: f.Label}
	}
	return Value{Kind: KindText, Text: f.Label + ": " + f.Text}
}

// isProtocol says whether a field that is made of others shows its heading, as tshark's fields of the type FT_PROTOCOL do.
func isProtocol(name string) bool {
	switch name {
	case "bundle", "bpv7", "bpv7.block", "bpv7.admin_rec", "bpv7.status_rep", "bpsec.bib", "bpsec.bcb":
		return true
	}
	return false
}
