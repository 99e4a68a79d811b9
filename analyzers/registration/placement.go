package registration

import (
	"go/ast"
	"go/build"
	"go/build/constraint"
	"go/token"
	"go/types"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
)

const (
	afterInit      = " is registered after init: a process that does not run this code will not have it (register it in a package variable or in init)"
	underCondition = " is registered under a condition: a process that skips this code will not have it (register it unconditionally)"
	forOthers      = " is registered by a function that other code can call, too: Register panics on the second call (register it in a package variable or in init)"
	moreThanOnce   = " is registered by a function that is called more than once: Register panics (call it once, or register in a package variable)"
)

// placement adds a problem unless the call of Register at cur runs in every
// process that has the package, once, before main. What is forwarded runs where
// the function around it is called.
func (m *model) placement(r *Registration, cur inspector.Cursor, forwarded bool) {
	in, problem := place(cur)
	if in != nil && !isInit(in) && !forwarded && problem != afterInit {
		if outer := m.callers(in, make(map[*ast.FuncDecl]bool)); outer != "" {
			problem = outer
		}
	}
	switch {
	case problem == afterInit && !forwarded:
		r.problem(r.Call, r.describe()+problem, m.moveToInit(r, cur)...)
	case problem != "":
		r.problem(r.Call, r.describe()+problem)
	}
}

// callers returns what is wrong with how the function decl is called for what
// it registers, or "".
func (m *model) callers(decl *ast.FuncDecl, seen map[*ast.FuncDecl]bool) string {
	fn := m.pass.TypesInfo.Defs[decl.Name].(*types.Func)
	uses := m.usesOf(fn)
	if len(uses) == 0 || seen[decl] {
		return afterInit
	}
	seen[decl] = true
	for _, use := range uses {
		call, called := callOf(use)
		if !called {
			return afterInit
		}
		in, problem := place(call)
		if in != nil && !isInit(in) && problem != afterInit {
			if outer := m.callers(in, seen); outer != "" {
				problem = outer
			}
		}
		if problem != "" {
			return problem
		}
	}
	switch {
	case len(uses) > 1:
		return moreThanOnce
	case decl.Recv != nil || fn.Exported() && m.pass.Pkg.Name() != "main":
		return forOthers
	}
	return ""
}

// place returns the declaration around what stands at cur, nil in the
// initializer of a variable, and what keeps it from running each time that is
// run, or "".
func place(cur inspector.Cursor) (in *ast.FuncDecl, problem string) {
	pos := cur.Node().Pos()
	for c := range cur.Enclosing() {
		switch n := c.Node().(type) {
		case *ast.GoStmt, *ast.DeferStmt:
			return declOf(c), afterInit
		case *ast.FuncLit:
			if call, ok := c.Parent().Node().(*ast.CallExpr); !ok || call.Fun != n {
				return declOf(c), afterInit
			}
			if leavesBefore(n.Body, pos) {
				problem = underCondition
			}
		case *ast.BinaryExpr:
			if (n.Op == token.LAND || n.Op == token.LOR) && pos >= n.Y.Pos() {
				problem = underCondition
			}
		case *ast.IfStmt:
			if pos >= n.Body.Pos() {
				problem = underCondition
			}
		case *ast.SwitchStmt:
			if pos >= n.Body.Pos() {
				problem = underCondition
			}
		case *ast.ForStmt, *ast.RangeStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.CaseClause, *ast.CommClause, *ast.LabeledStmt:
			problem = underCondition
		case *ast.FuncDecl:
			if n.Body == nil || pos < n.Body.Pos() {
				return n, afterInit // it stands in a type, and never runs
			}
			if leavesBefore(n.Body, pos) {
				problem = underCondition
			}
			return n, problem
		}
	}
	return nil, problem
}

func isInit(f *ast.FuncDecl) bool { return f.Recv == nil && f.Name.Name == "init" }

// leavesBefore reports whether body may be left, or jump, before pos.
func leavesBefore(body *ast.BlockStmt, pos token.Pos) bool {
	leaves := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = leaves || n.End() <= pos
		case *ast.BranchStmt:
			leaves = leaves || n.Tok == token.GOTO // it may come back as well
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
		return "the platform in the name " + base
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
