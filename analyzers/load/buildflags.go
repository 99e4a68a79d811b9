package load

import (
	"flag"
	"strings"
)

// FlagName is the name of the flag that an analyzer has which loads the module.
const FlagName = "buildflags"

// BuildFlags are those of the go command under which an analyzer runs, such as
// -tags=x; GOFLAGS adds to them. They are a [flag.Value].
type BuildFlags []string

// Declare makes b the value of the flag [FlagName].
func (b *BuildFlags) Declare(flags *flag.FlagSet) {
	flags.Var(b, FlagName, "flags for the go command that lists the module, such as -tags=x")
}

// String returns the flags separated by spaces.
func (b BuildFlags) String() string { return strings.Join(b, " ") }

// Set takes them as String returns them.
func (b *BuildFlags) Set(s string) error {
	*b = strings.Fields(s)
	return nil
}
