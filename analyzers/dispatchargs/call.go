package dispatchargs

import (
	"fmt"
	"go/ast"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// checkCalls reports arguments of calls in a file that do not arrive unchanged
// because the parameter is of type any, or is a slice or map of any.
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
			checkArgs(pass, name, sig, cur.Parent())
		case takesAny(sig):
			pass.ReportRangef(sel, "%s is used as a value: arguments for its parameters of type any cannot be checked (call it directly)", name)
		}
	}
}

// signatureOf returns the signature of a function type, or of the only function
// type that a type parameter permits; otherwise nil.
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

// takesAny reports whether sig has a parameter of type any.
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

// isAny reports whether t is an interface without methods. A type parameter does
// not count: its type argument is unknown here.
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

// checkArgs reports the arguments of a call that do not arrive unchanged.
func checkArgs(pass *analysis.Pass, name string, sig *types.Signature, cur inspector.Cursor) {
	call := cur.Node().(*ast.CallExpr)
	report := func(i int, at ast.Expr, why string) {
		if why != "" {
			pass.ReportRangef(at, "argument %d of %s %s", i, name, why)
		}
	}
	for i, arg := range call.Args {
		if results, ok := pass.TypesInfo.TypeOf(arg).(*types.Tuple); ok { // a call is the only argument
			for i := range results.Len() {
				if isAny(param(sig, i, false)) {
					report(i, arg, typeChange(results.At(i).Type()))
				}
			}
			return
		}
		tr := tracer{info: pass.TypesInfo, call: cur, seen: make(map[*types.Var]*found)}
		f := tr.trace(arg, param(sig, i, call.Ellipsis.IsValid()), true)
		report(i, f.at, f.why)
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

// typeChange returns how a value of type t changes when it is passed as an any, or ""
// if it arrives unchanged.
func typeChange(t types.Type) string {
	t = types.Default(t)
	name := types.TypeString(t, (*types.Package).Name) // with the alias that the code uses
	t = types.Unalias(t)
	switch {
	case t == types.Typ[types.UntypedNil], t == types.Typ[types.Bool], t == types.Typ[types.String], t == types.Typ[types.Float64], isJSON(t):
		return ""
	case isAny(t), isTypeParam(t):
		return fmt.Sprintf("is of type %s: its dynamic type cannot be checked, and may not arrive unchanged (pass a bool, string, float64, []any or map[string]any, or give the parameter a concrete type)", name)
	}
	return fmt.Sprintf("is of type %s and arrives as %s (take a parameter of type %s instead of any)", name, arrivalType(t), name)
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

// arrivalType describes the type that a value of type t has when it arrives as an any.
func arrivalType(t types.Type) string {
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
		return "a map[string]any, or as its methods encode it"
	case *types.Pointer:
		return "the value that it points to"
	}
	return "a different type, or not at all"
}

// isDropped reports whether a field with the tag is not sent.
func isDropped(tag string) bool { return reflect.StructTag(tag).Get("json") == "-" }
