// SPDX-License-Identifier: Apache-2.0

package record

// Columns of the CSV of sessions: the session's own, then the same ones for each side.
const (
	sessionColumns = "record,session,frame,time,version,client,server,opener_seen,state,end,tls,keepalive,first_time," +
		"last_time,last_frame,missed_octets,history"
	clientColumns = ",client_node_id,client_keepalive,client_segment_mru,client_transfer_mru,client_contact_flags," +
		"client_octets,client_missed_octets,client_retransmitted,client_conflicting,client_messages," +
		"client_transfers_complete,client_transfers_refused,client_transfers_incomplete,client_transfer_octets," +
		"client_refusals,client_quirks"
	serverColumns = ",server_node_id,server_keepalive,server_segment_mru,server_transfer_mru,server_contact_flags," +
		"server_octets,server_missed_octets,server_retransmitted,server_conflicting,server_messages," +
		"server_transfers_complete,server_transfers_refused,server_transfers_incomplete,server_transfer_octets," +
		"server_refusals,server_quirks"
)

// AppendCSVHeader appends the names of the columns of AppendCSV. The receiver may be nil.
func (*Session) AppendCSVHeader(dst []byte) []byte {
	return append(dst, sessionColumns+clientColumns+serverColumns...)
}

// AppendCSV appends the session as a row without line end. Where the opener was not seen, client is A and server B.
func (s *Session) AppendCSV(dst []byte) []byte {
	dst = append(dst, "session,"...)
	dst = appendUint(dst, uint64(s.Session))
	dst = append(dst, ',')
	dst = appendUint(dst, s.FirstFrame)
	dst = append(dst, ',')
	dst = AppendTime(dst, s.FirstTime)
	dst = append(dst, ',')
	dst = appendUint(dst, uint64(s.Version))
	dst = append(dst, ',')
	dst = csvText(dst, s.Client)
	dst = append(dst, ',')
	dst = csvText(dst, s.Server)
	dst = append(dst, ',')
	dst = appendBool(dst, s.OpenerSeen)
	dst = append(dst, ',')
	dst = csvText(dst, s.State)
	dst = append(dst, ',')
	dst = csvText(dst, s.End)
	dst = append(dst, ',')
	dst = csvText(dst, s.TLS)
	dst = append(dst, ',')
	dst = csvUint(dst, s.HasKeepalive, uint64(s.Keepalive))
	dst = append(dst, ',')
	dst = AppendTime(dst, s.FirstTime)
	dst = append(dst, ',')
	dst = AppendTime(dst, s.LastTime)
	dst = append(dst, ',')
	dst = appendUint(dst, s.LastFrame)
	dst = append(dst, ',')
	dst = appendUint(dst, s.MissedOctets)
	dst = append(dst, ',')
	dst = csvText(dst, s.History)
	for side := range s.Peers {
		dst = s.appendCSVPeer(dst, side)
	}
	return dst
}

// appendCSVPeer appends the cells of one side, each with a comma before it.
func (s *Session) appendCSVPeer(dst []byte, side int) []byte {
	p := &s.Peers[side]
	dst = append(dst, ',')
	if p.HasNodeID {
		dst = csvCaptured(dst, p.NodeID)
	}
	dst = append(dst, ',')
	dst = csvUint(dst, s.announcedKeepalive(side), uint64(p.Keepalive))
	dst = append(dst, ',')
	dst = csvUint(dst, s.announcedMRUs(side), p.SegmentMRU)
	dst = append(dst, ',')
	dst = csvUint(dst, s.announcedMRUs(side), p.TransferMRU)
	dst = append(dst, ',')
	if p.HasContact {
		dst = csvList(dst, p.FlagNames)
	}
	for _, v := range [...]uint64{p.Octets, p.MissedOctets, p.Retransmitted, p.Conflicting, countAll(p.Messages),
		p.Transfers[Complete], p.Transfers[Refused], p.Transfers[Incomplete], p.TransferOctets} {
		dst = append(dst, ',')
		dst = appendUint(dst, v)
	}
	dst = append(dst, ',')
	dst = csvRefusals(dst, p.Refusals)
	dst = append(dst, ',')
	return csvList(dst, p.Quirks)
}

func countAll(counts []Count) uint64 {
	var n uint64
	for i := range counts {
		n += counts[i].Count
	}
	return n
}

// csvRefusals appends each reason given as its code, ":" and how often.
func csvRefusals(dst []byte, list []ReasonCount) []byte {
	for i := range list {
		if i > 0 {
			dst = append(dst, '|')
		}
		dst = appendUint(dst, uint64(list[i].Reason.Code))
		dst = append(dst, ':')
		dst = appendUint(dst, list[i].Count)
	}
	return dst
}
