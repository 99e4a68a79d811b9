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
	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/idle"
)

// A Config describes a unit. The go command writes it. It has the fields of
// unitchecker.Config that this driver reads.
type Config struct {
	idle.Unit
	ID            string
	Compiler      string
	Dir           string
	GoVersion     string
	GoFiles       []string
	NonGoFiles    []string
	IgnoredFiles  []string
	ModulePath    string
	ModuleVersion string
	Module        *analysis.Module
	Standard      map[string]bool
	VetxOnly      bool   // compute facts, but report no diagnostics
	Stdout        string // file to write in place of stdout; may be empty
	FixArchive    string // archive for the fixed files; may be empty
}
