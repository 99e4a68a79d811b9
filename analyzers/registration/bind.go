package registration

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A binding is one registration that a call makes. It has the registered function
// or, if that is a parameter of the function around the call, the Forward that
// makes the outer function a helper.
type binding struct {
	arg      ast.Expr // the argument that is the function; nil if unknown
	fn       *types.Func
	known    bool             // arg names a function or is a literal
	form     *types.Signature // the type of arg; nil if it is not a function
	rejected bool             // problems say why the function cannot be registered
	forward  *Forward
	options  []locatedOption
	problems []Problem
}

// A locatedOption is an option with its place in the code.
type locatedOption struct {
	Option
	at ast.Expr
}

// addProblem adds a problem with its position and fixes.
func (b *binding) addProblem(at analysis.Range, message string, fixes ...analysis.SuggestedFix) {
	b.problems = append(b.problems, Problem{at, message, fixes})
}

// A scope is the function around a call. Its parameters stand for values that
// only its callers know.
type scope struct {
	fn     *types.Func          // nil outside functions and in function literals
	params map[types.Object]int // indexes of the parameters that never change
}

// bind binds the arguments of the call at cur to the parameters that fwd, a
// forward of callee, refers to.
func (m *model) bind(cur inspector.Cursor, callee *types.Func, fwd Forward) *binding {
	call := cur.Node().(*ast.CallExpr)
	b := new(binding)
	via := describeCallee(call.Fun, callee)
	args := m.argsOf(call)
	if args == nil && len(call.Args) > 0 {
		b.addProblem(call.Fun, via+" is called with the results of another call: the registered function cannot be determined (name the function as its argument)")
		return b
	}
	s := m.scopeOf(cur)
	var problem string
	var param int
	if fwd.Param >= len(args) {
		return b // no argument for a variadic parameter
	}
	b.arg = args[fwd.Param]
	b.fn, param, problem = m.resolve(s, b.arg, via)
	if t := m.paramType(call, fwd.Param); problem == "" && t != nil {
		problem = "function passed to " + via + " becomes " + types.TypeString(t, (*types.Package).Name) + " before it reaches Register, which panics (declare the parameter with a function type or a type parameter)"
	}
	if problem != "" {
		b.rejected = true
		b.addProblem(b.arg, problem)
	}
	for _, o := range fwd.Options {
		b.options = append(b.options, m.substitute(b, s, via, args, callee.Signature(), call.Ellipsis.IsValid(), o)...)
	}
	if b.fn != nil || problem != "" {
		b.form = m.formOf(b.arg)
		_, literal := m.unconverted(b.arg).(*ast.FuncLit)
		b.known = literal || b.fn != nil
	} else {
		b.forward = &Forward{Param: param}
		for _, o := range b.options {
			b.forward.Options = append(b.forward.Options, o.Option)
		}
	}
	return b
}

// formOf returns the signature of the function e, without the receiver of a method
// expression, or nil.
func (m *model) formOf(e ast.Expr) *types.Signature {
	e = m.unconverted(e)
	if sel, ok := e.(*ast.SelectorExpr); ok {
		if s := m.pass.TypesInfo.Selections[sel]; s != nil && s.Kind() == types.MethodExpr {
			return s.Obj().(*types.Func).Signature()
		}
	}
	sig, _ := m.pass.TypesInfo.TypeOf(e).Underlying().(*types.Signature)
	return sig
}

// paramType returns the type of a parameter of the callee, unless it is a function
// type or a type parameter. Any other type hides the function's own type from
// dispatch.Register.
func (m *model) paramType(call *ast.CallExpr, param int) types.Type {
	sig, ok := m.pass.TypesInfo.TypeOf(call.Fun).(*types.Signature)
	if !ok {
		return nil
	}
	param += len(call.Args) - len(m.argsOf(call)) // the receiver of a method expression
	if param >= sig.Params().Len() {
		return nil
	}
	t := sig.Params().At(param).Type()
	switch t.Underlying().(type) {
	case *types.Signature:
		return nil
	case *types.Interface:
		if _, ok := types.Unalias(t).(*types.TypeParam); ok {
			return nil
		}
	}
	return t
}

// argsOf returns the arguments of a call without the receiver of a method
// expression. It returns nil if they are the results of another call.
func (m *model) argsOf(call *ast.CallExpr) []ast.Expr {
	args := call.Args
	if len(args) == 1 {
		if _, ok := m.pass.TypesInfo.TypeOf(args[0]).(*types.Tuple); ok {
			return nil
		}
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && len(args) > 0 {
		if s := m.pass.TypesInfo.Selections[sel]; s != nil && s.Kind() == types.MethodExpr {
			return args[1:]
		}
	}
	if len(args) == 0 {
		return nil
	}
	return args
}

// describeCallee names the callee as the code does, except that dispatch.Register
// is always called dispatch.Register.
func describeCallee(used ast.Expr, fn *types.Func) string {
	if dispatchapi.Is(fn, dispatchapi.Register) {
		return "dispatch.Register"
	}
	return types.ExprString(used)
}

// scopeOf returns the scope of the call at cur.
func (m *model) scopeOf(cur inspector.Cursor) scope {
	for c := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		decl, ok := c.Node().(*ast.FuncDecl)
		if !ok {
			break
		}
		fn, ok := m.pass.TypesInfo.Defs[decl.Name].(*types.Func)
		if !ok {
			break
		}
		s := scope{fn: fn, params: make(map[types.Object]int)}
		for i := range fn.Signature().Params().Len() {
			if p := fn.Signature().Params().At(i); !m.isChanged(p) {
				s.params[p] = i
			}
		}
		return s
	}
	return scope{}
}

// paramIndex returns the index of the parameter v, or -1.
func (s scope) paramIndex(v *types.Var) int {
	params := s.fn.Signature().Params()
	for i := range params.Len() {
		if params.At(i) == v {
			return i
		}
	}
	return -1
}

// isVariadic reports whether parameter i is variadic.
func (s scope) isVariadic(i int) bool {
	sig := s.fn.Signature()
	return sig.Variadic() && i == sig.Params().Len()-1
}

// param returns the index of the parameter that e names, if it never changes.
func (s scope) param(info *types.Info, e ast.Expr) (int, bool) {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return 0, false
	}
	i, ok := s.params[info.Uses[id]]
	return i, ok
}
