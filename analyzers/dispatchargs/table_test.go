package dispatchargs_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"go/ast"
	"go/constant"
	"go/types"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
)

// A verdict is the output of the program for one type: the verdict of the runtime,
// and for each value whether it survived.
type verdict struct {
	Name    string
	Policy  string
	Refused string
	Zero    string
	Values  []string
}

// trips counts the values that were lost, were refused by Call because of their methods, or
// survived. If Call refuses all values but the zero value, these
// did not survive.
func (v *verdict) trips() (fails, refused, survives int) {
	for _, loss := range append(v.Values, v.Zero) {
		switch {
		case loss == "":
			survives++
		case strings.HasPrefix(loss, "Call refuses it: "):
			refused++
		default:
			fails++
		}
	}
	if refused > 0 && (survives == 0 || survives == 1 && v.Zero == "") {
		return fails + refused, 0, survives
	}
	return fails, refused, survives
}

// TestTable compares the verdicts of the check and of the runtime with the actual
// result of encoding and decoding values of each type in the table.
func TestTable(t *testing.T) {
	t.Parallel()
	const table = "./src/dispatchargs/table"
	pkg := load(t, table)
	verdicts := run(t, overlay(t, programFile(t), show("", "table.Rows()"))...)
	types := typesOf(t, pkg)
	if len(verdicts) < 300 || len(types) != len(verdicts) {
		t.Fatalf("the program shows %d types and the source has %d, want as many, and at least 300", len(verdicts), len(types))
	}
	counts := make(map[string]int)
	for _, v := range verdicts {
		typ := types[v.Name]
		if typ == nil {
			t.Errorf("%s: the source has no such type", v.Name)
			continue
		}
		counts[compare(t, v, pkg, typ)]++
	}
	t.Logf("%d types: %v", len(verdicts), counts)
}

// compare reports a failure if the verdict on a type disagrees with the result for
// its values. It returns the verdict in a word.
func compare(t *testing.T, v verdict, pkg *packages.Package, typ types.Type) string {
	t.Helper()
	p := dispatchargs.Check(pkg, typ)
	said := ""
	if p != nil {
		said = p.Describe("argument 1")
	}
	fails, refused, survives := v.trips()
	// Of an interface with methods, only nil survives. Register rejects such a
	// type too.
	if _, isInterface := typ.Underlying().(*types.Interface); isInterface && v.Refused != "" && v.Zero == "" {
		survives--
	}
	if never := p != nil && p.Never; never != (v.Refused != "") {
		t.Errorf("%s: the check says %q, never %v; the runtime refuses it with %q", v.Name, said, never, v.Refused)
	}
	switch {
	case v.Policy != "":
		if (p == nil) == (fails == 0) {
			t.Errorf("%s: by policy (%s), but the check says %q as the values do: %q and %q", v.Name, v.Policy, said, v.Zero, v.Values)
		}
		if p == nil {
			return "silent by policy"
		}
		return "reported by policy"
	case p == nil:
		if fails > 0 {
			t.Errorf("%s: the check is silent; the zero value: %q, others: %q", v.Name, v.Zero, v.Values)
		}
		return "silent"
	case p.Never:
		if survives > 0 {
			t.Errorf("%s: the check says that no value survives (%s); the zero value: %q, others: %q", v.Name, said, v.Zero, v.Values)
		}
		return "refused by Register"
	default:
		if fails+refused == 0 {
			t.Errorf("%s: the check says %s; all values survive", v.Name, said)
		}
		return "reported"
	}
}

// run returns the verdicts that a program prints.
func run(t *testing.T, args ...string) []verdict {
	t.Helper()
	cmd := exec.Command("go", append([]string{"run"}, args...)...)
	cmd.Dir = fixtures.Dir(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go run %s: %v\n%s", args, err, &stderr)
	}
	var all []verdict
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var v verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// load loads the package of the table.
func load(t *testing.T, table string) *packages.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: fixtures.Dir(t)}, table)
	if err != nil {
		t.Fatal(err)
	}
	return pkgs[0]
}

// typesOf maps the name of each row in the source of the table to its type.
func typesOf(t *testing.T, pkg *packages.Package) map[string]types.Type {
	t.Helper()
	out := make(map[string]types.Type)
	info := pkg.TypesInfo
	for _, file := range pkg.Syntax {
		for n := range ast.Preorder(file) {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				continue
			}
			fun := call.Fun
			if index, ok := fun.(*ast.IndexExpr); ok {
				fun = index.X
			}
			id, ok := fun.(*ast.Ident)
			if !ok || id.Name != "row" && id.Name != "policy" {
				continue
			}
			name := constant.StringVal(info.Types[call.Args[0]].Value)
			if out[name] != nil {
				t.Errorf("two rows have the name %q", name)
			}
			out[name] = info.Instances[id].TypeArgs.At(0)
		}
	}
	return out
}
