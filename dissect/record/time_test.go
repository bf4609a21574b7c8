// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimesAreWrittenAsTheStandardLibraryWritesThem(t *testing.T) {
	check := func(t rapid.TB, ns int64) {
		want := time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z")
		if got := string(AppendTime(nil, ns)); got != want {
			t.Fatalf("%d ns: got %s, want %s", ns, got, want)
		}
	}
	for _, ns := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1795348455504972000, 951782400e9, 951868799999999999} {
		check(t, ns)
	}
	for ns := int64(math.MinInt64); ns < math.MaxInt64-7*day*second; ns += 7 * day * second {
		check(t, ns) // every week there is: all months, leap years and centuries
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Int64().Draw(t, "ns")) })
}

func TestDatesAreRightOnEveryDayOfEveryYearThatTimesReach(t *testing.T) {
	first := time.Date(1677, 9, 21, 0, 0, 0, 0, time.UTC)
	for at := first; at.Year() < 2263; at = at.AddDate(0, 0, 1) {
		y, m, d := civil(uint32(at.Unix()/day + daysBefore))
		if at.Unix()%day != 0 || int(y) != at.Year() || int(m) != int(at.Month()) || int(d) != at.Day() {
			t.Fatalf("%v: got %d-%d-%d", at, y, m, d)
		}
	}
}

func TestSecondsKeepEveryNanosecondAndNoMore(t *testing.T) {
	for ns, want := range map[int64]string{0: "0", 1: "0.000000001", 179000: "0.000179", 1e9: "1", 1500e6: "1.5",
		10e9: "10", -1: "-0.000000001", -2e9: "-2", math.MaxInt64: "9223372036.854775807", math.MinInt64: "-9223372036.854775808"} {
		if got := string(AppendSeconds(nil, ns)); got != want {
			t.Errorf("%d ns: got %s, want %s", ns, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.Int64Range(-1<<50, 1<<50).Draw(t, "ns")
		got := string(AppendSeconds(nil, ns))
		if f, err := strconv.ParseFloat(got, 64); err != nil || math.Abs(f*1e9-float64(ns)) > 1 {
			t.Fatalf("%d ns: got %s", ns, got)
		}
	})
}

func TestIntegersAreWrittenAsStrconvWritesThem(t *testing.T) {
	check := func(t rapid.TB, v uint64) {
		if got, want := string(appendUint(nil, v)), strconv.FormatUint(v, 10); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	check(t, math.MaxUint64)
	for v := range uint64(2_000_000) {
		check(t, v)
	}
	for power := uint64(10); power < 1e19; power *= 10 {
		for _, v := range []uint64{power - 1, power, power + 1, 3 * power / 2, 9 * power} {
			check(t, v)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Uint64().Draw(t, "v")) })
}
