// Vet measures the cost of dispatchvet on a real module, in CPU seconds of all
// processes, and compares it with an empty unitchecker, go vet, staticcheck and
// errchkjson:
//
//	cd bench/vet && go run .
//
// It measures the module twice: unchanged, when it does not use the runtime, and with
// enough registrations that a fifth of its packages reach the runtime. The compiler's
// results are cached beforehand. The tools start without cached results, except in
// the runs marked "again". With -silent, it vets ten modules instead, unchanged and
// with a registration in each package, and fails if there is a diagnostic. With -growth,
// it vets synthetic modules of up to 5,000 packages, and of up to 5,000 registrations.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	module := flag.String("module", "k8s.io/client-go@v0.37.2", "the module, with its version")
	runs := flag.Int("runs", 3, "of which the median counts")
	root := flag.String("root", "../..", "folder of the module with dispatchvet")
	others := flag.Bool("others", true, "run staticcheck and errchkjson as well")
	only := flag.Bool("silent", false, "measure nothing, but see that dispatchvet is silent on the modules given, or on ten")
	growing := flag.Bool("growth", false, "measure synthetic modules of growing size instead, once each")
	flag.Parse()
	log.SetFlags(0)
	os.Setenv("GOWORK", "off") // some modules contain a go.work, but not the folders that it names
	if *only {
		if flag.NArg() > 0 {
			modules = flag.Args()
		}
		if err := silent(*root, modules); err != nil {
			log.Fatal("vet: ", err)
		}
		return
	}
	if err := bench(*module, *root, *runs, *others, *growing); err != nil {
		log.Fatal("vet: ", err)
	}
}

// bench prints the cost of all commands on the module, or the costs of growing modules.
func bench(module, root string, runs int, others, growing bool) error {
	dir, err := os.MkdirTemp("", "bench-vet")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bencher{bin: filepath.Join(dir, "bin"), dir: filepath.Join(dir, "module"), runs: runs}
	if b.root, err = filepath.Abs(root); err != nil {
		return err
	}
	if err := b.tools(others && !growing); err != nil {
		return err
	}
	if growing {
		return b.growth()
	}
	if err := b.copyModule(module); err != nil {
		return err
	}
	fmt.Printf("%s, %d packages, median of %d runs, CPU seconds\n", module, len(b.packages), runs)
	if err := b.compare("which does not use the runtime", others); err != nil {
		return err
	}
	n, err := b.useRuntime(len(b.packages) / 5)
	if err != nil {
		return err
	}
	return b.compare(fmt.Sprintf("with %d packages that reach the runtime", n), false)
}

// A command is a command to measure.
type command struct {
	name string
	args func() ([]string, error)
	warm bool // uses the cached results of the run before
}

// compare measures all commands in turn, and prints their medians.
func (b *bencher) compare(what string, others bool) error {
	if _, err := b.run("go", "vet", "./..."); err != nil { // compiles the packages that vetting needs
		return err
	}
	vettool := func(tool string) func() ([]string, error) {
		return func() ([]string, error) {
			fresh, err := b.fresh(tool)
			return []string{"go", "vet", "-vettool=" + fresh, "./..."}, err
		}
	}
	again := func(tool string) func() ([]string, error) {
		return func() ([]string, error) {
			return []string{"go", "vet", "-vettool=" + b.last[tool], "./..."}, nil
		}
	}
	alone := func(tool string) func() ([]string, error) {
		return func() ([]string, error) { return []string{filepath.Join(b.bin, tool), "./..."}, nil }
	}
	commands := []command{
		{"go vet -vettool=nothing", vettool("unit"), false},
		{"go vet -vettool=dispatchvet", vettool("dispatchvet"), false},
		{"the same again", again("dispatchvet"), true},
		{"go vet", vettool("vet"), false},
		{"go vet again", again("vet"), true},
		{"nothing, alone", alone("single"), false},
		{"dispatchvet, alone", alone("dispatchvet"), false},
	}
	if others {
		commands = append(commands,
			command{"staticcheck, alone", alone("staticcheck"), false},
			command{"errchkjson, alone", alone("errchkjson"), false})
	}
	seconds := make(map[string][]float64)
	memory := make(map[string]float64)
	for range b.runs {
		for _, c := range commands {
			args, err := c.args()
			if err != nil {
				return err
			}
			u, err := b.run(args...)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			seconds[c.name] = append(seconds[c.name], u.seconds)
			memory[c.name] = max(memory[c.name], u.megabytes)
		}
	}
	median := func(name string) float64 {
		s := seconds[name]
		slices.SortFunc(s, cmp.Compare)
		return s[len(s)/2]
	}
	fmt.Printf("\n%s:\n", what)
	for _, c := range commands {
		fmt.Printf("%-30s %7.2f s  %5.0f MB\n", c.name, median(c.name), memory[c.name])
	}
	ratio := func(a, b string) { fmt.Printf("%-60s %.2f\n", a+" / "+b, median(a)/median(b)) }
	ratio("go vet -vettool=dispatchvet", "go vet -vettool=nothing")
	ratio("go vet -vettool=dispatchvet", "go vet")
	ratio("the same again", "go vet again")
	ratio("dispatchvet, alone", "nothing, alone")
	return nil
}
