// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"slices"
	"testing"
)

func TestNamesOfCodePoints(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{TypeXferSegment.String(), "XFER_SEGMENT"},
		{TypeXferAck.String(), "XFER_ACK"},
		{TypeXferRefuse.String(), "XFER_REFUSE"},
		{TypeKeepalive.String(), "KEEPALIVE"},
		{TypeSessTerm.String(), "SESS_TERM"},
		{TypeMsgReject.String(), "MSG_REJECT"},
		{TypeSessInit.String(), "SESS_INIT"},
		{MessageType(0x00).String(), "UNKNOWN(0x00)"},
		{MessageType(0x08).String(), "UNKNOWN(0x08)"},
		{MessageType(0x5a).String(), "UNKNOWN(0x5a)"},
		{MessageType(0x07).Name(), "SESS_INIT"},
		{MessageType(0x00).Name(), "reserved"},
		{MessageType(0xef).Name(), "unassigned"},
		{MessageType(0xf0).Name(), "private"},

		{RefuseUnknown.String(), "Unknown"},
		{RefuseCompleted.String(), "Completed"},
		{RefuseNoResources.String(), "No Resources"},
		{RefuseRetransmit.String(), "Retransmit"},
		{RefuseNotAcceptable.String(), "Not Acceptable"},
		{RefuseExtensionFailure.String(), "Extension Failure"},
		{RefuseSessionTerminating.String(), "Session Terminating"},
		{RefuseReason(0x07).String(), "unassigned"},
		{RefuseReason(0xef).String(), "unassigned"},
		{RefuseReason(0xf0).String(), "private"},

		{TermUnknown.String(), "Unknown"},
		{TermIdleTimeout.String(), "Idle timeout"},
		{TermVersionMismatch.String(), "Version mismatch"},
		{TermBusy.String(), "Busy"},
		{TermContactFailure.String(), "Contact Failure"},
		{TermResourceExhaustion.String(), "Resource Exhaustion"},
		{TermReason(0x06).String(), "unassigned"},
		{TermReason(0xff).String(), "private"},

		{RejectReason(0x00).String(), "reserved"},
		{RejectTypeUnknown.String(), "Message Type Unknown"},
		{RejectUnsupported.String(), "Message Unsupported"},
		{RejectUnexpected.String(), "Message Unexpected"},
		{RejectReason(0x04).String(), "unassigned"},
		{RejectReason(0xf0).String(), "private"},

		{SessionItemName(0x0000), "reserved"},
		{SessionItemName(0x0001), "unassigned"},
		{SessionItemName(0x8000), "private"},
		{TransferItemName(0x0000), "reserved"},
		{TransferItemName(0x0001), "Transfer Length"},
		{TransferItemName(0x0002), "unassigned"},
		{TransferItemName(0x7fff), "unassigned"},
		{TransferItemName(0x8000), "private"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestNamesOfFlags(t *testing.T) {
	for _, c := range []struct{ got, want []string }{
		{ContactCanTLS.Names(), []string{"CAN_TLS"}},
		{ContactFlags(0x81).Names(), []string{"CAN_TLS", "0x80"}},
		{SegmentFlags(0).Names(), []string{}},
		{(SegmentStart | SegmentEnd).Names(), []string{"START", "END"}},
		{(0x40 | SegmentEnd).Names(), []string{"END", "0x40"}},
		{ItemCritical.Names(), []string{"CRITICAL"}},
		{(0x02 | TermReply).Names(), []string{"REPLY", "0x02"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
