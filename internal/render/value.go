// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strconv"
	"time"
)

// ValueKind says which part of a Value counts.
type ValueKind uint8

const (
	KindPresent  ValueKind = iota // the field is there and has no value of its own
	KindUint                      // Number
	KindBool                      // Number, 0 or 1
	KindText                      // Text, or Octets where it was captured
	KindOctets                    // Octets
	KindInstant                   // Number: int64 nanoseconds since the epoch
	KindDuration                  // Number: int64 nanoseconds
)

// Value is one occurrence of a field in a message. Octets are the record's.
type Value struct {
	Kind   ValueKind
	Number uint64
	Text   string
	Octets []byte
	digits int // of a KindUint, above 0: as FieldInfo.hexDigits, for this value
}

func number(n uint64) Value  { return Value{Kind: KindUint, Number: n} }
func duration(d int64) Value { return Value{Kind: KindDuration, Number: uint64(d)} }
func octets(b []byte) Value  { return Value{Kind: KindOctets, Octets: b} }
func captured(b []byte) Value {
	return Value{Kind: KindText, Octets: b}
}

func boolean(b bool) Value {
	v := Value{Kind: KindBool}
	if b {
		v.Number = 1
	}
	return v
}

// timeLayout is how tshark 4.0 prints a frame's time.
const timeLayout = "Jan _2, 2006 15:04:05.000000000 MST"

// AppendValue appends v as tshark 4.0 prints a field of that type; location is that of absolute times.
func (f *FieldInfo) AppendValue(dst []byte, v Value, location *time.Location) []byte {
	switch v.Kind {
	case KindPresent:
		return append(dst, '1')
	case KindBool:
		return append(dst, '0'+byte(v.Number))
	case KindText:
		return AppendEscaped(AppendEscaped(dst, v.Text), v.Octets)
	case KindOctets:
		return appendHexOctets(dst, v.Octets)
	case KindInstant:
		second, ns := floorSeconds(int64(v.Number))
		return time.Unix(second, ns).In(location).AppendFormat(dst, timeLayout)
	case KindDuration:
		return appendSeconds(dst, int64(v.Number), 9)
	}
	if digits := max(f.hexDigits, v.digits); digits > 0 {
		return appendHex(dst, v.Number, digits)
	}
	return strconv.AppendUint(dst, v.Number, 10)
}
