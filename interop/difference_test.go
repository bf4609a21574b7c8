// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"math/big"
	"slices"
)

// difference is a field whose values are not the same in both, or (field "") a message that only tcpcl-dump shows. Its methods
// are what exceptions ask; they judge by the order of the messages in the streams, by what tcpcl-dump says only where that is
// not in question.
type difference struct {
	*comparison
	pair
	field        string
	theirs, ours []string
}

func findException(d difference) *exception {
	for i := range exceptions {
		e := &exceptions[i]
		for _, field := range e.fields {
			if (field == d.field || field != "" && field == fieldClass[d.types[d.field]]) && e.when(d) {
				return e
			}
		}
	}
	return nil
}

var fieldClass = map[string]string{"FT_FRAMENUM": "frame", "FT_RELATIVE_TIME": "time"}

// timeOf names the field with the frame that a time is counted from or to.
var timeOf = map[string]string{
	"tcpcl.v4.xfer_segment.time_since_start": "tcpcl.v4.xfer_segment.related_start",
	"tcpcl.v4.xfer_segment.time_diff":        "tcpcl.v4.xfer_segment.related_ack",
	"tcpcl.v4.xfer_ack.time_since_start":     "tcpcl.v4.xfer_ack.related_start",
	"tcpcl.v4.xfer_ack.time_diff":            "tcpcl.v4.xfer_ack.related_seg",
}

// first is tshark's first value, and own is that of tcpcl-dump.
func (d difference) first() string { return firstOf(d.theirs) }
func (d difference) own() string   { return firstOf(d.ours) }

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// sameMessage reports whether the two first values are numbers of frames that hold the same message of the connection.
func (d difference) sameMessage() bool { return d.sameFrames(d.first(), d.own()) }

func (d difference) sameFrames(theirs, ours string) bool {
	return slices.ContainsFunc(d.pairs, func(p pair) bool {
		return p.ours.stream == d.pair.ours.stream && p.tshark.frame == theirs && p.ours.frame == ours
	})
}

// oursIsEarlier compares frame numbers.
func (d difference) oursIsEarlier() bool {
	theirs, ours := number(d.first()), number(d.own())
	return theirs != nil && ours != nil && ours.Cmp(theirs) < 0
}

// bothTimesAreBetweenTheirFrames holds if the two related frames are of the same message, and each time is what lies between
// the frame of the message and the related one.
func (d difference) bothTimesAreBetweenTheirFrames() bool {
	related := timeOf[d.field]
	theirs, ours := d.tshark.first(related), d.pair.ours.first(related)
	return d.sameFrames(theirs, ours) &&
		d.between(d.tshark, theirs, d.first(), func(p pair) *message { return p.tshark }) &&
		d.between(d.pair.ours, ours, d.own(), func(p pair) *message { return p.ours })
}

// between reports whether value is the time between the frame of m and the related frame, in the words of the program that
// which picks.
func (d difference) between(m *message, related, value string, which func(pair) *message) bool {
	i := slices.IndexFunc(d.pairs, func(p pair) bool { return which(p).stream == m.stream && which(p).frame == related })
	return i >= 0 && isTimeBetween(value, m, which(d.pairs[i]))
}

// isTimeBetween reports whether value is the time between two messages, one way or the other.
func isTimeBetween(value string, a, b *message) bool {
	time, here, there := number(value), number(a.epoch), number(b.epoch)
	if time == nil || here == nil || there == nil {
		return false
	}
	return here.Sub(here, there).Abs(here).Cmp(time.Abs(time)) == 0
}

// number is a time or another number, exactly; nil where the text is none.
func number(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

// counterpart is the ack of a segment, or the segment of an ack: in these captures every segment is acknowledged, and in order.
// It is nil where that does not hold.
func (d difference) counterpart() *message {
	m := d.pair.ours
	switch {
	case m.isSegment():
		return d.nth(d.reverse(), (*message).isAck, d.position(m, (*message).isSegment))
	case m.isAck():
		return d.nth(d.reverse(), (*message).isSegment, d.position(m, (*message).isAck))
	}
	return nil
}

// reverse is the other direction.
func (d difference) reverse() flow {
	for _, p := range d.pairs {
		if p.ours.stream == d.pair.ours.stream && p.ours.srcport != d.pair.ours.srcport {
			return p.ours.flow
		}
	}
	return flow{}
}

// position counts the messages of a sort in m's direction before m.
func (d difference) position(m *message, sort func(*message) bool) int {
	n := 0
	for _, p := range d.pairs {
		if p.ours == m {
			break
		}
		if p.ours.flow == m.flow && sort(p.ours) {
			n++
		}
	}
	return n
}

// nth is the message with n of a sort before it in a direction, or nil.
func (d difference) nth(f flow, sort func(*message) bool, n int) *message {
	for _, p := range d.pairs {
		if p.ours.flow == f && sort(p.ours) {
			if n == 0 {
				return p.ours
			}
			n--
		}
	}
	return nil
}

// startsAnew holds for the segments of TCPCLv3, whose bundles are counted, not those that only refer to them.
func (d difference) startsAnew() bool { return d.pair.ours.isSegment() && d.field == "tcpcl.xfer_id" }

// countsStarts reports whether our number of a TCPCLv3 bundle is right.
func (d difference) countsStarts() bool {
	n := d.position(d.pair.ours, func(m *message) bool { return m.isSegment() && m.starts() })
	if d.pair.ours.starts() {
		n++
	}
	own, ok := new(big.Int).SetString(d.own(), 0)
	return ok && own.Cmp(big.NewInt(int64(n))) == 0
}

// oursFollowsTheOrder reports whether our value is that of the counterpart.
func (d difference) oursFollowsTheOrder() bool {
	other := d.counterpart()
	if other == nil {
		return false
	}
	switch d.field {
	case "tcpcl.xfer_id":
		return d.own() == other.first("tcpcl.xfer_id")
	case "tcpcl.v4.xfer_ack.related_seg", "tcpcl.v4.xfer_segment.related_ack":
		return d.own() == other.frame
	case "tcpcl.v4.xfer_ack.time_diff", "tcpcl.v4.xfer_segment.time_diff":
		return isTimeBetween(d.own(), d.pair.ours, other)
	case "tcpcl.v4.xfer_ack.related_start":
		return d.own() == d.startOf(other).frame
	case "tcpcl.v4.xfer_ack.time_since_start":
		return isTimeBetween(d.own(), d.pair.ours, d.startOf(other))
	}
	return false
}

// startOf is the first segment of the bundle of a TCPCLv3 segment: the last one with START up to it.
func (d difference) startOf(segment *message) *message {
	start := &message{}
	for _, p := range d.pairs {
		if p.ours.flow == segment.flow && p.ours.isSegment() && p.ours.starts() {
			start = p.ours
		}
		if p.ours == segment {
			break
		}
	}
	return start
}

// ackCameFirst reports whether tcpcl-dump showed the ack of the two before the segment.
func (d difference) ackCameFirst() bool {
	m, other := d.pair.ours, d.counterpart()
	switch {
	case other == nil:
		return false
	case m.isAck():
		return m.index < other.index
	default:
		return other.index < m.index
	}
}

// oursAddsUp reports whether ours is the sum of the data lengths of the transfer's segments: of those up to the message, or of all.
func (d difference) oursAddsUp() bool {
	m := d.pair.ours
	sender := m.flow
	if m.isAck() {
		sender = d.reverse()
	}
	sum, sofar := new(big.Rat), new(big.Rat)
	for _, p := range d.pairs {
		if s := p.ours; s.flow == sender && s.isSegment() && s.first("tcpcl.v4.xfer_id") == m.first("tcpcl.v4.xfer_id") {
			sum.Add(sum, number(s.first("tcpcl.v4.xfer_segment.data_len")))
			if s.index <= m.index {
				sofar.Set(sum)
			}
		}
	}
	want := sum
	if d.field == "tcpcl.v4.xfer_segment.seen_len" {
		want = sofar
	}
	own := number(d.own())
	return own != nil && own.Cmp(want) == 0
}
