package dispatchargs

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// A tracer finds the values that reach the interfaces in an argument: in literals, and in
// local variables.
type tracer struct {
	info *types.Info
	call inspector.Cursor
	seen map[*types.Var]*found
}

// A found is the result for a variable. It is zero while the variable is searched.
type found struct {
	flaw    flaw
	visible bool
}

// A flaw is a value that does not arrive unchanged.
type flaw struct {
	at  ast.Expr
	why string // empty if there is none
	key string // of the element of the literal that has it, if it is written
}

// trace returns the first flaw of e, whose value is stored in a variable of type t. An
// unknown value in an interface is a flaw only if it is the argument itself.
func (tr *tracer) trace(e ast.Expr, t types.Type, argument bool) flaw {
	e = ast.Unparen(e)
	own := tr.info.TypeOf(e)
	switch {
	case t == nil, own == nil, isTypeParam(t), isTypeParam(own) && !argument:
		return flaw{}
	case isAny(t) && !isAny(own) && !isJSON(own):
		return flaw{at: e, why: typeChange(own)}
	case !isAny(own) && argtype.Encodes(new(universe).of(own)):
		return flaw{}
	}
	switch e := e.(type) {
	case *ast.CallExpr:
		if tr.info.Types[e.Fun].IsType() {
			return tr.trace(e.Args[0], own, argument) // a conversion
		}
		if id, ok := e.Fun.(*ast.Ident); ok && tr.info.Uses[id] == types.Universe.Lookup("append") {
			return tr.appended(e)
		}
	case *ast.SliceExpr:
		return tr.trace(e.X, tr.info.TypeOf(e.X), false)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return tr.trace(e.X, tr.info.TypeOf(e.X), false)
		}
	case *ast.CompositeLit:
		return tr.literal(e)
	case *ast.Ident:
		if v, ok := tr.info.Uses[e].(*types.Var); ok {
			if f, visible := tr.variable(v); visible {
				return f
			}
		}
	}
	if argument && isAny(own) {
		return flaw{at: e, why: typeChange(own)}
	}
	return flaw{}
}

// appended returns the first flaw of the arguments of append.
func (tr *tracer) appended(call *ast.CallExpr) flaw {
	slice := tr.info.TypeOf(call.Args[0])
	for i, arg := range call.Args {
		slot := slice
		if i > 0 && !call.Ellipsis.IsValid() {
			slot = elemOf(slice, 0)
		}
		if f := tr.trace(arg, slot, false); f.why != "" {
			return f
		}
	}
	return flaw{}
}

// literal returns the first flaw of the elements of lit.
func (tr *tracer) literal(lit *ast.CompositeLit) flaw {
	t := tr.info.TypeOf(lit)
	for i, elt := range lit.Elts {
		slot, key := elemOf(t, i), strconv.Itoa(i)
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			key = types.ExprString(kv.Key)
			if s, isStruct := structOf(t); isStruct {
				slot = fieldOf(s, kv.Key)
			}
			elt = kv.Value
		}
		if slot == nil {
			continue
		}
		if f := tr.trace(elt, slot, false); f.why != "" {
			f = f.in("element")
			f.key = key
			return f
		}
	}
	return flaw{}
}

// in returns the flaw of a value that has f in the named part.
func (f flaw) in(part string) flaw {
	return flaw{at: f.at, why: "has an " + part + " that " + f.why}
}

// structOf returns the struct type of t, or of what it points to.
func structOf(t types.Type) (*types.Struct, bool) {
	u := t.Underlying()
	if p, ok := u.(*types.Pointer); ok { // an element of a slice of pointers, written without &
		u = p.Elem().Underlying()
	}
	s, ok := u.(*types.Struct)
	return s, ok
}

// elemOf returns the type of the i-th element of a literal of type t, or nil if it is not
// sent.
func elemOf(t types.Type, i int) types.Type {
	if s, ok := structOf(t); ok {
		if i < s.NumFields() && s.Field(i).Exported() && !isDropped(s.Tag(i)) {
			return s.Field(i).Type()
		}
		return nil
	}
	if e, ok := t.Underlying().(interface{ Elem() types.Type }); ok {
		return e.Elem()
	}
	return nil
}

// fieldOf returns the type of the field of s that a literal names, or nil if it is not
// sent.
func fieldOf(s *types.Struct, key ast.Expr) types.Type {
	id, ok := key.(*ast.Ident)
	for i := range s.NumFields() {
		if f := s.Field(i); ok && f.Name() == id.Name && f.Exported() && !isDropped(s.Tag(i)) {
			return f.Type()
		}
	}
	return nil
}

// variable returns the first flaw among the values that reach v before the call. Visible
// reports whether all values are known: v is a local variable whose address is only
// passed to a decoder of JSON.
func (tr *tracer) variable(v *types.Var) (f flaw, visible bool) {
	if known := tr.seen[v]; known != nil {
		return known.flaw, known.visible
	}
	body := enclosing(tr.call)
	if body == nil || v.Kind() != types.LocalVar || v.Pos() < body.Pos() || v.Pos() > body.End() {
		return flaw{}, false
	}
	result := new(found)
	tr.seen[v] = result
	var stores []store
	stores, result.visible = tr.stores(v, body)
	for _, s := range stores {
		if s.value == nil || s.slot == nil || !tr.before(s.at) || tr.overwritten(s, stores) || !tr.reaches(s.at, body) {
			continue
		}
		if f := tr.trace(s.value, s.slot, false); f.why != "" && !tr.replaced(s, f, stores) {
			result.flaw, result.visible = f, true
			if !s.whole {
				result.flaw = f.in("element")
			}
			break
		}
	}
	return result.flaw, result.visible
}

// stores returns the assignments to v and its parts in body, and whether nothing else
// changes v.
func (tr *tracer) stores(v *types.Var, body *ast.BlockStmt) (stores []store, visible bool) {
	visible = true
	var address, decoded bool // its address is taken; by a decoder
	for n := range ast.Preorder(body) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			stores = tr.assignments(stores, v, n)
			visible = visible && (len(n.Lhs) == len(n.Rhs) || !tr.assigns(v, n.Lhs))
		case *ast.ValueSpec:
			for i, name := range n.Names {
				switch {
				case tr.info.Defs[name] != v || len(n.Values) == 0:
				case len(n.Values) != len(n.Names):
					visible = false
				default:
					stores = append(stores, store{slot: v.Type(), value: n.Values[i], at: n, whole: true})
				}
			}
		case *ast.RangeStmt:
			visible = visible && !tr.assigns(v, []ast.Expr{n.Key, n.Value})
		case *ast.UnaryExpr:
			address = address || n.Op == token.AND && tr.root(n.X) == v
		case *ast.CallExpr:
			if isDecoder(tr.info, n) {
				decoded = decoded || tr.takesAddress(v, n)
			}
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "delete" && len(n.Args) == 2 && tr.root(n.Args[0]) == v {
				stores = append(stores, store{at: n, key: types.ExprString(n.Args[1])})
			}
		}
	}
	return stores, visible && (!address || decoded)
}

// partKey returns the field, key or index that e selects, or "".
func partKey(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return types.ExprString(e.Index)
	}
	return ""
}

// before reports whether the statement at may run before the call: it stands before it, or
// in a loop around both, and is not deferred or in a goroutine.
func (tr *tracer) before(at ast.Node) bool {
	call := tr.call.Node()
	earlier := at.Pos() < call.Pos()
	for cur := range tr.call.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		loop := cur.Node()
		earlier = earlier || loop.Pos() <= at.Pos() && at.End() <= loop.End()
	}
	for n := range ast.Preorder(enclosing(tr.call)) {
		switch n.(type) {
		case *ast.DeferStmt, *ast.GoStmt:
			inside := n.Pos() <= at.Pos() && at.End() <= n.End()
			if inside && (call.Pos() < n.Pos() || call.End() > n.End()) {
				return false
			}
		}
	}
	return earlier
}

// replaced reports whether a later store or deletion before the call has the part of s
// with the flaw f.
func (tr *tracer) replaced(s store, f flaw, all []store) bool {
	for _, o := range all {
		if o.at.Pos() <= s.at.Pos() || o.at.Pos() > tr.call.Node().Pos() {
			continue
		}
		if s.text != "" && o.text != "" && strings.HasPrefix(s.text, o.text) && o.at != s.at || o.key != "" && f.key == o.key && (s.whole || o.value == nil) {
			return true
		}
	}
	return false
}

// reaches reports whether the call may run after the statement at: no block around it,
// without the call, ends in a jump.
func (tr *tracer) reaches(at ast.Node, body *ast.BlockStmt) bool {
	call := tr.call.Node()
	for n := range ast.Preorder(body) {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		around := len(list) > 0 && n.Pos() <= at.Pos() && at.End() <= n.End()
		if around && (call.Pos() < n.Pos() || call.End() > n.End()) && jumps(list[len(list)-1]) {
			return false
		}
	}
	return true
}

// jumps reports whether s leaves the block that it ends.
func jumps(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return ok && types.ExprString(call.Fun) == "panic"
	}
	return false
}

// A store is an assignment to a variable or to a part of it.
type store struct {
	slot  types.Type
	value ast.Expr // nil for a deletion
	at    ast.Node
	whole bool   // to the variable itself
	key   string // of the part, if it is a part of the variable itself
	text  string // the part
}

// assignments adds the stores of n to v.
func (tr *tracer) assignments(stores []store, v *types.Var, n *ast.AssignStmt) []store {
	if len(n.Lhs) != len(n.Rhs) {
		return stores
	}
	for i, left := range n.Lhs {
		left, value := ast.Unparen(left), n.Rhs[i]
		if tr.root(left) != v || !tr.sent(left) {
			continue
		}
		_, whole := left.(*ast.Ident)
		slot := tr.info.TypeOf(left)
		call, isCall := ast.Unparen(value).(*ast.CallExpr)
		if id, ok := callee(call, isCall).(*ast.Ident); ok && tr.info.Uses[id] == types.Universe.Lookup("append") {
			for _, arg := range call.Args[1:] {
				if call.Ellipsis.IsValid() {
					stores = append(stores, store{slot: slot, value: arg, at: n})
				} else {
					stores = append(stores, store{slot: elemOf(slot, 0), value: arg, at: n})
				}
			}
			if tr.root(call.Args[0]) != v {
				stores = append(stores, store{slot: slot, value: call.Args[0], at: n, whole: whole})
			}
			continue
		}
		stores = append(stores, store{slot, value, n, whole, partKey(left), types.ExprString(left)})
	}
	return stores
}

// callee returns what call calls, or nil.
func callee(call *ast.CallExpr, ok bool) ast.Expr {
	if !ok {
		return nil
	}
	return ast.Unparen(call.Fun)
}

// root returns the local variable of which e is a part, or nil.
func (tr *tracer) root(e ast.Expr) *types.Var {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.Ident:
			v, _ := tr.info.ObjectOf(x).(*types.Var)
			return v
		default:
			return nil
		}
	}
}

// sent reports whether e, a variable or a part of one, is sent with the variable.
func (tr *tracer) sent(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		s, ok := structOf(tr.info.TypeOf(x.X))
		return !ok || fieldOf(s, x.Sel) != nil && tr.sent(x.X)
	case *ast.IndexExpr:
		return tr.sent(x.X)
	}
	return true
}

// assigns reports whether one of the expressions is v.
func (tr *tracer) assigns(v *types.Var, exprs []ast.Expr) bool {
	for _, e := range exprs {
		if id, ok := e.(*ast.Ident); ok && tr.info.ObjectOf(id) == v {
			return true
		}
	}
	return false
}

// takesAddress reports whether call has the address of v as an argument.
func (tr *tracer) takesAddress(v *types.Var, call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		if u, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok && u.Op == token.AND && tr.root(u.X) == v {
			return true
		}
	}
	return false
}

// isDecoder reports whether call decodes JSON, which fills interfaces with plain values.
func isDecoder(info *types.Info, call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	fn, ok := info.Uses[sel.Sel].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Name() != "Unmarshal" && fn.Name() != "Decode" {
		return false
	}
	switch fn.Pkg().Path() {
	case "encoding/json", "encoding/json/v2", "github.com/go-json-experiment/json":
		return true
	}
	return false
}

// overwritten reports whether another store to the whole variable lies between s and the
// call, in a block around the call.
func (tr *tracer) overwritten(s store, all []store) bool {
	call := tr.call.Node()
	for _, o := range all {
		if !o.whole || o.at.Pos() <= s.at.Pos() || o.at.Pos() > call.Pos() {
			continue
		}
		for cur := range tr.call.Enclosing((*ast.BlockStmt)(nil), (*ast.CaseClause)(nil), (*ast.CommClause)(nil)) {
			for child := range cur.Children() {
				if child.Node() == o.at {
					return true
				}
			}
		}
	}
	return false
}

// enclosing returns the body of the outermost function around cur, or nil.
func enclosing(cur inspector.Cursor) *ast.BlockStmt {
	for c := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		return c.Node().(*ast.FuncDecl).Body
	}
	return nil
}
