package dispatchargs

import (
	"go/types"
	"os"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// Check returns the problem of a type that the package p uses, for the test of the table.
func Check(p *packages.Package, t types.Type) *argtype.Problem {
	pass := &analysis.Pass{Fset: p.Fset, Files: p.Syntax, Pkg: p.Types, ReadFile: os.ReadFile}
	u := &universe{shapes: shapes{pass: pass}}
	return argtype.Check(u.of(t), p.PkgPath)
}

// Resolve is resolve, for the test of positions without folders.
var Resolve = resolve

// IsSecret is isSecret, for the test of names.
var IsSecret = isSecret
