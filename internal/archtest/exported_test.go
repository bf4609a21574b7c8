// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A type of an internal package in a public signature could be used by nobody outside.
func TestNoPublicPackageExposesAnInternalType(t *testing.T) {
	for _, p := range goList(t, "linux") {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if below("internal", name) || below("cmd", name) || below("bench", name) {
			continue
		}
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range exposed(set, parsed) {
				t.Error(problem)
			}
		}
	}
}

// exposed finds internal packages' names in the exported declarations of a file: signatures, fields and methods of types,
// types of variables.
func exposed(set *token.FileSet, file *ast.File) []string {
	internal := map[string]bool{}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err == nil && strings.Contains(imported+"/", "/internal/") {
			name := path.Base(imported)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			internal[name] = true
		}
	}
	var problems []string
	var look func(in ast.Node)
	look = func(in ast.Node) {
		ast.Inspect(in, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.StructType:
				for _, f := range n.Fields.List {
					if len(f.Names) == 0 || exportedAny(f.Names) {
						look(f.Type)
					}
				}
				return false
			case *ast.SelectorExpr:
				if id, ok := n.X.(*ast.Ident); ok && internal[id.Name] {
					problems = append(problems, fmt.Sprintf("%s: %s.%s in an exported declaration", set.Position(n.Pos()), id.Name, n.Sel.Name))
				}
			}
			return true
		})
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiverName(d.Recv.List[0].Type))) {
				look(d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						look(s.Type)
					}
				case *ast.ValueSpec:
					if exportedAny(s.Names) && s.Type != nil {
						look(s.Type)
					}
				}
			}
		}
	}
	return problems
}

func exportedAny(names []*ast.Ident) bool {
	for _, n := range names {
		if n.IsExported() {
			return true
		}
	}
	return false
}

func receiverName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiverName(e.X)
	case *ast.IndexExpr:
		return receiverName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func TestExposedTypesAreNoticed(t *testing.T) {
	for source, want := range map[string]int{
		`func Open(f *capture.File) {}`:                   1,
		`func open(f *capture.File) {}`:                   0,
		`func Open() { var f capture.File; _ = f }`:       0,
		`type T struct { file *capture.File }`:            0,
		`type T struct { File *capture.File }`:            1,
		`type T struct { Each func(f *capture.File) }`:    1,
		`type T struct { capture.File }`:                  1,
		`type T interface { Next() *capture.File }`:       1,
		`func (t *T) Files() []capture.File {return nil}`: 1,
		`func (t *t) Files() []capture.File {return nil}`: 0,
		`var File *capture.File`:                          1,
		`type t struct { File *capture.File }`:            0,
	} {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "x.go", "package x\nimport \""+module+"/internal/capture\"\n"+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := exposed(set, file); len(got) != want {
			t.Errorf("%s: %q, want %d problems", source, got, want)
		}
	}
}
