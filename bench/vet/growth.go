package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// growth prints what vetting costs, in one run each, for synthetic modules: with more and more packages that
// do not use the runtime, and with more and more registrations, ten in a package.
func (b *bencher) growth() error {
	fmt.Println("packages  registrations  CPU s   ms each  MB")
	for _, n := range []int{100, 1000, 5000} {
		if err := b.grown(n, 0); err != nil {
			return err
		}
	}
	for _, n := range []int{10, 100, 1000, 5000} {
		if err := b.grown(n/registrationsEach, n); err != nil {
			return err
		}
	}
	return nil
}

const registrationsEach = 10

// grown makes a module, and prints a line for it.
func (b *bencher) grown(packages, registrations int) error {
	if err := os.RemoveAll(b.dir); err != nil {
		return err
	}
	for i := range packages {
		if err := b.write(fmt.Sprintf("p%d/p.go", i), plainPackage(i)); err != nil {
			return err
		}
		if registrations > 0 {
			if err := b.write(fmt.Sprintf("p%d/functions.go", i), registering(i)); err != nil {
				return err
			}
		}
	}
	if err := b.write("go.mod", "module example.com/app\n\ngo 1.26.0\n"); err != nil {
		return err
	}
	each := packages
	if registrations > 0 {
		each = registrations
		if err := b.write("callee/main.go", callee(packages)); err != nil {
			return err
		}
		if err := b.addRuntime(); err != nil {
			return err
		}
	}
	if _, err := b.run("go", "vet", "./..."); err != nil { // compiles the packages
		return err
	}
	tool, err := b.fresh("dispatchvet")
	if err != nil {
		return err
	}
	if _, err := b.run("go", "build", "./..."); err != nil { // unlike go vet, it fails for a package that does not compile
		return err
	}
	u, err := b.run("go", "vet", "-vettool="+tool, "./...")
	if err != nil {
		return err
	}
	fmt.Printf("%8d  %13d  %5.1f  %7.1f  %4.0f\n", packages, registrations, u.seconds, 1000*u.seconds/float64(each), u.megabytes)
	return nil
}

func (b *bencher) write(name, text string) error {
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o666)
}

// plainPackage returns the source of package i, which imports the one before it. Chains
// have 100 packages: in real modules, imports are not nested more deeply.
func plainPackage(i int) string {
	if i%100 == 0 {
		return fmt.Sprintf("package p%d\n\nimport \"fmt\"\n\nfunc F() string { return fmt.Sprint(%d) }\n", i, i)
	}
	return fmt.Sprintf("package p%d\n\nimport \"example.com/app/p%d\"\n\nfunc F() string { return p%d.F() }\n", i, i-1, i-1)
}

// registering returns the source of package i that registers functions, and calls them.
func registering(i int) string {
	var s strings.Builder
	fmt.Fprintf(&s, "package p%d\n\nimport (\n\t\"context\"\n\n\t\"github.com/cloud-functions-dispatch/go/dispatch\"\n)\n", i)
	for j := range registrationsEach {
		fmt.Fprintf(&s, "\nvar Task%d = dispatch.Register(task%d)\n\nfunc task%d(ctx context.Context, key string, n int) error { return nil }\n", j, j, j)
		fmt.Fprintf(&s, "\nfunc Send%d(ctx context.Context) error { return Task%d.Call(ctx, F(), %d) }\n", j, j, j)
	}
	return s.String()
}

// callee returns the source of a worker that serves all packages.
func callee(packages int) string {
	var s strings.Builder
	s.WriteString("package main\n\nimport (\n\t\"context\"\n\t\"log\"\n\n\t\"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull\"\n\t_ \"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub\"\n")
	for i := range packages {
		fmt.Fprintf(&s, "\t_ \"example.com/app/p%d\"\n", i)
	}
	s.WriteString(")\n\nfunc main() {\n\tif err := pull.Run(context.Background()); err != nil {\n\t\tlog.Fatal(err)\n\t}\n}\n")
	return s.String()
}
