// Package unit analyzes one package for the go command: go vet runs its -vettool
// once for each package.
//
// It is used in place of x/tools' unitchecker for two reasons. It reads types
// from the compiler's export data instead of parsing every dependency. And it can
// keep the go command from caching a unit: go vet caches the verdict on a package
// by the package's own inputs, so a verdict that depends on other files would
// become stale. A unit that writes no facts is run each time.
package unit

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// A Config describes a unit. The go command writes it. It has the fields of
// unitchecker.Config that this driver reads.
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
	VetxOnly      bool   // compute facts, but report no diagnostics
	VetxOutput    string // where to write the facts
	Stdout        string // file to write in place of stdout; may be empty
	FixArchive    string // archive for the fixed files; may be empty
}

// readConfig reads the .cfg file that the go command wrote.
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

// mayUseRuntime reports whether the unit may use the runtime: it belongs to the
// runtime's module, an import has facts, or an import has no file of facts, which
// means that it is an entrypoint. Other units need not be parsed.
func (cfg *Config) mayUseRuntime() (bool, error) {
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
