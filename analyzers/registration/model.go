package registration

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/directive"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A Registration is one use of dispatch.Register, or of a helper that passes
// its parameter on to it.
type Registration struct {
	Function
	Use  ast.Expr      // what names Register, or the helper
	Call *ast.CallExpr // nil if it is not called there
	Arg  ast.Expr      // what names the function; nil if there is no such thing
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
	Fixes   []analysis.SuggestedFix
}

func (r *Registration) problem(at analysis.Range, message string, fixes ...analysis.SuggestedFix) {
	r.Problems = append(r.Problems, Problem{at, message, fixes})
}

// A model is what is known while a package is read.
type model struct {
	pass   *analysis.Pass
	result *Result
	root   inspector.Cursor

	helpers     map[string]*Helper                  // of the imports, by full name
	helpful     map[string]bool                     // the packages that have them
	own         map[*types.Func]*Helper             // of the package; nil for what is none
	decls       map[*types.Func]*ast.FuncDecl       // with a body
	mentions    map[*types.Func][]*types.Func       // see callees
	methodsOf   map[*types.Named]map[string]bool    // see mention
	byName      map[string][]int                    // see methods
	registering map[*types.Func]bool                // see mayRegister
	uses        map[types.Object][]inspector.Cursor // see usesOf; outside of tests
	changed     map[types.Object][]ast.Node         // see isChanged
	values      map[types.Object]ast.Expr           // what variables are initialized with
}

func newModel(pass *analysis.Pass, result *Result) *model {
	m := &model{
		pass:      pass,
		result:    result,
		root:      inspector.New(pass.Files).Root(),
		helpers:   make(map[string]*Helper),
		helpful:   make(map[string]bool),
		own:       make(map[*types.Func]*Helper),
		decls:     make(map[*types.Func]*ast.FuncDecl),
		methodsOf: make(map[*types.Named]map[string]bool),
		mentions:  make(map[*types.Func][]*types.Func),
	}
	for _, h := range result.Union.Helpers {
		m.helpers[h.Func] = &h // of the imports
		m.helpful[h.Package] = true
	}
	for _, f := range pass.Files {
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.FuncDecl); ok && decl.Body != nil {
				m.decls[pass.TypesInfo.Defs[decl.Name].(*types.Func)] = decl
			}
		}
	}
	return m
}

// cursor returns that of a node of the package.
func (m *model) cursor(n ast.Node) inspector.Cursor {
	cur, _ := m.root.FindNode(n)
	return cur
}

// read fills the result.
func (m *model) read() {
	m.exportHelpers()
	for cur := range m.root.Children() {
		m.file(cur)
	}
	m.reach()
	u := &m.result.Union
	slices.SortFunc(u.Callers, func(a, b Caller) int { return cmp.Compare(a.Func, b.Func) })
	u.Callers = slices.Compact(u.Callers)
}

// filename returns the name of the file that has n.
func (m *model) filename(f *ast.File) string {
	name := m.pass.Fset.File(f.FileStart).Name()
	if !strings.HasSuffix(name, ".go") {
		// What cgo made of the file, in the go command's cache.
		name = m.pass.Fset.Position(f.Package).Filename
	}
	return name
}

// isTest reports whether n stands in a test file.
func (m *model) isTest(n ast.Node) bool {
	return strings.HasSuffix(m.pass.Fset.File(n.Pos()).Name(), "_test.go")
}

// file adds what stands in one file.
func (m *model) file(root inspector.Cursor) {
	f := root.Node().(*ast.File)
	test := m.isTest(f)
	if !test {
		m.directives(f)
	}
	constraint := ""
	if !test {
		constraint = constrained(m.filename(f), f)
	}
	for cur := range root.Preorder((*ast.Ident)(nil), (*ast.SelectorExpr)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.Ident:
			obj := m.pass.TypesInfo.Uses[n]
			if !test {
				m.entrypoint(cur, obj)
			}
			fn, ok := obj.(*types.Func)
			if !ok {
				continue
			}
			for _, r := range m.registrations(cur, fn.Origin()) {
				if r.Test = test; constraint != "" {
					r.problem(r.Use, r.describe()+" is registered in a file that is built only for "+constraint+": other builds of the callee do not have it (move it to a file without build constraints)")
				}
				m.result.Registrations = append(m.result.Registrations, r)
			}
		case *ast.SelectorExpr:
			if dispatchapi.IsCall(m.pass.TypesInfo, n) {
				m.result.Calls = true
				m.result.Union.Calls = m.result.Union.Calls || !test
			}
		}
	}
}

// entrypoint adds what stands at cur and names obj, if it makes the package an
// entrypoint.
func (m *model) entrypoint(cur inspector.Cursor, obj types.Object) {
	if obj == nil || obj.Pkg() == m.pass.Pkg || !m.isEntrypoint(obj, nil) || !m.isOwn(cur, make(map[*ast.FuncDecl]bool)) {
		return
	}
	at, _ := callOf(cur)
	decl := declOf(cur)
	m.result.ByMain = m.pass.Pkg.Name() != "main" && (len(m.result.Entrypoints) == 0 || m.result.ByMain) && (decl == nil || !isInit(decl))
	m.result.Entrypoints = append(m.result.Entrypoints, at.Node().(ast.Expr))
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

// registrations reads one use of fn, which may register something.
func (m *model) registrations(use inspector.Cursor, fn *types.Func) []*Registration {
	cur, called := callOf(use)
	used := cur.Node().(ast.Expr)
	unread := func(message string) []*Registration {
		r := m.newRegistration(used)
		r.problem(used, message)
		return []*Registration{r}
	}
	forwards := m.forwards(fn)
	switch {
	case m.throughInterface(fn):
		return unread(fn.Name() + " is a method of an interface: the function that it registers cannot be determined (call it on the concrete type)")
	case len(forwards) == 0:
		return nil
	case called:
		return m.called(cur, fn, forwards)
	default:
		return unread(describeCallee(used, fn) + " is used as a value: the function that it registers cannot be determined (call it directly)")
	}
}

func (m *model) newRegistration(use ast.Expr) *Registration {
	r := &Registration{Use: use}
	r.Package = m.pass.Pkg.Path()
	r.Pos = position(m.pass.Fset, use.Pos())
	return r
}

// called reads a call of what registers, but what it only forwards.
func (m *model) called(cur inspector.Cursor, fn *types.Func, forwards []Forward) []*Registration {
	var out []*Registration
	for _, fwd := range forwards {
		b := m.bind(cur, fn, fwd)
		call := cur.Node().(*ast.CallExpr)
		r := m.newRegistration(call.Fun)
		r.Call = call
		if b.forward != nil {
			// What is wrong here is wrong for every call of the helper.
			r.Problems = b.problems
			if in := declOf(cur); m.comesTo(fn, m.pass.TypesInfo.Defs[in.Name].(*types.Func)) {
				r.problem(call, "call of "+types.ExprString(call.Fun)+" is recursive: the registered function cannot be determined (move the registration out of the recursion)")
			}
			m.placement(r, cur, true)
			if len(r.Problems) > 0 {
				out = append(out, r)
			}
			continue
		}
		named := r.apply(b)
		if len(forwards) == 1 {
			r.Var = m.variable(cur)
		}
		switch {
		case m.isTest(r.Call):
			r.problem(r.Call, r.describe()+" is registered in a test file: no callee has it (move the registration out of the test)")
		case PathOf(m.pass.Pkg) == "main":
			r.problem(r.Call, r.describe()+" is registered in package main: the callee cannot import it, so its calls would fail (move the function to another package)")
		default:
			m.placement(r, cur, false)
			r.Served = named
		}
		out = append(out, r)
	}
	return out
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
	if v == nil || v.Parent() != m.pass.Pkg.Scope() || !dispatchapi.IsFunc(dispatchapi.Deref(v.Type())) {
		return ""
	}
	return m.pass.Pkg.Name() + "." + ident.Name
}
