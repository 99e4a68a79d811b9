package dispatchimport

import (
	_ "embed"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

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
	checkClient(pass, model)
	checkDelay(pass, model)
	if len(model.Entrypoints) == 0 {
		return
	}
	at := model.Entrypoints[0]
	e := &entrypoint{pass: pass, model: model, at: at}
	dir := filepath.Dir(pass.Fset.Position(at.Pos()).Filename)
	demand, err := newDemand(dir, pass.Pkg.Path(), buildFlags)
	if err != nil {
		pass.ReportRangef(at, "cannot determine which functions %s must serve: %s (fix the error, then vet again)", pass.Pkg.Name(), oneLine(err))
		return
	}
	e.check(demand)
}

// An entrypoint is the analyzed package.
type entrypoint struct {
	pass  *analysis.Pass
	model *registration.Result
	at    analysis.Range
}

func (e *entrypoint) report(format string, args ...any) {
	e.pass.ReportRangef(e.at, format, args...)
}

// check compares the functions that the entrypoint must serve with the packages
// that it reaches.
func (e *entrypoint) check(d *demand) {
	for _, b := range d.broken {
		e.report("%s does not compile, so the functions that it registers are unknown: %s", b.path, oneLine(b.why))
	}
	if len(d.functions) == 0 && len(d.broken) == 0 && len(d.registering) == 0 {
		e.report("%s serves nothing: no package of its module registers a function (register a function, or delete the entrypoint)", e.pass.Pkg.Name())
		return
	}
	if e.model.ByMain {
		d.byMain(e.pass.Pkg.Path())
	}
	serves := d.serves(e.pass.Pkg.Path())
	for _, p := range e.model.Serves {
		match := load.Matcher(d.module, p.Text)
		if !slices.ContainsFunc(d.registering, match) {
			e.pass.Reportf(p.Pos, "//dispatch:serves %s matches no package that registers a function (correct the pattern, or delete it)", p.Text)
		}
	}
	e.checkAllowed(d)
	missing := make(map[string][]string)
	orphans := make(map[string][]string)
	for _, f := range d.functions {
		switch {
		case serves(f.Package):
			if !d.reaches(f.Package) {
				missing[f.Package] = append(missing[f.Package], f.Func)
			}
		case d.versioned: // another module, which is not here, may serve it
		case !d.servedElsewhere(f.Package, e.pass.Pkg.Path()):
			orphans[f.Package] = append(orphans[f.Package], f.Func)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(missing)) {
		diag := analysis.Diagnostic{
			Pos: e.at.Pos(), End: e.at.End(),
			Message: fmt.Sprintf("%s does not import %s: calls of %s fail there (import _ %q, or run dispatchmain generate)", e.pass.Pkg.Name(), path, strings.Join(slices.Compact(missing[path]), ", "), path),
		}
		if d.mayImport(e.pass.Pkg.Path(), path) {
			diag.SuggestedFixes = []analysis.SuggestedFix{check.ImportFix(e.pass, e.at.Pos(), path)}
		}
		e.pass.Report(diag)
	}
	for _, path := range slices.Sorted(maps.Keys(orphans)) {
		e.report("no entrypoint serves %s of %s: its calls fail (add the package to a //dispatch:serves directive)", strings.Join(slices.Compact(orphans[path]), ", "), path)
	}
}

// oneLine returns the first line of an error's text, since a diagnostic has one line.
func oneLine(v any) string {
	first, _, _ := strings.Cut(strings.TrimSpace(fmt.Sprint(v)), "\n")
	return first
}
