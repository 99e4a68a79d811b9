package dispatchcall

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A goroutine is a place that starts goroutines.
type goroutine struct {
	node      ast.Node      // the go statement, or the call of a method such as Go
	call      *ast.CallExpr // what a go statement calls; else nil
	functions []ast.Expr    // the functions that run in goroutines
	pool      string        // the receiver of the method, as the code writes it
}

// goroutines returns the places in body that start goroutines. It does not look into
// the functions that run in them.
func (s *source) goroutines(body ast.Node) []goroutine {
	var out []goroutine
	ast.Inspect(body, func(n ast.Node) bool {
		if slices.ContainsFunc(out, func(g goroutine) bool { return g.runs(n) }) {
			return false
		}
		switch n := n.(type) {
		case *ast.GoStmt:
			out = append(out, goroutine{n, n.Call, []ast.Expr{n.Call.Fun}, ""})
		case *ast.CallExpr:
			if fns := s.startedBy(n); len(fns) > 0 {
				out = append(out, goroutine{n, nil, fns, receiver(n)})
			}
		}
		return true
	})
	return out
}

// runs reports whether n is a literal that the goroutine runs.
func (g goroutine) runs(n ast.Node) bool {
	return slices.ContainsFunc(g.functions, func(e ast.Expr) bool { return n != nil && ast.Unparen(e) == n })
}

// isSpawned reports whether one of the goroutines runs call.
func isSpawned(started []goroutine, call *ast.CallExpr) bool {
	return slices.ContainsFunc(started, func(g goroutine) bool { return g.call == call })
}

// receiver returns x of a call x.f(…), as the code writes it, or "".
func receiver(call *ast.CallExpr) string {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return types.ExprString(sel.X)
	}
	return ""
}

// startedBy returns the arguments of call that the called function runs in goroutines.
func (s *source) startedBy(call *ast.CallExpr) []ast.Expr {
	var out []ast.Expr
	if fn := s.resolve(call.Fun); fn != nil {
		if _, ok := fn.node.(*ast.FuncDecl); !ok {
			return nil
		}
		s.arguments(fn, call, func(p *types.Var, args []ast.Expr) {
			if isFuncType(p.Type()) && s.startsParam(fn, p) {
				out = append(out, args...)
			}
		})
		return out
	}
	if fn := calledFunc(s.pass.TypesInfo, call); fn == nil || !startsGoroutine(fn) {
		return nil
	}
	for _, arg := range call.Args {
		if isFuncType(s.pass.TypesInfo.TypeOf(arg)) {
			out = append(out, arg)
		}
	}
	return out
}

// startsGoroutine reports whether fn, a function of another package, runs its arguments
// in goroutines, as sync.WaitGroup.Go, errgroup.Group.Go and the methods of worker
// pools do.
func startsGoroutine(fn *types.Func) bool {
	if fn.FullName() == "time.AfterFunc" {
		return true
	}
	return fn.Signature().Recv() != nil && slices.Contains([]string{"Go", "TryGo", "Submit"}, fn.Name())
}

// startsParam reports whether fn runs the function in its parameter p in a goroutine, or
// sends it to one.
func (s *source) startsParam(fn *function, p *types.Var) bool {
	for n := range ast.Preorder(fn.body) {
		var in ast.Node
		switch n := n.(type) {
		case *ast.GoStmt:
			in = n
		case *ast.SendStmt:
			in = n.Value
		case *ast.CallExpr:
			if other := calledFunc(s.pass.TypesInfo, n); other != nil && s.decls[other.Origin()] == nil && startsGoroutine(other) {
				in = n
			}
		}
		if in != nil && s.uses(in, p) {
			return true
		}
	}
	return false
}

// uses reports whether n names v.
func (s *source) uses(n ast.Node, v types.Object) bool {
	for n := range ast.Preorder(n) {
		if id, ok := n.(*ast.Ident); ok && s.pass.TypesInfo.Uses[id] == v {
			return true
		}
	}
	return false
}

// waitsIn reports whether fn, outside its goroutines, may wait for goroutines: it
// receives from a channel, or calls a function that waits. It does not look for the
// goroutines that are waited for. Code that waits for some is not reported, so that
// correct code never is.
func (s *source) waitsIn(fn *function) bool {
	if waits, ok := s.waits[fn.node]; ok {
		return waits
	}
	s.waits[fn.node] = false // for a recursive function
	started := s.goroutines(fn.body)
	skip := make(map[ast.Node]bool)
	for _, g := range started {
		for _, e := range g.functions {
			if inner := s.resolve(e); inner != nil {
				skip[inner.node] = true
			}
		}
	}
	waits := false
	ast.Inspect(fn.body, func(n ast.Node) bool {
		if n == nil || skip[n] {
			return false
		}
		waits = waits || s.waitsAt(n, fn.body, started)
		return !waits
	})
	s.waits[fn.node] = waits
	return waits
}

// waitsAt reports whether n, a node of body, which starts goroutines, waits.
func (s *source) waitsAt(n ast.Node, body *ast.BlockStmt, started []goroutine) bool {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		return isReceive(s.pass.TypesInfo, n)
	case *ast.RangeStmt:
		_, ok := s.pass.TypesInfo.TypeOf(n.X).Underlying().(*types.Chan)
		return ok
	case *ast.SendStmt:
		return s.isToken(n.Value) && isAfterAll(n, body, started)
	case *ast.CallExpr:
		if isSpawned(started, n) || slices.ContainsFunc(started, func(g goroutine) bool { return g.node == n }) {
			return false
		}
		fn := calledFunc(s.pass.TypesInfo, n)
		if fn != nil && fn.FullName() == "(*golang.org/x/sync/semaphore.Weighted).Acquire" {
			return isAfterAll(n, body, started)
		}
		return s.mayWait(n, fn, started)
	}
	return false
}

// isToken reports whether e is a value that means nothing, such as struct{}{}. To fill
// a semaphore with tokens is to wait for the goroutines that hold them.
func (s *source) isToken(e ast.Expr) bool {
	tv := s.pass.TypesInfo.Types[e]
	if st, ok := tv.Type.Underlying().(*types.Struct); ok {
		return st.NumFields() == 0
	}
	return tv.Value != nil && tv.Value.Kind() != constant.String
}

// isAfterAll reports whether n comes after the goroutines, and no loop has both n and
// one of them. If body starts no goroutine, n must be in a loop.
func isAfterAll(n ast.Node, body *ast.BlockStmt, started []goroutine) bool {
	inLoop := false
	for loop := range ast.Preorder(body) {
		switch loop.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
		default:
			continue
		}
		if !within(n, loop) {
			continue
		}
		inLoop = true
		if slices.ContainsFunc(started, func(g goroutine) bool { return within(g.node, loop) }) {
			return false
		}
	}
	if len(started) == 0 {
		return inLoop
	}
	return !slices.ContainsFunc(started, func(g goroutine) bool { return n.Pos() < g.node.End() })
}

// within reports whether n is in outer.
func within(n, outer ast.Node) bool { return outer.Pos() <= n.Pos() && n.End() <= outer.End() }

// mayWait reports whether call, a call of fn, may wait for goroutines. Fn is nil for a
// call of a function value.
func (s *source) mayWait(call *ast.CallExpr, fn *types.Func, started []goroutine) bool {
	if inner := s.resolve(call.Fun); inner != nil {
		return s.waitsIn(inner)
	}
	if fn == nil {
		return s.isUnknownFunction(call)
	}
	if isWaiter(fn) || isEnd(fn.Name()) && slices.ContainsFunc(started, func(g goroutine) bool { return g.pool != "" && g.pool == receiver(call) }) {
		return true
	}
	return s.passesGroup(call, fn)
}

// isUnknownFunction reports whether call calls a variable that holds the result of
// another call, such as a function that stops a pool. A context.CancelFunc does not wait.
func (s *source) isUnknownFunction(call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || len(call.Args) > 0 {
		return false
	}
	v, ok := s.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || strings.HasPrefix(types.TypeString(v.Type(), nil), "context.Cancel") {
		return false
	}
	return slices.ContainsFunc(s.values[v], func(e ast.Expr) bool {
		if e == nil {
			return true // one of several results
		}
		_, ok := ast.Unparen(e).(*ast.CallExpr)
		return ok
	})
}

// isEnd reports whether a method of this name ends a pool of goroutines.
func isEnd(name string) bool {
	switch name {
	case "Join", "Close", "Stop", "Shutdown", "Release", "Drain", "Finish":
		return true
	}
	return strings.HasPrefix(name, "Wait") || strings.HasSuffix(name, "Wait")
}

// isWaiter reports whether fn is a method that waits for goroutines: of a type that also
// starts them or counts them. A rate limiter, which has a method Wait, does neither.
func isWaiter(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil || !isEnd(fn.Name()) {
		return false
	}
	if fn.FullName() == "(*sync.Cond).Wait" {
		return true
	}
	t := dispatchapi.Deref(recv.Type())
	if types.IsInterface(t) {
		return strings.Contains(fn.Name(), "Wait") && fn.Signature().Params().Len() == 0 || startsOrCounts(types.NewMethodSet(t))
	}
	return startsOrCounts(types.NewMethodSet(types.NewPointer(t)))
}

// startsOrCounts reports whether one of the methods starts goroutines, or is the Done
// of a counter.
func startsOrCounts(methods *types.MethodSet) bool {
	for i := range methods.Len() {
		fn, ok := methods.At(i).Obj().(*types.Func)
		if ok && (fn.Name() == "Done" || startsGoroutine(fn)) {
			return true
		}
	}
	return false
}

// passesGroup reports whether call passes a channel or a group to fn, a function of
// another package, that may wait for it. A parameter of type any does not count: it
// takes a value to log.
func (s *source) passesGroup(call *ast.CallExpr, fn *types.Func) bool {
	if fn.Pkg() == nil || s.decls[fn.Origin()] != nil {
		return false
	}
	params := fn.Signature().Params()
	for i, arg := range call.Args {
		t := s.pass.TypesInfo.TypeOf(arg)
		if t == nil || i >= params.Len() || isAny(params.At(i).Type()) {
			continue
		}
		if _, ok := t.Underlying().(*types.Chan); ok || strings.HasSuffix(types.TypeString(t, nil), "Group") {
			return true
		}
	}
	return false
}

// isAny reports whether t is any, or a list of any.
func isAny(t types.Type) bool {
	if s, ok := t.(*types.Slice); ok {
		t = s.Elem()
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return false
	}
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}
