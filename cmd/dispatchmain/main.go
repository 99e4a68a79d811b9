// Dispatchmain writes the callee's entrypoint for the functions that an application
// registers with dispatch, and runs caller and callee on this machine.
//
//	dispatchmain generate ./...
//	dispatchmain list
//	dispatchmain check
//	dispatchmain dev ./cmd/app -- arguments of the app
//	dispatchmain version
//
// It exits with 0 when done, 1 if the user's code has a mistake or a call failed
// for good, 2 if it is used wrongly or cannot do its work, and 130 if dev is
// interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/dev"
	"github.com/cloud-functions-dispatch/go/cmd/internal/buildinfo"
)

func main() { os.Exit(run(context.Background(), os.Args[1:])) }

// run runs the command that args name and returns the exit code.
func run(ctx context.Context, args []string) int {
	if len(args) >= 2 {
		switch args[0] { // our own processes, which are no commands of a user
		case dev.WatchCommand:
			dev.Watch(args[1])
			return 0
		case checkModuleCommand:
			if err := checkModule(ctx, args[1], args[2:]); err != nil {
				fmt.Fprintf(os.Stderr, "dispatchmain: %v\n", err)
				return 2
			}
			return 0
		}
	}
	root := rootCommand()
	root.SetArgs(doubleDashes(args))
	err := resolveGOFLAGS()
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		return 0
	}
	code := 2
	if e, ok := errors.AsType[*exitError](err); ok {
		code = e.code
		err = e.err
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "dispatchmain: %v\n", err)
	}
	return code
}

// resolveGOFLAGS makes file names in GOFLAGS absolute: go commands run in several folders.
func resolveGOFLAGS() error {
	wd, err := os.Getwd()
	if err == nil {
		_, err = load.ResolveGOFLAGS(nil, wd)
	}
	return err
}

// rootCommand returns dispatchmain with all its commands. Add a new one here.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "dispatchmain",
		Short:         "Write the callee of dispatched functions, and run it",
		Version:       buildinfo.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.AddCommand(checkCommand(), devCommand(), generateCommand(), listCommand(), versionCommand())
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "dispatchmain", buildinfo.Version())
		},
	}
}

// doubleDashes adds a dash to flags that have only one, as the go command's flags
// do, since cobra wants two. It leaves alone the arguments after --: they are the
// program's.
func doubleDashes(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, _, _ := strings.Cut(arg, "=")
		if len(name) > 2 && name[0] == '-' && name[1] != '-' {
			args[i] = "-" + arg
		}
	}
	return args
}

// An exitError determines the exit code. Its error is nil if everything was printed
// already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return fmt.Sprint(e.err) }

// userError marks err as a mistake in the user's code, as opposed to a wrong use of
// this program: the exit code is 1.
func userError(err error) error { return &exitError{1, err} }
