package registration

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
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
		return nil, 0, "function passed to " + via + " cannot be determined: its name is known only at run time (name a top-level function)"
	case fn.Signature().Recv() != nil:
		return fn, 0, fmt.Sprintf("method %s passed to %s has no name of its own%s", fn.Name(), via, m.methodRemedy(arg))
	case instance || fn.Signature().TypeParams().Len() > 0:
		return fn, 0, fmt.Sprintf("instance of generic function %s passed to %s has no stable name: Register panics (register a top-level function that calls it)", fn.Name(), via)
	case fn.Pkg() == nil:
		return nil, 0, fmt.Sprintf("%s passed to %s is not a function of a package (name a top-level function)", fn.Name(), via)
	}
	return fn, 0, ""
}

// methodRemedy returns the rest of the message about the method that arg names.
func (m *model) methodRemedy(arg ast.Expr) string {
	const remedy = ": Register panics (register a top-level function that calls it"
	if sel, ok := arg.(*ast.SelectorExpr); ok && m.pass.TypesInfo.Selections[sel].Kind() == types.MethodVal {
		return ", and its receiver is not sent" + remedy + " on a value that dispatch.OnStart opens in the callee: docs/services.md)"
	}
	return remedy + ")"
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

// signatureProblems says why a function with signature sig cannot be dispatched, each
// time with the remedy.
func signatureProblems(sig *types.Signature) []string {
	var problems []string
	if sig.Params().Len() == 0 || !IsContext(sig.Params().At(0).Type()) {
		problems = append(problems, "does not take a context.Context as its first parameter: Register panics (want func(context.Context, …) error)")
	}
	if remedy := resultsRemedy(sig.Results()); remedy != "" {
		problems = append(problems, "does not return exactly one error: Register panics ("+remedy+")")
	}
	return problems
}

// Arguments returns the parameters of the function after the context, or those that it
// will have when its context is in the first place.
func (r *Registration) Arguments() []*types.Var {
	params := slices.Collect(r.Form.Params().Variables())
	if len(params) > 0 && IsContext(params[0].Type()) {
		return params[1:]
	}
	return slices.DeleteFunc(params, func(v *types.Var) bool { return IsContext(v.Type()) })
}

// resultsRemedy returns the remedy for the results of a function, or "" if they are one
// error.
func resultsRemedy(results *types.Tuple) string {
	failure := types.Universe.Lookup("error").Type()
	hasError, implements := false, false
	for v := range results.Variables() {
		hasError = hasError || types.Identical(v.Type(), failure)
		implements = implements || !types.IsInterface(v.Type()) && types.Implements(v.Type(), failure.Underlying().(*types.Interface))
	}
	return argtype.Results(results.Len(), hasError, implements)
}

// IsContext reports whether t is context.Context.
func IsContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context" && named.Obj().Name() == "Context"
}

// apply copies the binding into the registration. It reports whether the names of
// the function are known.
func (r *Registration) apply(b *binding) bool {
	r.Arg = b.arg
	r.Problems = append(r.Problems, b.problems...)
	r.Form = b.form
	if b.fn != nil {
		r.Obj = b.fn
		r.Func = types.ExprString(b.arg)
		if b.fn.Signature().Recv() == nil {
			r.Func = b.fn.Pkg().Name() + "." + b.fn.Name()
			r.Name = NameOf(b.fn)
		}
	}
	valid := b.fn != nil && !b.rejected
	if b.form != nil {
		for _, problem := range signatureProblems(b.form) {
			r.addProblem(b.arg, r.Describe()+" "+problem)
			valid = false
		}
	}
	if valid {
		r.Signature = b.form
		if err := funcname.Check(r.Name); err != nil {
			r.addProblem(b.arg, fmt.Sprintf("Register panics: %v", err))
			valid = false
		}
	}
	if !b.known {
		return false
	}
	for _, o := range b.options {
		valid = r.applyOption(o) && valid
	}
	return valid && len(b.problems) == 0
}
