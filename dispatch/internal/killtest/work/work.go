// Package work has what a callee does that the tests kill.
package work

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Effects is the file in the folder of a call that holds the ID of each call
// that had its effect.
const Effects = "effects"

// Do appends the ID of the call to the effects. Every hundredth one stops in
// the middle of that, in the first process that runs it.
var Do = dispatch.Register(do)

func do(ctx context.Context, dir string, i int) error {
	info, _ := dispatch.FromContext(ctx)
	if i%100 == 99 {
		begun := filepath.Join(dir, info.ID)
		_, err := os.Stat(begun)
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.WriteFile(begun, nil, 0o666); err == nil {
				fmt.Println("running", i)
				select {} // until somebody kills the process
			}
		}
		if err != nil {
			return err
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, Effects), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, info.ID)
	return errors.Join(err, f.Close())
}
