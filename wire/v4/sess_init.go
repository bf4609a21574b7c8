// SPDX-License-Identifier: Apache-2.0

package v4

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/dtn-tools/tcpcl/wire"
)

// MaxNodeIDLen is the length in octets of the longest node ID that a SESS_INIT can hold.
const MaxNodeIDLen = math.MaxUint16

// Offsets in SESS_INIT; those after the node ID count from its end.
const (
	sessInitNodeID = 21
	sessInitMinLen = sessInitNodeID + listLengthLen
)

// SessInit is SESS_INIT (RFC 9174 4.6), which states the sender's parameters once in a session:
//
//	+------+-----------+-------------+--------------+-------------+---------+------------+-------+
//	| 0x07 | keepalive | segment MRU | transfer MRU | node ID len | node ID | ext length | items |
//	|      |    U16    |     U64     |     U64      |   U16 = N   | N oct.  |  U32 = E   | E oct.|
//	+------+-----------+-------------+--------------+-------------+---------+------------+-------+
type SessInit struct {
	Keepalive   uint16        // seconds; 0 turns keepalives off
	SegmentMRU  uint64        // octets of data in the largest segment that the sender takes
	TransferMRU uint64        // octets in the largest transfer that the sender takes
	NodeID      []byte        // as on the wire, not necessarily UTF-8; empty: not told. A view
	Extensions  ExtensionList // a view
}

// Parse reads the message at the start of b. NodeID and Extensions point into b.
func (s *SessInit) Parse(b []byte) (n int, err error) {
	if len(b) < sessInitMinLen {
		return 0, wire.ErrShort(sessInitMinLen - len(b))
	}
	s.Keepalive = binary.BigEndian.Uint16(b[1:])
	s.SegmentMRU = binary.BigEndian.Uint64(b[3:])
	s.TransferMRU = binary.BigEndian.Uint64(b[11:])
	end := sessInitNodeID + int(binary.BigEndian.Uint16(b[19:]))
	if len(b) < end+listLengthLen {
		return 0, wire.ErrShort(end + listLengthLen - len(b))
	}
	s.NodeID = b[sessInitNodeID:end:end]
	s.Extensions, n, err = parseExtensions(b, end, 0)
	return n, err
}

// Append appends the message to dst.
func (s *SessInit) Append(dst []byte) []byte {
	dst = append(dst, byte(TypeSessInit))
	dst = binary.BigEndian.AppendUint16(dst, s.Keepalive)
	dst = binary.BigEndian.AppendUint64(dst, s.SegmentMRU)
	dst = binary.BigEndian.AppendUint64(dst, s.TransferMRU)
	id := s.encodable()
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(id)))
	dst = append(dst, id...)
	return appendExtensions(dst, s.Extensions)
}

// Len returns the number of octets that Append appends.
func (s *SessInit) Len() int {
	return sessInitMinLen + len(s.encodable()) + len(s.Extensions.encodable())
}

// encodable is the node ID where it fits its length field, and none else.
func (s *SessInit) encodable() []byte {
	if len(s.NodeID) > MaxNodeIDLen {
		return nil
	}
	return s.NodeID
}

// Clone returns a copy that shares no octets with what was parsed.
func (s *SessInit) Clone() SessInit {
	c := *s
	c.NodeID = bytes.Clone(s.NodeID)
	c.Extensions = s.Extensions.Clone()
	return c
}
