package registration

import (
	"go/ast"
	"go/build"
	"go/build/constraint"
	"go/token"
	"go/types"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

const (
	afterInit      = " is registered after init: a process that does not run this code will not have it (register it in a package variable or in init)"
	underCondition = " is registered under a condition: a process that skips this code will not have it (register it unconditionally)"
	calledByOthers = " is registered by a function that other code can call, too: Register panics on the second call (register it in a package variable or in init)"
	moreThanOnce   = " is registered by a function that is called more than once: Register panics (call it once, or register in a package variable)"
)

// checkPlacement adds a problem unless the registration at cur runs once, before
// main, in every process that contains the package. A forwarding call need only
// run whenever the helper around it runs: calls of the helper are checked as well.
func (m *model) checkPlacement(r *Registration, cur inspector.Cursor, forwarded bool) {
	decl, problem := locate(cur)
	if decl != nil && !isInit(decl) && !forwarded && problem != afterInit {
		if outer := m.checkCallers(decl, make(map[*ast.FuncDecl]bool)); outer != "" {
			problem = outer
		}
	}
	switch {
	case problem == afterInit && !forwarded:
		r.addProblem(r.Call, r.Describe()+problem, m.moveToInit(r, cur)...)
	case problem != "":
		r.addProblem(r.Call, r.Describe()+problem)
	}
}

// checkCallers returns the problem with the way decl, a function that registers,
// is called, or "".
func (m *model) checkCallers(decl *ast.FuncDecl, seen map[*ast.FuncDecl]bool) string {
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
		caller, problem := locate(call)
		if caller != nil && !isInit(caller) && problem != afterInit {
			if outer := m.checkCallers(caller, seen); outer != "" {
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
	case m.isCallableElsewhere(fn):
		return calledByOthers
	}
	return ""
}

// isCallableElsewhere reports whether code that the model does not see may call fn:
// another package, or a call through an interface.
func (m *model) isCallableElsewhere(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil {
		return fn.Exported() && m.pass.Pkg.Name() != "main"
	}
	named, ok := types.Unalias(dispatchapi.Deref(recv.Type())).(*types.Named)
	return !ok || m.isInterfaceMethod(fn.Name()) || fn.Exported() && m.isOffered(named.Obj())
}

// isInterfaceMethod reports whether an interface that the package declares has a
// method of this name.
func (m *model) isInterfaceMethod(name string) bool {
	for cur := range m.root.Preorder((*ast.InterfaceType)(nil)) {
		iface, ok := m.pass.TypesInfo.TypeOf(cur.Node().(ast.Expr)).(*types.Interface)
		if !ok {
			continue
		}
		for method := range iface.Methods() {
			if method.Name() == name {
				return true
			}
		}
	}
	return false
}

// isOffered reports whether other packages can get a value of a type of the package,
// because it is exported or an exported declaration mentions it outside a body.
func (m *model) isOffered(t *types.TypeName) bool {
	if t.Exported() && m.pass.Pkg.Name() != "main" {
		return true
	}
	for _, use := range m.usesOf(t) {
		for c := range use.Enclosing((*ast.BlockStmt)(nil), (*ast.FuncDecl)(nil), (*ast.ValueSpec)(nil), (*ast.TypeSpec)(nil)) {
			if offers(c.Node(), t) {
				return true
			}
			break
		}
	}
	return false
}

// offers reports whether n is an exported declaration that gives other packages
// values of t. A block offers nothing.
func offers(n ast.Node, t *types.TypeName) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return n.Recv == nil && n.Name.IsExported()
	case *ast.ValueSpec:
		return slices.ContainsFunc(n.Names, (*ast.Ident).IsExported)
	case *ast.TypeSpec:
		return n.Name.IsExported() && n.Name.Name != t.Name()
	}
	return false
}

// locate returns the function declaration around cur, or nil in the initializer of
// a variable. If the code at cur may not run each time that the function does,
// locate also returns the problem.
func locate(cur inspector.Cursor) (decl *ast.FuncDecl, problem string) {
	pos := cur.Node().Pos()
	for c := range cur.Enclosing() {
		switch n := c.Node().(type) {
		case *ast.GoStmt, *ast.DeferStmt:
			return declOf(c), afterInit
		case *ast.FuncLit:
			if call, ok := c.Parent().Node().(*ast.CallExpr); !ok || call.Fun != n {
				return declOf(c), afterInit
			}
			if mayLeaveBefore(n.Body, pos) {
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
				return n, afterInit // in a type, it never runs
			}
			if mayLeaveBefore(n.Body, pos) {
				problem = underCondition
			}
			return n, problem
		}
	}
	return nil, problem
}

// isInit reports whether f is an init function.
func isInit(f *ast.FuncDecl) bool { return f.Recv == nil && f.Name.Name == "init" }

// mayLeaveBefore reports whether body may return or jump before it gets to pos.
func mayLeaveBefore(body *ast.BlockStmt, pos token.Pos) bool {
	leaves := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = leaves || n.End() <= pos
		case *ast.BranchStmt:
			leaves = leaves || n.Tok == token.GOTO // it may also jump back and repeat the code
		}
		return true
	})
	return leaves
}

// buildConstraint returns the build constraint of a file, or "" if every build of
// the package includes the file. A constraint on the version of Go alone does not
// count: go.mod gives caller and callee the same version.
func buildConstraint(filename string, f *ast.File) string {
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
	// A name such as x_linux.go is a constraint, too. The file that go/build opens
	// here has no constraints, so the name alone decides.
	ctx := build.Context{GOOS: "none", GOARCH: "none", Compiler: "gc", OpenFile: func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}}
	base := filepath.Base(filename)
	if ok, err := ctx.MatchFile("", base); err == nil && !ok {
		return "the platform in the name " + base
	}
	return ""
}

// onlyGoVersions reports whether expr constrains the version of Go and nothing else.
func onlyGoVersions(expr constraint.Expr) bool {
	only := true
	expr.Eval(func(tag string) bool { // Eval calls this for every tag
		only = only && strings.HasPrefix(tag, "go1.")
		return true
	})
	return only
}
