// SPDX-License-Identifier: Apache-2.0

package filter

import "strings"

// named is a value of a field with its name.
type named struct {
	n    uint64
	name string
}

// names are the names of values, as Wireshark has them; where it has none, those of the RFCs.
var names = map[string][]named{
	"bpsec.defaultsc.aesvar":   {{1, "A128GCM"}, {3, "A256GCM"}},
	"bpsec.defaultsc.shavar":   {{5, "HMAC 256/256"}, {6, "HMAC 384/384"}, {7, "HMAC 512/512"}},
	"bpv7.admin_rec.type_code": {{1, "Bundle Status Report"}},
	"bpv7.canonical.type_code": {
		{1, "Payload"},
		{6, "Previous Node"},
		{7, "Bundle Age"},
		{10, "Hop Count"},
		{11, "Block Integrity Block"},
		{12, "Block Confidentiality Block"},
	},
	"bpv7.crc_status": {{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}},
	"bpv7.crc_type":   {{0, "None"}, {1, "CRC-16"}, {2, "CRC-32C"}},
	"bpv7.eid.scheme": {{1, "dtn"}, {2, "ipn"}},
	"bpv7.status_rep.reason_code": {
		{0, "No additional information"},
		{1, "Lifetime expired"},
		{2, "Forwarded over unidirectional link"},
		{3, "Transmission canceled"},
		{4, "Depleted storage"},
		{5, "Destination endpoint ID unintelligible"},
		{6, "No known route to destination from here"},
		{7, "No timely contact with next node on route"},
		{8, "Block unintelligible"},
		{9, "Hop limit exceeded"},
		{10, "Traffic pared"},
		{11, "Block unsupported"},
		{12, "Missing Security Operation"},
		{13, "Unknown Security Operation"},
		{14, "Unexpected Security Operation"},
		{15, "Failed Security Operation"},
		{16, "Conflicting Security Operation"},
	},
	"bundle.admin.record_type": {
		{1, "Bundle Status Report"},
		{2, "Custody Signal"},
		{4, "Aggregate Custody Signal"},
		{5, "Announce Record (Contact)"},
	},
	"bundle.block_type_code": {
		{1, "Bundle Payload Block"},
		{2, "Bundle Authentication Block"},
		{3, "Block Integrity Block"},
		{4, "Block Confidentiality Block"},
		{5, "Previous-Hop Insertion Block"},
		{8, "Metadata Extension Block"},
		{9, "Extension Security Block"},
		{10, "Custody Transfer Enhancement Block"},
		{19, "Extended Class of Service Block"},
		{20, "Bundle Age Extension Block"},
	},
	"bundle.custody_signal_reason_code": {
		{0, "No Additional Information"},
		{3, "Redundant Reception"},
		{4, "Depleted Storage"},
		{5, "Destination Endpoint ID Unintelligible"},
		{6, "No Known Route to Destination"},
		{7, "No Timely Contact with Next Node on Route"},
		{8, "Header Unintelligible"},
	},
	"bundle.primary.cos.priority": {{0, "Bulk"}, {1, "Normal"}, {2, "Expedited"}, {3, "Invalid (Reserved)"}},
	"bundle.status_report_reason_code": {
		{0, "No Additional Information"},
		{1, "Lifetime Expired"},
		{2, "Forwarded over Unidirectional Link"},
		{3, "Transmission Cancelled"},
		{4, "Depleted Storage"},
		{5, "Destination Endpoint ID Unintelligible"},
		{6, "No Known Route to Destination"},
		{7, "No Timely Contact with Next Node on Route"},
		{8, "Header Unintelligible"},
	},
	"tcpcl.pkt_type": {{1, "DATA_SEGMENT"}, {2, "ACK_SEGMENT"}, {3, "REFUSE_BUNDLE"}, {4, "KEEPALIVE"}, {5, "SHUTDOWN"}, {6, "LENGTH"}},
	"tcpcl.refuse.reason_code": {
		{0, "Reason for refusal is unknown"},
		{1, "Complete Bundle Received"},
		{2, "Receiver's resources exhausted"},
		{3, "Receiver expects re-transmission of bundle"},
	},
	"tcpcl.shutdown.reason": {{0, "Idle timeout"}, {1, "Version mismatch"}, {2, "Busy"}},
	"tcpcl.v4.mhdr.type": {
		{1, "XFER_SEGMENT"},
		{2, "XFER_ACK"},
		{3, "XFER_REFUSE"},
		{4, "KEEPALIVE"},
		{5, "SESS_TERM"},
		{6, "MSG_REJECT"},
		{7, "SESS_INIT"},
	},
	"tcpcl.v4.msg_reject.reason": {{0, "reserved"}, {1, "Message Type Unknown"}, {2, "Message Unsupported"}, {3, "Message Unexpected"}},
	"tcpcl.v4.ses_term.reason": {
		{0, "Unknown"},
		{1, "Idle timeout"},
		{2, "Version mismatch"},
		{3, "Busy"},
		{4, "Contact Failure"},
		{5, "Resource Exhaustion"},
	},
	"tcpcl.v4.xfer_refuse.reason": {
		{0, "Unknown"},
		{1, "Completed"},
		{2, "No Resources"},
		{3, "Retransmit"},
		{4, "Not Acceptable"},
		{5, "Extension Failure"},
	},
}

// nameOf returns the value that a name stands for, in whatever case it is written.
func nameOf(field, name string) (uint64, bool) {
	for _, v := range names[field] {
		if strings.EqualFold(v.name, name) {
			return v.n, true
		}
	}
	return 0, false
}

// namesOf lists the names of a field's values, for people.
func namesOf(field string) string {
	var list []string
	for _, v := range names[field] {
		list = append(list, v.name)
	}
	return strings.Join(list, ", ")
}
