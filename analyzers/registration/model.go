package registration

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/directive"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A Registration is one use of dispatch.Register.
type Registration struct {
	Function
	Use  ast.Expr      // what names Register
	Call *ast.CallExpr // nil if it is not called there
	Obj  *types.Func   // what is registered; nil if the model cannot tell
	Test bool          // it stands in a _test.go file

	// Signature is that of Obj; nil unless it has the form of a dispatched
	// function.
	Signature *types.Signature

	// Served says that the function has a name and that others can import it.
	Served bool

	// Problems say why the other side would not find the function, the
	// gravest first. They are for a check to report.
	Problems []Problem
}

// A Problem is one thing that is wrong with a registration.
type Problem struct {
	analysis.Range
	Message string
}

func (r *Registration) problem(at analysis.Range, message string) {
	r.Problems = append(r.Problems, Problem{at, message})
}

type model struct {
	pass   *analysis.Pass
	result *Result
}

// file adds what stands in one file.
func (m *model) file(f *ast.File) {
	name := m.pass.Fset.File(f.FileStart).Name()
	if !strings.HasSuffix(name, ".go") {
		// What cgo made of the file, in the go command's cache.
		name = m.pass.Fset.Position(f.Package).Filename
	}
	test := strings.HasSuffix(name, "_test.go")
	if !test {
		m.directives(f)
	}
	for cur := range inspector.New([]*ast.File{f}).Root().Preorder((*ast.Ident)(nil), (*ast.CallExpr)(nil), (*ast.SelectorExpr)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.Ident:
			if dispatchapi.Is(m.pass.TypesInfo.Uses[n], dispatchapi.Register) {
				r := m.registration(cur, test)
				if constraint := constrained(name, f); constraint != "" && !test {
					r.problem(r.Use, r.describe()+" is registered in a file that is built only for "+constraint+": a callee built otherwise does not have it (move it to a file without constraints)")
				}
				m.result.Registrations = append(m.result.Registrations, r)
			}
		case *ast.SelectorExpr:
			if dispatchapi.IsCall(m.pass.TypesInfo, n) {
				m.result.Calls = true
				m.result.Union.Calls = m.result.Union.Calls || !test
			}
		case *ast.CallExpr:
			if !test && m.isEntrypoint(n) {
				m.result.Entrypoints = append(m.result.Entrypoints, n)
			}
		}
	}
}

// isEntrypoint reports whether call makes the package an entrypoint. The
// runtime's own packages are none.
func (m *model) isEntrypoint(call *ast.CallExpr) bool {
	if dispatchapi.IsRuntime(m.pass.Pkg.Path()) {
		return false
	}
	fn := dispatchapi.Callee(m.pass.TypesInfo, call)
	return fn != nil && fn.Pkg() != nil && dispatchapi.IsEntrypoint(fn.Pkg().Path())
}

// directives adds the patterns of //dispatch:serves.
func (m *model) directives(f *ast.File) {
	for _, d := range directive.All(f) {
		if d.Word == "serves" {
			for text := range strings.FieldsSeq(d.Args) {
				m.result.Serves = append(m.result.Serves, Pattern{text, d.Comment.Pos()})
			}
		}
	}
}

// registration reads one use of Register.
func (m *model) registration(use inspector.Cursor, test bool) *Registration {
	r := &Registration{Test: test}
	r.Package = m.pass.Pkg.Path()
	r.Pos = position(m.pass.Fset, use.Node().Pos())
	// The use may be qualified, in parentheses, and instantiated.
	cur := use
	for {
		r.Use = cur.Node().(ast.Expr)
		parent := cur.Parent()
		switch p := parent.Node().(type) {
		case *ast.SelectorExpr, *ast.ParenExpr, *ast.IndexExpr:
			cur = parent
			continue
		case *ast.CallExpr:
			if p.Fun == r.Use {
				r.Call = p
				m.called(r, parent)
				return r
			}
		}
		r.problem(r.Use, "dispatch.Register is used as a value: what is registered through it cannot be read (call it where the function is named)")
		return r
	}
}

// called reads the call of Register at cur.
func (m *model) called(r *Registration, cur inspector.Cursor) {
	if len(r.Call.Args) == 0 {
		r.problem(r.Use, "dispatch.Register is called with the results of another call: what is registered cannot be read (name the function as its argument)")
		return
	}
	named := m.argument(r, r.Call.Args[0])
	named = m.options(r, r.Call.Args[1:]) && named
	r.Var = m.variable(cur)
	m.placement(r, cur)
	switch {
	case r.Test:
		r.problem(r.Call, r.describe()+" is registered in a test file, which no callee has (move the registration out of the test)")
	case PathOf(m.pass.Pkg) == "main":
		r.problem(r.Call, r.describe()+" is registered in package main: the callee cannot import it, so its calls would fail as unknown (move it to a package of its own)")
	case named:
		r.Served = true
	}
}

// describe names what is registered for a message.
func (r *Registration) describe() string {
	if r.Func != "" {
		return r.Func
	}
	return "a function"
}

// variable returns the package variable that holds the Func, as other
// packages write it, or "".
func (m *model) variable(cur inspector.Cursor) string {
	call := cur.Node().(ast.Expr)
	var id ast.Expr
	switch p := cur.Parent().Node().(type) {
	case *ast.ValueSpec:
		for i, v := range p.Values {
			if v == call && len(p.Names) == len(p.Values) {
				id = p.Names[i]
			}
		}
	case *ast.AssignStmt:
		for i, v := range p.Rhs {
			if v == call && p.Tok == token.ASSIGN && len(p.Lhs) == len(p.Rhs) {
				id = p.Lhs[i]
			}
		}
	}
	ident, ok := id.(*ast.Ident)
	if !ok || ident.Name == "_" {
		return ""
	}
	v := m.pass.TypesInfo.ObjectOf(ident)
	if v == nil || v.Parent() != m.pass.Pkg.Scope() {
		return ""
	}
	return m.pass.Pkg.Name() + "." + ident.Name
}
