package dispatchargs

import (
	_ "embed"
	"fmt"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/check"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

//go:embed doc.go
var doc string

var Analyzer = check.New(doc, run)

func run(pass *analysis.Pass, model *registration.Result) {
	u := &universe{shapes: shapes{pass: pass}}
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
	for i, v := range r.Arguments() {
		t := v.Type()
		if r.Form.Variadic() && v == r.Form.Params().At(r.Form.Params().Len()-1) {
			t = t.(*types.Slice).Elem()
		}
		if p := argtype.Check(u.of(t), pkg); p != nil {
			pass.ReportRangef(r.Arg, "%s", p.Describe(fmt.Sprintf("argument %d of %s", i+1, r.Describe())))
		}
	}
}
