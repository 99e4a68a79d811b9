package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Settings are what decides a build besides the go.mod of the module.
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

// elsewhere returns a configuration for loading the module in dir, with the flags of the
// go command in another module. What is meant for that module only does not apply: its
// workspace if dir is not part of it, its -modfile and its -mod.
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
	inWork := false
	for _, m := range modules {
		inWork = inWork || sameFolder(m.Dir, dir)
	}
	if inWork {
		return cfg, nil
	}
	if s.Work != "" {
		cfg.Env, s.Work = append(os.Environ(), "GOWORK=off"), ""
	}
	if s.ModFile != "" {
		cfg.BuildFlags = append(cfg.BuildFlags, "-modfile=")
	}
	if s.Mod != "" {
		mode := "readonly" // no other module's go.mod may change
		if s.Mod = ""; s.Vendored(dir) {
			mode = "vendor"
		}
		cfg.BuildFlags = append(cfg.BuildFlags, "-mod="+mode)
	}
	return cfg, nil
}

// ResolveGOFLAGS makes file names in the variable GOFLAGS absolute, and returns flags with
// absolute names as well: the go command takes a relative name from its working folder, and
// it must find the file from others, too. A name is taken from the first of the folders
// that has the file.
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
