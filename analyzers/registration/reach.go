package registration

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// An Effect has the properties of a function. They include those of the functions and
// variables that it mentions, and of the methods of values that it converts to an
// interface.
type Effect struct {
	Func   string // its full name; for init, the package path and ".init"; see startOf
	Calls  bool   // it uses the Call of a Func
	Client bool   // it sets a client
	Delay  string // a place where it delays a call: file:line, and the package
}

// join adds what other does, and reports whether that changes e. Of two delays, the
// first in the alphabet is kept.
func (e *Effect) join(other Effect) bool {
	before := *e
	e.Calls = e.Calls || other.Calls
	e.Client = e.Client || other.Client
	if e.Delay == "" || other.Delay != "" && other.Delay < e.Delay {
		e.Delay = other.Delay
	}
	return *e != before
}

// A node is a function, a variable or the init of the package.
type node struct {
	own      Effect          // without mentions
	mentions map[string]bool // full names of functions, methods and variables
}

// nodes are the nodes of a package, by full name.
type nodes map[string]*node

func (ns nodes) at(name string) *node {
	if ns[name] == nil {
		ns[name] = &node{mentions: make(map[string]bool)}
	}
	return ns[name]
}

// startOf returns the name of the node for functions that run before a callee's first
// call: those that the package passes to dispatch.OnStart.
func startOf(path string) string { return path + ".init.OnStart" }

// varsOf returns the name of the node for code that initializes the package's
// variables. It is not visible to other packages.
func varsOf(path string) string { return path + ".init.vars" }

// findEffects finds the effects of the functions of the package.
func (m *model) findEffects() {
	m.result.effects = make(map[string]Effect)
	for _, e := range m.result.Union.Effects {
		m.result.effects[e.Func] = e
	}
	if !m.mayHaveEffects() {
		return
	}
	ns := m.findNodes()
	ns.propagate(m.result.effects)
	path := m.pass.Pkg.Path()
	if m.result.effects[varsOf(path)].Client {
		init := m.result.effects[path+".init"]
		init.Func, init.Client = path+".init", true
		m.result.effects[init.Func] = init
		ns.at(init.Func)
	}
	for name := range ns {
		e := m.result.effects[name]
		if e.Func = name; e != (Effect{Func: name}) && isVisible(name) {
			m.result.Union.Effects = append(m.result.Union.Effects, e)
		}
	}
	for _, r := range m.result.Registrations {
		if r.Obj != nil {
			e := m.result.effects[r.Obj.FullName()]
			r.Calls, r.Client, r.Delay = e.Calls, e.Client, e.Delay
		}
	}
}

// mayHaveEffects reports whether the package uses a Call, or an import has effects to
// pass on. Most packages need no search.
func (m *model) mayHaveEffects() bool {
	return m.result.Calls || len(m.result.Union.Effects) > 0 || slices.ContainsFunc(m.pass.Pkg.Imports(), func(imp *types.Package) bool {
		return dispatchapi.IsMarker(imp.Path())
	})
}

// findNodes returns the nodes of the package outside tests.
func (m *model) findNodes() nodes {
	ns := make(nodes)
	for cur := range m.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if obj := m.pass.TypesInfo.Uses[id]; obj != nil && !m.isTest(id) {
			for _, name := range m.nodeNames(cur) {
				m.addMention(ns.at(name), cur, obj)
			}
		}
	}
	for _, c := range m.conversions() {
		for _, name := range m.nodeNames(c.cur) {
			for _, method := range c.methods {
				ns.at(name).mentions[method.FullName()] = true
			}
		}
	}
	return ns
}

// propagate adds to effects what the nodes do, themselves and through other nodes.
func (ns nodes) propagate(effects map[string]Effect) {
	mentionedBy := make(map[string][]string) // from a name to the nodes that mention it
	var todo []string
	join := func(name string, other Effect) {
		e := effects[name]
		if e.Func = name; e.join(other) {
			effects[name] = e
			todo = append(todo, name)
		}
	}
	for name, n := range ns {
		for mentioned := range n.mentions {
			mentionedBy[mentioned] = append(mentionedBy[mentioned], name)
		}
	}
	for name, n := range ns {
		join(name, n.own)
		for mentioned := range n.mentions {
			join(name, effects[mentioned])
		}
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, mentioner := range mentionedBy[name] {
			join(mentioner, effects[name])
		}
	}
}

// addMention records in n that the identifier at cur, which is in n, names obj.
func (m *model) addMention(n *node, cur inspector.Cursor, obj types.Object) {
	switch obj := obj.(type) {
	case *types.Func:
		n.own.Client = n.own.Client || m.setsClient(cur, obj)
		if m.delays(cur, obj) {
			n.own.join(Effect{Delay: m.placeOf(cur.Node())})
		}
		n.mentions[obj.Origin().FullName()] = true
	case *types.Var:
		if sel, ok := cur.Parent().Node().(*ast.SelectorExpr); ok && dispatchapi.IsCall(m.pass.TypesInfo, sel) {
			n.own.Calls = true
		}
		if obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() && !dispatchapi.IsFunc(dispatchapi.Deref(obj.Type())) {
			n.mentions[obj.Pkg().Path()+"."+obj.Name()] = true
		}
	}
}

// setsClient reports whether the use of fn at cur sets a client, or registers a
// transport from which DISPATCH_URL can make one. Use(nil) removes the client.
func (m *model) setsClient(cur inspector.Cursor, fn *types.Func) bool {
	if at, called := callOf(cur); called && dispatchapi.Is(fn, dispatchapi.Use) {
		args := at.Node().(*ast.CallExpr).Args
		return len(args) != 1 || !m.pass.TypesInfo.Types[args[0]].IsNil()
	}
	return dispatchapi.Is(fn, dispatchapi.Use) || dispatchapi.Is(fn, dispatchapi.WithClient) || m.isTransportRegister(fn)
}

// isTransportRegister reports whether fn is transport.Register. The runtime's own
// transports are linked by an import instead; see linkTransport.
func (m *model) isTransportRegister(fn types.Object) bool {
	return fn.Pkg() != nil && fn.Pkg().Path() == dispatchapi.Transport && fn.Name() == "Register" && !dispatchapi.IsRuntime(m.pass.Pkg.Path())
}

// delays reports whether fn is dispatch.Delay or dispatch.At. A constant delay of 0 or
// less is none.
func (m *model) delays(cur inspector.Cursor, fn *types.Func) bool {
	if dispatchapi.IsRuntime(m.pass.Pkg.Path()) || !dispatchapi.Is(fn, dispatchapi.Delay) && !dispatchapi.Is(fn, dispatchapi.At) {
		return false
	}
	at, called := callOf(cur)
	if !called {
		return true
	}
	args := at.Node().(*ast.CallExpr).Args
	if len(args) != 1 {
		return true
	}
	v := m.pass.TypesInfo.Types[args[0]].Value
	return v == nil || constant.Sign(v) > 0
}

// placeOf names the place of n for a reader who may be in another package.
func (m *model) placeOf(n ast.Node) string {
	return position(m.pass.Fset, n.Pos()) + " in " + m.pass.Pkg.Path()
}

// nodeNames returns the full names of the nodes that the code at cur belongs to: the
// function around it, or the variables that are initialized there.
func (m *model) nodeNames(cur inspector.Cursor) []string {
	if callee, start := m.runsInCallee(cur); start {
		return []string{startOf(m.pass.Pkg.Path())}
	} else if callee {
		return nil
	}
	for c := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.ValueSpec)(nil)) {
		switch n := c.Node().(type) {
		case *ast.FuncDecl:
			if isInit(n) {
				return []string{m.pass.Pkg.Path() + ".init"}
			}
			return []string{m.pass.TypesInfo.Defs[n.Name].(*types.Func).FullName()}
		case *ast.ValueSpec:
			if declOf(c) == nil {
				return m.variableNames(cur, n)
			}
		}
	}
	return nil
}

// variableNames returns the full names of the variables that spec declares. If the code
// at cur runs when they are initialized, varsOf is one of the names.
func (m *model) variableNames(cur inspector.Cursor, spec *ast.ValueSpec) []string {
	var names []string
	for _, id := range spec.Names {
		if id.Name == "_" {
			if !m.hasCall(spec.Values) {
				continue
			}
			id = ast.NewIdent("init") // the called function may keep its arguments
		}
		names = append(names, m.pass.Pkg.Path()+"."+id.Name)
	}
	if runsAtOnce(cur) {
		names = append(names, varsOf(m.pass.Pkg.Path()))
	}
	return names
}

// runsAtOnce reports whether the identifier at cur names the function of a call that
// the initialization of a variable makes: it is not in a function literal, unless that
// is called too.
func runsAtOnce(cur inspector.Cursor) bool {
	if _, called := callOf(cur); !called {
		return false
	}
	for c := range cur.Enclosing((*ast.FuncLit)(nil)) {
		if _, called := callOf(c); !called {
			return false
		}
	}
	return true
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
// is in an argument of a registration or of dispatch.OnStart, and whether it is the
// latter.
func (m *model) runsInCallee(cur inspector.Cursor) (callee, start bool) {
	for c := range cur.Enclosing((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		fn, _ := dispatchapi.Callee(m.pass.TypesInfo, call).(*types.Func)
		switch {
		case fn == nil || cur.Node().Pos() < call.Lparen:
		case dispatchapi.Is(fn, dispatchapi.OnStart):
			return true, true
		case len(m.forwards(fn)) > 0:
			return true, false
		}
	}
	return false, false
}

// CanCall reports whether a program, the package main with the given path, may use
// the Call of a Func. It looks at what main leads to and, if loosely, also at the init
// of any package.
func (r *Result) CanCall(path string, loosely bool) bool {
	return r.effects[path+".main"].Calls || loosely && r.init().Calls
}

// DelayOf returns the place where a program, the package main with the given path, may
// delay a call, or "".
func (r *Result) DelayOf(path string) string {
	e := r.init()
	e.join(r.effects[path+".main"])
	return e.Delay
}

// init returns the effects of the init of all packages.
func (r *Result) init() Effect {
	var all Effect
	for _, e := range r.effects {
		if strings.HasSuffix(e.Func, ".init") && e.Func[0] != '(' {
			all.join(e)
		}
	}
	return all
}

// HasClient reports whether a program that consists of the package and its imports has
// a client: a transport is linked, or code that runs sets one. All exported functions
// of an entrypoint that is not main count, because it is unknown which of them run.
func (r *Result) HasClient(pkg *types.Package) bool {
	if r.Union.Client || r.init().Client || r.effects[pkg.Path()+".main"].Client && pkg.Name() == "main" {
		return true
	}
	if len(r.Entrypoints) == 0 {
		return false
	}
	for name, e := range r.effects {
		own := pkg.Name() != "main" && isVisible(name) && (strings.HasPrefix(name, pkg.Path()+".") || strings.HasPrefix(strings.TrimLeft(name, "(*"), pkg.Path()+"."))
		if e.Client && (own || strings.HasSuffix(name, startOf(""))) {
			return true
		}
	}
	return false
}
