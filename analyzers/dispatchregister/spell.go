package dispatchregister

import (
	"cmp"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/check"
)

// context returns the name of context.Context in the file.
func (w *wrapper) context() string { return w.qualified("context", "context", "Context") }

// qualified returns the name of an object of a package as the file writes it, and adds an
// import if there is none.
func (w *wrapper) qualified(path, pkg, name string) string {
	if path == w.pass.Pkg.Path() {
		return name
	}
	for _, spec := range w.file.Imports {
		obj := w.pass.TypesInfo.PkgNameOf(spec)
		switch {
		case obj == nil || obj.Imported().Path() != path || obj.Name() == "_":
		case obj.Name() == ".":
			return name
		default:
			return obj.Name() + "." + name
		}
	}
	if w.names.taken(w, pkg) || strings.Contains("/"+path+"/", "/internal/") || strings.Contains("/"+path+"/", "/vendor/") {
		w.lacks = true
		return name
	}
	edit := check.ImportEdit(w.pass, w.file.Name.Pos(), path, "")
	if !slices.ContainsFunc(w.edits, func(e analysis.TextEdit) bool { return string(e.NewText) == string(edit.NewText) }) {
		w.edits = append(w.edits, edit)
		slices.SortFunc(w.edits, func(a, b analysis.TextEdit) int { return cmp.Compare(string(a.NewText), string(b.NewText)) })
	}
	return pkg + "." + name
}

// typeString returns t as the file writes it.
func (w *wrapper) typeString(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() != types.UnsafePointer {
			return t.Name()
		}
	case *types.Pointer:
		return "*" + w.typeString(t.Elem())
	case *types.Slice:
		return "[]" + w.typeString(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), w.typeString(t.Elem()))
	case *types.Map:
		return fmt.Sprintf("map[%s]%s", w.typeString(t.Key()), w.typeString(t.Elem()))
	case *types.Interface:
		if t.NumMethods() == 0 && t.NumEmbeddeds() == 0 {
			return "any"
		}
	case *types.Named:
		return w.named(t.Obj(), t.TypeArgs())
	case *types.Alias:
		return w.named(t.Obj(), t.TypeArgs())
	}
	w.lacks = true // such types are rare in arguments
	return ""
}

// named returns a defined type or an alias as the file writes it.
func (w *wrapper) named(obj *types.TypeName, args *types.TypeList) string {
	name := obj.Name()
	if pkg := obj.Pkg(); pkg != nil {
		if obj.Parent() != pkg.Scope() || pkg != w.pass.Pkg && !obj.Exported() {
			w.lacks = true // it has no name here
			return ""
		}
		name = w.qualified(pkg.Path(), pkg.Name(), name)
	}
	if args.Len() == 0 {
		return name
	}
	var list []string
	for t := range args.Types() {
		list = append(list, w.typeString(t))
	}
	return name + "[" + strings.Join(list, ", ") + "]"
}
