package registration

import (
	"go/ast"
	"go/build"
	"go/build/constraint"
	"go/token"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
)

// placement adds a problem unless the call of Register at cur runs in every
// process that has the package, before main.
func (m *model) placement(r *Registration, cur inspector.Cursor) {
	const after = " is registered after init: a process that does not come by here does not have it (register it in a package variable or in init)"
	const condition = " is registered under a condition: a process in which it does not hold does not have it (register it unconditionally)"
	// The statement of the innermost function that holds the call.
	var stmt ast.Stmt
	for c := range cur.Enclosing() {
		switch n := c.Node().(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			r.problem(r.Call, r.describe()+after)
			return
		case *ast.BinaryExpr:
			if n.Op != token.LAND && n.Op != token.LOR || r.Call.Pos() < n.Y.Pos() || !m.inInit(c) {
				continue
			}
			r.problem(r.Call, r.describe()+condition)
			return
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.CaseClause, *ast.CommClause, *ast.LabeledStmt:
			if !m.inInit(c) {
				continue // said better by the function below
			}
			r.problem(r.Call, r.describe()+condition)
			return
		case *ast.BlockStmt:
		case ast.Stmt:
			stmt = n
		case *ast.FuncDecl:
			switch {
			case !isInit(n):
				r.problem(r.Call, r.describe()+after)
			case leavesBefore(n.Body, stmt.Pos()):
				r.problem(r.Call, r.describe()+condition)
			}
			return
		}
	}
}

func isInit(f *ast.FuncDecl) bool { return f.Recv == nil && f.Name.Name == "init" }

// inInit reports whether c is in init, or in the initializer of a variable.
func (m *model) inInit(c inspector.Cursor) bool {
	for outer := range c.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		f, ok := outer.Node().(*ast.FuncDecl)
		return ok && isInit(f)
	}
	return true
}

// leavesBefore reports whether body may be left, or jump, before pos.
func leavesBefore(body *ast.BlockStmt, pos token.Pos) bool {
	leaves := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = leaves || n.Pos() < pos
		case *ast.BranchStmt:
			leaves = leaves || n.Pos() < pos && n.Tok == token.GOTO
		}
		return true
	})
	return leaves
}

// constrained returns the build constraint of a file, or "" if every build of
// the package has it. Constraints on the version of Go alone are none: go.mod
// gives caller and callee the same.
func constrained(filename string, f *ast.File) string {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, c := range group.List {
			if !constraint.IsGoBuild(c.Text) {
				continue
			}
			if expr, err := constraint.Parse(c.Text); err == nil && !onlyGoVersions(expr) {
				return expr.String()
			}
		}
	}
	// A name such as x_linux.go constrains as well; of a file without content,
	// go/build goes by the name alone.
	ctx := build.Context{GOOS: "none", GOARCH: "none", Compiler: "gc", OpenFile: func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}}
	base := filepath.Base(filename)
	if ok, err := ctx.MatchFile("", base); err == nil && !ok {
		return "what the name " + base + " says"
	}
	return ""
}

// onlyGoVersions reports whether expr asks for versions of Go and nothing else.
func onlyGoVersions(expr constraint.Expr) bool {
	only := true
	expr.Eval(func(tag string) bool { // calls it for every tag
		only = only && strings.HasPrefix(tag, "go1.")
		return true
	})
	return only
}
