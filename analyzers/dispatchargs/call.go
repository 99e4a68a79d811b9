package dispatchargs

import (
	"fmt"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// checkCalls reports what the calls in a file give to parameters of type any,
// and literals for those that are a slice or map of it.
func checkCalls(pass *analysis.Pass, file *ast.File) {
	for cur := range inspector.New([]*ast.File{file}).Root().Preorder((*ast.SelectorExpr)(nil)) {
		sel := cur.Node().(*ast.SelectorExpr)
		if !dispatchapi.IsCall(pass.TypesInfo, sel) {
			continue
		}
		sig := signatureOf(pass.TypesInfo.TypeOf(sel))
		if sig == nil {
			continue
		}
		name := types.ExprString(sel)
		for {
			parent := cur.Parent()
			if _, ok := parent.Node().(*ast.ParenExpr); !ok {
				break
			}
			cur = parent
		}
		call, ok := cur.Parent().Node().(*ast.CallExpr)
		switch {
		case ok && call.Fun == cur.Node():
			checkArgs(pass, name, sig, call)
		case takesAny(sig):
			pass.ReportRangef(sel, "%s is used as a value: what is given to its parameters of type any cannot be seen (call it here)", name)
		}
	}
}

// signatureOf returns the signature of a function type, or of the one that a
// type parameter must be; nil if there is none.
func signatureOf(t types.Type) *types.Signature {
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		i := p.Constraint().Underlying().(*types.Interface)
		if i.NumEmbeddeds() != 1 {
			return nil
		}
		t = i.EmbeddedType(0)
		if u, ok := t.(*types.Union); ok && u.Len() == 1 {
			t = u.Term(0).Type()
		}
	}
	sig, _ := t.Underlying().(*types.Signature)
	return sig
}

func takesAny(sig *types.Signature) bool {
	for v := range sig.Params().Variables() {
		t := v.Type()
		if s, ok := t.(*types.Slice); ok && sig.Variadic() && v == sig.Params().At(sig.Params().Len()-1) {
			t = s.Elem()
		}
		if isAny(t) {
			return true
		}
	}
	return false
}

// isAny reports whether t is an interface without methods. A type parameter is
// none: what it stands for is not seen here.
func isAny(t types.Type) bool {
	if isTypeParam(t) {
		return false
	}
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

// checkArgs reports the arguments of call that do not arrive as they are.
func checkArgs(pass *analysis.Pass, name string, sig *types.Signature, call *ast.CallExpr) {
	report := func(i int, at ast.Expr, why string) {
		if why != "" {
			pass.ReportRangef(at, "argument %d of %s %s", i, name, why)
		}
	}
	for i, arg := range call.Args {
		if results, ok := pass.TypesInfo.TypeOf(arg).(*types.Tuple); ok { // of a call, and alone
			for i := range results.Len() {
				if isAny(param(sig, i, false)) {
					report(i, arg, changed(results.At(i).Type()))
				}
			}
			return
		}
		p := param(sig, i, call.Ellipsis.IsValid())
		lit, isLit := ast.Unparen(arg).(*ast.CompositeLit)
		switch {
		case isAny(p):
			at, why := arrives(pass.TypesInfo, arg)
			report(i, at, why)
		case isLit && isJSON(p.Underlying()) && !argtype.Encodes(new(universe).of(p)):
			at, why := elements(pass.TypesInfo, lit)
			report(i, at, why)
		}
	}
}

// param returns the type of the parameter for the i-th argument.
func param(sig *types.Signature, i int, spread bool) types.Type {
	last := sig.Params().Len() - 1
	t := sig.Params().At(min(i, last)).Type()
	if s, ok := t.(*types.Slice); ok && sig.Variadic() && i >= last && !spread {
		return s.Elem()
	}
	return t
}

// arrives says where and how e, given as an any, does not arrive as it is.
func arrives(info *types.Info, e ast.Expr) (at ast.Expr, why string) {
	e = ast.Unparen(e)
	t := info.TypeOf(e)
	switch e := e.(type) {
	case *ast.CallExpr:
		if isAny(t) && info.Types[e.Fun].IsType() {
			return arrives(info, e.Args[0]) // a conversion
		}
	case *ast.CompositeLit:
		if isJSON(t) {
			return elements(info, e)
		}
	}
	return e, changed(t)
}

// elements is arrives for the elements of a literal. One of type any is as good
// as in a variable.
func elements(info *types.Info, lit *ast.CompositeLit) (at ast.Expr, why string) {
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			elt = kv.Value
		}
		if at, why := arrives(info, elt); why != "" && !isAny(info.TypeOf(at)) {
			return at, "has an element that " + why
		}
	}
	return nil, ""
}

// changed says what becomes of a value of type t, or "" if it arrives as it is.
func changed(t types.Type) string {
	t = types.Default(t)
	name := types.TypeString(t, (*types.Package).Name) // as the code has it
	t = types.Unalias(t)
	switch {
	case t == types.Typ[types.UntypedNil], t == types.Typ[types.Bool], t == types.Typ[types.String], t == types.Typ[types.Float64], isJSON(t):
		return ""
	case isAny(t), isTypeParam(t):
		return fmt.Sprintf("is of type %s: what it holds cannot be seen, and may not arrive as it is (give a bool, a string, a float64, []any or map[string]any, or take a parameter of a type of its own)", name)
	}
	return fmt.Sprintf("is of type %s and arrives as %s (take a parameter of type %s instead of any)", name, other(t), name)
}

// isJSON reports whether t is []any or map[string]any.
func isJSON(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Slice:
		return isAny(t.Elem())
	case *types.Map:
		return isAny(t.Elem()) && types.Unalias(t.Key()) == types.Typ[types.String]
	}
	return false
}

// other is what a value of type t becomes.
func other(t types.Type) string {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsBoolean != 0:
			return "a bool"
		case u.Info()&types.IsString != 0:
			return "a string"
		case u.Info()&(types.IsInteger|types.IsFloat) != 0:
			return "a float64"
		}
	case *types.Slice, *types.Array:
		return "an []any or a string"
	case *types.Struct, *types.Map:
		return "a map[string]any, or what its methods write"
	case *types.Pointer:
		return "what it points to"
	}
	return "something else, if at all"
}
