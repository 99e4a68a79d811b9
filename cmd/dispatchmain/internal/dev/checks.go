package dev

import (
	"context"
	"strings"
	"sync/atomic"
	"time"
)

// checks are the checks of dispatchvet, in a process of their own: they may fail without
// any harm, and the build takes precedence over them.
type checks struct {
	process *process // nil if there are none
	aborted atomic.Bool
}

// startChecks starts the checks. Their findings are printed when they are complete.
func startChecks(cfg *Config, con *console) *checks {
	c := new(checks)
	if cfg.Checks == nil {
		return c
	}
	cfg.Checks.Env = cfg.Files.Env
	cfg.Checks.Stdout = &findings{console: con}
	ownGroup(cfg.Checks)
	const failed = "the checks of dispatchvet did not run (run dispatchvet ./... to see why)"
	p, err := cfg.Scope.run(cfg.Checks, func() {
		if !cfg.Checks.ProcessState.Success() && !c.aborted.Load() {
			con.printLine(failed)
		}
	})
	if err != nil {
		con.printLine(failed)
		return c
	}
	c.process = p
	return c
}

// checksPatience is the time that dev waits for the checks after everything else.
const checksPatience = 30 * time.Second

// wait waits for the checks or ctx: a short program ends before they do.
func (c *checks) wait(ctx context.Context, con *console) {
	if c.process == nil || isClosed(c.process.done) {
		return
	}
	con.finalStatus("waiting for the checks of dispatchvet …")
	select {
	case <-c.process.done:
	case <-time.After(checksPatience):
		con.printLine("the checks of dispatchvet were not complete (run dispatchvet ./...)")
	case <-ctx.Done():
	}
}

// abort ends the checks.
func (c *checks) abort() {
	if c.process != nil && !isClosed(c.process.done) {
		c.aborted.Store(true)
		kill(c.process.cmd)
		<-c.process.done
	}
}

// findings prints each line as a warning.
type findings struct {
	console *console
	partial string
}

func (f *findings) Write(b []byte) (int, error) {
	f.partial += string(b)
	for {
		line, rest, ok := strings.Cut(f.partial, "\n")
		if !ok {
			return len(b), nil
		}
		f.console.printLine("warning: " + line)
		f.partial = rest
	}
}
