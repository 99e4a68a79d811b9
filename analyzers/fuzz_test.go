package analyzers_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
	"github.com/cloud-functions-dispatch/go/internal/property"
)

// FuzzSuite makes random changes to sources of the fixtures and of the standard
// library, and runs the suite on results that still compile. It must not panic.
func FuzzSuite(f *testing.F) {
	dir := filepath.Join(fixtures.Dir(f), "src")
	patterns := []string{"./registration/...", "errors", "sort", "context", "flag", "expvar", "text/tabwriter", "container/list", "log"}
	for _, a := range analyzers.Suite {
		patterns = append(patterns, "./"+a.Name+"/...")
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax | packages.NeedDeps, Dir: dir}, patterns...)
	if err != nil {
		f.Fatal(err)
	}
	imports := make(map[string]*types.Package)
	packages.Visit(pkgs, nil, func(p *packages.Package) { imports[p.PkgPath] = p.Types })
	seeds := uint64(15)
	if property.Long() {
		seeds = 200
	}
	for seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		pkg := pkgs[r.IntN(len(pkgs))]
		sources := []string{"package " + pkg.Name + "\n\nimport _ \"" + dispatchapi.Path + "\"\n"}
		for _, name := range pkg.GoFiles {
			sources = append(sources, read(t, name))
		}
		for range 1 + r.IntN(4) {
			i := 1 + r.IntN(len(sources)-1)
			sources[i] = mutate(r, sources[i])
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for i, src := range sources {
			file, err := parser.ParseFile(fset, fmt.Sprintf("%d.go", i), src, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return
			}
			files = append(files, file)
		}
		analyze(t, pkg.PkgPath, fset, files, imports)
	})
}

// mutate replaces a random expression, statement or declaration by the text of
// another, or deletes it.
func mutate(r *rand.Rand, src string) string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return src
	}
	var exprs, stmts [][2]int
	base := fset.File(file.FileStart)
	for n := range ast.Preorder(file) {
		switch n := n.(type) {
		case ast.Expr:
			exprs = append(exprs, [2]int{base.Offset(n.Pos()), base.Offset(n.End())})
		case ast.Stmt, *ast.FuncDecl, *ast.GenDecl:
			stmts = append(stmts, [2]int{base.Offset(n.Pos()), base.Offset(n.End())})
		}
	}
	from := exprs
	if r.IntN(3) == 0 || len(exprs) == 0 {
		from = stmts
	}
	if len(from) == 0 {
		return src
	}
	target, other := from[r.IntN(len(from))], from[r.IntN(len(from))]
	text := src[other[0]:other[1]]
	if r.IntN(6) == 0 {
		text = ""
	}
	return src[:target[0]] + text + src[target[1]:]
}

// analyze runs the suite if the files still compile.
func analyze(t *testing.T, path string, fset *token.FileSet, files []*ast.File, imports map[string]*types.Package) {
	info := &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue), Defs: make(map[*ast.Ident]types.Object), Uses: make(map[*ast.Ident]types.Object),
		Implicits: make(map[ast.Node]types.Object), Instances: make(map[*ast.Ident]types.Instance),
		Scopes: make(map[ast.Node]*types.Scope), Selections: make(map[*ast.SelectorExpr]*types.Selection),
	}
	conf := types.Config{Importer: importer(imports)}
	pkg, err := conf.Check(path, fset, files, info)
	if err != nil {
		return
	}
	results := make(map[*analysis.Analyzer]any)
	for _, a := range append([]*analysis.Analyzer{registration.Analyzer}, analyzers.Suite...) {
		if r, ok := results[registration.Analyzer].(*registration.Result); ok && len(r.Entrypoints) > 0 && a.Name != "dispatchregister" {
			continue // the others would load the unchanged module from disk
		}
		results[a], err = a.Run(&analysis.Pass{
			Analyzer: a, Fset: fset, Files: files, Pkg: pkg, TypesInfo: info, ResultOf: results,
			Report:            func(analysis.Diagnostic) {},
			ImportPackageFact: func(*types.Package, analysis.Fact) bool { return false },
			ExportPackageFact: func(analysis.Fact) {},
		})
		if err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
}

// An importer finds loaded packages by path.
type importer map[string]*types.Package

func (i importer) Import(path string) (*types.Package, error) {
	if p := i[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("package %s is not loaded", path)
}
