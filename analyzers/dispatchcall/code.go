package dispatchcall

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A source is the code of one package, by the functions and variables that name it.
type source struct {
	pass   *analysis.Pass
	decls  map[types.Object]*ast.FuncDecl // those with a body
	values map[types.Object][]ast.Expr    // every value that a variable is set to; nil for an unknown one
	runs   map[*types.Var]bool            // see runsParam
	waits  map[ast.Node]bool              // see waitsIn
}

// A function is the code of a function value.
type function struct {
	node ast.Node // the *ast.FuncDecl or *ast.FuncLit
	typ  *ast.FuncType
	body *ast.BlockStmt
}

func newSource(pass *analysis.Pass) *source {
	s := &source{
		pass:   pass,
		decls:  make(map[types.Object]*ast.FuncDecl),
		values: make(map[types.Object][]ast.Expr),
		runs:   make(map[*types.Var]bool),
		waits:  make(map[ast.Node]bool),
	}
	for _, f := range pass.Files {
		for n := range ast.Preorder(f) {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Body != nil {
					s.decls[pass.TypesInfo.Defs[n.Name]] = n
				}
			case *ast.AssignStmt:
				s.addValues(n.Lhs, n.Rhs)
			case *ast.ValueSpec:
				if len(n.Values) > 0 {
					for i, name := range n.Names {
						s.addValue(name, i, len(n.Names), n.Values)
					}
				}
			}
		}
	}
	return s
}

// addValues records the values of an assignment.
func (s *source) addValues(lhs, rhs []ast.Expr) {
	for i, e := range lhs {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			s.addValue(id, i, len(lhs), rhs)
		}
	}
}

// addValue records the value of variable i of n.
func (s *source) addValue(id *ast.Ident, i, n int, values []ast.Expr) {
	var value ast.Expr
	if len(values) == n {
		value = values[i]
	}
	v := s.pass.TypesInfo.ObjectOf(id)
	s.values[v] = append(s.values[v], value)
}

// resolve returns the code of the function value e: a literal, a function or method of
// the package, a variable that is set once, or the result of a function of the package
// that returns one literal. It returns nil for any other value.
func (s *source) resolve(e ast.Expr) *function { return s.resolveWithin(e, 8) }

// resolveWithin is like resolve. Depth limits the steps, because a variable may be set
// to itself.
func (s *source) resolveWithin(e ast.Expr, depth int) *function {
	if depth == 0 {
		return nil
	}
	if lit := s.literal(e); lit != nil {
		return &function{lit, lit.Type, lit.Body}
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		return s.resolveWithin(e.X, depth-1)
	case *ast.IndexListExpr:
		return s.resolveWithin(e.X, depth-1)
	case *ast.Ident:
		return s.resolveObject(s.pass.TypesInfo.Uses[e], depth)
	case *ast.SelectorExpr:
		return s.resolveObject(s.pass.TypesInfo.Uses[e.Sel], depth)
	case *ast.CallExpr:
		if arg := s.wrapped(e); arg != nil {
			return s.resolveWithin(arg, depth-1)
		}
		if decl := s.decls[dispatchapi.Callee(s.pass.TypesInfo, e)]; decl != nil {
			return s.returned(decl)
		}
	}
	return nil
}

// resolveObject returns the code of a function, or of a variable that is set once.
func (s *source) resolveObject(obj types.Object, depth int) *function {
	switch obj := obj.(type) {
	case *types.Func:
		if decl := s.decls[obj.Origin()]; decl != nil {
			return &function{decl, decl.Type, decl.Body}
		}
	case *types.Var:
		if values := s.values[obj]; !obj.IsField() && len(values) == 1 && values[0] != nil {
			return s.resolveWithin(values[0], depth-1)
		}
	}
	return nil
}

// literal returns the function literal that e is, possibly converted or passed to
// sync.OnceFunc.
func (s *source) literal(e ast.Expr) *ast.FuncLit {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		return e
	case *ast.CallExpr:
		if arg := s.wrapped(e); arg != nil {
			return s.literal(arg)
		}
	}
	return nil
}

// wrapped returns the argument of a conversion or of sync.OnceFunc and its like, whose
// result runs the argument. It returns nil for any other call.
func (s *source) wrapped(call *ast.CallExpr) ast.Expr {
	if len(call.Args) != 1 {
		return nil
	}
	fn := dispatchapi.Callee(s.pass.TypesInfo, call)
	once := fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "sync" && strings.HasPrefix(fn.Name(), "Once")
	if once || s.pass.TypesInfo.Types[call.Fun].IsType() {
		return call.Args[0]
	}
	return nil
}

// returned returns the only literal that decl returns.
func (s *source) returned(decl *ast.FuncDecl) *function {
	var out []*function
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok {
			for _, e := range ret.Results {
				if lit := s.literal(e); lit != nil {
					out = append(out, &function{lit, lit.Type, lit.Body})
				}
			}
		}
		_, ok := n.(*ast.FuncLit)
		return !ok
	})
	if len(out) != 1 {
		return nil
	}
	return out[0]
}

// params returns the parameters of fn, one entry for each name. An unnamed parameter
// is nil.
func (s *source) params(fn *function) []*types.Var {
	var out []*types.Var
	for _, field := range fn.typ.Params.List {
		if len(field.Names) == 0 {
			out = append(out, nil)
		}
		for _, name := range field.Names {
			v, _ := s.pass.TypesInfo.Defs[name].(*types.Var)
			out = append(out, v)
		}
	}
	return out
}

// arguments calls yield for each parameter of fn that has a name, with the arguments
// for it.
func (s *source) arguments(fn *function, call *ast.CallExpr, yield func(param *types.Var, args []ast.Expr)) {
	params := s.params(fn)
	args := call.Args
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && len(args) > 0 {
		if x := s.pass.TypesInfo.Selections[sel]; x != nil && x.Kind() == types.MethodExpr {
			args = args[1:]
		}
	}
	for i, p := range params {
		if p == nil || i >= len(args) {
			continue
		}
		if i == len(params)-1 {
			yield(p, args[i:])
		} else {
			yield(p, args[i:i+1])
		}
	}
}

// runFunctions returns the function values that call runs before it returns, or in a
// goroutine that it starts: the called literal, and arguments.
func (s *source) runFunctions(call *ast.CallExpr) []ast.Expr {
	var out []ast.Expr
	if s.literal(call.Fun) != nil {
		out = append(out, call.Fun)
	}
	if fn := s.resolve(call.Fun); fn != nil {
		s.arguments(fn, call, func(p *types.Var, args []ast.Expr) {
			if s.runsParam(fn, p) {
				out = append(out, args...)
			}
		})
		return out
	}
	if runsArguments(s.pass.TypesInfo, call) {
		for _, arg := range call.Args {
			if isFuncType(s.pass.TypesInfo.TypeOf(arg)) {
				out = append(out, arg)
			}
		}
	}
	return out
}

// runsArguments reports whether call calls a function of another package that is known
// to run its arguments.
func runsArguments(info *types.Info, call *ast.CallExpr) bool {
	fn := calledFunc(info, call)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "slices", "maps", "sort":
		return true
	}
	name := fn.Name()
	return isBatch(info, call) || strings.HasPrefix(strings.ToLower(name), "must") || name == "Do" || name == "ForEach" || fn.Signature().Recv() != nil && startsGoroutine(fn)
}

// runsParam reports whether fn runs the function in its parameter p when it is called.
func (s *source) runsParam(fn *function, p *types.Var) bool {
	if runs, ok := s.runs[p]; ok {
		return runs
	}
	s.runs[p] = false // for a recursive function
	holds := s.holders(fn.body, p)
	s.visitCalls(fn.body, func(call *ast.CallExpr) bool {
		s.runs[p] = s.names(call.Fun, holds)
		for _, e := range s.runFunctions(call) {
			s.runs[p] = s.runs[p] || s.names(e, holds)
		}
		return !s.runs[p]
	})
	return s.runs[p]
}

// holders returns p, and the variables of loops over p.
func (s *source) holders(body *ast.BlockStmt, p *types.Var) map[types.Object]bool {
	holds := map[types.Object]bool{p: true}
	for n := range ast.Preorder(body) {
		if r, ok := n.(*ast.RangeStmt); ok && s.names(r.X, holds) {
			if id, ok := r.Value.(*ast.Ident); ok {
				holds[s.pass.TypesInfo.ObjectOf(id)] = true
			}
		}
	}
	return holds
}

// names reports whether e names one of the variables.
func (s *source) names(e ast.Expr, vars map[types.Object]bool) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && vars[s.pass.TypesInfo.Uses[id]]
}

// visitCalls calls visit for each call that runs with n, until visit returns false. It
// enters the literals that these calls run, but no named functions.
func (s *source) visitCalls(n ast.Node, visit func(*ast.CallExpr) bool) bool {
	more := true
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			for _, e := range s.runFunctions(n) {
				if lit := s.literal(e); lit != nil && more {
					more = s.visitCalls(lit.Body, visit)
				}
			}
			more = more && visit(n)
		}
		return more
	})
	return more
}

// calledFunc returns the function or the method, also of an interface, that call calls.
func calledFunc(info *types.Info, call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		fn, _ := dispatchapi.Callee(info, call).(*types.Func)
		return fn
	}
	fn, _ := info.Uses[id].(*types.Func)
	return fn
}

func isFuncType(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// isReceive reports whether e receives from a channel that may belong to a goroutine of
// the program. A timer and the end of a context are none.
func isReceive(info *types.Info, e ast.Expr) bool {
	recv, ok := ast.Unparen(e).(*ast.UnaryExpr)
	if !ok || recv.Op != token.ARROW {
		return false
	}
	if call, ok := ast.Unparen(recv.X).(*ast.CallExpr); ok {
		fn := calledFunc(info, call)
		return fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "context" && fn.Pkg().Path() != "time"
	}
	ch, ok := info.TypeOf(recv.X).Underlying().(*types.Chan)
	return !ok || types.TypeString(ch.Elem(), nil) != "time.Time"
}
