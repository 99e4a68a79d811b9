package registration

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

// moveToInit returns the fix that moves a registration, which is a statement of
// its own and needs nothing of the function around it, into an init behind that;
// nil if it is not so simple.
func (m *model) moveToInit(r *Registration, cur inspector.Cursor) []analysis.SuggestedFix {
	stmt := cur.Parent()
	call := cur.Node().(*ast.CallExpr)
	switch n := stmt.Node().(type) {
	case *ast.ExprStmt, *ast.GoStmt, *ast.DeferStmt:
	case *ast.AssignStmt:
		if n.Tok != token.ASSIGN || len(n.Lhs) != 1 || !m.isGlobal(n.Lhs[0]) {
			return nil
		}
	default:
		return nil
	}
	decl := declOf(cur)
	if _, ok := stmt.Parent().Node().(*ast.BlockStmt); !ok || decl == nil || isInit(decl) || !m.isGlobal(call) {
		return nil
	}
	var text bytes.Buffer
	moved := stmt.Node()
	switch n := moved.(type) {
	case *ast.GoStmt:
		moved = n.Call
	case *ast.DeferStmt:
		moved = n.Call
	}
	if err := printer.Fprint(&text, m.pass.Fset, moved); err != nil {
		return nil
	}
	return []analysis.SuggestedFix{{
		Message: fmt.Sprintf("Register %s in init", r.Func),
		TextEdits: []analysis.TextEdit{
			{Pos: stmt.Node().Pos(), End: stmt.Node().End()},
			{Pos: decl.End(), End: decl.End(), NewText: fmt.Appendf(nil, "\n\nfunc init() {\n\t%s\n}", text.Bytes())},
		},
	}}
}

// isGlobal reports whether all that e names has a meaning outside of functions.
func (m *model) isGlobal(e ast.Expr) bool {
	for n := range ast.Preorder(e) {
		id, ok := n.(*ast.Ident)
		if !ok {
			continue
		}
		switch obj := m.pass.TypesInfo.Uses[id].(type) {
		case *types.Var:
			if !obj.IsField() && obj.Parent() != obj.Pkg().Scope() {
				return false
			}
		case *types.Const, *types.TypeName:
			if obj.Pkg() != nil && obj.Parent() != obj.Pkg().Scope() {
				return false
			}
		}
	}
	return true
}

// makeConstant returns the fix that makes a constant of the package variable
// that e is, where it has a constant value that never changes; or nil.
func (m *model) makeConstant(e ast.Expr) []analysis.SuggestedFix {
	value := m.variableValue(e)
	if value == nil || m.pass.TypesInfo.Types[value].Value == nil {
		return nil
	}
	id := ast.Unparen(e).(*ast.Ident)
	if m.setInTests(id.Name) {
		return nil
	}
	for _, f := range m.pass.Files {
		for _, d := range f.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.VAR || decl.Lparen.IsValid() {
				continue
			}
			if spec := decl.Specs[0].(*ast.ValueSpec); len(spec.Names) == 1 && m.pass.TypesInfo.Defs[spec.Names[0]] == m.pass.TypesInfo.Uses[id] {
				return []analysis.SuggestedFix{{
					Message:   "Make " + id.Name + " a constant",
					TextEdits: []analysis.TextEdit{{Pos: decl.TokPos, End: decl.TokPos + token.Pos(len("var")), NewText: []byte("const")}},
				}}
			}
		}
	}
	return nil
}

// setInTests reports whether a test file beside the package, which need not be
// among its files, assigns to what has the name.
func (m *model) setInTests(name string) bool {
	dir := filepath.Dir(m.pass.Fset.Position(m.pass.Files[0].Package).Filename)
	tests, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // of a broken pattern there are none
	for _, test := range tests {
		f, err := parser.ParseFile(token.NewFileSet(), test, nil, parser.SkipObjectResolution)
		if err != nil {
			return true
		}
		for n := range ast.Preorder(f) {
			if a, ok := n.(*ast.AssignStmt); ok && a.Tok != token.DEFINE && slices.ContainsFunc(a.Lhs, func(e ast.Expr) bool { return types.ExprString(e) == name }) {
				return true
			}
			if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.AND && types.ExprString(u.X) == name {
				return true
			}
		}
	}
	return false
}
