package dispatchcall

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

// checkBatches reports calls under the context of a batch that has ended.
func checkBatches(pass *analysis.Pass, src *source) {
	reported := make(map[ast.Node]bool) // several batches may run the same function
	for cur := range inspector.New(pass.Files).Root().Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if !isBatch(pass.TypesInfo, call) || len(call.Args) != 2 {
			continue
		}
		fn := src.resolve(call.Args[1])
		if fn == nil || len(src.params(fn)) != 1 || src.params(fn)[0] == nil {
			continue
		}
		b := &batch{source: src, call: call, contexts: make(map[types.Object]bool), seen: make(map[ast.Node]bool)}
		b.contexts[src.params(fn)[0]] = true
		b.derive(fn.body)
		b.checkKept(cur)
		b.follow(fn)
		if b.waited {
			continue
		}
		for _, c := range b.unwaited {
			if !reported[c.at] {
				reported[c.at] = true
				pass.ReportRangef(c.at, "nothing in the batch waits for this goroutine: if the batch has ended, %s returns an error (wait for the goroutine before the batch function returns)", c.name)
			}
		}
	}
}

// A batch is a call of dispatch.Batch with a function that can be resolved.
type batch struct {
	*source
	call     *ast.CallExpr
	contexts map[types.Object]bool // variables that hold its context, or a context derived from it
	seen     map[ast.Node]bool     // see follow
	unwaited []goroutineCall       // the calls in goroutines
	waited   bool                  // whether the batch waits for something
}

// A goroutineCall is an expression that publishes in a goroutine of a batch.
type goroutineCall struct {
	at   ast.Expr
	name string // the publishing function
}

// derive finds the variables in body that are set to the context, or to a context
// derived from it.
func (b *batch) derive(body ast.Node) {
	for n := range ast.Preorder(body) {
		a, ok := n.(*ast.AssignStmt)
		if !ok {
			continue
		}
		for i, lhs := range a.Lhs {
			id, ok := lhs.(*ast.Ident)
			if !ok || !isContext(b.pass.TypesInfo.TypeOf(id)) {
				continue
			}
			if value := a.Rhs[min(i, len(a.Rhs)-1)]; b.isContext(value) {
				b.contexts[b.pass.TypesInfo.ObjectOf(id)] = true
			}
		}
	}
}

// isContext reports whether t is context.Context.
func isContext(t types.Type) bool {
	return t != nil && types.TypeString(t, nil) == "context.Context"
}

// isContext reports whether e is the context of the batch, or one that a function of
// another package, such as context.WithCancel, derives from it.
func (b *batch) isContext(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return b.contexts[b.pass.TypesInfo.Uses[e]]
	case *ast.CallExpr:
		fn := calledFunc(b.pass.TypesInfo, e)
		return fn != nil && b.decls[fn.Origin()] == nil && len(e.Args) > 0 && b.isContext(e.Args[0])
	}
	return false
}

// published returns the publishing function of call if call is under the batch's
// context, else "".
func (b *batch) published(call *ast.CallExpr) string {
	if len(call.Args) == 0 || isBatch(b.pass.TypesInfo, call) || !b.isContext(call.Args[0]) {
		return ""
	}
	return published(b.pass.TypesInfo, call)
}

// checkKept reports calls after the batch, in the same function, under its context,
// which a variable declared outside the batch has kept.
func (b *batch) checkKept(cur inspector.Cursor) {
	for fn := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		for n := range ast.Preorder(fn.Node()) {
			call, ok := n.(*ast.CallExpr)
			if !ok || call.Pos() < b.call.End() || b.published(call) == "" {
				continue
			}
			if id, ok := ast.Unparen(call.Args[0]).(*ast.Ident); ok && !b.setAfter(fn.Node(), b.pass.TypesInfo.Uses[id]) {
				b.pass.ReportRangef(call.Args[0], "%s is the context of a batch that has ended: %s returns an error (use the context passed to dispatch.Batch)", id.Name, types.ExprString(call.Fun))
			}
		}
		return
	}
}

// setAfter reports whether n sets a variable after the batch.
func (b *batch) setAfter(n ast.Node, v types.Object) bool {
	for n := range ast.Preorder(n) {
		a, ok := n.(*ast.AssignStmt)
		if !ok || a.Pos() < b.call.End() {
			continue
		}
		for _, lhs := range a.Lhs {
			if id, ok := lhs.(*ast.Ident); ok && b.pass.TypesInfo.ObjectOf(id) == v {
				return true
			}
		}
	}
	return false
}

// follow reads fn, which runs inside the batch, and the functions of the package that
// get the context from it. It collects the calls in goroutines, and finds out whether
// anything waits.
func (b *batch) follow(fn *function) {
	if b.seen[fn.node] {
		return
	}
	b.seen[fn.node] = true
	b.derive(fn.body)
	b.waited = b.waited || b.waitsIn(fn)
	started := b.goroutines(fn.body)
	skip := make(map[ast.Node]bool)
	for _, g := range started {
		for _, e := range g.functions {
			if inner := b.resolve(e); inner != nil {
				skip[inner.node] = true
				b.addUnwaited(g, e, inner)
			}
		}
	}
	ast.Inspect(fn.body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if inner := b.resolve(call.Fun); inner != nil && !isSpawned(started, call) && b.passContexts(inner, call) {
				b.follow(inner)
			}
		}
		return !skip[n]
	})
}

// passContexts passes the contexts among the arguments of call on to the parameters of fn. It
// reports whether fn gets one, or is a literal, which may use the variables around it.
func (b *batch) passContexts(fn *function, call *ast.CallExpr) bool {
	_, gets := fn.node.(*ast.FuncLit)
	b.arguments(fn, call, func(p *types.Var, args []ast.Expr) {
		if isContext(p.Type()) && len(args) > 0 && b.isContext(args[0]) {
			b.contexts[p] = true
			gets = true
		}
	})
	return gets
}

// addUnwaited adds the calls of fn, the function e that the goroutine g runs. A call in
// a literal is reported where it is; for a named function, e is reported.
func (b *batch) addUnwaited(g goroutine, e ast.Expr, fn *function) {
	if g.call != nil {
		b.passContexts(fn, g.call)
	}
	if b.literal(e) == nil {
		if name := b.publishes(fn, make(map[ast.Node]bool)); name != "" {
			b.unwaited = append(b.unwaited, goroutineCall{e, name + " in " + types.ExprString(e)})
		}
		return
	}
	b.derive(fn.body)
	for n := range ast.Preorder(fn.body) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		if b.published(call) != "" {
			b.unwaited = append(b.unwaited, goroutineCall{call, types.ExprString(call.Fun)})
		} else if name := b.publishesThrough(call, make(map[ast.Node]bool)); name != "" {
			b.unwaited = append(b.unwaited, goroutineCall{call, name + " in " + types.ExprString(call.Fun)})
		}
	}
}

// publishes returns the publishing function that fn calls under the batch's context,
// directly or through functions of the package, or "".
func (b *batch) publishes(fn *function, seen map[ast.Node]bool) string {
	if seen[fn.node] {
		return ""
	}
	seen[fn.node] = true
	b.derive(fn.body)
	for n := range ast.Preorder(fn.body) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		if name := b.published(call); name != "" {
			return name
		}
		if name := b.publishesThrough(call, seen); name != "" {
			return name
		}
	}
	return ""
}

// publishesThrough is like publishes for the function of the package that call calls.
func (b *batch) publishesThrough(call *ast.CallExpr, seen map[ast.Node]bool) string {
	fn := b.resolve(call.Fun)
	if fn == nil || b.literal(call.Fun) != nil || !b.passContexts(fn, call) {
		return ""
	}
	return b.publishes(fn, seen)
}
