// SPDX-License-Identifier: Apache-2.0

package record

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the generated parts of docs/records.md")

const docsFile = "../../docs/records.md"

// A generated part of the page: <!-- KIND NAME --> ... <!-- end -->, on lines of their own.
var generated = regexp.MustCompile(`(?s)<!-- (example|keys|columns) (\w+) -->\n.*?<!-- end -->`)

func TestTheReferenceShowsWhatTheEncodersWrite(t *testing.T) {
	page, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	fresh := generated.ReplaceAllFunc(page, func(part []byte) []byte {
		match := generated.FindSubmatch(part)
		kind, name := string(match[1]), string(match[2])
		shown[kind]++
		var body string
		switch kind {
		case "example":
			body = exampleOf(t, name)
		case "keys":
			body = keysTable(t, name)
		case "columns":
			body = columnsOf(t, name)
		}
		return fmt.Appendf(nil, "<!-- %s %s -->\n%s<!-- end -->", kind, name, body)
	})
	if shown["example"] != len(examples()) || shown["keys"] != 24 || shown["columns"] != 4 {
		t.Errorf("parts are missing: %v", shown)
	}
	if *update {
		if err := os.WriteFile(docsFile, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(page, fresh) {
		t.Error("docs/records.md is out of date: run go test ./dissect/record -update")
	}
}

func exampleOf(t *testing.T, name string) string {
	record, ok := examples()[name]
	if !ok {
		t.Fatalf("there is no example %s", name)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, record.AppendJSON(nil), "", "  "); err != nil {
		t.Fatal(err)
	}
	return "```json\n" + out.String() + "\n```\n"
}

// keysTable lists the keys of one kind with the schema's descriptions; those that are always there are marked.
func keysTable(t *testing.T, kind string) string {
	octets, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		Description string
		Ref         string `json:"$ref"`
	}
	var parsed struct {
		Defs map[string]struct {
			Properties map[string]key
			Required   []string
		} `json:"$defs"`
	}
	if err := json.Unmarshal(octets, &parsed); err != nil {
		t.Fatal(err)
	}
	always := map[string]string{}
	for _, name := range parsed.Defs[kind].Required {
		always[name] = "yes"
	}
	names := loadSchema(t).keys[kind]
	if len(names) == 0 {
		t.Fatalf("the schema has no keys of %s", kind)
	}
	out := "| key | always | meaning |\n|---|---|---|\n"
	for _, name := range names {
		k := parsed.Defs[kind].Properties[name]
		if path := strings.Split(k.Ref, "/"); k.Description == "" && len(path) == 5 { // #/$defs/message/properties/src
			k = parsed.Defs[path[2]].Properties[path[4]]
		}
		if k.Description == "" {
			t.Errorf("the schema does not describe %s of %s", name, kind)
		}
		out += fmt.Sprintf("| `%s` | %s | %s |\n", name, always[name], k.Description)
	}
	return out
}

func columnsOf(t *testing.T, kind string) string {
	record, ok := map[string]encoder{"message": &Message{}, "transfer": &Transfer{}, "session": &Session{}, "bundle": &Bundle{}}[kind]
	if !ok {
		t.Fatalf("there is no CSV of %s", kind)
	}
	columns := strings.Split(string(record.AppendCSVHeader(nil)), ",")
	return "`" + strings.Join(columns, "`, `") + "`\n"
}
