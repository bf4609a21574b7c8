// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	root     = "../.."
	maxLines = 700
	spdx     = "// SPDX-License-Identifier: Apache-2.0"
)

// Words that stand for work that was left for later. They are cut in two so that this file does not hold them.
var forbiddenWords = regexp.MustCompile(`\bTO` + `DO\b|\bFIX` + `ME\b|\bXX` + `X\b|(?i:not` + ` implemented)`)

// A script test that is skipped, other than with testing.Short.
var skippedScript = regexp.MustCompile(`(?m)^\s*(\[[^\]]*\]\s*)*skip\b`)
var skippedIfShort = regexp.MustCompile(`^\s*\[short\]\s*skip\b`)

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestEveryFileKeepsTheRules(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "node_modules", "pcaps", "fuzz"}, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !isText(path) {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, problem := range fileProblems(filepath.ToSlash(name), content) {
			t.Error(problem)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Errorf("only %d files were looked at: is %q the root of the repository?", seen, root)
	}
}

// isText tells whether a file is written by people.
func isText(path string) bool {
	return slices.Contains([]string{".go", ".md", ".sh", ".txtar", ".json", ".yml", ".yaml", ".toml", ".py"}, filepath.Ext(path)) ||
		filepath.Base(filepath.Dir(path)) == ".ci"
}

// fileProblems says what a file holds, or lacks, against the rules.
func fileProblems(name string, content []byte) []string {
	var problems []string
	problem := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s:%d: %s", name, line, fmt.Sprintf(format, args...)))
	}
	for i, line := range bytes.Split(content, []byte("\n")) {
		if word := forbiddenWords.Find(line); word != nil {
			problem(i+1, "%q: finish it, or open an issue", word)
		}
		if filepath.Ext(name) == ".txtar" && skippedScript.Match(line) && !skippedIfShort.Match(line) {
			problem(i+1, "a skipped test proves nothing")
		}
	}
	if filepath.Ext(name) != ".go" {
		return problems
	}
	isTest, isGenerated := strings.HasSuffix(name, "_test.go"), generated.Match(content)
	if first, _, _ := bytes.Cut(content, []byte("\n")); !isGenerated && string(first) != spdx {
		problem(1, "the first line is not %q", spdx)
	}
	if n := bytes.Count(content, []byte("\n")); n > maxLines && !isTest && !isGenerated {
		problem(n, "%d lines; more than %d is too much for one job: split it", n, maxLines)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, content, parser.SkipObjectResolution)
	if err != nil {
		problem(1, "%v", err)
		return problems
	}
	for _, spec := range file.Imports {
		if spec.Path.Value == `"C"` {
			problem(set.Position(spec.Pos()).Line, "cgo")
		}
	}
	if isTest {
		for _, pos := range skips(file) {
			problem(set.Position(pos).Line, "a test is skipped outside testing.Short: it proves nothing")
		}
	}
	return problems
}

// skips finds the calls of Skip, Skipf and SkipNow that are not inside an if with testing.Short in its condition.
func skips(file *ast.File) []token.Pos {
	var found []token.Pos
	var inspect func(n ast.Node) bool
	inspect = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if callsShort(n.Cond) {
				if n.Else != nil {
					ast.Inspect(n.Else, inspect)
				}
				return false
			}
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name) && isTestParameter(s.X) {
				found = append(found, n.Pos())
			}
		}
		return true
	}
	ast.Inspect(file, inspect)
	return found
}

// isTestParameter tells whether an expression is called as tests call their parameter; other types have a Skip too.
func isTestParameter(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && slices.Contains([]string{"t", "b", "f", "tb", "rt"}, id.Name)
}

func callsShort(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Short" {
			if id, ok := s.X.(*ast.Ident); ok && id.Name == "testing" {
				found = true
			}
		}
		return true
	})
	return found
}

func TestFileProblemsAreNoticed(t *testing.T) {
	good := spdx + "\n\npackage p\n"
	long := good + strings.Repeat("\n", maxLines)
	for _, c := range []struct {
		name, content string
		want          int
	}{
		{"p/a.go", good, 0},
		{"p/a.go", "package p\n", 1},
		{"p/a.go", good + "// TO" + "DO: more\n", 1},
		{"doc.md", "This is NOT" + " implemented.\n", 1},
		{"doc.md", "mastodons\n", 0},
		{"p/a.go", long, 1},
		{"p/a_test.go", long, 0},
		{"p/a.go", "// Code generated by x. DO NOT EDIT.\n" + long, 0},
		{"p/a.go", good + "import \"C\"\n", 1},
		{"p/a.go", good + "func {\n", 1},
		{"p/a_test.go", good + "func TestX(t *testing.T) { t.Skip(\"later\") }\n", 1},
		{"p/a_test.go", good + "func TestX(t *testing.T) { if x { t.SkipNow() } }\n", 1},
		{"p/a_test.go", good + "func TestX(t *testing.T) { if testing.Short() { t.Skip(\"slow\") } }\n", 0},
		{"p/a_test.go", good + "func TestX(t *testing.T) { if x || testing.Short() { t.Skipf(\"slow\") } else { t.Skip() } }\n", 1},
		{"p/a_test.go", good + "func TestX(t *testing.T) { reader.Skip(3) }\n", 0},
		{"p/a.txtar", "exec true\nskip 'later'\n", 1},
		{"p/a.txtar", "[!exec:tshark] skip\n", 1},
		{"p/a.txtar", "[short] skip\nstdout 'skip'\n", 0},
	} {
		if got := fileProblems(c.name, []byte(c.content)); len(got) != c.want {
			t.Errorf("%s with %.80q: %q, want %d problems", c.name, c.content, got, c.want)
		}
	}
}
