package registration

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A binding is what one call registers: a function, or, where that is a
// parameter of the function around the call, what this one forwards.
type binding struct {
	arg      ast.Expr // the function; nil if it cannot be told
	fn       *types.Func
	nameless bool // it has no name on the wire
	forward  *Forward
	options  []located
	problems []Problem
}

// A located option stands at a place in the code.
type located struct {
	Option
	at ast.Expr
}

func (b *binding) problem(at analysis.Range, message string, fixes ...analysis.SuggestedFix) {
	b.problems = append(b.problems, Problem{at, message, fixes})
}

// A scope is the function around a call, whose parameters have no value yet.
type scope struct {
	fn     *types.Func // nil outside of functions, and in literals
	params map[types.Object]int
}

// bind gives the arguments of the call at cur, of callee, to the parameters of
// fwd.
func (m *model) bind(cur inspector.Cursor, callee *types.Func, fwd Forward) *binding {
	call := cur.Node().(*ast.CallExpr)
	b := new(binding)
	via := describeCallee(call.Fun, callee)
	args := m.argsOf(call)
	if args == nil && len(call.Args) > 0 {
		b.problem(call.Fun, via+" is called with the results of another call: the registered function cannot be determined (name the function as its argument)")
		return b
	}
	s := m.scopeOf(cur)
	var problem string
	var param int
	if fwd.Param >= len(args) {
		return b // a variadic parameter that is given nothing
	}
	b.arg = args[fwd.Param]
	b.fn, param, problem = m.function(s, b.arg, via)
	if t := m.paramType(call, fwd.Param); problem == "" && t != nil {
		problem = "function passed to " + via + " becomes " + types.TypeString(t, (*types.Package).Name) + " before it reaches Register, which panics (declare the parameter with a function type or a type parameter)"
	}
	if problem != "" {
		b.nameless = true
		b.problem(b.arg, problem)
	}
	for _, o := range fwd.Options {
		b.options = append(b.options, m.substitute(b, s, via, args, callee.Signature(), call.Ellipsis.IsValid(), o)...)
	}
	if b.fn == nil && problem == "" {
		b.forward = &Forward{Param: param}
		for _, o := range b.options {
			b.forward.Options = append(b.forward.Options, o.Option)
		}
	}
	return b
}

// paramType returns the type that an argument of the call has inside, unless
// that is a function's: the type of the argument itself does not matter there.
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

// argsOf returns the arguments of a call, without the receiver of a method
// expression; nil if they are the results of another call.
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

// describeCallee names what registers as the code does, but dispatch.Register
// in one way only.
func describeCallee(used ast.Expr, fn *types.Func) string {
	if dispatchapi.Is(fn, dispatchapi.Register) {
		return "dispatch.Register"
	}
	return types.ExprString(used)
}

// scopeOf returns the scope of a call.
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

// index returns that of the parameter v of the function, or -1.
func (s scope) index(v *types.Var) int {
	params := s.fn.Signature().Params()
	for i := range params.Len() {
		if params.At(i) == v {
			return i
		}
	}
	return -1
}

// isVariadic reports whether the parameter with an index takes many arguments.
func (s scope) isVariadic(i int) bool {
	sig := s.fn.Signature()
	return sig.Variadic() && i == sig.Params().Len()-1
}

// param returns the index of the parameter that e is.
func (s scope) param(info *types.Info, e ast.Expr) (int, bool) {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return 0, false
	}
	i, ok := s.params[info.Uses[id]]
	return i, ok
}
