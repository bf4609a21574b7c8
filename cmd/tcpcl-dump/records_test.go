// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dtn-tools/tcpcl/internal/extract"
)

const docs = "../../docs/"

// Where each machine-readable view is to be had, and of which kinds its records are.
var recordViews = []struct {
	args  []string
	kinds []string
	csv   bool
}{
	{nil, []string{"message", "cut_short", "gap", "tls"}, true},
	{[]string{"sessions"}, []string{"session"}, true},
	{[]string{"transfers"}, []string{"transfer"}, true},
	{[]string{"bundles", "-q"}, []string{"bundle"}, true},
	{[]string{"stats"}, []string{"stats"}, false},
	{[]string{"extract", "--partial", "--overwrite", "-C"}, []string{"bundle"}, false},
}

// schema is docs/records.schema.json: what it says, and the order in which it lists the keys of each definition.
type schema struct {
	*jsonschema.Schema
	keys map[string][]string
}

func loadSchema(t *testing.T) *schema {
	t.Helper()
	name := docs + "records.schema.json"
	compiled, err := jsonschema.NewCompiler().Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Defs map[string]struct{ Properties json.RawMessage } `json:"$defs"`
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	s := &schema{compiled, map[string][]string{}}
	for kind, def := range parsed.Defs {
		if def.Properties == nil {
			continue
		}
		if s.keys[kind], err = keysOf(def.Properties); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// check says what is wrong with a record and returns its kind.
func (s *schema) check(text string) (kind string, err error) {
	keys, err := keysOf([]byte(text))
	if err != nil {
		return "", err
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return "", err
	}
	if err := s.Validate(value); err != nil {
		return "", err
	}
	record := value.(map[string]any)
	kind = record["record"].(string)
	definition := kind
	if scope, ok := record["scope"]; ok {
		definition += "_" + scope.(string)
	}
	at := -1
	for _, key := range keys {
		next := slices.Index(s.keys[definition], key)
		if next <= at {
			return "", fmt.Errorf("%q is out of order", key)
		}
		at = next
	}
	return kind, nil
}

// keysOf gives the keys of an object in order. That no object inside it has a key twice is seen to on the way.
func keysOf(text []byte) (keys []string, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value func(depth int) error
	value = func(depth int) error {
		token, err := d.Token()
		if err != nil || token != json.Delim('{') && token != json.Delim('[') {
			return err
		}
		seen := map[string]bool{}
		for d.More() {
			if token == json.Delim('{') {
				key, err := d.Token()
				if err != nil {
					return err
				}
				name := key.(string)
				if seen[name] {
					return fmt.Errorf("key %q is there twice", name)
				}
				seen[name] = true
				if depth == 0 {
					keys = append(keys, name)
				}
			}
			if err := value(depth + 1); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	return keys, value(0)
}

func TestEveryViewOfEveryCaptureObeysTheSchema(t *testing.T) {
	schema := loadSchema(t)
	p := newProgram(t)
	dir := filepath.Join(t.TempDir(), "bundles")
	counts := map[string]int{}
	for _, file := range captures(t) {
		for _, view := range recordViews {
			args := slices.Clone(view.args)
			if slices.Contains(args, "-C") {
				args = append(args, dir)
			}
			if keys := strings.TrimSuffix(file, ".pcap") + ".keys"; exists(keys) {
				args = append(args, "--keylog", keys)
			}
			where := strings.Join(append(slices.Clone(view.args), filepath.Base(file)), " ")
			run := func(format string) string {
				stdout, stderr, code := p.run(append(args, "-T", format, file)...)
				if code != exitDone || strings.Contains(stderr, "\n") && !strings.Contains(stderr, "no TCPCL in ") {
					t.Errorf("%s -T %s: exit code %d: %s", where, format, code, stderr)
				}
				return stdout
			}
			ndjson := run("ndjson")
			lines := strings.SplitAfter(ndjson, "\n")
			if lines[len(lines)-1] != "" {
				t.Errorf("%s: the last line has no end", where)
			}
			lines = lines[:len(lines)-1]
			for _, line := range lines {
				kind, err := schema.check(line)
				if err != nil {
					t.Fatalf("%s: %v\n%s", where, err, line)
				}
				if !slices.Contains(view.kinds, kind) {
					t.Errorf("%s has a %s", where, kind)
				}
				counts[kind]++
			}
			if err := sameAsArray(lines, run("json")); err != nil {
				t.Errorf("%s -T json: %v", where, err)
			}
			if view.csv {
				if err := sameAsTable(lines, run("csv"), func(column string) bool {
					return slices.ContainsFunc(view.kinds, func(kind string) bool { return slices.Contains(schema.keys[kind], column) })
				}); err != nil {
					t.Errorf("%s -T csv: %v", where, err)
				}
			}
			if view.args != nil && view.args[0] == "extract" {
				manifest, err := os.ReadFile(filepath.Join(dir, extract.ManifestName))
				if err != nil || string(manifest) != ndjson {
					t.Errorf("%s: the manifest is not what was shown (%v)", where, err)
				}
			}
		}
	}
	for _, view := range recordViews {
		for _, kind := range view.kinds {
			if counts[kind] == 0 {
				t.Errorf("no capture gave a %s: nothing is proved of it", kind)
			}
		}
	}
}

// Simple packet blocks have no time, which must not be taken for something that never happened.
func TestRecordsOfPacketsWithoutTimesObeyTheSchema(t *testing.T) {
	schema := loadSchema(t)
	_, frames := idle(t)
	file := pcapngStart()
	for _, f := range frames {
		file = append(file, pcapngBlock(3, append(binary.LittleEndian.AppendUint32(nil, uint32(len(f.octets))), f.octets...))...)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("x.pcapng", file, 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t)
	for view, want := range map[string][]string{
		"transfers":          {`"frame":10,"time":"1970-01-01T00:00:00.000000000Z"`, `"start_frame":10,"end_frame":10`},
		"extract -C bundles": {`"frame":10,"time":"1970-01-01T00:00:00.000000000Z"`, `"start_frame":10,"start_time":null,"end_frame":10,"end_time":null`},
		"sessions":           {`"first_time":"1970-01-01T00:00:00.000000000Z"`},
		"stats -q":           {`"goodput":null`},
	} {
		stdout, stderr, code := p.run(append(strings.Fields(view), "-T", "ndjson", "x.pcapng")...)
		if _, err := schema.check(stdout); err != nil || stderr != "" || code != exitDone {
			t.Errorf("%s: %v, said %q, exit code %d", view, err, stderr, code)
		}
		for _, text := range want {
			if !strings.Contains(stdout, text) {
				t.Errorf("%s: no %s in %s", view, text, stdout)
			}
		}
	}
}

// sameAsArray says how a JSON array differs from the records, octet by octet.
func sameAsArray(lines []string, text string) error {
	var array []json.RawMessage
	if err := json.Unmarshal([]byte(text), &array); err != nil {
		return err
	}
	if len(array) != len(lines) {
		return fmt.Errorf("%d records, want %d", len(array), len(lines))
	}
	for i, record := range array {
		if string(record)+"\n" != lines[i] {
			return fmt.Errorf("record %d is %s, want %s", i, record, lines[i])
		}
	}
	return nil
}

// sameAsTable says how a CSV table differs from the records: it has a row for each, as many cells in each, and a column that is
// named like a key has that key's value, unless that is a list or an object.
func sameAsTable(lines []string, text string, isKey func(column string) bool) error {
	table, err := csv.NewReader(strings.NewReader(text)).ReadAll() // an error where rows are not of one length
	if err != nil {
		return err
	}
	if len(table) != len(lines)+1 {
		return fmt.Errorf("%d rows, want %d", len(table)-1, len(lines))
	}
	header := table[0]
	for i, row := range table[1:] {
		var record map[string]json.RawMessage
		if err := json.Unmarshal([]byte(lines[i]), &record); err != nil {
			return err
		}
		for column, name := range header {
			want, err := plain(record[name])
			if err != nil {
				return err
			}
			if want != nil && isKey(name) && row[column] != *want {
				return fmt.Errorf("row %d: %s is %q, want %q", i+1, name, row[column], *want)
			}
		}
	}
	return nil
}

// plain gives the text of a number, truth value or string, "" where there is none, and nil for lists and objects.
func plain(value json.RawMessage) (*string, error) {
	text := string(value)
	switch {
	case text == "" || text == "null":
		return new(string), nil
	case text[0] == '{' || text[0] == '[':
		return nil, nil
	case text[0] == '"':
		if err := json.Unmarshal(value, &text); err != nil {
			return nil, err
		}
	}
	return &text, nil
}

func TestTheChecksOfRecordsNoticeWhatIsWrong(t *testing.T) {
	schema := loadSchema(t)
	p := newProgram(t)
	stdout, _, _ := p.run("transfers", "-T", "ndjson", filepath.Join(pcaps, "seed-v4-idle.pcap"))
	for name, change := range map[string][2]string{
		"a key twice":          {`"session":1`, `"session":1,"session":1`},
		"a key twice inside":   {`"bundle":{`, `"bundle":{"crc":"none",`},
		"keys out of order":    {`"acks":1,"start_frame"`, `"start_frame":1,"acks":1,"x"`},
		"an unknown key":       {`"session":1`, `"session":1,"more":1`},
		"a value out of range": {`"session":1`, `"session":0`},
		"no object":            {`{"record"`, `[{"record"`},
	} {
		text := strings.Replace(stdout, change[0], change[1], 1)
		if _, err := schema.check(text); err == nil || text == stdout {
			t.Errorf("%s is not noticed in %s", name, text)
		}
	}
	lines := []string{`{"a":1,"b":"x","c":[1],"d":null}` + "\n"}
	isKey := func(column string) bool { return column < "f" }
	for text, good := range map[string]bool{"a,b,c,d,f\n1,x,anything,,more\n": true, "a,b\n2,x\n": false, "a,b\n1,y\n": false,
		"a,d\n1,0\n": false, "a,e\n1,0\n": false, "a,b\n1,x\n1,x\n": false, "a,b\n1\n": false} {
		if err := sameAsTable(lines, text, isKey); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
	if sameAsArray(lines, `[{"a":1}]`) == nil || sameAsArray(lines, "[]") == nil || sameAsArray(lines, "[") == nil {
		t.Error("another array is taken for the same")
	}
}

// A part of docs/records.md that shows what the program writes: <!-- output NAME -->, filled in by go test -update.
var shownOutput = regexp.MustCompile(`(?s)<!-- output (\w+) -->\n.*?<!-- end -->`)

func TestTheReferenceShowsWhatTheProgramWrites(t *testing.T) {
	name := docs + "records.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(t)
	capture := filepath.Join(pcaps, "seed-v4-plain.pcap")
	examples := map[string][]string{
		"bundle":        {"extract", "-C", t.TempDir(), "-T", "ndjson", capture},
		"stats_session": {"stats", "-T", "ndjson", capture},
		"stats_all":     {"stats", "-q", "-T", "ndjson", capture},
	}
	shown := 0
	fresh := shownOutput.ReplaceAllFunc(page, func(part []byte) []byte {
		what := string(shownOutput.FindSubmatch(part)[1])
		if examples[what] == nil {
			t.Fatalf("there is no example %s", what)
		}
		shown++
		stdout, _, _ := p.run(examples[what]...)
		first, _, _ := strings.Cut(stdout, "\n")
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(first), "", "  "); err != nil {
			t.Fatal(err)
		}
		return fmt.Appendf(nil, "<!-- output %s -->\n```json\n%s\n```\n<!-- end -->", what, &indented)
	})
	if shown != len(examples) {
		t.Errorf("%d examples are shown, want %d", shown, len(examples))
	}
	if *update {
		if err := os.WriteFile(name, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(page, fresh) {
		t.Errorf("%s is out of date: run go test ./cmd/tcpcl-dump -update", name)
	}
}

func exists(name string) bool { _, err := os.Stat(name); return err == nil }
