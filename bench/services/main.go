// Services runs dispatchvet on servers that were not written for dispatch:
//
//	cd bench/services && go run . [-vet path] [name…]
//
// For each server, a file of the folder data names a module, three functions to register
// in packages of it, and the edits that call them from the server's own code. Services
// adds them to a copy of the module, with a callee for the functions, and prints the
// diagnostics and the cost of the callee's unit. It downloads the modules, and compiles
// each of them once.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	vet := flag.String("vet", "", "the dispatchvet to run (default: built from -root)")
	root := flag.String("root", "../..", "folder of the module with the runtime and dispatchvet")
	keep := flag.String("keep", "", "folder for the copies, which are kept (default: a temporary one)")
	limit := flag.Duration("limit", 5*time.Minute, "after which vetting a server is stopped")
	flag.Parse()
	log.SetFlags(0)
	os.Setenv("GOWORK", "off") // some modules contain a go.work, but not the folders that it names
	if err := run(*vet, *root, *keep, *limit, flag.Args()); err != nil {
		log.Fatal("services: ", err)
	}
}

// run vets the named servers, or all of them. A server that does not build is reported
// and does not stop the others.
func run(vet, root, keep string, limit time.Duration, names []string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	bin, err := os.MkdirTemp("", "bench-services")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	if keep == "" {
		keep = filepath.Join(bin, "modules")
	}
	if vet, err = tools(bin, vet, root); err != nil {
		return err
	}
	all, err := filepath.Glob("data/*.txtar")
	if err != nil {
		return err
	}
	broken := 0
	for _, file := range all {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		s, err := newService(file, root, filepath.Join(keep, name))
		if err == nil {
			err = s.vet(bin, vet, limit)
		}
		if err != nil {
			broken++
			fmt.Printf("%s: %v\n", name, err)
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d servers could not be vetted", broken)
	}
	return nil
}

// tools builds the wrapper that measures, and dispatchvet unless vet is set. It returns
// the path of dispatchvet.
func tools(bin, vet, root string) (string, error) {
	if _, err := command(".", "go", "build", "-o", bin+"/", "./timed"); err != nil {
		return "", err
	}
	if vet != "" {
		return filepath.Abs(vet)
	}
	_, err := command(root, "go", "build", "-o", bin+"/", "./cmd/dispatchvet")
	return filepath.Join(bin, "dispatchvet"), err
}
