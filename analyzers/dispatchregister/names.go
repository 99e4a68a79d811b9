package dispatchregister

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// names knows which names a fix can use in a package.
type names struct {
	pass     *analysis.Pass
	declared map[string]bool // at the top level of a file in the folder, for any build
	imported map[string]bool // by a file in the folder
	chosen   map[string]bool // by other fixes
}

// read reads the names in the folder. The pass need not have the tests or the files for
// other systems.
func (n *names) read() {
	if n.declared != nil {
		return
	}
	n.declared, n.imported, n.chosen = make(map[string]bool), make(map[string]bool), make(map[string]bool)
	dir := filepath.Dir(n.pass.Fset.Position(n.pass.Files[0].Package).Filename)
	files, _ := filepath.Glob(filepath.Join(dir, "*.go")) // a malformed pattern matches nothing
	for _, file := range files {
		f, _ := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if f == nil {
			continue
		}
		for _, spec := range f.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			name := path.Base(majorVersion.ReplaceAllString(p, ""))
			if spec.Name != nil {
				name = spec.Name.Name
			}
			n.imported[name] = true
		}
		for _, d := range f.Decls {
			n.addDecl(d)
		}
	}
}

// majorVersion matches the end of an import path that is not a part of the package's name.
var majorVersion = regexp.MustCompile(`[/.]v[0-9]+$`)

func (n *names) addDecl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			n.declared[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				n.declared[spec.Name.Name] = true
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					n.declared[id.Name] = true
				}
			}
		}
	}
}

// choose returns a name for a wrapper of the function of r that is free in the package
// and has no other meaning at the registration, or "".
func (n *names) choose(r *registration.Registration) string {
	n.read()
	first, size := utf8.DecodeRuneInString(r.Obj.Name())
	base := string(unicode.ToLower(first)) + r.Obj.Name()[size:]
	for i := 1; i < 100; i++ {
		name := base
		if i > 1 {
			name = fmt.Sprint(base, i)
		}
		_, local := n.pass.Pkg.Scope().Innermost(r.Arg.Pos()).LookupParent(name, r.Arg.Pos())
		if local == nil && name != "init" && name != "main" && !token.IsKeyword(name) && !n.declared[name] && !n.imported[name] && !n.chosen[name] {
			n.chosen[name] = true
			return name
		}
	}
	return ""
}

// taken reports whether an import cannot have the name in the file of w.
func (n *names) taken(w *wrapper, name string) bool {
	n.read()
	if n.declared[name] || n.chosen[name] {
		return true
	}
	for _, spec := range w.file.Imports {
		if obj := n.pass.TypesInfo.PkgNameOf(spec); obj != nil && obj.Name() == name {
			return true
		}
	}
	return false
}

// unset returns the declaration of the package variable v if nothing that runs in the
// callee sets it, as far as the package shows; otherwise nil.
func (n *names) unset(v *types.Var) *ast.GenDecl {
	for id, obj := range n.pass.TypesInfo.Uses {
		if dispatchapi.Is(obj, dispatchapi.OnStart) && !n.isTest(id) {
			return nil // it may set v
		}
	}
	var found *ast.GenDecl
	for _, f := range n.pass.Files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.ValueSpec); ok && len(spec.Values) == 0 && n.declares(spec, v) && !n.isTest(d) {
						found = d
					}
				}
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" && d.Body != nil && n.sets(d.Body, v) {
					return nil
				}
			}
		}
	}
	return found
}

func (n *names) isTest(node ast.Node) bool {
	return isTestFile(n.pass, node.Pos())
}

func (n *names) declares(spec *ast.ValueSpec, v *types.Var) bool {
	for _, id := range spec.Names {
		if n.pass.TypesInfo.Defs[id] == v {
			return true
		}
	}
	return false
}

// sets reports whether the body assigns to v or takes its address.
func (n *names) sets(body ast.Node, v *types.Var) bool {
	is := func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && n.pass.TypesInfo.Uses[id] == v
	}
	for node := range ast.Preorder(body) {
		switch node := node.(type) {
		case *ast.AssignStmt:
			if slices.ContainsFunc(node.Lhs, is) {
				return true
			}
		case *ast.UnaryExpr:
			if node.Op == token.AND && is(node.X) {
				return true
			}
		}
	}
	return false
}
