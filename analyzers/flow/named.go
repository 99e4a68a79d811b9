package flow

import (
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"slices"

	"golang.org/x/tools/go/ssa"
)

func isGetenv(name string) bool {
	return name == "os.Getenv" || name == "os.LookupEnv" || name == "syscall.Getenv" || name == "os.ExpandEnv"
}

// environment returns the paths of the environment variables that v names in a call of
// the function with the given name.
func (r *Run) environment(name string, v ssa.Value) []Path {
	var out []Path
	for _, text := range r.texts(v, 0) {
		if name != "os.ExpandEnv" {
			out = append(out, Path{Root: envRoot + text})
			continue
		}
		os.Expand(text, func(name string) string {
			out = append(out, Path{Root: envRoot + name})
			return ""
		})
	}
	return out
}

// texts returns the constant strings that v may be.
func (r *Run) texts(v ssa.Value, depth int) []string {
	if c, ok := v.(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.String {
		return []string{constant.StringVal(c.Value)}
	}
	var out []string
	if sum, ok := v.(*ssa.BinOp); ok && sum.Op == token.ADD && depth < 4 {
		for _, x := range r.texts(sum.X, depth+1) {
			for _, y := range r.texts(sum.Y, depth+1) {
				out = append(out, x+y)
			}
		}
	}
	for _, arg := range r.passed(v) {
		if depth < 4 {
			out = append(out, r.texts(arg, depth+1)...)
		}
	}
	return out
}

// passed returns the arguments of reached calls that the parameter v stands for.
func (r *Run) passed(v ssa.Value) []ssa.Value {
	param, ok := v.(*ssa.Parameter)
	if !ok {
		return nil
	}
	var out []ssa.Value
	i := slices.Index(param.Parent().Params, param)
	for _, site := range r.sites[param.Parent()] {
		j := i
		if site.Common().IsInvoke() {
			j-- // the receiver is not among the arguments
		}
		if args := site.Common().Args; 0 <= j && j < len(args) {
			out = append(out, args[j])
		}
	}
	return out
}

// keys returns the paths of the context values with the key v.
func (r *Run) keys(v ssa.Value, depth int) []Path {
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	key := func(name string) []Path { return []Path{{Root: contextRoot + name}} }
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value != nil {
			return key(types.TypeString(v.Type(), nil) + "(" + v.Value.ExactString() + ")")
		}
		return key(types.TypeString(v.Type(), nil))
	case *ssa.UnOp:
		if g, ok := v.X.(*ssa.Global); ok {
			return key(globalPath(g).Root)
		}
	case *ssa.Global:
		return key(globalPath(v).Root)
	case *ssa.Parameter:
		var out []Path
		for _, arg := range r.passed(v) {
			if depth < 4 {
				out = append(out, r.keys(arg, depth+1)...)
			}
		}
		return out
	}
	if isStruct(v.Type()) {
		return key(types.TypeString(v.Type(), nil)) // such as key{}: all values are equal
	}
	return nil
}

func (r *Run) firstTexts(call *ssa.CallCommon) []string {
	if len(call.Args) == 0 || call.IsInvoke() {
		return nil
	}
	return r.texts(call.Args[0], 0)
}
