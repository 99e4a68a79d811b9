package dispatchimport

import (
	"go/ast"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

const remedy = `(import _ "` + dispatchapi.PubSub + `", or set a client with dispatch.Use)`

// checkClient reports a program or an entrypoint that can make calls, but links no
// transport and sets no client.
func checkClient(pass *analysis.Pass, model *registration.Result) {
	if model.Union.Client {
		return
	}
	if len(model.Entrypoints) > 0 {
		fns := model.Union.Functions
		if i := slices.IndexFunc(fns, func(f registration.Function) bool { return f.Calls }); i >= 0 {
			pass.ReportRangef(model.Entrypoints[0], "%s serves %s, which can make calls, but links no transport: the calls fail %s", pass.Pkg.Name(), fns[i].Func, remedy)
			return
		}
	}
	if pass.Pkg.Name() != "main" || !model.CanCall(pass.Pkg.Path(), len(model.Entrypoints) == 0) {
		return
	}
	for _, f := range pass.Files {
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.FuncDecl); ok && decl.Recv == nil && decl.Name.Name == "main" {
				pass.ReportRangef(decl.Name, "the program can make calls, but links no transport: the calls fail %s", remedy)
			}
		}
	}
}
