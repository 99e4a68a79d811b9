package load

import (
	"regexp"
	"strings"
)

// Matcher returns a function that reports whether an import path matches a
// pattern of the go command: an import path with ... in it, or one that begins
// with ./ and is relative to the root of the module.
func Matcher(module, pattern string) func(path string) bool {
	if pattern == "." {
		pattern = module
	} else if rest, ok := strings.CutPrefix(pattern, "./"); ok {
		pattern = strings.TrimSuffix(module+"/"+rest, "/")
	}
	re := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\.\.\.`, `.*`)
	// As in the go command, x/... also matches x.
	if strings.HasSuffix(re, `/.*`) {
		re = strings.TrimSuffix(re, `/.*`) + `(/.*)?`
	}
	return regexp.MustCompile(`^` + re + `$`).MatchString
}
