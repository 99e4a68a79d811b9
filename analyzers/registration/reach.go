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

// A Caller is a function that can come to the Call of a Func: it has one, or
// mentions what does.
type Caller struct {
	Func string // its full name; that of init is its package's path and .init

	// Loose says that it only does so by a method of a type that it mentions,
	// as through an interface.
	Loose bool
}

// A mentioner is a function, a variable or the init of the package, with what it
// mentions.
type mentioner struct {
	calls  bool            // it has a Call
	strict map[string]bool // full names
	loose  map[string]bool // of the methods of types
}

// reach finds the callers of the package, and whether it makes a client.
func (m *model) reach() {
	nodes := make(map[string]*mentioner)
	some := m.result.Calls || len(m.result.Union.Callers) > 0
	for cur := range m.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		obj := m.pass.TypesInfo.Uses[id]
		if obj == nil || m.isTest(id) {
			continue
		}
		if makesClient(obj) && !dispatchapi.IsRuntime(m.pass.Pkg.Path()) {
			m.result.Union.Client = true
		}
		if !some {
			continue // nothing here can come to a call
		}
		names := m.nodesOf(cur)
		if len(names) == 0 || m.isElsewhere(cur) {
			continue
		}
		for _, name := range names {
			if nodes[name] == nil {
				nodes[name] = &mentioner{strict: make(map[string]bool), loose: make(map[string]bool)}
			}
			m.mention(nodes[name], cur, obj)
		}
	}
	strict, loose := make(map[string]bool), make(map[string]bool)
	for _, c := range m.result.Union.Callers {
		loose[c.Func] = true
		strict[c.Func] = !c.Loose
	}
	grow(nodes, strict, func(n *mentioner) []map[string]bool { return []map[string]bool{n.strict} })
	grow(nodes, loose, func(n *mentioner) []map[string]bool { return []map[string]bool{n.strict, n.loose} })
	for name := range nodes {
		if loose[name] && isForOthers(name) {
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

// grow adds to in the nodes that have a call, and those that mention what is in
// it.
func grow(nodes map[string]*mentioner, in map[string]bool, mentions func(*mentioner) []map[string]bool) {
	by := make(map[string][]string) // who mentions a name
	var todo []string
	for name, n := range nodes {
		for _, names := range mentions(n) {
			for mentioned := range names {
				by[mentioned] = append(by[mentioned], name)
			}
		}
		if n.calls {
			todo = append(todo, name)
		}
	}
	for name, mentioners := range by {
		if in[name] {
			todo = append(todo, mentioners...)
		}
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !in[name] {
			in[name] = true
			todo = append(todo, by[name]...)
		}
	}
}

// mention adds what the identifier at cur says of what it is in.
func (m *model) mention(n *mentioner, cur inspector.Cursor, obj types.Object) {
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

// addMethods adds the methods of a type, those of what it embeds among them, and
// those of the types of its fields.
func addMethods(to map[string]bool, named *types.Named, seen map[*types.Named]bool) {
	if seen[named] {
		return
	}
	seen[named] = true
	methods := types.NewMethodSet(types.NewPointer(named))
	for i := range methods.Len() {
		to[methods.At(i).Obj().(*types.Func).Origin().FullName()] = true
	}
	st, ok := named.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i := range st.NumFields() {
		if field, ok := types.Unalias(dispatchapi.Deref(st.Field(i).Type())).(*types.Named); ok {
			addMethods(to, field, seen)
		}
	}
}

// nodesOf returns the full name of the function around cur, or of the variables
// that are initialized there.
func (m *model) nodesOf(cur inspector.Cursor) []string {
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
					if !m.isCalled(n.Values) {
						continue
					}
					id = ast.NewIdent("init") // who is called there may keep what it is given
				}
				names = append(names, m.pass.Pkg.Path()+"."+id.Name)
			}
			return names
		}
	}
	return nil
}

// isCalled reports whether one of the values is the result of a call.
func (m *model) isCalled(values []ast.Expr) bool {
	return slices.ContainsFunc(values, func(e ast.Expr) bool {
		call, ok := m.unconverted(e).(*ast.CallExpr)
		return ok && call != nil
	})
}

// isForOthers reports whether other packages can come to what has a full name:
// facts leave out what they cannot.
func isForOthers(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return last == "init" || ast.IsExported(last)
}

// isElsewhere reports whether what stands at cur runs in the callee only: a
// function that is registered there, or given to dispatch.OnStart.
func (m *model) isElsewhere(cur inspector.Cursor) bool {
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

// makesClient reports whether who mentions obj makes a client, or a transport
// that one may be opened on.
func makesClient(obj types.Object) bool {
	return dispatchapi.Is(obj, dispatchapi.Use) || dispatchapi.Is(obj, dispatchapi.New) || dispatchapi.Is(obj, dispatchapi.WithClient) ||
		obj.Pkg() != nil && obj.Pkg().Path() == dispatchapi.Transport && obj.Name() == "Register"
}

// CanCall reports whether the program, which is package main with the given
// path, can come to the Call of a Func: from main or, loosely, by the methods of
// the types that it mentions and from the init of any of its packages.
func (r *Result) CanCall(path string, loosely bool) bool {
	strict, ok := r.callers[path+".main"]
	if !loosely {
		return strict
	}
	return ok || slices.ContainsFunc(r.Union.Callers, func(c Caller) bool { return strings.HasSuffix(c.Func, ".init") && c.Func[0] != '(' })
}
