package dispatchimport

import (
	"go/ast"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// checkClient reports a program or an entrypoint that can make calls, but links no
// transport and sets no client.
func checkClient(pass *analysis.Pass, model *registration.Result) {
	if model.HasClient(pass.Pkg) {
		return
	}
	if len(model.Entrypoints) > 0 {
		fns := model.Union.Functions
		if i := slices.IndexFunc(fns, func(f registration.Function) bool { return f.Calls && !f.Client }); i >= 0 {
			pass.ReportRangef(model.Entrypoints[0], "%s serves %s, which %s", pass.Pkg.Name(), fns[i].Func, noClient(pass, model))
			return
		}
	}
	if main := mainOf(pass); main != nil && model.CanCall(pass.Pkg.Path(), len(model.Entrypoints) == 0) {
		pass.ReportRangef(main, "the program %s", noClient(pass, model))
	}
}

// noClient is the message for a program without a client, from its verb on.
func noClient(pass *analysis.Pass, model *registration.Result) string {
	if len(model.Union.Transports) > 0 {
		return "can make calls, but sets no client: the calls fail (pass the client to dispatch.Use)"
	}
	return `can make calls, but links no transport: the calls fail (import _ "` + transportFor(pass) + `", or set a client with dispatch.Use)`
}

// transportFor returns the transport to import: SQS in a module that requires its client
// and not that of Pub/Sub, and in an entrypoint for Lambda.
func transportFor(pass *analysis.Pass) string {
	for _, imp := range pass.Pkg.Imports() {
		if imp.Path() == dispatchapi.Lambda {
			return dispatchapi.SQS
		}
	}
	dir := filepath.Dir(pass.Fset.Position(pass.Files[0].Pos()).Filename)
	if load.Requires(dir, "github.com/aws/aws-sdk-go-v2/service/sqs") && !load.Requires(dir, "cloud.google.com/go/pubsub/v2") {
		return dispatchapi.SQS
	}
	return dispatchapi.PubSub
}

// checkDelay reports a program or an entrypoint that delays calls, but has no transport
// other than Pub/Sub, which cannot delay them.
func checkDelay(pass *analysis.Pass, model *registration.Result) {
	delays := func(t string) bool { return t != dispatchapi.PubSub && t != dispatchapi.PubSubREST }
	if all := model.Union.Transports; len(all) == 0 || slices.ContainsFunc(all, delays) {
		return
	}
	const remedy = "(leave out dispatch.Delay and dispatch.At, or use cloudtasks)"
	if len(model.Entrypoints) > 0 {
		for _, f := range model.Union.Functions {
			if f.Calls && f.Delay != "" {
				pass.ReportRangef(model.Entrypoints[0], "%s serves %s, which delays a call (%s), but Pub/Sub, its only transport, delays none: the call fails %s", pass.Pkg.Name(), f.Func, f.Delay, remedy)
				return
			}
		}
	}
	if main := mainOf(pass); main != nil && model.CanCall(pass.Pkg.Path(), len(model.Entrypoints) == 0) {
		if place := model.DelayOf(pass.Pkg.Path()); place != "" {
			pass.ReportRangef(main, "the program delays a call (%s), but Pub/Sub, its only transport, delays none: the call fails %s", place, remedy)
		}
	}
}

// mainOf returns the name of the function main, or nil if the package is no program.
func mainOf(pass *analysis.Pass) *ast.Ident {
	if pass.Pkg.Name() != "main" {
		return nil
	}
	for _, f := range pass.Files {
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.FuncDecl); ok && decl.Recv == nil && decl.Name.Name == "main" {
				return decl.Name
			}
		}
	}
	return nil
}
