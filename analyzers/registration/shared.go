package registration

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A Shared is a package variable that holds options of registrations, or a function
// that returns them. Every registration that uses it has the same options.
type Shared struct {
	Object  string   // its full name; for a function, from types.Func.FullName
	Options []Option // may contain parameters of the function
}

// String returns the name and the kind.
func (s Shared) String() string { return s.Object + ":options" }

// Shares reports whether the model knows the options in the package variable v. If v is
// set elsewhere, the model is wrong.
func (r *Result) Shares(v *types.Var) bool {
	return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && dispatchapi.IsOptions(v.Type()) &&
		slices.ContainsFunc(r.Union.Shared, func(s Shared) bool { return s.Object == variableName(v) })
}

// variableName returns the full name of a package variable.
func variableName(v *types.Var) string { return v.Pkg().Path() + "." + v.Name() }

// exportShared adds the exported variables and functions with options to the fact of
// the package.
func (m *model) exportShared() {
	u := &m.result.Union
	objects := m.pass.Pkg.Scope()
	for _, name := range objects.Names() {
		v, ok := objects.Lookup(name).(*types.Var)
		if !ok || !v.Exported() || !dispatchapi.IsOptions(v.Type()) || m.isTestObject(v) {
			continue
		}
		value := m.optionVariable(v)
		if value == nil {
			continue
		}
		b := new(binding)
		options := plain(m.readAny(b, scope{}, v.Name(), v.Type(), value))
		if len(b.problems) == 0 {
			u.Shared = append(u.Shared, Shared{variableName(v), options})
		}
	}
	for fn := range m.decls {
		if !isVisible(fn.FullName()) || m.isTestObject(fn) || !givesOptions(fn) {
			continue
		}
		if options, problems, ok := m.readResult(fn); ok && len(problems) == 0 {
			u.Shared = append(u.Shared, Shared{fn.FullName(), options})
		}
	}
	slices.SortFunc(u.Shared, func(a, b Shared) int { return cmp.Compare(a.Object, b.Object) })
	u.Shared = slices.CompactFunc(u.Shared, func(a, b Shared) bool { return a.Object == b.Object })
}

// givesOptions reports whether an option or a slice of options is the only result of
// fn.
func givesOptions(fn *types.Func) bool {
	results := fn.Signature().Results()
	return results.Len() == 1 && dispatchapi.IsOptions(results.At(0).Type())
}

// readAny reads e as an option, or as a slice of options if t is a slice.
func (m *model) readAny(b *binding, s scope, via string, t types.Type, e ast.Expr) []locatedOption {
	if _, ok := t.Underlying().(*types.Slice); ok {
		return m.readOptions(b, s, via, e)
	}
	return m.readOption(b, s, via, e)
}

// plain returns the options without their places.
func plain(located []locatedOption) []Option {
	var out []Option
	for _, o := range located {
		out = append(out, o.Option)
	}
	return out
}

// readResult reads the options that fn, a function of the package, returns. The
// problems say why they cannot be read. It reports false if fn is recursive or never
// returns.
func (m *model) readResult(fn *types.Func) (options []Option, problems []Problem, ok bool) {
	if m.reading[fn] || m.decls[fn] == nil {
		return nil, nil, false
	}
	m.reading[fn] = true
	defer delete(m.reading, fn)
	b := new(binding)
	located, ok := m.readReturns(b, fn.Name(), fn.Signature().Results().At(0).Type(), m.decls[fn].Body)
	return plain(located), b.problems, ok
}

// readReturns reads the options, of type t, that each return statement in the body of
// the named function returns. It reports false if there are none.
func (m *model) readReturns(b *binding, name string, t types.Type, body *ast.BlockStmt) (options []locatedOption, ok bool) {
	returns := 0
	ast.Inspect(body, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok {
			if len(ret.Results) != 1 {
				b.addProblem(ret, "options of "+name+" cannot be determined (return them explicitly)")
				return false
			}
			read := m.readAny(b, m.scopeOf(m.cursor(ret)), name, t, ret.Results[0])
			if returns++; returns > 1 && !slices.EqualFunc(plain(options), plain(read), Option.same) {
				b.addProblem(ret, "options of "+name+" differ from call to call: they cannot be determined (return the same names and queue from every return statement)")
			}
			options = read
		}
		_, ok := n.(*ast.FuncLit)
		return !ok
	})
	return options, returns > 0
}

// same reports whether o and p are the same option.
func (o Option) same(p Option) bool {
	return o.Kind == p.Kind && o.Param == p.Param && slices.Equal(o.Text, p.Text)
}

// readShared reads e, which names a variable of another package or calls a function,
// as options. It reports false if e is something else, or if the model does not know
// the options.
func (m *model) readShared(b *binding, s scope, via string, e ast.Expr) ([]locatedOption, bool) {
	switch e := m.unconverted(e).(type) {
	case *ast.SelectorExpr:
		v, ok := m.pass.TypesInfo.Uses[e.Sel].(*types.Var)
		return m.readImported(b, v, ok && !v.IsField())
	case *ast.Ident:
		v, ok := m.pass.TypesInfo.Uses[e].(*types.Var)
		return m.readImported(b, v, ok && v.Pkg() != m.pass.Pkg) // of a dot import
	case *ast.CallExpr:
		if lit, ok := ast.Unparen(e.Fun).(*ast.FuncLit); ok && len(e.Args) == 0 {
			return m.readReturns(b, "the function literal", m.pass.TypesInfo.TypeOf(e), lit.Body)
		}
		fn, ok := dispatchapi.Callee(m.pass.TypesInfo, e).(*types.Func)
		if !ok || !givesOptions(fn) {
			return nil, false
		}
		return m.readGiven(b, s, via, e, fn)
	}
	return nil, false
}

// readImported returns the options of a variable of another package.
func (m *model) readImported(b *binding, v *types.Var, ok bool) ([]locatedOption, bool) {
	if !ok || v.Pkg() == nil {
		return nil, false
	}
	shared := m.importedShared[variableName(v)]
	if shared == nil {
		return nil, false
	}
	var out []locatedOption
	for _, o := range shared.Options {
		out = append(out, locatedOption{o, b.arg})
	}
	return out, true
}

// readGiven returns the options that a call of fn gives.
func (m *model) readGiven(b *binding, s scope, via string, call *ast.CallExpr, fn *types.Func) ([]locatedOption, bool) {
	var options []Option
	if fn.Pkg() == m.pass.Pkg {
		given, problems, ok := m.readResult(fn)
		if !ok {
			return nil, false
		}
		b.problems = append(b.problems, problems...)
		options = given
	} else if shared := m.importedShared[fn.FullName()]; shared != nil {
		options = shared.Options
	} else {
		return nil, false
	}
	args := m.argsOf(call)
	if args == nil && len(call.Args) > 0 && fn.Signature().Params().Len() > 0 {
		return nil, false // the arguments are the results of another call
	}
	var out []locatedOption
	for _, o := range options {
		out = append(out, m.substitute(b, s, via, args, fn.Signature(), call.Ellipsis.IsValid(), o)...)
	}
	return out, true
}
