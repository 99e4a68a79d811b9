package load

import "flag"

// FlagName is the name of a flag of analyzers that load the module.
const FlagName = "buildflags"

// BuildFlags are the build flags of the go command that runs an analyzer, such as
// -tags=x. The flags in GOFLAGS apply too. It is a [flag.Value].
type BuildFlags []string

// Declare makes b the value of the flag [FlagName].
func (b *BuildFlags) Declare(flags *flag.FlagSet) {
	flags.Var(b, FlagName, "flags for the go command that lists the module, such as -tags=x")
}

// String returns the flags separated by spaces, in the form of GOFLAGS.
func (b BuildFlags) String() string { return joinFlags(b) }

// Set parses flags in the form of GOFLAGS.
func (b *BuildFlags) Set(s string) error {
	*b = splitFlags(s)
	return nil
}
