package dispatchlocal

import (
	"go/ast"
	"go/token"
	"go/types"
	"math"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// checkResults reports the parameters through which a registered function writes
// without reading them afterwards: such a write is probably meant for the caller.
func checkResults(pass *analysis.Pass, r *registration.Registration, decl *ast.FuncDecl) {
	params := r.Signature.Params()
	// The file needs a position, since the inspector allocates by its extent.
	root := inspector.New([]*ast.File{{Package: decl.Pos(), Name: ast.NewIdent("_"), Decls: []ast.Decl{decl}}}).Root()
	for i := 1; i < params.Len(); i++ {
		switch params.At(i).Type().Underlying().(type) {
		case *types.Pointer, *types.Slice, *types.Map:
			if w := lastWrite(pass.TypesInfo, root, params.At(i)); w != nil {
				pass.ReportRangef(w, "%s writes through its argument %s, which is a copy in the callee: the caller never sees the change (send the result in another call, or store it where the caller can read it)", r.Func, params.At(i).Name())
			}
		}
	}
}

// lastWrite returns a write through p that nothing in the function can read
// afterwards, or nil. If p may have another name, it returns nil.
func lastWrite(info *types.Info, root inspector.Cursor, p *types.Var) ast.Node {
	var writes []inspector.Cursor
	var reads []token.Pos
	for cur := range root.Preorder((*ast.Ident)(nil)) {
		if info.Uses[cur.Node().(*ast.Ident)] != p {
			continue
		}
		switch kind, at := use(info, cur); kind {
		case aliased:
			return nil // it may be read under the other name
		case read:
			reads = append(reads, lastRunPos(cur))
		case written:
			writes = append(writes, at)
		}
	}
	for range root.Preorder((*ast.LabeledStmt)(nil)) {
		return nil // a goto may jump back to it
	}
	for _, w := range writes {
		first := firstRunPos(w)
		after := func(pos token.Pos) bool {
			return pos > first && (pos < w.Node().Pos() || pos > w.Node().End()) // not within the write itself
		}
		if !slices.ContainsFunc(reads, after) {
			return w.Node()
		}
	}
	return nil
}

// A kind of use of an argument.
type kind int

const (
	read kind = iota
	written
	aliased
)

// writers maps functions that write through an argument, and do not keep it, to the
// index of that argument.
var writers = map[string]int{
	"encoding/json.Unmarshal": 1, "encoding/xml.Unmarshal": 1,
	"slices.Reverse": 0, "slices.Sort": 0, "slices.SortFunc": 0, "slices.SortStableFunc": 0,
	"sort.Ints": 0, "sort.Strings": 0, "sort.Float64s": 0, "sort.Slice": 0, "sort.SliceStable": 0,
	"maps.Copy": 0, "maps.DeleteFunc": 0,
}

// use returns the kind of use of the argument at cur, and the node that uses it.
func use(info *types.Info, cur inspector.Cursor) (kind, inspector.Cursor) {
	through := false // cur is an element, a field or the pointed-to value
	for {
		parent := cur.Parent()
		switch n := parent.Node().(type) {
		case *ast.ParenExpr:
		case *ast.SelectorExpr:
			if s := info.Selections[n]; s == nil || s.Kind() != types.FieldVal {
				return aliased, cur // a method receives it
			}
			through = true
		case *ast.StarExpr:
			through = true
		case *ast.IndexExpr:
			if n.X != cur.Node() {
				return read, cur
			}
			through = true
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if lhs == cur.Node() && through {
					return written, parent
				}
			}
			return value(info, cur, through), cur
		case *ast.IncDecStmt:
			if through {
				return written, parent
			}
			return read, cur
		case *ast.CallExpr:
			return inCall(info, n, cur, parent, through)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				return aliased, cur
			}
			return read, cur
		case *ast.SliceExpr:
			return aliased, cur
		case *ast.RangeStmt, *ast.BinaryExpr, *ast.IfStmt, *ast.SwitchStmt, *ast.TypeAssertExpr:
			return read, cur
		default:
			return value(info, cur, through), cur
		}
		cur = parent
	}
}

// value returns the kind of use of a value that is assigned or returned. An element
// or field of a basic type is read. Anything else gets another name.
func value(info *types.Info, cur inspector.Cursor, through bool) kind {
	if through {
		if _, ok := info.TypeOf(cur.Node().(ast.Expr)).Underlying().(*types.Basic); ok {
			return read
		}
	}
	return aliased
}

// inCall returns the kind of use of an argument that is called, or passed to a call.
func inCall(info *types.Info, call *ast.CallExpr, arg, at inspector.Cursor, through bool) (kind, inspector.Cursor) {
	if call.Fun == arg.Node() || through {
		return read, at
	}
	switch fn := typeutil.Callee(info, call).(type) {
	case *types.Builtin:
		switch fn.Name() {
		case "clear", "copy", "delete":
			if call.Args[0] == arg.Node() {
				return written, at
			}
		case "len", "cap", "print", "println":
		default:
			return aliased, at
		}
		return read, at
	case *types.Func:
		if i, ok := writers[fn.FullName()]; ok && i < len(call.Args) && call.Args[i] == arg.Node() {
			return written, at
		}
	}
	return aliased, at
}

// lastRunPos returns the latest position in the function at which the code at cur
// may run: its own, or, in a literal or under defer, the end of the function.
func lastRunPos(cur inspector.Cursor) token.Pos {
	for range cur.Enclosing((*ast.FuncLit)(nil), (*ast.DeferStmt)(nil)) {
		return math.MaxInt
	}
	return cur.Node().Pos()
}

// firstRunPos returns the earliest position in the function at which code may run
// after the code at cur: its own, or the start of a loop around it.
func firstRunPos(cur inspector.Cursor) token.Pos {
	pos := cur.Node().Pos()
	for c := range cur.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.FuncLit)(nil), (*ast.DeferStmt)(nil)) {
		switch n := c.Node().(type) {
		case *ast.ForStmt:
			pos = n.Pos()
		case *ast.RangeStmt:
			pos = n.Body.Pos()
		default:
			return token.NoPos // it may run at any time
		}
	}
	return pos
}
