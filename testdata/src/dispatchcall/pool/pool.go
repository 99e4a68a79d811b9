// Package pool has helpers of other packages.
package pool

import "context"

// Must panics if f fails.
func Must(f func() error) {
	if err := f(); err != nil {
		panic(err)
	}
}

// A Pool runs functions in goroutines.
type Pool struct{}

func (*Pool) Submit(f func()) {}
func (*Pool) Join()           {}
func (*Pool) StopAndWait()    {}

// A Runner starts functions under a name of its own.
type Runner struct{}

func (*Runner) Go(f func()) {}
func (*Runner) Finish()     {}

// A Limiter delays its callers.
type Limiter struct{}

func (*Limiter) Wait(ctx context.Context) error { return ctx.Err() }

// Start starts something that the returned function waits for.
func Start(ctx context.Context) (stop func(), err error) { return func() {}, nil }

// AddFunc runs f every day.
func AddFunc(spec string, f func()) {}
