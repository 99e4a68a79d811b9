// Package dev runs a caller and its callee on one machine: the program as it
// is, the callee that dispatchmain synthesizes, behind the functions framework,
// and between them an embedded Pub/Sub and what pushes its messages as the
// platform does.
package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// Folder is where the callee is built, in the folder of the caller. It exists
// for the compiler only.
const Folder = "dispatchdev"

// The names that the programs see.
const (
	project   = "dispatch-dev"
	topicID   = "calls"
	topicName = "projects/" + project + "/topics/" + topicID
	subName   = "projects/" + project + "/subscriptions/" + topicID
)

// grace is how long a program may take to end before it is killed. A person
// waits for it.
const grace = 3 * time.Second

// Config says what to run.
type Config struct {
	Caller *packages.Package // package main
	Callee *synth.Callee
	Flags  []string // for go build
	Args   []string // of the caller
	Stdout io.Writer
	Stderr io.Writer
}

// Run runs caller and callee until the caller and every call has ended, or ctx
// is done. It returns the exit code; an error is trouble that is not the
// user's.
func Run(ctx context.Context, cfg *Config) (int, error) {
	dir, err := os.MkdirTemp("", "dispatchmain-")
	if err != nil {
		return 2, err
	}
	defer os.RemoveAll(dir)
	con := newConsole(cfg.Stdout, cfg.Stderr)
	defer con.close()
	bins, err := build(ctx, cfg, con, dir)
	if err != nil {
		return 1, err
	}
	q, err := newQueue(ctx)
	if err != nil {
		return 2, err
	}
	defer q.close()
	callee, err := startCallee(ctx, bins.callee, cfg.Callee.Target, q.env(), con)
	if err != nil {
		return 1, err
	}
	defer callee.stop()
	con.line("calls go to " + topicName + " at PUBSUB_EMULATOR_HOST=" + q.addr)
	caller, err := start(bins.caller, cfg.Args, q.env(), cfg.Stdout, cfg.Stderr, true)
	if err != nil {
		return 1, err
	}
	defer caller.stop()
	return supervise(ctx, cfg, con, q, callee, caller)
}

// supervise delivers until all is done.
func supervise(ctx context.Context, cfg *Config, con *console, q *queue, callee *callee, caller *process) (int, error) {
	delivering, stop := context.WithCancel(ctx)
	defer stop()
	d := &deliverer{queue: q, callee: callee, console: con}
	ended := make(chan error, 1)
	go func() { ended <- d.run(delivering, caller.done) }()
	select {
	case err := <-ended:
		if err != nil && ctx.Err() == nil {
			return 2, err
		}
		ended <- nil
	case <-callee.failed:
		stop()
		<-ended
		return 1, fmt.Errorf("the callee does not stay up: %w", callee.err)
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		con.line("interrupted: the programs have " + grace.String() + " to end")
		var stopping sync.WaitGroup
		stopping.Go(caller.stop)
		stopping.Go(callee.stop)
		stopping.Wait()
		<-ended // what the callee has answered meanwhile has ended
		con.line("interrupted: " + count(q.pending()) + " had not ended")
		return 1, nil
	}
	con.summary()
	if err := caller.err; err != nil {
		return 1, fmt.Errorf("the caller ended with an error: %w", err)
	}
	if con.failed > 0 {
		return 1, nil
	}
	return 0, nil
}

var errStopped = errors.New("it was stopped")
