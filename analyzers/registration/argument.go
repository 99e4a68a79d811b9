package registration

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// resolve returns the function that arg names or the index of the parameter that
// arg names. The string is the problem if the function cannot be registered.
func (m *model) resolve(s scope, arg ast.Expr, via string) (*types.Func, int, string) {
	arg = m.unconverted(arg)
	if i, ok := s.param(m.pass.TypesInfo, arg); ok && !s.isVariadic(i) {
		return nil, i, ""
	}
	instance := false
	switch e := arg.(type) {
	case *ast.IndexExpr:
		arg, instance = ast.Unparen(e.X), true
	case *ast.IndexListExpr:
		arg, instance = ast.Unparen(e.X), true
	}
	var id *ast.Ident
	switch e := arg.(type) {
	case *ast.FuncLit:
		return nil, 0, "function literal passed to " + via + " has no stable name: Register panics (give it a name at the top level)"
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		id = e.Sel
	}
	fn, _ := m.pass.TypesInfo.ObjectOf(id).(*types.Func)
	switch {
	case id == nil || fn == nil:
		return nil, 0, "what is passed to " + via + " cannot be read: its name is known at run time only (name a top-level function)"
	case fn.Signature().Recv() != nil:
		return fn, 0, fmt.Sprintf("method %s passed to %s has no name of its own: Register panics (register a top-level function that calls it)", fn.Name(), via)
	case instance || fn.Signature().TypeParams().Len() > 0:
		return fn, 0, fmt.Sprintf("instance of the generic %s passed to %s has no stable name: Register panics (register a top-level function that calls it)", fn.Name(), via)
	case fn.Pkg() == nil:
		return nil, 0, fmt.Sprintf("%s passed to %s is no function of a package (name a top-level function)", fn.Name(), via)
	}
	return fn, 0, ""
}

// unconverted strips conversions and parentheses from e. A function keeps its name
// when it is converted.
func (m *model) unconverted(e ast.Expr) ast.Expr {
	for {
		e = ast.Unparen(e)
		call, ok := e.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 || !m.pass.TypesInfo.Types[call.Fun].IsType() {
			return e
		}
		e = call.Args[0]
	}
}

// signatureProblem says why a function with signature sig cannot be dispatched, or
// returns "".
func signatureProblem(sig *types.Signature) string {
	if sig.Params().Len() == 0 || !isContext(sig.Params().At(0).Type()) {
		return "does not take a context.Context first"
	}
	if sig.Results().Len() != 1 || !types.Identical(sig.Results().At(0).Type(), types.Universe.Lookup("error").Type()) {
		return "does not return one error"
	}
	return ""
}

// isContext reports whether t is context.Context.
func isContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context" && named.Obj().Name() == "Context"
}

// apply copies the binding into the registration. It reports whether the names of
// the function are known.
func (r *Registration) apply(b *binding) bool {
	r.Arg = b.arg
	r.Problems = append(r.Problems, b.problems...)
	if b.fn == nil {
		return false
	}
	r.Obj = b.fn
	r.Func = b.fn.Pkg().Name() + "." + b.fn.Name()
	r.Name = NameOf(b.fn)
	if b.rejected {
		return false
	}
	if problem := signatureProblem(b.fn.Signature()); problem != "" {
		r.addProblem(b.arg, fmt.Sprintf("%s %s: Register panics (want func(context.Context, …) error)", r.Func, problem))
		return false
	}
	r.Signature = b.fn.Signature()
	if err := funcname.Check(r.Name); err != nil {
		r.addProblem(b.arg, fmt.Sprintf("Register panics: %v", err))
		return false
	}
	named := true
	for _, o := range b.options {
		named = r.applyOption(o) && named
	}
	return named && len(b.problems) == 0
}
