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
		if r.Signature != nil {
			checkParams(pass, u, r)
		}
	}
	if model.Calls {
		for _, f := range pass.Files {
			checkCalls(pass, f)
		}
	}
}

// checkParams reports parameters of types that do not survive encoding and decoding.
func checkParams(pass *analysis.Pass, u *universe, r *registration.Registration) {
	params := r.Signature.Params()
	for i := 1; i < params.Len(); i++ {
		t := params.At(i).Type()
		if r.Signature.Variadic() && i == params.Len()-1 {
			t = t.(*types.Slice).Elem()
		}
		if p := argtype.Check(u.of(t)); p != nil {
			pass.ReportRangef(r.Arg, "%s", p.Describe(fmt.Sprintf("argument %d of %s", i, r.Func)))
		}
	}
}
