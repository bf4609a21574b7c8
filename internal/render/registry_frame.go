// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"
	"strings"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// frameFields are those of the frame with the message's last octet and of its connection.
var frameFields = []FieldInfo{
	{Name: "frame.number", Type: "FT_UINT32", Description: "Number of the frame that holds the message's last octet",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, number(m.Frame)) }},
	{Name: "frame.time", Type: "FT_ABSOLUTE_TIME", Description: "When that frame was captured, local time",
		extract: func(dst []Value, m *record.Message) []Value {
			return append(dst, Value{Kind: KindInstant, Number: uint64(m.Time)})
		}},
	{Name: "frame.time_epoch", Type: "FT_RELATIVE_TIME", Description: "When that frame was captured, seconds since 1970",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, duration(m.Time)) }},
	{Name: "frame.time_relative", Type: "FT_RELATIVE_TIME", Description: "Seconds since the first frame of the capture",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, duration(m.Time-m.CaptureStart)) }},
	{Name: "ip.src", Type: "FT_IPv4", Description: "Source address", extract: address(false, true, false)},
	{Name: "ip.dst", Type: "FT_IPv4", Description: "Destination address", extract: address(false, false, true)},
	{Name: "ip.addr", Type: "FT_IPv4", Description: "Source and destination address", extract: address(false, true, true)},
	{Name: "ipv6.src", Type: "FT_IPv6", Description: "Source address", extract: address(true, true, false)},
	{Name: "ipv6.dst", Type: "FT_IPv6", Description: "Destination address", extract: address(true, false, true)},
	{Name: "ipv6.addr", Type: "FT_IPv6", Description: "Source and destination address", extract: address(true, true, true)},
	{Name: "tcp.stream", Type: "FT_UINT32", Description: "Number of the TCP connection, from 0",
		extract: func(dst []Value, m *record.Message) []Value { return append(dst, number(uint64(m.Session-1))) }},
	{Name: "tcp.srcport", Type: "FT_UINT16", Description: "Source port", extract: port(true, false)},
	{Name: "tcp.dstport", Type: "FT_UINT16", Description: "Destination port", extract: port(false, true)},
	{Name: "tcp.port", Type: "FT_UINT16", Description: "Source and destination port", extract: port(true, true)},
}

// address makes an extractor of the IPv4 or IPv6 addresses of the ends asked for.
func address(v6, src, dst bool) extractor {
	return func(values []Value, m *record.Message) []Value {
		for _, end := range ends(m, src, dst) {
			host, _ := splitHostPort(end)
			if strings.HasPrefix(host, "[") == v6 && host != "" {
				values = append(values, Value{Kind: KindText, Text: strings.Trim(host, "[]")})
			}
		}
		return values
	}
}

func port(src, dst bool) extractor {
	return func(values []Value, m *record.Message) []Value {
		for _, end := range ends(m, src, dst) {
			_, text := splitHostPort(end)
			if n, err := strconv.ParseUint(text, 10, 16); err == nil {
				values = append(values, number(n))
			}
		}
		return values
	}
}

// ends gives the message's ends asked for, "" for the others.
func ends(m *record.Message, src, dst bool) (e [2]string) {
	if src {
		e[0] = m.Src
	}
	if dst {
		e[1] = m.Dst
	}
	return e
}

// splitHostPort cuts at the last colon; the host keeps its brackets.
func splitHostPort(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// contactFields are those of contact headers of both versions, and the protocol itself.
var contactFields = []FieldInfo{
	{Name: "tcpcl", Type: "FT_PROTOCOL", Description: "The protocol and its version",
		extract: func(dst []Value, m *record.Message) []Value {
			text := "DTN TCP Convergence Layer Protocol Version 4"
			if m.Version == 3 {
				text = "DTN TCP Convergence Layer Protocol Version 3"
			}
			return append(dst, Value{Kind: KindText, Text: text})
		}},
	{Name: "tcpcl.contact_hdr", Type: "FT_NONE", Description: "The message is a contact header",
		extract: on(isContact, func(*record.Message) Value { return Value{} })},
	{Name: "tcpcl.contact_hdr.magic", Type: "FT_BYTES", Description: "Magic of the contact header",
		extract: on(isContact, func(*record.Message) Value { return octets([]byte{'d', 't', 'n', '!'}) })},
	{Name: "tcpcl.contact_hdr.version", Type: "FT_UINT8", Description: "Version that the contact header names",
		extract: on(isContact, func(m *record.Message) Value { return number(uint64(m.Version)) })},
}

// on makes an extractor of one value of those messages that a condition holds for.
func on(condition func(*record.Message) bool, value func(*record.Message) Value) extractor {
	return func(dst []Value, m *record.Message) []Value {
		if !condition(m) {
			return dst
		}
		return append(dst, value(m))
	}
}

func isContact(m *record.Message) bool { return m.Type == contactHeader }
