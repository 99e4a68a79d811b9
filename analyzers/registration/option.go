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

// noConstant says that the text of an option cannot be read.
var noConstant = map[string]string{
	dispatchapi.Name:  "the name is not a constant: the functions that the callee serves cannot be determined (use a constant string)",
	dispatchapi.Alias: "the name is not a constant: the functions that the callee serves cannot be determined (use a constant string)",
	dispatchapi.Queue: "the queue is not a constant: the callee that serves it cannot be determined (use a constant string)",
}

// substitute reads the option o of a forward, with the arguments of its call
// for its parameters.
func (m *model) substitute(b *binding, s scope, via string, args []ast.Expr, sig *types.Signature, spread bool, o Option) []located {
	if o.Kind != "" {
		out := located{Option: Option{Kind: o.Kind}, at: b.arg}
		for _, p := range o.Text {
			pieces := []Piece{p}
			if p.IsParam {
				var ok bool
				out.at = args[p.Param]
				if pieces, ok = m.text(s, out.at); !ok {
					b.problem(out.at, noConstant[o.Kind], m.makeConstant(out.at)...)
					return nil
				}
			}
			out.Text = append(out.Text, pieces...)
		}
		return []located{out}
	}
	if o.Param != sig.Params().Len()-1 || !sig.Variadic() {
		if _, ok := sig.Params().At(o.Param).Type().Underlying().(*types.Slice); ok {
			return m.list(b, s, via, args[o.Param])
		}
		return m.option(b, s, via, args[o.Param])
	}
	if spread {
		return m.list(b, s, via, args[o.Param])
	}
	var out []located
	for _, arg := range args[o.Param:] {
		out = append(out, m.option(b, s, via, arg)...)
	}
	return out
}

// option reads one option.
func (m *model) option(b *binding, s scope, via string, e ast.Expr) []located {
	if i, ok := s.param(m.pass.TypesInfo, e); ok {
		return []located{{Option{Param: i}, e}}
	}
	if v := m.variableValue(e); v != nil {
		return m.option(b, scope{}, via, v)
	}
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		fn := dispatchapi.Callee(m.pass.TypesInfo, call)
		for kind, problem := range noConstant {
			if !dispatchapi.Is(fn, kind) {
				continue
			}
			text, ok := m.text(s, call.Args[0])
			if !ok {
				b.problem(call.Args[0], problem, m.makeConstant(call.Args[0])...)
				return nil
			}
			return []located{{Option{Kind: kind, Text: text}, call.Args[0]}}
		}
		switch {
		case slices.ContainsFunc(ofCalls, func(kind string) bool { return dispatchapi.Is(fn, kind) }):
			b.problem(e, "the option "+fn.Name()+" is for calls only: Register panics (pass it to With)")
			return nil
		case dispatchapi.Is(fn, dispatchapi.Timeout), dispatchapi.Is(fn, dispatchapi.Concurrency):
			if v := m.pass.TypesInfo.Types[call.Args[0]].Value; v != nil && constant.Sign(v) <= 0 {
				b.problem(e, "the option "+fn.Name()+" is not positive: Register panics (use a value above 0, or omit the option)")
			}
			return nil
		}
	}
	b.problem(e, "option of "+via+" cannot be determined (write it as a call of dispatch.Name, dispatch.Alias, dispatch.Queue, dispatch.Timeout or dispatch.Concurrency)")
	return nil
}

// ofCalls are the options that Register refuses.
var ofCalls = []string{dispatchapi.OrderingKey, dispatchapi.ID, dispatchapi.Delay, dispatchapi.At, dispatchapi.Expire}

// list reads a slice of options.
func (m *model) list(b *binding, s scope, via string, e ast.Expr) []located {
	if i, ok := s.param(m.pass.TypesInfo, e); ok {
		return []located{{Option{Param: i}, e}}
	}
	if v := m.variableValue(e); v != nil {
		return m.list(b, scope{}, via, v)
	}
	if i, calls, ok := m.appended(s, e); ok {
		out := []located{{Option{Param: i}, e}}
		for _, call := range calls {
			out = append(out, m.elements(b, s, via, call)...)
		}
		return out
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		var out []located
		for _, elt := range e.Elts {
			if _, ok := elt.(*ast.KeyValueExpr); ok {
				b.problem(elt, "options with indexes are not supported (write them in order, without indexes)")
			}
			out = append(out, m.option(b, s, via, elt)...)
		}
		return out
	case *ast.CallExpr:
		if m.isAppend(e) {
			return append(m.list(b, s, via, e.Args[0]), m.elements(b, s, via, e)...)
		}
	case *ast.Ident:
		if m.pass.TypesInfo.Types[e].IsNil() {
			return nil
		}
	}
	b.problem(e, "options passed to "+via+" as a slice cannot be determined (list them in the call)")
	return nil
}

// elements reads what a call of append adds.
func (m *model) elements(b *binding, s scope, via string, call *ast.CallExpr) []located {
	if call.Ellipsis.IsValid() {
		return m.list(b, s, via, call.Args[1])
	}
	var out []located
	for _, arg := range call.Args[1:] {
		out = append(out, m.option(b, s, via, arg)...)
	}
	return out
}

// text reads a string made of constants and parameters.
func (m *model) text(s scope, e ast.Expr) ([]Piece, bool) {
	if v := m.pass.TypesInfo.Types[e].Value; v != nil && v.Kind() == constant.String {
		return []Piece{{Text: constant.StringVal(v)}}, true
	}
	if i, ok := s.param(m.pass.TypesInfo, e); ok {
		return []Piece{{IsParam: true, Param: i}}, true
	}
	if sum, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && sum.Op == token.ADD {
		x, okX := m.text(s, sum.X)
		y, okY := m.text(s, sum.Y)
		return append(x, y...), okX && okY
	}
	return nil, false
}

// constantText returns the text of an option that has no parameter in it.
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

// option gives the registration one option. It reports whether its names are
// known.
func (r *Registration) option(o located) bool {
	text, ok := o.constantText()
	if o.Kind == "" || !ok {
		problem := noConstant[o.Kind]
		if o.Kind == "" {
			problem = "options come from a parameter, but the function does not: they cannot be determined (list them in the call)"
		}
		r.problem(o.at, problem)
		return o.Kind == dispatchapi.Queue
	}
	if o.Kind == dispatchapi.Queue {
		if err := funcname.CheckQueue(text); err != nil {
			r.problem(o.at, fmt.Sprintf("Register panics: %v", err))
		}
		r.Queue = text
		return true
	}
	if err := funcname.Check(text); err != nil {
		r.problem(o.at, fmt.Sprintf("Register panics: %v", err))
		return false
	}
	if o.Kind == dispatchapi.Name {
		r.Name = text
	} else {
		r.Aliases = append(r.Aliases, text)
	}
	return true
}
