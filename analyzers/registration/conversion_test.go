package registration

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/ast/inspector"
)

// TestConversions compares the methods that may run through an interface with the
// comments at the ends of the lines.
func TestConversions(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "conversion.go", conversionSource, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue), Defs: make(map[*ast.Ident]types.Object), Uses: make(map[*ast.Ident]types.Object),
		Instances: make(map[*ast.Ident]types.Instance), Selections: make(map[*ast.SelectorExpr]*types.Selection),
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	if _, err := conf.Check("p", fset, []*ast.File{f}, info); err != nil {
		t.Fatal(err)
	}
	got, want := make(map[int]string), make(map[int]string)
	for cur := range inspector.New([]*ast.File{f}).Root().Preorder() {
		for c := range conversionsIn(info, cur) {
			for _, method := range c.methods() {
				line := fset.Position(c.at.Pos()).Line
				got[line] = strings.TrimSpace(got[line] + " " + method.FullName())
			}
		}
	}
	for i, line := range strings.Split(conversionSource, "\n") {
		if _, comment, ok := strings.Cut(line, "// "); ok {
			want[i+1] = comment
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("methods by line differ (-want +got):\n%s", diff)
	}
}

const conversionSource = `package p

import "fmt"

type runner interface{ Run() }

type stringer interface{ String() string }

type T struct{}

func (T) Run()           {}
func (T) String() string { return "" }

type outer struct{ *T }

type cli struct {
	Work struct{ Inner T }
}

type holder struct {
	n int
	r runner
}

func take(n int, r ...runner)     {}
func all(v ...any)                {}
func pair() (T, error)            { return T{}, nil }
func two(r runner, err error)     {}
func only[R runner](r R)          {}
func whatever[V any](v V)         {}

type list[R runner] []R

var _ runner = T{}
var v runner = T{} // (p.T).Run
var w = runner(T{}) // (p.T).Run
var x = holder{1, T{}} // (p.T).Run
var y = &holder{r: T{}} // (p.T).Run
var z = map[stringer]runner{
	T{}: nil, // (p.T).String
}
var slice = []runner{0: T{}} // (p.T).Run
var nested = []*holder{{r: T{}}} // (p.T).Run

func f(ch chan runner, m map[runner]int) (runner, error) {
	take(1)
	take(1, nil, T{}) // (p.T).Run
	take(1, outer{}) // (p.T).Run
	take(1, slice...)
	all(T{}) // (p.T).Run
	all(&cli{}) // (p.T).Run
	all((*T)(nil))
	all(pair) // (p.T).Run
	fmt.Println(T{})
	two(pair()) // (p.T).Run
	only(T{}) // (p.T).Run
	whatever(T{})
	_ = list[T]{} // (p.T).Run
	slice = append(slice, T{}) // (p.T).Run
	ch <- T{} // (p.T).Run
	m[T{}] = 1 // (p.T).Run
	var err error
	v, err = pair() // (p.T).Run
	for _, v = range []T{} { // (p.T).Run
	}
	v := T{}
	_ = v
	func() stringer {
		return T{} // (p.T).String
	}()
	return T{}, err // (p.T).Run
}
`
