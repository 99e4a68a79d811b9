// Package idle ends the program early for a unit of go vet that cannot use the runtime.
// In most modules, nearly all units are such: each dependency and each package of the
// standard library is one.
//
// It does so while the program initializes its packages, because the initialization of the
// others takes two thirds of such a unit's time beyond the least that a program takes. It
// imports few packages, and initialization goes by import paths, so it comes before the
// packages of the checks. If it came later, that would only cost time.
package idle

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func init() {
	args := os.Args[1:]
	if len(args) == 0 || !strings.HasSuffix(args[len(args)-1], ".cfg") {
		return
	}
	var u Unit
	if err := Read(args[len(args)-1], &u); err != nil {
		return // package unit reports it
	}
	if done, err := u.Finish(); done && err == nil {
		os.Exit(0)
	}
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
