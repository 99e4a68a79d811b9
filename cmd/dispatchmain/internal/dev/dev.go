// Package dev runs a caller and its callee on one machine. The caller is the user's
// program, unchanged. The callee is synthesized and runs on the functions
// framework. Between them are an embedded Pub/Sub server and a deliverer, which
// pushes messages to the callee as the platform does.
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

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/modcopy"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// Folder is the callee's folder, inside the caller's. Only the compiler sees it, as
// an overlay.
const Folder = "dispatchdev"

// The Pub/Sub names that the programs see.
const (
	project   = "dispatch-dev"
	topicID   = "calls"
	topicName = "projects/" + project + "/topics/" + topicID
	subName   = "projects/" + project + "/subscriptions/" + topicID
)

// shutdownGrace is the time that a program has to exit before it is killed. It is
// short, since a person is waiting.
const shutdownGrace = 3 * time.Second

// Config describes the programs to run.
type Config struct {
	Caller *packages.Package // package main
	Callee *synth.Callee
	Files  *modcopy.Files // for go build
	Args   []string       // of the caller
	Stdout io.Writer
	Stderr io.Writer
}

// Run runs caller and callee until the caller and every call have ended, or ctx is
// done. It returns the exit code: 0 if all calls were executed, 1 if a program
// does not build, start or succeed, a call failed, or ctx is done, and 2 if Run
// cannot do its work. An error says why; it is nil if everything was printed
// already.
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
	con.printLine("calls go to " + topicName + " at PUBSUB_EMULATOR_HOST=" + q.addr)
	caller, err := start(bins.caller, cfg.Args, q.env(), cfg.Stdout, cfg.Stderr, true)
	if err != nil {
		return 1, err
	}
	defer caller.stop()
	return supervise(ctx, cfg, con, q, callee, caller)
}

// supervise delivers calls until the caller and every call have ended, or ctx is
// done, and returns as Run does.
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
		con.printLine("interrupted: the programs have " + shutdownGrace.String() + " to exit")
		var stopping sync.WaitGroup
		stopping.Go(caller.stop)
		stopping.Go(callee.stop)
		stopping.Wait()
		<-ended // calls that the callee has answered meanwhile have ended
		con.printLine("interrupted: " + countCalls(q.pending()) + " had not ended")
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
