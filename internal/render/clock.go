// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"strconv"
	"time"
)

// TimeFormat is how times are shown; the values are tshark's letters for -t.
type TimeFormat string

const (
	Absolute       TimeFormat = "a"  // local time of day
	AbsoluteDate   TimeFormat = "ad" // local date and time of day
	Delta          TimeFormat = "d"  // since the line before
	DeltaDisplayed TimeFormat = "dd" // the same: packets without a message are never shown
	Epoch          TimeFormat = "e"  // seconds since 1970
	Relative       TimeFormat = "r"  // since the first frame of the capture
	UTC            TimeFormat = "u"  // UTC time of day
	UTCDate        TimeFormat = "ud" // UTC date and time of day
)

// ParseTimeFormat understands the letters of -t.
func ParseTimeFormat(s string) (TimeFormat, error) {
	switch f := TimeFormat(s); f {
	case Absolute, AbsoluteDate, Delta, DeltaDisplayed, Epoch, Relative, UTC, UTCDate:
		return f, nil
	}
	return "", fmt.Errorf("time format %q is none of a, ad, d, dd, e, r, u, ud", s)
}

// OneWorker reports whether a line's time depends on the line before, so that one encoder must see all messages in order.
func (f TimeFormat) OneWorker() bool { return f == Delta || f == DeltaDisplayed }

// clock writes times of lines. Formatting the date is costly and most lines share their second, so that text is kept.
type clock struct {
	format   TimeFormat
	location *time.Location // of the absolute formats
	layout   string
	previous int64 // time of the line before
	any      bool  // there was a line before

	second int64 // what text shows
	text   []byte
}

func newClock(f TimeFormat, location *time.Location) clock {
	c := clock{format: f, location: location, layout: "15:04:05"}
	if c.location == nil {
		c.location = time.Local
	}
	switch f {
	case UTC, UTCDate:
		c.location = time.UTC
	case "":
		c.format = Relative
	}
	if f == AbsoluteDate || f == UTCDate {
		c.layout = "2006-01-02 15:04:05"
	}
	return c
}

// append writes the time t of a line, ns since the epoch, in a column of constant width; start is the time of the
// capture's first frame.
func (c *clock) append(dst []byte, t, start int64) []byte {
	const columns = 10
	switch c.format {
	case Relative:
		return appendMicroseconds(dst, t-start, columns)
	case Delta, DeltaDisplayed:
		since := int64(0)
		if c.any {
			since = t - c.previous
		}
		c.previous, c.any = t, true
		return appendMicroseconds(dst, since, columns)
	case Epoch:
		return appendMicroseconds(dst, t, columns)
	}
	second, ns := floorSeconds(t)
	if second != c.second || c.text == nil {
		c.second, c.text = second, time.Unix(second, 0).In(c.location).AppendFormat(c.text[:0], c.layout)
	}
	dst = append(dst, c.text...)
	return appendFraction(dst, uint64(ns/1000), 6)
}

func floorSeconds(t int64) (second, ns int64) {
	second, ns = t/1e9, t%1e9
	if ns < 0 {
		second, ns = second-1, ns+1e9
	}
	return second, ns
}

// appendMicroseconds writes a duration in seconds with six decimals, right-aligned; what is finer is cut off.
func appendMicroseconds(dst []byte, ns int64, columns int) []byte {
	at := len(dst)
	dst = appendSeconds(dst, ns, 6)
	return rightAlign(dst, at, columns)
}

// appendSeconds writes a duration of ns nanoseconds in seconds with so many decimals (at most nine).
func appendSeconds(dst []byte, ns int64, decimals int) []byte {
	magnitude := uint64(ns)
	if ns < 0 {
		dst, magnitude = append(dst, '-'), -magnitude
	}
	dst = strconv.AppendUint(dst, magnitude/1e9, 10)
	fraction := magnitude % 1e9
	for i := decimals; i < 9; i++ {
		fraction /= 10
	}
	return appendFraction(dst, fraction, decimals)
}

func appendFraction(dst []byte, fraction uint64, digits int) []byte {
	dst = append(dst, ".000000000"[:digits+1]...)
	for i := len(dst) - 1; fraction > 0; i-- {
		dst[i] = byte('0' + fraction%10)
		fraction /= 10
	}
	return dst
}
