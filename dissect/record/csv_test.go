// SPDX-License-Identifier: Apache-2.0

package record

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// cells reads a record's row back, by column.
func cells(t rapid.TB, r encoder) map[string]string {
	t.Helper()
	text := string(r.AppendCSV(append(r.AppendCSVHeader(nil), '\n')))
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[0]) != len(rows[1]) {
		t.Fatalf("%v: %q", err, text)
	}
	row := map[string]string{}
	for i, name := range rows[0] {
		if _, twice := row[name]; twice {
			t.Fatalf("column %s is there twice", name)
		}
		row[name] = rows[1][i]
	}
	return row
}

// captured are the keys of text from the wire, which a cell shows in another way.
var captured = map[string]bool{"node_id": true, "source": true, "destination": true, "report_to": true, "custodian": true,
	"administrative_record": true, "file": true}

// agrees fails unless each column that is named like a key of the record holds that key's value, and is empty where the
// record lacks the key. Captured text and lists are written in another way, codes have a column for the number and one for the name.
func agrees(t rapid.TB, s schema, r encoder) {
	t.Helper()
	row, object := cells(t, r), decoded(t, r.AppendJSON(nil))
	for _, key := range s.keys[object["record"].(string)] {
		cell, ok := row[key]
		if !ok {
			continue
		}
		want := ""
		switch value := object[key].(type) {
		case bool, json.Number:
			want = fmt.Sprint(value)
		case string:
			want = strings.ReplaceAll(value, "\r\n", "\n") // as encoding/csv reads it
		case map[string]any:
			want = value["name"].(string)
			want = strings.ReplaceAll(want, "\r\n", "\n")
			if code := fmt.Sprint(value["code"]); row[key+"_code"] != code {
				t.Fatalf("column %s_code is %q, want %s", key, row[key+"_code"], code)
			}
		case []any:
			continue
		}
		if !captured[key] && cell != want {
			t.Fatalf("column %s is %q, want %q", key, cell, want)
		}
	}
}

func TestRowsOfHandMadeRecordsAgreeWithTheirJSON(t *testing.T) {
	s := loadSchema(t)
	for _, r := range samples() {
		agrees(t, s, r)
	}
}

func TestRowsOfRandomRecordsAgreeWithTheirJSON(t *testing.T) {
	s := loadSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		agrees(t, s, randomMessage().Draw(t, "message"))
		agrees(t, s, randomTransfer().Draw(t, "transfer"))
		agrees(t, s, randomSession().Draw(t, "session"))
		agrees(t, s, randomBundle().Draw(t, "bundle"))
	})
}

func TestRowsHoldListsAndExtensions(t *testing.T) {
	m := xferSegment()
	m.FlagNames = []string{"END", "START"}
	m.Extensions = append(m.Extensions, Extension{Type: 0x8000})
	row := cells(t, m)
	if row["flags"] != "END|START" || row["extensions"] != "1!:00000000000111fa|32768:" {
		t.Errorf("flags %q, extensions %q", row["flags"], row["extensions"])
	}
	row = cells(t, extremes()[2])
	if row["client_refusals"] != "1:3|2:4" || row["client_messages"] != "3" || row["client_quirks"] != "x|y" {
		t.Errorf("%v", row)
	}
	row = cells(t, terminatedSession())
	for column, want := range map[string]string{"client_node_id": "dtn://node-b/", "server_node_id": "dtn://node-a/",
		"client_keepalive": "1", "server_keepalive": "2", "client_octets": "70416", "server_messages": "12",
		"client_transfers_complete": "2", "client_transfer_mru": "18446744073709551615"} {
		if row[column] != want {
			t.Errorf("%s is %q, want %q", column, row[column], want)
		}
	}
}

func TestRowsHoldBlocksAndProblems(t *testing.T) {
	row := cells(t, bundleOf7())
	for column, want := range map[string]string{"blocks": "primary:valid:88|1:none:70000", "lifetime": "3600.5", "fragment_total": "",
		"seen_before_frame": "", "subject_source": "", "problems": ""} {
		if row[column] != want {
			t.Errorf("%s is %q, want %q", column, row[column], want)
		}
	}
	row = cells(t, report())
	for column, want := range map[string]string{"subject_source": "ipn:1.1", "subject_sequence": "42", "subject_session": "1", "subject_frame": "44",
		"seen_before_session": "3", "seen_before_frame": "58", "seen_before_file": "", "implied_transfer_id": "2", "transfer_id": ""} {
		if row[column] != want {
			t.Errorf("%s is %q, want %q", column, row[column], want)
		}
	}
	row = cells(t, hostile())
	if row["problems"] != "BPv7-01|malformed" || row["fragment_offset"] != "18446744073709551615" || row["source"][:2] != "'=" {
		t.Errorf("%v", row)
	}
	row = cells(t, bundleOf7().Transfer)
	if row["bundle_source"] != "dtn://node-b/" || row["bundle_sequence"] != "1" || row["bundle_crc"] != "valid" {
		t.Errorf("%v", row)
	}
}

func TestCapturedTextIsNoFormulaInASpreadsheet(t *testing.T) {
	for text, want := range map[string]string{
		"dtn://node-a/":              "dtn://node-a/",
		`=HYPERLINK("http://x","y")`: `'=HYPERLINK("http://x","y")`,
		"+1":                         "'+1",
		"-1":                         "'-1",
		"@SUM(A1)":                   "'@SUM(A1)",
		"'quoted":                    "''quoted",
		"\t=1":                       `\t=1`,
		"a,b\"c\nd\\\x1b\u202e\xff":  `a,b"c\nd\\\u001b\u202e` + "\ufffd",
		"":                           "",
	} {
		m := &Message{Has: HasNodeID, NodeID: []byte(text)}
		if got := cells(t, m)["node_id"]; got != want {
			t.Errorf("message with %q: got %q, want %q", text, got, want)
		}
		s := &Session{Peers: [2]Peer{1: {NodeID: text, HasNodeID: true}}}
		if got := cells(t, s)["server_node_id"]; got != want {
			t.Errorf("session with %q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzCapturedTextInARow(f *testing.F) {
	for _, s := range []string{"dtn://node-a/", "=1", `"`, `\"`, `\\"`, "\xff,\"\n", "''", "\u2028=\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, id []byte) {
		cell := cells(t, &Message{Has: HasNodeID, NodeID: id})["node_id"]
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@") || strings.ContainsAny(cell, "\r\n\t") || !utf8.ValidString(cell) {
			t.Fatalf("unsafe cell %q", cell)
		}
		if len(cell) > 1 && cell[0] == '\'' {
			cell = cell[1:]
		}
		// Unescaped as JSON, it is the text again.
		var got, want string
		if err := json.Unmarshal([]byte(`"`+strings.ReplaceAll(cell, `"`, `\"`)+`"`), &got); err != nil {
			t.Fatalf("%v: %q", err, cell)
		}
		if err := json.Unmarshal(AppendString(nil, string(id)), &want); err != nil || got != want {
			t.Fatalf("got %q, want %q (%v)", got, want, err)
		}
	})
}
