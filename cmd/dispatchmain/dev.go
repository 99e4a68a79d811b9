package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/dev"
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
program can call. It runs both, with an embedded Pub/Sub server between them, and
prints a line for each call when the call ends. It exits when the program and all
calls have ended, with 1 if the program failed or a call failed for good.

A call is attempted up to five times, the default of a subscription with a
dead-letter topic. Ordering keys have no effect: calls are delivered
concurrently.`,
		Example: `  dispatchmain dev ./cmd/app
  dispatchmain dev ./cmd/app -- -v ann@example.com   # arguments of the program`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); at != 1 && !(at == -1 && len(args) == 1) {
				return errors.New("dev takes one package, and the program's arguments after -- (as in dispatchmain dev ./cmd/app -- -v)")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			err := runDev(ctx, tags, args[0], args[1:])
			if ctx.Err() != nil {
				return &exitError{exitInterrupted, nil} // err is only a consequence of the interrupt
			}
			return err
		},
	}
	cmd.Flags().StringVar(&tags, "tags", "", "build tags, as for go build")
	return cmd
}

// runDev runs the program in package pkg and its callee. args are the program's.
func runDev(ctx context.Context, tags, pkg string, args []string) error {
	var flags []string
	if tags != "" {
		flags = append(flags, "-tags="+tags)
	}
	// With an empty build cache, this takes a while.
	fmt.Fprintf(os.Stderr, "dispatchmain: reading %s …\n", pkg)
	p, err := loadFunctions(ctx, &load.Config{BuildFlags: flags}, []string{pkg})
	if err != nil {
		return err
	}
	if len(p.Packages) != 1 || p.Packages[0].Name != "main" {
		return errors.New("dev takes one package main (name the calling program)")
	}
	caller := p.Packages[0]
	if caller.Module == nil || !caller.Module.Main {
		return fmt.Errorf("%s is not in the main module (run dev in its own module)", caller.PkgPath)
	}
	callee, err := synth.New(p, caller.PkgPath+"/"+dev.Folder)
	if err != nil {
		return userError(err)
	}
	callee.Kind, callee.Target = synth.Functions, defaultTarget
	code, err := dev.Run(ctx, &dev.Config{
		Caller: caller,
		Callee: callee,
		Flags:  flags,
		Args:   args,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
	})
	if err != nil || code != 0 {
		return &exitError{max(code, 1), err}
	}
	return nil
}
