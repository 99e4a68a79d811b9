package registration

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A Caller is a function that may lead to the Call of a Func: it uses the field
// Call, or mentions another caller.
type Caller struct {
	Func string // its full name; for init, the package path and ".init"

	// Loose reports that it leads there only through a method of a type that it
	// mentions. Such a method may be called through an interface.
	Loose bool
}

// A callNode is a function, a variable or the init of the package, with the names
// that it mentions.
type callNode struct {
	calls  bool            // whether it uses the Call of a Func
	strict map[string]bool // full names of functions and variables
	loose  map[string]bool // full names of the methods of types
}

// findCallers finds the callers of the package, and whether it makes a client.
func (m *model) findCallers() {
	nodes := make(map[string]*callNode)
	mayCall := m.result.Calls || len(m.result.Union.Callers) > 0
	for cur := range m.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		obj := m.pass.TypesInfo.Uses[id]
		if obj == nil || m.isTest(id) {
			continue
		}
		if makesClient(obj) && !dispatchapi.IsRuntime(m.pass.Pkg.Path()) {
			m.result.Union.Client = true
		}
		if !mayCall {
			continue // nothing here leads to a Call
		}
		names := m.nodeNames(cur)
		if len(names) == 0 || m.runsInCallee(cur) {
			continue
		}
		for _, name := range names {
			if nodes[name] == nil {
				nodes[name] = &callNode{strict: make(map[string]bool), loose: make(map[string]bool)}
			}
			m.addMention(nodes[name], cur, obj)
		}
	}
	strict, loose := make(map[string]bool), make(map[string]bool)
	for _, c := range m.result.Union.Callers {
		loose[c.Func] = true
		strict[c.Func] = !c.Loose
	}
	propagate(nodes, strict, func(n *callNode) []map[string]bool { return []map[string]bool{n.strict} })
	propagate(nodes, loose, func(n *callNode) []map[string]bool { return []map[string]bool{n.strict, n.loose} })
	for name := range nodes {
		if loose[name] && isVisible(name) {
			m.result.Union.Callers = append(m.result.Union.Callers, Caller{name, !strict[name]})
		}
	}
	for _, r := range m.result.Registrations {
		r.Calls = r.Obj != nil && strict[r.Obj.FullName()]
	}
	m.result.callers = make(map[string]bool)
	for name := range loose {
		m.result.callers[name] = strict[name]
	}
}

// propagate adds to callers the nodes that use Call, and all nodes that mention a
// caller, directly or through other nodes.
func propagate(nodes map[string]*callNode, callers map[string]bool, mentions func(*callNode) []map[string]bool) {
	mentionedBy := make(map[string][]string) // from a name to the nodes that mention it
	var todo []string
	for name, n := range nodes {
		for _, names := range mentions(n) {
			for mentioned := range names {
				mentionedBy[mentioned] = append(mentionedBy[mentioned], name)
			}
		}
		if n.calls {
			todo = append(todo, name)
		}
	}
	for name, mentioners := range mentionedBy {
		if callers[name] {
			todo = append(todo, mentioners...)
		}
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !callers[name] {
			callers[name] = true
			todo = append(todo, mentionedBy[name]...)
		}
	}
}

// addMention records in n that the identifier at cur, which is in n, names obj.
func (m *model) addMention(n *callNode, cur inspector.Cursor, obj types.Object) {
	switch obj := obj.(type) {
	case *types.Func:
		n.strict[obj.Origin().FullName()] = true
	case *types.Var:
		if sel, ok := cur.Parent().Node().(*ast.SelectorExpr); ok && dispatchapi.IsCall(m.pass.TypesInfo, sel) {
			n.calls = true
		}
		if obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() && !dispatchapi.IsFunc(dispatchapi.Deref(obj.Type())) {
			n.strict[obj.Pkg().Path()+"."+obj.Name()] = true
		}
	case *types.TypeName:
		named, ok := types.Unalias(obj.Type()).(*types.Named)
		if !ok || types.IsInterface(named) {
			return
		}
		if m.methodsOf[named] == nil {
			m.methodsOf[named] = make(map[string]bool)
			addMethods(m.methodsOf[named], named, make(map[*types.Named]bool))
		}
		maps.Copy(n.loose, m.methodsOf[named])
	}
}

// addMethods adds the methods of a type, including promoted ones, and the methods
// of the types of its fields.
func addMethods(names map[string]bool, named *types.Named, seen map[*types.Named]bool) {
	if seen[named] {
		return
	}
	seen[named] = true
	methods := types.NewMethodSet(types.NewPointer(named))
	for i := range methods.Len() {
		names[methods.At(i).Obj().(*types.Func).Origin().FullName()] = true
	}
	st, ok := named.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i := range st.NumFields() {
		if field, ok := types.Unalias(dispatchapi.Deref(st.Field(i).Type())).(*types.Named); ok {
			addMethods(names, field, seen)
		}
	}
}

// nodeNames returns the full name of the function around cur, or the full names of
// the variables that are initialized there.
func (m *model) nodeNames(cur inspector.Cursor) []string {
	for c := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.ValueSpec)(nil)) {
		switch n := c.Node().(type) {
		case *ast.FuncDecl:
			if isInit(n) {
				return []string{m.pass.Pkg.Path() + ".init"}
			}
			return []string{m.pass.TypesInfo.Defs[n.Name].(*types.Func).FullName()}
		case *ast.ValueSpec:
			if declOf(c) != nil {
				continue
			}
			var names []string
			for _, id := range n.Names {
				if id.Name == "_" {
					if !m.hasCall(n.Values) {
						continue
					}
					id = ast.NewIdent("init") // the called function may keep its arguments
				}
				names = append(names, m.pass.Pkg.Path()+"."+id.Name)
			}
			return names
		}
	}
	return nil
}

// hasCall reports whether one of the values is the result of a call.
func (m *model) hasCall(values []ast.Expr) bool {
	return slices.ContainsFunc(values, func(e ast.Expr) bool {
		call, ok := m.unconverted(e).(*ast.CallExpr)
		return ok && call != nil
	})
}

// isVisible reports whether other packages can use the object with this full name,
// or run it as init. Facts leave out all other objects.
func isVisible(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return last == "init" || ast.IsExported(last)
}

// runsInCallee reports whether the code at cur runs in the callee only, because it
// is in an argument of a registration or of dispatch.OnStart.
func (m *model) runsInCallee(cur inspector.Cursor) bool {
	for c := range cur.Enclosing((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		fn, _ := dispatchapi.Callee(m.pass.TypesInfo, call).(*types.Func)
		if fn == nil || cur.Node().Pos() < call.Lparen {
			continue
		}
		if dispatchapi.Is(fn, dispatchapi.OnStart) || len(m.forwards(fn)) > 0 {
			return true
		}
	}
	return false
}

// makesClient reports whether code that mentions obj makes a client, or registers
// a transport that a client can use.
func makesClient(obj types.Object) bool {
	return dispatchapi.Is(obj, dispatchapi.Use) || dispatchapi.Is(obj, dispatchapi.New) || dispatchapi.Is(obj, dispatchapi.WithClient) ||
		obj.Pkg() != nil && obj.Pkg().Path() == dispatchapi.Transport && obj.Name() == "Register"
}

// CanCall reports whether a program, the package main with the given path, may use
// the Call of a Func. It looks at the functions that main leads to and, if loosely,
// also at the methods of types that are mentioned on the way and at the init of any
// package.
func (r *Result) CanCall(path string, loosely bool) bool {
	strict, ok := r.callers[path+".main"]
	if !loosely {
		return strict
	}
	return ok || slices.ContainsFunc(r.Union.Callers, func(c Caller) bool { return strings.HasSuffix(c.Func, ".init") && c.Func[0] != '(' })
}
