package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FlagValue returns the value of the last flag with that name, or "".
func FlagValue(flags []string, name string) string {
	value := ""
	for _, f := range flags {
		if v, ok := strings.CutPrefix(strings.TrimLeft(f, "-"), name+"="); ok {
			value = v
		}
	}
	return value
}

// ResolveGOFLAGS makes file names in the variable GOFLAGS absolute, and returns flags with
// absolute names: for the go command, a relative name is relative to its working folder, and
// it runs in several folders here. A name is relative to the first of the given folders that
// has the file.
func ResolveGOFLAGS(flags []string, folders ...string) ([]string, error) {
	if given := os.Getenv("GOFLAGS"); given != "" {
		if err := os.Setenv("GOFLAGS", joinFlags(resolve(splitFlags(given), folders))); err != nil {
			return nil, err
		}
	}
	return resolve(flags, folders), nil
}

// resolve returns flags with absolute file names.
func resolve(flags, folders []string) []string {
	flags = slices.Clone(flags)
	for i, f := range flags {
		name, file, _ := strings.Cut(f, "=")
		if n := strings.TrimLeft(name, "-"); n != "modfile" && n != "overlay" || file == "" || filepath.IsAbs(file) {
			continue
		}
		for _, folder := range folders {
			if path := filepath.Join(folder, file); exists(path) {
				flags[i] = name + "=" + path
				break
			}
		}
	}
	return flags
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// moveModFile moves -modfile from GOFLAGS in env to the flags. go/packages asks a go command
// with GO111MODULE=off for its version, and that one refuses GOFLAGS with -modfile.
func moveModFile(env, flags []string) (newEnv, newFlags []string) {
	if env == nil {
		env = os.Environ()
	}
	for _, e := range slices.Backward(env) {
		value, ok := strings.CutPrefix(e, "GOFLAGS=")
		if !ok {
			continue
		}
		var kept, moved []string
		for _, f := range splitFlags(value) {
			if FlagValue([]string{f}, "modfile") != "" {
				moved = append(moved, f)
			} else {
				kept = append(kept, f)
			}
		}
		if len(moved) > 0 {
			// If the variable is empty, the go command reads it from its configuration file.
			return append(slices.Clone(env), "GOFLAGS="+joinFlags(append(kept, "-v=false"))), append(moved, flags...)
		}
		break
	}
	return env, flags
}

// splitFlags splits flags as the go command splits GOFLAGS: at spaces, except within a
// flag that is quoted as a whole.
func splitFlags(s string) []string {
	var flags []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		end, rest := strings.IndexAny(s, " \t\r\n"), ""
		if quote := s[0]; quote == '"' || quote == '\'' {
			s = s[1:]
			end = strings.IndexByte(s, quote)
		}
		if end < 0 {
			end = len(s)
		} else {
			rest = s[end+1:]
		}
		flags, s = append(flags, s[:end]), rest
	}
	return flags
}

// joinFlags is the inverse of splitFlags.
func joinFlags(flags []string) string {
	quoted := make([]string, len(flags))
	for i, f := range flags {
		switch quoted[i] = f; {
		case !strings.ContainsAny(f, " \t\r\n"):
		case strings.Contains(f, "'"):
			quoted[i] = `"` + f + `"`
		default:
			quoted[i] = "'" + f + "'"
		}
	}
	return strings.Join(quoted, " ")
}
