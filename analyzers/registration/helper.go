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
	if ok || decl == nil {
		return h // nil while it is read: what calls itself is no helper
	}
	m.own[fn] = nil
	h = &Helper{Func: fn.FullName(), Package: fn.Pkg().Path()}
	for cur := range m.cursor(decl).Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		h.Entrypoint = h.Entrypoint || m.isEntrypoint(call)
		callee, _ := dispatchapi.Callee(m.pass.TypesInfo, call).(*types.Func)
		if callee == nil {
			continue
		}
		for _, fwd := range m.forwards(callee) {
			if on := m.bind(cur, callee, fwd).forward; on != nil {
				h.Forwards = append(h.Forwards, *on)
			}
		}
	}
	if len(h.Forwards) > 0 || h.Entrypoint {
		m.own[fn] = h
	}
	return m.own[fn]
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

// throughInterface reports whether call is of an interface's method that has
// the name of one that registers, and is given a function to dispatch.
func (m *model) throughInterface(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	s := m.pass.TypesInfo.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal || !types.IsInterface(s.Recv()) {
		return false
	}
	return slices.ContainsFunc(m.methods()[sel.Sel.Name], func(param int) bool {
		if param >= len(call.Args) {
			return false
		}
		sig, ok := m.pass.TypesInfo.TypeOf(call.Args[param]).Underlying().(*types.Signature)
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
