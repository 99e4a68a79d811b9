package flow

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// A Path names a package variable or a part of one: a field, as in .Host, the elements
// of a map or a slice, [], or the number, string or bool that a pointer points to, *. A
// pointer to a struct and the struct have one path. Context values and environment
// variables have paths too.
type Path struct {
	Root string // import path, a dot and the name; or one of the prefixes below
	Sub  string
}

// The prefixes of roots that are not variables.
const (
	contextRoot = "context value "
	envRoot     = "environment variable "
)

// maxDepth limits the parts of a path, since types may be recursive.
const maxDepth = 5

func (p Path) add(part string) Path {
	if strings.Count(p.Sub, ".")+strings.Count(p.Sub, "[") >= maxDepth {
		return p
	}
	return Path{p.Root, p.Sub + part}
}

// Has reports whether q is p or a part of p.
func (p Path) Has(q Path) bool {
	rest, ok := strings.CutPrefix(q.Sub, p.Sub)
	return p.Root == q.Root && ok && (rest == "" || strings.ContainsAny(rest[:1], ".[*"))
}

// IsVariable reports whether p is a package variable or a part of one.
func (p Path) IsVariable() bool {
	return !strings.HasPrefix(p.Root, contextRoot) && !strings.HasPrefix(p.Root, envRoot)
}

// Package returns the import path of the package that declares the variable.
func (p Path) Package() string { return p.Root[:strings.LastIndexByte(p.Root, '.')] }

// String names the path as code in another package does: mail.Config.Host.
func (p Path) String() string {
	if !p.IsVariable() {
		return p.Root
	}
	base := p.Root[strings.LastIndexByte(p.Root, '/')+1:]
	return base + strings.TrimRight(p.Sub, "*[]")
}

// An origin says that a value comes from a path.
type origin struct {
	Path
	addr bool // the value is the address of what is at the path, not a copy of it
	copy bool // the value is, or points into, a copy: writes do not reach the path
	cell bool // the value is the address of a local variable that holds what the rest says

	only string // of an origin elsewhere: the part of the value that it is for
}

// elsewhere is the root of values that are stored in a part of a copy, such as defaults.
const elsewhere = "elsewhere"

// part returns the origin of a part of o. It reports false if o is for another part.
func (o origin) part(name string, addr bool) (origin, bool) {
	if o.Root == elsewhere {
		rest, ok := strings.CutPrefix(o.only, name)
		o.addr, o.only = addr, rest
		return o, ok && (rest == "" || strings.ContainsAny(rest[:1], ".[")) || o.only == ""
	}
	return origin{Path: o.Path.add(name), addr: addr, copy: o.copy}, true
}

func globalPath(g *ssa.Global) Path {
	return Path{Root: g.Package().Pkg.Path() + "." + g.Name()}
}

// fieldName returns the part of a path for field i of a struct, or a pointer to one.
func fieldName(t types.Type, i int) string {
	st, ok := deref(t).Underlying().(*types.Struct)
	if !ok {
		return ".?"
	}
	return "." + st.Field(i).Name()
}

func deref(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// isPointerLike reports whether a copy of a value of type t shares data with it.
func isPointerLike(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice, *types.Interface, *types.Chan, *types.Signature:
		return true
	}
	return false
}
