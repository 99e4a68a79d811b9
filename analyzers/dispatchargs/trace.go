package dispatchargs

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

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
		if tr.appends(e) {
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

// appends reports whether e calls append.
func (tr *tracer) appends(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	return ok && tr.info.Uses[id] == types.Universe.Lookup("append")
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
			f = f.inElement()
			f.key = key
			return f
		}
	}
	return flaw{}
}

// inElement returns the flaw of a value with an element that has f.
func (f flaw) inElement() flaw {
	return flaw{at: f.at, why: "has an element that " + f.why}
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
				result.flaw = f.inElement()
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

// enclosing returns the body of the outermost function around cur, or nil.
func enclosing(cur inspector.Cursor) *ast.BlockStmt {
	for c := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		return c.Node().(*ast.FuncDecl).Body
	}
	return nil
}
