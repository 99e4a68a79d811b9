package registration

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A Helper is a function that passes parameters on to dispatch.Register, so that
// its calls are registrations, or a function that makes its callers entrypoints.
type Helper struct {
	Func       string    // its full name, from types.Func.FullName
	Package    string    // import path of the package that declares it
	Forwards   []Forward // the registrations that a call of it makes
	Entrypoint bool      // whether its callers are entrypoints
}

// String returns the name of the helper and its kind.
func (h Helper) String() string {
	if h.Entrypoint {
		return h.Func + ":entrypoint"
	}
	return h.Func + ":helper"
}

// A Forward is the registration of a function that a helper takes as a parameter.
type Forward struct {
	Param   int // the index of the parameter, not counting the receiver
	Options []Option
}

// An Option is an option of a registration. If it has a kind, its text may contain
// parameters of the helper; otherwise a parameter of the helper holds the options.
type Option struct {
	Kind  string // dispatchapi.Name, Alias or Queue; or empty
	Text  []Piece
	Param int // the index of the parameter, if Kind is empty
}

// A Piece of a text is a constant or a parameter.
type Piece struct {
	Text    string
	IsParam bool
	Param   int
}

// registerForwards describes dispatch.Register itself: its parameters are a
// function and options.
var registerForwards = []Forward{{Param: 0, Options: []Option{{Param: 1}}}}

// forwards returns the registrations that a call of fn makes of its
// parameters.
func (m *model) forwards(fn *types.Func) []Forward {
	if dispatchapi.Is(fn, dispatchapi.Register) {
		return registerForwards
	}
	if h := m.helperOf(fn); h != nil {
		return h.Forwards
	}
	return nil
}

// helperOf returns the helper that fn is, or nil.
func (m *model) helperOf(fn *types.Func) *Helper {
	if fn.Pkg() != m.pass.Pkg {
		if fn.Pkg() == nil || !m.helperPkgs[fn.Pkg().Path()] {
			return nil
		}
		return m.importedHelpers[fn.FullName()]
	}
	h, ok := m.ownHelpers[fn]
	decl := m.decls[fn]
	if ok || decl == nil || !m.mayRegister(fn) && !m.mayLeadToEntrypoint() {
		return h
	}
	m.ownHelpers[fn] = nil
	h = &Helper{Func: fn.FullName(), Package: fn.Pkg().Path(), Entrypoint: m.leadsToEntrypoint(fn)}
	for cur := range m.cursor(decl.Body).Preorder((*ast.Ident)(nil)) {
		used := m.pass.TypesInfo.Uses[cur.Node().(*ast.Ident)]
		callee, ok := used.(*types.Func)
		if !ok {
			continue
		}
		call, ok := callOf(cur)
		if !ok || m.mayRegister(callee.Origin()) && m.leadsTo(callee.Origin(), fn) {
			continue // not called, or recursive: readUse reports both
		}
		for _, fwd := range m.forwards(callee.Origin()) {
			if forward := m.bind(call, callee.Origin(), fwd).forward; forward != nil {
				h.Forwards = append(h.Forwards, *forward)
			}
		}
	}
	if len(h.Forwards) > 0 || h.Entrypoint {
		m.ownHelpers[fn] = h
	}
	return m.ownHelpers[fn]
}

// mayRegister reports whether fn is a function of the package that mentions
// dispatch.Register or a helper of another package, directly or through other
// functions of the package.
func (m *model) mayRegister(fn *types.Func) bool {
	if m.registering != nil {
		return m.registering[fn]
	}
	m.registering = make(map[*types.Func]bool)
	callers := make(map[*types.Func][]*types.Func)
	var found []*types.Func
	for caller, decl := range m.decls {
		for n := range ast.Preorder(decl.Body) {
			id, ok := n.(*ast.Ident)
			if !ok {
				continue
			}
			used, ok := m.pass.TypesInfo.Uses[id].(*types.Func)
			switch {
			case !ok:
			case m.decls[used.Origin()] != nil:
				callers[used.Origin()] = append(callers[used.Origin()], caller)
			case used.Pkg() != m.pass.Pkg && len(m.forwards(used.Origin())) > 0:
				found = append(found, caller)
			}
		}
	}
	for len(found) > 0 {
		f := found[len(found)-1]
		found = found[:len(found)-1]
		if !m.registering[f] {
			m.registering[f] = true
			found = append(found, callers[f]...)
		}
	}
	return m.registering[fn]
}

// leadsTo reports whether from, a function of the package, mentions to, directly or
// through other functions of the package. A function leads to itself.
func (m *model) leadsTo(from, to *types.Func) bool {
	seen := make(map[*types.Func]bool)
	var visit func(fn *types.Func) bool
	visit = func(fn *types.Func) bool {
		if fn == to {
			return true
		}
		if seen[fn] || m.decls[fn] == nil {
			return false
		}
		seen[fn] = true
		return slices.ContainsFunc(m.callees(fn), visit)
	}
	return visit(from)
}

// callees returns the functions of the package that fn mentions.
func (m *model) callees(fn *types.Func) []*types.Func {
	out, ok := m.calleesOf[fn]
	if ok {
		return out
	}
	for n := range ast.Preorder(m.decls[fn].Body) {
		if id, ok := n.(*ast.Ident); ok {
			if used, ok := m.pass.TypesInfo.Uses[id].(*types.Func); ok && m.decls[used.Origin()] != nil {
				out = append(out, used.Origin())
			}
		}
	}
	m.calleesOf[fn] = out
	return out
}

// exportHelpers adds the helpers of the package to its fact.
func (m *model) exportHelpers() {
	u := &m.result.Union
	for fn, decl := range m.decls {
		if h := m.helperOf(fn); h != nil && isVisible(h.Func) && !m.isTest(decl) {
			u.Helpers = append(u.Helpers, *h)
		}
	}
	slices.SortFunc(u.Helpers, func(a, b Helper) int { return cmp.Compare(a.Func, b.Func) })
	u.Helpers = slices.CompactFunc(u.Helpers, func(a, b Helper) bool { return a.Func == b.Func })
}

// isInterfaceHelper reports whether fn is a method of an interface that a helper may
// implement: a helper is a method of the same name, and fn takes a function that
// can be dispatched at the index of the parameter that the helper registers.
func (m *model) isInterfaceHelper(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil || !types.IsInterface(recv.Type()) {
		return false
	}
	params := fn.Signature().Params()
	return slices.ContainsFunc(m.helperMethods()[fn.Name()], func(param int) bool {
		if param >= params.Len() {
			return false
		}
		sig, ok := params.At(param).Type().Underlying().(*types.Signature)
		return ok && len(signatureProblems(sig)) == 0
	})
}

// helperMethods returns the indexes of the parameters that helpers register, by
// the name of the method. Functions are left out.
func (m *model) helperMethods() map[string][]int {
	if m.methodParams != nil {
		return m.methodParams
	}
	m.methodParams = make(map[string][]int)
	add := func(h *Helper) {
		if !strings.HasPrefix(h.Func, "(") {
			return // not a method
		}
		name := h.Func[strings.LastIndexByte(h.Func, '.')+1:]
		for _, fwd := range h.Forwards {
			m.methodParams[name] = append(m.methodParams[name], fwd.Param)
		}
	}
	for _, h := range m.importedHelpers {
		add(h)
	}
	for _, h := range m.ownHelpers {
		if h != nil {
			add(h)
		}
	}
	return m.methodParams
}
