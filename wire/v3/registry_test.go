// SPDX-License-Identifier: Apache-2.0

package v3

import (
	"slices"
	"testing"
)

func TestNamesOfCodePoints(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{TypeDataSegment.String(), "DATA_SEGMENT"},
		{TypeAckSegment.String(), "ACK_SEGMENT"},
		{TypeRefuseBundle.String(), "REFUSE_BUNDLE"},
		{TypeKeepalive.String(), "KEEPALIVE"},
		{TypeShutdown.String(), "SHUTDOWN"},
		{TypeLength.String(), "LENGTH"},
		{MessageType(0x0).String(), "UNKNOWN(0x0)"},
		{MessageType(0xf).String(), "UNKNOWN(0xf)"},
		{MessageType(0x6).Name(), "LENGTH"},
		{MessageType(0x0).Name(), "reserved"},
		{MessageType(0x7).Name(), "unassigned"},

		{RefuseUnknown.String(), "Unknown"},
		{RefuseCompleted.String(), "Completed"},
		{RefuseExhausted.String(), "Exhausted"},
		{RefuseRetransmit.String(), "Retransmit"},
		{RefuseReason(0x4).String(), "unassigned"},
		{RefuseReason(0x7).String(), "unassigned"},
		{RefuseReason(0x8).String(), "reserved"},
		{RefuseReason(0xf).String(), "reserved"},

		{ShutdownIdleTimeout.String(), "Idle timeout"},
		{ShutdownVersionMismatch.String(), "Version mismatch"},
		{ShutdownBusy.String(), "Busy"},
		{ShutdownReason(0x03).String(), "unassigned"},
		{ShutdownReason(0xff).String(), "unassigned"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestNamesOfFlags(t *testing.T) {
	for _, c := range []struct{ got, want []string }{
		{ContactFlags(0).Names(), []string{}},
		{ContactFlags(0x0f).Names(), []string{"ACK", "FRAGMENTATION", "REFUSAL", "LENGTH"}},
		{(0x40 | ContactRefusal).Names(), []string{"REFUSAL", "0x40"}},
		{(SegmentStart | SegmentEnd).Names(), []string{"START", "END"}},
		{(0x08 | SegmentEnd).Names(), []string{"END", "0x08"}},
		{both.Names(), []string{"REASON", "DELAY"}},
		{ReservedFlags(0x05).Names(), []string{"0x01", "0x04"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
