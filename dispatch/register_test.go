package dispatch_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// registrations are programs in which Register panics. The comment "// here" marks the
// line of the panic. Each is the body of package reg, or of package main.
var registrations = []struct {
	what, src string
	name      string // of the function within its package, or its description
	want      []string
}{
	{"main", `package main
		var F = dispatch.Register(f) // here
		func f(context.Context) error { return nil }
		func main() {}`,
		"f", []string{"it is in package main", "(move it to a package of its own)"}},
	{"literal", `package reg
		var F = dispatch.Register(func(context.Context) error { return nil }) // here`,
		"init.func1", []string{"it is a function literal", "(give it a name at the top level of a package)"}},
	{"literal_in_init", `package reg
		func init() {
			f := func(context.Context) error { return nil }
			dispatch.Register(f) // here
		}`,
		"init.0.func1", []string{"it is a function literal"}},
	{"method_value", `package reg
		type T struct{}
		func (T) M(context.Context) error { return nil }
		var F = dispatch.Register(T{}.M) // here`,
		"T.M-fm", []string{"it is a method value", "(register a top-level function that calls it on a value that dispatch.OnStart opens in the callee: docs/services.md)"}},
	{"method_expression", `package reg
		type T struct{ A int }
		func (T) M(context.Context) error { return nil }
		func (*T) N() error { return nil }
		var F = dispatch.Register((*T).N) // here`,
		"(*T).N", []string{"it is a method, which has no name of its own (register", "; the first parameter of func() error is not a context.Context"}},
	{"generic_instance", `package reg
		func g[E any](context.Context, E) error { return nil }
		var F = dispatch.Register(g[int]) // here`,
		"g[...]", []string{"it is an instance of a generic function", "(register a top-level function that calls it)"}},
	{"made_by_reflect", `package reg
		import "reflect"
		var made = reflect.MakeFunc(reflect.TypeFor[func(context.Context) error](), nil).Interface().(func(context.Context) error)
		var F = dispatch.Register(made) // here`,
		"reflect.makeFuncStub", []string{"it was made by package reflect", "(register a top-level function)"}},
	{"no_context", `package reg
		func f(int) error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"the first parameter of func(int) error is not a context.Context (want func(context.Context, …) error)"}},
	{"no_parameters", `package reg
		func f() error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"the first parameter of func() error is not a context.Context"}},
	{"wrong_result", `package reg
		func f(context.Context) (int, error) { return 0, nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"the result of func(context.Context) (int, error) is not one error (return only the error: store the rest, pass it on in another call, or drop it)"}},
	{"no_result", `package reg
		func f(context.Context) {}
		var F = dispatch.Register(f) // here`,
		"f", []string{"the result of func(context.Context) is not one error (return an error: nil if the call is done, any other to have it retried)"}},
	{"concrete_error", `package reg
		type E struct{}
		func (*E) Error() string { return "" }
		func f(context.Context) *E { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"is not one error"}},
	{"all_at_once", `package reg
		type T struct{}
		func (T) M(string, chan int, func()) (int, error) { return 0, nil }
		var F = dispatch.Register(T{}.M, dispatch.Timeout(0)) // here`,
		"T.M-fm", []string{"it is a method value", "; the first parameter of func(string, chan int, func()) (int, error) is not a context.Context (", "; the result of func(string, chan int, func()) (int, error) is not one error (", "; argument 2 has type chan int", "; argument 3 has type func()", "; the option Timeout is 0s"}},
	{"not_a_function", `package reg
		var F = dispatch.Register("mail.Send") // here`,
		"a value of type string", []string{"it is not a function (want func(context.Context, …) error)"}},
	{"nil", `package reg
		var F = dispatch.Register[func(context.Context) error](nil) // here`,
		"a value of type func(context.Context) error", []string{"it is nil (register a top-level function)"}},
	{"nil_interface", `package reg
		var F = dispatch.Register[any](nil) // here`,
		"a value of type <nil>", []string{"the type argument of Register is interface {}, which is not a function type (leave it out)"}},
	{"any", `package reg
		func f(_ context.Context) error { return nil }
		var F = dispatch.Register[any](f) // here`,
		"a value of type func(context.Context) error", []string{"the type argument of Register is interface {}, which is not a function type (leave it out)"}},
	{"chan", `package reg
		func f(_ context.Context, s string, c chan int) error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"argument 2 has type chan int, which cannot be encoded (it is valid in this process only: send the data that it represents, or make it in the callee, in dispatch.OnStart, and keep it in a package variable: docs/services.md)"}},
	{"func", `package reg
		func f(context.Context, func()) error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"argument 1 has type func(), which cannot be encoded (it is valid in this process only"}},
	{"chan_in_a_struct", `package reg
		type T struct { A int; B struct { Done chan bool } }
		func f(context.Context, ...T) error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"argument 1: T.B.Done has type chan bool, which cannot be encoded"}},
	{"no_exported_field", `package reg
		type T struct { a, b int }
		func f(context.Context, T) error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"argument 1 has type reg.T, which has no exported field", "(export the fields to send"}},
	{"interface", `package reg
		func f(context.Context, error) error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"argument 1 has type error, an interface with methods: it cannot be decoded", "(send its text, or use a concrete type)"}},
	// A pointer to a handle may be nil, which arrives: Call refuses others.
	{"handle", `package reg
		import "database/sql"
		type Config struct { From string; DB sql.DB }
		func f(context.Context, *sql.DB, sql.DB, Config, Service) error { return nil }
		type Service interface { Close() error }
		var F = dispatch.Register(f) // here`,
		"f", []string{": argument 2 has type sql.DB, which has no exported field: nothing of it would be encoded (open the sql.DB in the callee, in dispatch.OnStart, and keep it in a package variable: docs/services.md); argument 3: Config.DB has type sql.DB", "(open it in the callee, in dispatch.OnStart, and keep it in a package variable: docs/services.md; if it is data, use a concrete type)"}},
	{"complex", `package reg
		func f(context.Context, complex128) error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"argument 1 has type complex128, which cannot be encoded (JSON cannot represent it: send its parts)"}},
	{"json_tag", `package reg
		type T struct { A int ` + "`json:\",format:x\"`" + ` }
		func f(context.Context, T) error { return nil }
		var F = dispatch.Register(f) // here`,
		"f", []string{"argument 1: T.A has a json tag that encoding/json/v2 rejects: it has the option format (correct the tag)"}},
	{"name_taken", `package reg
		var first = dispatch.Register(f)
		func f(context.Context) error { return nil }
		func init() {
			dispatch.Register(f) // here
		}`,
		"f", []string{`the name "example.com/app/name_taken.f" is taken by the registration at `, "reg.go:6 (give one of them another name with dispatch.Name)"}},
	{"name_taken_by_alias", `package reg
		var first = dispatch.Register(f, dispatch.Alias("example.com/app/name_taken_by_alias.g"))
		func f(context.Context) error { return nil }
		func g(context.Context) error { return nil }
		func init() {
			dispatch.Register(g) // here
		}`,
		"g", []string{`the name "example.com/app/name_taken_by_alias.g" is taken by the registration at `, "reg.go:6 ("}},
	{"alias_taken", `package reg
		var first = dispatch.Register(f)
		func f(context.Context) error { return nil }
		func g(context.Context) error { return nil }
		func init() {
			dispatch.Register(g, dispatch.Alias(first.Name())) // here
		}`,
		"g", []string{"is taken by the registration at"}},
	{"alias_twice", `package reg
		var F = dispatch.Register(f, dispatch.Alias("old"), dispatch.Alias("old")) // here
		func f(context.Context) error { return nil }`,
		"f", []string{`the alias "old" is given twice`, "(leave it out)"}},
	{"alias_of_itself", `package reg
		var F = dispatch.Register(f, dispatch.Name("mail"), dispatch.Alias("mail")) // here
		func f(context.Context) error { return nil }`,
		"f", []string{`the alias "mail" is given twice, or is the function's own name (leave it out)`}},
	{"name_too_long", `package reg
		import "strings"
		var F = dispatch.Register(f, dispatch.Name(strings.Repeat("x", 1025))) // here
		func f(context.Context) error { return nil }`,
		"f", []string{"the name has 1025 bytes: Pub/Sub attributes hold 1024 (set a shorter name with dispatch.Name)"}},
	{"name_empty", `package reg
		var F = dispatch.Register(f, dispatch.Name("")) // here
		func f(context.Context) error { return nil }`,
		"f", []string{"the option Name is empty (leave it out, or name the function)"}},
	{"alias_empty", `package reg
		var F = dispatch.Register(f, dispatch.Alias("")) // here
		func f(context.Context) error { return nil }`,
		"f", []string{"the name is empty (use a name such as"}},
	{"name_with_a_space", `package reg
		var F = dispatch.Register(f, dispatch.Name("send mail")) // here
		func f(context.Context) error { return nil }`,
		"f", []string{"a space or a character that does not print (remove it)"}},
	{"no_concurrency", `package reg
		var F = dispatch.Register(f, dispatch.Concurrency(0)) // here
		func f(context.Context) error { return nil }`,
		"f", []string{"the option Concurrency is 0, want more than 0 (or leave it out)"}},
	{"no_time", `package reg
		var F = dispatch.Register(f, dispatch.Timeout(0)) // here
		func f(context.Context) error { return nil }`,
		"f", []string{"the option Timeout is 0s, want more than 0 (or leave it out)"}},
	// A fixed name does not help a function in main: the callee cannot import it.
	{"main_pinned", `package main
		var F = dispatch.Register(f, dispatch.Name("mail.send")) // here
		func f(context.Context) error { return nil }
		func main() {}`,
		"f", []string{"it is in package main"}},
}

const registerImports = "import (\n\t\"context\"\n\t\"github.com/cloud-functions-dispatch/go/dispatch\"\n)\n"

// Each mistake makes the program panic when it starts. The first line names the
// function, the place of its registration and the remedy.
func TestRegister_panics(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds programs")
	}
	dir := t.TempDir()
	for _, r := range registrations {
		head, body, _ := strings.Cut(r.src, "\n")
		src := head + "\n" + registerImports + body + "\nvar _ context.Context\n"
		write(t, filepath.Join(dir, r.what, "reg.go"), src)
		if head != "package main" {
			write(t, filepath.Join(dir, "cmd", r.what, "main.go"),
				fmt.Sprintf("package main\n\nimport _ %q\n\nfunc main() {}\n", "example.com/app/"+r.what))
		}
	}
	bin := build(t, dir)
	for _, r := range registrations {
		t.Run(r.what, func(t *testing.T) {
			t.Parallel()
			before, _, _ := strings.Cut(r.src, "// here")
			line := strings.Count(before+registerImports, "\n") + 1
			prefix := "panic: dispatch: register " + subject(r.src, r.what, r.name) + " at "
			want := append([]string{fmt.Sprintf("%s/reg.go:%d: ", r.what, line)}, r.want...)
			checkPanic(t, exec.Command(filepath.Join(bin, r.what)), prefix, want)
		})
	}
}

// subject returns the message's name of the function: like its symbol, but with the
// last element of the import path only.
func subject(src, folder, name string) string {
	switch {
	case strings.HasPrefix(name, "a value of ") || strings.HasPrefix(name, "reflect."):
		return name
	case strings.HasPrefix(src, "package main"):
		return "main." + name
	}
	return folder + "." + name
}

// checkPanic runs a program, which must panic, and checks the first line of its output.
func checkPanic(t *testing.T, cmd *exec.Cmd, prefix string, want []string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the program exited with 0, want a panic")
	}
	first, _, _ := strings.Cut(string(out), "\n")
	if !strings.HasPrefix(first, prefix) || !strings.HasSuffix(first, ")") {
		t.Errorf("got %q, want it to begin with %q and to end in a remedy in parentheses", first, prefix)
	}
	for _, w := range want {
		if !strings.Contains(first, w) {
			t.Errorf("got %q, want it to hold %q", first, w)
		}
	}
}

// build builds all programs of the module example.com/app in dir against this
// repository, and returns the folder that holds them.
func build(t *testing.T, dir string) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	const path = "github.com/cloud-functions-dispatch/go"
	// With the requirements of the repository, the go command need not resolve any.
	text := strings.Replace(string(mod), "module "+path, "module example.com/app", 1)
	write(t, filepath.Join(dir, "go.mod"), text+"\nrequire "+path+" v0.0.0\n\nreplace "+path+" => "+root+"\n")
	write(t, filepath.Join(dir, "go.sum"), string(sum))
	bin := t.TempDir()
	// Without symbols, since most of the time is spent in linking.
	cmd := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "-ldflags=-s -w", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
