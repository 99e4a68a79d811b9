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

// moveToInit returns the fix that moves a registration into a new init after the
// function around it. It returns nil unless the registration is a statement of its
// own that uses nothing local to the function.
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

// isGlobal reports whether e means the same outside the function around it, because
// it names nothing that is local.
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

// makeConstant returns the fix that turns the package variable e into a constant.
// It returns nil unless e is a package variable with a constant value that never
// changes.
func (m *model) makeConstant(e ast.Expr) []analysis.SuggestedFix {
	value := m.variableValue(e)
	if value == nil || m.pass.TypesInfo.Types[value].Value == nil {
		return nil
	}
	id := ast.Unparen(e).(*ast.Ident)
	if m.assignedInTests(id.Name) {
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

// assignedInTests reports whether a test file in the package's folder assigns to a
// variable of this name or takes its address. It reads the folder, because the pass
// need not include the tests.
func (m *model) assignedInTests(name string) bool {
	dir := filepath.Dir(m.pass.Fset.Position(m.pass.Files[0].Package).Filename)
	tests, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // a malformed pattern matches nothing
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
