package load

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Errors returns the go command's errors about the matching packages and their imports,
// such as a pattern that matches nothing or a module that go.mod does not require. They
// are in the go command's words, which may name a remedy on a second line.
func (p *Program) Errors() []string {
	var errs []string
	for pkg := range packages.Postorder(p.Packages) {
		for _, e := range pkg.Errors {
			errs = append(errs, listError(e))
		}
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(errs, func(e string) bool { // a package may have variants for tests
		again := seen[e]
		seen[e] = true
		return again
	})
}

// listError returns the text of an error of go list.
func listError(e packages.Error) string {
	return vendorHint(strings.TrimPrefix(e.Error(), "-: ")) // no position
}

// Why returns, in one line, why pkg is broken: the go command's error about it or a
// package that it imports, the first error in it, or otherwise in a package that it
// imports.
func (p *Program) Why(pkg *packages.Package) string {
	why, compiles := "", "a package that it imports does not compile"
	packages.Visit([]*packages.Package{p.all[pkg.ID]}, nil, func(imp *packages.Package) {
		if len(imp.Errors) > 0 {
			why = strings.Join(strings.Fields(listError(imp.Errors[0])), " ")
		}
		if b := p.broken[imp.PkgPath]; b != nil && len(reasons(b.Errors)) > 0 {
			compiles = firstLine(reasons(b.Errors)) // the last one visited is the nearest
		}
	})
	if own := reasons(pkg.Errors); len(own) > 0 {
		compiles = firstLine(own)
	}
	return cmp.Or(why, compiles)
}

// firstLine returns the first error that has a position, or otherwise the first line
// of the compiler's output, without the heading that names the package.
func firstLine(errs []packages.Error) string {
	for _, e := range errs {
		if e.Pos != "" && e.Pos != "-" {
			return vendorHint(e.Error())
		}
	}
	for line := range strings.Lines(errs[0].Msg) {
		if !strings.HasPrefix(line, "# ") {
			return strings.TrimSpace(line)
		}
	}
	return errs[0].Msg
}

// relativeTo returns a position that is relative to dir, the go command's folder, relative
// to the working folder.
func relativeTo(dir, pos string) string {
	file, rest, ok := strings.Cut(pos, ":")
	wd, err := os.Getwd()
	if dir == "" || file == "" || !ok || filepath.IsAbs(pos) || err != nil {
		return pos
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return pos
	}
	if file, err = filepath.Rel(wd, filepath.Join(dir, file)); err != nil {
		return pos
	}
	return file + ":" + rest
}

// goError returns the go command's own words, if err quotes them.
func goError(err error) error {
	if _, words, ok := strings.Cut(err.Error(), ": stderr: "); ok && strings.TrimSpace(words) != "" {
		return errors.New(strings.TrimSpace(words))
	}
	return err
}

// checkLoaded returns an error unless each path is loaded. If go list fails in a mode that
// builds packages, such as for a checksum that only tests need, go/packages returns no
// packages and no error.
func checkLoaded(conf *packages.Config, loaded []*packages.Package, paths []string) error {
	missing := make(map[string]bool)
	for _, path := range paths {
		missing[path] = true
	}
	for _, pkg := range loaded {
		delete(missing, pkg.PkgPath)
	}
	if len(missing) == 0 {
		return nil
	}
	path := slices.Min(slices.Collect(maps.Keys(missing)))
	args, remedy := []string{"list", "-e", "-export"}, "run go mod tidy"
	if conf.Tests {
		args, remedy = append(args, "-test"), "run go mod tidy, or pass -test=false"
	}
	args = append(append(args, conf.BuildFlags...), path)
	cmd := exec.CommandContext(conf.Context, "go", args...)
	cmd.Dir, cmd.Env = conf.Dir, conf.Env
	var says strings.Builder
	cmd.Stderr = &says
	_ = cmd.Run() // what it says is the error
	if says.Len() > 0 {
		return fmt.Errorf("load %s: %s (%s)", path, strings.TrimSpace(says.String()), remedy)
	}
	return fmt.Errorf("load %s: the go command does not list it (%s; go %s says why)", path, remedy, strings.Join(args, " "))
}
