package dispatchargs

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"

	"golang.org/x/tools/go/analysis"
)

// shapes decides which methods keep the shape of their receiver. Export data has no
// bodies, but it has the position of each method, so the source is at hand. The zero
// value knows no source.
type shapes struct {
	pass  *analysis.Pass
	known map[*types.Func]bool
}

// keeps reports whether fn, a method that encodes or decodes, hands its receiver to an
// encoder or decoder as a value of a type without methods:
//
//	type plain Order
//	return json.Marshal((*plain)(o))
//
// An encoder changes the shape if it does anything else with the receiver, or adds a field
// under a name of the receiver's. A decoder may do so: Call tries it with each value.
func (s *shapes) keeps(fn *types.Func) bool {
	if s.pass == nil {
		return false
	}
	fn = fn.Origin()
	if _, ok := s.known[fn]; !ok {
		if s.known == nil {
			s.known = make(map[*types.Func]bool)
		}
		s.known[fn] = s.read(fn)
	}
	return s.known[fn]
}

// read is keeps for a method that was not asked for before.
func (s *shapes) read(fn *types.Func) bool {
	file := s.pass.Fset.Position(fn.Pos())
	src, err := read(s.pass, file.Filename)
	if err != nil {
		return false
	}
	decl := parseMethod(src, file.Line, fn.Name())
	if decl == nil || decl.Body == nil || len(decl.Recv.List[0].Names) != 1 {
		return false
	}
	m := method{
		receiver: decl.Recv.List[0].Names[0].Name,
		typ:      typeName(decl.Recv.List[0].Type),
		plain:    make(map[string]bool),
		values:   make(map[string]bool),
		isPlain:  func(name, typ string) bool { return isPlain(fn.Pkg(), src, name, typ) },
		inlines:  inlines(fn.Signature().Recv().Type()),
		members:  membersOf(fn.Signature().Recv().Type(), 0),
	}
	m.encodes = len(decl.Type.Params.List) == 0
	for n := range ast.Preorder(decl.Body) {
		m.node(n)
	}
	if m.encodes {
		return m.handed && m.onlyHands(decl.Body)
	}
	return m.handed && (m.stored || !m.copied)
}

// parseMethod returns the declaration of the method that begins on a line of src.
func parseMethod(src []byte, line int, name string) *ast.FuncDecl {
	start := 0
	for range line - 1 {
		n := bytes.IndexByte(src[start:], '\n')
		if n < 0 {
			return nil
		}
		start += n + 1
	}
	// Only the declaration is parsed: a generated file can have 100,000 lines.
	const end = "\n}"
	text := src[start:]
	if n := bytes.Index(text, []byte(end)); n >= 0 {
		text = text[:n+len(end)]
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", append([]byte("package p\n"), text...), parser.SkipObjectResolution)
	if err != nil {
		file, err = parser.ParseFile(token.NewFileSet(), "", append([]byte("package p\n"), src[start:]...), parser.SkipObjectResolution)
	}
	if err != nil || len(file.Decls) == 0 {
		return nil
	}
	decl, ok := file.Decls[0].(*ast.FuncDecl)
	if !ok || decl.Name.Name != name || decl.Recv == nil || len(decl.Recv.List) != 1 {
		return nil
	}
	return decl
}

// A method holds the use of the receiver in the body of a method.
type method struct {
	receiver, typ string
	encodes       bool
	inlines       bool                        // the receiver has a field with the option inline
	isPlain       func(name, typ string) bool // of a type of the package
	members       map[string]bool             // the JSON names of the receiver's fields

	plain  map[string]bool // local types that are the receiver's without methods
	values map[string]bool // variables of these types

	copied bool // a variable of such a type is a copy of the receiver
	handed bool // a value of such a type was handed to an encoder or decoder
	stored bool // the receiver was assigned a value of such a type
}

// node adds n, in the order of the source.
func (m *method) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.TypeSpec:
		if !n.Assign.IsValid() && (typeName(n.Type) == m.typ || m.embeds(n.Type)) {
			m.plain[n.Name.Name] = true
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			empty := len(n.Values) == 0 && !m.encodes
			if empty && (m.isPlainType(n.Type) || m.embeds(n.Type)) || i < len(n.Values) && m.isValue(n.Values[i]) {
				m.values[name.Name] = true
				m.copied = m.copied || i >= len(n.Values) || !convertsPointer(n.Values[i])
			}
		}
	case *ast.AssignStmt:
		m.assign(n)
	case *ast.CallExpr:
		if coder.MatchString(calleeName(n)) {
			for _, arg := range n.Args {
				m.handed = m.handed || m.isValue(arg) || !m.encodes && m.isKnown(n, arg)
			}
		}
	}
}

// coder matches the names of functions that encode or decode.
var coder = regexp.MustCompile(`(?i)marshal|encode|decode`)

// assign adds an assignment.
func (m *method) assign(n *ast.AssignStmt) {
	for i, left := range n.Lhs {
		var right ast.Expr
		if i < len(n.Rhs) {
			right = n.Rhs[i]
		}
		switch left := ast.Unparen(left).(type) {
		case *ast.Ident:
			if m.isValue(right) {
				m.values[left.Name] = true
				m.copied = m.copied || !convertsPointer(right)
			}
		case *ast.StarExpr:
			if id, ok := left.X.(*ast.Ident); ok && id.Name == m.receiver && m.convertsBack(right) {
				m.stored = true
			}
		}
	}
}

// convertsBack reports whether e converts a value of a plain type, or a part of one, to
// the receiver's type.
func (m *method) convertsBack(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || typeName(call.Fun) != m.typ {
		return false
	}
	arg := ast.Unparen(call.Args[0])
	if sel, ok := arg.(*ast.SelectorExpr); ok {
		arg = sel.X
	}
	return m.isValue(arg)
}

// isValue reports whether e is a value of a plain type, or a pointer to one.
func (m *method) isValue(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return m.values[e.Name]
	case *ast.UnaryExpr:
		return m.isValue(e.X)
	case *ast.StarExpr:
		return m.isValue(e.X)
	case *ast.CallExpr:
		if id, ok := e.Fun.(*ast.Ident); ok && id.Name == "new" && len(e.Args) == 1 {
			return !m.encodes && m.isPlainType(e.Args[0])
		}
		return len(e.Args) == 1 && m.isPlainType(e.Fun)
	case *ast.CompositeLit:
		return (m.isPlainType(e.Type) || m.embeds(e.Type)) && (!m.encodes || m.holdsValue(e))
	}
	return false
}

// holdsValue reports whether an element of lit is a value of a plain type.
func (m *method) holdsValue(lit *ast.CompositeLit) bool {
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			elt = kv.Value
		}
		if m.isValue(elt) {
			return true
		}
	}
	return false
}

// isPlainType reports whether e is a plain type, or a pointer to one.
func (m *method) isPlainType(e ast.Expr) bool {
	name := typeName(e)
	return name != "" && (m.plain[name] || name != m.typ && m.isPlain(name, m.typ))
}

// isKnown reports whether call hands the receiver itself to a decoder that is known to
// fill the fields: that of the SDKs which Stainless generates, such as OpenAI's. Their
// unions have fields with the option inline, which the encoder does not know.
func (m *method) isKnown(call *ast.CallExpr, arg ast.Expr) bool {
	id, ok := arg.(*ast.Ident)
	return ok && id.Name == m.receiver && !m.inlines && types.ExprString(call.Fun) == "apijson.UnmarshalRoot"
}

// convertsPointer reports whether e converts a pointer, so that it shares the receiver's
// fields and has no copy.
func convertsPointer(e ast.Expr) bool {
	for n := range ast.Preorder(e) {
		if call, ok := n.(*ast.CallExpr); ok {
			if paren, ok := call.Fun.(*ast.ParenExpr); ok {
				_, pointer := paren.X.(*ast.StarExpr)
				return pointer
			}
		}
	}
	return false
}

// typeName returns the name of the type e, or of the type that it points to, without
// type arguments.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.ParenExpr:
		return typeName(e.X)
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	}
	return ""
}

// calleeName returns the name of the function or method that call calls.
func calleeName(call *ast.CallExpr) string {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// isPlain reports whether name is a type of pkg that is defined as typ and has no
// methods. Export data may lack it, so its definition in src, the file of the method,
// counts too.
func isPlain(pkg *types.Package, src []byte, name, typ string) bool {
	if obj, ok := pkg.Scope().Lookup(name).(*types.TypeName); ok {
		named, ok := obj.Type().(*types.Named)
		other := pkg.Scope().Lookup(typ)
		return ok && other != nil && named.NumMethods() == 0 && types.Identical(named.Underlying(), other.Type().Underlying())
	}
	name, typ = regexp.QuoteMeta(name), regexp.QuoteMeta(typ)
	return regexp.MustCompile(`(?m)^(type\s+|\t)`+name+`\s+`+typ+`$`).Match(src) && !regexp.MustCompile(`(?m)^func \(\w*\s*\*?`+name+`\) `).Match(src)
}
