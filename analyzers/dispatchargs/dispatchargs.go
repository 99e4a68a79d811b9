package dispatchargs

import (
	_ "embed"
	"fmt"
	"go/types"
	"iter"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/check"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

//go:embed doc.go
var doc string

var Analyzer = check.New(doc, run)

func run(pass *analysis.Pass, model *registration.Result) {
	u := &universe{shapes: shapes{pass: pass}}
	if !model.Union.Protobuf {
		checkMessages(pass, u, model)
	}
	for _, r := range model.Registrations {
		if r.Form != nil {
			checkParams(pass, u, r)
			if secrets {
				checkSecrets(pass, u, r)
			}
		}
	}
	if model.Calls {
		for _, f := range pass.Files {
			checkCalls(pass, f)
		}
	}
}

// checkParams reports parameters of types that do not survive encoding and decoding.
// They are numbered as they will be when the function takes a context.
func checkParams(pass *analysis.Pass, u *universe, r *registration.Registration) {
	pkg := pass.Pkg.Path()
	if r.Obj != nil && r.Obj.Pkg() != nil {
		pkg = r.Obj.Pkg().Path()
	}
	for i, t := range arguments(r) {
		if p := argtype.Check(u.of(t), pkg); p != nil {
			pass.ReportRangef(r.Arg, "%s", p.Describe(fmt.Sprintf("argument %d of %s", i, r.Describe())))
		}
	}
}

// arguments returns the arguments of r, numbered from 1, by their types. Those of a
// variadic parameter have the type of its elements.
func arguments(r *registration.Registration) iter.Seq2[int, types.Type] {
	return func(yield func(int, types.Type) bool) {
		for i, v := range r.Arguments() {
			t := v.Type()
			if r.Form.Variadic() && v == r.Form.Params().At(r.Form.Params().Len()-1) {
				t = t.(*types.Slice).Elem()
			}
			if !yield(i+1, t) {
				return
			}
		}
	}
}

// checkMessages reports the first parameter of the package that needs the encoder of
// messages, unless it can never be encoded. One import is the cure for all.
func checkMessages(pass *analysis.Pass, u *universe, model *registration.Result) {
	for _, r := range model.Registrations {
		if r.Form == nil {
			continue
		}
		for i, t := range arguments(r) {
			if p := argtype.Check(u.of(t), pass.Pkg.Path()); argtype.HasMessage(u.of(t)) && (p == nil || !p.Never) {
				pass.Report(analysis.Diagnostic{
					Pos: r.Arg.Pos(), End: r.Arg.End(),
					Message:        fmt.Sprintf("argument %d of %s %s", i, r.Describe(), argtype.NeedsProtobuf),
					SuggestedFixes: []analysis.SuggestedFix{check.ImportFix(pass, r.Arg.Pos(), dispatchapi.Protobuf)},
				})
				return
			}
		}
	}
}
