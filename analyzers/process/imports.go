package process

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// An Import is a package that a caller imports for its effect on another package, which
// the callee uses without that effect: an image format, a database driver, a type of gob.
type Import struct {
	Path   string
	For    string // what the callee uses, such as image.Decode
	Caller string // the path of the program that imports it
	Sets   string // the variable that its initialization sets; empty if it registers something
}

// Imports returns the packages that the callee lacks, by path.
func (m *Model) Imports() []Import {
	uses := m.serving.Library()
	var out []Import
	seen := make(map[string]bool)
	for _, c := range m.callers {
		s := &scan{program: c.program, uses: uses, graphs: make(map[string]*names)}
		for _, path := range s.candidates(c.closure) {
			if m.closure[path] || seen[path] {
				continue
			}
			if used := s.effect(path); used != "" {
				seen[path] = true
				out = append(out, Import{Path: path, For: used, Caller: c.path})
			}
		}
	}
	for _, u := range m.Unset() {
		if u.Import != "" && !seen[u.Import] {
			seen[u.Import] = true
			out = append(out, Import{u.Import, u.Reader, u.Setter, u.Path.String()})
		}
	}
	slices.SortFunc(out, func(a, b Import) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// A scan looks for effects of imports in the source of packages.
type scan struct {
	program *load.Program
	uses    map[string]map[string][]string // by package and function: constant texts; see flow.Run.Library
	graphs  map[string]*names              // by import path
}

// candidates returns the packages of a closure that packages under development import,
// or that are under development themselves.
func (s *scan) candidates(closure map[string]bool) []string {
	out := make(map[string]bool)
	for _, pkg := range s.program.Syntax() {
		if !closure[pkg.PkgPath] {
			continue
		}
		if pkg.Name != "main" {
			out[pkg.PkgPath] = true
		}
		for _, imp := range pkg.Types.Imports() {
			out[imp.Path()] = true
		}
	}
	return slices.Sorted(maps.Keys(out))
}

// registers matches the names of functions that add something to a package.
var registers = regexp.MustCompile(`^(Must)?(Register|Add[A-Z])`)

// measures matches packages that collect measurements of the process.
var measures = regexp.MustCompile(`prometheus|metric|expvar|opentelemetry|opencensus`)

// effect looks for a package to which the initialization of the package at path adds
// something. It returns the function of it that the callee uses, or "".
func (s *scan) effect(path string) string {
	if path == "time/tzdata" {
		return s.used("time", "LoadLocation")
	}
	pkg := s.program.Package(path)
	if pkg == nil {
		return ""
	}
	g := s.graph(pkg)
	for _, call := range g.initial {
		to := s.program.Package(call.pkg)
		if to == nil || dispatchapi.IsRuntime(call.pkg) || measures.MatchString(call.pkg) || s.uses[call.pkg] == nil || !registers.MatchString(call.name) {
			continue
		}
		reached := s.graph(to).variables(call.name)
		for _, fn := range slices.Sorted(maps.Keys(s.uses[call.pkg])) {
			texts := s.uses[call.pkg][fn]
			if call.text != "" && len(texts) > 0 && !slices.Contains(texts, call.text) {
				continue // another driver
			}
			if intersect(reached, s.graph(to).variables(fn)) {
				return to.Name + "." + strings.TrimPrefix(fn, ".")
			}
		}
	}
	return ""
}

func (s *scan) used(pkg, fn string) string {
	if _, ok := s.uses[pkg][fn]; ok {
		return pkg + "." + fn
	}
	return ""
}

func intersect(a, b map[string]bool) bool {
	for name := range a {
		if b[name] {
			return true
		}
	}
	return false
}

// names has the names that the declarations of a package mention.
type names struct {
	vars     map[string]bool            // the package variables
	mentions map[string]map[string]bool // by function; a method is .Name
	initial  []libraryCall              // in init functions and in the values of variables
}

// A libraryCall is a call of a function of another package.
type libraryCall struct {
	pkg, name string
	text      string // the first argument, if it is a constant string
}

// variables returns the package variables that fn mentions, directly or through other
// functions and methods.
func (g *names) variables(fn string) map[string]bool {
	seen := map[string]bool{fn: true}
	out := make(map[string]bool)
	for todo := []string{fn}; len(todo) > 0; {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for mentioned := range g.mentions[name] {
			if g.vars[mentioned] {
				out[mentioned] = true
			}
			if !seen[mentioned] {
				seen[mentioned] = true
				todo = append(todo, mentioned)
			}
		}
	}
	return out
}

// graph reads the source of a package. A file that cannot be parsed is left out.
func (s *scan) graph(pkg *packages.Package) *names {
	if g := s.graphs[pkg.PkgPath]; g != nil {
		return g
	}
	g := &names{vars: make(map[string]bool), mentions: make(map[string]map[string]bool)}
	s.graphs[pkg.PkgPath] = g
	texts := make(map[string]string)
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		if f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution); err == nil {
			files = append(files, f)
			g.declare(f, texts)
		}
	}
	for _, f := range files {
		g.read(f, texts)
	}
	return g
}

// declare adds the variables of a file, and the texts of variables and constants that
// have one.
func (g *names) declare(f *ast.File, texts map[string]string) {
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, name := range v.Names {
				g.vars[name.Name] = gen.Tok == token.VAR
				if i < len(v.Values) {
					texts[name.Name] = textOf(v.Values[i], nil)
				}
			}
		}
	}
}

// read adds the declarations of a file.
func (g *names) read(f *ast.File, texts map[string]string) {
	imports := make(map[string]string) // path by name
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = path
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = "." + name
			}
			if d.Body != nil {
				g.mention(name, d.Body, imports)
			}
			if name == "init" && d.Body != nil {
				g.addInitial(d.Body, imports, texts)
			}
		case *ast.GenDecl:
			if d.Tok == token.VAR {
				g.addInitial(d, imports, texts)
			}
		}
	}
}

// mention adds the names in body to those that the function mentions.
func (g *names) mention(fn string, body ast.Node, imports map[string]string) {
	if g.mentions[fn] == nil {
		g.mentions[fn] = make(map[string]bool)
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); !ok || imports[x.Name] == "" {
				g.mentions[fn]["."+n.Sel.Name] = true
				ast.Inspect(n.X, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						g.mentions[fn][id.Name] = true
					}
					return true
				})
			}
			return false
		case *ast.Ident:
			g.mentions[fn][n.Name] = true
		}
		return true
	})
}

// addInitial adds the calls of other packages in code that runs when the package is
// initialized.
func (g *names) addInitial(code ast.Node, imports, texts map[string]string) {
	ast.Inspect(code, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && imports[x.Name] != "" {
				c := libraryCall{pkg: imports[x.Name], name: sel.Sel.Name}
				if len(call.Args) > 0 {
					c.text = textOf(call.Args[0], texts)
				}
				g.initial = append(g.initial, c)
			}
		}
		return true
	})
}

// textOf returns the constant string that e is, or "".
func textOf(e ast.Expr, texts map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.Ident:
		return texts[e.Name]
	}
	return ""
}
