// Package dev runs a caller and its callee on one machine. The caller is the user's
// program, unchanged. The callee is synthesized and runs on the functions
// framework. Between them are an embedded server, of Pub/Sub or of SQS, and a deliverer,
// which pushes messages to the callee as Eventarc does.
package dev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
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

// Config describes the programs to run.
type Config struct {
	Scope  *Scope
	Caller *packages.Package // package main
	Callee *synth.Callee
	Files  *modcopy.Files // for go build
	Args   []string       // of the caller
	Stdout *os.File
	Stderr *os.File

	// Modules are the paths of the modules that the user works on.
	Modules []string

	// Checks starts the checks of dispatchvet, which print their findings. It may be nil.
	Checks *exec.Cmd
}

// Run runs caller and callee until the caller and every call have ended, or ctx is
// done. It returns the exit code: 0 if all calls were executed, 1 if a program
// does not build, start or succeed, a call failed, or ctx is done, and 2 if Run
// cannot do its work. An error says why; it is nil if everything was printed
// already.
func Run(ctx context.Context, cfg *Config) (int, error) {
	con := newConsole(cfg.Stdout, cfg.Stderr)
	con.panics.modules = cfg.Modules
	defer con.close()
	vet := startChecks(cfg, con)
	defer vet.abort()
	bins, err := build(ctx, cfg, con, cfg.Scope.dir)
	if err != nil {
		return 1, err
	}
	q, err := newQueue(ctx, cfg.Callee.Transports)
	if err != nil {
		return 2, err
	}
	defer q.close()
	callee, err := startCallee(ctx, cfg.Scope, bins.callee, cfg.Callee.Target, q.env(), con)
	if err != nil {
		return 1, err
	}
	defer callee.stop()
	con.printLine("calls go to " + q.place())
	caller, err := cfg.Scope.startCaller(bins.caller, cfg.Args, q.env(), con)
	if err != nil {
		return 1, err
	}
	defer caller.stop()
	return supervise(ctx, cfg, con, q, callee, caller, vet)
}

// supervise delivers calls until the caller and every call have ended, or ctx is
// done, and returns as Run does.
func supervise(ctx context.Context, cfg *Config, con *console, q queue, callee *callee, caller *process, vet *checks) (int, error) {
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
		sig := causeOf(ctx)
		if isAbandoned(sig) {
			cfg.Scope.abandon()
		}
		con.printLine("interrupted: the programs have " + time.Duration(cfg.Scope.grace.Load()).String() + " to exit")
		var stopping sync.WaitGroup
		stopping.Go(func() { caller.stopAfter(sig) })
		stopping.Go(callee.stop)
		stopping.Wait()
		<-ended // calls that the callee has answered meanwhile have ended
		con.printLine("interrupted: " + countCalls(q.pending()) + " had not ended")
		return 1, nil
	}
	vet.wait(ctx, con)
	cfg.Scope.finished.Store(true)
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
