// SPDX-License-Identifier: Apache-2.0

// Package archtest holds the tests of the repository's own rules: which package may import which, and what no file may hold.
// CONTRIBUTING.md explains the rules to people.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const (
	module = "github.com/dtn-tools/tcpcl"

	anything = "..." // as an allowed import: every package
)

// A rule says what the packages that a pattern matches may import, besides the standard library and packages that the same
// pattern matches. Patterns are paths inside the module; "x/..." is x and all below it.
type rule struct {
	packages   string
	own        []string // packages of this module
	thirdParty []string // paths, with all below them
}

// rules is the architecture: an octet's way from the wire to the user goes up this table, and no import goes down. The first
// match counts. Change it by argument, in a commit of its own.
var rules = []rule{
	{packages: "wire/..."},
	{packages: "session/...", own: []string{"wire/..."}},
	{packages: "bundle/...", own: []string{"wire/sdnv"}},
	{packages: "reassembly"},
	{packages: "dissect/record"},
	{packages: "dissect", own: []string{"wire/...", "session", "bundle", "reassembly", "dissect/record", "internal/capture", "internal/tlsdec", "internal/bundletree"}},
	{packages: "dissect/layer", own: []string{"wire/..."}, thirdParty: []string{gopacket}},
	{packages: "agent/...", own: []string{"wire/...", "session", "bundle"}},

	{packages: "internal/syntax"},
	{packages: "internal/pcapfilter/...", own: []string{"reassembly", "internal/syntax"}},
	{packages: "internal/capture", own: []string{"reassembly", "internal/pcapfilter"}, thirdParty: []string{"github.com/klauspost/compress", "golang.org/x/sys"}},
	{packages: "internal/bundletree", own: []string{"bundle", "dissect/record"}},
	{packages: "internal/tlsdec", thirdParty: []string{"golang.org/x/crypto"}},
	{packages: "internal/render", own: []string{"dissect/record"}, thirdParty: []string{"github.com/olekukonko/tablewriter",
		"github.com/fatih/color", "github.com/mattn/go-runewidth", "golang.org/x/term", "golang.org/x/text"}},
	{packages: "internal/metrics", own: []string{"dissect/record"}, thirdParty: []string{"github.com/prometheus/client_golang"}},
	{packages: "internal/stats", own: []string{"dissect", "dissect/record"}},
	{packages: "internal/ledger", own: []string{"bundle", "dissect/record"}},
	{packages: "internal/extract", own: []string{"dissect", "dissect/record"}, thirdParty: []string{"golang.org/x/sys"}},
	{packages: "internal/filter", own: []string{"dissect/record", "internal/render", "internal/syntax"}}, // what can be shown can be asked for,
	{packages: "internal/export", own: []string{"dissect/record"}},
	{packages: "internal/report", own: []string{"dissect/record"}},
	{packages: "internal/viewer", own: []string{"dissect/record"}},
	{packages: "internal/tui", own: []string{"dissect/record"}},
	{packages: "internal/replay", own: []string{"agent", "dissect", "dissect/record"}},
	{packages: "internal/conform", own: []string{"agent", "dissect", "dissect/record"}},
	{packages: "internal/fault", own: []string{"agent", "dissect", "dissect/record"}},
	{packages: "internal/proxy", own: []string{"agent", "dissect", "dissect/record"}},
	{packages: "internal/dbusapi", own: []string{"agent"}, thirdParty: []string{"github.com/godbus/dbus"}},
	{packages: "internal/archtest"},

	{packages: "cmd/...", own: []string{anything}, thirdParty: []string{"github.com/spf13", "github.com/schollz/progressbar",
		"github.com/fatih/color", "golang.org/x/sys", "golang.org/x/term"}},
	{packages: "bench/...", own: []string{anything}, thirdParty: []string{gopacket}},
}

const gopacket = "github.com/google/gopacket"

// testOnly is what tests may import besides what their package may. Of this module they may import anything: a test may look
// at a package from above.
var testOnly = []string{gopacket, "github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "github.com/santhosh-tekuri/jsonschema",
	"github.com/klauspost/compress", "github.com/fxamacker/cbor", "pgregory.net/rapid", "golang.org/x/net/bpf", "golang.org/x/sys"}

// listed is the part of go list's answer that matters here.
type listed struct {
	ImportPath   string
	Dir          string
	CgoFiles     []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestNoPackageImportsAgainstTheArchitecture(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		packages := goList(t, goos)
		if len(packages) == 0 {
			t.Fatalf("%s: go list knows no package", goos)
		}
		for _, p := range packages {
			for _, problem := range importProblems(p) {
				t.Errorf("%s: %s", goos, problem)
			}
		}
	}
}

// goList lists all packages of the module as they are built for an operating system with cgo, so that its use shows.
func goList(t *testing.T, goos string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-pgo=off", "-json=ImportPath,Dir,CgoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS="+goos, "GOARCH=amd64")
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &messages)
	}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// importProblems says what a package imports, or how, against the rules.
func importProblems(p listed) []string {
	name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
	i := slices.IndexFunc(rules, func(r rule) bool { return matches(r.packages, name) })
	if i < 0 {
		return []string{fmt.Sprintf("%s has no line in the table of imports in internal/archtest: say there what it may import", name)}
	}
	r := rules[i]
	var problems []string
	for _, path := range p.Imports {
		if !r.allows(path) {
			problems = append(problems, fmt.Sprintf("%s may not import %s", name, path))
		}
	}
	for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
		if !r.allows(path) && !isOwn(path) && !slices.ContainsFunc(testOnly, func(prefix string) bool { return below(prefix, path) }) {
			problems = append(problems, fmt.Sprintf("the tests of %s may not import %s", name, path))
		}
	}
	if len(p.CgoFiles) > 0 {
		problems = append(problems, fmt.Sprintf("%s uses cgo in %s", name, strings.Join(p.CgoFiles, ", ")))
	}
	return problems
}

func (r rule) allows(path string) bool {
	if isOwn(path) {
		own := strings.TrimPrefix(path, module+"/")
		return matches(r.packages, own) || slices.ContainsFunc(r.own, func(pattern string) bool { return matches(pattern, own) })
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") && path != "C" {
		return true // only the standard library has no dot in its first element
	}
	return slices.ContainsFunc(r.thirdParty, func(prefix string) bool { return below(prefix, path) })
}

func isOwn(path string) bool { return below(module, path) }

// matches tells whether a pattern of the table covers a package.
func matches(pattern, name string) bool {
	if pattern == anything {
		return true
	}
	if prefix, tree := strings.CutSuffix(pattern, "/..."); tree {
		return below(prefix, name)
	}
	return pattern == name
}

// below tells whether a path is prefix or lies in it.
func below(prefix, path string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

func TestImportProblemsAreNoticed(t *testing.T) {
	own := func(names ...string) []string {
		for i := range names {
			names[i] = module + "/" + names[i]
		}
		return names
	}
	for _, c := range []struct {
		p    listed
		want int
	}{
		{listed{ImportPath: module + "/wire/v4", Imports: append(own("wire"), "fmt", "encoding/binary")}, 0},
		{listed{ImportPath: module + "/wire/v4", Imports: own("session")}, 1},
		{listed{ImportPath: module + "/wire", Imports: []string{gopacket}}, 1},
		{listed{ImportPath: module + "/reassembly", Imports: []string{gopacket + "/layers"}}, 1},
		{listed{ImportPath: module + "/reassembly", TestImports: []string{gopacket + "/layers"}}, 0},
		{listed{ImportPath: module + "/dissect/record", Imports: own("wire/v4")}, 1},
		{listed{ImportPath: module + "/dissect", Imports: own("reassembly", "wire/v3")}, 0},
		{listed{ImportPath: module + "/dissect", Imports: []string{gopacket}}, 1},
		{listed{ImportPath: module + "/dissect", Imports: own("internal/render", "agent")}, 2},
		{listed{ImportPath: module + "/agent", Imports: own("dissect")}, 1},
		{listed{ImportPath: module + "/agent", XTestImports: own("dissect")}, 0},
		{listed{ImportPath: module + "/internal/render", Imports: own("dissect")}, 1},
		{listed{ImportPath: module + "/cmd/tcpcl-dump", Imports: append(own("internal/stats"), "github.com/spf13/cobra")}, 0},
		{listed{ImportPath: module + "/cmd/tcpcl-dump", Imports: []string{"github.com/spf13x/cobra"}}, 1},
		{listed{ImportPath: module + "/internal/capture", XTestImports: []string{"github.com/stretchr/testify"}}, 1},
		{listed{ImportPath: module + "/internal/capture", Imports: []string{"C"}, CgoFiles: []string{"ring.go"}}, 2},
		{listed{ImportPath: module + "/utils"}, 1},
		{listed{ImportPath: module}, 1},
	} {
		if got := importProblems(c.p); len(got) != c.want {
			t.Errorf("%+v: %q, want %d problems", c.p, got, c.want)
		}
	}
}
