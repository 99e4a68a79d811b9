package dispatchlocal

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/types/typeutil"
)

// A reader adds one package to a graph.
type reader struct {
	*graph
	pkg     *packages.Package
	methods map[*types.Named]map[string]bool // by full name
}

// declare adds the variables of a declaration that are flags or have no initial value.
func (r *reader) declare(d *ast.GenDecl) {
	for _, s := range d.Specs {
		spec, ok := s.(*ast.ValueSpec)
		if !ok || d.Tok != token.VAR {
			continue
		}
		flags := len(spec.Values) == len(spec.Names) && len(spec.Values) > 0
		for _, e := range spec.Values {
			flags = flags && r.isFlag(e)
		}
		for _, name := range spec.Names {
			if v, ok := r.pkg.TypesInfo.Defs[name].(*types.Var); ok && (flags || len(spec.Values) == 0) && !isIgnored(v.Type()) {
				known := r.get(v)
				known.declared, known.flag = true, flags
			}
		}
	}
}

// isFlag reports whether e defines a command-line flag.
func (r *reader) isFlag(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := typeutil.Callee(r.pkg.TypesInfo, call).(*types.Func)
	return ok && isFlagPackage(fn.Pkg()) && fn.Signature().Recv() == nil && fn.Signature().Results().Len() == 1
}

// isFlagPackage reports whether pkg defines and parses flags.
func isFlagPackage(pkg *types.Package) bool {
	return pkg != nil && (pkg.Path() == "flag" || pkg.Path() == "github.com/spf13/pflag")
}

// isIgnored reports whether variables of the type are not reported. Loggers, errors
// and locks belong to the process rather than to the work of a function. For a bool,
// the zero value is likely meant.
func isIgnored(t types.Type) bool {
	name := types.TypeString(t, nil)
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsBoolean != 0 || name == "*bool" {
		return true
	}
	name = strings.TrimLeft(name, "*")
	return name == "error" || strings.Contains(name[strings.LastIndexByte(name, '.')+1:], "Logger") || strings.HasPrefix(name, "sync.") || strings.HasPrefix(name, "sync/atomic.")
}

// get returns the variable v. If it is unknown, get adds it.
func (r *reader) get(v *types.Var) *variable {
	key := v.Pkg().Path() + "." + v.Name()
	if r.variables[key] == nil {
		r.variables[key] = &variable{name: v.Pkg().Name() + "." + v.Name(), pkg: v.Pkg().Path(), readers: make(map[string]bool), guards: make(map[string]bool), writers: make(map[string]bool)}
	}
	return r.variables[key]
}

// file adds the mentions of functions, types and variables in a file.
func (r *reader) file(f *ast.File) {
	for _, d := range f.Decls {
		if decl, ok := d.(*ast.FuncDecl); ok {
			if fn, ok := r.pkg.TypesInfo.Defs[decl.Name].(*types.Func); ok {
				r.functionsOf[r.pkg.PkgPath] = append(r.functionsOf[r.pkg.PkgPath], fn.FullName())
			}
		}
	}
	for cur := range inspector.New([]*ast.File{f}).Root().Preorder((*ast.Ident)(nil)) {
		obj := r.pkg.TypesInfo.Uses[cur.Node().(*ast.Ident)]
		in := r.function(cur)
		switch obj := obj.(type) {
		case *types.Func:
			if r.uses[in] == nil {
				r.uses[in] = make(map[string]bool)
			}
			r.uses[in][obj.Origin().FullName()] = true
			if isFlagPackage(obj.Pkg()) && strings.HasPrefix(obj.Name(), "Parse") {
				r.parsers[in] = true
			}
		case *types.TypeName:
			if named, ok := types.Unalias(obj.Type()).(*types.Named); ok && !types.IsInterface(named) {
				r.mentionType(in, named)
			}
		case *types.Var:
			if obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
				r.variable(cur, obj, in)
			}
		}
	}
}

// mentionType adds the methods of a type to the function in, which mentions it:
// they may be called through an interface.
func (r *reader) mentionType(in string, named *types.Named) {
	if r.types[in] == nil {
		r.types[in] = make(map[string]bool)
	}
	if r.methods[named] == nil {
		methods := types.NewMethodSet(types.NewPointer(named))
		r.methods[named] = make(map[string]bool)
		for i := range methods.Len() {
			r.methods[named][methods.At(i).Obj().(*types.Func).Origin().FullName()] = true
		}
	}
	maps.Copy(r.types[in], r.methods[named])
}

// function returns the full name of the function around cur. Outside functions, it
// returns the name of the package's initialization.
func (r *reader) function(cur inspector.Cursor) string {
	for c := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		decl := c.Node().(*ast.FuncDecl)
		if fn, ok := r.pkg.TypesInfo.Defs[decl.Name].(*types.Func); ok && (decl.Recv != nil || decl.Name.Name != "init") {
			return fn.FullName()
		}
	}
	return initOf(r.pkg.PkgPath)
}

// variable adds the function in as a writer or reader of the variable at cur.
func (r *reader) variable(cur inspector.Cursor, v *types.Var, in string) {
	known := r.get(v)
	if writes(r.pkg.TypesInfo, cur) {
		known.writers[in] = true
		return
	}
	known.readers[in] = true
	if guards(cur) {
		known.guards[in] = true
	}
}

// writes reports whether the variable at cur is set, in whole or in part. Taking its
// address counts, since it may then be set elsewhere.
func writes(info *types.Info, cur inspector.Cursor) bool {
	for {
		parent := cur.Parent()
		switch n := parent.Node().(type) {
		case *ast.SelectorExpr:
			if s := info.Selections[n]; s != nil && s.Kind() == types.MethodVal {
				_, pointer := types.Unalias(s.Obj().(*types.Func).Signature().Recv().Type()).(*types.Pointer)
				_, held := types.Unalias(s.Recv()).(*types.Pointer)
				return pointer && !held // the method receives its address
			}
		case *ast.SliceExpr:
			return n.X == cur.Node()
		case *ast.ParenExpr, *ast.StarExpr:
		case *ast.IndexExpr:
			if n.X != cur.Node() {
				return false
			}
		case *ast.UnaryExpr:
			return n.Op == token.AND
		case *ast.IncDecStmt:
			return true
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if lhs == cur.Node() {
					return true
				}
			}
			return false
		default:
			return false
		}
		cur = parent
	}
}

// guards reports whether the variable at cur, or a part of it, is compared or
// otherwise checked for a value.
func guards(cur inspector.Cursor) bool {
	for {
		parent := cur.Parent()
		switch n := parent.Node().(type) {
		case *ast.SelectorExpr, *ast.ParenExpr, *ast.StarExpr:
		case *ast.CallExpr:
			return len(n.Args) == 1 && n.Args[0] == cur.Node() && types.ExprString(n.Fun) == "len"
		case *ast.BinaryExpr:
			switch n.Op {
			case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ, token.LAND, token.LOR:
				return true
			}
			return false
		case *ast.IfStmt, *ast.SwitchStmt, *ast.RangeStmt:
			return true
		case *ast.UnaryExpr:
			return n.Op == token.NOT
		case *ast.IndexExpr:
			a, ok := parent.Parent().Node().(*ast.AssignStmt)
			return ok && len(a.Lhs) == 2 && len(a.Rhs) == 1
		default:
			return false
		}
		cur = parent
	}
}
