package registration

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A Helper is a function that passes parameters on to dispatch.Register, so
// that its calls are registrations, or one that makes its callers entrypoints.
type Helper struct {
	Func       string    // its full name, as types.Func has it
	Package    string    // import path of the package that has it
	Forwards   []Forward // the registrations that a call of it makes
	Entrypoint bool
}

// String names the helper and says what it is.
func (h Helper) String() string {
	if h.Entrypoint {
		return h.Func + ":entrypoint"
	}
	return h.Func + ":helper"
}

// A Forward is the registration of a function that is a parameter.
type Forward struct {
	Param   int // its index, without the receiver
	Options []Option
}

// An Option is one of a registration: of a kind, with a text that may have
// parameters in it, or the options that are a parameter.
type Option struct {
	Kind  string // dispatchapi.Name, Alias or Queue; or empty
	Text  []Piece
	Param int // if there is no kind
}

// A Piece of a text is constant, or a parameter.
type Piece struct {
	Text    string
	IsParam bool
	Param   int
}

// register is how dispatch.Register itself takes its parameters.
var register = []Forward{{Param: 0, Options: []Option{{Param: 1}}}}

// forwards returns the registrations that a call of fn makes of its
// parameters.
func (m *model) forwards(fn *types.Func) []Forward {
	if dispatchapi.Is(fn, dispatchapi.Register) {
		return register
	}
	if h := m.helper(fn); h != nil {
		return h.Forwards
	}
	return nil
}

// helper returns what fn is for its callers; nil if it is no helper.
func (m *model) helper(fn *types.Func) *Helper {
	if fn.Pkg() != m.pass.Pkg {
		if fn.Pkg() == nil || !m.helpful[fn.Pkg().Path()] {
			return nil
		}
		return m.helpers[fn.FullName()]
	}
	h, ok := m.own[fn]
	decl := m.decls[fn]
	if ok || decl == nil || !m.mayRegister(fn) && !m.mayServe() {
		return h
	}
	m.own[fn] = nil
	h = &Helper{Func: fn.FullName(), Package: fn.Pkg().Path(), Entrypoint: m.isServing(fn)}
	for cur := range m.cursor(decl.Body).Preorder((*ast.Ident)(nil)) {
		used := m.pass.TypesInfo.Uses[cur.Node().(*ast.Ident)]
		callee, ok := used.(*types.Func)
		if !ok {
			continue
		}
		call, ok := callOf(cur)
		if !ok || m.mayRegister(callee.Origin()) && m.comesTo(callee.Origin(), fn) {
			continue // of two that call each other, see called
		}
		for _, fwd := range m.forwards(callee.Origin()) {
			if on := m.bind(call, callee.Origin(), fwd).forward; on != nil {
				h.Forwards = append(h.Forwards, *on)
			}
		}
	}
	if len(h.Forwards) > 0 || h.Entrypoint {
		m.own[fn] = h
	}
	return m.own[fn]
}

// mayRegister reports whether fn is a function of the package that comes to
// dispatch.Register, or to a helper of another package.
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

// comesTo reports whether one function of the package calls the other, itself or
// through others.
func (m *model) comesTo(from, to *types.Func) bool {
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
	out, ok := m.mentions[fn]
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
	m.mentions[fn] = out
	return out
}

// exportHelpers adds the helpers of the package to its fact.
func (m *model) exportHelpers() {
	u := &m.result.Union
	for fn, decl := range m.decls {
		if h := m.helper(fn); h != nil && isForOthers(h.Func) && !m.isTest(decl) {
			u.Helpers = append(u.Helpers, *h)
		}
	}
	slices.SortFunc(u.Helpers, func(a, b Helper) int { return cmp.Compare(a.Func, b.Func) })
	u.Helpers = slices.CompactFunc(u.Helpers, func(a, b Helper) bool { return a.Func == b.Func })
}

// throughInterface reports whether fn is a method of an interface that has the
// name of one that registers, and takes a function to dispatch where that does.
func (m *model) throughInterface(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil || !types.IsInterface(recv.Type()) {
		return false
	}
	params := fn.Signature().Params()
	return slices.ContainsFunc(m.methods()[fn.Name()], func(param int) bool {
		if param >= params.Len() {
			return false
		}
		sig, ok := params.At(param).Type().Underlying().(*types.Signature)
		return ok && wrongForm(sig) == ""
	})
}

// methods returns, by name, the parameters that methods register.
func (m *model) methods() map[string][]int {
	if m.byName != nil {
		return m.byName
	}
	m.byName = make(map[string][]int)
	add := func(h *Helper) {
		if !strings.HasPrefix(h.Func, "(") {
			return // a function has no receiver
		}
		name := h.Func[strings.LastIndexByte(h.Func, '.')+1:]
		for _, fwd := range h.Forwards {
			m.byName[name] = append(m.byName[name], fwd.Param)
		}
	}
	for _, h := range m.helpers {
		add(h)
	}
	for _, h := range m.own {
		if h != nil {
			add(h)
		}
	}
	return m.byName
}
