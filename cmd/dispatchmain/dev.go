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

// interrupted is the exit code of a program that SIGINT has ended.
const interrupted = 130

func devCommand() *cobra.Command {
	var tags string
	cmd := &cobra.Command{
		Use:   "dev package [-- args]",
		Short: "Run a caller and its callee on this machine",
		Long: `Dev builds the program in the package and a callee for every function that the
program can call, and runs both, with a Pub/Sub of its own between them. It
prints a line for each call when it has ended, and exits when the program has
and every call with it: with 1 if a call failed for good, or the program
failed. A call is attempted up to five times, as a subscription with a
dead-letter topic has it by default. Ordering keys have no effect: calls are
delivered side by side.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); at != 1 && !(at == -1 && len(args) == 1) {
				return errors.New("dev takes one package, and the program's arguments after -- (dispatchmain dev ./cmd/app -- -v)")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			err := runDev(ctx, tags, args[0], args[1:])
			if ctx.Err() != nil {
				return &exitError{interrupted, nil} // whatever it was in the middle of
			}
			return err
		},
	}
	cmd.Flags().StringVar(&tags, "tags", "", "build tags, as go build has them")
	return cmd
}

// runDev runs the program in the package pkg, and its callee.
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
		return errors.New("dev takes one package main (name the caller)")
	}
	caller := p.Packages[0]
	if caller.Module == nil || !caller.Module.Main {
		return fmt.Errorf("%s is not in the module here (run dev in its module)", caller.PkgPath)
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
