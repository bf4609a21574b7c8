// SPDX-License-Identifier: Apache-2.0

package interop

import "strings"

// exception is a difference that is right: tshark is wrong, or there is more than one true answer. Each must apply somewhere,
// or the tests fail: so the list stays true.
type exception struct {
	name     string
	fields   []string // "": a whole message, which tshark does not show; "frame", "time": every field of the type
	when     func(difference) bool
	restLost bool // after this message tshark has nothing right in the direction
	reason   string
}

var exceptions = []exception{
	{
		name: "TCPCLv3 SHUTDOWN with a delay", fields: []string{""},
		when: func(d difference) bool {
			return d.pair.ours.kind() == "SHUTDOWN" && d.pair.ours.first("tcpcl.shutdown.delay.flag") == "1"
		},
		reason: "RFC 7242 section 6.1 makes the reconnection delay an SDNV. tshark takes two octets for it, so that after the " +
			"one octet of a short delay it waits for another, which never comes.",
	},
	{
		name: "extension list on every segment", fields: []string{""}, restLost: true,
		when: func(d difference) bool { return d.pair.ours.first("tcpcl.quirk") == "extension-list-without-start" },
		reason: "dtn7-go sends the length of the extension items with every XFER_SEGMENT, where RFC 9174 section 5.2.2 has it with " +
			"START only. tshark reads a segment without data there, and the data as thousands of messages of unknown types.",
	},
	{
		name: "TCPCLv3 ack credited to the newest bundle",
		fields: []string{"tcpcl.xfer_id", "tcpcl.v4.xfer_ack.related_seg", "tcpcl.v4.xfer_ack.time_diff", "tcpcl.v4.xfer_ack.related_start",
			"tcpcl.v4.xfer_ack.time_since_start", "tcpcl.v4.xfer_segment.related_ack", "tcpcl.v4.xfer_segment.time_diff"},
		when: func(d difference) bool {
			return d.pair.ours.first("tcpcl.pkt_type") != "" && !d.startsAnew() && d.oursFollowsTheOrder()
		},
		reason: "TCPCLv3 acks name no bundle. They come in the order of the segments (RFC 7242 section 5.3), so the first ack is for the first " +
			"segment and so on; tshark takes every ack for the newest bundle, which is another one where several are on the way, and " +
			"looks there for a segment that ends at the length acknowledged.",
	},
	{
		name: "TCPCLv3 bundles counted more than once", fields: []string{"tcpcl.xfer_id"},
		when: func(d difference) bool { return d.capture.reordered() && d.startsAnew() && d.countsStarts() },
		reason: "The number of a TCPCLv3 bundle is how many segments with START its sender has sent. Where segments come out of order tshark " +
			"dissects the beginning of a message again when more of it has come, and counts it again.",
	},
	{
		name: "ack captured before its segment",
		fields: []string{"tcpcl.v4.xfer_ack.related_seg", "tcpcl.v4.xfer_ack.time_diff", "tcpcl.v4.xfer_ack.related_start",
			"tcpcl.v4.xfer_ack.time_since_start", "tcpcl.v4.xfer_segment.related_ack", "tcpcl.v4.xfer_segment.time_diff",
			"tcpcl.v4.xfer.total_len", "tcpcl.xfer_id"},
		when: func(d difference) bool { return d.capture.reordered() && len(d.ours) == 0 && d.ackCameFirst() },
		reason: "The variants shuffle the two directions against each other, so that an ack can be complete before the segment that it is " +
			"for. We go through a capture once, and say nothing of a segment that has not come; tshark -2 says it, with a negative time.",
	},
	{
		name: "last segment beside other messages", fields: []string{"tcpcl.xfer.reassembled.in"},
		when: func(d difference) bool {
			return d.tshark.ends() && d.first() == d.tshark.frame && len(d.ours) == 0
		},
		reason: "The field is for segments whose bundle a later frame completes. tshark has it also in the last segment, naming the " +
			"segment's own frame, if that frame holds more messages; and not if it holds no more.",
	},
	{
		name: "several TLS records in a frame", fields: []string{"tcpcl.v4.xfer_segment.seen_len", "tcpcl.v4.xfer.total_len"},
		when: func(d difference) bool { return d.capture.overTLS() && d.oursAddsUp() },
		reason: "tshark knows a message by its frame and its offset in the plaintext of its TLS record. Segments that are each in a record of their own, in " +
			"one frame, have the same place, so that it takes one for another and adds up wrongly.",
	},
	{
		name: "custom blocks are frames", fields: []string{"frame.number", "frame"},
		when: func(d difference) bool {
			return strings.Contains(d.capture.name, "-extra.") && d.sameMessage() && d.tshark.epoch == d.pair.ours.epoch
		},
		reason: "tshark counts the custom blocks of a pcapng file as frames, without a time and of unknown content. We count packets. " +
			"The numbers name the same messages.",
	},
	{
		name: "other order: frame", fields: []string{"frame.number"},
		when: func(d difference) bool { return d.capture.reordered() && d.oursIsEarlier() },
		reason: "Where segments come late, tshark shows a message in the frame that filled the hole, we in the frame that holds the message's " +
			"last octet, which may have come before.",
	},
	{
		name: "other frames altogether", fields: []string{"frame.number"},
		when:   func(d difference) bool { return unreadable[d.capture.name] != "" },
		reason: "What tshark says of the original is compared, which has fewer frames.",
	},
	{
		name: "other order: related frame", fields: []string{"frame"},
		when:   func(d difference) bool { return d.capture.otherFrames() && d.sameMessage() },
		reason: "Follows from the frames of the messages themselves: both numbers name the same message.",
	},
	{
		name: "other order: time", fields: []string{"time"},
		when:   func(d difference) bool { return d.capture.otherFrames() && d.bothTimesAreBetweenTheirFrames() },
		reason: "Follows from the frames too: either time is the time between the two frames that its program names.",
	},
}

// unreadable are captures in which tshark finds no message at all. What it finds in their originals is compared instead.
var unreadable = map[string]string{
	"seed-v4-ipv6.split1.pcap.gz": "With one octet in each TCP segment tshark calls every segment malformed.",
}
