package registration

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/dispatch/funcname"
)

// argument reads the function that is registered. It reports whether it has a
// name.
func (m *model) argument(r *Registration, arg ast.Expr) bool {
	fn, problem := m.function(arg)
	if fn != nil {
		r.Obj = fn
		r.Func = fn.Pkg().Name() + "." + fn.Name()
		r.Name = NameOf(fn)
	}
	if problem != "" {
		r.problem(arg, problem)
		return false
	}
	if form := wrongForm(fn.Signature()); form != "" {
		r.problem(arg, fmt.Sprintf("%s %s: Register panics (want func(context.Context, …) error)", r.Func, form))
		return false
	}
	r.Signature = fn.Signature()
	return true
}

// function returns the top-level function that arg names, or what is wrong.
func (m *model) function(arg ast.Expr) (*types.Func, string) {
	arg = ast.Unparen(arg)
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
		return nil, "function literal passed to dispatch.Register has no stable name: Register panics (give it a name at the top level)"
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		id = e.Sel
	}
	fn, _ := m.pass.TypesInfo.ObjectOf(id).(*types.Func)
	switch {
	case id == nil || fn == nil:
		return nil, "what is passed to dispatch.Register cannot be read: its name is known at run time only (name a top-level function)"
	case fn.Signature().Recv() != nil:
		return nil, fmt.Sprintf("method %s passed to dispatch.Register has no name of its own: Register panics (register a top-level function that calls it)", fn.Name())
	case instance || fn.Signature().TypeParams().Len() > 0:
		return nil, fmt.Sprintf("instance of the generic %s passed to dispatch.Register has no stable name: Register panics (register a top-level function that calls it)", fn.Name())
	case fn.Pkg() == nil:
		return nil, fmt.Sprintf("%s passed to dispatch.Register is no function of a package (name a top-level function)", fn.Name())
	}
	return fn, ""
}

// wrongForm says in which way sig is not that of a dispatched function, or "".
func wrongForm(sig *types.Signature) string {
	if sig.Params().Len() == 0 || !isContext(sig.Params().At(0).Type()) {
		return "does not take a context.Context first"
	}
	if sig.Results().Len() != 1 || !types.Identical(sig.Results().At(0).Type(), types.Universe.Lookup("error").Type()) {
		return "does not return one error"
	}
	return ""
}

func isContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context" && named.Obj().Name() == "Context"
}

// options reads the options of a registration. It reports whether they leave
// the name known.
func (m *model) options(r *Registration, opts []ast.Expr) bool {
	ok := true
	if r.Call.Ellipsis.IsValid() {
		r.problem(opts[len(opts)-1], "options passed to dispatch.Register as a slice cannot be read (write them out)")
		return false
	}
	for _, opt := range opts {
		call, _ := ast.Unparen(opt).(*ast.CallExpr)
		var fn types.Object
		if call != nil {
			fn = dispatchapi.Callee(m.pass.TypesInfo, call)
		}
		switch {
		case dispatchapi.Is(fn, dispatchapi.Name):
			ok = m.name(r, call, &r.Name) && ok
		case dispatchapi.Is(fn, dispatchapi.Alias):
			var alias string
			if ok = m.name(r, call, &alias) && ok; alias != "" {
				r.Aliases = append(r.Aliases, alias)
			}
		case dispatchapi.Is(fn, dispatchapi.Queue):
			m.constant(r, call, "the queue is not a constant, so nobody can tell which callee serves it (use a constant string)", &r.Queue)
		case fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == dispatchapi.Path:
			// An option that has no say in the name.
		default:
			r.problem(opt, "option of dispatch.Register cannot be read (write it as a call of dispatch.Name or dispatch.Alias)")
			ok = false
		}
	}
	return ok
}

// name reads the one argument of Name or Alias.
func (m *model) name(r *Registration, call *ast.CallExpr, into *string) bool {
	if !m.constant(r, call, "the name is not a constant, so nobody can tell what the callee serves (use a constant string)", into) {
		return false
	}
	if err := funcname.Check(*into); err != nil {
		r.problem(call.Args[0], fmt.Sprintf("Register panics: %v", err))
		return false
	}
	return true
}

// constant reads the one argument of an option, and adds the problem if it is
// not a constant.
func (m *model) constant(r *Registration, call *ast.CallExpr, problem string, into *string) bool {
	value := m.pass.TypesInfo.Types[call.Args[0]].Value
	if value == nil || value.Kind() != constant.String {
		r.problem(call.Args[0], problem)
		return false
	}
	*into = constant.StringVal(value)
	return true
}
