// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"strconv"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// AppendJSON appends the figures of a session as one JSON object without line end, a record of kind stats.
func (s *Session) AppendJSON(dst []byte) []byte {
	o := object{append(dst, `{"record":"stats","scope":"session"`...)}
	o.int("session", int64(s.Session))
	o.int("version", int64(s.Version))
	o.text("client", s.Client)
	o.text("server", s.Server)
	o.bool("opener_seen", s.OpenerSeen)
	o.text("state", s.State)
	if s.End != "" {
		o.text("end", s.End)
	} else {
		o.null("end")
	}
	o.text("tls", s.TLS)
	o.time("first_time", s.FirstTime)
	o.time("last_time", s.LastTime)
	o.key("duration")
	o.dst = record.AppendSeconds(o.dst, max(s.LastTime-s.FirstTime, 0))
	o.uint("missed_octets", s.MissedOctets)
	first := record.Active
	if !s.OpenerSeen {
		first = record.A
	}
	o.sides(&s.Sides, first)
	return append(o.dst, '}')
}

// AppendJSON appends the figures over all sessions as one JSON object without line end, a record of kind stats.
func (t *Total) AppendJSON(dst []byte) []byte {
	o := object{append(dst, `{"record":"stats","scope":"all"`...)}
	o.int("sessions", int64(t.Sessions))
	o.counts("states", t.States)
	o.time("first_time", t.FirstTime)
	o.time("last_time", t.LastTime)
	o.distribution("duration", &t.Durations)
	o.uint("missed_octets", t.MissedOctets)
	if t.Capture != nil {
		o.counts("capture", t.Capture)
	}
	o.sides(&t.Sides, record.Active)
	return append(o.dst, '}')
}

// object appends the members of a JSON object.
type object struct{ dst []byte }

func (o *object) key(key string) {
	if last := o.dst[len(o.dst)-1]; last != '{' {
		o.dst = append(o.dst, ',')
	}
	o.dst = record.AppendString(o.dst, key)
	o.dst = append(o.dst, ':')
}

func (o *object) int(key string, v int64)   { o.key(key); o.dst = strconv.AppendInt(o.dst, v, 10) }
func (o *object) uint(key string, v uint64) { o.key(key); o.dst = strconv.AppendUint(o.dst, v, 10) }
func (o *object) bool(key string, v bool)   { o.key(key); o.dst = strconv.AppendBool(o.dst, v) }
func (o *object) text(key, v string)        { o.key(key); o.dst = record.AppendString(o.dst, v) }
func (o *object) null(key string)           { o.key(key); o.dst = append(o.dst, "null"...) }

func (o *object) time(key string, ns int64) {
	if ns == 0 {
		o.null(key)
		return
	}
	o.key(key)
	o.dst = append(record.AppendTime(append(o.dst, '"'), ns), '"')
}

func (o *object) counts(key string, counts []record.Count) {
	o.key(key)
	o.dst = append(o.dst, '{')
	for _, n := range counts {
		o.uint(n.Type, n.Count)
	}
	o.dst = append(o.dst, '}')
}

func (o *object) distribution(key string, d *Distribution) {
	if d.Count == 0 {
		o.null(key)
		return
	}
	o.key(key)
	o.dst = append(o.dst, '{')
	o.uint("count", d.Count)
	for _, v := range []struct {
		key string
		ns  int64
	}{{"min", d.Min}, {"p50", d.P50}, {"p90", d.P90}, {"p99", d.P99}, {"max", d.Max}} {
		o.key(v.key)
		o.dst = record.AppendSeconds(o.dst, v.ns)
	}
	o.dst = append(o.dst, '}')
}

func (o *object) sides(sides *[2]Side, first record.From) {
	o.key("peers")
	o.dst = append(o.dst, '{')
	for i := range sides {
		o.key((first + record.From(i)).String())
		o.dst = append(o.dst, '{')
		o.side(&sides[i])
		o.dst = append(o.dst, '}')
	}
	o.dst = append(o.dst, '}')
}

func (o *object) side(s *Side) {
	o.uint("octets", s.Octets)
	o.uint("missed_octets", s.MissedOctets)
	o.uint("retransmitted", s.Retransmitted)
	o.uint("conflicting", s.Conflicting)
	o.counts("messages", s.Messages)
	o.counts("transfers", []record.Count{
		{Type: record.Complete.String(), Count: s.Transfers[record.Complete]},
		{Type: record.Refused.String(), Count: s.Transfers[record.Refused]},
		{Type: record.Incomplete.String(), Count: s.Transfers[record.Incomplete]},
	})
	o.uint("transfer_octets", s.DataOctets)
	o.key("goodput")
	if rate, ok := s.Goodput(); ok {
		o.dst = strconv.AppendFloat(o.dst, rate, 'f', 1, 64)
	} else {
		o.dst = append(o.dst, "null"...)
	}
	o.distribution("ack_latency", &s.AckLatency)
	o.distribution("transfer_time", &s.TransferTime)
	o.distribution("keepalive_interval", &s.Keepalive)
	o.key("refusals")
	o.dst = append(o.dst, '[')
	for i, r := range s.Refusals {
		if i > 0 {
			o.dst = append(o.dst, ',')
		}
		o.dst = append(o.dst, `{"reason":{`...)
		o.uint("code", uint64(r.Reason.Code))
		o.text("name", r.Reason.Name)
		o.dst = append(o.dst, '}')
		o.uint("count", r.Count)
		o.dst = append(o.dst, '}')
	}
	o.dst = append(o.dst, ']')
}
