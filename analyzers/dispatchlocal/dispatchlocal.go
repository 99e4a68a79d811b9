package dispatchlocal

import (
	_ "embed"
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
	checkResults(pass, model)
	if len(model.Entrypoints) == 0 {
		return
	}
	dir := filepath.Dir(pass.Fset.Position(model.Entrypoints[0].Pos()).Filename)
	served, err := load.ForEntrypoint(dir, pass.Pkg.Path(), buildFlags)
	if err != nil {
		return // dispatchimport reports the error
	}
	checkProcesses(pass, model.Entrypoints[0], served)
}
