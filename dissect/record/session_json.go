// SPDX-License-Identifier: Apache-2.0

package record

import "slices"

// AppendJSON appends the session as one JSON object without line end. Its frame and time are those of its first packet.
func (s *Session) AppendJSON(dst []byte) []byte {
	dst = slices.Grow(dst, 2048)
	dst = append(dst, `{"record":"session","session":`...)
	dst = appendUint(dst, uint64(s.Session))
	dst = append(dst, `,"frame":`...)
	dst = appendUint(dst, s.FirstFrame)
	dst = append(dst, `,"time":"`...)
	dst = AppendTime(dst, s.FirstTime)
	dst = append(dst, `","version":`...)
	dst = appendUint(dst, uint64(s.Version))
	dst = append(dst, `,"client":`...)
	dst = AppendString(dst, s.Client)
	dst = append(dst, `,"server":`...)
	dst = AppendString(dst, s.Server)
	dst = append(dst, `,"opener_seen":`...)
	dst = appendBool(dst, s.OpenerSeen)
	dst = append(dst, `,"state":`...)
	dst = AppendString(dst, s.State)
	dst = append(dst, `,"end":`...)
	if s.End == "" {
		dst = append(dst, "null"...)
	} else {
		dst = AppendString(dst, s.End)
	}
	dst = append(dst, `,"tls":`...)
	dst = AppendString(dst, s.TLS)
	for _, k := range [...]struct{ key, value string }{{"tls_version", s.TLSVersion}, {"cipher_suite", s.CipherSuite}, {"server_name", s.ServerName}} {
		dst = appendNamed(dst, k.key, k.value)
	}
	dst = append(dst, `,"keepalive":`...)
	if s.HasKeepalive {
		dst = appendUint(dst, uint64(s.Keepalive))
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"node_ids":{`...)
	for side := range s.Peers {
		dst = s.appendSideKey(dst, side)
		if p := &s.Peers[side]; p.HasNodeID {
			dst = AppendString(dst, p.NodeID)
		} else {
			dst = append(dst, "null"...)
		}
	}
	dst = append(dst, `},"first_time":"`...)
	dst = AppendTime(dst, s.FirstTime)
	dst = append(dst, `","last_time":"`...)
	dst = AppendTime(dst, s.LastTime)
	dst = append(dst, `","last_frame":`...)
	dst = appendUint(dst, s.LastFrame)
	dst = append(dst, `,"missed_octets":`...)
	dst = appendUint(dst, s.MissedOctets)
	dst = append(dst, `,"history":`...)
	dst = AppendString(dst, s.History)
	if s.Truncated {
		dst = append(dst, `,"history_truncated":true`...)
	}
	dst = append(dst, `,"peers":{`...)
	for side := range s.Peers {
		dst = s.appendSideKey(dst, side)
		dst = s.appendPeer(dst, side)
	}
	return append(dst, "}}"...)
}

// Side says what a message of s.Peers[side] has as From.
func (s *Session) Side(side int) From {
	if s.OpenerSeen {
		return Active + From(side)
	}
	return A + From(side)
}

func (s *Session) appendSideKey(dst []byte, side int) []byte {
	if side > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, s.Side(side).String()...)
	return append(dst, `":`...)
}

func (s *Session) appendPeer(dst []byte, side int) []byte {
	p := &s.Peers[side]
	dst = append(dst, `{"octets":`...)
	dst = appendUint(dst, p.Octets)
	dst = append(dst, `,"missed_octets":`...)
	dst = appendUint(dst, p.MissedOctets)
	dst = append(dst, `,"retransmitted":`...)
	dst = appendUint(dst, p.Retransmitted)
	dst = append(dst, `,"conflicting":`...)
	dst = appendUint(dst, p.Conflicting)
	dst = append(dst, `,"messages":`...)
	dst = appendCounts(dst, p.Messages)
	dst = append(dst, `,"transfers":{"complete":`...)
	dst = appendUint(dst, p.Transfers[Complete])
	dst = append(dst, `,"refused":`...)
	dst = appendUint(dst, p.Transfers[Refused])
	dst = append(dst, `,"incomplete":`...)
	dst = appendUint(dst, p.Transfers[Incomplete])
	dst = append(dst, `},"transfer_octets":`...)
	dst = appendUint(dst, p.TransferOctets)
	if p.HasContact {
		dst = append(dst, `,"contact_flags":`...)
		dst = appendStrings(dst, p.FlagNames)
	}
	if p.HasNodeID {
		dst = append(dst, `,"node_id":`...)
		dst = appendNodeID(dst, p.NodeID)
	}
	if s.announcedKeepalive(side) {
		dst = append(dst, `,"keepalive":`...)
		dst = appendUint(dst, uint64(p.Keepalive))
	}
	if s.announcedMRUs(side) {
		dst = append(dst, `,"segment_mru":`...)
		dst = appendUint(dst, p.SegmentMRU)
		dst = append(dst, `,"transfer_mru":`...)
		dst = appendUint(dst, p.TransferMRU)
	}
	if p.Certificate != nil {
		dst = p.Certificate.appendJSON(append(dst, `,"certificate":`...))
	}
	if len(p.Refusals) > 0 {
		dst = append(dst, `,"refusals":`...)
		dst = appendRefusals(dst, p.Refusals)
	}
	if len(p.Quirks) > 0 {
		dst = append(dst, `,"quirks":`...)
		dst = appendStrings(dst, p.Quirks)
	}
	return append(dst, '}')
}

// announcedKeepalive says whether a side's keepalive is known: v3 has it in the contact header, v4 in the SESS_INIT.
func (s *Session) announcedKeepalive(side int) bool {
	p := &s.Peers[side]
	return p.HasInit || p.HasContact && s.Version == 3
}

// announcedMRUs says whether a side's MRUs are known; only v4 has them.
func (s *Session) announcedMRUs(side int) bool { return s.Peers[side].HasInit && s.Version != 3 }

// appendCounts appends an object of counts by type. A type that is listed twice is added up: keys never repeat.
func appendCounts(dst []byte, counts []Count) []byte {
	dst = append(dst, '{')
	empty := true
	for i := range counts {
		n := countOf(counts, i)
		if n == 0 {
			continue
		}
		if !empty {
			dst = append(dst, ',')
		}
		empty = false
		dst = AppendString(dst, counts[i].Type)
		dst = append(dst, ':')
		dst = appendUint(dst, n)
	}
	return append(dst, '}')
}

// countOf sums up the counts of the type of counts[i], at the first place where it is listed; elsewhere it is 0. The list
// has an entry for each message type of one RFC at most, so that looking through it costs little.
func countOf(counts []Count, i int) uint64 {
	var n uint64
	for j := range counts {
		if counts[j].Type != counts[i].Type {
			continue
		}
		if j < i {
			return 0
		}
		n += counts[j].Count
	}
	return n
}

func appendRefusals(dst []byte, list []ReasonCount) []byte {
	dst = append(dst, '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"reason":`...)
		dst = appendCode(dst, list[i].Reason)
		dst = append(dst, `,"count":`...)
		dst = appendUint(dst, list[i].Count)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
