package main

import (
	"context"
	"errors"
	"fmt"
	"go/build"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/modcopy"
)

// devArgs returns dev's package and the program's arguments. dash is the number of
// arguments before --, or -1.
func devArgs(args []string, dash int) (string, []string, error) {
	var rest []string
	if dash >= 0 {
		args, rest = args[:dash], args[dash:]
	}
	if len(args) > 1 && sameFolder(args) {
		args = args[:1]
	}
	if len(args) != 1 {
		return "", nil, errors.New("dev takes one package, and the program's arguments after -- (as in dispatchmain dev ./cmd/app -- -v)")
	}
	return args[0], rest, nil
}

// sameFolder reports whether files are Go files of one folder.
func sameFolder(files []string) bool {
	return !slices.ContainsFunc(files, func(f string) bool {
		return filepath.Ext(f) != ".go" || filepath.Dir(f) != filepath.Dir(files[0])
	})
}

// A target is the meaning of dev's argument.
type target struct {
	arg     string
	dir     string // of the go command; empty is the working folder
	pattern string
}

// locate finds the package that arg names. Besides the go command's patterns, it may be a
// folder without ./ or in another module, or a Go file, which stands for its package.
func locate(arg string) target {
	folder := arg
	if info, err := os.Stat(arg); err == nil && filepath.Ext(arg) == ".go" && !info.IsDir() {
		folder = filepath.Dir(arg)
	}
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return target{arg: arg, pattern: arg}
	}
	abs, err := filepath.Abs(folder)
	if err != nil {
		return target{arg: arg, pattern: arg}
	}
	wd, err := os.Getwd()
	if err == nil && goModFolder(abs) != goModFolder(wd) {
		return target{arg, abs, "."}
	}
	if !build.IsLocalImport(folder) && !filepath.IsAbs(folder) {
		folder = "./" + filepath.ToSlash(filepath.Clean(folder))
	}
	return target{arg: arg, pattern: folder}
}

// goModFolder returns the folder of the module that dir belongs to, or "".
func goModFolder(dir string) string { return above(dir, "go.mod") }

// above returns dir or the nearest folder above it that has the file name, or "".
func above(dir, name string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// explain adds the remedy to an error of the go command.
func (t target) explain(ctx context.Context, files *modcopy.Files, err error) error {
	in, remedy := t.folder(), ""
	switch {
	case ctx.Err() != nil:
		return err
	case os.Getenv("GO111MODULE") == "off":
		remedy = "unset GO111MODULE: dev needs modules"
	case goModFolder(in) == "":
		return t.noModule(in)
	case isMissing(err.Error()):
		remedy = t.suggest(ctx, files)
	default:
		return err
	}
	explained := fmt.Errorf("%w (%s)", err, remedy)
	if e, ok := errors.AsType[*exitError](err); ok {
		return &exitError{e.code, explained}
	}
	return explained
}

// noModule returns the error for a target in the folder in, which belongs to no module.
func (t target) noModule(in string) error {
	remedy := "run go mod init example.com/app and go mod tidy in the root of your code"
	modules, _ := filepath.Glob(filepath.Join(in, "*", "go.mod"))
	switch {
	case len(modules) > 0:
		remedy = "name a folder of a module, such as " + shortest(filepath.Dir(modules[0]))
	case above(in, "go.work") != "":
		remedy = "name a folder of a module in go.work"
	case t.dir == "" && !build.IsLocalImport(t.pattern) && !filepath.IsAbs(t.pattern):
		remedy = "run dev in the module of " + t.arg + ", or name its folder"
	}
	return fmt.Errorf("find %s: there is no go.mod in %s or above (%s)", t.arg, in, remedy)
}

// missing matches the go command's messages about a pattern without a package.
var missing = regexp.MustCompile(`no Go files in|directory not found|is not in std|matched no packages|no packages match|no such file|does not contain package|no required module provides|cannot find module|outside main module|build constraints exclude all`)

// isMissing reports whether an error says that there is no package, and not that a file
// imports none.
func isMissing(text string) bool { return missing.MatchString(text) && !inFile.MatchString(text) }

var inFile = regexp.MustCompile(`\.go:\d+:\d+: `)

// folder returns the working folder of the go command.
func (t target) folder() string {
	if t.dir != "" {
		return t.dir
	}
	wd, err := os.Getwd()
	if err != nil {
		return "."
	}
	return wd
}

// notOneProgram returns an error for packages that are not one package main.
func (t target) notOneProgram(ctx context.Context, files *modcopy.Files, p *load.Program) error {
	const usage = "dev takes one package main (name the calling program)"
	is := fmt.Sprintf("%s matches %d packages", t.arg, len(p.Packages))
	if len(p.Packages) == 1 {
		is = fmt.Sprintf("%s is package %s", t.arg, p.Packages[0].Name)
	}
	return fmt.Errorf("%s: %s; %s", usage, is, t.suggest(ctx, files))
}

// maxSuggestions limits the programs that a message lists.
const maxSuggestions = 8

// suggest lists the programs of the module.
func (t target) suggest(ctx context.Context, files *modcopy.Files) string {
	root := goModFolder(t.folder())
	p, err := load.Load(ctx, &load.Config{Dir: root, Env: files.Env, BuildFlags: files.Flags}, nil, "./...")
	if err != nil {
		return "name a package of the module"
	}
	var programs []string
	for _, pkg := range p.Packages {
		if pkg.Name == "main" && len(pkg.GoFiles) > 0 {
			programs = append(programs, shortest(filepath.Dir(pkg.GoFiles[0])))
		}
	}
	if len(programs) == 0 {
		return "the module in " + shortest(root) + " has no package main"
	}
	slices.Sort(programs)
	if len(programs) > maxSuggestions {
		programs = append(programs[:maxSuggestions], "…")
	}
	return "programs here: " + strings.Join(programs, ", ")
}

// shortest returns dir as the user would write it.
func shortest(dir string) string {
	wd, err := os.Getwd()
	if err != nil {
		return dir
	}
	rel, err := filepath.Rel(wd, dir)
	switch {
	case err != nil || len(rel) > len(dir):
		return dir
	case rel == "." || strings.HasPrefix(rel, ".."):
		return rel
	}
	return "./" + filepath.ToSlash(rel)
}
