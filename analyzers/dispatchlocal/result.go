package dispatchlocal

import (
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/flow"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// checkResults reports writes through the arguments of a registered function, if the
// function does not read the written value: such a write is probably meant for the caller.
func checkResults(pass *analysis.Pass, model *registration.Result) {
	var code *flow.Program
	done := make(map[*types.Func]bool)
	for _, r := range model.Registrations {
		if r.Signature == nil || r.Test || r.Obj.Pkg() != pass.Pkg || done[r.Obj] || !holdsReferences(r.Signature) {
			continue
		}
		done[r.Obj] = true // it may be registered again under another name
		if code == nil {
			code = flow.New([]*packages.Package{{PkgPath: pass.Pkg.Path(), Fset: pass.Fset, Types: pass.Pkg, Syntax: pass.Files, TypesInfo: pass.TypesInfo}}, nil)
		}
		fn := code.Func(r.Obj)
		if fn == nil {
			continue
		}
		for _, w := range code.LostWrites(fn) {
			pass.Reportf(w.Pos, "%s writes through its argument %s, which is a copy in the callee: the caller never sees the change (send the result in another call, or store it where the caller can read it)", r.Func, w.Argument)
		}
	}
}

// holdsReferences reports whether an argument but the context is, or holds, a pointer, a
// slice or a map.
func holdsReferences(sig *types.Signature) bool {
	for i := 1; i < sig.Params().Len(); i++ {
		if hasReference(sig.Params().At(i).Type(), 0) {
			return true
		}
	}
	return false
}

func hasReference(t types.Type, depth int) bool {
	switch t := t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map:
		return true
	case *types.Array:
		return hasReference(t.Elem(), depth)
	case *types.Struct:
		for field := range t.Fields() {
			if depth < 5 && hasReference(field.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}
