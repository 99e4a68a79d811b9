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
// its parameters on to it.
type Registration struct {
	Function
	Use  ast.Expr      // the expression that names Register or the helper
	Call *ast.CallExpr // nil if Use is not called
	Arg  ast.Expr      // the argument that names the function; may be nil
	Obj  *types.Func   // the registered function; nil if the model cannot tell
	Test bool          // whether it is in a _test.go file

	// Timeout is the duration of the option, as in 5m0s. It is empty if there is none, or if
	// it is not a constant in this package.
	Timeout string

	// Signature is the signature of Obj; nil unless a function with this signature
	// can be dispatched.
	Signature *types.Signature

	// Form is the signature of the registered value, even if it cannot be dispatched;
	// nil if the value is not a function.
	Form *types.Signature

	// Served reports whether the names of the function are known and other
	// packages can import it.
	Served bool

	// Problems say why a callee would not find the function: the mistakes of the
	// function first, then of the options and of the place. The model does not report
	// them; a check does.
	Problems []Problem
}

// A Problem is one mistake in a registration.
type Problem struct {
	analysis.Range
	Message string
	Fixes   []analysis.SuggestedFix
}

// addProblem adds a problem with its position and fixes.
func (r *Registration) addProblem(at analysis.Range, message string, fixes ...analysis.SuggestedFix) {
	r.Problems = append(r.Problems, Problem{at, message, fixes})
}

// A model is the state of reading one package.
type model struct {
	pass   *analysis.Pass
	result *Result
	root   inspector.Cursor

	importedHelpers map[string]*Helper                  // by full name
	helperPkgs      map[string]bool                     // paths of packages with imported helpers
	importedShared  map[string]*Shared                  // by full name
	reading         map[*types.Func]bool                // the functions in readResult
	ownHelpers      map[*types.Func]*Helper             // of the package; nil if not a helper
	decls           map[*types.Func]*ast.FuncDecl       // those with a body
	calleesOf       map[*types.Func][]*types.Func       // see callees
	converted       []converted                         // see conversions
	asserted        []*types.Interface                  // see assertedInterfaces
	methodParams    map[string][]int                    // see helperMethods
	registering     map[*types.Func]bool                // see mayRegister
	uses            map[types.Object][]inspector.Cursor // see usesOf
	changes         map[types.Object][]ast.Node         // see findChanges
	initializers    map[types.Object]ast.Expr           // see findChanges
}

func newModel(pass *analysis.Pass, result *Result) *model {
	m := &model{
		pass:            pass,
		result:          result,
		root:            inspector.New(pass.Files).Root(),
		importedHelpers: make(map[string]*Helper),
		helperPkgs:      make(map[string]bool),
		importedShared:  make(map[string]*Shared),
		reading:         make(map[*types.Func]bool),
		ownHelpers:      make(map[*types.Func]*Helper),
		decls:           make(map[*types.Func]*ast.FuncDecl),
		calleesOf:       make(map[*types.Func][]*types.Func),
	}
	for _, h := range result.Union.Helpers {
		m.importedHelpers[h.Func] = &h
		m.helperPkgs[h.Package] = true
	}
	for _, s := range result.Union.Shared {
		m.importedShared[s.Object] = &s
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

// cursor returns the cursor of a node of the package.
func (m *model) cursor(n ast.Node) inspector.Cursor {
	cur, _ := m.root.FindNode(n)
	return cur
}

// read fills in the result.
func (m *model) read() {
	m.exportHelpers()
	m.exportShared()
	for cur := range m.root.Children() {
		m.readFile(cur)
	}
	m.addEntrypoints()
	m.findEffects()
	m.findTransports()
	m.findAllowed()
	u := &m.result.Union
	slices.SortFunc(u.Effects, func(a, b Effect) int { return cmp.Compare(a.Func, b.Func) })
	u.Effects = slices.Compact(u.Effects)
}

// filename returns the name of the source file f.
func (m *model) filename(f *ast.File) string {
	name := m.pass.Fset.File(f.FileStart).Name()
	if !strings.HasSuffix(name, ".go") {
		// cgo wrote this version of the file into the go command's cache. Its //line
		// directive gives the name of the source file.
		name = m.pass.Fset.Position(f.Package).Filename
	}
	return name
}

// isTest reports whether n is in a test file.
func (m *model) isTest(n ast.Node) bool {
	return strings.HasSuffix(m.pass.Fset.File(n.Pos()).Name(), "_test.go")
}

// isTestObject reports whether obj is declared in a test file of any package. Only
// tests can use such an object, so no callee needs it.
func (m *model) isTestObject(obj types.Object) bool {
	return strings.HasSuffix(m.pass.Fset.Position(obj.Pos()).Filename, "_test.go")
}

// readFile adds the registrations, directives and calls of one file.
func (m *model) readFile(root inspector.Cursor) {
	f := root.Node().(*ast.File)
	test := m.isTest(f)
	if !test {
		m.addServes(f)
	}
	constraint := ""
	if !test {
		constraint = buildConstraint(m.filename(f), f)
	}
	for cur := range root.Preorder((*ast.Ident)(nil), (*ast.SelectorExpr)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.Ident:
			obj := m.pass.TypesInfo.Uses[n]
			fn, ok := obj.(*types.Func)
			if !ok {
				continue
			}
			for _, r := range m.readUse(cur, fn.Origin()) {
				if r.Test = test; constraint != "" {
					r.addProblem(r.Use, r.Describe()+" is registered in a file that is built only for "+constraint+": other builds of the callee do not have it (move it to a file without build constraints)")
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

// addServes adds the patterns of the //dispatch:serves directives in f.
func (m *model) addServes(f *ast.File) {
	for _, d := range directive.All(f) {
		if d.Word == "serves" {
			for text := range strings.FieldsSeq(d.Args) {
				m.result.Serves = append(m.result.Serves, Pattern{text, d.Comment.Pos()})
			}
		}
	}
}

// readUse returns the registrations that one use of fn makes. Most functions make
// none.
func (m *model) readUse(use inspector.Cursor, fn *types.Func) []*Registration {
	cur, called := callOf(use)
	used := cur.Node().(ast.Expr)
	unreadable := func(message string) []*Registration {
		r := m.newRegistration(used)
		r.addProblem(used, message)
		return []*Registration{r}
	}
	forwards := m.forwards(fn)
	switch {
	case m.isInterfaceHelper(fn):
		return unreadable(fn.Name() + " is a method of an interface: the function that it registers cannot be determined (call it on the concrete type)")
	case len(forwards) == 0:
		return nil
	case called:
		return m.readCall(cur, fn, forwards)
	default:
		return unreadable(describeCallee(used, fn) + " is used as a value: the function that it registers cannot be determined (call it directly)")
	}
}

func (m *model) newRegistration(use ast.Expr) *Registration {
	r := &Registration{Use: use}
	r.Package = m.pass.Pkg.Path()
	r.Pos = position(m.pass.Fset, use.Pos())
	return r
}

// readCall returns the registrations that the call of fn at cur makes. It omits a
// registration without problems that only forwards a parameter, since it counts
// where the helper around it is called.
func (m *model) readCall(cur inspector.Cursor, fn *types.Func, forwards []Forward) []*Registration {
	var out []*Registration
	for _, fwd := range forwards {
		b := m.bind(cur, fn, fwd)
		call := cur.Node().(*ast.CallExpr)
		r := m.newRegistration(call.Fun)
		r.Call = call
		if b.forward != nil {
			// A problem here applies to every call of the helper.
			r.Problems = b.problems
			if decl := declOf(cur); m.leadsTo(fn, m.pass.TypesInfo.Defs[decl.Name].(*types.Func)) {
				r.addProblem(call, "call of "+types.ExprString(call.Fun)+" is recursive: the registered function cannot be determined (move the registration out of the recursion)")
			}
			m.checkPlacement(r, cur, true)
			if len(r.Problems) > 0 {
				out = append(out, r)
			}
			continue
		}
		named := r.apply(b)
		r.Timeout = m.timeoutIn(call.Args)
		if len(forwards) == 1 {
			r.Var = m.funcVariable(cur)
		}
		switch {
		case !b.known:
		case m.isTest(r.Call):
			if r.Obj != nil && !m.isTestObject(r.Obj) {
				r.addProblem(r.Call, r.Describe()+" is registered in a test file: no callee has it (move the registration out of the test)")
			}
		case PathOf(m.pass.Pkg) == "main":
			r.addProblem(r.Call, r.Describe()+" is registered in package main: the callee cannot import it, so its calls would fail (move the function to another package)")
		default:
			m.checkPlacement(r, cur, false)
			r.Served = named
		}
		out = append(out, r)
	}
	return out
}

// Describe names the registered function in a message.
func (r *Registration) Describe() string {
	if r.Func != "" {
		return r.Func
	}
	return "a function"
}

// funcVariable returns the package variable that holds the result of the
// registration at cur, as other packages write it, or "".
func (m *model) funcVariable(cur inspector.Cursor) string {
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
