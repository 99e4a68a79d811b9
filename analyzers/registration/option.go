package registration

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// notConstant has the message for an option with a text that cannot be read, by
// kind of option.
var notConstant = map[string]string{
	dispatchapi.Name:  "the name is not a constant: the functions that the callee serves cannot be determined (use a constant string)",
	dispatchapi.Alias: "the name is not a constant: the functions that the callee serves cannot be determined (use a constant string)",
	dispatchapi.Queue: "the queue is not a constant: the callee that serves it cannot be determined (use a constant string)",
}

// substitute reads the option o of a forward, replacing its parameters by the
// arguments of the call.
func (m *model) substitute(b *binding, s scope, via string, args []ast.Expr, sig *types.Signature, spread bool, o Option) []locatedOption {
	if o.Kind != "" {
		out := locatedOption{Option: Option{Kind: o.Kind}, at: b.arg}
		for _, p := range o.Text {
			pieces := []Piece{p}
			if p.IsParam {
				var ok bool
				out.at = args[p.Param]
				if pieces, ok = m.readText(s, out.at); !ok {
					b.addProblem(out.at, notConstant[o.Kind], m.makeConstant(out.at)...)
					return nil
				}
			}
			out.Text = append(out.Text, pieces...)
		}
		return []locatedOption{out}
	}
	if o.Param != sig.Params().Len()-1 || !sig.Variadic() {
		if _, ok := sig.Params().At(o.Param).Type().Underlying().(*types.Slice); ok {
			return m.readOptions(b, s, via, args[o.Param])
		}
		return m.readOption(b, s, via, args[o.Param])
	}
	if spread {
		return m.readOptions(b, s, via, args[o.Param])
	}
	var out []locatedOption
	for _, arg := range args[o.Param:] {
		out = append(out, m.readOption(b, s, via, arg)...)
	}
	return out
}

// readOption reads the expression e as an option. It returns nil if the option
// does not matter to the model or if it adds a problem.
func (m *model) readOption(b *binding, s scope, via string, e ast.Expr) []locatedOption {
	if i, ok := s.param(m.pass.TypesInfo, e); ok {
		return []locatedOption{{Option{Param: i}, e}}
	}
	e = m.unconverted(e)
	if m.pass.TypesInfo.Types[e].IsNil() {
		return nil // Register ignores it
	}
	if v := m.optionValue(e); v != nil {
		return m.readOption(b, s, via, v)
	}
	if options, ok := m.readShared(b, s, via, e); ok {
		return options
	}
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		fn := dispatchapi.Callee(m.pass.TypesInfo, call)
		for kind, problem := range notConstant {
			if !dispatchapi.Is(fn, kind) {
				continue
			}
			text, ok := m.readText(s, call.Args[0])
			if !ok {
				b.addProblem(call.Args[0], problem, m.makeConstant(call.Args[0])...)
				return nil
			}
			return []locatedOption{{Option{Kind: kind, Text: text}, call.Args[0]}}
		}
		if dispatchapi.Is(fn, dispatchapi.Timeout) || dispatchapi.Is(fn, dispatchapi.Concurrency) {
			if v := m.pass.TypesInfo.Types[call.Args[0]].Value; v != nil && constant.Sign(v) <= 0 {
				b.addProblem(e, "the option "+fn.Name()+" is not positive: Register panics (use a value above 0, or omit the option)")
			}
			return nil
		}
	}
	b.addProblem(e, "option of "+via+" cannot be determined (write it as a call of dispatch.Name, dispatch.Alias, dispatch.Queue, dispatch.Timeout or dispatch.Concurrency, or as a variable that never changes)")
	return nil
}

// readOptions reads the expression e as a slice of options.
func (m *model) readOptions(b *binding, s scope, via string, e ast.Expr) []locatedOption {
	if i, ok := s.param(m.pass.TypesInfo, e); ok {
		return []locatedOption{{Option{Param: i}, e}}
	}
	e = m.unconverted(e)
	if v := m.optionValue(e); v != nil {
		return m.readOptions(b, s, via, v)
	}
	if options, ok := m.readGrown(b, s, via, e); ok {
		return options
	}
	if options, ok := m.readShared(b, s, via, e); ok {
		return options
	}
	switch e := e.(type) {
	case *ast.CompositeLit:
		var out []locatedOption
		for _, elt := range e.Elts {
			if _, ok := elt.(*ast.KeyValueExpr); ok {
				b.addProblem(elt, "options with indexes are not supported (write them in order, without indexes)")
				return nil
			}
			out = append(out, m.readOption(b, s, via, elt)...)
		}
		return out
	case *ast.CallExpr:
		if m.isAppend(e) {
			return append(m.readOptions(b, s, via, e.Args[0]), m.readAppended(b, s, via, e)...)
		}
		if b, ok := m.pass.TypesInfo.Uses[calleeIdent(e)].(*types.Builtin); ok && b.Name() == "make" {
			return nil // its elements are nil, and Register ignores them
		}
		if m.isCopy(e) && !e.Ellipsis.IsValid() {
			var out []locatedOption
			for _, arg := range e.Args {
				out = append(out, m.readOptions(b, s, via, arg)...)
			}
			return out
		}
	case *ast.SliceExpr:
		if isClipped(e) {
			return m.readOptions(b, s, via, e.X)
		}
	case *ast.Ident:
		if m.pass.TypesInfo.Types[e].IsNil() {
			return nil
		}
	}
	b.addProblem(e, "options passed to "+via+" as a slice cannot be determined (list them in the call, or in a variable that never changes)")
	return nil
}

// readGrown reads the variable e, a parameter or a local variable that changes only by
// p = append(p, …) before e. It reports false for any other expression. An append
// under a condition may add only options that do not matter to the model.
func (m *model) readGrown(b *binding, s scope, via string, e ast.Expr) ([]locatedOption, bool) {
	v, appends := m.appendsTo(s, e)
	if len(appends) == 0 {
		return nil, false
	}
	var out []locatedOption
	if i := s.paramIndex(v); i >= 0 {
		out = []locatedOption{{Option{Param: i}, e}}
	} else if first := m.initializers[v]; first != nil {
		out = m.readOptions(b, s, via, first)
	}
	for _, a := range appends {
		added := m.readAppended(b, s, via, a.Rhs[0].(*ast.CallExpr))
		if len(added) > 0 && !slices.Contains(m.decls[s.fn].Body.List, ast.Stmt(a)) {
			return nil, false
		}
		out = append(out, added...)
	}
	return out, true
}

// readAppended reads the options that a call of append adds.
func (m *model) readAppended(b *binding, s scope, via string, call *ast.CallExpr) []locatedOption {
	if call.Ellipsis.IsValid() {
		return m.readOptions(b, s, via, call.Args[1])
	}
	var out []locatedOption
	for _, arg := range call.Args[1:] {
		out = append(out, m.readOption(b, s, via, arg)...)
	}
	return out
}

// readText reads the expression e as a string made of constants and parameters.
// It reports false if there is anything else in it.
func (m *model) readText(s scope, e ast.Expr) ([]Piece, bool) {
	if v := m.pass.TypesInfo.Types[e].Value; v != nil && v.Kind() == constant.String {
		return []Piece{{Text: constant.StringVal(v)}}, true
	}
	if i, ok := s.param(m.pass.TypesInfo, e); ok {
		return []Piece{{IsParam: true, Param: i}}, true
	}
	if sum, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && sum.Op == token.ADD {
		x, okX := m.readText(s, sum.X)
		y, okY := m.readText(s, sum.Y)
		return append(x, y...), okX && okY
	}
	return nil, false
}

// constantText returns the text of the option, or false if a parameter is in it.
func (o Option) constantText() (string, bool) {
	var text string
	for _, p := range o.Text {
		if p.IsParam {
			return "", false
		}
		text += p.Text
	}
	return text, true
}

// applyOption applies one option to the registration. It reports whether the names
// of the function are still known.
func (r *Registration) applyOption(o locatedOption) bool {
	text, ok := o.constantText()
	if o.Kind == "" || !ok {
		problem := notConstant[o.Kind]
		if o.Kind == "" {
			problem = "options come from a parameter, but the function does not: they cannot be determined (list them in the call)"
		}
		r.addProblem(o.at, problem)
		return o.Kind == dispatchapi.Queue
	}
	if o.Kind == dispatchapi.Queue {
		if err := funcname.CheckQueue(text); err != nil {
			r.addProblem(o.at, fmt.Sprintf("Register panics: %v", err))
		}
		r.Queue = text
		return true
	}
	if err := funcname.Check(text); err != nil {
		r.addProblem(o.at, fmt.Sprintf("Register panics: %v", err))
		return false
	}
	if o.Kind == dispatchapi.Name {
		r.Name = text
	} else {
		r.Aliases = append(r.Aliases, text)
	}
	return true
}
