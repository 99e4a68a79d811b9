// Dispatchmain makes the callee's entrypoint of what an application registers
// with dispatch, and runs caller and callee on this machine.
//
//	dispatchmain generate ./...
//	dispatchmain list
//	dispatchmain check
//	dispatchmain dev ./cmd/app -- arguments of the app
//
// It exits 0 when done, 1 when the user's code has a mistake or a call failed
// for good, and 2 when it is used wrongly or has trouble of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run(context.Background(), os.Args[1:])) }

func run(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use:           "dispatchmain",
		Short:         "Make the callee of dispatched functions, and run it",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(checkCommand(), devCommand(), generateCommand(), listCommand())
	root.SetArgs(goStyle(args))
	err := root.ExecuteContext(ctx)
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

// goStyle has flags of one dash, as the go command's are, taken for those of
// two. What follows -- is not ours.
func goStyle(args []string) []string {
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

// An exitError ends the program with a code of its own. Its error is nil if
// everything was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return fmt.Sprint(e.err) }

// userError says that the user's code, not its use of this program, is wrong.
func userError(err error) error { return &exitError{1, err} }
