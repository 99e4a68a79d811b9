package dispatch_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "renew the golden of the public API")

// TestAPI compares the exported declarations of all packages with a golden file, so
// that a review sees every change of the API.
func TestAPI(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, pkg := range below(t, "dispatch") {
		pkg = strings.TrimPrefix(pkg, module)
		if strings.Contains(pkg, "/internal/") || strings.Contains(pkg, "/testdata/") {
			continue
		}
		fmt.Fprintf(&got, "# %s\n\n", pkg)
		for _, decl := range exported(t, "../"+pkg) {
			got.WriteString(decl + "\n")
		}
		got.WriteString("\n")
	}
	const golden = "testdata/api.txt"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the public API differs from %s (if that is intended: go test ./dispatch -run TestAPI -update):\n%s", golden, diff)
	}
}

// exported returns the exported declarations of the package in dir, sorted and without
// comments and bodies.
func exported(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var decls []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.FileExports(file)
		for _, decl := range file.Decls {
			if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
				continue
			}
			if f, ok := decl.(*ast.FuncDecl); ok {
				f.Body = nil
				if f.Recv != nil && !ofExported(f.Recv.List[0].Type) {
					continue
				}
			}
			var b strings.Builder
			if err := format.Node(&b, token.NewFileSet(), decl); err != nil {
				t.Fatal(err)
			}
			decls = append(decls, b.String())
		}
	}
	slices.Sort(decls)
	return decls
}

// ofExported reports whether recv, the type of a receiver, is exported.
func ofExported(recv ast.Expr) bool {
	switch e := recv.(type) {
	case *ast.StarExpr:
		return ofExported(e.X)
	case *ast.IndexExpr:
		return ofExported(e.X)
	case *ast.Ident:
		return e.IsExported()
	}
	return false
}
