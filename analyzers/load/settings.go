package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Settings determine a build, together with the module's go.mod.
type Settings struct {
	Flags   []string // in GOFLAGS, then on the command line
	Mod     string   // value of -mod, or ""
	ModFile string   // value of -modfile, or ""
	Work    string   // the go.work in use, or ""
}

// ReadSettings returns the settings of the go command in dir, with the given flags.
func ReadSettings(dir string, flags []string) (*Settings, error) {
	cmd := exec.Command("go", "env", "-json", "GOFLAGS", "GOWORK")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run go env: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	var env struct{ GOFLAGS, GOWORK string }
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("run go env: %w", err)
	}
	s := &Settings{Flags: append(splitFlags(env.GOFLAGS), flags...), Work: env.GOWORK}
	if s.Work == "off" {
		s.Work = ""
	}
	s.Mod, s.ModFile = FlagValue(s.Flags, "mod"), FlagValue(s.Flags, "modfile")
	return s, nil
}

// GoMod returns the file that the go command reads as the go.mod of the module in root,
// and the file that it reads as its go.sum.
func (s *Settings) GoMod(root string) (mod, sum string) {
	if s.ModFile == "" {
		return filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum")
	}
	return s.ModFile, strings.TrimSuffix(s.ModFile, ".mod") + ".sum"
}

// Vendored reports whether packages of other modules come from a folder vendor: of the
// workspace, or otherwise of the module in root.
func (s *Settings) Vendored(root string) bool {
	if s.Work != "" {
		root = filepath.Dir(s.Work)
	}
	list, err := os.ReadFile(filepath.Join(root, "vendor", "modules.txt"))
	ofWorkspace := bytes.HasPrefix(list, []byte("## workspace"))
	return s.Mod == "vendor" || s.Mod == "" && err == nil && ofWorkspace == (s.Work != "")
}

// A WorkModule is a module of a workspace.
type WorkModule struct {
	Dir string
	Mod *modfile.File
}

// Workspace returns the go.work in use, and the modules that it names, by path. It returns
// nil if no workspace is in use.
func (s *Settings) Workspace() (*modfile.WorkFile, map[string]WorkModule, error) {
	if s.Work == "" {
		return nil, nil, nil
	}
	data, err := os.ReadFile(s.Work)
	if err != nil {
		return nil, nil, err
	}
	work, err := modfile.ParseWork(s.Work, data, nil)
	if err != nil {
		return nil, nil, err
	}
	modules := make(map[string]WorkModule)
	for _, use := range work.Use {
		dir := FromFolder(filepath.Dir(s.Work), use.Path)
		file := filepath.Join(dir, "go.mod")
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		f, err := modfile.Parse(file, data, nil)
		if err != nil {
			return nil, nil, err
		}
		if f.Module != nil {
			modules[f.Module.Mod.Path] = WorkModule{dir, f}
		}
	}
	return work, modules, nil
}

// elsewhere returns a configuration for loading the module in dir. The given flags, and
// those in GOFLAGS, are for another module. Its workspace does not apply unless dir is part
// of it, its -mod does not apply, and a -modfile applies if it is for the same module.
func elsewhere(dir string, flags []string) (*Config, error) {
	s, err := ReadSettings(dir, flags)
	if err != nil {
		return nil, err
	}
	cfg := &Config{Dir: dir, BuildFlags: slices.Clone(flags)}
	_, modules, err := s.Workspace()
	if err != nil {
		return nil, err
	}
	inWork := slices.ContainsFunc(slices.Collect(maps.Values(modules)), func(m WorkModule) bool { return sameFolder(m.Dir, dir) })
	if s.Work != "" && !inWork {
		cfg.Env, s.Work = append(os.Environ(), "GOWORK=off"), ""
	}
	if file, given := s.modFileOf(dir); given {
		cfg.BuildFlags = append(cfg.BuildFlags, "-modfile="+file)
	}
	if given := s.Mod; given != "" {
		mode := "readonly" // no other module's go.mod may change
		if s.Mod = ""; given == "vendor" && s.Vendored(dir) {
			mode = "vendor"
		}
		cfg.BuildFlags = append(cfg.BuildFlags, "-mod="+mode)
	}
	return cfg, nil
}

// modFileOf returns the value of -modfile that is for the module in dir, or "", and whether
// there is any -modfile in the flags.
func (s *Settings) modFileOf(dir string) (file string, given bool) {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	for _, flag := range s.Flags {
		name := FlagValue([]string{flag}, "modfile")
		given = given || name != ""
		data, ferr := os.ReadFile(name)
		if err == nil && ferr == nil && s.Work == "" && modfile.ModulePath(data) == modfile.ModulePath(mod) {
			file = name
		}
	}
	return file, given
}
