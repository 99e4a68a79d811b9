// Package work holds the function that callees of the kill tests execute.
package work

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Effects is the name of a file in the folder of a call. It contains the ID of each
// call that had its effect.
const Effects = "effects"

// Do appends the ID of the call to the file of effects. Every hundredth call stops
// before that and prints a line, in the first process that executes it, until the
// process is killed. One call at most stops in a process.
var Do = dispatch.Register(do)

var stop sync.Mutex // held by the call that has stopped; the emulator pushes two calls at a time

func do(ctx context.Context, dir string, i int) error {
	info, _ := dispatch.FromContext(ctx)
	if i%100 == 99 {
		stop.Lock()
		defer stop.Unlock()
		startedFile := filepath.Join(dir, info.ID)
		_, err := os.Stat(startedFile)
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.WriteFile(startedFile, nil, 0o666); err == nil {
				fmt.Println("running", i)
				select {} // until the process is killed
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
