// Package jobs has the functions of the tests.
package jobs

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Work is called by the tests.
var Work = dispatch.Register(work)

// work records that the call ran, in the file that JOBS_RAN names, and does as mode says.
func work(ctx context.Context, mode string) error {
	info, _ := dispatch.FromContext(ctx)
	switch {
	case mode == "permanent":
		return dispatch.Permanent(errors.New("permanent failure"))
	case mode == "fail" && info.Attempt == 1:
		return errors.New("the first attempt fails")
	case mode == "panic" && info.Attempt == 1:
		panic("the first attempt panics")
	case mode == "slow":
		time.Sleep(20 * time.Millisecond)
	}
	return record(info.ID)
}

// record appends a line to the file, in one write.
func record(line string) error {
	f, err := os.OpenFile(os.Getenv("JOBS_RAN"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}
