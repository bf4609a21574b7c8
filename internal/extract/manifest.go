// SPDX-License-Identifier: Apache-2.0

package extract

import (
	"encoding/hex"
	"strconv"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// appendManifest appends the line of one file, a record of kind bundle.
func appendManifest(dst []byte, t *record.Transfer, file []byte, first int, length uint64) []byte {
	number := func(key string, v uint64) {
		dst = append(dst, `,"`...)
		dst = append(dst, key...)
		dst = append(dst, `":`...)
		dst = strconv.AppendUint(dst, v, 10)
	}
	text := func(key, v string) {
		dst = append(dst, `,"`...)
		dst = append(dst, key...)
		dst = append(dst, `":`...)
		dst = record.AppendString(dst, v)
	}
	null := func(key string) {
		dst = append(dst, `,"`...)
		dst = append(dst, key...)
		dst = append(dst, `":null`...)
	}
	instant := func(key string, ns int64) {
		dst = append(dst, `,"`...)
		dst = append(dst, key...)
		dst = append(dst, `":"`...)
		dst = record.AppendTime(dst, ns)
		dst = append(dst, '"')
	}
	place := func(prefix string, frame uint64, time int64) { // nulls where there was none; a time alone may be unknown
		if frame != 0 {
			number(prefix+"frame", frame)
		} else {
			null(prefix + "frame")
		}
		if time != 0 {
			instant(prefix+"time", time)
		} else {
			null(prefix + "time")
		}
	}

	dst = append(dst, `{"record":"bundle","session":`...)
	dst = strconv.AppendInt(dst, int64(t.Session), 10)
	frame, time := t.StartFrame, t.StartTime
	if t.EndFrame != 0 {
		frame, time = t.EndFrame, t.EndTime
	}
	number("frame", frame)
	instant("time", time)
	text("from", t.From.String())
	number("version", uint64(t.Version))
	number("length", length)
	text("src", t.Src)
	text("dst", t.Dst)
	if t.Version == 3 {
		null("transfer_id")
		number("implied_transfer_id", t.ImpliedTransferID)
	} else {
		number("transfer_id", t.TransferID)
	}
	text("state", t.State.String())
	if v := bundleVersion(first); v != 0 {
		number("protocol_version", v)
	} else {
		null("protocol_version")
	}
	if len(t.SHA256) > 0 {
		dst = append(dst, `,"sha256":"`...)
		dst = hex.AppendEncode(dst, t.SHA256)
		dst = append(dst, '"')
	} else {
		null("sha256")
	}
	dst = append(dst, `,"file":"`...)
	dst = append(dst, file...)
	dst = append(dst, '"')
	number("missed_octets", t.MissedOctets)
	place("start_", t.StartFrame, t.StartTime)
	place("end_", t.EndFrame, t.EndTime)
	return append(dst, "}\n"...)
}

// bundleVersion tells the Bundle Protocol's version by a bundle's first octet (-1: not known): a BPv6 primary block begins
// with its version (RFC 5050 4.5.1), a BPv7 bundle is a CBOR array, indefinite as RFC 9171 4.1 wants it or of a definite
// length as some write it.
func bundleVersion(first int) uint64 {
	switch {
	case first == 0x06:
		return 6
	case first == 0x9f, first >= 0x80 && first <= 0x97:
		return 7
	}
	return 0
}
