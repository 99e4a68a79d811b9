package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/modcopy"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// goSteps are the go commands to run next on the entrypoint. Their form depends on how the
// user's module is built.
type goSteps struct {
	before, in, after string // parts of each command: variables, -C, flags
	tags              string // of commands that build
	prepare           []string

	// needsWorkspace says that the folder alone cannot be built.
	needsWorkspace bool
}

// command returns a go command.
func (g *goSteps) command(verb, args string) string {
	tags := ""
	if verb == "run" {
		tags = g.tags
	}
	return strings.TrimSpace(g.before + "go " + g.in + verb + g.after + tags + " " + args)
}

// vet returns the command that runs dispatchvet, which is called tool.
func (g *goSteps) vet(tool string) string {
	return strings.Join(strings.Fields(g.before+tool+" "+g.in+g.after+g.tags+" ./..."), " ")
}

// print prints the commands that prepare a build.
func (g *goSteps) print(w io.Writer) {
	for _, c := range g.prepare {
		fmt.Fprintln(w, "  "+c)
	}
}

const copies = "   # copies modules from elsewhere on disk into the deployed folder"

// goSteps returns the steps for the entrypoint in dir, relative to the module.
func (s *synthesis) goSteps(ctx context.Context, dir string) (*goSteps, error) {
	g := new(goSteps)
	if s.tags != "" {
		g.tags = " -tags=" + strings.Join(strings.Fields(s.tags), ",")
	}
	if s.folder.Own {
		g.in = "-C " + dir + " "
		if s.build.Work != "" {
			g.before = "GOWORK=off " // the callee is deployed without the workspace
		}
		if s.build.ModFile != "" {
			g.after = " -modfile=" // it is the user's module's
		}
		g.prepare = []string{g.command("mod tidy", ""), g.command("mod vendor", "") + copies}
		return g, nil
	}
	mod, err := s.goMod()
	if err != nil {
		return nil, err
	}
	if g.needsWorkspace, err = s.needsWorkspace(mod); err != nil {
		return nil, err
	}
	if !g.needsWorkspace {
		g.prepare = append(g.prepare, "go mod tidy")
	} else if edit := s.requireFramework(ctx, mod); edit != "" {
		g.prepare = append(g.prepare, edit)
	}
	deployed := s.callee.Kind == synth.Functions && s.program.Replaced() && !g.needsWorkspace
	switch {
	case s.build.Work == "" && deployed:
		g.prepare = append(g.prepare, "go mod vendor"+copies)
	case s.build.Work == "" && s.build.Vendored(s.module.Dir):
		g.prepare = append(g.prepare, "go mod vendor")
	case s.build.Work != "" && s.build.Vendored(s.module.Dir):
		g.prepare = append(g.prepare, "go work vendor")
	}
	if s.build.Work != "" && deployed {
		g.prepare = append(g.prepare, "GOWORK=off go mod vendor"+copies)
	}
	return g, nil
}

// goMod returns what the go command reads as go.mod of the user's module.
func (s *synthesis) goMod() (*modfile.File, error) {
	file, _ := s.build.GoMod(s.module.Dir)
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(file, data, nil)
}

// needsWorkspace reports whether the module can be built only in its workspace: it imports
// a module from there that go.mod neither replaces nor requires in a published version.
// go mod tidy, which does not know workspaces, fails in such a module.
func (s *synthesis) needsWorkspace(mod *modfile.File) (bool, error) {
	work, modules, err := s.build.Workspace()
	if work == nil || err != nil {
		return false, err
	}
	return slices.ContainsFunc(s.program.Modules(), func(m *packages.Module) bool {
		_, used := modules[m.Path]
		used = used || slices.ContainsFunc(work.Replace, func(r *modfile.Replace) bool { return r.Old.Path == m.Path && r.New.Version == "" })
		return used && m.Path != s.module.Path && !provides(mod, m.Path)
	}), nil
}

// provides reports whether mod says where to find a module.
func provides(mod *modfile.File, path string) bool {
	return slices.ContainsFunc(mod.Replace, func(r *modfile.Replace) bool { return r.Old.Path == path }) ||
		slices.ContainsFunc(mod.Require, func(r *modfile.Require) bool {
			_, minor, _ := strings.Cut(r.Mod.Version, ".")
			return r.Mod.Path == path && r.Mod.Version != "v0.0.0" && !strings.HasPrefix(minor, "0.0-00010101000000-")
		})
}

// requireFramework returns a command that adds the functions framework to go.mod, or "" if
// the entrypoint does not import it or go.mod has it.
func (s *synthesis) requireFramework(ctx context.Context, mod *modfile.File) string {
	if s.callee.Kind != synth.Functions || slices.ContainsFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == modcopy.Framework }) {
		return ""
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-mod=readonly", "-f", "{{.Version}}", modcopy.Framework)
	cmd.Dir = s.module.Dir
	version, err := cmd.Output()
	if err != nil {
		return "go get " + modcopy.Framework // the go command says what is wrong
	}
	return "go mod edit -require=" + modcopy.Framework + "@" + strings.TrimSpace(string(version))
}
