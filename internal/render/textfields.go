// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// appendFields appends what a message says, each item after a blank.
func (t *Text) appendFields(dst []byte, m *record.Message) []byte {
	if m.Type == contactHeader {
		dst = appendItem(dst, "v", uint64(m.Version))
	}
	if m.Type == unknown {
		dst = append(dst, " type="...)
		dst = appendHex(dst, uint64(m.Header), 2)
	}
	if has(m, record.HasTransferID) {
		dst = appendItem(dst, "id=", m.TransferID)
	} else if has(m, record.HasImpliedTransferID) {
		dst = appendItem(dst, "#", m.ImpliedTransferID)
	}
	if has(m, record.HasFlags) && m.Type != shutdown { // its flags say what follows
		dst = appendFlagNames(dst, m.FlagNames)
	}
	if has(m, record.HasNodeID) {
		if dst = append(dst, " node="...); len(m.NodeID) == 0 {
			dst = append(dst, '-')
		}
		dst = AppendEscaped(dst, m.NodeID)
	}
	if has(m, record.HasKeepalive) {
		if m.Keepalive == 0 {
			dst = append(dst, " keepalive=off"...)
		} else {
			dst = append(appendItem(dst, "keepalive=", uint64(m.Keepalive)), 's')
		}
	}
	if has(m, record.HasSegmentMRU) {
		dst = appendLimit(append(dst, " segment-mru="...), m.SegmentMRU)
	}
	if has(m, record.HasTransferMRU) {
		dst = appendLimit(append(dst, " transfer-mru="...), m.TransferMRU)
	}
	dst = t.appendLengths(dst, m)
	if has(m, record.HasReason) {
		dst = appendCode(append(dst, " reason="...), m.Reason)
	}
	if has(m, record.HasRejectedType) {
		dst = appendCode(append(dst, " rejected="...), m.RejectedType)
	}
	if has(m, record.HasDelay) {
		if m.Delay == 0 {
			dst = append(dst, " reconnect=never"...)
		} else {
			dst = append(appendItem(dst, "reconnect-after=", m.Delay), 's')
		}
	}
	if has(m, record.HasExtensions) {
		dst = appendExtensions(dst, m)
	}
	return dst
}

// appendLengths appends data lengths with the transfer's progress, and for an ack how long it took.
func (t *Text) appendLengths(dst []byte, m *record.Message) []byte {
	switch {
	case has(m, record.HasDataLength):
		dst = appendItem(dst, "len=", m.DataLength)
		if has(m, record.HasTransferOctets) {
			dst = t.appendProgress(append(dst, ' '), m, m.TransferOctets)
		}
	case has(m, record.HasAckLength):
		dst = t.appendProgress(append(dst, " ack="...), m, m.AckLength)
	case has(m, record.HasTotalLength):
		dst = appendItem(dst, "total=", m.TotalLength)
	}
	if has(m, record.HasAckLatency) {
		dst = append(dst, " after "...)
		dst = appendShortDuration(dst, m.AckLatency)
		if m.AckedFrame != 0 {
			dst = append(dst, " (frame "...)
			dst = append(strconv.AppendUint(dst, m.AckedFrame, 10), ')')
		}
	}
	return dst
}

func (t *Text) appendProgress(dst []byte, m *record.Message, octets uint64) []byte {
	dst = strconv.AppendUint(dst, octets, 10)
	if !has(m, record.HasTransferTotal) {
		return dst
	}
	dst = append(dst, '/')
	dst = strconv.AppendUint(dst, m.TransferTotal, 10)
	meaning := Muted
	if octets == m.TransferTotal {
		meaning = Good
	} else if octets > m.TransferTotal {
		meaning = Warning
	}
	dst = t.theme.start(append(dst, ' '), meaning)
	dst = append(appendPercent(append(dst, '['), octets, m.TransferTotal), ']')
	return t.theme.end(dst, meaning)
}

// appendRemarks appends what is unusual about a message.
func (t *Text) appendRemarks(dst []byte, m *record.Message) []byte {
	if m.Encrypted {
		dst = t.theme.paint(append(dst, ' '), Muted, "(TLS)")
	}
	if m.CutShort {
		dst = t.theme.start(append(dst, ' '), Warning)
		dst = appendCutShort(dst, m)
		dst = t.theme.end(dst, Warning)
	}
	if m.MissedOctets > 0 {
		dst = t.theme.start(append(dst, ' '), Warning)
		dst = append(dst, "MISSED "...)
		dst = append(strconv.AppendUint(dst, m.MissedOctets, 10), " octets"...)
		dst = t.theme.end(dst, Warning)
	}
	if has(m, record.HasResync) {
		dst = t.theme.start(append(dst, ' '), Warning)
		dst = appendResync(dst, m)
		dst = t.theme.end(dst, Warning)
	}
	for _, quirk := range m.Quirks {
		dst = t.theme.start(append(dst, ' '), Warning)
		dst = AppendEscaped(append(dst, "QUIRK "...), quirk)
		dst = t.theme.end(dst, Warning)
	}
	return dst
}

func appendCutShort(dst []byte, m *record.Message) []byte {
	dst = append(dst, "CUT SHORT "...)
	dst = strconv.AppendUint(dst, m.Captured, 10)
	if m.Length > 0 {
		dst = append(dst, " of "...)
		dst = strconv.AppendUint(dst, m.Length, 10)
	}
	return append(dst, " octets"...)
}

func appendResync(dst []byte, m *record.Message) []byte {
	dst = append(dst, "RESYNC by "...)
	dst = AppendEscaped(dst, m.Resync)
	dst = append(dst, ", chance 2^-"...)
	return strconv.AppendInt(dst, int64(m.ResyncBits), 10)
}

func appendExtensions(dst []byte, m *record.Message) []byte {
	for i := range m.Extensions {
		e := &m.Extensions[i]
		if m.Type == xferSegment && e.Type == extensionTransferLength && has(m, record.HasTransferTotal) && !e.Critical {
			continue // the progress shows it
		}
		dst = append(dst, " ext="...)
		dst = appendHex(dst, uint64(e.Type), 4)
		if e.Name != "" {
			dst = append(dst, '(')
			dst = append(AppendEscaped(dst, e.Name), ')')
		}
		if e.Critical {
			dst = append(dst, ",CRITICAL"...)
		}
		dst = append(dst, ',')
		dst = append(strconv.AppendUint(dst, uint64(e.Length), 10), " octets"...)
	}
	return dst
}

func appendItem(dst []byte, label string, n uint64) []byte {
	dst = append(dst, ' ')
	dst = append(dst, label...)
	return strconv.AppendUint(dst, n, 10)
}

// appendFlagNames appends the names of set flags, joined by a bar.
func appendFlagNames(dst []byte, names []string) []byte {
	for i, name := range names {
		if i == 0 {
			dst = append(dst, ' ')
		} else {
			dst = append(dst, '|')
		}
		dst = append(dst, name...)
	}
	return dst
}

// appendCode appends a code point and its name: 0x02 (No Resources).
func appendCode(dst []byte, c record.Code) []byte {
	dst = appendHex(dst, uint64(c.Code), 2)
	if c.Name != "" {
		dst = append(dst, " ("...)
		dst = append(append(dst, c.Name...), ')')
	}
	return dst
}
