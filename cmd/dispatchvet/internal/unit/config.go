// Package unit analyzes one package for the go command: it is what go vet
// runs, once for each package, as -vettool.
//
// It is a driver of its own, beside x/tools' unitchecker, for two reasons. It
// takes types from the compiler's export data instead of parsing every
// dependency. And it can leave a unit uncached: go vet stores the verdict on a
// package under the package's own inputs, so one that depends on files
// elsewhere would go stale. A unit that writes no facts is run each time.
package unit

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// A Config is the description of a unit that the go command writes: those
// fields of unitchecker.Config that this driver reads.
type Config struct {
	ID            string
	Compiler      string
	Dir           string
	ImportPath    string
	GoVersion     string
	GoFiles       []string
	NonGoFiles    []string
	IgnoredFiles  []string
	ModulePath    string
	ModuleVersion string
	Module        *analysis.Module
	ImportMap     map[string]string // import path in the source to package path
	PackageFile   map[string]string // package path to export data
	PackageVetx   map[string]string // package path to facts
	Standard      map[string]bool
	VetxOnly      bool   // facts are wanted, diagnostics are not
	VetxOutput    string // where to write the facts
	Stdout        string // where to write what would go to stdout
	FixArchive    string // where to write the files that fixes change
}

func readConfig(filename string) (*Config, error) {
	data, err := os.ReadFile(filename)
	if err != nil {
		return nil, err
	}
	cfg := new(Config)
	if err := json.Unmarshal(data, cfg); err != nil {
		return nil, fmt.Errorf("decode %s: %w", filename, err)
	}
	return cfg, nil
}

// concerned reports whether the unit may have to do with the runtime: it
// belongs to the runtime's module, an import has facts, or an import is an
// entrypoint, which has none. Others are done without parsing them.
func (cfg *Config) concerned() (bool, error) {
	if cfg.ImportPath == registration.RuntimeModule || strings.HasPrefix(cfg.ImportPath, registration.RuntimeModule+"/") {
		return true, nil
	}
	for path := range cfg.PackageFile {
		if _, ok := cfg.PackageVetx[path]; !ok && path != "unsafe" {
			return true, nil
		}
	}
	for _, file := range cfg.PackageVetx {
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
