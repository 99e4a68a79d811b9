package dispatchargs_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/types"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
	"github.com/cloud-functions-dispatch/go/internal/property"
)

var typesFlag = flag.Int("types", 0, "how many types TestProperty generates for each seed; if 0, 1000 with -long, and 250 otherwise")

// TestProperty compares the verdicts of the check and of the runtime with the
// actual result, as TestTable does, but for generated types.
func TestProperty(t *testing.T) {
	t.Parallel()
	seed, rounds, number := property.Seed(), 1, 100
	if property.Long() {
		rounds, number = 10, 1000
	}
	if *typesFlag > 0 {
		number = *typesFlag
	}
	total := make(map[string]int)
	for i := range uint64(rounds) {
		for word, n := range checkTypes(t, seed+i, number) {
			total[word] += n
		}
	}
	t.Logf("-seed=%d: %d types: %v", seed, rounds*number, total)
}

// checkTypes checks a number of types generated from a seed, and returns how many have
// each verdict.
func checkTypes(t *testing.T, seed uint64, number int) map[string]int {
	t.Helper()
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
	source, names := g.types(number)
	file, program := programFile(t), write(source, names)
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: fixtures.Dir(t), Overlay: map[string][]byte{file: []byte(program)}}, file)
	if err != nil || len(pkgs[0].Errors) > 0 {
		t.Fatalf("seed %d: load the generated types: %v %v", seed, err, pkgs[0].Errors)
	}
	counts := make(map[string]int)
	for _, v := range run(t, overlay(t, file, program)...) {
		typ := pkgs[0].Types.Scope().Lookup(v.Name).Type()
		word, wrong := agree(v, pkgs[0], typ)
		if counts[word]++; wrong != "" {
			t.Errorf("-seed=%d -types=%d: %s\n%s", seed, number, wrong, declarations(typ))
		}
	}
	return counts
}

// programFile returns the path at which an overlay places a program that shows
// verdicts. It is inside the runtime, since the program imports its internal codec.
func programFile(t *testing.T) string {
	return filepath.Join(fixtures.Dir(t), "..", "dispatch", "internal", "codec", "show", "main.go")
}

// write returns a program that shows the verdicts on the types.
func write(source string, names []string) string {
	var rows strings.Builder
	rows.WriteString("[]table.Row{\n")
	for _, n := range names {
		fmt.Fprintf(&rows, "table.Of[%s](%q),\n", n, n)
	}
	return show(source, rows.String()+"}")
}

// show returns a program that shows the verdicts on rows, an expression.
func show(source, rows string) string {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	for _, p := range []string{"context", "database/sql", "encoding/json", "errors", "fmt", "log", "math/big", "net/netip", "net/url", "os", "reflect", "sync", "time", "github.com/go-json-experiment/json/jsontext", "github.com/google/uuid", "example.com/fixtures/src/dispatchargs/table", "example.com/fixtures/src/pb/hybridpb", "example.com/fixtures/src/pb/opaquepb", "example.com/fixtures/src/pb/openpb", "github.com/cloud-functions-dispatch/go/dispatch/internal/codec"} {
		fmt.Fprintf(&b, "%q\n", p)
	}
	b.WriteString("_ \"github.com/cloud-functions-dispatch/go/dispatch/protobuf\"\n)\n\nvar (\n_ sql.NullString; _ json.Marshaler; _ fmt.Stringer; _ big.Int; _ netip.Addr; _ url.URL; _ sync.Mutex; _ time.Time; _ jsontext.Value; _ uuid.UUID; _ = errors.New; _ *openpb.Order; _ *hybridpb.Order; _ *opaquepb.Order\n)\n\n")
	b.WriteString(source)
	fmt.Fprintf(&b, `
func signature(t reflect.Type) (table.Signature, error) {
	in, out := []reflect.Type{reflect.TypeFor[context.Context](), t}, []reflect.Type{reflect.TypeFor[error]()}
	return codec.Of(reflect.FuncOf(in, out, false))
}

func main() {
	if err := table.Show(os.Stdout, %s, signature); err != nil {
		log.Fatal(err)
	}
}
`, rows)
	return b.String()
}

// overlay returns the arguments that make the go command run a program as if it
// existed in file.
func overlay(t *testing.T, file, program string) []string {
	t.Helper()
	dir := t.TempDir()
	source, list := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	files := struct{ Replace map[string]string }{make(map[string]string)}
	if mutant := os.Getenv("DISPATCH_TEST_OVERLAY"); mutant != "" { // set by TestMutants
		data, err := os.ReadFile(mutant)
		if err == nil {
			err = json.Unmarshal(data, &files)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	files.Replace[file] = source
	data, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{source: []byte(program), list: data} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"-overlay=" + list, file}
}

// byPolicy matches messages about types that are reported even if all their values
// survive.
var byPolicy = regexp.MustCompile(`a protocol buffer message: its fields|no decoding method|no encoding method|may write something other than a string|is encoded by|is decoded by|an interface with methods|has no exported field|json tag that encoding/json/v2 rejects`)

// agree returns the verdict on a type in a word. If the verdict is wrong, it also
// returns a description of the mistake.
func agree(v verdict, pkg *packages.Package, typ types.Type) (word, wrong string) {
	p := dispatchargs.Check(pkg, typ)
	said := ""
	if p != nil {
		said = p.Describe("argument 1")
	}
	fails, refused, survives := v.trips()
	truth := fmt.Sprintf("the check says %q; the runtime %q; the zero value: %q, others: %q", said, v.Refused, v.Zero, v.Values)
	switch never := p != nil && p.Never; {
	case never != (v.Refused != ""):
		return "disagreement", "the check and the runtime differ: " + truth
	case p == nil && fails > 0:
		return "missed", "silent, and a value is lost: " + truth
	case p == nil:
		return "silent", ""
	case never && survives > 0 && !strings.Contains(said, "an interface with methods"):
		return "refused wrongly", "refused, and a value survives: " + truth
	case never:
		return "refused by Register", ""
	case fails+refused == 0 && !byPolicy.MatchString(said):
		return "flagged wrongly", "reported, and all values survive: " + truth
	case fails+refused == 0:
		return "reported by policy", ""
	}
	return "reported", ""
}

// declarations returns the declarations of a type and of the types within it.
func declarations(t types.Type) string {
	var b strings.Builder
	seen := make(map[string]bool)
	var visit func(name string)
	visit = func(text string) {
		for _, name := range regexp.MustCompile(`\b[Tt]\d+\b`).FindAllString(text, -1) {
			if seen[name] {
				continue
			}
			seen[name] = true
			if obj := t.(*types.Named).Obj().Pkg().Scope().Lookup(name); obj != nil {
				under := types.TypeString(obj.Type().Underlying(), func(*types.Package) string { return "" })
				fmt.Fprintf(&b, "type %s %s", name, under)
				for i := range obj.Type().(*types.Named).NumMethods() {
					fmt.Fprintf(&b, " // %s", obj.Type().(*types.Named).Method(i).Name())
				}
				b.WriteString("\n")
				visit(under)
			}
		}
	}
	visit(t.(*types.Named).Obj().Name())
	return b.String()
}
