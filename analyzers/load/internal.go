package load

import "strings"

// Importable reports whether from may import pkg, by the go command's rule for
// internal packages.
func Importable(pkg, from string) bool {
	parent := InternalParent(pkg)
	return parent == pkg || from == parent || strings.HasPrefix(from, parent+"/")
}

// InternalParent returns the path below which packages may import pkg. If pkg is not
// internal, it returns pkg.
func InternalParent(pkg string) string {
	i := strings.LastIndex("/"+pkg+"/", "/internal/")
	if i < 0 {
		return pkg
	}
	return strings.TrimSuffix(pkg[:max(i-1, 0)], "/")
}
