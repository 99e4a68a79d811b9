package dispatchlocal

import (
	_ "embed"
	"go/ast"
	"go/types"
	"path/filepath"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/check"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

//go:embed doc.go
var doc string

var Analyzer = check.New(doc, run)

var buildFlags load.BuildFlags

func init() { buildFlags.Declare(&Analyzer.Flags) }

func run(pass *analysis.Pass, model *registration.Result) {
	decls := make(map[types.Object]*ast.FuncDecl)
	for _, f := range pass.Files {
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.FuncDecl); ok && decl.Body != nil {
				decls[pass.TypesInfo.Defs[decl.Name]] = decl
			}
		}
	}
	for _, r := range model.Registrations {
		if decl := decls[r.Obj]; r.Signature != nil && decl != nil && !r.Test {
			checkResults(pass, r, decl)
			delete(decls, r.Obj) // it may be registered again under another name
		}
	}
	if len(model.Entrypoints) == 0 {
		return
	}
	dir := filepath.Dir(pass.Fset.Position(model.Entrypoints[0].Pos()).Filename)
	served, err := load.ForEntrypoint(dir, pass.Pkg.Path(), buildFlags)
	if err != nil {
		return // dispatchimport reports the error
	}
	checkVariables(pass, model.Entrypoints[0], served)
}
