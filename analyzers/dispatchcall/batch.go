package dispatchcall

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// checkBatches reports calls under the context of a batch that has ended.
func checkBatches(pass *analysis.Pass, root inspector.Cursor) {
	for cur := range root.Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		if !isBatch(pass.TypesInfo, call) || len(call.Args) != 2 {
			continue
		}
		lit, ok := ast.Unparen(call.Args[1]).(*ast.FuncLit)
		if !ok || len(lit.Type.Params.List[0].Names) == 0 {
			continue
		}
		b := &batch{pass: pass, call: call, lit: lit, contexts: make(map[types.Object]bool)}
		b.contexts[pass.TypesInfo.Defs[lit.Type.Params.List[0].Names[0]]] = true
		b.derive()
		b.checkKept(cur)
		b.checkGoroutines()
	}
}

// A batch is a call of dispatch.Batch with a function literal.
type batch struct {
	pass     *analysis.Pass
	call     *ast.CallExpr
	lit      *ast.FuncLit
	contexts map[types.Object]bool // variables that hold its context, or a context derived from it
}

// derive finds the variables that are set to the context, or to a context that
// package context derives from it.
func (b *batch) derive() {
	for n := range ast.Preorder(b.lit.Body) {
		a, ok := n.(*ast.AssignStmt)
		if !ok {
			continue
		}
		for i, lhs := range a.Lhs {
			id, ok := lhs.(*ast.Ident)
			if ok && (len(a.Rhs) == len(a.Lhs) || i == 0) && b.isContext(a.Rhs[i]) {
				b.contexts[b.pass.TypesInfo.ObjectOf(id)] = true
			}
		}
	}
}

// isContext reports whether e is the context of the batch, or derived from it.
func (b *batch) isContext(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return b.contexts[b.pass.TypesInfo.Uses[e]]
	case *ast.CallExpr:
		fn := dispatchapi.Callee(b.pass.TypesInfo, e)
		return fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "context" && len(e.Args) > 0 && b.isContext(e.Args[0])
	}
	return false
}

// calls returns the calls in n under the batch's context.
func (b *batch) calls(n ast.Node) []*ast.CallExpr {
	var out []*ast.CallExpr
	for n := range ast.Preorder(n) {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 || isBatch(b.pass.TypesInfo, call) || published(b.pass.TypesInfo, call) == "" {
			continue
		}
		if b.isContext(call.Args[0]) {
			out = append(out, call)
		}
	}
	return out
}

// checkKept reports calls after the batch, in the same function, under its context,
// which a variable declared outside the batch has kept.
func (b *batch) checkKept(cur inspector.Cursor) {
	for fn := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		for _, call := range b.calls(fn.Node()) {
			id, ok := ast.Unparen(call.Args[0]).(*ast.Ident)
			if ok && call.Pos() > b.call.End() && !b.setAfter(fn.Node(), b.pass.TypesInfo.Uses[id]) {
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

// checkGoroutines reports calls under the batch's context in goroutines, unless
// the batch may wait for them.
func (b *batch) checkGoroutines() {
	var spawned []*ast.FuncLit
	for n := range ast.Preorder(b.lit.Body) {
		if lit := spawns(n); lit != nil {
			spawned = append(spawned, lit)
		}
	}
	if len(spawned) == 0 || b.waits(spawned) {
		return
	}
	for _, call := range b.calls(b.lit.Body) {
		if slices.ContainsFunc(spawned, func(lit *ast.FuncLit) bool { return lit.Pos() < call.Pos() && call.End() < lit.End() }) {
			b.pass.ReportRangef(call, "nothing in the batch waits for this goroutine: if the batch has ended, %s returns an error (wait for the goroutine before the batch function returns)", types.ExprString(call.Fun))
		}
	}
}

// spawns returns the literal that n runs in a new goroutine, by a go statement or a
// method Go, such as the one of sync.WaitGroup or errgroup.Group.
func spawns(n ast.Node) *ast.FuncLit {
	var e ast.Expr
	switch n := n.(type) {
	case *ast.GoStmt:
		e = n.Call.Fun
	case *ast.CallExpr:
		if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" && len(n.Args) == 1 {
			e = n.Args[0]
		}
	}
	lit, _ := ast.Unparen(e).(*ast.FuncLit)
	return lit
}

// waits reports whether the function of the batch, outside its goroutines, may wait
// for something: it uses a channel, or calls a function that may wait. Anything that
// looks like waiting counts, so that correct code is not reported.
func (b *batch) waits(spawned []*ast.FuncLit) bool {
	found := false
	ast.Inspect(b.lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return !slices.Contains(spawned, n)
		case *ast.SendStmt, *ast.SelectStmt:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.RangeStmt:
			found = found || isChan(b.pass.TypesInfo.TypeOf(n.X))
		case *ast.CallExpr:
			found = found || spawns(n) == nil && b.mayWait(n)
		}
		return !found
	})
	return found
}

// mayWait reports whether the called function has "wait" in its name, or gets a
// channel or a group as an argument.
func (b *batch) mayWait(call *ast.CallExpr) bool {
	if strings.Contains(strings.ToLower(types.ExprString(call.Fun)), "wait") {
		return true
	}
	for _, arg := range call.Args {
		t := b.pass.TypesInfo.TypeOf(arg)
		if t != nil && (isChan(t) || strings.HasSuffix(types.TypeString(t, nil), "Group")) {
			return true
		}
	}
	return false
}

func isChan(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Chan)
	return ok
}
