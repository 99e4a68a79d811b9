// Package buildinfo tells the version of a command.
package buildinfo

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// Version returns the version of the module from which the running program was built,
// and the version of Go: a program reads the packages of older Go versions only.
func Version() string {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = cmp.Or(info.Main.Version, version)
	}
	return version + " " + runtime.Version()
}
