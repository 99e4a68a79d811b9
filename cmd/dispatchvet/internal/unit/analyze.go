package unit

import (
	"encoding/gob"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/gcexportdata"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// A unit is one package under analysis.
type unit struct {
	cfg    *Config
	fset   *token.FileSet
	files  []*ast.File
	pkg    *types.Package
	info   *types.Info
	sizes  types.Sizes
	facts  *factSet
	done   map[*analysis.Analyzer]*action
	module *analysis.Module
}

// An action is the run of one analyzer.
type action struct {
	result      any
	err         error
	diagnostics []analysis.Diagnostic
}

// check parses and type-checks the unit.
func check(cfg *Config) (*unit, error) {
	u := &unit{cfg: cfg, fset: token.NewFileSet(), done: make(map[*analysis.Analyzer]*action)}
	for _, name := range cfg.GoFiles {
		f, err := parser.ParseFile(u.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		u.files = append(u.files, f)
	}
	u.sizes = types.SizesFor("gc", build.Default.GOARCH)
	u.info = &types.Info{
		Types:        make(map[ast.Expr]types.TypeAndValue),
		Defs:         make(map[*ast.Ident]types.Object),
		Uses:         make(map[*ast.Ident]types.Object),
		Implicits:    make(map[ast.Node]types.Object),
		Instances:    make(map[*ast.Ident]types.Instance),
		Scopes:       make(map[ast.Node]*types.Scope),
		Selections:   make(map[*ast.SelectorExpr]*types.Selection),
		FileVersions: make(map[*ast.File]string),
	}
	conf := types.Config{Importer: newImporter(cfg, u.fset), Sizes: u.sizes, GoVersion: cfg.GoVersion}
	var err error
	if u.pkg, err = conf.Check(cfg.ImportPath, u.fset, u.files, u.info); err != nil {
		return nil, err
	}
	if u.module = cfg.Module; u.module == nil && cfg.ModulePath != "" {
		u.module = &analysis.Module{Path: cfg.ModulePath, Version: cfg.ModuleVersion, GoVersion: cfg.GoVersion}
	}
	u.facts, err = readFacts(cfg)
	return u, err
}

// An importer imports packages from the compiler's export data.
type importer struct {
	cfg   *Config
	fset  *token.FileSet
	known map[string]*types.Package
}

func newImporter(cfg *Config, fset *token.FileSet) *importer {
	return &importer{cfg, fset, make(map[string]*types.Package)}
}

func (i *importer) Import(importPath string) (*types.Package, error) {
	path, ok := i.cfg.ImportMap[importPath] // resolves vendoring and test variants
	if !ok {
		return nil, fmt.Errorf("cannot resolve import %q", importPath)
	}
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if pkg := i.known[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	f, err := os.Open(i.cfg.PackageFile[path])
	if err != nil {
		return nil, fmt.Errorf("open the export data of %q: %w", path, err)
	}
	defer f.Close()
	//lint:ignore SA1019 the go command passes archives, and NewReader finds the export data in them
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read the export data of %q: %w", path, err)
	}
	pkg, err := gcexportdata.Read(r, i.fset, i.known, path)
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, load.OutdatedHint(err.Error()))
	}
	return pkg, nil
}

// run runs a after the analyzers that it requires, each once for the unit.
func (u *unit) run(a *analysis.Analyzer) *action {
	if act, ok := u.done[a]; ok {
		return act
	}
	act := new(action)
	u.done[a] = act
	inputs := make(map[*analysis.Analyzer]any)
	for _, req := range a.Requires {
		r := u.run(req)
		if r.err != nil {
			act.err = fmt.Errorf("run prerequisite %s: %w", req, r.err)
			return act
		}
		inputs[req] = r.result
	}
	act.result, act.err = a.Run(u.pass(a, act, inputs))
	for i := range act.diagnostics {
		dropInvalidFixes(u.fset, &act.diagnostics[i])
	}
	return act
}

// pass returns a pass for a that collects its diagnostics in act.
func (u *unit) pass(a *analysis.Analyzer, act *action, inputs map[*analysis.Analyzer]any) *analysis.Pass {
	return &analysis.Pass{
		Analyzer:     a,
		Fset:         u.fset,
		Files:        u.files,
		OtherFiles:   u.cfg.NonGoFiles,
		IgnoredFiles: u.cfg.IgnoredFiles,
		Pkg:          u.pkg,
		TypesInfo:    u.info,
		TypesSizes:   u.sizes,
		Module:       u.module,
		ResultOf:     inputs,
		ReadFile:     os.ReadFile,
		Report:       func(d analysis.Diagnostic) { act.diagnostics = append(act.diagnostics, d) },
		ImportPackageFact: func(pkg *types.Package, fact analysis.Fact) bool {
			if pkg == u.pkg {
				return copyFact(u.facts.own, fact)
			}
			return copyFact(u.facts.imports[pkg.Path()], fact)
		},
		ExportPackageFact: func(fact analysis.Fact) { u.facts.own = append(u.facts.own, fact) },
		AllPackageFacts:   func() []analysis.PackageFact { return nil },
		// No analyzer of the suite has facts about objects: only registration has
		// facts, and they are about packages.
		ImportObjectFact: func(types.Object, analysis.Fact) bool { return false },
		ExportObjectFact: func(types.Object, analysis.Fact) { panic("object facts are not supported") },
		AllObjectFacts:   func() []analysis.ObjectFact { return nil },
	}
}

// isEntrypoint reports whether the unit is an entrypoint. The verdict on an
// entrypoint depends on files outside of the unit.
func (u *unit) isEntrypoint() bool {
	act := u.run(registration.Analyzer)
	r, ok := act.result.(*registration.Result)
	return ok && len(r.Entrypoints) > 0
}

// registerFacts registers the analyzers' types of facts with gob.
func registerFacts(analyzers []*analysis.Analyzer) {
	for _, a := range analyzers {
		for _, f := range a.FactTypes {
			gob.Register(f)
		}
		registerFacts(slices.Clone(a.Requires))
	}
}
