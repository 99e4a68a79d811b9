package flow

import (
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// quietNames are the names of switches that make a process tell or measure more.
var quietNames = regexp.MustCompile(`(?i)debug|verbose|trac(e|ing)|metric|telemetry|profil|quiet|silent|colou?r|pretty`)

// differ reports whether the two sides of a condition do different work. Logging is no
// work.
func (f *frame) differ(b, taken, other *ssa.BasicBlock) bool {
	cond := f.fact(b.Instrs[len(b.Instrs)-1].(*ssa.If).Cond)
	if quietNames.MatchString(cond.from.String()) {
		return false
	}
	fromTaken, fromOther := reachable(taken), reachable(other)
	for _, side := range []struct{ from, not map[*ssa.BasicBlock]bool }{{fromTaken, fromOther}, {fromOther, fromTaken}} {
		for block := range side.from {
			if !side.not[block] && !f.quiet(block) {
				return true
			}
		}
	}
	for block := range fromTaken {
		if fromOther[block] && chooses(block, b, fromTaken, fromOther) {
			return true
		}
	}
	return false
}

// reachable returns the blocks that may run after b starts.
func reachable(b *ssa.BasicBlock) map[*ssa.BasicBlock]bool {
	seen := map[*ssa.BasicBlock]bool{b: true}
	todo := []*ssa.BasicBlock{b}
	for len(todo) > 0 {
		b := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, s := range b.Succs {
			if !seen[s] {
				seen[s] = true
				todo = append(todo, s)
			}
		}
	}
	return seen
}

// chooses reports whether a variable has another value in block if one side of the
// branch in b has run.
func chooses(block, b *ssa.BasicBlock, x, y map[*ssa.BasicBlock]bool) bool {
	for _, instr := range block.Instrs {
		phi, ok := instr.(*ssa.Phi)
		if !ok {
			return false
		}
		var sides []ssa.Value
		for i, pred := range block.Preds {
			if pred == b || x[pred] != y[pred] {
				sides = append(sides, phi.Edges[i])
			}
		}
		if len(sides) > 1 && slices.ContainsFunc(sides, func(v ssa.Value) bool { return v != sides[0] }) && !isError(phi.Type()) {
			return true
		}
	}
	return false
}

// quiet reports whether a block does no work: it computes, logs or returns.
func (f *frame) quiet(b *ssa.BasicBlock) bool {
	for _, instr := range b.Instrs {
		switch instr := instr.(type) {
		case *ssa.MapUpdate, *ssa.Send, *ssa.Go, *ssa.Defer, *ssa.Panic, *ssa.Select:
			return false
		case *ssa.Store:
			if _, ok := instr.Addr.(*ssa.Global); ok {
				return false
			}
		case *ssa.Return:
			for _, v := range instr.Results {
				if !isConst(v) || !isError(v.Type()) {
					return false
				}
			}
		case *ssa.Call:
			if !f.quietCall(instr, 0) {
				return false
			}
		}
	}
	return true
}

// quietCall reports whether a call only computes or logs.
func (f *frame) quietCall(call *ssa.Call, depth int) bool {
	if _, ok := call.Call.Value.(*ssa.Builtin); ok {
		return true
	}
	if fn := call.Call.StaticCallee(); fn != nil && fn.Blocks != nil {
		return f.quietFunction(fn, depth)
	}
	obj := calleeObject(&call.Call)
	if obj == nil || obj.Pkg() == nil || slices.ContainsFunc(call.Call.Args, func(v ssa.Value) bool { return functionValue(v) != nil }) {
		return false
	}
	if recv := obj.Signature().Recv(); recv != nil && strings.Contains(strings.ToLower(types.TypeString(recv.Type(), nil)), "logger") {
		return true
	}
	switch obj.Pkg().Path() {
	case "strings", "strconv", "bytes", "unicode", "time", "errors", "math", "slices", "maps", "path", "path/filepath", "cmp", "runtime", "sync", "sync/atomic":
		return obj.Name() != "Sleep"
	}
	return isLogging(obj) || isToStderr(&call.Call) || strings.HasPrefix(obj.Name(), "Sprint") || strings.HasPrefix(obj.Name(), "Errorf")
}

// quietFunction reports whether a function only computes or logs.
func (f *frame) quietFunction(fn *ssa.Function, depth int) bool {
	if depth > 3 {
		return false
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.MapUpdate, *ssa.Send, *ssa.Go:
				return false
			case *ssa.Call:
				if !f.quietCall(instr, depth+1) {
					return false
				}
			}
		}
	}
	return true
}
