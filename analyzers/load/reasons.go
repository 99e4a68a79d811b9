package load

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// reasons returns the errors that are not consequences of an error in an import. For a
// package that does not exist, the type checker only reports an invalid package name.
func reasons(errs []packages.Error) []packages.Error {
	return slices.DeleteFunc(slices.Clone(errs), func(e packages.Error) bool {
		return strings.HasPrefix(e.Msg, "could not import ") && strings.HasSuffix(e.Msg, `(invalid package name: "")`)
	})
}

// vendorHint replaces the go command's explanation of a package that is not in the vendor
// folder by the remedy.
func vendorHint(err string) string {
	const disabled = "import lookup disabled by -mod=vendor"
	reason, rest, ok := strings.Cut(err, disabled)
	switch {
	case !ok:
		return err
	case strings.Contains(rest, "go.work"):
		return reason + disabled + " (run go work vendor)"
	default:
		return reason + disabled + " (run go mod tidy, then go mod vendor)"
	}
}
