// Package idle ends the program early for a unit of go vet that cannot use the runtime.
// Most units cannot: each package of the standard library is one, and nearly each
// dependency.
//
// Such a unit ends while the program initializes its packages. Of 5 ms of CPU time, the
// least that a Go program takes is 2; initializing all packages of dispatchvet takes 2 more.
// Go initializes packages in the order of their import paths, once their imports are
// ready, so this package comes before those of the checks. If it came later, that would
// only cost time.
package idle

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

func init() {
	file, ok := unitOf(os.Args[1:])
	if !ok {
		return
	}
	var u Unit
	if err := Read(file, &u); err != nil {
		return // package unit reports it
	}
	if done, err := u.Finish(); done && err == nil {
		os.Exit(0)
	}
}

// unitOf returns the .cfg file of the unit that the go command passes, after flags that it
// has checked.
func unitOf(args []string) (file string, ok bool) {
	if len(args) == 0 {
		return "", false
	}
	flags, file := args[:len(args)-1], args[len(args)-1]
	other := slices.ContainsFunc(flags, func(arg string) bool { return !strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "-V") })
	return file, !other && strings.HasSuffix(file, ".cfg")
}

// Module is the path of the runtime's module.
const Module = "github.com/cloud-functions-dispatch/go"

// A Unit has the fields of a .cfg file that tell whether the unit may use the runtime.
type Unit struct {
	ImportPath  string
	ImportMap   map[string]string // import path in the source to package path
	PackageFile map[string]string // package path to export data
	PackageVetx map[string]string // package path to facts
	VetxOutput  string            // where to write the facts
}

// Read reads the .cfg file that the go command wrote into cfg, a pointer to a struct.
func Read(filename string, cfg any) error {
	data, err := os.ReadFile(filename)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, cfg); err != nil {
		return fmt.Errorf("decode %s: %w", filename, err)
	}
	return nil
}

// Finish writes an empty file of facts, and reports true, if the unit cannot use the
// runtime. The file says that neither the package nor its imports use it.
func (u *Unit) Finish() (done bool, err error) {
	if !u.HasExportData() {
		return false, nil
	}
	if may, err := u.mayUseRuntime(); may || err != nil {
		return false, err
	}
	return true, os.WriteFile(u.VetxOutput, nil, 0o666)
}

// HasExportData reports whether the unit's imports have export data, as the go command
// that we know writes it.
func (u *Unit) HasExportData() bool {
	onlyUnsafe := len(u.ImportMap) == 1 && u.ImportMap["unsafe"] != ""
	return len(u.PackageFile) > 0 || len(u.ImportMap) == 0 || onlyUnsafe
}

// mayUseRuntime reports whether the unit may use the runtime: it belongs to the
// runtime's module, an import has facts, or an import has no file of facts, which
// means that it is an entrypoint. Other units need not be parsed.
func (u *Unit) mayUseRuntime() (bool, error) {
	if u.ImportPath == Module || strings.HasPrefix(u.ImportPath, Module+"/") {
		return true, nil
	}
	for path := range u.PackageFile {
		if _, ok := u.PackageVetx[path]; !ok && path != "unsafe" {
			return true, nil
		}
	}
	for _, file := range u.PackageVetx {
		info, err := os.Stat(file)
		if err != nil {
			return false, err
		}
		if info.Size() > 0 {
			return true, nil
		}
	}
	return false, nil
}
