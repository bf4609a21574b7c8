// SPDX-License-Identifier: Apache-2.0

package stats

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/dtn-tools/tcpcl/dissect/record"
)

// checkKeys reads JSON token by token and fails on a key that an object has twice.
func checkKeys(t *testing.T, text []byte) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(text)))
	var object func(json.Delim)
	object = func(open json.Delim) {
		var keys []string
		for d.More() {
			if open == '{' {
				key, err := d.Token()
				if err != nil {
					t.Fatalf("%v in %s", err, text)
				}
				if slices.Contains(keys, key.(string)) {
					t.Errorf("key %q twice in %s", key, text)
				}
				keys = append(keys, key.(string))
			}
			value, err := d.Token()
			if err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			if inner, ok := value.(json.Delim); ok {
				object(inner)
			}
		}
		if _, err := d.Token(); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	first, err := d.Token()
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	object(first.(json.Delim))
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("more than one value in %s", text)
	}
}

func TestJSONHoldsTheFigures(t *testing.T) {
	c := NewCollector(true)
	play(c, 7, 1000*second)
	report := Merge(c)
	report.Total.Capture = []record.Count{{Type: "packets", Count: 1<<64 - 1}}
	line := report.Sessions[0].AppendJSON(nil)
	total := report.Total.AppendJSON(nil)
	checkKeys(t, line)
	checkKeys(t, total)
	for text, within := range map[string][]byte{
		`{"record":"stats","scope":"session","session":7,"version":4,`: line,
		`"end":null,`: line,
		`"first_time":"1970-01-01T00:16:40.000000000Z","last_time":"1970-01-01T00:17:00.000000000Z","duration":20,"missed_octets":3,"peers":{"a":{`:                   line,
		`"transfers":{"complete":1,"refused":0,"incomplete":1},"transfer_octets":90,"goodput":30.0,"ack_latency":{"count":2,"min":1,"p50":1,"p90":2,"p99":2,"max":2}`: line,
		`"keepalive_interval":null,"refusals":[]},"b":{`:                          line,
		`"refusals":[{"reason":{"code":1,"name":"Completed"},"count":4}]`:         line,
		`{"record":"stats","scope":"all","sessions":1,"states":{"terminated":1},`: total,
		`"duration":{"count":1,"min":20,"p50":20,"p90":20,"p99":20,"max":20}`:     total,
		`"capture":{"packets":18446744073709551615},"peers":{"active":{`:          total,
		`"messages":{"XFER_ACK":2,"KEEPALIVE":3}`:                                 total,
	} {
		if !strings.Contains(string(within), text) {
			t.Errorf("no %s in\n%s", text, within)
		}
	}
}

func TestJSONOfNothingIsValid(t *testing.T) {
	checkKeys(t, Merge().Total.AppendJSON(nil))
	checkKeys(t, (&Session{OpenerSeen: true}).AppendJSON(nil))
}
