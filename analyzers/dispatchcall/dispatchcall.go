package dispatchcall

import (
	_ "embed"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/check"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

//go:embed doc.go
var doc string

var Analyzer = check.New(doc, run)

func run(pass *analysis.Pass, model *registration.Result) {
	for _, f := range pass.Files {
		checkDropped(pass, inspector.New([]*ast.File{f}).Root())
	}
	if !model.Calls {
		return
	}
	src := newSource(pass)
	checkBatches(pass, src)
	if !isCaller(pass, model) {
		checkEarly(pass, src)
	}
}

// published returns the publishing function of call as the code writes it, such as
// thumbs.Make.Call or dispatch.Batch. If call publishes nothing, it returns "".
func published(info *types.Info, call *ast.CallExpr) string {
	fun := ast.Unparen(call.Fun)
	if sel, ok := fun.(*ast.SelectorExpr); ok && dispatchapi.IsCall(info, sel) || isBatch(info, call) {
		return types.ExprString(fun)
	}
	return ""
}

func isBatch(info *types.Info, call *ast.CallExpr) bool {
	return dispatchapi.Is(dispatchapi.Callee(info, call), dispatchapi.Batch)
}

// checkDropped reports calls that drop the error.
func checkDropped(pass *analysis.Pass, root inspector.Cursor) {
	for cur := range root.Preorder((*ast.ExprStmt)(nil), (*ast.GoStmt)(nil), (*ast.DeferStmt)(nil)) {
		var call *ast.CallExpr
		switch n := cur.Node().(type) {
		case *ast.ExprStmt:
			call, _ = ast.Unparen(n.X).(*ast.CallExpr)
		case *ast.GoStmt:
			call = n.Call
		case *ast.DeferStmt:
			call = n.Call
		}
		if call == nil {
			continue
		}
		name := published(pass.TypesInfo, call)
		if name == "" {
			continue
		}
		d := analysis.Diagnostic{
			Pos: call.Pos(), End: call.End(),
			Message: "the error of " + name + " is dropped: a call that the queue rejects is lost silently (return or log the error)",
		}
		if isStatement(cur, call) && returnsError(pass.TypesInfo, cur) {
			d.SuggestedFixes = []analysis.SuggestedFix{{
				Message: "Return the error of " + name,
				TextEdits: []analysis.TextEdit{
					{Pos: call.Pos(), End: call.Pos(), NewText: []byte("if err := ")},
					{Pos: call.End(), End: call.End(), NewText: []byte("; err != nil {\nreturn err\n}")},
				},
			}}
		}
		pass.Report(d)
	}
}

// isStatement reports whether call alone is the statement at cur, in a list of
// statements, so that the fix can replace it.
func isStatement(cur inspector.Cursor, call *ast.CallExpr) bool {
	stmt, ok := cur.Node().(*ast.ExprStmt)
	if !ok || stmt.X != call {
		return false
	}
	switch cur.Parent().Node().(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// returnsError reports whether an error is the only result of the function around
// cur.
func returnsError(info *types.Info, cur inspector.Cursor) bool {
	for fn := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		var sig *types.Signature
		switch fn := fn.Node().(type) {
		case *ast.FuncDecl:
			sig = info.Defs[fn.Name].(*types.Func).Signature()
		case *ast.FuncLit:
			sig, _ = info.TypeOf(fn).(*types.Signature)
		}
		return sig != nil && sig.Results().Len() == 1 && types.Identical(sig.Results().At(0).Type(), types.Universe.Lookup("error").Type())
	}
	return false
}
