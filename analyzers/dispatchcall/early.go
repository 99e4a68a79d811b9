package dispatchcall

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// checkEarly reports calls that are made before main starts.
func checkEarly(pass *analysis.Pass) {
	s := &search{pass: pass, bodies: make(map[types.Object]*ast.BlockStmt), known: make(map[types.Object]string)}
	for _, f := range pass.Files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				s.bodies[pass.TypesInfo.Defs[fn.Name]] = fn.Body
			}
		}
	}
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
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name != "init" && mentions(pass.TypesInfo, fn, dispatchapi.Use) {
				return false
			}
		}
	}
	return true
}

// mentions reports whether n names the object of package dispatch with this name.
func mentions(info *types.Info, n ast.Node, name string) bool {
	for n := range ast.Preorder(n) {
		if id, ok := n.(*ast.Ident); ok && dispatchapi.Is(info.Uses[id], name) {
			return true
		}
	}
	return false
}

// A search looks for calls in the code that runs when a package is initialized.
type search struct {
	pass   *analysis.Pass
	bodies map[types.Object]*ast.BlockStmt // of the functions of the package
	known  map[types.Object]string         // the result of reaches; "" during the search
}

// report reports each call in n that publishes something. The code n runs before main.
func (s *search) report(n ast.Node) {
	s.visit(n, func(call *ast.CallExpr, name string) bool {
		who := name + " is called"
		if published(s.pass.TypesInfo, call) == "" {
			who = types.ExprString(call.Fun) + " calls " + name
		}
		s.pass.ReportRangef(call, "%s before main starts: the client may not be set yet, and the callee repeats the call whenever it starts (call it from main)", who)
		return true
	})
}

// visit calls found for each call in n that publishes, directly or through a
// function of the package, until found returns false. It enters only function
// literals that are called immediately.
func (s *search) visit(n ast.Node, found func(call *ast.CallExpr, name string) bool) {
	more := true
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			for _, lit := range s.calledAtOnce(n) {
				s.visit(lit.Body, func(call *ast.CallExpr, name string) bool {
					more = more && found(call, name)
					return more
				})
			}
			if name := s.reaches(n); name != "" && more {
				more = found(n, name)
			}
		}
		return more
	})
}

// calledAtOnce returns the literals that a call runs immediately: the called
// literal, or the function of a batch.
func (s *search) calledAtOnce(call *ast.CallExpr) []*ast.FuncLit {
	run := []ast.Expr{call.Fun}
	if isBatch(s.pass.TypesInfo, call) {
		run = append(run, call.Args...)
	}
	var out []*ast.FuncLit
	for _, e := range run {
		if lit, ok := ast.Unparen(e).(*ast.FuncLit); ok {
			out = append(out, lit)
		}
	}
	return out
}

// reaches is like published, but also follows functions of the package. A batch does
// not count: the calls in it publish.
func (s *search) reaches(call *ast.CallExpr) string {
	if name := published(s.pass.TypesInfo, call); name != "" && !isBatch(s.pass.TypesInfo, call) {
		return name
	}
	fn := dispatchapi.Callee(s.pass.TypesInfo, call)
	body := s.bodies[fn]
	if body == nil {
		return ""
	}
	if name, ok := s.known[fn]; ok {
		return name
	}
	s.known[fn] = ""
	s.visit(body, func(_ *ast.CallExpr, name string) bool {
		s.known[fn] = name
		return false
	})
	return s.known[fn]
}
