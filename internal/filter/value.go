// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"bytes"
	"cmp"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/dtn-tools/tcpcl/internal/render"
)

// class is what can be compared with each other.
type class uint8

const (
	none     class = iota // only there or not
	numbers               // value.n
	texts                 // value.s, or value.b where it was captured
	octets                // value.b
	instants              // value.n: int64 nanoseconds since the epoch
	spans                 // value.n: int64 nanoseconds
	ipv4                  // value.net
	ipv6
)

var classNames = [...]string{"nothing but being there", "a number", "text", "octets", "a time", "a duration", "an IPv4 address", "an IPv6 address"}

func (c class) String() string { return classNames[c] }

// value is one of an operand's.
type value struct {
	n   uint64
	s   string
	b   []byte
	net netip.Prefix // of a field's value all bits count
}

// classOf says what the values of a field are.
func classOf(info *render.FieldInfo) class {
	switch info.Type {
	case "FT_BYTES":
		return octets
	case "FT_STRING", "FT_STRINGZ":
		return texts
	case "FT_ABSOLUTE_TIME":
		return instants
	case "FT_RELATIVE_TIME":
		return spans
	case "FT_IPv4":
		return ipv4
	case "FT_IPv6":
		return ipv6
	case "FT_NONE", "FT_PROTOCOL":
		return none
	}
	return numbers
}

// fieldValue makes a value of a class out of a field's; ok is false if it is none.
func fieldValue(c class, v *render.Value) (x value, ok bool) {
	switch c {
	case numbers:
		return value{n: v.Number}, v.Kind == render.KindUint || v.Kind == render.KindBool
	case texts:
		return value{s: v.Text, b: v.Octets}, true
	case octets:
		return value{b: v.Octets}, true
	case instants:
		if v.Kind == render.KindText {
			t, err := time.Parse(timeText, v.Text)
			return value{n: uint64(t.UnixNano())}, err == nil
		}
		return value{n: v.Number}, v.Kind == render.KindInstant
	case spans:
		return value{n: v.Number}, v.Kind == render.KindDuration
	case ipv4, ipv6:
		a, err := netip.ParseAddr(v.Text)
		return value{net: netip.PrefixFrom(a, a.BitLen())}, err == nil
	}
	return value{}, true
}

// timeText is how fields of bundles write times.
const timeText = "Jan _2, 2006 15:04:05.000000000 MST"

// compare compares values of one class, as numbers or octet by octet.
func compare(c class, a, b *value) int {
	switch c {
	case numbers:
		return cmp.Compare(a.n, b.n)
	case instants, spans:
		return cmp.Compare(int64(a.n), int64(b.n))
	case ipv4, ipv6:
		bits := min(a.net.Bits(), b.net.Bits())
		x, err := a.net.Addr().Prefix(bits)
		y, err2 := b.net.Addr().Prefix(bits)
		if err != nil || err2 != nil {
			return a.net.Addr().Compare(b.net.Addr())
		}
		return x.Addr().Compare(y.Addr())
	case texts:
		return compareText(a, b)
	}
	return bytes.Compare(a.b, b.b)
}

// compareText compares texts, of which each is in one of two places.
func compareText(a, b *value) int {
	switch {
	case a.b == nil && b.b == nil:
		return strings.Compare(a.s, b.s)
	case a.b == nil:
		return -cmpBytes(b.b, a.s)
	case b.b == nil:
		return cmpBytes(a.b, b.s)
	}
	return bytes.Compare(a.b, b.b)
}

func cmpBytes(a []byte, b string) int {
	switch {
	case string(a) == b:
		return 0
	case string(a) < b:
		return -1
	}
	return 1
}

// contains looks for a text or octets, each in one of two places, in a value.
func (v *value) contains(part *value) bool {
	switch {
	case v.b == nil && part.b == nil:
		return strings.Contains(v.s, part.s)
	case v.b == nil:
		return strings.Contains(v.s, string(part.b))
	case part.b == nil:
		return strings.Contains(string(v.b), part.s)
	}
	return bytes.Contains(v.b, part.b)
}

func (v *value) length() int {
	if v.b == nil {
		return len(v.s)
	}
	return len(v.b)
}

// The literals.

func parseNumber(s string) (uint64, bool) {
	if len(s) > 2 && s[0] == '\'' {
		inner := s[1 : len(s)-1]
		if len(inner) == 1 {
			return uint64(inner[0]), true
		}
		if inner != "" && inner[0] == '\\' {
			c, n, ok := unescape(inner[1:])
			return uint64(c), ok && n == len(inner)-1
		}
		return 0, false
	}
	if strings.Contains(s, "_") {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 0, 64)
	return n, err == nil
}

func parseBool(s string) (uint64, bool) {
	switch strings.ToLower(s) {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	return 0, false
}

// parseSpan understands seconds with decimals.
func parseSpan(s string) (uint64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > math.MaxInt64/1e9 {
		return 0, false
	}
	whole, fraction := s, ""
	if i := strings.IndexByte(s, '.'); i >= 0 {
		whole, fraction = s[:i], s[i+1:]
	}
	seconds, err := strconv.ParseInt("0"+strings.TrimPrefix(whole, "-"), 10, 64)
	if err != nil || strings.Trim(fraction, "0123456789") != "" {
		return uint64(int64(math.Round(f * 1e9))), true // with an exponent
	}
	ns, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if n := seconds*1e9 + ns; strings.HasPrefix(s, "-") {
		return uint64(-n), true
	} else {
		return uint64(n), true
	}
}

// parseInstant understands the times that Wireshark does; without a zone they are local.
func parseInstant(s string) (uint64, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z07:00", "Jan _2, 2006 15:04:05.999999999 MST", "2006-01-02 15:04:05.999999999 UTC"} {
		if t, err := time.Parse(layout, s); err == nil {
			return uint64(t.UnixNano()), true
		}
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02", "Jan _2, 2006 15:04:05.999999999"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return uint64(t.UnixNano()), true
		}
	}
	return 0, false
}

// parseOctets understands octets in hex with : or . or - between them, or one alone.
func parseOctets(s string) ([]byte, bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '.' || r == '-' })
	if len(parts) == 1 && len(s) > 2 && len(s)%2 == 0 {
		parts = nil
		for i := 0; i < len(s); i += 2 {
			parts = append(parts, s[i:i+2])
		}
	}
	var b []byte
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 16, 8)
		if err != nil || len(p) > 2 {
			return nil, false
		}
		b = append(b, byte(n))
	}
	return b, len(b) > 0
}

func parseNet(s string, c class) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return p, false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	return p, p.Addr().Zone() == "" && p.Addr().Is4() == (c == ipv4)
}
