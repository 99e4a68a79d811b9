package dispatchcall

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// checkEarly reports calls that are made before main starts.
func checkEarly(pass *analysis.Pass, src *source) {
	s := &search{source: src, known: make(map[ast.Node]string)}
	for _, f := range pass.Files {
		if strings.HasSuffix(pass.Fset.File(f.FileStart).Name(), "_test.go") {
			continue // tests are not part of the callee
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" && d.Body != nil {
					s.report(d.Body)
				}
			case *ast.GenDecl:
				s.report(d)
			}
		}
	}
}

// isCaller reports whether the package is a program that may call before main starts:
// no callee runs its init, and main does not set the client later.
func isCaller(pass *analysis.Pass, model *registration.Result) bool {
	if pass.Pkg.Name() != "main" || len(model.Entrypoints) > 0 {
		return false
	}
	for _, f := range pass.Files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name != "init" && mentions(pass.TypesInfo, fn, dispatchapi.Use, dispatchapi.WithClient) {
				return false
			}
		}
	}
	return true
}

// mentions reports whether n names an object of package dispatch with one of these names.
func mentions(info *types.Info, n ast.Node, names ...string) bool {
	for n := range ast.Preorder(n) {
		if id, ok := n.(*ast.Ident); ok && slices.ContainsFunc(names, func(name string) bool { return dispatchapi.Is(info.Uses[id], name) }) {
			return true
		}
	}
	return false
}

// A search looks for calls in the code that runs when a package is initialized.
type search struct {
	*source
	known map[ast.Node]string // the result of reaches; "" during the search
}

// report reports each call in n that publishes something, directly or through a
// function of the package. The code n runs before main.
func (s *search) report(n ast.Node) {
	s.visit(n, func(at ast.Expr, name string) bool {
		who := types.ExprString(at) + " calls " + name
		if call, ok := at.(*ast.CallExpr); ok {
			who = types.ExprString(call.Fun) + " calls " + name
			if published(s.pass.TypesInfo, call) != "" {
				who = name + " is called"
			}
		}
		s.pass.ReportRangef(at, "%s before main starts: the client may not be set yet, and the callee repeats the call whenever it starts (call it from main)", who)
		return true
	})
}

// visit calls found for each call in n that publishes, or that runs a function which
// does, until found returns false. If such a function is an argument, visit passes the
// argument to found.
func (s *search) visit(n ast.Node, found func(at ast.Expr, name string) bool) {
	s.visitCalls(n, func(call *ast.CallExpr) bool {
		// A batch does not count: the calls in it publish.
		if name := published(s.pass.TypesInfo, call); name != "" && !isBatch(s.pass.TypesInfo, call) {
			return found(call, name)
		}
		if s.literal(call.Fun) == nil {
			if name := s.reaches(call.Fun); name != "" {
				return found(call, name)
			}
		}
		for _, e := range s.runFunctions(call) {
			if s.literal(e) != nil {
				continue // its calls are visited
			}
			if name := s.reaches(e); name != "" && !found(e, name) {
				return false
			}
		}
		return true
	})
}

// reaches returns the publishing function that the function value e calls, or "".
func (s *search) reaches(e ast.Expr) string {
	fn := s.resolve(e)
	if fn == nil {
		return ""
	}
	if name, ok := s.known[fn.node]; ok {
		return name
	}
	s.known[fn.node] = ""
	s.visit(fn.body, func(_ ast.Expr, name string) bool {
		s.known[fn.node] = name
		return false
	})
	return s.known[fn.node]
}
