package dispatchargs

import (
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"golang.org/x/tools/go/analysis"
)

// read returns the content of a file that a position of the pass names. Most drivers let
// a pass only read its own files, but the source of an import is not to be found there.
func read(pass *analysis.Pass, name string) ([]byte, error) {
	name = resolve(pass, name)
	if src, err := pass.ReadFile(name); err == nil {
		return src, nil
	}
	return os.ReadFile(name)
}

// resolve returns the path of a file that a position of the pass names. With -trimpath,
// export data names a file by the path of its package, below the version of its module.
func resolve(pass *analysis.Pass, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	if m := pass.Module; m != nil && m.Path != "" && len(pass.Files) > 0 {
		if rest, ok := strings.CutPrefix(name, m.Path+"/"); ok {
			dir := filepath.Dir(pass.Fset.Position(pass.Files[0].Pos()).Filename)
			root, _ := strings.CutSuffix(filepath.ToSlash(dir), strings.TrimPrefix(strings.TrimSuffix(pass.Pkg.Path(), "_test"), m.Path))
			return filepath.Join(root, rest)
		}
	}
	if !strings.Contains(name, "@") {
		return filepath.Join(build.Default.GOROOT, "src", name)
	}
	module, version, _ := strings.Cut(name, "@")
	version, file, _ := strings.Cut(version, "/")
	return filepath.Join(moduleCache(), escape(module)+"@"+escape(version), file)
}

// moduleCache returns the folder of the module cache.
func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	first, _, _ := strings.Cut(build.Default.GOPATH, string(filepath.ListSeparator))
	return filepath.Join(first, "pkg", "mod")
}

// escape writes a module's path or version as the module cache does: !a for A.
func escape(path string) string {
	var b strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
