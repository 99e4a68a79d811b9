package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/dev"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/modcopy"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// exitInterrupted is the exit code of a program that SIGINT ended.
const exitInterrupted = 130

func devCommand() *cobra.Command {
	var tags string
	cmd := &cobra.Command{
		Use:   "dev package [-- args]",
		Short: "Run a caller and its callee on this machine",
		Long: `Dev builds the program in the package, and a callee with every function that the
program can call. It runs both, with an embedded server of Pub/Sub between them, or
of SQS if the program has no other transport, and prints a line for each call when
the call ends. It exits when the program and all calls have ended, with 1 if the
program failed or a call failed for good. If it is interrupted or killed, the
programs end too, and on Linux their children.

Meanwhile it runs the checks of dispatchvet on the module, and prints their findings
as warnings.

A call is attempted up to five times, the default of a subscription with a
dead-letter topic. Ordering keys have no effect with Pub/Sub: calls are delivered
concurrently.`,
		Example: `  dispatchmain dev ./cmd/app
  dispatchmain dev ./cmd/app -- -v ann@example.com   # arguments of the program`,
		RunE: func(cmd *cobra.Command, args []string) error {
			pkg, args, err := devArgs(args, cmd.ArgsLenAtDash())
			if err != nil {
				return err
			}
			ctx, stop := dev.Interruptible(cmd.Context())
			defer stop()
			err = runDev(ctx, tags, pkg, args)
			if ctx.Err() != nil {
				return &exitError{exitInterrupted, nil} // err is only a consequence of the interrupt
			}
			return err
		},
	}
	cmd.Flags().StringVar(&tags, "tags", "", "build tags, as for go build")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return fmt.Errorf("%w (write the program's arguments after --)", err)
	})
	return cmd
}

// runDev runs the program that target names, and its callee. args are the program's.
func runDev(ctx context.Context, tags, target string, args []string) (err error) {
	scope, err := dev.NewScope()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scope.Close()) }()
	cfg := &dev.Config{Scope: scope, Args: args, Stdout: os.Stdout, Stderr: os.Stderr}
	var flags []string
	if tags != "" {
		flags = append(flags, "-tags="+tags)
	}
	// With an empty build cache, this takes a while.
	fmt.Fprintf(os.Stderr, "dispatchmain: reading %s …\n", target)
	at := locate(target)
	if cfg.Files, err = modcopy.New(ctx, at.dir, scope.Dir(), scope.GoEnv(), flags); err != nil {
		return err
	}
	p, err := loadFunctions(ctx, &load.Config{Dir: at.dir, Env: cfg.Files.Env, BuildFlags: cfg.Files.Flags}, []string{at.pattern})
	if err != nil {
		return at.explain(ctx, cfg.Files, err)
	}
	if len(p.Packages) != 1 || p.Packages[0].Name != "main" {
		return at.notOneProgram(ctx, cfg.Files, p)
	}
	cfg.Caller = p.Packages[0]
	if cfg.Caller.Module == nil || !cfg.Caller.Module.Main {
		return fmt.Errorf("%s is not in the main module (run dev in its own module)", cfg.Caller.PkgPath)
	}
	if cfg.Callee, err = synth.New(p, cfg.Caller.PkgPath+"/"+dev.Folder); err != nil {
		return userError(err)
	}
	cfg.Callee.Kind, cfg.Callee.Target = synth.Functions, defaultTarget
	cfg.Callee.AddTransports(p, nil)
	cfg.Callee.Transports = dev.Transports(cfg.Callee.Transports)
	cfg.Modules = ownModules(p)
	cfg.Checks = checksCommand(cfg.Caller.Module.Dir, cfg.Files.Flags)
	code, err := dev.Run(ctx, cfg)
	if err != nil || code != 0 {
		return &exitError{max(code, 1), err}
	}
	return nil
}

// ownModules returns the paths of the modules on disk that use dispatch.
func ownModules(p *load.Program) []string {
	paths := make(map[string]bool)
	for _, pkg := range p.Reaching() {
		if load.ModuleDir(pkg.Module, "") != "" {
			paths[pkg.Module.Path] = true
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// checkModuleCommand is the command with which dev runs the checks. It is not for users.
const checkModuleCommand = "check-for-dev"

// checksCommand returns a command that checks the module in dir. It is nil if this
// program cannot be started again.
func checksCommand(dir string, flags []string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		return nil
	}
	cmd := exec.Command(exe, slices.Concat([]string{checkModuleCommand, dir}, flags)...)
	cmd.Args[0] = os.Args[0]
	return cmd
}

// checkModule prints the findings of all checks on the module in dir. It leaves out
// packages that do not compile: if the caller needs one, the build reports it.
func checkModule(ctx context.Context, dir string, flags []string) error {
	dev.YieldCPU()
	for _, a := range analyzers.OfModule {
		if err := a.Flags.Set(load.FlagName, load.BuildFlags(flags).String()); err != nil {
			return err
		}
	}
	p, err := load.Load(ctx, &load.Config{Dir: dir, BuildFlags: flags}, analyzers.Suite, "./...")
	if err != nil {
		return err
	}
	for _, d := range p.Diagnostics() {
		fmt.Println(strings.ReplaceAll(d.String(), "\n", " "))
	}
	return nil
}
