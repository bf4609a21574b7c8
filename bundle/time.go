// SPDX-License-Identifier: Apache-2.0

package bundle

import "time"

// epoch is the start of DTN time, 2000-01-01T00:00:00Z, in seconds of Unix time (RFC 9171 4.2.6).
const epoch = 946684800

// lastSecond is that of the year 9999 in DTN time, behind which dates have no common form.
const lastSecond = 253402300799 - epoch

// TimeFromMillis converts the DTN time of BPv7. ok is false for 0, which says that the time is not known (RFC 9171 4.2.6), and
// for times after the year 9999.
func TimeFromMillis(ms uint64) (t time.Time, ok bool) {
	if ms == 0 || ms/1000 > lastSecond {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(ms) + epoch*1000).UTC(), true
}

// TimeFromSeconds converts the DTN time of BPv6, as TimeFromMillis does.
func TimeFromSeconds(s uint64) (t time.Time, ok bool) {
	if s == 0 || s > lastSecond {
		return time.Time{}, false
	}
	return time.Unix(int64(s)+epoch, 0).UTC(), true
}

// Millis converts t to the DTN time of BPv7; 0 for times before its start.
func Millis(t time.Time) uint64 { return uint64(max(0, t.UnixMilli()-epoch*1000)) }

// Seconds converts t to the DTN time of BPv6; 0 for times before its start.
func Seconds(t time.Time) uint64 { return uint64(max(0, t.Unix()-epoch)) }
